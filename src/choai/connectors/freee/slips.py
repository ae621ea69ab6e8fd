"""The fields of deals and expense applications, and what freee's JSON of them becomes on both ways.

An expense application has lines in two stages: a purchase (day, receipt) with lines of its own (content, amount, category). Here
they are one stage, a row for each inner line; its id is "purchase:line". Amounts are signed here: a deduction, which freee tells
as a positive amount on the other side of the entry, is negative as it is when it is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from choai.connectors.fields import Column, Table, column, lines, linked
from choai.connectors.freee.spec import DEALS, EXPENSES, WALLETS
from choai.connectors.wires import JSON, Wire, as_decimal, as_integer, many, refs
from choai.model.schema import Choice
from choai.model.values import Kind

Row = dict[str, Any]
T, DAY, REF = Kind.TEXT, Kind.DATE, Kind.REFERENCE
_REF = refs(number=True)
YEN = Wire(as_decimal, as_integer)
WIRES = {**JSON, Kind.REFERENCE: _REF, Kind.REFERENCES: many(_REF), Kind.MONEY: YEN}
NORMAL = {"income": "credit", "expense": "debit"}  # the side of a row that is no deduction
_STAYS: dict[str, Any] = {"clearable": False, "note": "freee does not say how this is emptied"}
_YEN: dict[str, Any] = {"decimals": 0}
_STATES = (
    Choice("draft", "下書き", "Draft"),
    Choice("in_progress", "申請中", "Submitted"),
    Choice("approved", "承認済", "Approved"),
    Choice("rejected", "却下", "Rejected"),
    Choice("feedback", "差戻し", "Sent back"),
)
# of a row → object whose records they name
NAMED = {
    "partner_id": "partner",
    "account_item_id": "account_item",
    "tax_code": "tax_code",
    "item_id": "item",
    "section_id": "section",
    "tag_ids": "tag",
    "expense_application_line_template_id": "expense_category",
    **{f"segment_{n}_tag_id": f"segment_{n}" for n in (1, 2, 3)},
}


@cache
def table(object: str, axes: tuple[int, ...], defaults: bool) -> Table:
    """``axes``: the segments of the plan; ``defaults``: rows without an account item get one, and a total is enough."""
    columns = _deal(DEALS[object], axes, defaults) if object in DEALS else _application(axes)
    return Table(object, columns, wires=WIRES)


def _dimensions(role: str, axes: tuple[int, ...]) -> list[Column]:
    found = [
        column("section_id", REF, "部門", "Section", role=f"{role}.section", target="section", omits=True, **_STAYS),
        column("tag_ids", Kind.REFERENCES, "メモタグ", "Memo tags", role=f"{role}.tags", target="tag", omits=True),
    ]
    for n in axes:
        found.append(column(f"segment_{n}_tag_id", REF, f"セグメント{n}", f"Segment {n}", role=f"{role}.segment_{n}",
                            target=f"segment_{n}", omits=True, **_STAYS))  # fmt: skip
    return found


def _deal(type: str, axes: tuple[int, ...], defaults: bool) -> tuple[Column, ...]:
    need: dict[str, Any] = {"has_default": True} if defaults else {"required": True}
    total: dict[str, Any] = {"note": "without rows: one row of this amount"} if defaults else {"given": True}
    rows = [
        column("account_item_id", REF, "勘定科目", "Account item", role="line.account", target="account_item", **need),
        column("tax_code", REF, "税区分", "Tax code", role="line.tax_code", target="tax_code", **need),
        column("amount", Kind.MONEY, "金額（税込）", "Amount with tax", role="line.amount", required=True, **_YEN),
        column("vat", Kind.MONEY, "消費税額", "Tax", role="line.tax_amount", has_default=True, clearable=False, **_YEN),
        column("item_id", REF, "品目", "Item", role="line.item", target="item", omits=True, **_STAYS),
        *_dimensions("line", axes),
        column("partner_id", REF, "取引先", "Partner", role="line.partner", target="partner", omits=True),
        column(
            "description", T, "備考", "Description", role="line.description", omits=True, wire=Wire(empty="", same=str)
        ),
    ]
    paid = [
        column("date", DAY, "支払日", "Date", required=True),
        column("amount", Kind.MONEY, "支払金額", "Amount", required=True, **_YEN),
        column("from_walletable_type", Kind.CHOICE, "口座区分", "Kind of wallet", required=True, choices=WALLETS),
        column("from_walletable_id", Kind.IDENTIFIER, "口座のID", "ID of the wallet", required=True,
               wire=Wire(str, int)),
    ]  # fmt: skip
    return (
        column("id", Kind.IDENTIFIER, "ID", "ID", role="deal.id", unique=True, given=True),
        column("issue_date", DAY, "発生日", "Date", role="deal.date", required=True, clearable=False),
        column("partner_id", REF, "取引先", "Partner", name="partner", role="deal.partner", target="partner", **_STAYS),
        column("due_date", DAY, "支払期日", "Due date", role="deal.due", **_STAYS),
        column("ref_number", T, "管理番号", "Reference number", role="deal.number", wire=Wire(empty="", same=str)),
        column("amount", Kind.MONEY, "金額（税込）", "Total", role="deal.total", clearable=False, **total, **_YEN),
        column("due_amount", Kind.MONEY, "支払残額", "Left to pay", role="deal.balance", given=True, **_YEN),
        column("status", Kind.CHOICE, "決済状況", "Payment", role="deal.status", given=True,
               choices=(Choice("unsettled", "未決済", "Unpaid"), Choice("settled", "完了", "Paid"))),
        lines("details", "明細", "Rows", rows, id="id", role="deal.lines", has_default=defaults, required=not defaults,
              clearable=False),
        lines("payments", "支払行", "Payments", paid, id="id", role="deal.payments", on_update=False, omits=True,
              note="only with a new deal; later by the action pay"),
        column("receipts", Kind.REFERENCES, "証憑ファイル", "Receipts", send="receipt_ids", role="deal.receipts",
               wire=many(refs("id", "description", number=True)), omits=True),
        column("deal_origin_name", T, "登録元", "Made by", role="deal.origin", given=True, omits=True),
        linked("freeeのURL", "Address in freee", role="deal.url"),
    )  # fmt: skip


def _application(axes: tuple[int, ...]) -> tuple[Column, ...]:
    role = EXPENSES
    rows = [
        column("transaction_date", DAY, "発生日", "Date", role="line.date", required=True, clearable=False),
        column("description", T, "内容", "Description", role="line.description", max_length=250, omits=True,
               wire=Wire(empty="", same=str)),
        column("amount", Kind.MONEY, "金額", "Amount", role="line.amount", minimum="0", maximum="2147483647", clearable=False,
               has_default=True, **_YEN),
        column("expense_application_line_template_id", REF, "経費科目", "Category", name="category", role="line.category",
               target="expense_category", **_STAYS),
        column("receipt_id", Kind.IDENTIFIER, "証憑ファイルID", "Receipt ID", role="line.receipt", wire=Wire(str, int), **_STAYS),
    ]  # fmt: skip
    return (
        column("id", Kind.IDENTIFIER, "ID", "ID", role=f"{role}.id", unique=True, given=True),
        column("application_number", T, "申請No.", "Number", role=f"{role}.number", given=True),
        column("title", T, "申請タイトル", "Title", role=f"{role}.title", required=True, max_length=250, clearable=False),
        column("issue_date", DAY, "申請日", "Date", role=f"{role}.date", has_default=True, clearable=False),
        column("description", Kind.LONG_TEXT, "備考", "Note", role=f"{role}.note", max_length=10000, omits=True,
               wire=Wire(empty="")),
        *_dimensions(role, axes),
        lines("lines", "申請行", "Lines", rows, id="id", role=f"{role}.lines", clearable=False),
        column("total_amount", Kind.MONEY, "合計金額", "Total", role=f"{role}.total", given=True, **_YEN),
        column("status", Kind.CHOICE, "ステータス", "Status", role=f"{role}.status", given=True, choices=_STATES),
        column("deal_id", Kind.IDENTIFIER, "取引ID", "Deal ID", role=f"{role}.deal", given=True, wire=Wire(str)),
        column("deal_status", Kind.CHOICE, "精算", "Settlement", role=f"{role}.deal_status", given=True,
               choices=(Choice("unsettled", "清算待ち", "Waiting"), Choice("settled", "精算済み", "Settled"))),
        column("applicant_id", Kind.IDENTIFIER, "申請者のID", "Applicant's ID", role=f"{role}.user", given=True, wire=Wire(str)),
        column("applicant_name", T, "申請者", "Applicant", role=f"{role}.owner_name", given=True),
        column("applicant_email", Kind.EMAIL, "申請者のメール", "Applicant's e-mail", role=f"{role}.owner_email", given=True),
        linked("freeeのURL", "Address in freee", role=f"{role}.url"),
    )  # fmt: skip


# ---------------------------------------------------------------- as freee tells it


def told(object: str, row: Row) -> Row:
    """A row as the table wants it: signed amounts, expense lines in one stage."""
    if object in DEALS:
        return {**row, "details": [{**line, "amount": signed(row["type"], line)} for line in row.get("details") or []]}
    return {**row, "lines": [*_flat(row.get("purchase_lines") or [])]}


def signed(type: str, line: Mapping[str, Any]) -> int:
    amount: int = line["amount"]
    return -abs(amount) if line.get("entry_side", NORMAL[type]) != NORMAL[type] else amount


def _flat(purchases: list[Row]) -> Iterator[Row]:
    for purchase in purchases:
        for line in purchase.get("expense_application_lines") or [{"id": ""}]:
            day = {name: purchase.get(name) for name in ("transaction_date", "receipt_id")}
            yield {**line, **day, "id": f"{purchase['id']}:{line['id']}"}


# ---------------------------------------------------------------- as freee wants it


def details(given: list[Row], type: str, held: Mapping[int, Row]) -> list[Row]:
    """Rows of a deal. ``held``: those that freee has, by id. freee counts the tax again where amount or code has changed."""
    made = []
    for line in given:
        out = {name: value for name, value in line.items() if value is not None or name == "partner_id"}
        own = out.pop("id", None)
        before = None if own is None else held.get(int(own))
        if before is not None:
            out["id"] = before["id"]
            same = (out.get("amount"), out.get("tax_code")) == (signed(type, before), before["tax_code"])
            if not same and out.get("vat") == before.get("vat"):
                out.pop("vat", None)
        if not out.get("vat"):
            out.pop("vat", None)  # not to be named where the code has no tax
        made.append(out)
    return made


def again(row: Row) -> list[Row]:
    """A deal's rows as an update must repeat them."""
    sent = ("id", "vat", "description", *NAMED)
    rows = [
        {name: line[name] for name in sent if line.get(name) not in (None, [])} for line in row.get("details") or []
    ]
    amounts = [signed(row["type"], line) for line in row.get("details") or []]
    return [{**line, "amount": amount} for line, amount in zip(rows, amounts, strict=True)]


