"""audit verify: is the audit trail as it was written?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from choai.cli import say, where
from choai.cli.say import Exit, command, tell

WorkspaceOption = Annotated[str | None, typer.Option("--workspace", help="Id or name; default: all workspaces.")]
Data = Annotated[Path | None, typer.Option("--data", help="Data folder; default: CHOAI_DATA, else ./choai-data")]
Json = Annotated[bool, typer.Option("--json", help="One JSON line for each workspace.")]

trail = typer.Typer(help="The audit trail.", no_args_is_help=True)


@command
def verify(workspace: WorkspaceOption = None, data: Data = None, as_json: Json = False) -> None:
    """Walk each workspace's chain of audit entries and name the first broken link. Exit code 1 when there is one."""
    where.home(data)
    from choai.store import audit
    from choai.store.models import Workspace

    places = Workspace.objects.order_by("id")
    if workspace is not None:
        places = places.filter(id=where.workspace(workspace))
    worst = Exit.OK
    for place in places:
        found = audit.verify(place.id)
        if not found.intact:
            worst = Exit.FAILURES
        if as_json:
            at = found.at.isoformat() if found.at else None
            say.print_json(
                {"workspace": place.id, "name": place.name, "intact": found.intact, "entries": found.entries,
                 "head": found.head, "broken": found.broken, "reason": found.reason, "at": at}
            )  # fmt: skip
        elif found.intact:
            ja = f"{place.name}: {found.entries}件、改ざんはありません。末尾 {found.head[:16]}"
            say.out.print(tell(ja, f"{place.name}: {found.entries} entries, intact. End {found.head[:16]}"))
        else:
            say.err.print(place.name)
            facts = {"number": found.broken, "reason": found.reason, "count": found.entries}
            say.problem("audit_broken", facts)
    raise typer.Exit(worst)


def add(app: typer.Typer) -> None:
    trail.command("verify")(verify)
    app.add_typer(trail, name="audit")
