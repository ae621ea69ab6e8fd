"""plan and run: the same runs as the screens', followed to their end.

When a server or worker is alive on this installation it does the work and the command follows; else the command works
through the run itself. A command that is killed leaves a run that the next server goes on with.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from choai.cli import say, where
from choai.cli.say import Exit, command, tell, word
from choai.errors import ChoaiError

if TYPE_CHECKING:
    from choai.runtime.boot import Home

NameOption = Annotated[str | None, typer.Argument(metavar="SYNC", help="Id or name of a sync.")]
KindOption = Annotated[str | None, typer.Option("--kind", help="All syncs of a kind: partner, tag, segment …")]
To = Annotated[
    str | None, typer.Option("--to", help="left (CRM) | right (accounts) | both; default: as the sync is set")
]
WorkspaceOption = Annotated[str | None, typer.Option("--workspace", help="Id or name, where there are several.")]
UserOption = Annotated[str | None, typer.Option("--user", help="E-mail of the person who starts it, for the record.")]
Data = Annotated[Path | None, typer.Option("--data", help="Data folder; default: CHOAI_DATA, else ./choai-data")]
Json = Annotated[bool, typer.Option("--json", help="One JSON line for each run.")]

ENDS = {
    "succeeded": Exit.OK,
    "planned": Exit.OK,
    "partly": Exit.FAILURES,
    "error": Exit.NOT_EXECUTED,
    "stopped": Exit.STOPPED,
    "cancelled": Exit.STOPPED,
    "held": Exit.STOPPED,
    "paused": Exit.STOPPED,
}
DIRECTIONS = {None: (None, None), "left": (True, False), "right": (False, True), "both": (True, True)}


@command
def plan(  # noqa: PLR0917  options, passed by name
    name: NameOption = None,
    kind: KindOption = None,
    to: To = None,
    workspace: WorkspaceOption = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show what a run would write, and what it would cost in calls. Writes nothing."""
    _execute(name, kind, to, workspace, None, data, as_json=as_json, preview=True)


@command
def run(  # noqa: PLR0917  options, passed by name
    name: NameOption = None,
    kind: KindOption = None,
    to: To = None,
    workspace: WorkspaceOption = None,
    user: UserOption = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Run a sync now and wait for its end."""
    _execute(name, kind, to, workspace, user, data, as_json=as_json, preview=False)


def _execute(  # noqa: PLR0917  the options of both commands, in their order
    name: str | None,
    kind: str | None,
    to: str | None,
    workspace: str | None,
    user: str | None,
    data: Path | None,
    *,
    as_json: bool,
    preview: bool,
) -> None:
    if (name is None) == (kind is None):
        raise typer.BadParameter("SYNC | --kind", param_hint="SYNC")
    if to not in DIRECTIONS:
        raise typer.BadParameter("left | right | both", param_hint="--to")
    home = where.home(data)
    from choai.runtime import control, progress

    workspace_id = where.workspace(workspace)
    to_left, to_right = DIRECTIONS[to]
    worst = Exit.OK
    for sync in where.syncs(workspace_id, name, kind):
        try:
            run_id = control.start(
                sync.id,
                workspace_id=workspace_id,
                user_id=user_id_of(user),
                trigger="preview" if preview else "manual",
                preview=preview,
                to_left=to_left,
                to_right=to_right,
            )
        except ChoaiError as error:
            say.problem(error.code, error.facts)
            worst = max(worst, Exit.NOT_EXECUTED)
            continue
        facts = follow(home, workspace_id, run_id, quiet=as_json)
        say.print_json(progress.summary(facts)) if as_json else _show(facts)
        worst = max(worst, ENDS[facts["state"]])
    raise typer.Exit(worst)


def user_id_of(email: str | None) -> int | None:
    """The person with that address. Raises not_found."""
    if email is None:
        return None
    from choai.store.models import User

    found = User.objects.filter(email=email.lower()).values_list("id", flat=True).first()
    if found is None:
        raise ChoaiError("not_found", what="user", id=email)
    return int(found)


def follow(home: Home, workspace_id: int, run_id: int, *, quiet: bool) -> dict[str, Any]:
    """The facts of the run when it is at its end or waits for somebody; a bar on the way unless ``quiet``."""
    from choai.runtime import progress

    if quiet:
        return progress.follow(home, workspace_id, run_id)
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[figures]}"), TimeElapsedColumn())
    with Progress(*columns, console=say.err, transient=True) as bars:
        task = bars.add_task(word("queued"), total=None, figures="")

        def seen(facts: dict[str, Any]) -> None:
            done, total = progress.share(facts)
            label = (
                f"{facts['sync']['name']}: {word(facts['phase'] if facts['state'] == 'running' else facts['state'])}"
            )
            bars.update(task, description=label, completed=done, total=total, figures=_figures(facts["counts"]))

        return progress.follow(home, workspace_id, run_id, seen)


def _figures(counts: dict[str, int]) -> str:
    names = ("read", "created", "updated", "failed")
    return "  ".join(f"{word(n)} {counts.get(n, 0)}" for n in names if counts.get(n))


def _show(facts: dict[str, Any]) -> None:
    counts = facts["counts"]
    names = ("created", "updated", "unchanged", "skipped", "failed", "blocked", "not_reached", "not_counted")
    figures = "  ".join(f"{word(n)} {counts.get(n, 0)}" for n in names if counts.get(n))
    say.out.print(
        f"[bold]{facts['sync']['name']}[/]: {word(facts['state'])}  {figures or tell('0件', 'nothing to do')}"
    )
    if facts["state"] in ("planned", "held"):
        number = facts["id"]
        say.out.print(
            tell(
                f"画面で実行または破棄してください (実行番号 {number})",
                f"Apply or discard it on its page (run {number}).",
            )
        )
    if facts.get("code"):
        say.problem(facts["code"], facts.get("facts") or {})


def add(app: typer.Typer) -> None:
    app.command()(plan)
    app.command()(run)
