"""Deals (取引): income and expense with their rows, payments, and the state that follows from them.

Amounts are whole yen with tax. A row with a negative amount is a deduction: kept as a positive amount on the other side of the
entry. An update replaces the rows (one that is left out is deleted), touches neither payments nor the kind, and keeps what else
is left out (not documented). What freee請求書 registered can only be changed in its items, sections, tags and segments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from choai.sandbox.freee import rules
from choai.sandbox.freee.answers import Refusal, answer, bad_request, no_content, not_found
from choai.sandbox.freee.books import Row, public
from choai.sandbox.freee.gate import Call
from choai.sandbox.freee.rules import problems, taken

MOST, USUAL = 100, 20
_RATES = {"tax_10": 10, "tax_8": 8, "tax_r8": 8, "tax_5": 5, "tax_10_e80": 10, "tax_r8_e80": 8}
_NORMAL = {"income": "credit", "expense": "debit"}
_OTHER = {"credit": "debit", "debit": "credit"}
_MASTERS = (("item_id", "items", "品目"), ("section_id", "sections", "部門"), ("partner_id", "partners", "取引先"))
_SEGMENTS = ("segment_1_tag_id", "segment_2_tag_id", "segment_3_tag_id")
_FREE = ("item_id", "section_id", "tag_ids", *_SEGMENTS)  # what may be changed of a deal of freee請求書
_BLANK: Row = {
    "partner_id": None,
    "item_id": None,
    "section_id": None,
    "tag_ids": [],
    **dict.fromkeys(_SEGMENTS),
    "description": "",
}


def index(call: Call) -> Response:
    """GET /deals."""
    asked = call.request.query_params
    days = {name: (call.day(f"start_{name}"), call.day(f"end_{name}")) for name in ("issue_date", "due_date")}
    numbers = {name: call.whole(name, 1, None, 0) for name in ("partner_id", "account_item_id")}
    for name, allowed in (("type", ("income", "expense")), ("status", ("unsettled", "settled"))):
        if asked.get(name) not in (None, *allowed):
            raise Refusal(bad_request(f"{name}の値が不正です。"))
    if numbers["partner_id"] and "partner_code" in asked:
        raise Refusal(bad_request("partner_idとpartner_codeは同時に指定できません。"))
    offset, limit = call.whole("offset", 0, None, 0), call.whole("limit", 1, MOST, USUAL)

    def wanted(row: Row) -> bool:
        if any(not _within(row.get(name), *span) for name, span in days.items()):
            return False
        accounts = {line["account_item_id"] for line in row["details"]}
        return (
            asked.get("type") in (None, row["type"])
            and asked.get("status") in (None, _state(row))
            and numbers["partner_id"] in (0, row["partner_id"])
            and (not numbers["account_item_id"] or numbers["account_item_id"] in accounts)
        )

    rows = [row for row in call.table("deals").rows if wanted(row)]
    shown_rows = rows[offset : offset + limit]
    line = f"{call.request.method} {call.request.url.path}"
    if call.world.fault("empty_page", line):
        shown_rows = []
    if call.world.fault("partial", line):
        shown_rows = shown_rows[: len(shown_rows) // 2]
    body = [shown(call, row, single=False) for row in shown_rows]
    return answer({"deals": body, "meta": {"total_count": len(rows)}})


def _within(day: str | None, start: str | None, end: str | None) -> bool:
    if start is None and end is None:
        return True
    return day is not None and (start is None or day >= start) and (end is None or day <= end)


def show(call: Call) -> Response:
    """GET /deals/{id}."""
    return _one(call, _found(call))


def create(call: Call) -> Response:
    """POST /deals."""
    values = _values(call, rules.DEAL)
    row: Row = {
        "id": call.books.next_id(),
        "company_id": call.company,
        "due_date": None,
        "partner_id": None,
        "ref_number": None,
        "deal_origin_name": "API",
        **{k: v for k, v in values.items() if k not in ("details", "payments", "receipt_ids")},
        "payments": [],
        "receipts": [_receipt(call, number) for number in values.get("receipt_ids") or []],
    }
    row["details"] = [_line(call, row["type"], line, None) for line in values["details"]]
    for payment in values.get("payments") or []:
        _pay(call, row, payment)
    _uses(call, row)
    call.table("deals").add(row)
    return _one(call, row, 201)


def update(call: Call) -> Response:
    """PUT /deals/{id}: the rows as a whole, the head as far as it is given."""
    row = _found(call)
    values = _values(call, rules.DEAL_UPDATE)
    if values["type"] != row["type"]:
        raise Refusal(bad_request("収支区分は変更できません。"))
    known = {line["id"]: line for line in row["details"]}
    strangers = [line["id"] for line in values["details"] if "id" in line and line["id"] not in known]
    if strangers:
        raise Refusal(bad_request("存在しない取引行のidです。"))
    lines = [_line(call, row["type"], line, known.get(line.get("id"))) for line in values["details"]]
    head = {k: v for k, v in values.items() if k not in ("details", "receipt_ids", "type")}
    if row["deal_origin_name"] == "freee請求書" and not _only_free(row, head, lines):
        raise Refusal(
            bad_request("freee請求書から登録された取引は、品目・部門・メモタグ・セグメントのみ更新できます。")
        )
    changed = {**row, **head, "details": lines}
    if _total(changed) < _paid(row):
        raise Refusal(bad_request("取引金額が支払金額の合計を下回っています。"))
    if "receipt_ids" in values:
        changed["receipts"] = [_receipt(call, number) for number in values["receipt_ids"] or []]
    _uses(call, changed)
    call.table("deals").change(row, changed)
    return _one(call, row)


def destroy(call: Call) -> Response:
    """DELETE /deals/{id}."""
    call.table("deals").remove(_found(call))
    return no_content()


def pay(call: Call) -> Response:
    """POST /deals/{id}/payments."""
    row = _found(call)
    _pay(call, row, _values(call, rules.PAYMENT))
    return _one(call, row, 201)


def repay(call: Call) -> Response:
    """PUT /deals/{id}/payments/{payment_id}."""
    row = _found(call)
    held = _payment(call, row)
    values = _values(call, rules.PAYMENT)
    place = row["payments"].index(held)
    row["payments"].remove(held)
    try:
        _pay(call, row, values, held["id"], place)
    except Refusal:
        row["payments"].insert(place, held)
        raise
    return _one(call, row)


def unpay(call: Call) -> Response:
    """DELETE /deals/{id}/payments/{payment_id}."""
    row = _found(call)
    row["payments"].remove(_payment(call, row))
    return no_content()


# ---------------------------------------------------------------- rules


def _values(call: Call, known: Mapping[str, rules.Rule]) -> Row:
    found = problems(call.body, known)
    if found:
        raise Refusal(bad_request(*dict.fromkeys(found)))
    values: Row = taken(call.body, known)
    code = values.pop("partner_code", None)
    if code is not None:
        if "partner_id" in values or not call.setting("use_partner_code"):
            raise Refusal(bad_request("取引先コードは指定できません。"))
        partner = call.table("partners").by_code.get(code)
        values["partner_id"] = partner["id"] if partner else -1
    if values.get("partner_id") is not None and values["partner_id"] not in call.table("partners").by_id:
        raise Refusal(bad_request("取引先が存在しません。"))
    return rules.kept(call.world, f"{call.request.method} {call.request.url.path}", values)


def _uses(call: Call, row: Row) -> None:
    """The partner of a deal that is kept can no longer be deleted."""
    if row["partner_id"] is not None:
        call.table("partners").by_id[row["partner_id"]]["_used"] = True


def _line(call: Call, type: str, given: Row, held: Row | None) -> Row:
    """A row as it is kept. Raises Refusal for what does not exist or is not in the plan."""
    line = {**(held or {"id": call.books.next_id(), **_BLANK}), **given}
    code = line.pop("account_item_code", None)
    if code is not None and (not call.setting("account_item_code") or "account_item_id" in given):
        raise Refusal(bad_request("勘定科目コードは指定できません。"))
    account = call.table("account_items").by_code.get(code) if code else None
    line["account_item_id"] = account["id"] if account else line.get("account_item_id")
    if line["account_item_id"] not in call.table("account_items").by_id:
        raise Refusal(bad_request("勘定科目が存在しません。"))
    check_dimensions(call, line)
    tax = next((row for row in call.table("taxes").rows if row["code"] == line["tax_code"]), None)
    if tax is None:
        raise Refusal(bad_request("税区分が存在しません。"))
    rate = _RATES.get(tax["display_category"] or "", 0)
    if not rate and "vat" in given:
        raise Refusal(bad_request("税額が不要な税区分のため、消費税額は指定できません。"))
    amount = abs(line["amount"])
    line["vat"] = abs(given["vat"]) if "vat" in given else amount * rate // (100 + rate)
    side = _NORMAL[type]
    line |= {"amount": amount, "entry_side": _OTHER[side] if given["amount"] < 0 else side}
    return line


def check_dimensions(call: Call, line: Row) -> None:
    """Items, sections, partners, tags and segments that are named must exist, and marks them as used."""
    for name, kind, ja in _MASTERS:
        if line.get(name):
            if line[name] not in call.table(kind).by_id:
                raise Refusal(bad_request(f"{ja}が存在しません。"))
            call.table(kind).by_id[line[name]]["_used"] = True
    if any(tag not in call.table("tags").by_id for tag in line.get("tag_ids") or []):
        raise Refusal(bad_request("メモタグが存在しません。"))
    axes = _axes(call)
    for n, name in enumerate(_SEGMENTS, 1):
        if line.get(name) and (n > axes or line[name] not in call.table(f"segments/{n}").by_id):
            raise Refusal(bad_request("セグメントタグが存在しません。"))


def _axes(call: Call) -> int:
    allowed = call.setting("segments")
    return call.books.plan(call.company).segments if allowed is None else int(allowed)


def _pay(call: Call, row: Row, values: Row, id: int | None = None, place: int | None = None) -> None:
    kind, number = values["from_walletable_type"], values["from_walletable_id"]
    table = call.table("account_items" if kind == "private_account_item" else "walletables")
    wallet = table.by_id.get(number)
    if wallet is None or wallet.get("type", kind) != kind:
        raise Refusal(bad_request("口座が存在しません。"))
    if _paid(row) + values["amount"] > _total(row):
        raise Refusal(bad_request("支払金額が支払残額を超えています。"))
    payment = {"id": id or call.books.next_id(), **values}
    row["payments"].insert(len(row["payments"]) if place is None else place, payment)


def _only_free(row: Row, head: Row, lines: Sequence[Row]) -> bool:
    kept = [{k: v for k, v in line.items() if k not in _FREE} for line in row["details"]]
    sent = [{k: v for k, v in line.items() if k not in _FREE} for line in lines]
    return kept == sent and all(row.get(k) == v for k, v in head.items())


# ---------------------------------------------------------------- what is shown


def _found(call: Call) -> Row:
    row = call.table("deals").by_id.get(call.id)
    if row is None:
        raise Refusal(not_found())
    return row


def _payment(call: Call, row: Row) -> Row:
    number = int(call.request.path_params["payment_id"])
    for payment in row["payments"]:
        if payment["id"] == number:
            held: Row = payment
            return held
    raise Refusal(not_found())


def _total(row: Row) -> int:
    normal = _NORMAL[row["type"]]
    return sum(line["amount"] if line["entry_side"] == normal else -line["amount"] for line in row["details"])


def _paid(row: Row) -> int:
    return sum(payment["amount"] for payment in row["payments"])


def _state(row: Row) -> str:
    return "settled" if _total(row) == _paid(row) else "unsettled"


def _receipt(call: Call, number: int) -> Row:
    """An attached file. The file box itself is not imitated: any number is a file."""
    return {
        "id": number,
        "status": "confirmed",
        "description": "",
        "mime_type": "application/pdf",
        "issue_date": None,
        "origin": "public_api",
        "created_at": call.world.now().isoformat(timespec="seconds"),
        "file_src": f"https://secure.freee.co.jp/receipts/{number}",
        "user": {key: call.user[key] for key in ("id", "email", "display_name")},
    }


def _one(call: Call, row: Row, status: int = 200) -> Response:
    return answer({"deal": shown(call, row, single=True)}, status)


def shown(call: Call, row: Row, *, single: bool) -> Row:
    """A deal as freee tells it: codes of rows by single answers only, no segments outside the plan, no empty payments."""
    codes, axes = bool(call.setting("use_partner_code")), _axes(call)
    out = public(row)
    out["partner_code"] = _code(call, "partners", row["partner_id"], codes)
    out |= {"amount": _total(row), "due_amount": _total(row) - _paid(row), "status": _state(row)}
    out["details"] = []
    for line in row["details"]:
        told: dict[str, Any] = dict(line) | {"partner_code": _code(call, "partners", line["partner_id"], codes)}
        for n, name in enumerate(_SEGMENTS, 1):
            if n > axes:
                del told[name]
            elif single:
                told[f"segment_{n}_tag_code"] = _code(call, f"segments/{n}", line[name], call.setting("segment_code"))
        if single:
            for name, kind, setting in _CODED:
                told[f"{name}_code"] = _code(call, kind, line[f"{name}_id"], call.setting(setting))
        out["details"].append(told)
    return {k: v for k, v in out.items() if k not in ("payments", "receipts") or v}


_CODED = (
    ("account_item", "account_items", "account_item_code"),
    ("item", "items", "item_code"),
    ("section", "sections", "section_code"),
)


def _code(call: Call, kind: str, number: int | None, on: Any) -> str | None:
    row = call.table(kind).by_id.get(number) if on and number else None
    return row.get("code") if row else None
