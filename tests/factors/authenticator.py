"""An authenticator in software: it keeps passkeys and answers as a security key or a phone would (WebAuthn Level 3).

    phone = SoftAuthenticator()
    credential = phone.register(options)       # what navigator.credentials.create() gives, as JSON (a dict)
    answer = phone.answer(options)             # what navigator.credentials.get() gives

`options` are what the server sent, as `PublicKeyCredential.parse…OptionsFromJSON` takes them, with or without
`publicKey` around them. Whatever an honest authenticator would not do is asked for by name: `uv=False`, another
`origin`, another `rp_id`, a `counter` that goes back, an answer with somebody else's `handle`.
"""

import hashlib
import json
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

ORIGIN, RP_ID = "http://localhost:8000", "localhost"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40  # flags of authenticator data

Json = dict[str, Any]


def _new_key() -> bytes:
    kind, form = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(kind, form, serialization.NoEncryption())


@dataclass
class Passkey:
    """One credential: its id, its private key, for which site and person, and how often it signed."""

    rp_id: str
    handle: bytes  # what names the person: `user.id` of the options
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    der: bytes = field(default_factory=_new_key)
    counter: int = 0

    @property
    def key(self) -> ec.EllipticCurvePrivateKey:
        """Its private key; stored as bytes, so that a stage with a device can be copied."""
        key = serialization.load_der_private_key(self.der, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key


class SoftAuthenticator:
    """A device of one person at one site. It counts its signatures unless `counts` is off, as synced passkeys do."""

    def __init__(self, origin: str = ORIGIN, *, counts: bool = True) -> None:
        self.origin = origin
        self.counts = counts
        self.passkeys: list[Passkey] = []

    def register(
        self, options: Json, *, uv: bool = True, origin: str = "", rp_id: str = "", framed: bool = False,
        public: Mapping[int, Any] | None = None, passkey: Passkey | None = None,
    ) -> Json:  # fmt: skip
        """Make a passkey and return its RegistrationResponseJSON, with attestation "none".

        framed: within another site's page. public: a COSE key in the place of its own. passkey: one made before.
        """
        asked = options.get("publicKey", options)
        site = rp_id or asked["rp"]["id"]
        passkey = passkey or Passkey(site, websafe_decode(asked["user"]["id"]))
        self.passkeys.append(passkey)
        own = dict(ES256.from_cryptography_key(passkey.key.public_key()))
        attested = bytes(16) + struct.pack(">H", len(passkey.id)) + passkey.id + cbor.encode(public or own)
        data = _authenticator_data(site, ATTESTED | (VERIFIED if uv else 0), passkey.counter) + attested
        response = {
            "clientDataJSON": self._client_data("webauthn.create", asked["challenge"], origin, framed=framed),
            "attestationObject": websafe_encode(cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})),
            "transports": ["internal"],
        }
        return _credential(passkey.id, response) | {"clientExtensionResults": {"credProps": {"rk": True}}}

    def answer(
        self,
        options: Json,
        *,
        uv: bool = True,
        counter: int | None = None,
        origin: str = "",
        rp_id: str = "",
        passkey: Passkey | None = None,
        handle: bytes | None = None,
        framed: bool = False,
    ) -> Json:
        """Sign a challenge with the passkey that fits, or with `passkey`, as AuthenticationResponseJSON."""
        asked = options.get("publicKey", options)
        chosen = passkey or self._fitting(asked)
        if self.counts:
            chosen.counter += 1
        count = chosen.counter if counter is None else counter
        data = _authenticator_data(rp_id or chosen.rp_id, VERIFIED if uv else 0, count)
        client = self._client_data("webauthn.get", asked["challenge"], origin, framed=framed)
        signed = data + hashlib.sha256(websafe_decode(client)).digest()
        response = {
            "clientDataJSON": client,
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(chosen.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            "userHandle": websafe_encode(chosen.handle if handle is None else handle),
        }
        return _credential(chosen.id, response) | {"clientExtensionResults": {}}

    def _fitting(self, asked: Json) -> Passkey:
        allowed = {websafe_decode(each["id"]) for each in asked.get("allowCredentials") or []}
        return next(each for each in reversed(self.passkeys) if not allowed or each.id in allowed)

    def _client_data(self, kind: str, challenge: str, origin: str, *, framed: bool) -> str:
        found = {"type": kind, "challenge": challenge, "origin": origin or self.origin, "crossOrigin": framed}
        return websafe_encode(json.dumps(found).encode())


def _authenticator_data(rp_id: str, flags: int, counter: int) -> bytes:
    return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", PRESENT | flags, counter)


def _credential(passkey_id: bytes, response: Json) -> Json:
    name = websafe_encode(passkey_id)
    return {
        "id": name, "rawId": name, "type": "public-key", "authenticatorAttachment": "platform", "response": response,
    }  # fmt: skip
