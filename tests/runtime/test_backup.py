"""Backup and restore, on both databases."""

from __future__ import annotations

import json
import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest
from django.utils import timezone

from choai.errors import ChoaiError
from choai.runtime import backup, boot
from choai.store import seal
from choai.store.models import Binding, Connection, Item, Run, Workspace
from runtime.scene import scene


@pytest.fixture
def home(database: str, data_folder: Path) -> boot.Home:
    seal.load_secrets()
    return boot.Home(data_folder, os.environ.get("CHOAI_DATABASE_URL", ""))


def fill() -> None:
    """Rows with everything a dump can get wrong: bytes, empty text beside NULL, quotes, line ends, JSON."""
    stage = scene()
    books = Connection.objects.get(service="freee")
    Connection.objects.filter(id=books.id).update(
        sealed=seal.seal(f"connection:{books.id}", {"client_secret": "geheim"})
    )
    run = Run.objects.create(
        workspace=stage.workspace, sync=stage.sync, batch="b", trigger="manual", state="running", created_at=timezone.now(),
        work={"token": 'a"b,c\n\\N'},
    )  # fmt: skip
    hostile = {"before": b"\x00\xff\r\n\"',", "name": '株式会社"見本",\r\n\\.', "key": ""}
    Item.objects.create(workspace=stage.workspace, run=run, sync=stage.sync, side="left", op="create", **hostile)
    Binding.objects.create(
        workspace=stage.workspace, pairing=stage.sync.pairing, left_id="1", right_id="2", created_at=timezone.now()
    )


def contents() -> list[object]:
    item = Item.objects.get()
    return [
        list(Workspace.objects.values("id", "name", "settings")),
        list(Connection.objects.order_by("id").values("id", "service", "sealed", "checked_at")),
        list(Run.objects.values("id", "work", "late_for")),
        (bytes(item.before), item.name, item.key, item.ended_at),
        list(Binding.objects.values("id", "left_id", "right_id", "synced_at")),
    ]


@pytest.mark.req("CC-30")
def test_what_was_backed_up_comes_back(home: boot.Home, tmp_path: Path) -> None:
    fill()
    before, file = contents(), tmp_path / "choai.zip"
    (home.folder / "installation.json").write_text("{}")
    about = backup.backup(home, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert about["database"] == ("postgresql" if home.postgres else "sqlite")
    Workspace.objects.update(name="changed afterwards")
    (home.folder / "secrets.json").unlink()
    with pytest.raises(ChoaiError, match="folder_not_empty"):
        backup.restore(home, file)
    backup.restore(home, file, force=True)
    boot.ready(home)
    assert contents() == before
    row = Connection.objects.get(service="freee")
    assert seal.unseal(f"connection:{row.id}", row.sealed) == {"client_secret": "geheim"}
    assert Workspace.objects.create(name="next").id > before[0][0]["id"]  # type: ignore[index]  # the first list


def test_a_sealed_backup_opens_with_its_passphrase_only(home: boot.Home, tmp_path: Path) -> None:
    fill()
    file = tmp_path / "sealed"
    backup.backup(home, file, "correct horse")
    assert not zipfile.is_zipfile(file)
    for wrong in ("", "battery"):
        with pytest.raises(ChoaiError, match="wrong_passphrase_or_key"):
            backup.restore(home, file, wrong, force=True)
    backup.restore(home, file, "correct horse", force=True)
    assert Binding.objects.count() == 1


def test_bad_files_are_refused_before_anything_changes(sqlite_database: str, data_folder: Path, tmp_path: Path) -> None:
    seal.load_secrets()
    home = boot.Home(data_folder, "")
    fill()
    before = contents()
    good = tmp_path / "good.zip"
    backup.backup(home, good)
    text, half, foreign, newer, postgres = (tmp_path / n for n in ("text", "half", "foreign", "newer", "postgres"))
    text.write_text("no backup")
    half.write_bytes(good.read_bytes()[:2000])
    with zipfile.ZipFile(foreign, "w") as archive:
        archive.writestr("readme", "hello")
    changed(good, newer, migrations=["store.0001_initial", "store.9999_later"])
    changed(good, postgres, database="postgresql")
    for file, code in (
        (tmp_path / "missing", "backup_invalid"),
        (text, "backup_invalid"),
        (half, "backup_invalid"),
        (foreign, "backup_invalid"),
        (newer, "database_newer"),
        (postgres, "backup_invalid"),
    ):
        with pytest.raises(ChoaiError, match=code):
            backup.restore(home, file, force=True)
    assert contents() == before
    assert [p.name for p in data_folder.iterdir() if p.name.startswith(".")] == []


def changed(source: Path, target: Path, **facts: object) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, json.dumps({**json.loads(content), **facts}) if name == "about.json" else content)


def test_a_failed_backup_leaves_nothing_behind(sqlite_database: str, data_folder: Path, tmp_path: Path) -> None:
    home = boot.Home(data_folder, "")
    with pytest.raises(FileNotFoundError):
        backup.backup(home, tmp_path / "no" / "folder" / "file")
    shutil.rmtree(data_folder)
    target = tmp_path / "file"
    with pytest.raises(Exception):  # noqa: B017  whatever the missing database raises
        backup.backup(home, target)
    assert list(tmp_path.iterdir()) == []