def purchases(given: list[Row], held: Mapping[int, Row]) -> list[Row]:
    """Expense lines in freee's two stages: rows of one purchase together again, with what else that purchase has."""
    made: dict[str, Row] = {}
    for n, line in enumerate(given):
        outer, _, inner = str(line.get("id") or f"new{n}:").partition(":")
        known = held.get(int(outer)) if outer.isdigit() else None
        purchase = made.setdefault(outer, _outer(known))
        purchase |= {name: line[name] for name in ("transaction_date", "receipt_id") if line.get(name)}
        rest = {k: v for k, v in line.items() if k not in ("id", "transaction_date", "receipt_id") and v is not None}
        if inner.isdigit():
            rest["id"] = int(inner)
        if rest:
            purchase["expense_application_lines"].append(rest)
    return list(made.values())


def _outer(known: Row | None) -> Row:
    kept = {name: known[name] for name in ("id", "sub_receipt_ids") if known and known.get(name)}
    return {**kept, "expense_application_lines": []}


def once_more(row: Row) -> list[Row]:
    """An application's purchases as an update must repeat them."""
    made = []
    for purchase in row.get("purchase_lines") or []:
        out = {k: purchase[k] for k in ("id", "transaction_date", "receipt_id", "sub_receipt_ids") if purchase.get(k)}
        inner = purchase.get("expense_application_lines") or []
        out["expense_application_lines"] = [{k: v for k, v in line.items() if v is not None} for line in inner]
        made.append(out)
    return made


def sent(value: Any) -> Any:
    """What a person gave for an action: days as text, everything with digits only as a number."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() else value
    return as_integer(value)
