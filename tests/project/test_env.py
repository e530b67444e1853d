"""Bad values end in a sentence that names the variable and says what to write."""

import os
import re
import subprocess
import sys

import pytest

from project import env
from tests.servers import ROOT, clean_environment

GOOD = {
    "DATABASE_URL": "postgresql://app:secret@db:5432/keyturn",
    "REDIS_URL": "redis://broker:6379/0",
    "KEYTURN_SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG",
    "KEYTURN_ALLOWED_HOSTS": "keyturn.example.com",
}
LONG = "x" * 10_000


def complaint(**variables: str) -> str:
    """What a process says that is started with these variables; empty when it starts."""
    present = {name: value for name, value in variables.items() if value is not None}
    done = subprocess.run(
        [sys.executable, "-c", "from project.start import configure; configure()"],
        env=clean_environment(**present),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (2 if done.stderr else 0), done.stderr
    return done.stderr


BAD_BY_READER = [
    (lambda: env.bool("X"), "yes"),
    (lambda: env.bool("X"), "2"),
    (lambda: env.bool("X"), "on"),
    (lambda: env.bool("X"), "True!"),
    (lambda: env.int("X", 1, least=1, most=9), "0"),
    (lambda: env.int("X", 1, least=1, most=9), "10"),
    (lambda: env.int("X", 1, least=1, most=9), "-3"),
    (lambda: env.int("X", 1, least=1, most=9), "3.5"),
    (lambda: env.int("X", 1, least=1, most=9), "1_0"),
    (lambda: env.int("X", 1, least=1, most=9), "٣"),
    (lambda: env.int("X", 1, least=1, most=9), "9" * 400),
    (lambda: env.list("X", check=env.host), "a.example.com,,b.example.com"),
    (lambda: env.list("X", check=env.host), "https://a.example.com"),
    (lambda: env.list("X", check=env.host), "a.example.com:8000"),
    (lambda: env.list("X", check=env.host), "*"),
    (lambda: env.list("X", check=env.network), "10.0.0.0/33"),
    (lambda: env.list("X", check=env.network), "10.0.0.1/8"),
    (lambda: env.list("X", check=env.network), "everybody"),
    (lambda: env.choice("X", "A", ("A", "B")), "a"),
    (lambda: env.path("X", "/"), "~/data"),
    (lambda: env.url("X", "redis"), "http://broker:6379"),
    (lambda: env.url("X", "redis"), "redis://"),
    (lambda: env.url("X", "redis"), "redis://broker:port/0"),
    (lambda: env.url("X", "redis"), "redis://broker:6379/first"),
    (lambda: env.url("X", "redis"), "unix://relative.sock"),
    (lambda: env.url("X", "redis"), "broker:6379"),
    (lambda: env.database("X"), "mysql://app@db/keyturn"),
    (lambda: env.database("X"), "sqlite:///keyturn.db"),
    (lambda: env.database("X"), "postgresql://app@db"),
    (lambda: env.database("X"), "postgresql://app@db/a/b"),
    (lambda: env.database("X"), "postgresql://app@db:99999/keyturn"),
    (lambda: env.database("X"), "postgresql://app@[::1/keyturn"),
    (lambda: env.database("X"), "postgresql://app@db/keyturn?ssl=1"),
    (lambda: env.database("X"), "postgresql://app@db/keyturn?sslmode=sometimes"),
    (lambda: env.secret("X", ""), "short"),
    (lambda: env.secret("X", ""), "a" * 60),
    (lambda: env.origin("X", ""), "keyturn.example.com"),
    (lambda: env.origin("X", ""), "https://keyturn.example.com/path"),
    (lambda: env.mail("X"), "mail.example.com"),
    (lambda: env.mail("X"), "https://mail.example.com"),
    (lambda: env.mail("X"), "smtps://"),
    (lambda: env.mail("X"), "smtps://mail.example.com:mail"),
    (lambda: env.mail("X"), "smtps://mail.example.com/box"),
    (lambda: env.mail("X"), "smtps://mail.example.com?tls=off"),
    (lambda: env.mail("X"), "smtp://mail.example.com?tls=maybe"),
    (lambda: env.mail("X"), "smtp://a:hunter2@mail.example.com?tls=off"),
    (lambda: env.text("X", check=env.address), "Keyturn"),
    (lambda: env.text("X", check=env.address), "a@b.example, c@d.example"),
    (lambda: env.text("X", check=env.address), "Keyturn <a@>"),
    (lambda: env.bool("X"), LONG),
    (lambda: env.bool("X"), "1\n2\x1b[31m"),
]


@pytest.mark.parametrize(("read", "value"), BAD_BY_READER, ids=range(len(BAD_BY_READER)))
def test_a_bad_value_names_its_variable_and_says_what_to_write(monkeypatch, read, value):
    monkeypatch.setenv("X", value)
    with pytest.raises(env.Misconfigured) as caught:
        read()
    message = str(caught.value)
    assert re.match(r"X\b", message)
    assert message.isprintable()
    assert len(message) < 300


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (env.database, "postgresql://app:hunter2@db/a/b"),
        (env.database, "postgresql://app:hunter2@db:x/keyturn"),
        (env.mail, "smtp://app:hunter2@mail?tls=off"),
        (env.mail, "smtps://app:hunter2@mail:x"),
        (env.mail, "smtps://app:hunter2@mail/box"),
        (env.mail, "smtps://app:hunter2@"),
        (env.mail, "http://app:hunter2@mail"),
        (env.mail, "smtps:app:hunter2@mail"),
        (env.mail, "app:hunter2@mail"),
        (env.mail, "smtps://app:hunt/er2@mail"),
    ],
)
def test_a_password_is_never_repeated(monkeypatch, read, value):
    monkeypatch.setenv("X", value)
    with pytest.raises(env.Misconfigured) as caught:
        read("X")
    assert "er2" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("smtps://app:p%40ss@mail", ("mail", 465, "app", "p@ss", True, False)),
        ("smtp://app:word@mail:2525", ("mail", 2525, "app", "word", False, True)),
        ("smtp://mail", ("mail", 587, "", "", False, True)),
        ("smtp://127.0.0.1?tls=off", ("127.0.0.1", 25, "", "", False, False)),
        ("smtp://[::1]:1025?tls=off", ("::1", 1025, "", "", False, False)),
    ],
)
def test_a_mail_url_is_taken_apart(monkeypatch, tmp_path, value, expected):
    (tmp_path / "mail").write_text(f"{value}\n")
    for name, held in (("X", value), ("X_FILE", str(tmp_path / "mail"))):
        with monkeypatch.context() as patched:
            patched.setenv(name, held)
            read = env.mail("X")
        names = ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_SSL", "USE_TLS")
        assert tuple(read[f"EMAIL_{each}"] for each in names) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("postgres://app:p%40ss@db:5433/keyturn", ("keyturn", "app", "p@ss", "db", "5433", {})),
        ("postgresql:///keyturn?host=/run/postgresql", ("keyturn", "", "", "/run/postgresql", "", {})),
        ("postgresql://app@[::1]:5432/keyturn", ("keyturn", "app", "", "::1", "5432", {})),
        (
            "postgresql://app@db/keyturn?sslmode=verify-full",
            ("keyturn", "app", "", "db", "", {"sslmode": "verify-full"}),
        ),
    ],
)
def test_a_database_url_is_taken_apart(monkeypatch, value, expected):
    monkeypatch.setenv("X", value)
    read = env.database("X")
    assert tuple(read[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")) == expected


BAD_TOGETHER = [
    ({"REDIS_URL": None}, "REDIS_URL"),
    ({"KEYTURN_SECRET_KEY": None}, "KEYTURN_SECRET_KEY"),
    ({"KEYTURN_ALLOWED_HOSTS": None}, "KEYTURN_ALLOWED_HOSTS"),
    ({"KEYTURN_DEMO": "1"}, "KEYTURN_DEMO"),
    ({"KEYTURN_DEMO": "1"}, "DATABASE_URL"),
    ({"KEYTURN_DEMO": "no"}, "KEYTURN_DEMO"),
    ({"KEYTURN_SECRET_KEY_FILE": "/dev/null"}, "KEYTURN_SECRET_KEY_FILE"),
    ({"KEYTURN_SECRET_KEY": None, "KEYTURN_SECRET_KEY_FILE": "/nowhere"}, "KEYTURN_SECRET_KEY_FILE"),
    ({"KEYTURN_SECRET_KEY": None, "KEYTURN_SECRET_KEY_FILE": "/dev/null"}, "KEYTURN_SECRET_KEY_FILE"),
    ({"KEYTURN_PROBE_ALLOW": "10.0.0.0/99"}, "KEYTURN_PROBE_ALLOW"),
    ({"KEYTURN_LOG_LEVEL": "LOUD"}, "KEYTURN_LOG_LEVEL"),
    ({"KEYTURN_THREADS": "many"}, "KEYTURN_THREADS"),
    ({"KEYTURN_TRUSTED_PROXY": "*"}, "KEYTURN_TRUSTED_PROXY"),
    ({"KEYTURN_MAIL_URL": "smtps://mail.example.com"}, "KEYTURN_MAIL_FROM"),
    ({"KEYTURN_MAIL_FROM": "a@example.com"}, "KEYTURN_MAIL_URL"),
    ({"KEYTURN_MAIL_URL_FILE": "/nowhere"}, "KEYTURN_MAIL_URL_FILE"),
    ({"KEYTURN_OIDC_ISSUER": "https://id.example.com"}, "KEYTURN_OIDC_CLIENT"),
    ({"KEYTURN_OIDC_ISSUER": "http://id.example.com"}, "KEYTURN_OIDC_ISSUER"),
    ({"KEYTURN_OIDC_ISSUER": "https://id.example.com?a=b"}, "KEYTURN_OIDC_ISSUER"),
    ({"KEYTURN_OIDC_SECRET": "short"}, "KEYTURN_OIDC_SECRET"),
    ({"KEYTURN_ALOWED_HOSTS": "a"}, "KEYTURN_ALLOWED_HOSTS"),
    ({"DATABASE_URL": None, "MIGRATE_DATABASE_URL": "postgresql://owner@db/keyturn"}, "DATABASE_URL"),
]


@pytest.mark.parametrize(("change", "named"), BAD_TOGETHER, ids=range(len(BAD_TOGETHER)))
def test_bad_settings_end_the_process_with_one_sentence_and_code_2(change, named):
    message = complaint(**(GOOD | change))
    assert message.count("\n") == 1
    assert re.search(rf"\b{named}\b", message)


def test_good_settings_start():
    assert complaint(**GOOD) == ""
    assert complaint() == ""


def test_the_example_file_would_start():
    lines = (ROOT / ".env.example").read_text().splitlines()
    given = dict(line.lstrip("#").split("=", 1) for line in lines if re.match(r"#?[A-Z_]+=", line))
    for alternative in (
        "KEYTURN_SECRET_KEY_FILE",
        "KEYTURN_MAIL_URL_FILE",
        "KEYTURN_OIDC_SECRET_FILE",
        "KEYTURN_DEMO",
        "KEYTURN_SECRETS_KEYS",
    ):
        del given[alternative]
    assert complaint(**(given | {"KEYTURN_SECRET_KEY": GOOD["KEYTURN_SECRET_KEY"]})) == ""


@pytest.mark.parametrize("place", [".env.example", "docs/configuration.md"])
def test_every_variable_is_listed(place):
    sources = "".join(path.read_text() for path in (ROOT / "project").rglob("*.py"))
    read = set(
        re.findall(
            r"env\.(?:text|bool|int|list|choice|path|secret|url|database|origin|mail)\(\s*\"([A-Z_]+)\"", sources
        )
    )
    read |= {f"{name}_FILE" for name in re.findall(r"env\.(?:secret|mail)\(\s*\"([A-Z_]+)\"", sources)}
    text = (ROOT / place).read_text()
    listed = set(re.findall(r"^#?([A-Z_]+)=" if place == ".env.example" else r"^\| `([A-Z_]+)`", text, re.MULTILINE))
    assert listed == read


def test_nothing_reads_the_environment_elsewhere():
    allowed = {"env.py", "start.py", "embedded.py", "up.py", "alive.py"}
    readers = {path.name for path in (ROOT / "project").rglob("*.py") if "os.environ" in path.read_text()}
    assert readers <= allowed


def test_an_inherited_database_is_out_of_reach():
    assert os.environ.get("DATABASE_URL", "host=/tmp/kt-pg-").rpartition("host=")[2].startswith("/tmp/kt-pg-")
