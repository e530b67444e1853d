"""Keys are files; what one encrypted is read by it alone, for the secret and version that it was written for."""

import base64
import uuid

import pytest

from apps.secrets import keyring
from apps.secrets.keyring import NoKey, owner_bytes

FIRST, SECOND = bytes(range(32)).hex(), base64.b64encode(bytes(range(50, 82))).decode()
ID, TEAM = uuid.UUID(int=1), uuid.UUID(int=2)
OWNER = owner_bytes(ID, TEAM, "metrics", 1)


@pytest.fixture
def folder(tmp_path, settings):
    """A folder that the setting names, with one key."""
    (tmp_path / "2026-11").write_text(f"{FIRST}\n")
    settings.KEYTURN_SECRETS_KEYS = [str(tmp_path)]
    return tmp_path


def test_what_was_encrypted_is_read_again_and_never_looks_the_same(folder):
    once, twice = (keyring.encrypt("correct-horse", belongs_to=OWNER) for _ in range(2))
    assert once[0] != twice[0]
    assert b"correct" not in once[0]
    assert keyring.decrypt(*once, belongs_to=OWNER) == keyring.decrypt(*twice, belongs_to=OWNER) == "correct-horse"


@pytest.mark.parametrize(
    "other",
    [
        owner_bytes(uuid.UUID(int=3), TEAM, "metrics", 1),
        owner_bytes(ID, uuid.UUID(int=3), "metrics", 1),
        owner_bytes(ID, TEAM, "other", 1),
        owner_bytes(ID, TEAM, "metrics", 2),
    ],
)
def test_a_ciphertext_counts_for_no_other_secret_team_name_or_version(folder, other):
    ciphertext, key = keyring.encrypt("correct-horse", belongs_to=OWNER)
    with pytest.raises(NoKey, match="changed or belongs to another secret"):
        keyring.decrypt(ciphertext, key, belongs_to=other)


def test_every_bit_of_a_ciphertext_counts(folder):
    ciphertext, key = keyring.encrypt("correct-horse", belongs_to=OWNER)
    for place in range(len(ciphertext) * 8):
        changed = bytearray(ciphertext)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(NoKey):
            keyring.decrypt(bytes(changed), key, belongs_to=OWNER)


def test_the_last_name_of_a_folder_encrypts_and_all_decrypt_at_once(folder):
    old = keyring.encrypt("correct-horse", belongs_to=OWNER)
    (folder / "2027-01").write_text(SECOND)
    (folder / ".hidden").write_text("no key")
    (folder / "below").mkdir()
    new = keyring.encrypt("correct-horse", belongs_to=OWNER)
    assert old[1] != new[1]
    assert [key.id for key in keyring.known_keys()] == [new[1], old[1]]
    assert keyring.decrypt(*old, belongs_to=OWNER) == keyring.decrypt(*new, belongs_to=OWNER) == "correct-horse"
    (folder / "2026-11").unlink()
    with pytest.raises(NoKey, match="not among those of KEYTURN_SECRETS_KEYS"):
        keyring.decrypt(*old, belongs_to=OWNER)


def test_files_are_taken_in_their_order(folder, settings):
    second = folder / "second"
    second.write_text(SECOND)
    settings.KEYTURN_SECRETS_KEYS = [str(folder / "2026-11"), str(second), str(folder)]
    assert len(keyring.known_keys()) == 2
    assert keyring.known_keys()[0].data.hex() == FIRST


def test_without_a_key_nothing_is_encrypted(settings):
    settings.KEYTURN_SECRETS_KEYS = []
    with pytest.raises(NoKey, match="KEYTURN_SECRETS_KEYS"):
        keyring.encrypt("correct-horse", belongs_to=OWNER)


@pytest.mark.parametrize("text", ["", "short", "0" * 64, "z" * 64, FIRST[:-2], "ä" * 64, "not base64 at all!"])
def test_a_file_without_a_key_is_refused_by_its_name_and_not_shown(tmp_path, text):
    file = tmp_path / "bad"
    file.write_text(text)
    with pytest.raises(ValueError, match=str(file)) as refused:
        keyring.keys_in([file])
    assert len(text) < 6 or text not in str(refused.value)
    with pytest.raises(ValueError, match="cannot be read"):
        keyring.keys_in([tmp_path / "missing"])


def test_a_key_does_not_show_itself():
    (key,) = keyring.keys_in([]) or [keyring.Key("id", b"x" * 32)]
    assert "xxx" not in repr(key)
    assert keyring.new_key() != keyring.new_key()
