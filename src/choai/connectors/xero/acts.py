"""What documents can be told to do, and Xero's webhook calls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from choai.connectors.contract import Acted, Document, Forged, Heard, Reply, Session
from choai.connectors.hooks import mark_of, signed
from choai.connectors.wires import as_day
from choai.connectors.xero.bodies import completed
from choai.connectors.xero.lists import Row, call, place_of, reader_of, rows_by_id, rows_of, table_of
from choai.connectors.xero.spec import BY_NAME, MOVES, PLACES
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.values import Value

_HEARD = {"CONTACT": ("contact",), "INVOICE": ("invoice", "bill"), "CREDITNOTE": ("credit_note",)}
_COPIED = ("Description", "Quantity", "UnitAmount", "ItemCode", "AccountCode", "TaxType", "DiscountRate", "Tracking")


async def act(session: Session, object: str, id: str, action: str, args: Mapping[str, Value]) -> Acted:
    """See ActionSpec: statuses are moved by writing them, the rest are calls of their own."""
    place = place_of(object)
    at = f"{place.path}/{id}"
    status = next((move[3] for move in MOVES.get(object, ()) if move[0] == action), None)
    if status is not None:
        body = {place.id: id, BY_NAME[object].state or "Status": status}
        if place.repeats:
            body = completed(body, await _current(session, object, id), place)
        if place.by_path or place.bare:
            del body[place.id]
        sent = body if place.bare in ("always", "move") else {place.path: [body]}
        return Acted(record=await _record(session, object, await call(session, "POST", at, json=sent)))
    if action == "email":
        await call(session, "POST", f"{at}/Email", json={})
        return Acted()
    if action == "pdf":
        reply = await call(session, "GET", f"{at}/pdf", headers={"Accept": "application/pdf"})
        return Acted(document=Document(reply.body, "application/pdf", f"{id}.pdf"))
    if action == "allocate":
        day = args["date"]
        entry = {
            "Amount": args["amount"],
            "Date": day.isoformat() if isinstance(day, date) else day,
            "Invoice": {"InvoiceID": args["invoice"]},
        }
        await call(session, "PUT", f"{at}/Allocations", json={"Allocations": [entry]})
        return Acted(record=await _record(session, object, await call(session, "GET", at)))
    if action == "invoice":
        return await _invoice(session, id, await _current(session, object, id))
    raise ChoaiError("not_found", name=action)


async def _current(session: Session, object: str, id: str) -> Row:
    rows = await rows_by_id(session, object, place_of(object), [id])
    if not rows:
        raise ChoaiError("record_not_found", object=BY_NAME[object].ja, id=id)
    return rows[0]


async def _record(session: Session, object: str, reply: Reply) -> Record:
    read = reader_of(session, object, await table_of(session, object))
    return read((await rows_of(session, object, reply))[0])


async def _invoice(session: Session, id: str, row: Row) -> Acted:
    """A draft invoice with the quote's lines, and the quote marked as invoiced: Xero does not do it by itself. The key makes a
    repetition within its time answer the same invoice."""
    day = as_day(row["Date"])
    body = {
        "Type": "ACCREC",
        "Contact": {"ContactID": row["Contact"]["ContactID"]},
        "Date": day.isoformat() if day else None,
        "LineAmountTypes": {"INCLUSIVE": "Inclusive", "NOTAX": "NoTax"}.get(
            row.get("LineAmountTypes", ""), "Exclusive"
        ),
        "CurrencyCode": row.get("CurrencyCode"),
        "Reference": row.get("QuoteNumber"),
        "LineItems": [{k: line[k] for k in _COPIED if k in line} for line in row.get("LineItems") or []],
    }
    headers = {"Idempotency-Key": f"choai-quote-{id}"}
    made = await call(session, "PUT", "Invoices", json={"Invoices": [body]}, headers=headers, query={"unitdp": "4"})
    number = str(made.data["Invoices"][0]["InvoiceID"])
    place = PLACES["quote"]
    sent = completed({place.id: id, "Status": "INVOICED"}, row, place)
    told = await _record(session, "quote", await call(session, "POST", f"Quotes/{id}", json={"Quotes": [sent]}))
    return Acted(record=told, made=("invoice", number))


def heard(
    settings: Mapping[str, Any], secrets: Mapping[str, Any], headers: Mapping[str, str], body: bytes
) -> Heard | Forged:
    """A call of Xero's webhooks, "intent to receive" included: an empty list with a good signature. The answer has no body."""
    if not signed(body, secrets.get("webhook_key"), headers.get("x-xero-signature")):
        return Forged(401, "x-xero-signature")
    try:
        told = json.loads(body)
        events = [e for e in told["events"] if isinstance(e, dict)]
    except (ValueError, KeyError, TypeError):
        return Heard({})
    tenant = str(settings.get("tenant_id") or "").lower()
    changed: dict[str, list[str]] = {}
    for event in events:
        if (
            not tenant or str(event.get("tenantId", "")).lower() == tenant
        ):  # one app's hook serves all its organisations
            for object in _HEARD.get(str(event.get("eventCategory")), ()):
                changed.setdefault(object, []).append(str(event.get("resourceId")))
    # a repetition may carry another entropy; the events are the same
    return Heard(changed, mark_of(json.dumps(events, sort_keys=True).encode()))
