"""Single sign-on: who somebody is by their organisation's sign-in service, over OpenID Connect."""
