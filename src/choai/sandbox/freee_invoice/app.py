"""The routes of freee請求書 under ``/iv``, its own rate limits with their headers, its shapes of errors, and a document's page.

POST /_sandbox/iv   {"company", "kind", "id", "values"?, "delete"?}    a person in freee's screens
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from html import escape

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from choai.sandbox.core import World
from choai.sandbox.freee import answers
from choai.sandbox.freee.answers import Refusal, answer
from choai.sandbox.freee.books import JST, Row
from choai.sandbox.freee.gate import CREATE, READ, UPDATE, Call, endpoint
from choai.sandbox.freee.pages import message_page
from choai.sandbox.freee_invoice import deals, papers
from choai.sandbox.freee_invoice.checks import problems
from choai.sandbox.freee_invoice.papers import KINDS
from choai.sandbox.limits import Meter, allowed, spend, wait_seconds
from choai.sandbox.markup import page

METERS = (Meter("minute", 30, 60), Meter("hour", 1500, 3600))
_HEADERS = {  # meter → the vendor's three names
    "minute": ("X-Ratelimit-Limit-Minute", "X-Ratelimit-Remaining-Minute", "X-Ratelimit-Reset-Minute"),
    "hour": ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
    "day": ("X-RateLimit-Limit-Day", "X-RateLimit-Remaining-Day", "X-RateLimit-Reset-Day"),
}
_TYPES = {400: "bad_request", 403: "forbidden", 404: "not_found", 429: "too_many_requests"}
_STATUSES = ("payment_status", "deal_status", "sending_status", "cancel_status")


def problem(status: int, *messages: str) -> Response:
    """An error in the shape of the iv API."""
    body = {"status_code": status, "errors": [{"type": _TYPES[status], "messages": list(messages)}]}
    return Response(msgspec.json.encode(body), status, media_type="application/problem+json")


def routes(world: World) -> list[BaseRoute]:
    found: list[BaseRoute] = [
        Route("/_sandbox/iv", _edited(world), methods=["POST"]),
        Route("/reports/{kind}/{id:int}", _page(world)),
    ]
    for kind in KINDS:
        rows: tuple[tuple[str, str, Serve, str], ...] = (
            ("GET", "", index, READ),
            ("POST", "", create, CREATE),
            ("GET", "/templates", forms, READ),
            ("GET", "/{id:int}", show, READ),
            ("PUT", "/{id:int}", update, UPDATE),
            ("PUT", "/{id:int}/cancel", cancel, UPDATE),
            ("PUT", "/{id:int}/uncancel", uncancel, UPDATE),
        )
        for method, path, serve, action in rows:
            found.append(Route(f"/iv/{kind}{path}", _served(world, serve, kind, action), methods=[method]))
    found.append(Route("/iv/{rest:path}", _unknown, methods=["GET", "POST", "PUT", "DELETE", "PATCH"]))
    return found


Serve = Callable[[Call, str], Response]


async def _unknown(_: Request) -> Response:
    return problem(404, "リソースが見つかりません。")


def _served(world: World, serve: Serve, kind: str, action: str) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint behind freee's gate, with the limits and the error shapes of this API."""

    def counted(call: Call) -> Response:
        call.request.state.counted = call
        if call.setting("invoice_registered") is False:
            raise Refusal(answers.unauthorized("company_not_found"))
        if spend(world, METERS, _key(call)) is not None:
            raise Refusal(problem(429, "API使用制限を超えました。"))
        return serve(call, kind)

    inner = endpoint(world, counted, "docs", action)

    async def respond(request: Request) -> Response:
        response = _shaped(await inner(request))
        call = getattr(request.state, "counted", None)
        if call is not None:
            response.headers.update(_told(world, call))
        return response

    return respond


def _key(call: Call) -> str:
    return f"iv:{call.company}:{call.client}"


def _told(world: World, call: Call) -> dict[str, str]:
    """What is left of minute, hour and day; resets are instants in UTC."""
    now, key = world.now(), _key(call)
    today = call.books.today()
    used = world.state["daily"].get(f"{call.company}/{call.client}/{today.isoformat()}", 0)
    daily = call.setting("daily_limit") or call.books.plan(call.company).daily
    midnight = datetime.combine(today + timedelta(days=1), time(), JST)
    facts = {"day": (daily, max(0, daily - used), midnight)}
    for meter in METERS:
        left = allowed(world, meter) - len(world.meters.get(f"{meter.name}:{key}", []))
        facts[meter.name] = (
            allowed(world, meter),
            max(0, left),
            now + timedelta(seconds=wait_seconds(world, meter, key)),
        )
    out: dict[str, str] = {}
    for name, (limit, left, reset) in facts.items():
        instant = reset.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        out |= dict(zip(_HEADERS[name], (str(limit), str(left), instant), strict=True))
    return out


def _shaped(response: Response) -> Response:
    """A refusal of freee's gate as this API words it; 401 is alike."""
    if response.status_code not in _TYPES or response.media_type == "application/problem+json":
        return response
    told = json.loads(bytes(response.body))
    texts = [m for e in told.get("errors", []) if e["type"] != "status" for m in e["messages"]]
    return problem(response.status_code, *(texts or [told.get("message", "リクエストの形式が不正です。")]))


# ---------------------------------------------------------------- endpoints


def _base(call: Call) -> str:
    return str(call.request.base_url)


