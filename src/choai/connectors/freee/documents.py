"""Deals (取引) and expense applications (経費精算) of freee会計.

freee tells neither what changed nor when: the lists are read whole and compared. They name partners, account items and the like
by their ids alone; the names are looked up, each list once per run, as far as the fields are asked for. An update replaces the
rows: those that freee has are read first (one more call) and sent again with the changes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from choai.connectors.batches import afterwards, each
from choai.connectors.contract import Acted, Done, Item, Op, Page, Result, Session, Window
from choai.connectors.fields import Table
from choai.connectors.freee import slips
from choai.connectors.freee.calls import Row, joined, place
from choai.connectors.freee.identify import NOT_OFFERED, envelope
from choai.connectors.freee.lists import WHERE, ask, company, link, listed
from choai.connectors.freee.spec import BY_NAME, DEALS, EXPENSES
from choai.connectors.reading import addresses, demanded, every, matching, reader, texts
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.values import Value

Found = TypeVar("Found")
_KEPT = {  # of the head, what an update repeats
    True: ("issue_date", "due_date", "partner_id", "ref_number"),
    False: ("title", "issue_date", "description", "section_id", "tag_ids", "approval_flow_route_id", "parent_id"),
}
_SEGMENTS = tuple(f"segment_{n}_tag_id" for n in (1, 2, 3))
_FILTERS = {EXPENSES: ("application_number", "title")}
_LARGEST_ID = 2**63 - 1


def table_of(session: Session, object: str) -> Table:
    known = session.account.capabilities if session.account else {}
    axes = tuple(n for n in (1, 2, 3) if known.get(f"segment_{n}"))
    return slips.table(object, axes, object in DEALS and bool(session.settings.get(f"{DEALS[object]}_account")))


# ---------------------------------------------------------------- reading


async def read(session: Session, object: str, window: Window, token: str | None) -> Page:
    """One page of the list, by offset, from the day in the settings on."""
    start = session.settings.get("documents_from")
    return await _page(session, object, window, token, more={"start_issue_date": str(start)} if start else {})


async def _page(session: Session, object: str, window: Window, token: str | None, *, more: Mapping[str, str]) -> Page:
    limit = BY_NAME[object].page_size
    kind = {"type": DEALS[object]} if object in DEALS else {}
    query = {"offset": str(place(token)[0]), "limit": str(limit), **kind, **more}
    page = joined(await listed(session, object, query), token, limit, lambda row: str(row["id"]))
    if page is None:
        return Page([], incomplete="incomplete_answer")
    return Page(await _records(session, object, page[0], window.fields), page[1])


async def find(session: Session, object: str, key: str, values: Sequence[Value]) -> list[Record]:
    """By id one by one, by what freee filters one call each, by anything else through the list. What a filter answers is
    compared: whether it takes parts is not documented."""
    demanded(table_of(session, object), key)
    wanted = texts(values)
    rows: list[Row] = []
    if key == "id":
        numbers = [v for v in wanted if v.isascii() and v.isdigit() and 0 < int(v) <= _LARGEST_ID]
        rows = [row for number in numbers if (row := await _single(session, object, number)) is not None]
    elif key in _FILTERS.get(object, ()):
        limit = BY_NAME[object].page_size
        for value in wanted:
            found = await listed(session, object, {key: value, "limit": str(limit)})
            hits = [row for row in found if row.get(key) == value]
            if len(found) >= limit and not hits:
                raise ChoaiError("incomplete_answer", object=BY_NAME[object].ja, detail=value)
            rows += hits
    else:
        return await _scanned(session, object, key, wanted)
    return await _records(session, object, rows)


async def _scanned(session: Session, object: str, key: str, wanted: list[str]) -> list[Record]:
    """All of the list, whatever day the settings begin with: what was just made may be dated before it."""
    if not wanted:
        return []
    listing = partial(_page, more={})
    return matching(await every(listing, session, object, Window(fields=[key]), BY_NAME[object].ja), key, wanted)


async def _single(session: Session, object: str, id: str) -> Row | None:
    """The document as it is now; None when there is none, or one of the other kind."""
    path, _, one = WHERE[object]
    query = {"company_id": company(session)}
    reply = await ask(session, "GET", f"{path}/{id}", object, query=query, ok=(200, 404))
    row: Row | None = None if reply.status == 404 else envelope(reply, one)
    return row if row is None or object not in DEALS or row.get("type") == DEALS[object] else None


async def _present(session: Session, object: str, id: str) -> Row:
    row = await _single(session, object, id)
    if row is None:
        raise ChoaiError("record_not_found", object=BY_NAME[object].ja, id=id)
    return row


async def _records(
    session: Session, object: str, rows: Sequence[Row], wished: Sequence[str] | None = None
) -> list[Record]:
    known = table_of(session, object)
    flat = [slips.told(object, row) for row in rows]
    await _name(session, known, flat, wished)
    return list(map(reader(session, known, link, object=object, single=False, wished=wished), flat))


async def _written(session: Session, object: str, row: Row) -> Record:
    """What freee answered to a write. It has happened: names that cannot be looked up now must not look like its failure."""
    flat = slips.told(object, row)
    await afterwards(_name(session, table_of(session, object), [flat], None))
    return table_of(session, object).record(flat, link=addresses(session, link, object))


# ---------------------------------------------------------------- names


async def _name(session: Session, known: Table, rows: Sequence[Row], wished: Sequence[str] | None) -> None:
    """Puts {id, name} in the place of the ids, and the applicant's name and mail beside the id."""
    told = [c for c in known.columns if wished is None or c.name in wished]
    for entry in told:
        if entry.inner:
            inner = [line for row in rows for line in row.get(str(entry.path[0])) or []]
            for part in entry.inner:
                await _named(session, str(part.path[0]), inner)
        elif entry.path:
            await _named(session, str(entry.path[0]), rows)
    if any(c.name.startswith("applicant_") and c.name != "applicant_id" for c in told) and rows:
        people = await _people(session)
        for row in rows:
            who = people.get(str(row.get("applicant_id")), {})
            row |= {"applicant_name": who.get("display_name"), "applicant_email": who.get("email")}


