"""Pages that imitations show to people. Plain markup, no outside resources."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

STYLE = """
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;color:#1f2933;background:#f5f7f9;
font:15px/1.6 "Noto Sans CJK JP","Noto Sans JP","Hiragino Sans","Yu Gothic UI",sans-serif}
main{max-width:960px;margin:0 auto;padding:24px}header{background:#2864f0;color:#fff;padding:12px 24px}
header a{color:#fff;margin-right:16px;text-decoration:none}header b{margin-right:24px}
h1{font-size:20px;margin:0 0 16px}h2{font-size:16px;margin:24px 0 8px}
.card{background:#fff;border:1px solid #d9e0e7;border-radius:8px;padding:20px;margin-bottom:16px}
.narrow{max-width:520px;margin:40px auto}
table{border-collapse:collapse;width:100%;background:#fff}
th,td{border:1px solid #d9e0e7;padding:5px 10px;text-align:left;font-size:14px}
th{background:#eef2f6;font-weight:600}td.n{text-align:right}label{display:block;padding:4px 0}
input[type=text]{padding:5px 8px;border:1px solid #b8c4cf;border-radius:4px;width:100%;max-width:420px;font:inherit}
select{font:inherit;padding:4px}
button{font:inherit;padding:7px 20px;border-radius:4px;border:1px solid #b8c4cf;background:#fff;cursor:pointer}
button.main{background:#2864f0;border-color:#2864f0;color:#fff}.row{display:flex;gap:12px;align-items:center;flex-wrap:wrap}
.small{color:#566573;font-size:13px}a{color:#1b53d9}
"""
NEWEST = 20  # rows of a table on the control page
_OURS = frozenset(
    "settings oauth clients codes grants access refresh sessions challenges cursors pages keys tokens".split()
)


def page(title: str, body: str, *, script: str = "") -> str:
    """A whole page; ``body`` is markup already."""
    extra = f"<script>{script}</script>" if script else ""
    return (
        f'<!doctype html><html lang="ja"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>{body}{extra}</body></html>'
    )


def record(title: str, row: Any) -> str:
    """A record as it is kept."""
    return page(title, f'<main><h1>{escape(title)}</h1><div class="card"><pre>{_told(row)}</pre></div></main>')


def consent(service: str, action: str, asked: Mapping[str, str], choices: Mapping[str, Mapping[str, Any]]) -> str:
    """Who signs in, for which account where there is a choice, and the two buttons. ``choices``: input → id → row with a name."""
    hidden = "".join(f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">' for k, v in asked.items())
    labels = {"user": "ログインするユーザー / User", "account": "連携する組織 / Organisation"}
    inputs = "".join(
        f"<h2>{labels[name]}</h2><select name={name}>{_options(rows)}</select>" for name, rows in choices.items()
    )
    body = f"""<header><b>{escape(service)}（模擬環境）</b></header><main><div class="card narrow">
<h1>アプリが連携を求めています / An app asks for access</h1>
<form method="post" action="{escape(action)}">{hidden}{inputs}
<p class="row"><button class="main" name="decision" value="allow">許可 / Allow</button>
<button name="decision" value="deny">拒否 / Deny</button></p></form>
<p class="small">これは模擬環境のページです。本物のサービスではありません。<br>An imitation, not the real service.</p>
</div></main>"""
    return page(service, body)


def _options(rows: Mapping[str, Any]) -> str:
    return "".join(
        f'<option value="{escape(str(id))}">{escape(str(row.get("name", id)))}</option>' for id, row in rows.items()
    )


def control(service: str, state: Mapping[str, Any], calls: Mapping[str, int]) -> str:
    """What a service holds, the newest rows of each table, and the calls that it got."""
    lines = "".join(f"<tr><td>{escape(line)}</td><td class=n>{n}</td></tr>" for line, n in sorted(calls.items()))
    tables = "".join(
        f"<details><summary>{escape(name)} – {len(rows)}</summary><pre>{_told(rows[: -NEWEST - 1 : -1])}</pre></details>"
        for name, rows in _tables(state, "")
    )
    body = f"""<header><b>{escape(service)}（模擬環境）</b></header><main>
<p class="small">各一覧は新しいものから{NEWEST}件 / the newest {NEWEST} of each</p><div class="card">{tables}</div>
<h2>受け取った呼び出し / Calls</h2><table>{lines}</table></main>"""
    return page(service, body)


def _tables(state: Mapping[str, Any], path: str) -> Iterator[tuple[str, Sequence[Any]]]:
    """Whatever holds rows, at any depth: a list of them, or rows by id."""
    for name, held in state.items():
        if name in _OURS or not held:
            continue
        rows = list(held.values()) if isinstance(held, dict) else held if isinstance(held, list) else []
        if not rows or not all(isinstance(row, dict) for row in rows):
            if isinstance(held, dict):
                yield from _tables(held, f"{path}{name} / ")
        elif isinstance(held, list) or _is_row(rows[0]):
            yield f"{path}{name}", rows
        else:
            yield from _tables(held, f"{path}{name} / ")


def _is_row(held: Mapping[str, Any]) -> bool:
    return 2 * sum(not isinstance(value, (dict, list)) for value in held.values()) >= len(held)


def _told(held: Any) -> str:
    return escape(json.dumps(held, ensure_ascii=False, indent=1))
