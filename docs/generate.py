"""The pages under docs/ that are made from the program itself, so that they cannot go stale.

    python3 dev.py docs            write them
    python3 dev.py docs --check    exit 1 and name those that are not current

errors.md from the catalogue, requirements.md from requirements.toml and the ``req`` marks of the tests, services.md from the
connectors' specs, guarantees.md from the specs and guarantees.toml, commands.md from the command line.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
MADE = "<!-- made by `python3 dev.py docs`; do not edit -->\n"


def errors() -> str:
    from choai.errors import catalogue

    said = {
        "retry": "自動で再試行 / tries again",
        "wait": "待って再開 / waits and goes on",
        "reauthorise": "再認証 / re-authorise",
        "skip": "この件だけ失敗 / this record only",
        "ask": "人の判断 / a person decides",
        "stop": "実行を終了 / the run ends",
    }
    who = {
        "user": "利用者 / user",
        "accounting_admin": "会計側の管理者 / accounting administrator",
        "crm_admin": "CRM側の管理者 / CRM administrator",
        "host": "システム管理者 / host",
        "nobody": "対応不要 / nobody",
    }
    note = "{…} はその場の値に置き換わります。 Words in braces are replaced by the facts of the case.\n"
    out = [MADE, "# エラー一覧 / Errors\n", note]
    for code, entry in sorted(catalogue().items()):
        out += [f"## `{code}`\n", f"{said[entry.recovery.value]} · {who[entry.who]} · HTTP {entry.http}\n"]
        for texts in (entry.ja, entry.en):
            out.append(f"**{texts['title']}**  \n{texts['cause']}  \n→ {texts['next']}\n")
    return "\n".join(out)


# ------------------------------------------------------------------ requirements


def marks() -> dict[str, list[str]]:
    """ID → tests that carry its mark, as file::name."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        where = path.relative_to(ROOT / "tests").as_posix()
        whole = [
            i
            for node in tree.body
            if isinstance(node, ast.Assign) and _names(node, "pytestmark")
            for i in _ids(node.value)
        ]
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name.lower().startswith(
                "test"
            ):
                own = [i for decorator in node.decorator_list for i in _ids(decorator)]
                for name in dict.fromkeys([*own, *(whole if not isinstance(node, ast.ClassDef) else [])]):
                    found.setdefault(name, []).append(f"{where}::{node.name}")
    for path in sorted((ROOT / "ui" / "src").rglob("*.test.ts*")):
        for name in re.findall(r"\b((?:FK|CC|RK|SM|VX|ZF|UN)-\d+)\b", path.read_text("utf-8")):
            found.setdefault(name, []).append(path.relative_to(ROOT).as_posix())
    return {name: list(dict.fromkeys(tests)) for name, tests in found.items()}


def _names(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)


def _ids(node: ast.AST) -> list[str]:
    return [
        argument.value
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.req"
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]


def listed() -> dict[str, dict[str, Any]]:
    """requirements.toml: ID → {what, where, missing?}."""
    return tomllib.loads((DOCS / "requirements.toml").read_text("utf-8"))


def requirements() -> str:
    tests, rows = marks(), listed()
    built = [name for name, row in rows.items() if "missing" not in row]
    out = [
        MADE,
        "# Requirements: where each is built and which test shows it\n",
        f"{len(built)} of {len(rows)} listed requirements are built. `missing` says what is not, and why.\n",
        "| ID | what | where | tests |",
        "|---|---|---|---|",
    ]
    for name, row in rows.items():
        where = "<br>".join(f"`{path}`" for path in row.get("where", []))
        if "missing" in row:
            where = f"**not built**: {row['missing']}" + (f"<br>{where}" if where else "")
        shown = tests.get(name, [])
        told = "<br>".join(f"`{test}`" for test in shown[:4]) + (
            f"<br>and {len(shown) - 4} more" if len(shown) > 4 else ""
        )
        out.append(f"| {name} | {row['what']} | {where} | {told or '–'} |")
    return "\n".join(out) + "\n"


# ------------------------------------------------------------------ services and commands


def services() -> str:
    from choai.connectors import registry

    out = [MADE, "# サービス / Services\n"]
    for spec in registry.services():
        out += [f"## {spec.ja} / {spec.en} (`{spec.service}`)\n", "### 接続の設定 / Settings of a connection\n"]
        out += ["| 名前 | 日本語 | English | 必須 / required | 秘密 / secret |", "|---|---|---|---|---|"]
        out += [
            f"| `{s.name}` | {s.ja} | {s.en} | {'○' if s.required else ''} | {'○' if s.secret else ''} |"
            for s in spec.settings
        ]
        out += ["", "### 対象 / Objects\n"]
        out.append(
            "| object | 日本語 | English | 登録 / create | 更新 / update | 変更の検出 / changes | 重複防止 / keys |"
        )
        out.append("|---|---|---|---|---|---|---|")
        out += [
            f"| `{o.name}` | {o.ja} | {o.en} | {'○' if o.can_create else '–'} | {'○' if o.can_update else '–'} "
            f"| {o.cursor.value} | {o.idempotency.value} |"
            for o in spec.objects
        ]
        if spec.limits:
            out += [
                "",
                "### 呼び出しの上限 / Call limits\n",
                "| name | calls | in seconds | counted per |",
                "|---|---|---|---|",
            ]
            out += [
                f"| `{limit.name}` | {limit.count} | {limit.seconds or 'at once'} | {limit.scope} |"
                for limit in spec.limits
            ]
        if spec.unsure:
            head = "### 資料にないこと / What the vendor's documents leave open\n"
            out += ["", head, "| | それまでは / until settled | 確かめ方 / how it is settled |", "|---|---|---|"]
            out += [
                f"| {u.ja}<br>{u.en} | {u.assumed_ja}<br>{u.assumed_en} "
                f"| {'`choai check`' if u.by_reading else f'{u.how_ja}<br>{u.how_en}'} |"
                for u in spec.unsure
            ]
        out.append("")
    return "\n".join(out)