async def _named(session: Session, name: str, rows: Sequence[Row]) -> None:
    target = slips.NAMED.get(name)
    held = [row for row in rows if row.get(name)]
    if target is None or not held:
        return
    ids = {str(one) for row in held for one in _many(row[name])}
    names = await _names(session, target, ids)
    for row in held:
        pairs = [{"id": one, "name": names.get(str(one))} for one in _many(row[name])]
        row[name] = pairs if isinstance(row[name], list) else pairs[0]


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


async def _names(session: Session, target: str, ids: set[str]) -> dict[str, str | None]:
    """Names by id. A list is read once, as far as one call gives it; partners beyond it, archived ones too, one by one. Names are
    for people only: what may not be seen has none."""
    memo: dict[str, dict[str, str | None] | None] = session.memo.setdefault("names", {})
    if target not in memo:
        id, name = ("code", "name_ja") if target == "tax_code" else ("id", "name")
        paged = target not in ("account_item", "tax_code", "section")
        rows = await _seen(listed(session, target, {"limit": str(BY_NAME[target].page_size)} if paged else {}))
        memo[target] = None if rows is None else {str(row[id]): str(row[name]) for row in rows}
    known = memo[target]
    if known is None:
        return {}
    if target == "partner":
        path, _, one = WHERE[target]
        for number in ids - known.keys():
            reply = await ask(session, "GET", f"{path}/{number}", target, query=_own(session), ok=(200, 404))
            known[number] = None if reply.status == 404 else str(envelope(reply, one)["name"])
    return known


async def _people(session: Session) -> dict[str, Row]:
    if "people" not in session.memo:
        query = {**_own(session), "limit": "3000"}
        reply = await _seen(ask(session, "GET", "/api/1/users", EXPENSES, query=query))
        found = [] if reply is None else envelope(reply, "users")
        session.memo["people"] = {str(who["id"]): who for who in found}
    people: dict[str, Row] = session.memo["people"]
    return people


async def _seen(call: Awaitable[Found]) -> Found | None:
    """None where plan, user or app may not see it."""
    try:
        return await call
    except ChoaiError as error:
        if error.code not in NOT_OFFERED:
            raise
        return None


def _own(session: Session) -> dict[str, str]:
    return {"company_id": company(session)}


# ---------------------------------------------------------------- writing


