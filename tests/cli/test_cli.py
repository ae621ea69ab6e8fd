"""Commands on an installation, by their exit code and what they print."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from choai import __version__
from choai.cli import app, say
from choai.cli.runs import ENDS
from choai.connectors import registry
from choai.errors import ChoaiError
from choai.runtime import progress
from choai.store.models import ENDED_RUNS, Member, Run, User, Workspace
from runtime.scene import scene

Choai = Callable[..., Result]


@pytest.fixture
def choai(sqlite_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Choai]:
    """Run a command in this process, on the test's data folder."""
    monkeypatch.setenv("CHOAI_LANG", "en")

    def run(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), input=stdin, catch_exceptions=False)

    yield run
    say.set_language(None)


def test_the_version_and_the_language(choai: Choai) -> None:
    assert choai("--version").stdout == f"choai {__version__}\n"
    assert choai("--lang", "fr", "services").exit_code == 2
    assert "取引先" in choai("--lang", "ja", "services").stdout
    assert "Partners" in choai("services").stdout


def test_services_as_json(choai: Choai) -> None:
    told = json.loads(choai("services", "--json").stdout)
    found = {row["service"]: row["role"] for row in told}
    assert set(found) == set(registry.SERVICES)
    assert (found["freee"], found["kintone"]) == ("accounting", "crm")
    for row, spec in zip(told, registry.services(), strict=True):
        assert [o["name"] for o in row["objects"]] == [o.name for o in spec.objects], spec.service
        assert row["limits"], spec.service
        assert [(x["name"], x["count"], x["seconds"]) for x in row["limits"]] == [
            (x.name, x.count, x.seconds) for x in spec.limits
        ]
        assert row["auth"] == list(spec.auth)
        for o, declared in zip(row["objects"], spec.objects, strict=True):
            assert o["idempotency"] == declared.idempotency.value
            assert (o["create"], o["update"]) == (declared.can_create, declared.can_update)
            assert o["actions"] == [a.name for a in declared.actions]
            assert (o["cursor"], o["deletes"]) == (declared.cursor.value, declared.deletes.value)
            assert o["role"], f"{spec.service} {o['name']}"


def test_people(choai: Choai) -> None:
    added = choai(
        "user", "add", "owner@example.com", "--name", "花子", "--workspace", "見本", stdin="a-long-passphrase\n"
    )
    assert added.exit_code == 0, added.output
    assert Workspace.objects.get().name == "見本"
    assert choai("user", "add", "b@example.com", "--role", "operator", "--password", "b-long-passphrase").exit_code == 0
    people = json.loads(choai("user", "list", "--json").stdout)
    assert {p["email"]: p["role"] for p in people} == {
        "owner@example.com": "administrator",
        "b@example.com": "operator",
    }
    assert choai("user", "role", "b@example.com", "viewer").exit_code == 0
    assert Member.objects.get(user__email="b@example.com").role == "viewer"
    assert choai("user", "password", "b@example.com", stdin="another-long-one\n").exit_code == 0
    assert User.objects.get(email="b@example.com").check_password("another-long-one")


@pytest.mark.parametrize(
    ("arguments", "exit_code", "code"),
    [
        (["user", "role", "nobody@example.com", "viewer"], 3, "not_found"),
        (["user", "password", "nobody@example.com", "--password", "x"], 3, "not_found"),
        (["user", "role", "owner1@example.com", "king"], 2, ""),
        (["user", "add", "c@example.com", "--password", "short"], 3, "weak_password"),
        (["run", "no such sync"], 3, "not_found"),
        (["run"], 2, ""),
        (["run", "1", "--kind", "partner"], 2, ""),
        (["run", "1", "--to", "up"], 2, ""),
        (["check", "no such connection"], 3, "not_found"),
        (["check", "1"], 3, "connection_not_ready"),
        (["run", "1", "--workspace", "nowhere"], 3, "not_found"),
        (["run", "1", "--user", "nobody@example.com"], 3, "not_found"),
    ],
)
def test_what_cannot_be_done_says_so(choai: Choai, arguments: list[str], exit_code: int, code: str) -> None:
    stage = scene()
    Member.objects.create(workspace=stage.workspace, user=stage.user, role="administrator")
    done = choai(*arguments)
    assert done.exit_code == exit_code, done.output
    if code:
        assert f"({code})" in done.stderr
        assert "Next:" in done.stderr


