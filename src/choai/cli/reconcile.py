"""reconcile: lay the two sides of a sync side by side, save the report, verify a saved one.

Exit codes: 0 they agree (or the statement is genuine), 1 they do not (or it is not), 3 not executed, 4 cancelled.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from choai.cli import runs, say, where
from choai.cli.say import Exit, command, tell
from choai.errors import ChoaiError

Name = Annotated[str | None, typer.Argument(metavar="SYNC", help="Id or name of a sync.")]
Csv = Annotated[Path | None, typer.Option("--csv", help="Save what does not agree as CSV (UTF-8).")]
Pdf = Annotated[Path | None, typer.Option("--pdf", help="Save the report as PDF.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON line, with the signed statement.")]
Verify = Annotated[
    Path | None, typer.Option("--verify", help="Check a saved statement instead: - reads standard input.")
]


@command
def reconcile(  # noqa: PLR0917  options, passed by name
    name: Name = None,
    csv: Csv = None,
    pdf: Pdf = None,
    as_json: Json = False,
    verify: Verify = None,
    workspace: runs.WorkspaceOption = None,
    user: runs.UserOption = None,
    data: runs.Data = None,
) -> None:
    """Compare the two sides of a sync in full, field by field. Writes nothing to any service."""
    if (name is None) == (verify is None):
        raise typer.BadParameter("SYNC | --verify", param_hint="SYNC")
    home = where.home(data)
    if verify is not None:
        _verify(verify, as_json=as_json)
    from choai.runtime import control
    from choai.store import reconcile as store

    place = where.workspace(workspace)
    sync = where.syncs(place, name, None)[0]
    id = control.start_reconcile(sync.id, workspace_id=place, user_id=runs.user_id_of(user))
    ended = runs.follow(home, place, id, quiet=as_json)
    found = store.one(place, id)
    if found["statement"] is None:
        say.problem(ended["code"] or "reconciliation_unfinished", ended["facts"] or {"id": id})
        raise typer.Exit(runs.ENDS[ended["state"]])
    if csv is not None:
        _save_csv(csv, place, found)
    if pdf is not None:
        _save_pdf(pdf, place, found)
    if as_json:
        say.print_json({n: found[n] for n in ("id", "state", "verdict", "counts", "statement")})
    else:
        _show(found)
    raise typer.Exit(Exit.OK if found["verdict"] == "agree" else Exit.FAILURES)


def _show(found: dict[str, Any]) -> None:
    from choai.report.words import COUNT_ORDER, word

    language, counts = say.language(), found["counts"]
    colour = "green" if found["verdict"] == "agree" else "red"
    say.out.print(f"[bold]{found['sync']['name']}[/]: [bold {colour}]{word(found['verdict'], language)}[/]")
    rows = [[word(n, language), counts[n]] for n in ("left", "right", *COUNT_ORDER) if counts[n] or n == "bound"]
    say.table(["", tell("件数", "count")], rows)
    say.out.print(tell(f"照合番号 {found['id']}", f"Reconciliation {found['id']}"))


def _save_csv(file: Path, place: int, found: dict[str, Any]) -> None:
    from choai.report import csv
    from choai.store import reconcile as store
    from choai.web.render import Places

    places, ends, language = Places(place), found["ends"], say.language()
    rows = store.streamed(place, found["id"])
    lines = (line for row in rows for line in csv.difference_lines({**row, **places.links(ends, row)}, language))
    with file.open("wb") as out:
        out.writelines(csv.encoded(csv.difference_head(language), lines, "utf8"))


def _save_pdf(file: Path, place: int, found: dict[str, Any]) -> None:
    from choai.connectors import registry
    from choai.report import pdf
    from choai.store import reconcile as store

    rows = store.streamed(place, found["id"])
    file.write_bytes(pdf.report(found["statement"], found["fields"], rows, registry.names(), say.language()))


def _verify(file: Path, *, as_json: bool) -> None:
    """Accepts a statement, or what ``--json`` printed. Ends the command."""
    from choai.store import reconcile as store

    try:
        text = typer.get_text_stream("stdin").read() if str(file) == "-" else file.read_text("utf-8")
        raw = json.loads(text)
    except (OSError, ValueError) as error:
        raise ChoaiError("statement_unreadable", detail=str(error)) from error
    said = store.verify(raw.get("statement", raw) if isinstance(raw, dict) else raw)
    if as_json:
        say.print_json({"valid": said.valid, "reason": said.reason})
    elif said.valid:
        say.out.print(
            tell("署名は正しく、内容は書き換えられていません。", "The signature is genuine and nothing was changed.")
        )
    else:
        say.problem(store.REASONS[said.reason], {})
    raise typer.Exit(Exit.OK if said.valid else Exit.FAILURES)


def add(app: typer.Typer) -> None:
    app.command()(reconcile)
