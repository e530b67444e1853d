"""The authenticator of these tests does what the standard says, as fido2's server reads it."""

import pytest
from fido2.server import Fido2Server
from fido2.webauthn import (
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from tests.factors.authenticator import RP_ID, SoftAuthenticator

MUST = UserVerificationRequirement.REQUIRED


@pytest.fixture
def server():
    return Fido2Server(PublicKeyCredentialRpEntity(id=RP_ID, name="Keyturn"))


def registered(server, phone, **untrue):
    person = PublicKeyCredentialUserEntity(id=b"somebody", name="lena", display_name="Lena")
    options, state = server.register_begin(
        person, resident_key_requirement=ResidentKeyRequirement.REQUIRED, user_verification=MUST
    )
    answer = RegistrationResponse.from_dict(phone.register(dict(options), **untrue))
    return server.register_complete(state, answer).credential_data


def answered(server, phone, credential, **untrue):
    options, state = server.authenticate_begin([credential], user_verification=MUST)
    server.authenticate_complete(
        state, [credential], AuthenticationResponse.from_dict(phone.answer(dict(options), **untrue))
    )


def test_what_it_registers_it_can_sign_with(server):
    phone = SoftAuthenticator()
    answered(server, phone, registered(server, phone))


@pytest.mark.parametrize(
    ("untrue", "why"),
    [
        ({"uv": False}, "verification"),
        ({"origin": "https://elsewhere.example"}, "origin"),
        ({"rp_id": "elsewhere.example"}, "RP ID"),
    ],
)
def test_what_is_untrue_is_refused_in_both_ways(server, untrue, why):
    phone = SoftAuthenticator()
    with pytest.raises(ValueError, match=why):
        registered(server, phone, **untrue)
    credential = registered(server, phone)
    with pytest.raises(ValueError, match=why):
        answered(server, phone, credential, **untrue)
