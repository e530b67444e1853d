"""The embedded default: what is started in which order and with what, and what is said when something is in the way."""

import argparse
import http.server
import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management.base import OutputWrapper
from pytest_django import Settings

from project import embedded
from project.embedded import Embedded
from project.folder import Unusable
from project.management.commands import up
from project.supervisor import Child, GaveUp, Supervisor
from tests.cast import people
from tests.servers import free_port


class Noting(Supervisor):
    """A supervisor that notes what it would start, and starts nothing."""

    def __init__(self, codes: dict[str, int] | None = None) -> None:
        super().__init__({}, Path("/"), lambda sentence: None)
        self.begun: list[str] = []
        self.children: dict[str, Child] = {}
        self.codes = codes or {}

    def start(self, child: Child) -> None:
        self.begun.append(child.name)
        self.children[child.name] = child

    def run_once(self, command: Sequence[str]) -> int:
        self.begun.append(command[2])
        return self.codes.get(command[2], 0)

    def wait_until(self, condition: Callable[[], object], *, seconds: float) -> bool:
        return bool(condition())


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of this test's own, a broker and pages that answer, and the environment of somebody new."""
    settings.PRODUCTION = False
    settings.DATA_DIR = tmp_path / "data"
    settings.STATIC_ROOT = tmp_path / "static"
    for name in ("REDIS_URL", "KEYTURN_URL", "KEYTURN_DEMO"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(embedded.broker, "answers", lambda url: True)
    monkeypatch.setattr(embedded, "answers", lambda url: True)
    monkeypatch.setattr(embedded, "connections", SimpleNamespace(close_all=lambda: None))
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The management commands that ran in this process."""
    ran: list[str] = []
    monkeypatch.setattr(embedded, "call_command", lambda name, **options: ran.append(name))
    return ran


def claimed(*, demo: bool = False, messages: list[str] | None = None) -> Embedded:
    instance = Embedded(port=free_port(), demo=demo, say=([] if messages is None else messages).append)
    instance.claim()
    return instance


@pytest.mark.django_db
def test_the_ground_comes_first_and_the_first_person_gets_a_link_when_pages_answer(commands: list[str]) -> None:
    supervisor, messages = Noting(), list[str]()
    instance = claimed(messages=messages)
    instance.start(supervisor)
    assert supervisor.begun == ["broker", "web server", "worker", "prober", "clock", "first_person"]
    assert [child.name for child in supervisor.children.values() if child.is_ground] == ["broker"]
    assert commands == ["collectstatic", "migrate"]
    assert messages == [f"Keyturn is ready: http://127.0.0.1:{instance.port}/"]


@pytest.mark.django_db
def test_where_there_is_somebody_no_link_is_printed(commands: list[str]) -> None:
    people()
    supervisor = Noting()
    claimed().start(supervisor)
    assert "first_person" not in supervisor.begun


@pytest.mark.django_db
def test_a_demonstration_is_staged_once_and_before_pages_answer(commands: list[str]) -> None:
    first = Noting()
    instance = claimed(demo=True)
    instance.start(first)
    assert first.begun == ["broker", "stage_demo", "web server", "worker", "prober", "clock"]
    second = Noting()
    instance.start(second)
    assert "stage_demo" not in second.begun


@pytest.mark.django_db
def test_a_command_that_fails_ends_the_start_with_its_name_and_is_tried_again(commands: list[str]) -> None:
    instance = claimed(demo=True)
    with pytest.raises(GaveUp, match=r"python manage\.py stage_demo ended with code 3\."):
        instance.start(Noting({"stage_demo": 3}))
    again = Noting()
    instance.start(again)
    assert "stage_demo" in again.begun


@pytest.mark.django_db
def test_pages_that_do_not_answer_end_the_start(commands: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "answers", lambda url: False)
    supervisor = Noting()
    with pytest.raises(GaveUp, match="The web server did not answer within 60 s"):
        claimed().start(supervisor)
    assert "worker" not in supervisor.begun


def test_a_broker_that_does_not_answer_ends_the_start_and_names_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded.broker, "answers", lambda url: False)
    instance = claimed()
    with pytest.raises(GaveUp, match=rf"within 15 s; {instance.folder.path}/broker\.log says why"):
        instance.start(Noting())


@pytest.mark.django_db
@pytest.mark.parametrize("is_there", [True, False])
def test_a_broker_that_is_given_is_not_started_and_may_be_late(
    commands: list[str], monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://broker:6379/0")
    monkeypatch.setattr(embedded.broker, "answers", lambda url: is_there)
    supervisor, messages = Noting(), list[str]()
    claimed(messages=messages).start(supervisor)
    assert "broker" not in supervisor.begun
    assert any("REDIS_URL does not answer yet" in message for message in messages) is not is_there


@pytest.mark.django_db
def test_static_files_are_collected_when_they_changed(
    commands: list[str], monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    instance = claimed()
    settings.STATIC_ROOT.mkdir()
    (settings.STATIC_ROOT / "staticfiles.json").write_text("{}")
    for _ in range(2):
        instance.start(Noting())
    assert commands.count("collectstatic") == 1
    monkeypatch.setattr(embedded, "fingerprint", lambda files: "another")
    instance.start(Noting())
    assert commands.count("collectstatic") == 2
    (settings.STATIC_ROOT / "staticfiles.json").unlink()
    instance.start(Noting())
    assert commands.count("collectstatic") == 3


def test_a_fingerprint_changes_with_a_name_a_size_and_a_time(tmp_path: Path) -> None:
    def of(*names: str) -> str:
        return embedded.fingerprint(tmp_path / name for name in names)

    (tmp_path / "a").write_text("x")
    (tmp_path / "b").write_text("x")
    os.utime(tmp_path / "b", ns=(1, 1))
    before = of("a")
    assert of("a") == before
    assert len({before, of("b"), of("a", "b"), of()}) == 4
    os.utime(tmp_path / "a", ns=(5, 5))
    touched = of("a")
    (tmp_path / "a").write_text("xy")
    os.utime(tmp_path / "a", ns=(5, 5))
    assert len({before, touched, of("a")}) == 3


def test_every_static_file_counts(settings: Settings) -> None:
    sources = list(embedded.static_sources())
    assert settings.BASE_DIR / "requirements.txt" in sources
    assert {path.suffix for path in sources} >= {".css", ".js"}
    assert all(path.is_file() for path in sources)


def test_children_of_a_demonstration_may_probe_it_and_others_may_not(settings: Settings) -> None:
    settings.KEYTURN_PROBE_ALLOW = "10.0.0.0/8"
    demonstration, own = claimed(demo=True), Embedded(port=1, demo=False, say=print)
    asked = demonstration.environment()
    assert asked["KEYTURN_DEMO"] == "1"
    assert asked["KEYTURN_PROBE_ALLOW"] == f"10.0.0.0/8 127.0.0.1:{demonstration.port}"
    assert asked["KEYTURN_URL"] == demonstration.address
    assert asked["REDIS_URL"] == f"unix://{demonstration.socket}"
    assert own.environment()["KEYTURN_DEMO"] == "0"
    assert "KEYTURN_PROBE_ALLOW" not in own.environment()


def test_an_address_that_is_given_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYTURN_URL", "https://keyturn.example.com")
    assert claimed().environment()["KEYTURN_URL"] == "https://keyturn.example.com"


def test_one_folder_is_claimed_by_one(settings: Settings) -> None:
    claimed(demo=False)
    with pytest.raises(Unusable, match="already runs on the data folder"):
        claimed(demo=False)


def test_a_production_notes_no_kind_and_makes_no_key(settings: Settings) -> None:
    settings.PRODUCTION = True
    instance = claimed()
    assert not (instance.folder.path / "kind").exists()
    assert (instance.folder.path / "secret-key").read_text() == ""


def test_a_temporary_folder_of_the_socket_goes_and_the_data_folder_stays(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path / ("x" * 100)
    far = claimed()
    assert far.socket.parent.is_dir()
    far.tidy()
    assert not far.socket.parent.exists()
    settings.DATA_DIR = Path("/tmp") / f"kt-{os.getpid()}"
    near = claimed()
    near.tidy()
    assert near.socket.parent == near.folder.path
    assert near.folder.path.is_dir()
    for file in near.folder.path.iterdir():
        file.unlink()
    near.folder.path.rmdir()


def test_a_port_that_is_taken_is_said_with_the_next_one() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Unusable, match=rf"Port {port} is taken by another program.*PORT={port + 1}"):
            embedded.check_port(port)
    embedded.check_port(port)


def test_the_last_port_has_no_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "bind", taken)
    with pytest.raises(Unusable, match=r"Port 65535 is taken.*PORT=8001"):
        embedded.check_port(65535)


def taken(*_: object) -> None:
    raise OSError("Address already in use")


def test_a_port_for_root_only_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError("Permission denied")

    monkeypatch.setattr(socket.socket, "bind", forbidden)
    with pytest.raises(Unusable, match="Port 80 needs root"):
        embedded.check_port(80)


class Closed(http.server.BaseHTTPRequestHandler):
    """A page that is there and says no."""

    def do_GET(self) -> None:
        self.send_error(403)

    def log_message(self, *_: object) -> None:
        """Keep the test's output to itself."""


def test_whatever_a_page_says_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    server = http.server.HTTPServer(("127.0.0.1", 0), Closed)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/"
    assert embedded.answers(url)
    server.shutdown()
    server.server_close()
    assert not embedded.answers(url)


@pytest.mark.parametrize("value", ["0", "65536", "-1", "80a", "", "٨٠", "1e3"])
def test_what_is_no_port_is_refused_with_the_range(value: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="Write a number from 1 to 65535"):
        up.port(value)


@pytest.mark.parametrize("value", ["1", "8000", "65535"])
def test_a_port_is_read(value: str) -> None:
    assert up.port(value) == int(value)


def test_nobody_at_the_terminal_any_more_is_no_reason_to_end() -> None:
    class Gone:
        def write(self, text: str) -> None:
            raise BrokenPipeError

        flush = write

    gone: Any = Gone()
    command = up.Command()
    command.stdout = OutputWrapper(gone)
    command.say("Stopping.")
