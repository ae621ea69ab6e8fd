"""Zoho CRM: who, what, reading, writing.

Creates carry the other side's id in a unique field, so that a repetition finds its own record. Zoho's upsert looks at *all*
unique fields of a module, also at those that were not named: it is used where our key is the only one. Otherwise records are
inserted, and one that is there already under our key is updated. What the CRM made of a record is read back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from choai.connectors.batches import afterwards, key_of, mixed, sifted
from choai.connectors.contract import (
    Account,
    Acted,
    Done,
    Gone,
    Item,
    ObjectInfo,
    Op,
    Page,
    Refused,
    Result,
    Session,
    Window,
)
from choai.connectors.fields import Table
from choai.connectors.paging import following, mark, marks, number
from choai.connectors.reading import kept, page
from choai.connectors.zoho.centres import authorise, granted, screens
from choai.connectors.zoho_crm import reading, spec
from choai.connectors.zoho_crm.faults import fault, refusal
from choai.connectors.zoho_crm.forms import LISTED, form
from choai.connectors.zoho_crm.reading import Row, by_ids, rows_in, single, with_lines
from choai.connectors.zoho_crm.spec import API, SPEC
from choai.connectors.zoho_crm.webhooks import heard, subscribe, unsubscribe
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.schema import Schema
from choai.model.values import Kind, Value, is_empty

__all__ = [
    "SPEC", "act", "authorise", "catalogue", "deleted", "describe", "fault", "find", "granted", "heard", "identify", "link",
    "read", "subscribe", "unsubscribe", "write",
]  # fmt: skip

_TABS = {
    "Deals": "Potentials",
    "Sales_Orders": "SalesOrders",
    "Purchase_Orders": "PurchaseOrders",
}  # as addresses say it
_TRIGGERS: Mapping[str, dict[str, list[str]]] = {"workflow": {"trigger": ["workflow"]}, "all": {}}


# ---------------------------------------------------------------- who, what


async def identify(session: Session) -> Account:
    """Two calls: the organisation and the user. Raises ``wrong_company`` when the token is another organisation's."""
    org = rows_in(await session.call("GET", f"{API}/org"), "org")[0]
    users = rows_in(await session.call("GET", f"{API}/users", query={"type": "CurrentUser"}), "users")
    known, user = session.account, users[0] if users else {}
    if known is not None and known.id != str(org["zgid"]):
        raise ChoaiError("wrong_company", name=known.name, other=org.get("company_name") or org["zgid"])
    plan = str((org.get("license_details") or {}).get("paid_type") or "")
    return Account(
        id=str(org["zgid"]),
        name=f"{org.get('company_name') or org['zgid']}"
        + ("" if org.get("type") == "production" else f"（{org.get('type')}）"),
        user_id=str(user.get("id") or "") or None,
        user_name=user.get("full_name"),
        plan=plan or None,
        currency=org.get("iso_code"),
        time_zone=str(user.get("time_zone") or org.get("time_zone") or "Asia/Tokyo"),
        capabilities={"multi_currency": bool(org.get("mc_status"))},
        limits={"day": spec.CREDITS.get(plan, 50_000), "concurrent": spec.CALLS.get(plan, 20)},
    )


async def catalogue(session: Session) -> list[ObjectInfo]:
    """The modules that this user sees, custom views of those that hold partners and people, and the lists."""
    here = {m["api_name"]: m for m in await _modules(session) if m["api_supported"]}
    found = []
    for entry in spec.MODULES:
        seen = here.get(entry.name)
        hidden = seen is None or seen["status"] != "visible"
        reason = "object_not_found" if hidden else None if (seen or {})["viewable"] else "no_permission"
        label = (seen or {}).get("plural_label") or entry.ja
        found.append(
            ObjectInfo(entry.name, label, entry.en if label == entry.ja else label, entry.name, reason is None, reason)
        )
    for entry in spec.VIEWED:
        if any(o.name == entry.name and o.available for o in found):
            views = await session.call("GET", f"{API}/settings/custom_views", query={"module": entry.name})
            for view in rows_in(views, "custom_views"):
                ja, en = f"{entry.ja}（{view['display_value']}）", f"{entry.en} ({view['display_value']})"
                found.append(ObjectInfo(f"{entry.name}@{view['id']}", ja, en, f"{entry.name}@*"))
    found += [ObjectInfo(name, o.ja, o.en, name) for name in spec.LISTS if (o := spec.BY_NAME[name])]
    return found + [
        ObjectInfo(name, m["plural_label"], m["plural_label"], "*")
        for name, m in here.items()
        if m["generated_type"] == "custom" and m["viewable"] and m["status"] == "visible"
    ]


