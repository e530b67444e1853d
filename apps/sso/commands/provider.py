"""Talking to the sign-in service, through the one door that lets anything out."""

import asyncio
import base64
import logging
import threading
import time
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings

from apps.core.errors import WrongState
from apps.probes import egress
from apps.probes.egress import Sent
from apps.probes.egress.allowed import policy_for
from apps.probes.rules import TargetRefused, parse_target
from apps.secrets.rules import SecretValue
from apps.sso import rules
from apps.sso.rules import Endpoints, Provider, Wrong

KNOWN_FOR = 300.0  # seconds that the discovery document of the service is used
NO_ANSWER = "The sign-in service did not answer as it should. Try again, or sign in another way. Its log says more."
_known: dict[str, tuple[float, Endpoints]] = {}
_one_at_a_time = threading.Lock()
logger = logging.getLogger(__name__)


def configured() -> Provider:
    """The service that is configured."""
    return Provider(
        settings.KEYTURN_OIDC_ISSUER,
        settings.KEYTURN_OIDC_CLIENT,
        settings.KEYTURN_OIDC_SECRET,
        settings.KEYTURN_OIDC_NAME,
    )


def endpoints() -> Endpoints:
    """Where the service is asked; its document is fetched once in five minutes."""
    asked = configured()
    with _one_at_a_time:
        at, found = _known.get(asked.issuer, (0.0, None))
        if found is None or time.monotonic() - at > KNOWN_FOR:
            document = _fetched("GET", asked.issuer.rstrip("/") + rules.WELL_KNOWN)
            found = _counting(lambda: rules.endpoints_of(document, asked))
            _known[asked.issuer] = time.monotonic(), found
        return found


def subject(code: str, *, verifier: str, nonce: str, back: str) -> str:
    """Who the service says it is, in exchange for a code; refuses whatever does not hold."""
    asked, where = configured(), endpoints()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")]
    if asked.secret:
        pair = f"{quote(asked.client, safe='')}:{quote(asked.secret, safe='')}"
        headers.append(("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"))
    else:
        form["client_id"] = asked.client
    secret = SecretValue(asked.secret) if asked.secret else None
    sent = Sent(headers=tuple(headers), body=urlencode(form).encode(), secret=secret)
    answer = _fetched("POST", where.token, sent)
    keys = _fetched("GET", where.keys)
    return _counting(lambda: rules.subject_of(answer.get("id_token", ""), keys, asked, nonce=nonce))


def forget() -> None:
    """Ask for the discovery document anew, as after another issuer was configured."""
    _known.clear()


def _fetched(method: str, url: str, sent: Sent = egress.NOTHING) -> dict[str, Any]:
    """What the service answers, as JSON; no redirect is followed."""
    try:
        target = parse_target(url)
        answer = asyncio.run(egress.fetch(target, method=method, policy=policy_for(), seconds=rules.SECONDS, sent=sent))
    except (egress.EgressError, TargetRefused) as error:
        raise _refused(str(error)) from error
    if answer.status != 200 or answer.is_truncated:
        raise _refused(f"{target.host} answered {answer.status}")
    return _counting(lambda: rules.read_json(answer.body))


def _counting(read: Any) -> Any:
    try:
        return read()
    except Wrong as error:
        raise _refused(str(error)) from error


def _refused(why: str) -> WrongState:
    logger.warning("sso: %s", why)
    return WrongState(NO_ANSWER)
