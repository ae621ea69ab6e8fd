"""Quotes and billings: made of a department and lines, changed but for their lines, moved by statuses, turned into one another.

Settings read here: ``plan_documents`` (new documents a month; 0: any number), ``due_required`` (as before version 3.6.0),
``postal`` (False: 402 when a document is to be posted).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from starlette.datastructures import QueryParams

from choai.sandbox.moneyforward import checks
from choai.sandbox.moneyforward.answers import Json, Refusal, missing
from choai.sandbox.moneyforward.books import Books
from choai.sandbox.moneyforward.checks import MONTHS, Rules, change, checked
from choai.sandbox.moneyforward.masters import item_values, owner
from choai.sandbox.moneyforward.money import sums

WEB = "https://invoice.moneyforward.com"


@dataclass(frozen=True)
class Paper:
    """What quotes and billings do differently."""

    name: str
    rules: Rules
    line: Rules
    number: str
    day: str
    title: str
    start: Mapping[str, str]
    posted: tuple[str, str]  # posting_status when asked for, when taken back


BILLINGS = Paper(
    "billings", checks.BILLING, checks.BILLING_LINE, "billing_number", "billing_date", "請求書",
    {"payment_status": "未設定", "email_status": "未送信", "posting_status": "未郵送"}, ("郵送依頼", "郵送取消"),
)  # fmt: skip
QUOTES = Paper(
    "quotes", checks.QUOTE, checks.QUOTE_LINE, "quote_number", "quote_date", "見積書",
    {"order_status": "default", "transmit_status": "default", "posting_status": "default"}, ("request", "cancel"),
)  # fmt: skip
_PAYMENT = {"0": "未設定", "1": "未入金", "2": "入金済み"}
_ORDER = {"-1": "failure", "0": "default", "1": "not_received", "2": "received"}
_DAYS = ("billing_date", "due_date", "sales_date", "quote_date", "expired_date")
_TEXTS = ("title", "memo", "note", "payment_condition")


def slashed(day: str) -> str:
    return day.replace("-", "/")


# ---------------------------------------------------------------- shown and listed


def shown(books: Books, paper: Paper, row: Json) -> Json:
    """A document as it is answered, its sums worked out."""
    out = {**row, "pdf_url": f"{WEB}/api/v3/{paper.name}/{row['id']}.pdf"}
    billing = paper is BILLINGS
    out |= sums(row["items"], books.held["config"], individual=books.individual, billing=billing)
    if billing:
        out |= {"use_invoice_template": True, "config": dict(books.held["config"])}
        out["registration_code"] = books.held["office"]["registration_code"]
    return out


def listed(books: Books, paper: Paper, query: QueryParams) -> list[Json]:
    """The rows that the filters leave, as rows of the table."""
    rows = books.newest_first(paper.name)
    key = query.get("range_key")
    if key is not None:
        rows = [r for r in rows if _within(r, paper, key, query)]
    if query.get("partner_id"):
        rows = [r for r in rows if r["partner_id"] == query["partner_id"]]
    if query.get("q"):
        return [r for r in rows if _found(r, query["q"])]
    for name, held in (("document_number", paper.number), ("partner_name", "partner_name")):
        rows = [r for r in rows if not query.get(name) or r[held] == query[name]]
    if query.get("status"):
        rows = [r for r in rows if query["status"] in _words(r)]
    wanted = {text.strip() for text in query.get("tags", "").split(",")} - {""}
    return [r for r in rows if not wanted or wanted & set(r["tag_names"])]


def _within(row: Json, paper: Paper, key: str, query: QueryParams) -> bool:
    known = (
        paper.day,
        "created_at",
        "updated_at",
        *(("due_date", "sales_date") if paper is BILLINGS else ("expired_date",)),
    )
    if key not in known:
        raise Refusal(400, ("range_key", "range_keyは不正な値です"))
    day = row[key][:10].replace("/", "-")
    for name in ("from", "to"):
        if name in query:
            checked({name: checks.Rule(name, "day")}, {name: query[name]})
    return bool(query.get("from", "") <= day <= query.get("to", "9999-12-31"))


def _words(row: Json) -> set[str]:
    states = {str(row[name]) for name in (*BILLINGS.start, *QUOTES.start) if name in row}
    return states | {"ロック中" if row["is_locked"] else "未ロック"}


def _found(row: Json, text: str) -> bool:
    return bool(row["partner_name"] == text or text in _words(row) or text in row["title"])


# ---------------------------------------------------------------- made and changed


def new(books: Books, paper: Paper, body: object) -> Json:
    given = checked(paper.rules, body)
    row = _header(books, paper, given)
    row["items"] = [_line(books, one) for one in given.get("items", [])]
    return _kept(books, paper, row)


def _kept(books: Books, paper: Paper, row: Json) -> Json:
    limit, month = int(books.world.state["settings"].get("plan_documents", 0)), row["created_at"][:7]
    made = sum(r["created_at"][:7] == month for name in ("billings", "quotes") for r in books.table(name).values())
    if limit and made >= limit:
        raise Refusal(402, ("base", "今月の帳票作成数の上限に達しました"))
    books.table(paper.name)[row["id"]] = row
    return row


def _header(books: Books, paper: Paper, given: Json) -> Json:
    own = books.held["office"]
    row: Json = {
        "id": books.new_id(paper.name),
        "operator_id": books.user,
        **books.member(),
        "office_id": books.id,
        "office_name": own["name"],
        "office_detail": f"〒{own['zip']}\n{own['prefecture']}{own['address1']}\n{own['address2']}\nTEL: {own['tel']}\n",
        **{name: "" for name in _TEXTS if name in paper.rules},
        paper.number: "",
        "document_name": paper.title,
        "tag_names": [],
        "items": [],
        **{name: "" for name in _DAYS if name in paper.rules},
        **paper.start,
        "is_downloaded": False,
        "is_locked": False,
        **books.stamps(),
    }
    _put(books, paper, row, given)
    if not row[paper.number]:
        row[paper.number] = f"{'INV' if paper is BILLINGS else 'QT'}-{books.held['counter']:06d}"
    return row


def _put(books: Books, paper: Paper, row: Json, given: Json) -> None:
    if "department_id" in given:
        found = owner(books, given["department_id"])
        if found is None:
            raise Refusal(422, ("department_id", "Partner department not found"))
        partner, department = found
        row |= {"partner_id": partner["id"], "partner_name": partner["name"], "department_id": department["id"]}
        if paper is QUOTES:
            row["partner_detail"] = f"〒{department['zip']}\n{department['prefecture']}{department['address1']}\n"
    row |= {
        name: slashed(value) if name in _DAYS else value
        for name, value in given.items()
        if name not in ("items", "department_id")
    }
    if paper is BILLINGS:
        _due(books, row)


def _due(books: Books, row: Json) -> None:
    """Blank: worked out with the partner's setting (3.6.0). It lies after the billing date."""
    setting = books.row("partners", row["partner_id"])["payment_deadline_setting"]
    if not row["due_date"] and setting and not books.world.state["settings"].get("due_required"):
        row["due_date"] = slashed(_worked_out(date.fromisoformat(row["billing_date"].replace("/", "-")), setting))
    if not row["due_date"]:
        raise Refusal(422, ("due_date", "お支払期限を入力してください"))
    if row["due_date"] <= row["billing_date"]:
        raise Refusal(422, ("due_date", "お支払期限は請求日より後の日付にしてください"))


