"""What is asked of a sign-in service, and what of its answer counts. Pure: no database, no network.

OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636). A token counts that a key of the service signed with
an asymmetric algorithm, for us, in answer to the question that we asked; see ID Token Validation, section 3.1.3.7.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
from django.db.models import TextChoices

ANSWERED_WITHIN = timedelta(minutes=10)
FRESH = timedelta(minutes=10)  # after signing in, in which it stands for a proof where somebody has nothing else
SECONDS = 10.0  # for one answer of the service
DRIFT = 60  # seconds that its clock may be wrong by
LONGEST_SUBJECT = 255  # OpenID Connect Core, section 2
LONGEST_TOKEN = 16_000
LEAST_RSA_BITS = 2048
WELL_KNOWN = "/.well-known/openid-configuration"
# Never “none”, and never a secret that both sides know: whoever checks with it could have made it.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LOCAL = ("localhost", "127.0.0.1", "::1")


class Purpose(TextChoices):
    """What a sign-in service is asked for."""

    SIGN_IN = "sign_in", "sign in"
    LINK = "link", "link an account"
    JOIN = "join", "join a team"


@dataclass(frozen=True)
class Provider:
    """The one service that this Keyturn asks: its issuer, what it calls us, the secret, and what people call it."""

    issuer: str
    client: str
    secret: str
    name: str


@dataclass(frozen=True)
class Endpoints:
    """Where a service is asked."""

    authorization: str
    token: str
    keys: str


class Wrong(ValueError):
    """What a service answered does not count; the message says why, for whoever runs Keyturn."""


def is_safe(url: str) -> bool:
    """Whether an address of a service is https, or on this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL)
    ) and "@" not in parts.netloc  # fmt: skip


def endpoints_of(document: Mapping[str, Any], provider: Provider) -> Endpoints:
    """Where the service is asked, by its discovery document, which has to be of the issuer that was pinned."""
    if document.get("issuer") != provider.issuer:
        raise Wrong("the discovery document is of another issuer than KEYTURN_OIDC_ISSUER")
    found = [document.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if not all(isinstance(each, str) and is_safe(each) for each in found):
        raise Wrong("the discovery document lacks an address, or has one that is not https")
    return Endpoints(*map(str, found))


def challenge_of(verifier: str) -> str:
    """What is sent ahead of a verifier (RFC 7636 4.2, S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def question(endpoints: Endpoints, provider: Provider, *, state: str, nonce: str, verifier: str, back: str) -> str:
    """The address that a browser is sent to; `back` is where it returns."""
    asked = {
        "response_type": "code",
        "client_id": provider.client,
        "redirect_uri": back,
        "scope": "openid profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    return f"{endpoints.authorization}{'&' if urlsplit(endpoints.authorization).query else '?'}{urlencode(asked)}"


def read_json(body: bytes) -> dict[str, Any]:
    """An answer of the service as an object."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Wrong("its answer is no JSON") from error
    if not isinstance(found, dict):
        raise Wrong("its answer is no object")
    return found


def subject_of(token: str, keys: Mapping[str, Any], provider: Provider, *, nonce: str) -> str:
    """Who the token says somebody is at this issuer; raises Wrong for whatever does not count."""
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise Wrong("it sent no token")
    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS:
            raise Wrong(f"the token is signed by {str(algorithm)[:20]!r}, which proves nothing")
        key = jwt.PyJWK.from_dict(dict(_key_for(header, keys)), algorithm=algorithm)
        if getattr(key.key, "key_size", LEAST_RSA_BITS) < LEAST_RSA_BITS and key.key_type == "RSA":
            raise Wrong("its key is too short")
        claims = jwt.decode(
            token, key, algorithms=[algorithm], audience=provider.client, issuer=provider.issuer, leeway=DRIFT,
            options={"require": ["iss", "aud", "sub", "exp", "iat", "nonce"]},
        )  # fmt: skip
    except jwt.PyJWTError as error:
        raise Wrong(f"the token does not hold: {str(error)[:120]}") from error
    if not compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise Wrong("the token answers another question")
    party, several = claims.get("azp"), isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if party not in (None, provider.client) or (party is None and several):
        raise Wrong("the token is for somebody else too")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise Wrong("the token names nobody")
    return subject


def _key_for(header: Mapping[str, Any], keys: Mapping[str, Any]) -> Mapping[str, Any]:
    """The key of the service that the token says it was signed by; the only one where it says nothing."""
    listed = keys.get("keys")
    found = [key for key in listed if isinstance(key, dict)] if isinstance(listed, list) else []
    usable = [key for key in found if key.get("use") in (None, "sig")]
    found = [key for key in usable if key.get("kid") == header["kid"]] if "kid" in header else usable
    if len(found) != 1:
        raise Wrong("none of its keys is the one that the token names")
    return found[0]
