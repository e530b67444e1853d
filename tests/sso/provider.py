"""A sign-in service on a free port that really speaks OpenID Connect, and can misbehave on purpose."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.test import override_settings

from apps.sso.commands import provider as ours

CLIENT, SECRET = "keyturn", "Dw9_sign-in-service"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SHORT_RSA = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # what is refused
CURVE = ec.generate_private_key(ec.SECP256R1())


def jwk_of(key: Any, kid: str) -> dict[str, Any]:
    """The public half of a key as the service lists it."""
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig"}


@dataclass
class Service:
    """What it knows and how it misbehaves.

    claims, header, document, answer: what it says instead of the truth; None leaves a claim out. key, algorithm: what
    it signs by. status, location: what its token endpoint answers. asked: (path, form, headers), in order.
    """

    port: int = 0
    key: Any = RSA
    algorithm: str = "RS256"
    keys: list[dict[str, Any]] = field(default_factory=lambda: [jwk_of(RSA, "one"), jwk_of(CURVE, "curve")])
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=lambda: {"kid": "one"})
    document: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    location: str = ""
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def authorize(self, url: str, subject: str = "s-1") -> dict[str, str]:
        """What the browser brings back after somebody signed in there."""
        asked = {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked | {"subject": subject}
        return {"code": code, "state": asked["state"]}

    def token(self, form: dict[str, str], headers: dict[str, str]) -> dict[str, Any]:
        """The answer of the token endpoint; {} where the code, its verifier or the client is wrong."""
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        pair = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if (
            asked is None
            or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]
            or asked["code_challenge_method"] != "S256"
            or form["redirect_uri"] != asked["redirect_uri"]
            or headers.get("Authorization") != f"Basic {pair}"
        ):
            return {}
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": asked["subject"], "nonce": asked["nonce"], "iat": now,
            "exp": now + 300, "email": "lena@example.com", "email_verified": True,
        } | self.claims  # fmt: skip
        stated = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode(stated, self.key, algorithm=self.algorithm, headers=self.header)
        return {"access_token": "a", "token_type": "Bearer", "id_token": token} | self.answer


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Any

    def do_GET(self) -> None:
        service: Service = self.server.service
        service.asked.append((self.path, {}, dict(self.headers)))
        base = service.issuer
        if self.path == "/.well-known/openid-configuration":
            document = {
                "issuer": base, "authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token",
                "jwks_uri": f"{base}/keys",
            }  # fmt: skip
            self.reply(200, document | service.document)
        elif self.path == "/keys":
            self.reply(200, {"keys": service.keys})
        else:
            self.reply(404, {})

    def do_POST(self) -> None:
        service: Service = self.server.service
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = {name: value for name, [value] in parse_qs(body).items()}
        service.asked.append((self.path, form, dict(self.headers)))
        answer = service.token(form, dict(self.headers))
        self.reply(service.status if answer else 400, answer or {"error": "invalid_grant"})

    def reply(self, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        if self.server.service.location:
            self.send_header("Location", self.server.service.location)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""


@contextmanager
def serving() -> Iterator[Service]:
    """A service that this Keyturn is told to ask, until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        service = server.service = Service(port=server.server_address[1])  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, name="sign-in service", daemon=True).start()
        ours.forget()
        with override_settings(
            KEYTURN_OIDC_ISSUER=service.issuer,
            KEYTURN_OIDC_CLIENT=CLIENT,
            KEYTURN_OIDC_SECRET=SECRET,
            KEYTURN_PROBE_ALLOW=f"127.0.0.1:{service.port}",
        ):
            yield service
        ours.forget()
        server.shutdown()
