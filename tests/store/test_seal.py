from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken

from choai.errors import ChoaiError
from choai.store import seal
from store.rows import a_connection, a_user, a_workspace

SECRET = {"client_secret": "秘密", "apps": [{"id": "1", "token": "t"}]}


def keys(folder: Path) -> list[str]:
    return list(json.loads((folder / "secrets.json").read_text())["keys"])


def code_of(identity: str, text: str) -> str:
    with pytest.raises(ChoaiError) as caught:
        seal.unseal(identity, text)
    return caught.value.code


def test_secrets_are_made_once_for_the_owner_alone(data_folder: Path) -> None:
    first = seal.load_secrets()
    assert seal.load_secrets() == first
    assert stat.S_IMODE((data_folder / "secrets.json").stat().st_mode) == 0o600
    assert len(first.django_secret_key) >= 50
    assert [file.name for file in data_folder.iterdir()] == ["secrets.json"]


def test_two_first_starts_at_once_agree(data_folder: Path) -> None:
    program = "from choai.store.seal import load_secrets; print(load_secrets().keys[0])"
    started = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=dict(os.environ))
        for _ in range(3)
    ]
    assert {p.communicate()[0].strip() for p in started} == set(keys(data_folder))


def test_sealed_is_unreadable_and_opens_again(data_folder: Path) -> None:
    seal.load_secrets()
    text = seal.seal("connection:1", SECRET)
    assert "client_secret" not in text
    assert seal.unseal("connection:1", text) == SECRET
    assert seal.unseal("connection:1", "") == {}


def test_a_sealed_text_opens_in_its_own_row_only(data_folder: Path) -> None:
    seal.load_secrets()
    text = seal.seal("connection:1", SECRET)
    assert code_of("connection:11", text) == "secret_key_missing"
    assert code_of("connection:1", text[:-4] + "AAA=") == "secret_key_missing"


def test_without_the_file_nothing_is_invented(data_folder: Path) -> None:
    seal.load_secrets()
    text = seal.seal("connection:1", SECRET)
    (data_folder / "secrets.json").unlink()
    assert code_of("connection:1", text) == "secret_key_missing"
    assert not (data_folder / "secrets.json").exists()


def test_keys_of_the_environment_win(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seal.load_secrets()
    other = Fernet.generate_key().decode()
    before = seal.seal("connection:1", SECRET)
    monkeypatch.setenv("CHOAI_SECRET_KEYS", f"{other},{keys(data_folder)[0]}")
    assert seal.load_secrets().keys[0] == other
    assert seal.unseal("connection:1", before) == SECRET
    monkeypatch.setenv("CHOAI_SECRET_KEYS", other)
    assert code_of("connection:1", before) == "secret_key_missing"


def test_starting_with_a_lost_key_is_refused(database: str, data_folder: Path) -> None:
    seal.load_secrets()
    seal.check_keys()
    a_connection(a_workspace(), secrets=SECRET)
    seal.check_keys()
    (data_folder / "secrets.json").unlink()
    seal.load_secrets()
    with pytest.raises(ChoaiError) as caught:
        seal.check_keys()
    assert caught.value.code == "secret_key_missing"


def test_rotation_seals_every_row_of_every_table_again(
    database: str, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from choai.store.models import Authorisation, Connection
    from choai.store.tokens import grant_of, store_grant

    monkeypatch.setattr(seal, "BATCH", 2)
    seal.load_secrets()
    workspace = a_workspace()
    rows = [a_connection(workspace, secrets={"n": n}) for n in range(5)]
    bare = a_connection(workspace)
    user = a_user(workspace)
    store_grant(rows[0].id, user.id, "at", "rt", 1.0)
    old = keys(data_folder)
    assert seal.rotate() == 6
    new = keys(data_folder)
    assert len(new) == 1
    assert new != old
    for n, row in enumerate(rows):
        row.refresh_from_db()
        assert seal.unseal(f"connection:{row.id}", row.sealed) == {"n": n}
    grant = grant_of(rows[0].id, user.id)
    assert grant is not None
    assert (grant.access, grant.refresh) == ("at", "rt")
    bare.refresh_from_db()
    assert bare.sealed == ""
    only_old = Fernet(old[0])
    sealed_rows = [*Connection.objects.exclude(sealed="").values_list("sealed", flat=True)]
    sealed_rows += Authorisation.objects.values_list("sealed", flat=True)
    for sealed in sealed_rows:
        with pytest.raises(InvalidToken):
            only_old.decrypt(sealed.encode())


def test_a_killed_rotation_goes_on(database: str, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seal.load_secrets()
    workspace = a_workspace()
    rows = [a_connection(workspace, secrets={"n": n}) for n in range(3)]
    real, calls = seal._reseal, []

    def dies_after_one_table(model: object, every: tuple[str, ...]) -> int:
        calls.append(model)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(model, every)

    monkeypatch.setattr(seal, "_reseal", dies_after_one_table)
    with pytest.raises(KeyboardInterrupt):
        seal.rotate()
    between = keys(data_folder)
    assert len(between) == 2
    extra = a_connection(workspace, secrets={"n": 3})  # life goes on, under the new key
    monkeypatch.setattr(seal, "_reseal", real)
    assert seal.rotate() == 0
    assert keys(data_folder) == between[:1]
    for n, row in enumerate([*rows, extra]):
        row.refresh_from_db()
        assert seal.unseal(f"connection:{row.id}", row.sealed) == {"n": n}
