"""The data folder: closed to others, used by one `up` at a time, and for one purpose only."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from project.broker import LONGEST_SOCKET_PATH
from project.folder import DataFolder, Unusable
from tests.servers import ROOT


@pytest.fixture(autouse=True)
def umask_as_before():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def folder(tmp_path):
    made = DataFolder(tmp_path / "deep" / "data")
    made.prepare()
    return made


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_it_is_made_with_all_above_it_and_closed_to_others(folder):
    assert mode(folder.path) == 0o700
    assert mode(folder.path / "secret-key") == 0o600
    (folder.path / "later").write_text("x")
    assert mode(folder.path / "later") == 0o600


def test_a_folder_that_was_open_to_others_is_closed(tmp_path):
    tmp_path.chmod(0o755)
    DataFolder(tmp_path).prepare()
    assert mode(tmp_path) == 0o700


def test_a_file_in_its_place_is_named_with_the_way_out(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(Unusable, match=r"data cannot be used \(.+\)\. Choose another one: make run KEYTURN_DATA="):
        DataFolder(tmp_path / "data").prepare()


def test_who_holds_it_is_named_to_who_comes_second(folder):
    folder.claim()
    assert (folder.path / "up.lock").read_text() == f"{os.getpid()}\n"
    with pytest.raises(Unusable, match=rf"already runs on the data folder {folder.path} \(process {os.getpid()}\)"):
        DataFolder(folder.path).claim()


def test_it_is_free_again_when_its_holder_has_ended_however_that_was(folder):
    script = (
        "import os, sys; from pathlib import Path; from project.folder import DataFolder;"
        "DataFolder(Path(sys.argv[1])).claim(); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(folder.path)], cwd=ROOT, check=False)
    assert killed.returncode == -9
    folder.claim()
    assert (folder.path / "up.lock").read_text() == f"{os.getpid()}\n"


@pytest.mark.parametrize("demo", [True, False])
def test_what_it_is_for_is_noted_once(folder, demo):
    folder.settle(demo=demo)
    folder.settle(demo=demo)
    assert (folder.path / "kind").read_text() == ("demo\n" if demo else "own\n")


@pytest.mark.parametrize(
    ("first", "holds", "start"),
    [(True, "holds the demonstration", "(make run)"), (False, "holds an instance of its own", "(make run DEMO=0)")],
)
def test_it_is_never_opened_as_the_other(folder, first, holds, start):
    folder.settle(demo=first)
    with pytest.raises(Unusable) as refusal:
        folder.settle(demo=not first)
    assert holds in str(refusal.value)
    assert start in str(refusal.value)
    assert (folder.path / "kind").read_text() == ("demo\n" if first else "own\n")


def test_a_kind_that_nobody_knows_is_named_as_it_stands_there(folder):
    (folder.path / "kind").write_text("a museum\n")
    with pytest.raises(Unusable, match="holds a museum, not the demonstration"):
        folder.settle(demo=True)


def test_its_key_is_made_once_and_is_long(folder):
    key = folder.secret_key()
    assert len(key) >= 60
    assert folder.secret_key() == key
    assert DataFolder(folder.path).secret_key() == key
    assert mode(folder.path / "secret-key") == 0o600


def test_two_folders_have_two_keys(folder, tmp_path):
    other = DataFolder(tmp_path / "other")
    other.prepare()
    assert other.secret_key() != folder.secret_key()


def test_the_broker_listens_inside_unless_the_path_is_too_long_for_a_socket(tmp_path):
    room = LONGEST_SOCKET_PATH - len(os.fsencode(tmp_path / "broker.sock")) - 1
    assert room > 1, "the temporary folder itself is too deep"
    fits = DataFolder(tmp_path / ("x" * room))
    assert fits.socket() == fits.path / "broker.sock"
    elsewhere = DataFolder(tmp_path / ("x" * (room + 1))).socket()
    assert elsewhere.name == "broker.sock"
    assert elsewhere.parent.parent == Path("/tmp")
    assert mode(elsewhere.parent) == 0o700
    elsewhere.parent.rmdir()


def test_what_is_done_is_done_for_this_fingerprint_only(folder):
    assert not folder.done_before("static", "a")
    folder.note_done("static", "a")
    assert folder.done_before("static", "a")
    assert not folder.done_before("static", "b")
    assert not folder.done_before("demo", "a")