def _worked_out(day: date, setting: Json) -> str:
    months = day.year * 12 + day.month - 1 + MONTHS.index(setting["due_month"])
    year, month = divmod(months, 12)
    last = monthrange(year, month + 1)[1]
    due = date(year, month + 1, last if setting["due_date"] == -1 else min(setting["due_date"], last))
    step = {"move_to_earlier_day": -1, "keep_as_is": 0, "move_to_later_day": 1}[setting["contingency_day"]]
    while step and due.weekday() >= 5:
        due += timedelta(days=step)
    return due.isoformat()


def update(books: Books, paper: Paper, id: str, body: object) -> Json:
    row = books.row(paper.name, id)
    if row["is_locked"]:
        raise Refusal(400, ("base", "ロックされているため更新できません"))
    changed = dict(row)
    _put(books, paper, changed, checked(change(paper.rules), body))
    row.update(changed, updated_at=books.now())
    return row


def drop(books: Books, paper: Paper, id: str) -> None:
    if books.row(paper.name, id)["is_locked"]:
        raise Refusal(400, ("base", "ロックされているため削除できません"))
    del books.table(paper.name)[id]


# ---------------------------------------------------------------- lines


def _line(books: Books, given: Json) -> Json:
    """With an item its name and code are the master's; other values given win over the master's."""
    master: Json = {}
    if given.get("item_id"):
        master = books.table("items").get(str(given["item_id"])) or {}
        if not master:
            raise Refusal(400, ("item_id", "品目が見つかりません"))
    elif not given.get("excise"):
        raise Refusal(400, ("excise", "税率を入力してください"))
    told = {**master, **{k: v for k, v in given.items() if v is not None}}
    told |= {name: master[name] for name in ("name", "code") if master}
    days = {name: given.get(name, "") for name in ("delivery_number",)} if "delivery_number" in given else {}
    days |= {"delivery_date": slashed(given["delivery_date"])} if "delivery_date" in given else {}
    return {"id": books.new_id("line"), **item_values(books, told), **days, **books.stamps()}


