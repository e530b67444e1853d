"""What the database refuses about identities, whoever asks."""

from apps.core.guards import changed_but, changes

from .models import Identity

GUARDS = [changes("sso_identity", (changed_but(Identity), "who somebody is at a sign-in service stays with them"))]
