"""What a sign-in service answers: what counts signs in, and whatever is wrong with it lets nobody in."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from django.test import Client
from django.utils import timezone

from apps.accounts.models import OpenSession, User
from apps.core.errors import NotAllowed, Stale, WrongState
from apps.ledger.commands import SYSTEM
from apps.sso import commands
from apps.sso.commands import asking, provider
from apps.sso.models import Asked
from apps.sso.rules import Purpose, is_safe
from tests.cast import again
from tests.instance import last_line
from tests.sso.linked import answered, linked
from tests.sso.provider import CLIENT, CURVE, OTHER_RSA, SECRET, SHORT_RSA, jwk_of, serving

pytestmark = pytest.mark.django_db
METADATA = "http://169.254.169.254/latest/meta-data/"


@pytest.fixture
def service(people):
    with serving() as service:
        linked(people.reviewer, "s-1")
        yield service


def sent_to(browser, **typed):
    """The address that a browser is sent to."""
    assert browser.post("/sso/", typed)["Location"] == "/sso/leave/"
    page = browser.get("/sso/leave/")
    assert page.status_code == 200
    return page.context["url"]


def being(service, **values):
    """The service is otherwise."""
    for name, value in values.items():
        setattr(service, name, value)


def comes_back(browser, brought):
    return browser.get("/sso/answer/", brought)


def is_signed_in(browser):
    return browser.get("/account/").status_code == 200


def test_who_the_service_says_it_is_signs_in_to_the_account_that_is_linked(people, service):
    browser = Client()
    url = sent_to(browser, next="/account/factors/")
    assert url.startswith(f"{service.issuer}/authorize?")
    assert SECRET not in url
    answer = comes_back(browser, service.authorize(url))
    assert answer["Location"] == "/account/factors/"
    assert is_signed_in(browser)
    assert (last_line().who, last_line().text) == ("Ruth Okafor", "signed in by single sign-on")
    assert OpenSession.objects.get(person=people.reviewer).means == "single sign-on"
    paths = [path for path, *_ in service.asked]
    assert paths == ["/.well-known/openid-configuration", "/token", "/keys"]


def test_a_key_of_a_curve_is_as_good(people, service):
    service.key, service.algorithm, service.header = CURVE, "ES256", {"kid": "curve"}
    browser = Client()
    assert comes_back(browser, service.authorize(sent_to(browser))).status_code == 302
    assert is_signed_in(browser)


def test_nobody_is_found_by_a_mail_address(people, service):
    service.claims = {"email": people.reviewer.email, "email_verified": True}
    browser = Client()
    page = comes_back(browser, service.authorize(sent_to(browser), subject="s-2"))
    assert page.status_code == 403
    assert "Nobody here signs in by this" in page.content.decode()
    assert not is_signed_in(browser)


def test_the_same_subject_at_another_issuer_is_somebody_else(people, service, settings):
    browser = Client()
    brought = service.authorize(sent_to(browser))
    settings.KEYTURN_OIDC_ISSUER = "https://other.example.com"
    with serving() as other:
        other.codes = service.codes
        page = comes_back(browser, brought)
    assert page.status_code == 403
    assert not is_signed_in(browser)


def test_whoever_is_not_active_is_not_let_in(people, service):
    User.objects.filter(pk=people.reviewer.pk).update(is_active=False)
    browser = Client()
    assert comes_back(browser, service.authorize(sent_to(browser))).status_code == 403
    User.objects.filter(pk=people.reviewer.pk).update(is_active=True)


def tampered(service, **header):
    """A token with another header, its signature as it was."""

    def token(form, headers):
        real = type(service).token(service, form, headers)
        _, body, signature = real["id_token"].split(".")
        head = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
        return real | {"id_token": f"{head}.{body}.{signature if header['alg'] != 'none' else ''}"}

    return token


WRONG = {
    "another issuer": lambda s: s.claims.update(iss="https://evil.example"),
    "the issuer with a slash": lambda s: s.claims.update(iss=f"{s.issuer}/"),
    "no issuer": lambda s: s.claims.update(iss=None),
    "for another client": lambda s: s.claims.update(aud="other"),
    "for nobody": lambda s: s.claims.update(aud=None),
    "for several, without a party": lambda s: s.claims.update(aud=[CLIENT, "other"]),
    "for another party": lambda s: s.claims.update(azp="other"),
    "another nonce": lambda s: s.claims.update(nonce="n"),
    "no nonce": lambda s: s.claims.update(nonce=None),
    "expired": lambda s: s.claims.update(exp=int(time.time()) - 120),
    "never expiring": lambda s: s.claims.update(exp=None),
    "not yet": lambda s: s.claims.update(nbf=int(time.time()) + 600),
    "from the future": lambda s: s.claims.update(iat=int(time.time()) + 600),
    "no subject": lambda s: s.claims.update(sub=None),
    "an empty subject": lambda s: s.claims.update(sub=""),
    "a long subject": lambda s: s.claims.update(sub="s" * 256),
    "a hidden subject": lambda s: s.claims.update(sub="s\u0000-1"),
    "another key by that name": lambda s: being(s, key=OTHER_RSA),
    "a key that it does not list": lambda s: s.header.update(kid="two"),
    "a short key": lambda s: being(s, key=SHORT_RSA, keys=[jwk_of(SHORT_RSA, "one")]),
    "a key for something else": lambda s: being(s, keys=[{**s.keys[0], "use": "enc"}]),
    "two keys of one name": lambda s: being(s, keys=[s.keys[0], s.keys[0]]),
    "no keys": lambda s: being(s, keys=[]),
    "signed by a secret": lambda s: being(s, key="a-secret-that-both-sides-know-0123456789", algorithm="HS256"),
    "signed by nothing": lambda s: being(s, key=None, algorithm="none"),
    "none in the header alone": lambda s: being(s, token=tampered(s, alg="none", kid="one")),
    "another algorithm in the header": lambda s: being(s, token=tampered(s, alg="ES256", kid="one")),
    "no algorithm": lambda s: being(s, token=tampered(s, alg=None, kid="one")),
    "no token": lambda s: s.answer.update(id_token=None),
    "a number": lambda s: s.answer.update(id_token=7),
    "no token at all": lambda s: s.answer.update(id_token="a.b"),
    "a token of megabytes": lambda s: s.answer.update(id_token="a" * 20_000),
    "an error": lambda s: being(s, status=500),
    "a redirect to metadata": lambda s: being(s, status=302, location=METADATA),
    "tokens from metadata": lambda s: s.document.update(token_endpoint=METADATA),
    "keys from metadata": lambda s: s.document.update(jwks_uri=METADATA),
    "keys by plain http": lambda s: s.document.update(jwks_uri="http://id.example.com/keys"),
    "keys from a file": lambda s: s.document.update(jwks_uri="file:///etc/passwd"),
    "a document of another issuer": lambda s: s.document.update(issuer="https://evil.example"),
    "a document without keys": lambda s: s.document.update(jwks_uri=None),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_whatever_is_wrong_lets_nobody_in(people, service, what):
    browser = Client()
    url = sent_to(browser)
    WRONG[what](service)
    provider.forget()
    page = comes_back(browser, service.authorize(url))
    assert page.status_code == 409
    assert "did not answer as it should" in page.content.decode()
    assert not is_signed_in(browser)
    assert not Asked.objects.exists()


def test_an_answer_counts_once(people, service):
    browser, copy = Client(), Client()
    url = sent_to(browser)
    brought = service.authorize(url)
    copy.cookies = browser.cookies
    assert comes_back(browser, brought).status_code == 302
    service.codes["code-0"] = service.authorize(url) and service.codes.popitem()[1]
    assert comes_back(copy, brought).status_code == 409
    assert comes_back(browser, brought).status_code == 409


@pytest.mark.django_db(transaction=True)
@pytest.mark.unrecorded
def test_an_answer_that_comes_many_times_at_once_counts_once():
    session = SessionStore()
    asked = commands.ask_provider(Purpose.SIGN_IN, session, by=SYSTEM)
    held = dict(session[asking.HELD])

    def take(_):
        try:
            return asking._taken(held, held["state"]).pk == asked.pk
        except Stale:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(take, range(6))) == 1


def test_an_answer_counts_in_the_browser_that_asked(people, service):
    """Nobody is signed in to somebody else's account by following a link."""
    mine, other = Client(), Client()
    brought = service.authorize(sent_to(mine))
    for browser in (other, Client()):
        page = comes_back(browser, brought)
        assert page.status_code == 409
        assert "fits no question" in page.content.decode()
        assert not is_signed_in(browser)
    sent_to(other)
    assert comes_back(other, brought).status_code == 409
    assert comes_back(mine, brought).status_code == 302


