"""How the command line speaks: language, tables, errors, exit codes."""

from __future__ import annotations

import json
import locale
import os
from collections.abc import Callable
from enum import IntEnum
from functools import wraps
from typing import Any, NoReturn, ParamSpec

import typer
from rich.console import Console
from rich.table import Table

from choai.errors import ChoaiError, explain

P = ParamSpec("P")

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class Exit(IntEnum):
    """Stable for scripts."""

    OK = 0
    FAILURES = 1  # finished, but some records failed
    USAGE = 2
    NOT_EXECUTED = 3  # nothing was done
    STOPPED = 4  # stopped, cancelled or held before its end


WORDS = {
    "ja": {
        "created": "作成",
        "updated": "更新",
        "unchanged": "変更なし",
        "skipped": "スキップ",
        "failed": "失敗",
        "blocked": "保留",
        "not_reached": "未処理",
        "not_counted": "対象外",
        "read": "読み取り",
        "planned": "計画済み",
        "queued": "待機中",
        "running": "実行中",
        "succeeded": "成功",
        "partly": "一部失敗",
        "error": "実行できませんでした",
        "stopped": "停止しました",
        "cancelled": "中止しました",
        "held": "確認待ち",
        "paused": "一時停止中",
        "open": "準備",
        "read_left": "読み取り (CRM)",
        "read_right": "読み取り (会計)",
        "scan": "照合",
        "again_left": "変更の確認 (CRM)",
        "again_right": "変更の確認 (会計)",
        "compare": "比較",
        "only_left": "CRM側のみ",
        "only_right": "会計側のみ",
        "sign": "署名",
        "plan": "計画",
        "apply": "書き込み",
        "settle": "仕上げ",
        "done": "完了",
        "calls": "API呼び出し",
        "next": "対処",
    },
    "en": {
        "not_reached": "not reached",
        "not_counted": "not counted",
        "partly": "finished with failures",
        "error": "not executed",
        "held": "waits for a decision",
        "open": "preparing",
        "read_left": "reading the CRM",
        "read_right": "reading the accounts",
        "scan": "comparing",
        "again_left": "looking for edits in the CRM",
        "again_right": "looking for edits in the accounts",
        "compare": "comparing",
        "only_left": "only in the CRM",
        "only_right": "only in the accounts",
        "sign": "signing",
        "plan": "planning",
        "apply": "writing",
        "settle": "closing",
        "calls": "API calls",
        "next": "Next",
    },
}


class _Speech:
    language = ""


def language() -> str:
    """ja or en: ``--lang``, else CHOAI_LANG, else the system's."""
    if _Speech.language:
        return _Speech.language
    named = os.environ.get("CHOAI_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    if not named:
        named = locale.getlocale()[0] or ""
    return "ja" if named.lower().startswith(("ja", "japanese")) else "en"


def set_language(name: str | None) -> None:
    if name not in (None, "", "ja", "en"):
        raise typer.BadParameter("ja | en", param_hint="--lang")
    _Speech.language = name or ""


def tell(ja: str, en: str) -> str:
    """The text in the language of the person."""
    return ja if language() == "ja" else en


def word(name: str) -> str:
    return WORDS[language()].get(name, name)


def print_json(value: Any) -> None:
    """One line for a script."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def table(columns: list[str], rows: list[list[Any]]) -> None:
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        shown.add_column(name)
    for row in rows:
        shown.add_row(*("" if cell is None else str(cell) for cell in row))
    out.print(shown)


def problem(code: str, facts: dict[str, Any]) -> None:
    """An error as people need it: code, title, cause, next step."""
    text = explain(code, facts, language())
    err.print(f"[bold red]{text['title']}[/] [dim]({code})[/]")
    err.print(text["cause"])
    err.print(f"[bold]{word('next')}:[/] {text['next']}")


def fail(error: ChoaiError, code: Exit = Exit.NOT_EXECUTED) -> NoReturn:
    problem(error.code, error.facts)
    raise typer.Exit(code)


def command(fn: Callable[P, None]) -> Callable[P, None]:
    """A ChoaiError ends the command with its texts and exit code 3."""

    @wraps(fn)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            fn(*args, **kwargs)
        except ChoaiError as error:
            fail(error)

    return guarded