def _rows(call: Call, kind: str) -> dict[str, Row]:
    rows = papers.documents(call.world, call.company, kind)
    deals.follow(call.world, call.company, rows.values())
    return rows


def _row(call: Call, kind: str) -> Row:
    row = _rows(call, kind).get(str(call.id))
    if row is None:
        raise Refusal(problem(404, f"{KINDS[kind][1]}が存在しません。"))
    return row


def index(call: Call, kind: str) -> Response:
    """The newest first; numbers and subjects are searched for parts of them."""
    given = call.request.query_params
    offset, limit = call.whole("offset", 0, 2_147_483_647, 0), call.whole("limit", 1, 100, 20)
    origin = given.get("sales_management_origin") == "true"
    rows = [r for r in _rows(call, kind).values() if origin or not r["sales_management_origin"]]
    one = KINDS[kind][0]
    for name in (f"{one}_number", "subject"):
        if name in given:
            if not given[name]:
                raise Refusal(problem(400, f"{name}の値が不正です。"))
            rows = [row for row in rows if given[name] in row[name]]
    if "partner_ids" in given:
        wanted = given["partner_ids"].split(",")
        if len(wanted) > 3 or not all(part.isascii() and part.isdigit() for part in wanted):
            raise Refusal(problem(400, "partner_idsは半角カンマ区切りで3件まで指定できます。"))
        rows = [row for row in rows if str(row["partner_id"]) in wanted]
    for name in _STATUSES:
        if name in given and rows and name in rows[0]:
            rows = [row for row in rows if row[name] == given[name]]
    days = {"invoices": ("billing_date", "payment_date"), "quotations": ("quotation_date", "expiration_date")}
    for name in days.get(kind, ("delivery_slip_date",)):
        start, end = call.day(f"start_{name}"), call.day(f"end_{name}")
        rows = [
            row
            for row in rows
            if (start is None or (row[name] or "") >= start) and (end is None or (row[name] or "") <= end)
        ]
    rows.sort(key=lambda row: -row["id"])
    return answer({kind: [papers.listed(row, kind, _base(call)) for row in rows[offset : offset + limit]]})


def show(call: Call, kind: str) -> Response:
    return answer({KINDS[kind][0]: papers.shown(_row(call, kind), kind, _base(call))})


def create(call: Call, kind: str) -> Response:
    return _saved(call, kind, None)


def update(call: Call, kind: str) -> Response:
    row = _row(call, kind)
    if row["cancel_status"] == "canceled":
        raise Refusal(problem(400, "取消済みの帳票は更新できません。"))
    return _saved(call, kind, row)


def _saved(call: Call, kind: str, old: Row | None) -> Response:
    wrong = problems(kind, call.body) or papers.objections(call.books, call.company, kind, call.body)
    if wrong:
        raise Refusal(problem(400, *wrong))
    row = papers.saved(call.world, call.company, kind, call.body, user=call.user["display_name"], old=old)
    return answer({KINDS[kind][0]: papers.written(row, kind, _base(call))}, 200 if old else 201)


def cancel(call: Call, kind: str) -> Response:
    return _cancelled(call, kind, undo=False)


def uncancel(call: Call, kind: str) -> Response:
    return _cancelled(call, kind, undo=True)


def _cancelled(call: Call, kind: str, *, undo: bool) -> Response:
    row = _row(call, kind)
    papers.cancelled(call.world, row, kind, undo=undo)
    return answer({KINDS[kind][0]: {"id": row["id"], "cancel_status": row["cancel_status"]}})


def forms(call: Call, kind: str) -> Response:
    return answer({"templates": papers.templates(call.company, kind)})


# ---------------------------------------------------------------- for people and tests


def _edited(world: World) -> Callable[[Request], Awaitable[Response]]:
    async def edited(request: Request) -> Response:
        try:
            return JSONResponse(papers.edit(world, **await request.json()))
        except (KeyError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 400)

    return edited


def _page(world: World) -> Callable[[Request], Awaitable[Response]]:
    async def shown(request: Request) -> Response:
        kind, number = request.path_params["kind"], str(request.path_params["id"])
        for company in world.state["companies"]:
            row = papers.documents(world, int(company), kind).get(number) if kind in KINDS else None
            if row is not None:
                return HTMLResponse(_paper_page(kind, row))
        return HTMLResponse(message_page("見つかりません", f"{kind} {number}"), 404)

    return shown


def _paper_page(kind: str, row: Row) -> str:
    one, ja, day, _ = KINDS[kind]
    lines = "".join(
        f'<tr><td>{escape(line["description"])}</td><td class="n">{line["quantity"] or ""}</td>'
        f'<td class="n">{line["unit_price"] or ""}</td><td class="n">{line["amount_excluding_tax"] or ""}</td></tr>'
        for line in row["lines"]
    )
    states = "・".join(f"{name}: {row[name]}" for name in _STATUSES if name in row)
    body = f"""<main><div class="card"><h1>{ja} {escape(row[f"{one}_number"])}</h1>
<p>{escape(row["partner_display_name"])} {escape(row["partner_title"])}　{row[day]}</p><p>{escape(row["subject"])}</p>
<table><tr><th>摘要</th><th>数量</th><th>単価</th><th>税別金額</th></tr>{lines}</table>
<p>合計 {row["total_amount"]:,}円（税 {row["amount_tax"]:,}円）</p><p class="small">{states}</p></div></main>"""
    return page(f"{ja} {row['id']}", body)
