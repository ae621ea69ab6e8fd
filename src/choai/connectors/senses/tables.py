"""The fields of Mazrica Sales' objects. Names come from working clients of its API, not from a schema of the vendor; keys
that are missing are absent, unknown ones are ignored.

Texts can be emptied; whether numbers, days and references can is not documented, so that these count as not clearable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from choai.connectors.fields import Column, Json, Table, column, lines, linked
from choai.connectors.wires import JSON, JST, Wire, as_text, moments, refs
from choai.model.schema import Choice
from choai.model.values import Kind

FIXED: dict[str, Any] = {"clearable": False}
MASTERS = ("dealType", "phase", "product", "probability", "channel")  # of a deal, each {"id", "name"}
NESTED = (*MASTERS, "customer", "user")
# names of a line in older answers
OLDER = {"productId": "dealProductDetailTypeId", "productName": "name", "unitPrice": "price", "amount": "subtotal",
         "customFields": "dealProductDetailCustoms"}  # fmt: skip


def _number_of(raw: Any) -> str | None:
    if not isinstance(raw, Mapping):
        return as_text(raw)
    return None if raw.get("id") is None else as_text(raw["id"])


def _worded(raw: Any) -> str:
    return str(raw.get("name") or "") if isinstance(raw, Mapping) else as_text(raw)


CHOSEN = Wire(_number_of, lambda value: {"id": int(value)})
BARE = Wire(_number_of, int)
WORDS = Wire(_worded)
_CLEARED = {k: replace(JSON[k], empty="") for k in (Kind.TEXT, Kind.LONG_TEXT, Kind.EMAIL, Kind.PHONE, Kind.URL)}
WIRES = {
    **JSON,
    **_CLEARED,
    Kind.DATETIME: moments("offset", JST),
    Kind.REFERENCE: refs(as_object=True, number=True),
}
_TIMES = (
    column("createdAt", Kind.DATETIME, "登録日時", "Created at", given=True),
    column("updatedAt", Kind.DATETIME, "更新日時", "Updated at", given=True),
    linked("画面のリンク", "Link"),
)


def choices(rows: Any) -> tuple[Choice, ...]:
    """Of masters with ``id`` and ``name``."""
    told = (
        [row for row in rows if isinstance(row, Mapping) and row.get("id") is not None]
        if isinstance(rows, list)
        else []
    )
    return tuple(
        Choice(str(row["id"]), str(row.get("name", row["id"])), str(row.get("name", row["id"]))) for row in told
    )


def _id(ja: str) -> Column:
    return column("id", Kind.IDENTIFIER, ja, "ID", given=True, unique=True)


def customer(industries: Sequence[Choice], roles: Sequence[Choice], customs: Sequence[Column]) -> Table:
    """Masters of which nothing is known can be read, not written."""

    def master(at: str, ja: str, en: str, known: Sequence[Choice], wire: Wire, **more: Any) -> Column:
        can: dict[str, Any] = {"on_create": bool(known), "on_update": bool(known)}
        return column(at, Kind.CHOICE, ja, en, send=f"{at}Id", wire=wire, choices=tuple(known), **can, **more)

    return Table(
        "customer",
        (
            _id("取引先ID"),
            column("name", Kind.TEXT, "取引先名", "Name", role="partner.name", required=True, **FIXED),
            column("address", Kind.TEXT, "住所", "Address", role="partner.address1"),
            column("telNo", Kind.PHONE, "電話番号", "Telephone", role="partner.phone"),
            column("webUrl", Kind.URL, "URL", "Website", role="partner.website"),
            column("employee", Kind.INTEGER, "従業員数", "Employees", minimum="0", **FIXED),
            column("capital", Kind.INTEGER, "資本金", "Capital", minimum="0", **FIXED),
            column("closingMonth", Kind.INTEGER, "決算月", "Closing month", minimum="1", maximum="12", **FIXED),
            column("establishYear", Kind.INTEGER, "設立年", "Year of establishment", **FIXED),
            master("industry", "所属業界・業種", "Industry", industries, BARE, **FIXED),
            master("ownerRole", "所有ロール", "Owner role", roles, replace(BARE, empty=0)),
            column("companyNum", Kind.TEXT, "企業番号", "Company number", note="Mazrica's own key, not the corporate number"),
            *_TIMES,
            *customs,
        ),
        changed="updatedAt",
        wires=WIRES,
    )  # fmt: skip


def contact(customs: Sequence[Column]) -> Table:
    return Table(
        "contact",
        (
            _id("コンタクトID"),
            column("name", Kind.TEXT, "名前", "Name", role="person.name", required=True, **FIXED),
            column("customer", Kind.REFERENCE, "取引先", "Customer", send="customerId", target="customer", role="person.partner",
                   wire=refs(number=True), required=True, **FIXED),
            column("email", Kind.EMAIL, "メールアドレス", "E-mail", role="person.email"),
            column("tel", Kind.PHONE, "電話番号", "Telephone", role="person.phone"),
            column("mobileTel", Kind.PHONE, "携帯電話番号", "Mobile", role="person.mobile"),
            column("dept", Kind.TEXT, "部署", "Department", role="person.department"),
            column("position", Kind.TEXT, "役職", "Position", role="person.position"),
            column("address", Kind.TEXT, "住所", "Address", role="person.address1"),
            *_TIMES,
            *customs,
        ),
        changed="updatedAt",
        wires=WIRES,
    )  # fmt: skip


def deal(types: Sequence[Json], customs: Sequence[Column], line_customs: Sequence[Column]) -> Table:
    """A deal in the nested form; see ``flat``. Which masters go together is decided by its type: their names begin with it."""

    def master(name: str, plural: str, ja: str, en: str, role: str | None = None) -> Column:
        known = tuple(
            Choice(c.value, f"{kind.get('name')} / {c.ja}", f"{kind.get('name')} / {c.en}")
            for kind in types
            for c in choices(kind.get(plural))
        )
        return column(name, Kind.CHOICE, ja, en, choices=known, wire=CHOSEN, role=role, required=True, **FIXED)

    inner = (
        column("dealProductDetailTypeId", Kind.IDENTIFIER, "商品内訳設定ID", "Line master", given=True),
        column("name", Kind.TEXT, "内訳名", "Name", role="line.description", given=True),
        column("price", Kind.DECIMAL, "単価", "Unit price", role="line.price", given=True),
        column("quantity", Kind.DECIMAL, "数量", "Quantity", role="line.quantity", given=True),
        column("subtotal", Kind.DECIMAL, "小計", "Subtotal", role="line.amount", given=True),
        column("unit", Kind.TEXT, "単位", "Unit", role="line.unit", given=True),
        column("billingCycle", Kind.TEXT, "請求サイト", "Billing cycle", wire=WORDS, given=True),
        *line_customs,
    )
    dated = any(c.field.role == "invoice.date" for c in customs)
    return Table(
        "deal",
        (
            _id("案件ID"),
            column("name", Kind.TEXT, "案件名", "Name", role="invoice.title", required=True, **FIXED),
            column("dealCode", Kind.TEXT, "案件番号", "Number", given=True),
            column("dealType", Kind.CHOICE, "案件タイプ", "Deal type", choices=choices(list(types)), wire=CHOSEN, required=True,
                   **FIXED),
            column("customer", Kind.REFERENCE, "取引先", "Customer", target="customer", role="invoice.partner", required=True,
                   **FIXED),
            master("phase", "phases", "フェーズ", "Phase", "invoice.status"),
            master("product", "products", "商品", "Product"),
            master("probability", "probabilities", "契約確度", "Probability"),
            master("channel", "channels", "チャネル", "Channel"),
            column("user", Kind.REFERENCE, "担当者", "User", target="user", required=True, **FIXED),
            column("expectedContractDate", Kind.DATE, "契約予定日", "Expected contract date", required=True,
                   role=None if dated else "invoice.date", **FIXED),
            column("amount", Kind.MONEY, "契約金額", "Amount", role="invoice.total", decimals=0, **FIXED),
            column("totalCost", Kind.MONEY, "原価合計", "Total cost", given=True),
            column("totalProfit", Kind.MONEY, "粗利", "Profit", given=True),
            column("reason", Kind.TEXT, "停止理由", "Stop reason", wire=WORDS, given=True),
            lines("dealProductDetails", "商品内訳", "Product details", inner, id="id", role="invoice.lines", on_create=False,
                  on_update=False),
            *_TIMES,
            *customs,
        ),
        changed="updatedAt",
        wires=WIRES,
    )  # fmt: skip


def _master(object: str, role: str, ja: str, *more: Column) -> Table:
    name = column("name", Kind.TEXT, ja, "Name", role=f"{role}.name", given=True)
    return Table(object, (column("id", Kind.IDENTIFIER, "ID", "ID", given=True, unique=True), name, *more), wires=WIRES)


_MAIL = column("email", Kind.EMAIL, "メールアドレス", "E-mail", role="user.email", given=True)
_OF_TYPE = column("dealType", Kind.REFERENCE, "案件タイプ", "Deal type", target="deal_type", given=True)
READ_ONLY = {
    "user": _master("user", "user", "氏名", _MAIL),
    "deal_type": _master("deal_type", "deal_type", "案件タイプ名"),
    "phase": _master("phase", "phase", "フェーズ名", _OF_TYPE,
                     column("status", Kind.INTEGER, "状態の番号", "Status number", given=True)),
    "product": _master("product", "item", "商品名"),
}  # fmt: skip


def master_rows(object: str, types: Sequence[Json]) -> list[Json]:
    """The rows of a master object: of all deal types, each once."""
    if object == "deal_type":
        return list(types)
    rows = {row["id"]: {**row, "dealType": kind} for kind in types for row in kind.get(f"{object}s") or []}
    return list(rows.values())


def tidy(row: Json, *, amount_line: bool) -> Json:
    """A deal with the newer names in its lines; ``amount_line``: without lines, its amount is one."""
    details = row.get("dealProductDetails")
    if details:
        return {**row, "dealProductDetails": [_renamed(line) for line in details]}
    if amount_line and row.get("amount") is not None and (details is not None or "dealProductDetails" not in row):
        whole = {"name": row.get("name"), "price": row["amount"], "quantity": 1, "subtotal": row["amount"]}
        return {**row, "dealProductDetails": [whole]}
    return row


def _renamed(line: Json) -> Json:
    made = dict(line)
    for old, new in OLDER.items():
        if made.get(new) is None and old in made:
            made[new] = made[old]
    return made


def flat(body: Json) -> dict[str, Any]:
    """{"phase": {"id": 1}} → {"phaseId": 1}."""
    return {f"{k}Id" if k in NESTED else k: v["id"] if k in NESTED else v for k, v in body.items()}
