"""A probe asks with a secret of its team: in a header, to the host it is bound to, and masked in what comes back."""

import asyncio
import base64

import pytest

from apps.attachments import commands as attachments
from apps.core.errors import Refusal, WrongState
from apps.deployments import commands as deployments
from apps.probes import commands as probes
from apps.probes import tasks
from apps.probes.kinds import Http
from apps.probes.kinds.for_each import for_entry
from apps.probes.models import Probe, Run
from apps.secrets import commands
from apps.secrets.rules import SecretValue
from apps.zones.rules import Policy
from tests.canaries import PLANTED
from tests.cast import again
from tests.probes.hostile import certified, serving
from tests.secrets.echoing import echoing, server

VALUE = PLANTED[37]
HELD = {"auth": "bearer", "secret": "metrics"}


def asked(path: str = "/json", value: str = VALUE, **config):
    async def story():
        heads = []

        async def noting(reader, writer):
            head = await reader.readuntil(b"\r\n\r\n")
            heads.append(head.decode())
            again_ = asyncio.StreamReader()
            again_.feed_data(head)
            await echoing(again_, writer)

        async with serving(noting) as port:
            probe = Http.parse({"url": f"http://127.0.0.1:{port}{path}", **config})
            outcome = await probe.run(policy=Policy.parse("127.0.0.1"), secret=SecretValue(value))
        return heads[0], outcome

    return asyncio.run(story())


def test_a_bearer_token_is_sent_in_a_header():
    head, outcome = asked(**HELD)
    assert f"\r\nAuthorization: Bearer {VALUE}\r\n" in head
    assert VALUE not in head.splitlines()[0]
    assert outcome.verdict == "passed"


def test_a_password_is_sent_with_its_name():
    head, _ = asked(auth="basic", secret="metrics", user="probe")
    sent = head.partition("Authorization: Basic ")[2].partition("\r\n")[0]
    assert base64.b64decode(sent).decode() == f"probe:{VALUE}"


@pytest.mark.parametrize("path", ["/json", "/utf16", "/bad", "/short"])
@pytest.mark.parametrize("auth", ["bearer", "basic"])
def test_what_a_server_repeats_is_masked_in_all_of_an_outcome(path, auth):
    _, outcome = asked(path, auth=auth, secret="metrics", conditions='json.plain == "x"\nbody contains "nothing"')
    assert outcome.verdict in ("failed", "inconclusive")
    assert VALUE not in str(outcome)
    assert base64.b64encode(VALUE.encode()).decode()[:12] not in str(outcome)
    assert "[masked]" in str(outcome)


@pytest.mark.parametrize("place", [506, 762, 1018, 2042])
@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-16-be", "utf-32", "cp037", "utf-7"])
def test_what_is_cut_shows_no_part_of_a_secret_in_any_charset(charset, place):
    """Where it was cut first, the beginning of a secret stood at the end, which nobody finds."""
    _, outcome = asked(f"/{charset}?{place}", "gh-0123456789-secret", conditions='body contains "yes"', **HELD)
    assert len(outcome.response["snippet"]) > 500
    assert "gh-" not in str(outcome)
    assert outcome.verdict == "failed"


@pytest.mark.parametrize("before", [0, 120, 145, 150, 155])
def test_what_is_no_http_repeats_no_part_of_a_secret(before):
    async def repeating(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        value = next(line for line in head.splitlines() if line.startswith("Authorization:"))
        writer.write(b"X" * before + value.removeprefix("Authorization: Bearer ").encode() + b"\r\n\r\n")
        await writer.drain()

    async def story():
        async with serving(repeating) as port:
            probe = Http.parse({"url": f"http://127.0.0.1:{port}/", **HELD})
            return await probe.run(policy=Policy.parse("127.0.0.1"), secret=SecretValue("gh-0123456789-secret"))

    outcome = asyncio.run(story())
    assert "does not keep to HTTP" in outcome.explanation
    assert "gh-0" not in outcome.explanation


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"auth": "bearer"}, "takes both"),
        ({"secret": "metrics"}, "takes both"),
        ({"auth": "digest", "secret": "metrics"}, "by bearer or basic"),
        (HELD | {"user": "probe"}, "goes with a password"),
        (HELD | {"auth": "basic", "user": "a:b"}, "goes with a password"),
        (HELD | {"auth": "basic", "user": "ä"}, "goes with a password"),
    ],
)
def test_bad_settings_are_refused_in_a_sentence(config, message):
    with pytest.raises(ValueError, match=message):
        Http.parse({"url": "https://example.com/"} | config)


@pytest.fixture
def at_work(stage, settings):
    """An item's probe that signs in at a server that repeats everything; `run()` asks it."""
    with server(echoing) as port:
        settings.KEYTURN_PROBE_ALLOW = f"127.0.0.1:{port}"
        here = f"http://127.0.0.1:{port}"
        stage.secret = commands.set_secret(
            stage.team, by=again(stage.lead), name="metrics", value=VALUE, bindings=[here]
        )
        stage.config = {"url": f"{here}/json", **HELD}
        attach(stage, stage.config)

        def run():
            attachments.run_probes(stage.deployment, by=again(stage.member))
            tasks.run_probes.apply().get()
            return Run.objects.order_by("-queued_at").first()

        stage.run = run
        yield stage


def attach(stage, config):
    return attachments.attach_probe(stage.items[0], by=again(stage.lead), name="Health", kind="http", config=config)


