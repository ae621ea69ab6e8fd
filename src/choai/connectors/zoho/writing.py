"""Writing to Zoho finance products, and what their documents can be told to do.

An update carries what Zoho demands again (``Place.repeats``), and lists of lines or persons are replaced as they are sent: where
either matters, the update is laid over what Zoho has at that moment, which is one more call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote

from choai.connectors.batches import each
from choai.connectors.contract import Acted, Document, Done, Item, ObjectSpec, Op, Result, Session
from choai.connectors.zoho.calls import Row, call, place_of, row_in, rows_in, single, table_of
from choai.connectors.zoho.product import Place, Product
from choai.connectors.zoho.reading import reader_of
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.values import Value

_LISTS = {"line_items": "line_item_id", "contact_persons": "contact_person_id", "invoice_items": "item_id"}
_LINE = (
    "line_item_id", "item_id", "account_id", "name", "description", "quantity", "unit", "rate", "discount", "tax_id",
    "item_order", "project_id", "salesorder_item_id", "purchaseorder_item_id",
)  # fmt: skip
_PERSON = (
    "contact_person_id", "salutation", "first_name", "last_name", "email", "phone", "mobile", "designation", "department",
    "is_primary_contact",
)  # fmt: skip
_ITEM = ("item_id", "product_id", "name", "description", "price", "quantity", "discount", "tax_id", "item_order")
_NAMING = ("first_name", "last_name", "email")
_FLAT = (*_NAMING, "phone", "mobile")
_KEPT = {"line_items": _LINE, "contact_persons": _PERSON, "invoice_items": _ITEM}
_APPLIED = ("invoice_id", "bill_id", "bill_payment_id", "amount_applied", "tax_amount_withheld")


async def write(  # noqa: PLR0917  (the contract's, and the product)
    product: Product, objects: Mapping[str, ObjectSpec], session: Session, object: str, op: Op, items: Sequence[Item]
) -> list[Result]:
    """One call per record; two where an update is laid over what is there."""
    place, known = place_of(product, object), await table_of(session, product, object)
    spec = objects.get(object) or objects["rates:*"]
    creating = op is Op.CREATE
    if op is Op.UPSERT or not (spec.can_create if creating else spec.can_update):
        raise ChoaiError("not_writable", field=spec.ja)

    async def one(item: Item) -> Result:
        body = known.body(item.values, creating=creating)
        if creating:
            body = {
                **body,
                **place.always,
                **({spec.stamp_field: item.stamp} if item.stamp and spec.stamp_field else {}),
            }
        elif place.repeats or any(name in body for name in (*_LISTS, "primary")):
            current = await single(session, product, place, str(item.id))
            if current is None:
                raise ChoaiError("record_not_found", object=spec.ja, id=item.id)
            body = completed(body, current, place)
        await _currency(session, product, place, body)
        flag = (
            {"ignore_auto_number_generation": "true"} if place.number in body and place.number_flag == "query" else {}
        )
        if place.number in body and place.number_flag == "body" and creating:
            body["ignore_auto_number_generation"] = True
        at = place.path if creating else f"{place.path}/{quote(str(item.id), safe='')}"
        reply = await call(session, product, "POST" if creating else "PUT", at, query=flag, json=_primary(body, {}))
        return Done(item.ref, reader_of(product, session, object, known)(row_in(reply, place)), created=creating)

    return await each(items, one)


def completed(body: Row, current: Mapping[str, Any], place: Place) -> Row:
    """An update with what Zoho demands again, and with lists laid over what is there."""
    out = {**{name: _repeated(name, current[name]) for name in place.repeats if name in current}, **body}
    for name, kept in _KEPT.items():
        if name in body:
            key = _LISTS[name]
            held = {row[key]: row for row in current.get(name) or [] if row.get(key)}
            out[name] = [{**_taken(held.get(row.get(key), {}), kept), **row} for row in body[name]]
    return _primary(out, current)


def _taken(row: Mapping[str, Any], names: Sequence[str]) -> Row:
    return {name: row[name] for name in names if row.get(name) not in (None, "")}


def _repeated(name: str, value: Any) -> Any:
    if name in ("invoices", "bills"):
        return [_taken(row, _APPLIED) for row in value]
    return [_taken(row, _KEPT.get(name, _LINE)) for row in value] if isinstance(value, list) else value


def _primary(body: Row, current: Mapping[str, Any]) -> Row:
    """The primary person's flat fields, put into the list of persons."""
    if "primary" not in body:
        return body
    told = body.pop("primary")
    persons = body.get("contact_persons")
    if persons is None:
        persons = [_taken(row, _PERSON) for row in current.get("contact_persons") or []]
    main = next((row for row in persons if row.get("is_primary_contact")), None)
    if main is None:
        persons = [main := {"is_primary_contact": True}, *persons]
    made = {**main, **told}
    if any(made.get(name) for name in _FLAT) and not any(made.get(name) for name in _NAMING):
        # Zoho wants to know who answers a telephone: the contact itself, when nobody is named
        made["first_name"] = str(body.get("contact_name") or current.get("contact_name") or "")[:100]
    body["contact_persons"] = [made if row is main else row for row in persons]
    return body


