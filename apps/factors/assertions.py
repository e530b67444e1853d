"""What a passkey signed: a statement of ours, as its authenticator answered it (WebAuthn Level 3, 7.2).

The challenge is SHA-256 of the statement, so that whoever holds statement, answer and public key checks it without
this server, its database or its keys. Pure: no database.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing

from apps.accounts.models import User
from apps.core.errors import Unproven
from apps.ledger.chain import canonical

ALGORITHMS = (-7, -8, -257)  # ES256, EdDSA, RS256, as RFC 9053 numbers them
SALT = "keyturn.statement"  # what signs statements is used for nothing else
FORMAT = "keyturn-statement-1"
NOT_CONFIRMED = "Nothing was signed: the passkey did not confirm that it was you. Try again, or use another factor."
TOO_LATE = "Nothing was signed: the two minutes to confirm are over. Read the text again and confirm it then."


@dataclass(frozen=True)
class Assertion:
    """A statement and the answer of a passkey to it, as they are stored for whoever checks them later.

    statement: the RFC 8785 text that was signed. answer: `AuthenticationResponseJSON` of WebAuthn.
    """

    statement: str
    answer: str

    @classmethod
    def read(cls, answer: str, signed: str, *, person: User, session: str, now: datetime) -> "Assertion":
        """The assertion of this person in this session; refuses one to a statement that is not ours or too old."""
        try:
            statement = signing.Signer(salt=SALT).unsign(signed)
        except signing.BadSignature as error:
            raise Unproven(NOT_CONFIRMED) from error
        found = json.loads(statement)
        if (found["person"], found["session"]) != (str(person.pk), session):
            raise Unproven(NOT_CONFIRMED)
        read = cls(statement, answer)
        if read.expires_at <= now:
            raise Unproven(TOO_LATE)
        return read

    @property
    def id(self) -> UUID:
        """The number of the statement: one is signed once."""
        return UUID(json.loads(self.statement)["id"])

    @property
    def issued_at(self) -> datetime:
        """From when on a key may be turned by it."""
        return datetime.fromisoformat(json.loads(self.statement)["issued_at"])

    @property
    def expires_at(self) -> datetime:
        """Until when."""
        return datetime.fromisoformat(json.loads(self.statement)["expires_at"])

    @property
    def turns(self) -> list[dict[str, Any]]:
        """The keys that the statement turns, as `statement_of` was given them."""
        found: list[dict[str, Any]] = json.loads(self.statement)["turns"]
        return found

    @property
    def credential_id(self) -> bytes:
        """Which passkey answered, if it says so readably."""
        return bytes(self._response().raw_id)

    @property
    def counter(self) -> int:
        """How often the authenticator signed; 0 where it does not count (synced passkeys)."""
        return int(self._response().response.authenticator_data.counter)

    def check(self, credential: Any) -> None:
        """Refuse unless this credential signed this statement here, and its owner was verified: PIN, finger or face.

        credential: fido2's AttestedCredentialData.
        """
        state = {"challenge": challenge_text(self.statement), "user_verification": "required"}
        try:
            found = self._response()
            require_own_page(found.response.client_data)
            passkey_server().authenticate_complete(state, [credential], found)
        except ValueError as error:
            raise Unproven(NOT_CONFIRMED) from error

    def _response(self) -> Any:
        from fido2.webauthn import AuthenticationResponse

        try:
            found = AuthenticationResponse.from_dict(json.loads(self.answer))
            if found is None:
                raise ValueError("null")
            return found
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Unproven(NOT_CONFIRMED) from error


def passkey_server() -> Any:
    """What checks passkeys of this instance: a page of another port or subdomain asks for none."""
    from fido2.server import Fido2Server  # imported where it is used: most processes need none of it
    from fido2.webauthn import PublicKeyCredentialRpEntity

    own = PublicKeyCredentialRpEntity(id=settings.KEYTURN_RP_ID, name="Keyturn")
    return Fido2Server(own, verify_origin=lambda origin: origin == settings.KEYTURN_PASSKEY_ORIGIN)


def require_own_page(client_data: Any) -> None:
    """Refuse what was asked in a frame of another site's page (WebAuthn 5.8.1, crossOrigin)."""
    if client_data.cross_origin:
        raise ValueError("asked in a frame of another page")


def statement_of(fields: dict[str, Any]) -> str:
    """The text that a passkey signs, in RFC 8785 form: who turns which keys, when, until when."""
    return canonical({"format": FORMAT, **fields}).decode()


def sealed(statement: str) -> str:
    """The statement as it travels through the browser and back; another one than ours is refused."""
    return signing.Signer(salt=SALT).sign(statement)


def challenge_of(statement: str) -> bytes:
    """SHA-256 of the statement."""
    return hashlib.sha256(statement.encode()).digest()


def challenge_text(statement: str) -> str:
    """The challenge as WebAuthn writes it in JSON: base64url without padding."""
    from fido2.utils import websafe_encode

    return str(websafe_encode(challenge_of(statement)))


def passkey_of(credential: Any) -> dict[str, str]:
    """A credential as entries name it: its id and its COSE key, both in hex."""
    from fido2 import cbor

    return {"id": credential.credential_id.hex(), "key": cbor.encode(dict(credential.public_key)).hex()}


def why_wrong(
    statement: str, answer: str, public_key: str, turn: Mapping[str, Any], person: str, signed_at: datetime
) -> str:
    """Why a stored assertion does not show that this person turned this key at that moment; empty where it does.

    It takes nothing but what is stored: whoever holds a record checks the same. public_key: COSE of RFC 9052 in hex.
    """
    from cryptography.exceptions import InvalidSignature
    from fido2 import cbor
    from fido2.cose import CoseKey
    from fido2.webauthn import AuthenticationResponse

    try:
        named, response = json.loads(statement), AuthenticationResponse.from_dict(json.loads(answer)).response
        stored: Any = cbor.decode(bytes.fromhex(public_key))
        begins, ends = (datetime.fromisoformat(named[name]) for name in ("issued_at", "expires_at"))
        key: Any = CoseKey.parse(stored)
        if stored.get(3) not in ALGORITHMS:
            return "a passkey signed by an algorithm that none is asked for"
        key.verify(response.authenticator_data + response.client_data.hash, response.signature)
    except InvalidSignature:
        return "its public key does not confirm what a passkey signed"
    except (ValueError, TypeError, KeyError, AttributeError):
        return "what a passkey signed cannot be read"
    if response.client_data.challenge != challenge_of(statement) or response.client_data.type != "webauthn.get":
        return "a passkey signed another statement"
    if response.client_data.cross_origin:
        return "a passkey signed on a page of another site"
    if not response.authenticator_data.is_user_verified():
        return "a passkey signed without looking who it was"
    if not begins <= signed_at <= ends:
        return "a passkey signed at another time"
    is_theirs = named.get("person") == person and turn in named.get("turns", [])
    return "" if is_theirs else "what a passkey signed names another key"
