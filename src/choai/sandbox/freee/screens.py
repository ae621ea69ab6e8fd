"""A few of freee's screens, so that links open something and a person can edit a record by hand; and the same for tests:

    POST /_sandbox/edit   {"company", "kind", "id"?, "values"?, "delete"?}

``kind`` is partners, tags, segments/1 … items, sections, deals, expense_applications. Without ``id`` a record is made. ``values``
are kept as they are (a person in freee's screens may archive a partner with ``_archived``); the update date becomes today.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from choai.sandbox.core import World
from choai.sandbox.freee.books import Row, books
from choai.sandbox.freee.pages import message_page
from choai.sandbox.freee.partners import EMPTY
from choai.sandbox.markup import page

_LABELS = {
    "partners": "取引先",
    "tags": "メモタグ",
    "segments/1": "セグメント1",
    "segments/2": "セグメント2",
    "segments/3": "セグメント3",
    "items": "品目",
    "sections": "部門",
}
_FIELDS: dict[str, dict[str, str]] = {
    "partners": {
        "name": "取引先名",
        "code": "取引先コード",
        "long_name": "正式名称",
        "name_kana": "カナ名称",
        "default_title": "敬称",
        "phone": "電話番号",
        "contact_name": "担当者",
        "email": "メールアドレス",
        "invoice_registration_number": "登録番号",
        "address_attributes.zipcode": "郵便番号",
        "address_attributes.street_name1": "市区町村・番地",
        "address_attributes.street_name2": "建物名・部屋番号など",
    },
}
_TAG_FIELDS = {
    "name": "名前",
    "code": "コード",
    "description": "備考",
    "shortcut1": "ショートカット1",
    "shortcut2": "ショートカット2",
}
_PAGE = 50
_PAPERS = {"deals": "取引", "expense_applications": "経費精算"}  # made and changed by the API; only looked at here


def edit(
    world: World, company: int, kind: str, id: int | None = None, values: Row | None = None, *, delete: bool = False
) -> Row:
    """Change, make or delete a record as a person in freee's screens would. Raises KeyError for an unknown id."""
    shelf = books(world)
    table = shelf.table(kind, company)
    world.dirty = True
    if delete and id is not None:
        row = table.by_id[id]
        table.remove(row)
        return row
    today = {} if kind in _PAPERS else {"update_date": shelf.today().isoformat()}
    if id is None:
        row = {"id": shelf.next_id(), **_blank(kind, company), **(values or {}), **today}
        table.add(row)
        return row
    row = table.by_id[id]
    table.change(row, {**(values or {}), **today})
    return row


def _blank(kind: str, company: int) -> Row:
    if kind == "partners":
        return {"company_id": company, **EMPTY}
    row: Row = {"shortcut1": None, "shortcut2": None}
    if kind.startswith("segments/"):
        return row | {"description": None, "code": None}
    row["company_id"] = company
    if kind == "items":
        row |= {"available": True, "code": None}
    if kind == "sections":
        row |= {"available": True, "long_name": None, "code": None, "indent_count": 0, "parent_id": None}
    return row


