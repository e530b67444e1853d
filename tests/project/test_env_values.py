"""What each reader of the environment takes, gives back, and falls back to."""

from pathlib import Path

import pytest

from project import env

RANDOM = "Zk3-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG"
REQUIRED = env.Required("It is needed to sign in.", "something")


@pytest.fixture(autouse=True)
def asked_of_this_test_only(monkeypatch):
    """What settings have asked for is remembered for the whole process."""
    monkeypatch.setattr(env, "_asked", set())
    for name in [name for name in env.os.environ if name == "X" or name.startswith(env.OURS)]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (lambda: env.text("X"), "  a word ", "a word"),
        (lambda: env.bool("X"), "1", True),
        (lambda: env.bool("X"), "TRUE", True),
        (lambda: env.bool("X", True), "0", False),
        (lambda: env.bool("X", True), "false", False),
        (lambda: env.int("X", 5, least=1, most=9), "1", 1),
        (lambda: env.int("X", 5, least=1, most=9), "9", 9),
        (lambda: env.int("X", 5, least=0, most=9), "007", 7),
        (lambda: env.list("X"), "a, b ,c", ["a", "b", "c"]),
        (lambda: env.list("X", check=env.host), "a.example.com,.example.org,[::1],10.0.0.1", None),
        (lambda: env.list("X", check=env.network), "10.0.0.0/8,192.0.2.1,fd00::/8", None),
        (lambda: env.choice("X", "INFO", ("INFO", "DEBUG")), "DEBUG", "DEBUG"),
        (lambda: env.path("X", "/"), "/srv/keyturn", Path("/srv/keyturn")),
        (lambda: env.path("X", "/"), "data", Path.cwd() / "data"),
        (lambda: env.secret("X", ""), RANDOM, RANDOM),
        (lambda: env.secret("X", "", least=10), RANDOM[-12:], RANDOM[-12:]),
        (lambda: env.url("X", "redis"), "redis://broker", "redis://broker"),
        (lambda: env.url("X", "redis"), "rediss://:word@broker:6379/", "rediss://:word@broker:6379/"),
        (lambda: env.url("X", "redis"), "redis://broker:6379/12", "redis://broker:6379/12"),
        (lambda: env.url("X", "redis"), "unix:///run/redis.sock", "unix:///run/redis.sock"),
        (lambda: env.origin("X", ""), "https://keyturn.example.com/", "https://keyturn.example.com"),
        (lambda: env.origin("X", ""), "http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_good_value_is_read(monkeypatch, read, value, expected):
    monkeypatch.setenv("X", value)
    assert read() == (value.split(",") if expected is None else expected)


@pytest.mark.parametrize(
    ("read", "default"),
    [
        (lambda: env.text("X", "word"), "word"),
        (lambda: env.bool("X", True), True),
        (lambda: env.int("X", 5, least=1, most=9), 5),
        (lambda: env.list("X", ("a", "b")), ["a", "b"]),
        (lambda: env.choice("X", "INFO", ("INFO", "DEBUG")), "INFO"),
        (lambda: env.path("X", Path("/var")), Path("/var")),
        (lambda: env.secret("X", "made here"), "made here"),
        (lambda: env.url("X", "redis", "redis://own"), "redis://own"),
        (lambda: env.origin("X", "http://localhost:8000"), "http://localhost:8000"),
        (lambda: env.database("X"), None),
    ],
)
@pytest.mark.parametrize("value", [None, "", "   "])
def test_what_is_missing_or_blank_falls_back_to_the_default(monkeypatch, read, default, value):
    if value is not None:
        monkeypatch.setenv("X", value)
    assert read() == default


@pytest.mark.parametrize(
    "read",
    [
        lambda: env.text("X", REQUIRED),
        lambda: env.bool("X", REQUIRED),
        lambda: env.int("X", REQUIRED, least=1, most=9),
        lambda: env.list("X", REQUIRED),
        lambda: env.path("X", REQUIRED),
        lambda: env.secret("X", REQUIRED),
        lambda: env.url("X", "redis", REQUIRED),
        lambda: env.database("X", REQUIRED),
    ],
)
def test_what_is_required_is_asked_for_with_its_reason_and_an_example(read):
    with pytest.raises(env.Misconfigured) as caught:
        read()
    assert str(caught.value) == "X is missing. It is needed to sign in. For example: X=something"


def test_a_reader_may_have_an_opinion_of_its_own(monkeypatch):
    def even(value):
        if len(value) % 2:
            raise ValueError("Write an even number of letters.")

    monkeypatch.setenv("X", "four")
    assert env.text("X", check=even) == "four"
    monkeypatch.setenv("X", "three")
    with pytest.raises(env.Misconfigured, match=r"^X is “three”\. Write an even number of letters\.$"):
        env.text("X", check=even)


def test_the_one_bad_entry_of_a_list_is_named(monkeypatch):
    monkeypatch.setenv("X", "a.example.com,http://b,c.example.com")
    with pytest.raises(env.Misconfigured, match=r"^X is “http://b”\. Write host names"):
        env.list("X", check=env.host)


@pytest.mark.parametrize("value", ["-a.example.com", "a.example.com-", "a b", "*.example.com", "", "a/b", "[::1"])
def test_what_is_no_host_is_refused(value):
    with pytest.raises(ValueError, match="as in the address bar"):
        env.host(value)


def test_a_secret_may_lie_in_a_file(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text(f"{RANDOM}\n")
    monkeypatch.setenv("X_FILE", str(tmp_path / "secret"))
    assert env.secret("X", "") == RANDOM


def test_a_secret_in_two_places_is_refused(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text(RANDOM)
    monkeypatch.setenv("X_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("X", RANDOM)
    with pytest.raises(env.Misconfigured, match="X and X_FILE are both set"):
        env.secret("X", "")


@pytest.mark.parametrize("content", [b"short", b"a" * 60, b"", b"\xff\xfe" * 40])
def test_a_bad_file_is_named_instead_of_the_secret(monkeypatch, tmp_path, content):
    (tmp_path / "secret").write_bytes(content)
    monkeypatch.setenv("X_FILE", str(tmp_path / "secret"))
    with pytest.raises(env.Misconfigured, match=r"^X_FILE is"):
        env.secret("X", REQUIRED)


def test_a_secret_is_never_repeated(monkeypatch):
    monkeypatch.setenv("X", "hunter2-hunter2")
    with pytest.raises(env.Misconfigured) as caught:
        env.secret("X", "")
    assert "hunter2" not in str(caught.value)


def test_a_long_value_is_shown_in_part(monkeypatch):
    monkeypatch.setenv("X", "y" * (env.SHOWN + 1))
    with pytest.raises(env.Misconfigured, match=rf"“{'y' * env.SHOWN}…”"):
        env.bool("X")
    monkeypatch.setenv("X", "y" * env.SHOWN)
    with pytest.raises(env.Misconfigured, match=rf"“{'y' * env.SHOWN}”"):
        env.bool("X")


def test_a_file_that_may_be_missing_reads_as_nothing(tmp_path):
    assert env.file(tmp_path / "none") == ""
    (tmp_path / "there").write_text(" text \n")
    assert env.file(tmp_path / "there") == "text"


def test_a_typing_error_in_a_name_is_met_with_the_name_that_was_meant(monkeypatch):
    env.text("KEYTURN_LOG_LEVEL")
    monkeypatch.setenv("KEYTURN_LOG_LEVL", "INFO")
    with pytest.raises(env.Misconfigured, match=r"Did you mean KEYTURN_LOG_LEVEL\?"):
        env.refuse_unknown()


def test_a_name_like_no_other_is_to_be_unset(monkeypatch):
    monkeypatch.setenv("KEYTURN_ZZZZZZZZ", "1")
    with pytest.raises(env.Misconfigured, match=r"KEYTURN_ZZZZZZZZ is set, .* Unset it\."):
        env.refuse_unknown()


def test_names_of_others_and_of_the_tests_are_nobody_s_typing_error(monkeypatch):
    monkeypatch.setenv("KEYTURN_TEST_ENGINE", "sqlite")
    monkeypatch.setenv("KEYTURNS", "1")
    env.refuse_unknown()


@pytest.mark.parametrize("mode", env.SSL_MODES)
def test_every_mode_of_encryption_that_postgresql_knows_is_taken(monkeypatch, mode):
    monkeypatch.setenv("X", f"postgresql://app@db/keyturn?sslmode={mode}&application_name=keyturn")
    assert env.database("X")["OPTIONS"] == {"sslmode": mode, "application_name": "keyturn"}


def test_an_unknown_option_of_a_database_is_named_with_those_that_are_known(monkeypatch):
    monkeypatch.setenv("X", "postgresql://app@db/keyturn?password=hunter2")
    with pytest.raises(env.Misconfigured, match=r"X is “password”\. Keyturn knows these options: application_name, "):
        env.database("X")