def guaranteed() -> dict[str, Any]:
    """guarantees.toml: texts and tests by what they are about; see tests/house/test_guarantees.py."""
    return tomllib.loads((DOCS / "guarantees.toml").read_text("utf-8"))


ASPECTS = {
    "idempotency": "登録の重複防止 / creates after a crash or a lost reply",
    "cursor": "変更の検出 / how changes are found",
    "deletes": "削除の現れ方 / how deletes show",
    "revision": "間の編集 / edits between look and write",
    "connection": "呼び出しと認証 / calls and authorisation",
}


def guarantees() -> str:
    from choai.connectors import registry

    told = guaranteed()
    out = [MADE, "# 保証すること、しないこと / What is guaranteed and what is not\n"]
    out.append(
        "各行は、動いているテストに結び付いています。 Every line names the tests that show it; they run in each build.\n"
    )
    out += ["## すべてのサービス / Every service\n", *_promises(told["all"])]
    out += ["## サービスと対象ごと / By service and object\n"]
    out.append("語は下の説明に続きます。 The words lead to what they mean, below.\n")
    for spec in registry.services():
        rotates = "rotates" if spec.oauth is not None and spec.oauth.rotates else "keeps"
        out += [
            f"### {spec.ja} / {spec.en} (`{spec.service}`)\n",
            f"{_kind('connection', 'budget')} · {_kind('connection', rotates)}\n",
            "| object | 対象 | object | 登録 / creates | 変更 / changes | 重なり / overlap | 削除 / deletes | 間の編集 / edits |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for o in spec.objects:
            creates = _kind("idempotency", o.idempotency.value) if o.can_create else "–"
            if o.can_create and o.key_seconds:
                creates += f" ({o.key_seconds} s)"
            update = _kind("revision", "numbered" if o.has_revision else "reread") if o.can_update else "–"
            changes, gone = _kind("cursor", o.cursor.value), _kind("deletes", o.deletes.value)
            overlap = f"{o.overlap_seconds} s" if o.overlap_seconds else "–"
            out.append(f"| `{o.name}` | {o.ja} | {o.en} | {creates} | {changes} | {overlap} | {gone} | {update} |")
        out.append("")
    for aspect, title in ASPECTS.items():
        out.append(f"## {title}\n")
        for kind, entry in told[aspect].items():
            out += [f'<a id="{aspect}-{kind}"></a>', f"### `{kind}`\n", *_promises([entry])]
    return "\n".join(out)


def _kind(aspect: str, kind: str) -> str:
    return f"[`{kind}`](#{aspect}-{kind})"


def _promises(entries: list[dict[str, Any]]) -> list[str]:
    out = []
    for entry in entries:
        tests = ", ".join(f"[`{t.removeprefix('tests/')}`](../{t.split('::')[0]})" for t in entry["tests"])
        out += [
            f"- **保証** {entry['ja']}  ",
            f"  **しない** {entry['not_ja']}  ",
            f"  **Guaranteed:** {entry['en']}  ",
            f"  **Not guaranteed:** {entry['not_en']}  ",
            f"  {tests}\n",
        ]
    return out


def commands() -> str:
    import typer

    from choai import cli

    app = typer.main.get_command(cli.app)
    out = [MADE, "# コマンド / Commands\n", "`choai` is in `.venv/bin/` after a set-up from source.\n"]

    def page(command: Any, path: str) -> None:
        context = command.context_class(command, info_name=path)
        options = [p for p in command.params if p.name != "help" and not getattr(p, "hidden", False)]
        out.extend(
            [f"## `{' '.join([path, *command.collect_usage_pieces(context)])}`\n", f"{(command.help or '').strip()}\n"]
        )
        for option in options:
            record = option.get_help_record(context)
            if record:
                out.append(f"- `{record[0]}` {record[1]}")
            elif option.param_type_name == "argument":
                out.append(f"- `{option.make_metavar(context)}` {getattr(option, 'help', None) or ''}")
        out.append("")
        if hasattr(command, "list_commands"):
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                if child is not None and not child.hidden:
                    page(child, f"{path} {name}")

    page(app, "choai")
    return "\n".join(out)


PAGES: dict[str, Callable[[], str]] = {
    "errors.md": errors,
    "requirements.md": requirements,
    "services.md": services,
    "guarantees.md": guarantees,
    "commands.md": commands,
}


def stale() -> list[str]:
    """Pages whose text on disk is not what the program says now."""
    return [
        name for name, make in PAGES.items() if not (DOCS / name).exists() or (DOCS / name).read_text("utf-8") != make()
    ]


def main() -> int:
    if "--check" in sys.argv:
        found = stale()
        print("\n".join(f"not current: docs/{name}" for name in found) or "docs are current")
        return int(bool(found))
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), "utf-8")
        print(f"docs/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