def routes(world: World) -> list[BaseRoute]:
    async def edited(request: Request) -> Response:
        try:
            row = edit(world, **await request.json())
        except (KeyError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(row)

    async def index(request: Request) -> Response:
        kind, company, number = _kind(request), _company(world, request), request.query_params.get("id", "")
        if number.isdigit():
            return RedirectResponse(f"/{kind}/{number}?company_id={company}", 303)
        return HTMLResponse(_list_page(world, kind, company, request.query_params))

    async def show(request: Request) -> Response:
        kind, company, number = _kind(request), _company(world, request), int(request.path_params["id"])
        row = books(world).table(kind, company).by_id.get(number)
        if row is None:
            return HTMLResponse(message_page("見つかりません", f"{_LABELS[kind]} {number}"), 404)
        if request.method == "POST":
            form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
            return _saved(world, kind, company, row, form)
        return HTMLResponse(_record_page(kind, company, row))

    async def paper(request: Request) -> Response:
        kind, company = request.url.path.split("/")[1], _company(world, request)
        rows = books(world).table(kind, company).rows
        number = request.path_params.get("id")
        rows = [row for row in rows if number is None or row["id"] == number]
        return HTMLResponse(_papers_page(kind, company, rows), 200 if rows or number is None else 404)

    found: list[BaseRoute] = [Route("/_sandbox/edit", edited, methods=["POST"])]
    for path in ("/deals", "/expense_applications", "/expense_applications/{id:int}"):
        found.append(Route(path, paper))
    for path in ("/partners", "/tags", "/segments/{axis:int}"):
        found.append(Route(path, index))
        found.append(Route(path + "/{id:int}", show, methods=["GET", "POST"]))
    return found


def _kind(request: Request) -> str:
    if "axis" in request.path_params:
        return f"segments/{min(max(request.path_params['axis'], 1), 3)}"
    return request.url.path.split("/")[1]


def _company(world: World, request: Request) -> int:
    given = request.query_params.get("company_id", "")
    return int(given if given in world.state["companies"] else next(iter(world.state["companies"])))


def _saved(world: World, kind: str, company: int, row: Row, form: dict[str, str]) -> Response:
    back = f"/{kind}/{row['id']}?company_id={company}"
    action = form.pop("action", "save")
    if action == "delete":
        edit(world, company, kind, row["id"], delete=True)
        return RedirectResponse(f"/{kind}?company_id={company}", 303)
    if action in ("archive", "restore"):
        edit(world, company, kind, row["id"], {"_archived": action == "archive"})
        return RedirectResponse(back, 303)
    values: Row = {}
    for name, value in form.items():
        group, _, member = name.partition(".")
        if member:
            values[group] = {**row.get(group, {}), **values.get(group, {}), member: value or None}
        elif name in row:
            values[name] = value or None
    other = books(world).table(kind, company).by_name.get(values.get("name") or "", row)
    if not values.get("name") or other is not row:
        return HTMLResponse(message_page("保存できません", "名前が空か、すでに使われています。"), 400)
    edit(world, company, kind, row["id"], values)
    return RedirectResponse(back, 303)


def _list_page(world: World, kind: str, company: int, asked: Mapping[str, str]) -> str:
    begin = asked.get("start", "")
    word, start = asked.get("q", ""), int(begin) if begin.isdigit() else 0
    rows = [row for row in books(world).table(kind, company).view(None, None) if word in row["name"]]
    lines = "".join(
        f'<tr><td>{row["id"]}</td><td><a href="/{kind}/{row["id"]}?company_id={company}">{escape(row["name"])}</a></td>'
        f"<td>{escape(row.get('code') or '')}</td><td>{row['update_date']}</td></tr>"
        for row in rows[start : start + _PAGE]
    )
    more = (
        f'<a href="/{kind}?company_id={company}&amp;q={quote(word)}&amp;start={start + _PAGE}">次の{_PAGE}件</a>'
        if start + _PAGE < len(rows)
        else ""
    )
    body = f"""{_header(company)}<main><h1>{_LABELS[kind]}（{len(rows)}件）</h1>
<form class="row"><input type="hidden" name="company_id" value="{company}">
<input type="text" name="q" value="{escape(word)}" placeholder="名前で絞り込み"><button>検索</button></form>
<table><tr><th>ID</th><th>名前</th><th>コード</th><th>更新日</th></tr>{lines}</table><p>{more}</p></main>"""
    return page(_LABELS[kind], body)


def _papers_page(kind: str, company: int, rows: list[Row]) -> str:
    lines = "".join(
        f'<tr id="deal_id={row["id"]}"><td>{row["id"]}</td><td>{row["issue_date"]}</td>'
        f"<td>{escape(str(row.get('title') or row.get('ref_number') or ''))}</td>"
        f"<td>{escape(str(row.get('status') or row.get('type')))}</td></tr>"
        for row in rows
    )
    body = f"""{_header(company)}<main><h1>{_PAPERS[kind]}（{len(rows)}件）</h1>
<table><tr><th>ID</th><th>日付</th><th>件名・管理番号</th><th>状態</th></tr>{lines}</table></main>"""
    return page(_PAPERS[kind], body)


def _record_page(kind: str, company: int, row: Row) -> str:
    inputs = ""
    for name, label in _FIELDS.get(kind, _TAG_FIELDS).items():
        group, _, member = name.partition(".")
        if not member and name not in row:
            continue
        value = (row.get(group) or {}).get(member) if member else row[name]
        inputs += f'<label>{label}<br><input type="text" name="{name}" value="{escape(str(value or ""))}"></label>'
    archive = ""
    if kind == "partners":
        action, label = ("restore", "アーカイブを解除") if row.get("_archived") else ("archive", "アーカイブ")
        archive = f'<button name="action" value="{action}">{label}</button>'
    body = f"""{_header(company)}<main><div class="card"><h1>{escape(row["name"])}</h1>
<p class="small">{_LABELS[kind]} ID {row["id"]}・更新日 {row["update_date"]}</p>
<form method="post">{inputs}<p class="row"><button class="main" name="action" value="save">保存</button>{archive}
<button name="action" value="delete">削除</button></p></form></div></main>"""
    return page(row["name"], body)


def _header(company: int) -> str:
    links = "".join(f'<a href="/{kind}?company_id={company}">{_LABELS[kind]}</a>' for kind in list(_LABELS)[:5])
    return f'<header><b>freee（模擬環境）</b>{links}<a href="/_sandbox">操作盤</a></header>'
