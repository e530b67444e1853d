"""Letters: mail about one's account that carries a link, to set a password, to confirm an address or to join."""