@pytest.mark.parametrize("brought", [{}, {"state": ""}, {"state": "é", "code": "c"}, {"code": "c"}])
def test_an_answer_to_no_question_is_refused(people, service, brought):
    browser = Client()
    sent_to(browser)
    assert comes_back(browser, brought).status_code == 409
    assert not is_signed_in(browser)


def test_a_late_answer_and_a_refused_one_let_nobody_in(people, service):
    browser = Client()
    brought = service.authorize(sent_to(browser))
    Asked.objects.update(ends_at=timezone.now() - timedelta(seconds=1))
    assert comes_back(browser, brought).status_code == 409
    brought = service.authorize(sent_to(browser))
    page = comes_back(browser, {"error": "access_denied", "state": brought["state"]})
    assert "turned it down" in page.content.decode()
    brought = service.authorize(sent_to(browser))
    assert comes_back(browser, brought | {"iss": "https://evil.example"}).status_code == 409
    assert not is_signed_in(browser)


def test_a_code_of_another_question_is_worth_nothing(people, service):
    """The verifier of PKCE stays here: a code that was stolen elsewhere fits no question of this browser."""
    mine, thief = Client(), Client()
    stolen = service.authorize(sent_to(mine))
    own = service.authorize(sent_to(thief))
    assert comes_back(thief, {"code": stolen["code"], "state": own["state"]}).status_code == 409
    assert not is_signed_in(thief)


