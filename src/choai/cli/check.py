"""check: a look at a connected account that changes nothing there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from choai.cli import say, where
from choai.cli.say import command, tell
from choai.errors import ChoaiError, explain

if TYPE_CHECKING:
    from choai.runtime.probe import Fact, Looked, Report


@command
def check(
    connection: Annotated[str, typer.Argument(help="Id or name of a connection.")],
    everything: Annotated[bool, typer.Option("--all", help="All objects, not only those that syncs use.")] = False,
    workspace: Annotated[str | None, typer.Option("--workspace", help="Id or name, where there are several.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Data folder; default: CHOAI_DATA, else ./choai-data")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for a script.")] = False,
) -> None:
    """Look at a connected account: who we are and what we may, fields and one page of each object, limits, and what the vendor's
    documents leave open. Reads only; exit code 1 when something cannot be read."""
    where.home(data)
    workspace_id = where.workspace(workspace)
    from choai.store.models import Connection

    rows = Connection.objects.filter(workspace_id=workspace_id)
    row = rows.filter(id=int(connection)).first() if connection.isdigit() else rows.filter(name=connection).first()
    if row is None:
        raise ChoaiError("not_found", what="connection", id=connection)
    report = asyncio.run(_look(workspace_id, row.id, row.created_by_id, everything=everything))
    if as_json:
        say.print_json(report.as_json())
    else:
        _print(report)
    if not report.sound:
        raise typer.Exit(1)


async def _look(workspace_id: int, connection_id: int, user_id: int | None, *, everything: bool) -> Report:
    from choai.connectors.http import close
    from choai.runtime.probe import look

    try:
        return await look(workspace_id, connection_id, user_id, everything=everything)
    finally:
        await close()


def _print(report: Report) -> None:
    who = " / ".join(str(report.account[k]) for k in ("name", "user_name", "plan") if report.account[k])
    say.out.print(f"{report.name}: {who}")
    say.table(
        [tell("種類", "Object"), "", tell("項目", "Fields"), tell("1ページ目", "First page"), ""],
        [_seen(one) for one in report.objects],
    )
    refused = [name for name, given in report.capabilities.items() if not given]
    if refused:
        say.out.print(tell("使えないもの: ", "Not available: ") + ", ".join(sorted(refused)))
    limits = [f"{x['name']} {x['count']:,}" for x in report.limits]
    say.out.print(tell("守る上限: ", "Limits we keep to: ") + (", ".join(limits) or "–"))
    for name, value in report.headers.items():
        say.out.print(f"  {name}: {value}")
    if report.facts:
        titles = [tell("資料にないこと", "Not in the documents"), tell("結果", "Result"), ""]
        say.table(titles, [_told(one) for one in report.facts])
    for one in (wish for fact in report.facts for wish in fact.set):
        label, now, value = one[say.language()], one["now"] or "–", one["value"]
        say.out.print(
            tell(f"接続の設定「{label}」を {now} から {value} に変えてください。",
                 f"Change the setting “{label}” of the connection from {now} to {value}.")
        )  # fmt: skip
    say.out.print(
        tell(f"{report.calls} 回読み取りました。何も書き込んでいません。", f"{report.calls} calls, all of them reads.")
    )


def _seen(one: Looked) -> list[str]:
    label = one.ja if say.language() == "ja" else one.en
    if one.code:
        return [
            one.name,
            label,
            str(one.fields or ""),
            "",
            explain(one.code, one.facts, say.language())["title"],
        ]
    rows = tell(f"{one.rows} 件", f"{one.rows} rows") + (" +" if one.more else "")
    whole = tell(f"全 {one.total} 件", f"of {one.total}") if one.total is not None else ""
    return [one.name, label, str(one.fields), rows, whole]


def _told(one: Fact) -> list[str]:
    ja = say.language() == "ja"
    question = one.ja if ja else one.en
    assumed = (one.assumed_ja if ja else one.assumed_en) or "–"
    until = tell(f"それまでは: {assumed}", f"until then: {assumed}")
    if one.state == "settled":
        return [question, one.answer_ja if ja else one.answer_en, tell("確かめました", "settled")]
    if one.state == "open":
        return [question, one.how_ja if ja else one.how_en, until]
    if one.state == "failed":
        return [question, explain(one.code, one.facts, say.language())["title"], until]
    return [question, tell("このデータからは分かりません", "these data do not tell"), until]