def add_line(books: Books, paper: Paper, id: str, body: object) -> None:
    row = books.row(paper.name, id)
    if row["is_locked"]:
        raise Refusal(400, ("base", "ロックされているため更新できません"))
    row["items"] = [*row["items"], _line(books, checked(paper.line, body))]
    row["updated_at"] = books.now()


def line(books: Books, paper: Paper, id: str, number: str) -> Json:
    found = next((one for one in books.row(paper.name, id)["items"] if one["id"] == number), None)
    if found is None:
        raise missing()
    return dict(found)


def drop_line(books: Books, paper: Paper, id: str, number: str) -> None:
    line(books, paper, id, number)
    row = books.row(paper.name, id)
    if row["is_locked"]:
        raise Refusal(400, ("base", "ロックされているため更新できません"))
    row["items"] = [one for one in row["items"] if one["id"] != number]
    row["updated_at"] = books.now()


# ---------------------------------------------------------------- statuses


def pay(books: Books, id: str, body: object) -> Json:
    row = books.row("billings", id)
    row.update(payment_status=_PAYMENT[checked(checks.PAYMENT_STATUS, body)["payment_status"]], updated_at=books.now())
    return row


def order(books: Books, id: str, body: object) -> Json:
    row = books.row("quotes", id)
    row.update(order_status=_ORDER[checked(checks.ORDER_STATUS, body)["order_status"]], updated_at=books.now())
    return row


def post(books: Books, paper: Paper, id: str, body: Any) -> None:
    row = books.row(paper.name, id)
    if not isinstance((body or {}).get("upload_to_cloud_box", True), bool):
        raise Refusal(422, ("upload_to_cloud_box", "クラウドBoxへの保存は不正な値です"))
    if not books.world.state["settings"].get("postal", True):
        raise Refusal(402, ("base", "郵送の残高が不足しています"))
    if row["posting_status"] == paper.posted[0]:
        raise Refusal(400, ("base", "すでに郵送依頼済みです"))
    row.update(posting_status=paper.posted[0], updated_at=books.now())


def unpost(books: Books, paper: Paper, id: str) -> None:
    row = books.row(paper.name, id)
    if row["posting_status"] != paper.posted[0]:
        raise Refusal(400, ("base", "郵送依頼されていません"))
    row.update(posting_status=paper.posted[1], updated_at=books.now())


def convert(books: Books, id: str) -> Json:
    """A billing of today with the quote's lines; the quote counts as ordered. Due at the end of the next month where the partner
    has no setting. Only that it answers a new billing is documented."""
    quote = books.row("quotes", id)
    today = books.now()[:10]
    setting = {"due_month": "next_month", "due_date": -1, "contingency_day": "keep_as_is"}
    given = {name: quote[name] for name in ("department_id", "title", "memo", "note", "tag_names")}
    days = {"billing_date": today, "due_date": _worked_out(date.fromisoformat(today), setting)}
    row = _header(books, BILLINGS, {**given, **days})
    row["items"] = [{**one, "id": books.new_id("line"), **books.stamps()} for one in quote["items"]]
    _kept(books, BILLINGS, row)
    quote.update(order_status="received", updated_at=books.now())
    return row