async def _modules(session: Session) -> list[Row]:
    async def make() -> list[Row]:
        return rows_in(await session.call("GET", f"{API}/settings/modules"), "modules")

    return await kept(session, "modules", make)


def link(settings: Mapping[str, Any], account: Account | None, object: str, id: str) -> str | None:
    module, _ = spec.split(object)
    if account is None or module in spec.LISTS:
        return None
    return f"{screens(settings, 'crm')}/crm/org{account.id}/tab/{_TABS.get(module, module)}/{id}"


async def describe(session: Session, object: str, known: Schema | None = None) -> Schema:
    """Two calls, and one for each list of line items."""
    return (await _table(session, object, fresh=True)).schema()


async def _table(session: Session, object: str, *, fresh: bool = False) -> Table:
    if object in LISTED:
        return LISTED[object]

    async def make() -> Table:
        module, _ = spec.split(object)
        fields = await _fields(session, module)
        inner = {}
        for props in fields:
            if props["data_type"] == "subform" and (to := props.get("associated_module")):
                inner[props["api_name"]] = await _fields(session, to["module"])
        asked = {"module": module}
        layouts = await session.call("GET", f"{API}/settings/layouts", query=asked, ok=(200, 204, 400, 403))
        first = rows_in(layouts, "layouts")[:1] if layouts.status == 200 else []
        must = {f["api_name"] for at in first for part in at["sections"] for f in part["fields"] if f.get("required")}
        return form(object, module, fields, inner, must)

    return await kept(session, f"table:{object}", make, fresh=fresh)


async def _fields(session: Session, module: str) -> list[Row]:
    return rows_in(await session.call("GET", f"{API}/settings/fields", query={"module": module}), "fields")


# ---------------------------------------------------------------- reading


async def read(session: Session, object: str, window: Window, token: str | None) -> Page:
    """``token`` holds Zoho's page token and the last id before it, or only that; of a bulk read its job and place."""
    known, (module, view), place = await _table(session, object), spec.split(object), marks(token)
    if object in LISTED:
        return await _list(session, object, window, token)
    names, whole, next = reading.names_of(known, window.fields), with_lines(known, window.fields), None
    rows: list[Row] | None = None
    if token is None and window.patient and window.since is None and window.ids is None and not (whole or view):
        begun = await reading.job(session, module, names)
        if begun is not None:
            return Page([], begun, wait_seconds=spec.BULK_WAIT)
    if "job" in place and (told := await reading.exported(session, known, window, place)) is not None:
        return told
    if window.ids is not None:
        rows = await by_ids(session, module, names, window.ids, whole=whole)
    elif "after" not in place and not (whole and not view):
        try:
            rows, next = await reading.listed(session, object, names, window, place)
        except ChoaiError as error:
            if view or "last" not in place or error.facts.get("vendor_code") not in reading.LOST:
                raise
        if rows and whole:
            rows = await by_ids(session, module, names, [str(r["id"]) for r in rows], whole=True)
    if rows is None:  # line items, or the page token has come to its end
        most = spec.DETAILED if whole else spec.PAGE
        ids = await reading.ids_after(
            session, module, place.get("after") or place.get("last") or "", window.since, most
        )
        rows = await by_ids(session, module, names, ids, whole=whole)
        next = mark(after=ids[-1]) if len(ids) == most else None
    return page(list(map(known.reader(single=whole, wished=window.fields), rows)), next)


