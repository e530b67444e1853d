"""Finding and starting the broker of the embedded default."""

import platform
import stat
from pathlib import Path

import pytest

from project import broker as brokers
from tests import servers


def program(path: Path, *, works: bool = True) -> Path:
    """A server that answers `--version`, or does not."""
    path.write_text(f"#!/bin/sh\nexit {0 if works else 1}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def no_package(monkeypatch):
    monkeypatch.setattr(brokers, "find_spec", lambda name: None)


@pytest.fixture
def on_path(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_the_packaged_one_comes_first():
    assert brokers.find_server().name == "valkey-server"
    assert "_binaries" in brokers.find_server().parts


def test_without_the_package_the_machine_s_own_is_taken(no_package, on_path):
    redis = program(on_path / "redis-server")
    assert brokers.find_server() == redis
    valkey = program(on_path / "valkey-server")
    assert brokers.find_server() == valkey


def test_one_that_does_not_run_is_passed_over(no_package, on_path):
    program(on_path / "valkey-server", works=False)
    redis = program(on_path / "redis-server")
    assert brokers.find_server() == redis


def test_one_for_another_kind_of_machine_is_passed_over(no_package, on_path):
    (on_path / "valkey-server").write_bytes(b"\x7fELF of something else")
    (on_path / "valkey-server").chmod(0o755)
    redis = program(on_path / "redis-server")
    assert brokers.find_server() == redis


@pytest.mark.parametrize(
    ("system", "advice"),
    [("Linux", "apt-get install"), ("Darwin", "brew install valkey"), ("Plan9", "Install Valkey or Redis")],
)
def test_without_any_it_says_what_to_install_on_this_system(no_package, on_path, monkeypatch, system, advice):
    monkeypatch.setattr(platform, "system", lambda: system)
    with pytest.raises(brokers.NoBroker) as refusal:
        brokers.find_server()
    assert advice in str(refusal.value)
    assert "REDIS_URL" in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        ("unix:///run/broker.sock", "redis+socket:///run/broker.sock?virtual_host=0"),
        ("redis://broker:6379/1", "redis://broker:6379/1"),
        ("rediss://broker:6379/1", "rediss://broker:6379/1"),
    ],
)
def test_celery_spells_a_socket_in_its_own_way(url, spelled):
    assert brokers.celery_url(url) == spelled


def test_it_listens_on_its_socket_only_and_keeps_queued_work(tmp_path):
    command = brokers.command(Path("/bin/server"), tmp_path, tmp_path / "b.sock")
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert command[0] == "/bin/server"
    assert (options["--port"], options["--unixsocket"]) == ("0", str(tmp_path / "b.sock"))
    assert (options["--unixsocketperm"], options["--appendonly"]) == ("700", "yes")
    assert options["--dir"] == str(tmp_path)


def test_whether_it_answers_is_known_while_it_runs_and_after(tmp_path):
    server = servers.Broker(brokers.find_server(), tcp=True)
    assert not brokers.answers(server.url)
    server.start()
    assert brokers.answers(server.url)
    server.stop()
    assert not brokers.answers(server.url)