def test_without_a_service_nothing_is_asked(people, settings):
    settings.KEYTURN_OIDC_ISSUER = ""
    browser = Client()
    assert "Sign in with" not in browser.get("/sign-in/").content.decode()
    page = browser.post("/sso/")
    assert page.status_code == 409
    assert "KEYTURN_OIDC_ISSUER" in page.content.decode()
    with pytest.raises(WrongState):
        commands.ask_provider(Purpose.SIGN_IN, browser.session, by=SYSTEM)


def test_a_service_that_is_away_is_said_and_nothing_else(people, service, settings):
    settings.KEYTURN_PROBE_ALLOW = ""
    provider.forget()
    browser = Client()
    browser.post("/sso/")
    page = browser.get("/sso/leave/")
    assert page.status_code == 409
    assert "did not answer" in page.content.decode()


def test_a_client_without_a_secret_sends_its_id(people, service, settings):
    settings.KEYTURN_OIDC_SECRET = ""
    browser = Client()
    comes_back(browser, service.authorize(sent_to(browser)))
    [(_, form, headers)] = [asked for asked in service.asked if asked[0] == "/token"]
    assert form["client_id"] == CLIENT
    assert "Authorization" not in headers


def test_an_answer_for_one_purpose_serves_no_other(people, service):
    with pytest.raises(WrongState):
        commands.sign_in_by_identity(answered(Purpose.LINK, "s-1", person=people.reviewer), by=SYSTEM)
    with pytest.raises(WrongState):
        commands.link_identity(answered(Purpose.SIGN_IN, "s-9"), by=again(people.lead))
    with pytest.raises(WrongState):
        commands.join_by_identity(answered(Purpose.SIGN_IN, "s-9"), by=SYSTEM)
    with pytest.raises(NotAllowed):
        commands.sign_in_by_identity(answered(Purpose.SIGN_IN, "s-9"), by=SYSTEM)
    with pytest.raises(Stale):
        commands.take_answer({"state": "x", "code": "c"}, Client().session, by=SYSTEM)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://id.example.com/a", True),
        ("http://localhost:8080/a", True),
        ("http://id.example.com/a", False),
        ("https://me@id.example.com/a", False),
        ("javascript:alert(1)", False),
        ("https:///a", False),
        ("", False),
    ],
)
def test_only_https_or_this_machine_is_asked(url, safe):
    assert is_safe(url) is safe