async def _list(session: Session, object: str, window: Window, token: str | None) -> Page:
    path, key, query = spec.LISTS[object]
    at = number(token)
    more = {"page": str(at), "per_page": str(spec.PAGE)} if object == "users" else {}
    reply = await session.call("GET", f"{API}/{path}", query={**query, **more})
    records = list(map(LISTED[object].reader(wished=window.fields), rows_in(reply, key)))
    wanted = records if window.ids is None else [r for r in records if r.id in window.ids]
    return Page(wanted, following(at, bool(more) and bool(reading.info_of(reply).get("more_records"))))


async def find(session: Session, object: str, key: str, values: Sequence[Value]) -> list[Record]:
    """By COQL, which knows a record at once (Zoho's search does not). Raises ``field_not_found``, also for fields that cannot be
    asked for."""
    known, (module, _) = await _table(session, object), spec.split(object)
    column, wanted = known.get(key), [v for v in values if not is_empty(v)]
    if object in LISTED:
        held = (await _list(session, object, Window(), None)).records
        return [r for r in held if r.values.get(key) in wanted]
    if column is None or column.field.kind in (Kind.ROWS, Kind.LONG_TEXT, Kind.CHOICES):
        raise ChoaiError("field_not_found", object=object, field=key)
    sent = [known.sent(column, v) for v in wanted]
    ids = [str(v) for v in sent] if key == "id" else await reading.ids_where(session, module, key, sent)
    whole = with_lines(known, None)
    rows = await by_ids(session, module, reading.names_of(known, None), ids, whole=whole)
    return [r for row in rows if (r := known.record(row, single=whole)).values.get(key) in wanted]


async def deleted(session: Session, object: str, since: datetime, token: str | None) -> Gone:
    """From the recycle bin, and beyond it what was deleted for good; both are kept for a while only."""
    module, _ = spec.split(object)
    at = number(token)
    query = {"type": "all", "page": str(at), "per_page": str(spec.PAGE)}
    headers = {"If-Modified-Since": reading.instant(since - timedelta(seconds=1))}
    reply = await session.call("GET", f"{API}/{module}/deleted", query=query, headers=headers, ok=(200, 204, 304))
    short = "incomplete_answer" if since < session.now() - timedelta(days=spec.KEPT_DAYS) else None
    more = bool(reading.info_of(reply).get("more_records"))
    return Gone([str(row["id"]) for row in rows_in(reply)], following(at, more), short)


# ---------------------------------------------------------------- writing


async def write(session: Session, object: str, op: Op, items: Sequence[Item]) -> list[Result]:
    """The write, and the reading back of what it made. Updates of line items read the record first, because Zoho keeps rows that
    are not named."""
    if len(items) > spec.BATCH:
        raise ValueError(f"at most {spec.BATCH} records in one call")
    known, (module, _) = await _table(session, object), spec.split(object)
    return await sifted(items, partial(_row, known, op), partial(_send, session, known, module, op))


def _row(known: Table, op: Op, item: Item) -> Row:
    row = known.body(item.values, creating=op is not Op.UPDATE)
    if op is Op.UPDATE:
        return {**row, "id": item.id}
    if op is Op.UPSERT:
        name, value = key_of(known, item)
        row[name] = value
    return row


async def _send(  # noqa: PLR0917  (what a write is, and its records)
    session: Session, known: Table, module: str, op: Op, items: list[Item], rows: list[Row]
) -> list[Result]:
    own = {c.name for c in known.columns if c.inner}
    if op is Op.UPDATE and own:
        rows = [await _laid_over(session, module, row, own & row.keys()) for row in rows]
    key = (items[0].key or ("", None))[0] if op is Op.UPSERT else ""
    alone = key and not {c.name for c in known.columns if c.field.unique and c.field.writable} - {key}
    answers = await _put(session, module, op, rows, {"duplicate_check_fields": [key]} if alone else None)
    if op is Op.UPSERT and not alone:
        again = [n for n, entry in enumerate(answers) if _taken(entry) == key]
        if again:
            held = [{**rows[n], "id": answers[n]["details"]["duplicate_record"]["id"]} for n in again]
            for n, entry in zip(again, await _put(session, module, Op.UPDATE, held), strict=True):
                answers[n] = {**entry, "action": "update"}
    results = mixed(items, answers, partial(_judged, op))
    whole = any(row.get(name) for row in rows for name in own)
    stamps = {r.record.id: r.record.changed_at for r in results if isinstance(r, Done)}
    back = await afterwards(_read_back(session, known, module, list(stamps), whole)) or {}
    return [_done(r, back.get(r.record.id)) if isinstance(r, Done) else r for r in results]


