"""What every test stands on. The engine is chosen here, before Django reads a setting."""

import atexit
import gc
import os
import shutil
import signal
from collections.abc import Generator, Iterator
from typing import Any

import django
import hypothesis
import pytest
import redis
from django.conf import settings
from django.contrib.auth.hashers import get_hashers
from django.db import connections
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor
from django.test import Client, TransactionTestCase

from project import broker as brokers
from project.start import configure
from tests import canaries, servers
from tests.tampering import empty

pytest_plugins = ["tests.searched", "tests.selection", "tests.sharing", "tests.stages"]

ENGINE = os.environ.get("KEYTURN_TEST_ENGINE", "sqlite")
FOLDER = servers.temporary_folder("kt-test-")
POSTGRES = servers.Postgres() if ENGINE == "postgresql" else None

if ENGINE not in ("sqlite", "postgresql"):
    raise pytest.UsageError(f"KEYTURN_TEST_ENGINE is “{ENGINE}”. Write sqlite or postgresql.")
if settings.configured:
    raise pytest.UsageError("Django read its settings too early. Unset DJANGO_SETTINGS_MODULE and run the tests again.")

# Who starts a run in the background of a shell has it ignore Ctrl-C, and with it all that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# Nothing inherited: a test must never reach a database that it did not start.
for name in servers.inherited([*os.environ]):
    del os.environ[name]
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "project.settings",
    "KEYTURN_DATA": str(FOLDER / "data"),
    "KEYTURN_STATIC": str(FOLDER / "static"),
    "REDIS_URL": f"unix://{FOLDER / 'broker.sock'}",
    "KEYTURN_SECRETS_KEYS": str(FOLDER / "secrets-key"),
}
if POSTGRES:
    os.environ |= {
        "DATABASE_URL": POSTGRES.url(),
        "KEYTURN_SECRET_KEY": "only-for-tests-0123456789-abcdefghijklmnopqrstuvwxyz",
        "KEYTURN_ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
        "KEYTURN_HTTPS": "0",
    }
for folder in ("data", "static"):
    (FOLDER / folder).mkdir()
(FOLDER / "secrets-key").write_text(bytes(range(32)).hex())
configure()
settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.gates"]
# Pages offer a sign-in service, which tests/sso starts; processes that tests start have none.
settings.KEYTURN_OIDC_ISSUER, settings.KEYTURN_OIDC_NAME = "https://id.example.com/realm", "Example SSO"
if not POSTGRES:  # no power is cut here; PostgreSQL is started without fsync too
    options: dict[str, Any] = settings.DATABASES["default"]["OPTIONS"]  # type: ignore[assignment]
    options["init_command"] += "PRAGMA synchronous=OFF;"
django.setup()  # before pytest-django does, so that the conftest of a folder may import models
# A parallel run starts its workers from here; each of them has to choose for itself.
del os.environ["DJANGO_SETTINGS_MODULE"]


from apps.live import publish  # noqa: E402
from tests.cast import session_of  # noqa: E402  # imports models
from tests.recorded import verify_what_was_recorded, watch_writing  # noqa: E402  # imports models

NO_BROKER = f"unix://{FOLDER / 'nobody.sock'}"
# How quick the machine is at this moment says nothing about a rule.
QUICK = [hypothesis.HealthCheck.too_slow]
# The same examples in every run, so that a change fails by what it changes; a campaign tries others.
hypothesis.settings.register_profile(
    "suite", deadline=None, derandomize="KEYTURN_TEST_RANDOM" not in os.environ, suppress_health_check=QUICK
)
hypothesis.settings.load_profile("suite")


@atexit.register
def leave_nothing() -> None:
    """Stop what was started and remove it, also when the run broke off. Safe to repeat."""
    if POSTGRES:
        POSTGRES.stop()
    shutil.rmtree(FOLDER, ignore_errors=True)


def pytest_unconfigure() -> None:
    """The processes of pytest-xdist end without looking at atexit."""
    leave_nothing()


def pytest_report_header() -> str:
    """Name the engine in the first lines."""
    return f"engine: {ENGINE}"


def pytest_collection_finish() -> None:
    """What is there by now stays until the end: the collector need not look at it again and again, nor that often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def engine() -> str:
    """sqlite or postgresql."""
    return ENGINE


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Start the PostgreSQL when the first test needs a database."""
    if POSTGRES:
        POSTGRES.start()


@pytest.fixture(scope="session", autouse=True)
def cheap_settings() -> None:
    """Passwords that cost nothing, and static files as they lie there; `up` is tested with the real ones."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    get_hashers.cache_clear()  # type: ignore[attr-defined]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    settings.WHITENOISE_USE_FINDERS = True
    settings.WHITENOISE_AUTOREFRESH = True  # otherwise each test client reads every static file first


@pytest.fixture(scope="session", autouse=True)
def sessions_are_given() -> None:
    """Who has to be signed in gets a session by one statement; what signing in does, its own tests do by its form."""

    def force_login(client: Client, user: Any, backend: str | None = None) -> None:
        client.cookies[settings.SESSION_COOKIE_NAME] = session_of(user)

    Client.force_login = force_login  # type: ignore[method-assign, assignment]


@pytest.fixture(scope="session", autouse=True)
def foreign_keys_are_joined() -> None:
    """Prefetching what foreign keys lead to takes an OR for each row, of which SQLite takes a thousand."""

    def refuse(descriptor: Any, instances: Any, querysets: Any = None) -> None:
        field = descriptor.field
        raise AssertionError(f"join {field} instead of prefetching it: see `joined` of apps/core/statements.py")

    ForwardManyToOneDescriptor.get_prefetch_querysets = refuse  # type: ignore[method-assign, assignment]


@pytest.fixture(scope="session", autouse=True)
def guards_lifted_at_teardown() -> Iterator[None]:
    """Emptying the tables after a test is the one time when append-only tables are emptied."""
    tests: Any = TransactionTestCase
    original = tests._fixture_teardown

    def teardown(case: Any) -> None:
        for alias in case._databases_names(include_mirrors=False):
            empty(connections[alias])

    tests._fixture_teardown = teardown
    yield
    tests._fixture_teardown = original


@pytest.fixture(scope="session")
def broker() -> Iterator[servers.Broker]:
    """The broker that REDIS_URL names: Redis where the suite runs on PostgreSQL, the packaged Valkey otherwise."""
    binary = servers.redis_binary() if POSTGRES else brokers.find_server()
    server = servers.Broker(binary, FOLDER / "broker.sock").start()
    canaries.write_down_all(server)
    yield server
    canaries.search_broker(server)
    server.stop()


@pytest.fixture(autouse=True)
def no_broker_by_chance(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whoever does not ask for `broker` finds none, although another test of this process may have started it."""
    before = publish._client
    publish._client = None if "broker" in request.fixturenames else redis.Redis.from_url(NO_BROKER)
    yield
    publish._client = before


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """What fixtures write counts as well."""
    watch_writing()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """What a test recorded is verified while its database is still there."""
    result = yield
    verify_what_was_recorded(item)
    return result