async def write(session: Session, object: str, op: Op, items: Sequence[Item]) -> list[Result]:
    """One call per document, two for an update."""
    if op is Op.UPSERT:
        raise ChoaiError("not_writable", field=BY_NAME[object].ja)

    async def one(item: Item) -> Result:
        given = table_of(session, object).body(item.values, creating=op is Op.CREATE)
        current = await _present(session, object, str(item.id)) if op is Op.UPDATE else None
        if item.stamp and current is None:
            given[str(BY_NAME[object].stamp_field)] = item.stamp
        body = await (_deal if object in DEALS else _application)(session, object, given, current)
        row = await _sent(session, object, body, current)
        return Done(item.ref, await _written(session, object, row), created=current is None)

    return await each(items, one)


async def _sent(session: Session, object: str, body: Row, current: Row | None) -> Row:
    path, _, one = WHERE[object]
    own = {"company_id": int(company(session))}
    if current is None:
        reply = await ask(session, "POST", path, object, json=body | own)
    else:
        reply = await ask(session, "PUT", f"{path}/{current['id']}", object, json=body | own)
    row: Row = envelope(reply, one)
    return row


def _head(object: str, given: Row, current: Row | None) -> Row:
    kept = (*_KEPT[object in DEALS], *(() if object in DEALS else _SEGMENTS))
    return {k: current[k] for k in kept if current is not None and current.get(k) is not None} | given


async def _deal(session: Session, object: str, given: Row, current: Row | None) -> Row:
    """The head as a whole, all rows, and the kind, which freee wants to hear although it cannot change."""
    type, total = DEALS[object], given.pop("amount", None)
    body = {**_head(object, given, current), "type": type}
    held = {line["id"]: line for line in (current or {}).get("details") or []}
    lines = given["details"] if "details" in given else _totalled(slips.again(current) if current else [], total)
    body["details"] = slips.details(lines, type, held)
    if any("account_item_id" not in line or "tax_code" not in line for line in body["details"]):
        account = await _default(session, object)
        for line in body["details"]:
            if "account_item_id" not in line:
                line |= {"account_item_id": account["id"]}
            line.setdefault("tax_code", account["default_tax_code"])
    for payment in body.get("payments") or ():
        payment.pop("id", None)
    return body


def _totalled(lines: list[Row], total: int | None) -> list[Row]:
    """One row of a total that came without rows. Raises ``not_writable`` where several rows make up another total."""
    if total is None or sum(line["amount"] for line in lines) == total:
        return lines
    if len(lines) > 1:
        raise ChoaiError("not_writable", field="金額（税込）")
    return [{**(lines[0] if lines else {}), "amount": total}]


async def _default(session: Session, object: str) -> Row:
    """The account item of rows that have none, by the name in the settings."""
    name = str(session.settings.get(f"{DEALS[object]}_account") or "").strip()
    memo: dict[str, Row] = session.memo.setdefault("accounts", {})
    if name and name not in memo:
        memo.update({row["name"]: row for row in await listed(session, "account_item", {})})
    if name not in memo:
        raise ChoaiError("required_missing", field=BY_NAME["account_item"].ja)
    return memo[name]


async def _application(session: Session, object: str, given: Row, current: Row | None) -> Row:
    """Always a draft: the way to approval is gone by actions."""
    lines = given.pop("lines", None)
    body = {**_head(object, given, current), "draft": True}
    if lines is not None:
        held = {line["id"]: line for line in (current or {}).get("purchase_lines") or []}
        body["purchase_lines"] = slips.purchases(lines, held)
    elif current is not None:
        body["purchase_lines"] = slips.once_more(current)
    return body


# ---------------------------------------------------------------- actions


async def act(session: Session, object: str, id: str, action: str, args: Mapping[str, Value]) -> Acted:
    """A payment, or a step of an approval; the step and the round it is in are asked for first."""
    path, _, one = WHERE[object]
    given: Row = {k: slips.sent(v) for k, v in args.items() if v not in (None, "")}
    if action == "pay":
        body = {**given, "company_id": int(company(session))}
        row: Row = envelope(await ask(session, "POST", f"{path}/{id}/payments", object, json=body), one)
    else:
        current = await _present(session, object, id)
        if action == "submit":
            body = await _application(session, object, {}, current) | given | {"draft": False}
            row = await _sent(session, object, body, current)
        else:
            body = {
                "company_id": int(company(session)),
                "approval_action": action,
                "target_step_id": current["current_step_id"],
                "target_round": current["current_round"],
                **given,
            }
            row = envelope(await ask(session, "POST", f"{path}/{id}/actions", object, json=body), one)
    return Acted(record=await _written(session, object, row))
