"""A production with secrets and without keys does not start; the embedded default makes its key for itself."""

import stat
from typing import Any

import pytest
from django.core.checks import run_checks

from apps.accounts.models import User
from apps.secrets import commands
from apps.secrets.keyring import keys_in
from project import start
from project.folder import DataFolder
from tests.canaries import PLANTED
from tests.cast import again

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret(people: Any, settings: Any) -> Any:
    settings.PRODUCTION = True
    return commands.set_secret(
        people.team, by=again(people.lead), name="metrics", value=PLANTED[36], bindings=["example.com"]
    )


def test_secrets_without_a_key_end_the_start_with_a_sentence(secret, settings, capsys):
    start.require_keys()
    settings.KEYTURN_SECRETS_KEYS = []
    with pytest.raises(SystemExit) as ended:
        start.require_keys()
    assert ended.value.code == 2
    assert "KEYTURN_SECRETS_KEYS is not set" in capsys.readouterr().err
    commands.remove_secret(secret, by=again(User.objects.get(username="lena")))
    start.require_keys()


def test_the_embedded_default_starts_and_its_page_says_what_is_missing(secret, settings):
    settings.KEYTURN_SECRETS_KEYS, settings.PRODUCTION = [], False
    start.require_keys()


def test_keys_that_are_gone_are_named_by_the_checks(secret, settings, tmp_path):
    def found() -> list[str]:
        return [each.msg for each in run_checks(databases=["default"]) if each.id == "keyturn.E002"]

    assert found() == []
    (tmp_path / "other").write_text(bytes(range(90, 122)).hex())
    settings.KEYTURN_SECRETS_KEYS = [str(tmp_path / "other")]
    [message] = found()
    assert secret.versions.get().key in message


def test_a_new_data_folder_gets_a_key_that_only_its_owner_reads(tmp_path):
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    file = folder.secrets_key()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    [key] = keys_in([file])
    assert keys_in([folder.secrets_key()]) == [key]