async def _currency(session: Session, product: Product, place: Place, body: Row) -> None:
    """Zoho's id instead of the ISO code, where the product wants it."""
    code = body.get("currency_code")
    if code is None or "currency" not in product.places or place.path == product.places["currency"].path:
        return
    if code not in session.memo.get("currencies", {}):
        own = product.places["currency"]
        rows = rows_in(await call(session, product, "GET", own.path), own)
        session.memo["currencies"] = {str(row["currency_code"]): str(row[own.id]) for row in rows}
    if code not in session.memo["currencies"]:
        raise ChoaiError("validation_rejected", field="通貨", detail=f"currency {code}")
    del body["currency_code"]
    body["currency_id"] = session.memo["currencies"][code]


# ---------------------------------------------------------------- actions


async def act(  # noqa: PLR0917  (the contract's, and the product)
    product: Product, session: Session, object: str, id: str, action: str, args: Mapping[str, Value]
) -> Acted:
    """See ActionSpec."""
    place = place_of(product, object)
    at = f"{place.path}/{quote(id, safe='')}"
    path = next((move[3] for move in place.moves if move[0] == action), place.acts.get(action))
    if path is not None:
        await call(
            session,
            product,
            "POST",
            f"{at}/{path}",
            json={name: _told(value) for name, value in args.items() if value is not None},
        )
        return Acted(record=await _record(product, session, object, id))
    if action == "pdf":
        reply = await call(session, product, "GET", at, query={"accept": "pdf"}, headers={"Accept": "application/pdf"})
        return Acted(document=Document(reply.body, "application/pdf", f"{id}.pdf"))
    if action == "email":
        body = {"to_mail_ids": [one.strip() for one in str(args["to"]).split(",") if one.strip()]}
        await call(session, product, "POST", f"{at}/email", json={**body, **_given(args, "subject", "body")})
        return Acted()
    if action == "apply":
        entry = {"invoice_id": str(args["invoice"]), "amount_applied": args["amount"]}
        await call(session, product, "POST", f"{at}/invoices", json={"invoices": [entry]})
        return Acted(record=await _record(product, session, object, id))
    if action == "invoice":
        return await _invoice(product, session, object, id)
    raise ChoaiError("not_found", name=action)


def _told(value: Value) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _given(args: Mapping[str, Value], *names: str) -> Row:
    return {name: args[name] for name in names if args.get(name)}


async def _record(product: Product, session: Session, object: str, id: str) -> Record:
    row = await single(session, product, place_of(product, object), id)
    if row is None:
        raise ChoaiError("record_not_found", object=object, id=id)
    return reader_of(product, session, object, await table_of(session, product, object))(row)


async def _invoice(product: Product, session: Session, object: str, id: str) -> Acted:
    """A draft invoice of an order (Zoho's own call) or of an estimate (its lines copied and the estimate named)."""
    invoice = place_of(product, "invoice")
    if object == "salesorder":
        reply = await call(session, product, "POST", "invoices/fromsalesorder", query={"salesorder_id": id})
    else:
        row = await single(session, product, place_of(product, object), id)
        if row is None:
            raise ChoaiError("record_not_found", object=object, id=id)
        lines = [
            {k: v for k, v in line.items() if k != "line_item_id"}
            for line in _repeated("line_items", row["line_items"])
        ]
        body = {"customer_id": row["customer_id"], "invoiced_estimate_id": id, "line_items": lines}
        body |= {k: row[k] for k in ("currency_id", "exchange_rate", "is_inclusive_tax", "notes") if row.get(k)}
        reply = await call(session, product, "POST", invoice.path, json=body)
    made = str(row_in(reply, invoice)[invoice.id])
    return Acted(record=await _record(product, session, object, id), made=("invoice", made))