def test_two_workspaces_must_be_told_apart(choai: Choai) -> None:
    scene()
    other = scene()
    assert choai("user", "list").exit_code == 3
    assert choai("user", "list", "--workspace", str(other.workspace.id)).exit_code == 0


@pytest.mark.req("CC-07")
def test_a_run_that_cannot_open_its_connection_is_not_executed(choai: Choai) -> None:
    stage = scene(syncs=2)
    Member.objects.create(workspace=stage.workspace, user=stage.user, role="administrator")
    done = choai("run", "取引先1")
    assert done.exit_code == 3, done.output
    run = Run.objects.get()
    assert (run.state, run.trigger, run.sync_id) == ("error", "manual", stage.sync.id)
    assert f"({run.error_code})" in done.stderr
    done = choai("plan", "--kind", "partner1", "--json")
    assert done.exit_code == 3
    assert json.loads(done.stdout)["state"] == "error"


def test_with_a_server_at_work_the_command_only_follows(choai: Choai, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = scene()
    monkeypatch.setattr(progress, "served", lambda home: True)
    monkeypatch.setattr(
        "choai.runtime.progress.time.sleep", lambda _: Run.objects.update(state="partly", counts={"failed": 2})
    )
    done = choai("run", str(stage.sync.id), "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["counts"]["failed"] == 2
    Run.objects.update(state="running")
    done = choai("run", str(stage.sync.id))
    assert done.exit_code == 3
    assert "already_running" in done.stderr


def test_every_end_of_a_run_has_an_exit_code() -> None:
    assert set(ENDS) == {*ENDED_RUNS, "planned", "held", "paused"}


def test_keys_are_rotated(choai: Choai, data_folder: Path) -> None:
    from choai.store import seal

    before = seal.load_secrets().keys
    assert choai("key", "rotate").exit_code == 0
    after = seal.load_secrets().keys
    assert len(after) == 1
    assert after != before


def test_errors_speak_the_persons_language(choai: Choai, capsys: pytest.CaptureFixture[str]) -> None:
    say.set_language("ja")
    say.problem("disk_full", {})
    told = capsys.readouterr().err
    assert "ディスク" in told
    assert "対処" in told


def test_all_commands_have_help(choai: Choai) -> None:
    def walk(group: Any, path: list[str]) -> list[list[str]]:
        found: list[list[str]] = []
        for name, one in group.commands.items():
            found += walk(one, [*path, name]) if hasattr(one, "commands") else [[*path, name]]
        return found

    from typer.main import get_command

    commands = walk(get_command(app), [])
    assert ["key", "rotate"] in commands
    for path in commands:
        shown = choai(*path, "--help")
        assert shown.exit_code == 0
        assert re.search(r"\n\n  \S", shown.stdout), f"{path} does not say what it does"


def test_a_code_of_the_catalogue_never_ends_in_a_traceback() -> None:
    def broken() -> None:
        raise ChoaiError("database_newer", name="store.9999")

    import typer

    with pytest.raises(typer.Exit) as ended:
        say.command(broken)()
    assert ended.value.exit_code == 3


@pytest.mark.req("CC-11")
def test_the_audit_trail_is_verified(choai: Choai) -> None:
    from choai.store import audit
    from choai.store.models import AuditEntry

    stage = scene()
    for n in range(3):
        audit.note(stage.workspace.id, stage.user.id, "sync.change", str(n), after={"n": n})
    done = choai("audit", "verify")
    assert done.exit_code == 0, done.output
    assert "3 entries, intact" in done.stdout
    AuditEntry.objects.filter(number=2).update(actor="x")
    done = choai("audit", "verify")
    assert done.exit_code == 1
    assert "(audit_broken)" in done.stderr
    found = json.loads(choai("audit", "verify", "--json").stdout)
    assert (found["intact"], found["broken"], found["reason"], found["entries"]) == (False, 2, "changed", 1)