@pytest.mark.django_db
def test_a_worker_asks_with_the_value_of_now(at_work):
    run = at_work.run()
    assert run.state == "passed"
    assert "[masked]" in run.response["snippet"]
    at_work.secret.refresh_from_db()
    assert at_work.secret.last_used_for == "http://127.0.0.1"
    commands.rotate_secret(at_work.secret, by=again(at_work.lead), value=PLANTED[38])
    assert PLANTED[38] not in str(at_work.run().response)


@pytest.mark.django_db
def test_a_secret_that_is_bound_elsewhere_by_then_is_not_sent(at_work):
    commands.bind_secret(at_work.secret, by=again(at_work.lead), bindings=["https://example.com"])
    run = at_work.run()
    assert run.state == "inconclusive"
    assert "is not bound to http://127.0.0.1:" in run.explanation


@pytest.mark.django_db
def test_a_fault_of_a_kind_is_logged_without_the_secret(at_work, monkeypatch, caplog):
    async def broken(self, *, secret, **way):
        raise RuntimeError(f"cannot use {secret.reveal()}")

    monkeypatch.setattr(Http, "ask", broken)
    run = at_work.run()
    assert run.state == "inconclusive"
    assert "cannot use [masked]" in caplog.text
    assert VALUE not in caplog.text
    assert VALUE not in run.explanation


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"secret": "nothing"}, "no secret called “nothing”"),
        ({"url": "https://example.com/"}, "not bound to https://example.com:443"),
    ],
)
def test_a_probe_is_not_set_up_with_a_secret_that_it_could_not_use(at_work, config, message):
    with pytest.raises(Refusal, match=message):
        attach(at_work, at_work.config | config)


@pytest.mark.django_db
def test_who_proves_by_another_name_to_be_there_hears_no_secret_that_is_not_bound_to_that_name(at_work):
    """Behind one address there are many names: whoever writes the probe would choose who answers."""
    by, there = again(at_work.lead), "https://metrics.example.com"
    commands.bind_secret(at_work.secret, by=by, bindings=[there])
    config = HELD | {"url": f"{there}/", "server_name": "Theirs.example.net"}
    with pytest.raises(Refusal, match=r"not bound to https://theirs\.example\.net:443"):
        attach(at_work, config)
    commands.bind_secret(at_work.secret, by=by, bindings=[there, "https://theirs.example.net"])
    attach(at_work, config)
    commands.bind_secret(at_work.secret, by=by, bindings=[there])
    run = at_work.run()
    assert run.state == "inconclusive"
    assert "is not bound to https://theirs.example.net:443, so it is not sent there" in run.explanation


@pytest.mark.django_db
def test_what_a_probe_uses_is_not_removed_until_it_asks_no_more(at_work):
    by = again(at_work.lead)
    with pytest.raises(WrongState, match="“Health” uses it"):
        commands.remove_secret(at_work.secret, by=by)
    attachments.detach_probe(at_work.items[0], by=by, reason="Not needed any more")
    commands.remove_secret(at_work.secret, by=by)
    assert Probe.objects.get(name="Health").secret is None


@pytest.mark.django_db
def test_a_deployment_that_ended_lets_its_secrets_go(at_work):
    by = again(at_work.lead)
    deployments.cancel_deployment(at_work.deployment, by=by, reason="Superseded by 2.5")
    commands.remove_secret(at_work.secret, by=by)


@pytest.mark.django_db
def test_a_probe_that_asks_without_it_lets_it_go(at_work):
    attach(at_work, {"url": at_work.config["url"]})
    probes.let_secrets_go([])
    commands.remove_secret(at_work.secret, by=again(at_work.lead))


OURS, THEIRS = certified(name="metrics.example.com")[1], certified(name="metrics.example.com")[1]


@pytest.mark.django_db
@pytest.mark.parametrize("named", ["", OURS])
def test_who_sets_up_a_probe_does_not_choose_whom_a_secret_believes(at_work, named):
    """With an authority of their own a member is whichever host the secret is bound to."""
    by, there = again(at_work.lead), "https://metrics.example.com"
    config = HELD | {"url": f"{there}/"}
    commands.bind_secret(at_work.secret, by=by, bindings=[there], authorities=named)
    for theirs in (THEIRS, OURS + THEIRS):
        with pytest.raises(Refusal, match="does not name all certificates that are to vouch for its host"):
            attach(at_work, config | {"authorities": theirs})
    attach(at_work, config | {"authorities": named.strip()})


@pytest.mark.django_db
def test_a_secret_whose_certificates_are_others_by_then_is_not_sent(at_work):
    by, there = again(at_work.lead), "https://metrics.example.com"
    commands.bind_secret(at_work.secret, by=by, bindings=[there], authorities=OURS)
    attach(at_work, HELD | {"url": f"{there}/", "authorities": OURS})
    commands.bind_secret(at_work.secret, by=by, bindings=[there], authorities=THEIRS)
    run = at_work.run()
    assert run.state == "inconclusive"
    assert "does not name all certificates that are to vouch for its host, so it is not sent there" in run.explanation


def test_an_entry_of_a_list_changes_nothing_of_whom_a_secret_believes():
    config = HELD | {"url": "https://metrics.example.com/{each}", "for_each": "a\nb", "authorities": f"{OURS}{{each}}"}
    asked_about = for_entry(Http.parse(config), "a")
    assert asked_about.url.endswith("/a")
    assert asked_about.authorities == Http.parse(config).authorities
