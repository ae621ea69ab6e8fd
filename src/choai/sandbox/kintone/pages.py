"""Pages for people: the control page, lists of records and a record with an edit form, so that deep links open something."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from choai.sandbox.core import World
from choai.sandbox.kintone.answers import ApiError
from choai.sandbox.kintone.site import NOT_IN_RECORDS, SYSTEM, Caller, Json, Site

_STYLE = """
body{font:15px/1.6 system-ui,"Hiragino Sans","Noto Sans CJK JP",sans-serif;margin:0 auto;padding:1rem 1.5rem;
max-width:64rem;color:#222;background:#f7f7f5}h1{font-size:1.3rem}h2{font-size:1.05rem;margin-top:1.6rem}table{border-collapse:collapse;background:#fff;width:100%}
td,th{border:1px solid #ddd;padding:.25rem .5rem;text-align:left;vertical-align:top;font-weight:normal}th{background:#f0efe9}
input,select,textarea{font:inherit;width:100%;box-sizing:border-box;padding:.2rem .4rem}input[type=hidden]{display:none}
button{font:inherit;padding:.3rem .9rem;cursor:pointer}button.main{background:#3a7bd5;color:#fff;border:0;border-radius:4px}
code{font-size:.85em;word-break:break-all}nav{margin-bottom:.6rem}.wrong{color:#b00}
.bar{background:#ffbf00;height:6px;margin:-1rem -1.5rem 1rem}
"""
PAGE = 50
EDITABLE = frozenset(
    {"SINGLE_LINE_TEXT", "NUMBER", "LINK", "MULTI_LINE_TEXT", "DROP_DOWN", "RADIO_BUTTON", "CHECK_BOX", "DATE"}
)
FAULTS = (
    "late",
    "lost_reply",
    "throttle",
    "maintenance",
    "ip_block",
    "lock",
    "rewrite",
    "empty_page",
    "partial",
    "warning",
)


def frame(title: str, body: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="ja"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f'<body><div class="bar"></div>{body}</body></html>'
    )


# ---------------------------------------------------------------- the environment


def control(world: World) -> str:
    """/_sandbox: apps with their tokens, faults, settings, calls."""
    state = world.state
    rows = "".join(_app_row(state, a) for a in state["apps"].values())
    users = "、".join(
        f"<code>{escape(u['code'])}</code>（{escape(u['name'])}）" for u in state["users"].values() if u.get("password")
    )
    client, grant = next(iter(state["clients"].items()))
    on = "".join(
        f"<li><code>{escape(f.name)}</code> {escape(f.match)} あと{f.times or '∞'}回</li>" for f in world.faults
    )
    buttons = " ".join(f'<button data-fault="{f}">{f}</button>' for f in FAULTS)
    calls = "".join(f"<tr><td><code>{escape(k)}</code></td><td>{n}</td></tr>" for k, n in world.calls.most_common(20))
    settings = "".join(f"<li><code>{escape(k)} = {escape(str(v))}</code></li>" for k, v in state["settings"].items())
    body = f"""<h1>検証用 kintone <small>imitation for trying things out</small></h1>
<table><tr><th>アプリ</th><th>レコード</th><th>APIトークン（閲覧・追加・編集）</th></tr>{rows}</table>
<h2>ログイン</h2><p>{users}　パスワード <code>choai-demo</code></p>
<p>OAuth client ID <code>{escape(client)}</code><br>secret <code>{escape(grant["secret"])}</code></p>
<h2>障害スイッチ / faults</h2><p>{buttons} <button data-off>すべて解除</button></p><ul>{on}</ul>
<h2>設定 / settings</h2><p><button data-set='{{"maintenance": true}}'>メンテナンス開始</button>
<button data-set='{{"maintenance": false}}'>メンテナンス終了</button>
<button data-set='{{"allow_ips": []}}'>IP制限を掛ける</button>
<button data-set='{{"allow_ips": null}}'>IP制限を外す</button></p><ul>{settings}</ul>
<h2>呼び出し / calls</h2><table>{calls}</table>
<script>
const post = (u, b, m = 'POST') => fetch(u, {{method: m, body: b && JSON.stringify(b)}}).then(() => location.reload());
for (const b of document.querySelectorAll('[data-fault]'))
  b.onclick = () => post('/_sandbox/faults', {{name: b.dataset.fault, match: '/k/'}});
for (const b of document.querySelectorAll('[data-set]')) b.onclick = () => post('/_sandbox/state', JSON.parse(b.dataset.set));
document.querySelector('[data-off]').onclick = () => post('/_sandbox/faults', null, 'DELETE');
</script>"""
    return frame("検証用 kintone", body)


def _app_row(state: Json, app: Json) -> str:
    tokens = [t for t, v in state["tokens"].items() if v["app"] == app["id"] and "edit" in v["permissions"]]
    shown = "<br>".join(f"<code>{escape(t)}</code>" for t in tokens)
    name = f'<a href="{_root(app)}/">{escape(app["name"])}</a> <small>アプリID {app["id"]}</small>'
    if app["guest_space"]:
        name += f" <small>ゲストスペース {app['guest_space']}</small>"
    return f"<tr><td>{name}</td><td>{len(app['records'])}</td><td>{shown}</td></tr>"


# ---------------------------------------------------------------- records


def routes(site: Site) -> list[BaseRoute]:
    """/k/{app}/ and /k/{app}/show (also under /k/guest/{space}), and the form behind them."""

    def app_of(request: Request) -> Json:
        return site.app(request.path_params["app"])

    async def listing(request: Request) -> Response:
        try:
            app = app_of(request)
        except ApiError:
            return HTMLResponse(frame("エラー", "<h1>アプリが見つかりません</h1>"), 404)
        page = max(int(request.query_params.get("page") or 1), 1)
        return HTMLResponse(_listing(site, app, request.query_params.get("q", ""), page))

    async def show(request: Request) -> Response:
        try:
            app = app_of(request)
        except ApiError:
            return HTMLResponse(frame("エラー", "<h1>アプリが見つかりません</h1>"), 404)
        return HTMLResponse(
            frame(app["name"], _SHOW.replace("{root}", _root(app)).replace("{name}", escape(app["name"])))
        )

    async def part(request: Request) -> Response:
        record = app_of(request)["records"].get(request.path_params["record"])
        if record is None:
            return HTMLResponse('<p class="wrong">レコードが見つかりません（削除された可能性があります）。</p>', 404)
        return HTMLResponse(_record(site, app_of(request), record))

    async def save(request: Request) -> Response:
        form = parse_qsl((await request.body()).decode("utf-8"), keep_blank_values=True)
        app = app_of(request)
        try:
            saved = edit(site, app, request.path_params["record"], form)
        except ApiError as error:
            return HTMLResponse(frame("エラー", f'<p class="wrong">{escape(str(error.body("ja")))}</p>'), error.status)
        return RedirectResponse(f"{_root(app)}/show#record={saved}", 303)

    return [
        Route("/k/guest/{space:int}/{app:int}/", listing),
        Route("/k/guest/{space:int}/{app:int}/show", show),
        Route("/k/{app:int}/", listing),
        Route("/k/{app:int}/show", show),
        Route("/_sandbox/apps/{app:int}/records/{record}", part),
        Route("/_sandbox/apps/{app:int}/records/{record}", save, methods=["POST"]),
    ]


def edit(site: Site, app: Json, id: str, form: list[tuple[str, str]]) -> str:
    """What a person does in the form: the same checks as the API, in the name of 佐藤 花子. ``new`` adds a record."""
    from choai.sandbox.kintone import records

    cells: Json = {}
    for code, value in form:
        kind = app["fields"].get(code, {}).get("type")
        if kind == "CHECK_BOX":
            cells.setdefault(code, {"value": []})["value"] += [value] if value else []
        elif kind in EDITABLE:
            cells[code] = {"value": value}
    ask = records.Ask(site, Caller("control", "sato"), {"app": app["id"], "record": cells}, "CONTROL")
    if id == "new":
        return str(records.post_record(ask)["id"])
    ask.params["id"] = id
    records.put_record(ask)
    return id


_SHOW = """<nav><a href="{root}/">{name}</a></nav><div id="record">…</div><script>
const show = () => { const id = new URLSearchParams(location.hash.slice(1)).get('record') || 'none';
 fetch('/_sandbox/apps/' + '{root}'.split('/').pop() + '/records/' + id).then(r => r.text())
  .then(t => document.getElementById('record').innerHTML = t); };
addEventListener('hashchange', show); show();</script>"""


def _root(app: Json) -> str:
    space = app["guest_space"]
    return f"/k/guest/{space}/{app['id']}" if space else f"/k/{app['id']}"


def _listing(site: Site, app: Json, wanted: str, page: int) -> str:
    shown = [c for c, p in app["fields"].items() if p["type"] in EDITABLE - {"MULTI_LINE_TEXT", "CHECK_BOX"}][:6]
    found = [app["records"][str(i)] for i in reversed(site.index(app).ids)]
    if wanted:
        found = [r for r in found if any(wanted in str(r["values"].get(c) or "") for c in shown)]
    rows = "".join(
        f'<tr><td><a href="{_root(app)}/show#record={r["id"]}">{r["id"]}</a></td>'
        + "".join(f"<td>{escape(str(r['values'].get(c) or ''))}</td>" for c in shown)
        + f"<td>{r['updated'][:16].replace('T', ' ')}</td></tr>"
        for r in found[(page - 1) * PAGE : page * PAGE]
    )
    heads = "".join(f"<th>{escape(c)}</th>" for c in shown)
    more = f'<a href="?page={page + 1}&q={escape(wanted)}">次の{PAGE}件</a>' if len(found) > page * PAGE else ""
    body = f"""<nav><a href="/_sandbox">検証用 kintone</a></nav><h1>{escape(app["name"])} <small>{len(found)}件</small></h1>
<form><input name="q" value="{escape(wanted)}" placeholder="絞り込み"></form>
<table><tr><th>ID</th>{heads}<th>更新日時</th></tr>{rows}</table><p>{more}</p>
<h2>レコードを追加</h2>{_form(app, {}, "new")}"""
    return frame(app["name"], body)


def _record(site: Site, app: Json, record: Json) -> str:
    who = escape(site.user(record["modifier"])["name"])
    about = f"レコード番号 {record['id']}　revision {record['rev']}　更新 {record['updated']} {who}"
    return f"<h1>{escape(app['name'])} #{record['id']}</h1><p><small>{about}</small></p>" + _form(
        app, record["values"], str(record["id"])
    )


def _form(app: Json, values: Json, id: str) -> str:
    rows = "".join(
        f"<tr><th>{escape(p['label'])}</th><td>{_input(p, c, values.get(c))}</td></tr>"
        for c, p in app["fields"].items()
        if p["type"] not in SYSTEM | NOT_IN_RECORDS | {"CATEGORY"}
    )
    action = f"/_sandbox/apps/{app['id']}/records/{id}"
    return (
        f'<form method="post" action="{action}"><table>{rows}</table><p><button class="main">保存</button></p></form>'
    )


def _input(props: Json, code: str, value: object) -> str:
    name, kind = escape(code), props["type"]
    if kind not in EDITABLE:
        return _plain(props, value)
    if kind == "MULTI_LINE_TEXT":
        return f'<textarea name="{name}" rows="3" aria-label="{name}">{escape(str(value or ""))}</textarea>'
    if kind == "CHECK_BOX":
        chosen = value if isinstance(value, list) else props.get("defaultValue", [])
        box = f'<input type="checkbox" style="width:auto" name="{name}"'
        boxes = "".join(
            f'<label>{box} value="{escape(o)}"{" checked" if o in chosen else ""}> {escape(o)}</label>'
            for o in props["options"]
        )
        return f'<input type="hidden" name="{name}" value="">{boxes}'
    if kind in ("DROP_DOWN", "RADIO_BUTTON"):
        chosen = value if value is not None else props.get("defaultValue", "")
        blank = "" if kind == "RADIO_BUTTON" else "<option></option>"
        options = "".join(f"<option{' selected' if o == chosen else ''}>{escape(o)}</option>" for o in props["options"])
        return f'<select name="{name}" aria-label="{name}">{blank}{options}</select>'
    return f'<input name="{name}" value="{escape(str(value or ""))}" aria-label="{name}">'


def _plain(props: Json, value: object) -> str:
    if props["type"] == "SUBTABLE" and isinstance(value, list):
        heads = "".join(f"<th>{escape(p['label'])}</th>" for p in props["fields"].values())
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(str(row['value'].get(c) or ''))}</td>" for c in props["fields"]) + "</tr>"
            for row in value
        )
        return f"<table><tr>{heads}</tr>{rows}</table>"
    if isinstance(value, list):
        return escape("、".join(str(v.get("name", v)) if isinstance(v, dict) else str(v) for v in value))
    return escape(str(value or ""))
