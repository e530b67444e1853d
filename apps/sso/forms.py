"""The shape of what people type before they are sent to the sign-in service."""

from typing import Any

from apps.accounts.forms import NewAccount
from apps.factors.forms import Prove


class Link(Prove):
    """Who somebody is, before their account is linked."""


class Unlink(Prove):
    """Who somebody is, before their account is unlinked."""


class Join(NewAccount):
    """What a new account is called; it has no password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password"]