async def _put(session: Session, module: str, op: Op, rows: list[Row], upsert: Row | None = None) -> list[Row]:
    """The answers, one per record. Raises what is wrong with the whole request."""
    body = {"data": rows, **(upsert or {}), **_TRIGGERS.get(str(session.settings.get("triggers")), {"trigger": []})}
    path = f"{API}/{module}{'/upsert' if upsert else ''}"
    reply = await session.call("PUT" if op is Op.UPDATE else "POST", path, json=body, ok=(200, 201, 202, 207, 400))
    answers = reply.data.get("data") if isinstance(reply.data, dict) else None
    if not isinstance(answers, list) or len(answers) != len(rows):
        raise fault(reply)
    return answers


async def _laid_over(session: Session, module: str, row: Row, names: set[str]) -> Row:
    """Rows of line items that the record has and the update does not name, told to go."""
    held = await single(session, module, str(row["id"])) if names else None
    for name in names if held else ():
        told = {line.get("id") for line in row[name] or ()}
        gone = [{"id": line["id"], "_delete": None} for line in (held or {}).get(name) or () if line["id"] not in told]
        row = {**row, name: [*(row[name] or ()), *gone]}
    return row


def _taken(entry: Any) -> str | None:
    """The unique field under which the record is there already."""
    details = entry.get("details") if isinstance(entry, dict) and entry.get("code") == "DUPLICATE_DATA" else None
    return details.get("api_name") if isinstance(details, dict) and details.get("duplicate_record") else None


def _judged(op: Op, item: Item, entry: Any) -> Result:
    if not isinstance(entry, dict):
        raise ChoaiError("unexpected_answer", detail=type(entry).__name__)
    if entry.get("code") != "SUCCESS":
        return Refused(item.ref, refusal(entry))
    details = entry["details"]
    at = datetime.fromisoformat(details["Modified_Time"])
    made = op is Op.CREATE or (op is Op.UPSERT and entry.get("action") != "update")
    return Done(item.ref, Record(str(details["id"]), dict(item.values), changed_at=at), made, complete=False)


async def _read_back(session: Session, known: Table, module: str, ids: list[str], whole: bool) -> dict[str, Record]:
    rows = await by_ids(session, module, reading.names_of(known, None), ids, whole=whole)
    return {str(row["id"]): known.record(row, single=whole) for row in rows}


def _done(done: Done, held: Record | None) -> Done:
    """A change since then, by a person or a workflow, must not become the base."""
    if held is None or held.changed_at != done.record.changed_at:
        return done
    return Done(done.ref, held, done.created)


# ---------------------------------------------------------------- actions


async def act(session: Session, object: str, id: str, action: str, args: Mapping[str, Value]) -> Acted:
    """Convert a quote or an order."""
    makes = next((a.makes for a in spec.BY_NAME[object].actions if a.name == action), None)
    own = next((m["id"] for m in await _modules(session) if m["api_name"] == makes), None)
    if makes is None or own is None:
        raise ChoaiError("not_found", name=action)
    body = {"data": [{"convert_to": [{"module": {"api_name": makes, "id": own}, "carry_over_tags": True}]}]}
    reply = await session.call("POST", f"{API}/{object}/{id}/actions/convert", json=body)
    (entry,) = rows_in(reply)
    if entry.get("code") != "SUCCESS":
        raise refusal(entry)
    return Acted(made=(makes, str(entry["details"][makes]["id"])))
