"""The production shape: PostgreSQL with two roles, Redis by TCP, HTTPS."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from tests.servers import ROOT, Broker, Keyturn, Postgres, clean_environment, redis_binary

REFUSED = "permission denied"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A server with a database whose tables belong to another role than the application's."""
    server = Postgres().start()
    server.sql("CREATE ROLE keyturn_owner LOGIN")
    server.sql("CREATE ROLE keyturn_app LOGIN")
    server.sql("CREATE DATABASE production OWNER keyturn_owner")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def redis() -> Iterator[Broker]:
    """A broker on a TCP port."""
    server = Broker(redis_binary(), tcp=True).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def production(postgres, redis) -> dict[str, str]:
    """What an operator sets."""
    return {
        "DATABASE_URL": postgres.url("production", "keyturn_app"),
        "MIGRATE_DATABASE_URL": postgres.url("production", "keyturn_owner"),
        "REDIS_URL": redis.url,
        "KEYTURN_SECRET_KEY": "pZ4v-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG-%$",
        "KEYTURN_ALLOWED_HOSTS": "keyturn.example.com,127.0.0.1",
    }


def manage(production: dict[str, str], *arguments: str) -> str:
    """Run a management command as an operator does; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=clean_environment(**production),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def migrated(production) -> dict[str, str]:
    """A production whose tables are there."""
    manage(production, "migrate", "--verbosity", "0")
    return production


def test_the_deployment_check_finds_nothing(migrated):
    output = manage(migrated, "check", "--deploy", "--fail-level", "INFO", "--database", "default")
    assert "no issues (1 silenced)" in output


def test_one_role_for_all_is_named_for_what_it_is(migrated):
    alone = migrated | {"DATABASE_URL": migrated["MIGRATE_DATABASE_URL"]}
    assert "tamper-evident, not tamper-proof" in manage(alone, "check", "--database", "default")


def test_tables_belong_to_the_owner_and_migrating_again_changes_nothing(postgres, migrated):
    owners = postgres.sql("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'", "production")
    assert owners.split() == ["keyturn_owner"]
    assert "No migrations to apply" in manage(migrated, "migrate")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET sequence = 1",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry CASCADE",
        "DELETE FROM signoff_signature",
        "DELETE FROM evidence_blob",
        "DROP TRIGGER ledger_entry_append_only ON ledger_entry",
        "ALTER TABLE ledger_entry DISABLE TRIGGER USER",
        "CREATE TABLE public.mine (id int)",
        "CREATE TEMPORARY TABLE ledger_stream (name text)",
    ],
)
def test_the_applications_role_cannot_rewrite_the_ledger(postgres, migrated, statement):
    with pytest.raises(RuntimeError, match=f"{REFUSED}|must be owner"):
        postgres.sql(f"SET ROLE keyturn_app; {statement}", "production")


def test_the_applications_role_reads_and_writes_everything_else(postgres, migrated):
    assert postgres.sql("SET ROLE keyturn_app; SELECT count(*) FROM ledger_entry", "production").split()[-1] == "0"
    assert "DELETE 0" in postgres.sql("SET ROLE keyturn_app; DELETE FROM django_session", "production")


@pytest.fixture(scope="module")
def served(migrated, tmp_path_factory) -> Iterator[Keyturn]:
    """The same command on given servers, behind a proxy on this machine."""
    behind = {"KEYTURN_TRUSTED_PROXY": "127.0.0.1", "KEYTURN_HTTPS": "1"}
    with Keyturn(tmp_path_factory.mktemp("kt"), **(migrated | behind)) as instance:
        yield instance


def test_the_same_command_runs_on_given_servers_and_redirects_to_https(served):
    status, found = served.get("/readyz")
    assert status == 200
    assert json.loads(found).items() >= {"database": True, "broker": True, "worker": True, "disk": True}.items()
    request = urllib.request.Request(f"{served.address}/")
    answer = urllib.request.build_opener(NoRedirect).open(request, timeout=10)
    assert answer.status == 301
    assert answer.headers["Location"].startswith("https://127.0.0.1")


def test_a_trusted_proxy_speaks_for_its_visitors(served):
    request = urllib.request.Request(f"{served.address}/healthz", headers={"X-Forwarded-Proto": "https"})
    answer = urllib.request.urlopen(request, timeout=10)
    assert json.load(answer) == {"up": True}
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Hand a redirect back instead of following it."""

    def http_error_301(self, request, answer, code, message, headers):
        return answer
