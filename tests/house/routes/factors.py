"""The addresses of what people sign in and sign with."""

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from apps.core.shown import texts
from apps.factors import selectors
from apps.factors.rules import Purpose
from tests.cast import PASSWORD
from tests.factors.authenticator import SoftAuthenticator
from tests.factors.enrolled import SECRET, asked, code, proof
from tests.house.routes.route import TOKEN, Route, nothing, over, says


def new_codes(stage: SimpleNamespace) -> Mapping[str, Any]:
    """What the page of new codes sends."""
    sealed = selectors.sealed(SECRET, stage.lead)
    return {"sealed": sealed, "new_code": code(SECRET), "proof_password": PASSWORD}


def new_passkey(stage: SimpleNamespace) -> Mapping[str, Any]:
    """What a browser sends once a device made a passkey."""
    challenge, options = asked(Purpose.ADD, stage.lead)
    answer = json.dumps(SoftAuthenticator().register(options))
    return {"name": "laptop", "passkey_challenge": challenge, "passkey_answer": answer, "proof_password": PASSWORD}


def proved(stage: SimpleNamespace) -> Mapping[str, Any]:
    """Who has a passkey confirms by it that it is them."""
    evidence = proof(stage.other_reviewer, stage.phone)
    return {"proof_challenge": evidence.challenge, "proof_answer": evidence.answer}


PERSONAL = {
    "factors:factors": Route(get=200),
    "factors:change_address": Route(get=200, body=says(email="", proof_password=PASSWORD)),
    "letters:verify_address": Route(lambda s: {"token": s.letter.token_for(s.lead)}, get=200, body=nothing),
    "factors:add_codes": Route(get=200, body=new_codes),
    "factors:add_passkey": Route(get=200, body=new_passkey),
    "factors:remove_codes": Route(get=200, body=proved, by="other_reviewer"),
    "factors:remove_passkey": Route(lambda s: {"passkey": s.passkey.pk}, get=200, body=proved, by="other_reviewer"),
    "factors:rename_passkey": Route(
        lambda s: {"passkey": s.passkey.pk},
        get=200,
        by="other_reviewer",
        body=over(lambda s: texts(name="phone"), name="yellow key"),
    ),
    "sso:link_identity": Route(get=200, body=says(proof_password=PASSWORD), records=False),
    "sso:unlink_identity": Route(lambda s: {"identity": s.identity.pk}, get=200, body=proved, by="other_reviewer"),
    "factors:make_recovery_codes": Route(get=200, body=proved, by="other_reviewer"),
    "factors:recovery_codes": Route(get=302),
}
OPEN = {
    "sso:sign_in_by_identity": Route(),
    "sso:leave": Route(get=409),
    "sso:answer": Route(get=409),
    "sso:join_by_identity": Route(says(token=TOKEN)),
    "letters:ask_reset": Route(get=200),
    "letters:reset_asked": Route(get=200),
    "letters:reset_password": Route(says(token=TOKEN), get=200),
    "factors:ask_passkey": Route(),
    "factors:sign_in_by_passkey": Route(),
    "factors:confirm_sign_in": Route(),
}
