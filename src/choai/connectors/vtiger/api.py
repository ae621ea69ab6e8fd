"""Reading and writing Vtiger.

Reads are queries in the order of ids, each page beginning after the last id and the last page being empty: rows that a user may
not see are taken out of a page after it was counted. A page of documents is asked for without lines, which would make it short
and repeat records; the lines follow in a query of their own.

Writes are one record each, always ``revise``: ``update`` spoils descriptions. What belongs together is sent together, because
Vtiger drops the rest: prices and taxes of an item, lines and sums of a document. Documents are read back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from choai.connectors.batches import afterwards, each
from choai.connectors.contract import Done, Item, Op, Page, Result, Session, Window
from choai.connectors.reading import demanded, kept, page
from choai.connectors.vtiger.calls import (
    IDENTIFIER,
    Json,
    asked,
    fault,
    good,
    in_cloud,
    literal,
    portions,
    query,
    select,
)
from choai.connectors.vtiger.forms import LINE_FIELDS, MONEY, PRICE, RATE, Form, form, zone_of
from choai.connectors.vtiger.identify import authorise, catalogue, granted, identify, link, sign_in
from choai.connectors.vtiger.spec import INVENTORY, PAGE, PRICED, SPEC
from choai.connectors.wires import instant, moment
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.schema import Schema
from choai.model.values import Kind, Value, is_empty

__all__ = [
    "SPEC", "authorise", "catalogue", "describe", "fault", "find", "good", "granted", "identify", "link", "read", "sign_in",
    "write",
]  # fmt: skip

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
rows_per_page = PAGE


async def describe(session: Session, object: str, known: Schema | None = None) -> Schema:
    """Two calls: the module, and the currencies there are."""
    return (await _form(session, object, fresh=True)).table.schema()


async def _form(session: Session, object: str, *, fresh: bool = False) -> Form:
    return await kept(session, f"form:{object}", lambda: _made(session, object), fresh=fresh)


async def _made(session: Session, object: str) -> Form:
    if not _NAME.fullmatch(object):
        raise ChoaiError("object_not_found", object=object)
    try:
        told = await asked(session, "describe", elementType=object)
    except ChoaiError as error:
        error.facts["object"] = object
        raise
    return form(told, await query(session, "SELECT * FROM Currency;"), session.settings)


# ---------------------------------------------------------------- reading


async def read(session: Session, object: str, window: Window, token: str | None) -> Page:
    """``token`` is the last id of the page before."""
    made = await _form(session, object)
    if window.ids is not None:
        ids = [literal(i) for i in window.ids if IDENTIFIER.fullmatch(i)]
        return _page(made, await _where(session, made, "id", ids, window.fields), window)
    conditions = (
        [f"modifiedtime >= {literal(_naive(session, window.since))}"] if window.since and made.table.changed else []
    )
    conditions += [f"id > {literal(token)}"] if token else []
    tail = f"ORDER BY id LIMIT {rows_per_page}"
    rows = await query(session, select(_asks(made, window.fields), object, conditions, tail))
    found = _page(made, await _with_lines(session, made, rows, window.fields), window)
    found.next = str(rows[-1]["id"]) if rows else None
    return found


def _asks(made: Form, wished: Sequence[str] | None) -> list[str]:
    always = {"id", made.table.changed}
    return [n for n in made.asks if wished is None or n in wished or n in always]


def _page(made: Form, rows: Sequence[Json], window: Window) -> Page:
    return page(list(map(made.table.reader(wished=window.fields), rows)))


def _naive(session: Session, since: datetime | date) -> str:
    return moment(instant(since), "naive", zone_of(session.settings))


async def _with_lines(
    session: Session, made: Form, rows: list[Json], wished: Sequence[str] | None = None
) -> list[Json]:
    """Documents with their lines, in the order of the lines."""
    if made.table.get("LineItems") is None or not rows or (wished is not None and "LineItems" not in wished):
        return rows
    held: dict[str, list[Json]] = {str(row["id"]): [] for row in rows}
    for some in portions(map(literal, held)):
        after: list[str] = []
        while True:
            conditions = [f"parent_id IN ({', '.join(some)})", *after]
            found = await query(session, select(["*"], "LineItem", conditions, f"ORDER BY id LIMIT {PAGE}"))
            for line in found:
                held.setdefault(str(line["parent_id"]), []).append(line)
            if len(found) < PAGE:
                break
            after = [f"id > {literal(found[-1]['id'])}"]
    return [_counted({**row, "LineItems": sorted(held[str(row["id"])], key=_place)}) for row in rows]


def _counted(row: Json) -> Json:
    """A document whose lines tell their amounts: quantity times price, less the discount."""
    lines = []
    for line in row.get("LineItems") or ():
        gross = Decimal(line["quantity"]) * Decimal(line["listprice"])
        less = Decimal(line["discount_amount"]) or gross * Decimal(line["discount_percent"]) / 100
        lines.append({**line, "amount": gross - less})
    return {**row, "LineItems": lines}


def _place(line: Json) -> int:
    return int(str(line.get("sequence_no") or 0))


async def find(session: Session, object: str, key: str, values: Sequence[Value]) -> list[Record]:
    """Records whose field equals one of the values exactly; Vtiger compares without case and accents. Raises
    ``field_not_found`` also for fields that a query cannot be asked for."""
    made = await _form(session, object)
    column = demanded(made.table, key)
    if key not in made.asks:
        raise ChoaiError("field_not_found", object=object, field=key)
    wanted = [v for v in values if not is_empty(v)]
    sent = []
    for value in wanted:
        try:
            sent.append(str(made.table.sent(column, value)))
        except ChoaiError:
            continue  # what cannot be written is in no record
    if column.field.kind in (Kind.IDENTIFIER, Kind.REFERENCE):
        sent = [v for v in sent if IDENTIFIER.fullmatch(v)]
    rows = await _where(session, made, key, [literal(v) for v in sent if v])
    return [r for r in map(made.table.reader(), rows) if r.values.get(key) in wanted]


async def _where(
    session: Session, made: Form, name: str, literals: Sequence[str], wished: Sequence[str] | None = None
) -> list[Json]:
    """Rows whose field is one of the literals, in as many calls as addresses allow. Raises ``incomplete_answer`` when a page is
    full and could go on."""
    rows: list[Json] = []
    module = made.table.object
    for some in portions(literals):
        one_of = f"{name} IN ({', '.join(some)})"
        found = await query(session, select(_asks(made, wished), module, [one_of], f"ORDER BY id LIMIT {PAGE}"))
        if len(found) >= PAGE and name != "id":
            raise ChoaiError("incomplete_answer", object=module, field=name, detail=len(found))
        rows += await _with_lines(session, made, found, wished)
    return rows


# ---------------------------------------------------------------- writing


async def write(session: Session, object: str, op: Op, items: Sequence[Item]) -> list[Result]:
    """One call per record, with one or two more for items with prices and for documents."""
    made = await _form(session, object)

    async def one(item: Item) -> Result:
        element = made.table.body(item.values, creating=op is Op.CREATE)
        if op is Op.CREATE:
            told = await _created(session, made, element)
        else:
            told = await _revised(session, made, str(item.id), element)
        id = str(told.get("id") or item.id)
        row: Json | None = told
        if object in INVENTORY:
            row = await afterwards(asked(session, "retrieve", id=id))
            row = row and _counted(row)
        if row is None:
            return Done(item.ref, Record(id, dict(item.values)), op is Op.CREATE, complete=False)
        return Done(item.ref, made.table.record(row), op is Op.CREATE)

    return await each(items, one)


async def _created(session: Session, made: Form, element: dict[str, Any]) -> Json:
    module = made.table.object
    owner = session.settings.get("owner") or (session.account.user_id if session.account else None)
    if "assigned_user_id" in made.asks and owner:
        element.setdefault("assigned_user_id", str(owner))
    element = {**made.fills, **element}
    if module in PRICED and made.currencies:
        element.setdefault("currency_id", _base(made))
    if module in INVENTORY:
        _demand_version(session, module)
        element = await _document(session, made, element)
    told: Json = await _write(session, "create", element, elementType=module)
    if not told.get("id"):
        raise ChoaiError("unknown_result", detail="no id")
    return told


async def _revised(session: Session, made: Form, id: str, element: dict[str, Any]) -> Json:
    module = made.table.object
    if not IDENTIFIER.fullmatch(id):
        raise ChoaiError("record_not_found", object=module, id=id)
    if module in PRICED and (_loses_prices(session) or ("currency_id" in element and "unit_price" not in element)):
        now = await asked(session, "retrieve", id=id)
        kept = {
            k: v for k, v in now.items() if k in ("unit_price", "currency_id") or RATE.fullmatch(k) or _priced(k, v)
        }
        element = {**{k: str(v) for k, v in kept.items()}, **element}
    if module in INVENTORY and any(k in element for k in (*MONEY, "LineItems")):
        _demand_version(session, module)
        element = _sums(made, await asked(session, "retrieve", id=id), element)
        element["LineItems"] = _lines(session, made, element)
    return await _write(session, "revise", {**element, "id": id})


async def _write(session: Session, operation: str, element: Mapping[str, Any], **more: str) -> Json:
    try:
        told: Json = await asked(session, operation, "POST", element=dict(element), **more)
    except ChoaiError as error:
        if error.code == "record_not_found":
            error.facts["id"] = element.get("id", "–")
        if error.code == "duplicate_name":
            error.facts["name"] = element.get("accountname") or error.facts.get("name")
        raise
    return told


def version(session: Session) -> tuple[int, ...]:
    """Of an open-source installation; empty for the cloud, and where nobody signed in yet."""
    text = str(session.settings.get("vtiger_version") or "")
    return () if in_cloud(session.settings) else tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def _loses_prices(session: Session) -> bool:
    """A revise that does not repeat prices and taxes loses them, up to 8.2; of the cloud that is not known."""
    return version(session) < (8, 3)


def _priced(name: str, value: Any) -> bool:
    return PRICE.fullmatch(name) is not None and bool(value)


def _demand_version(session: Session, module: str) -> None:
    """8.3.0 refuses every new document, and loses lines and sums of those whose lines are changed."""
    if version(session)[:3] == (8, 3, 0):
        raise ChoaiError("version_cannot_write", version="8.3.0", object=module)


def _base(made: Form) -> str:
    """The currency of the books."""
    return next(
        (id for id, row in made.currencies.items() if str(row.get("defaultid")) == "-11"), next(iter(made.currencies))
    )


# ---------------------------------------------------------------- documents


async def _document(session: Session, made: Form, element: dict[str, Any]) -> dict[str, Any]:
    """A new document with all that Vtiger demands and does not fill in by itself: the way of taxing, the currency with its
    rate, streets, and an item in its head."""
    element["LineItems"] = _lines(session, made, element)
    if not element["LineItems"]:
        raise ChoaiError("required_missing", field="明細")
    element.setdefault("currency_id", _base(made))
    element.setdefault("conversion_rate", str(made.currencies[element["currency_id"]].get("conversion_rate") or 1))
    element["productid"] = element["LineItems"][0]["productid"]
    missing = [n for n in ("bill_street", "ship_street") if not element.get(n)]
    if missing:
        party = element.get("account_id") or element.get("vendor_id")
        known = await asked(session, "retrieve", id=party) if party else {}
        for name in missing:
            element[name] = known.get(name) or known.get("bill_street") or known.get("street") or "-"
    return element


def _lines(session: Session, made: Form, element: dict[str, Any]) -> list[dict[str, Any]]:
    """Lines that can be counted: each with an item and a quantity. In group mode the rates of the first line count for all:
    lines that differ are taxed one by one, or refused where the mode was asked for."""
    lines = [dict(line) for line in element.get("LineItems") or ()]
    for line in lines:
        amount, own = line.pop("amount", None), line.get("productid")
        line["productid"] = own or session.settings.get("line_item")
        quantity = Decimal(line.setdefault("quantity", "1") or 0)
        if line.get("listprice") in (None, "") and amount and quantity:
            line["listprice"] = str(Decimal(amount) / quantity)
        if not line["productid"] or (not own and line.get("listprice") in (None, "")):  # else the price of that item
            raise ChoaiError("required_missing", field="明細の単価" if line["productid"] else "明細の品目")
    rates = {tuple(Decimal(line.get(name) or 0) for name in made.rates) for line in lines}
    mode = element.get("hdnTaxType")
    if mode == "group" and len(rates) > 1:
        raise ChoaiError(
            "validation_rejected", field="hdnTaxType", detail="group: 明細の税率が異なります / rates of lines differ"
        )
    element["hdnTaxType"] = mode or ("group" if len(rates) < 2 else "individual")
    return lines


def _sums(made: Form, now: Json, element: dict[str, Any]) -> dict[str, Any]:
    """The present sums and lines under what is changed: whatever is not sent with the lines would be cleared, and a discount
    without lines is not heard."""
    kept = {name: str(now[name]) for name in MONEY if now.get(name) not in (None, "")}
    pair = ("hdnDiscountPercent", "hdnDiscountAmount")
    for one, other in (pair, pair[::-1]):
        if element.get(one):
            kept.pop(other, None)
    names = (*LINE_FIELDS, *made.rates)
    lines = [{n: line[n] for n in names if line.get(n) not in (None, "")} for line in now.get("LineItems") or ()]
    return {**kept, "LineItems": lines, **element}
