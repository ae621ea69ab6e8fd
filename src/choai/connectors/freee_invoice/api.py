"""Reading and writing freee請求書.

Masters (取引先 …) are those of freee会計 and go its way. Of documents freee tells neither what changed nor when: lists are read
whole and compared. An update replaces the document: what freee has is read first, and sent again together with the changes (one
more call). The draft of the deal (勘定科目 … of the lines) is told by the answer to a write alone, so that an update without
lines empties it; documents that are registered as deals are not touched unless the setting ``registered_updates`` allows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from choai.connectors.batches import each
from choai.connectors.contract import (
    Account,
    Acted,
    Done,
    Item,
    ObjectInfo,
    Op,
    Page,
    Reply,
    Result,
    Session,
    Window,
)
from choai.connectors.fields import Table
from choai.connectors.freee import api as accounting
from choai.connectors.freee import identify as companies
from choai.connectors.freee.api import authorise, granted
from choai.connectors.freee.calls import Row, call, company_of, joined, place
from choai.connectors.freee.faults import fault
from choai.connectors.freee.identify import envelope
from choai.connectors.freee_invoice.spec import (
    BY_NAME,
    MASTERS,
    OBJECTS,
    PAPERS,
    SCOPE,
    SPEC,
    TEMPLATES,
    WEB_URL,
    Paper,
)
from choai.connectors.freee_invoice.tables import kept, sent_line, table, told, with_forward
from choai.connectors.reading import demanded, every, matching, offered, reader, texts
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.schema import Schema
from choai.model.values import Value

__all__ = [
    "SPEC", "act", "authorise", "catalogue", "describe", "fault", "find", "granted", "identify", "link", "read", "write",
]  # fmt: skip

_NOT_OFFERED = ("company_not_found", "no_permission", "app_permission_missing", "freee_plan_limit", "record_not_found")
_DEFAULTS = ("tax_entry_method", "tax_fraction", "withholding_tax_entry_method", "partner_title")
_LARGEST_ID = 2_147_483_647  # of a document's path
_FEW = 5  # numbers up to which documents are asked for one by one
_LONGEST_NUMBER = 255


async def identify(session: Session) -> Account:
    """Who is asked for as in freee会計; one call more tells whether the company and the app may use freee請求書."""
    account = await companies.company_only(session)
    account.capabilities.pop("scheduled_sync", None)  # a rule about segments, not about documents
    account.capabilities["invoice"] = True
    try:
        await _call(session, "GET", "invoice", "/templates", query={"company_id": account.id})
    except ChoaiError as error:
        if error.code not in _NOT_OFFERED:
            raise
        account.capabilities["invoice"] = False
        account.reasons["invoice"] = "freee_invoice_not_ready"
    return account


async def catalogue(session: Session) -> list[ObjectInfo]:
    """Documents, their templates, and the masters of freee会計 that they name."""
    account = session.account
    masters = {info.name: info for info in await accounting.catalogue(session)}
    here = account is None or account.capabilities.get("invoice", True)
    return [
        masters.get(info.name) or info
        for info in offered(OBJECTS, lambda _: None if here else "freee_invoice_not_ready")
    ]


async def describe(session: Session, object: str, known: Schema | None = None) -> Schema:
    """No call: the fields are fixed but for the numbering, which is a setting."""
    if object in MASTERS:
        return await accounting.describe(session, object, known)
    return _table(session, object).schema()


def _paper(object: str) -> Paper:
    """Raises ``object_not_found``."""
    found = PAPERS.get(object) or TEMPLATES.get(object)
    if found is None:
        raise ChoaiError("object_not_found", object=object)
    return found


def _table(session: Session, object: str) -> Table:
    _paper(object)
    return table(object, session.settings.get("numbering") == "manual")


# ---------------------------------------------------------------- reading


async def read(session: Session, object: str, window: Window, token: str | None) -> Page:
    """One page of the list, by offset. With the setting ``read_lines`` each of its documents is read, if its lines are wished."""
    if object in MASTERS:
        return await accounting.read(session, object, window, token)
    paper, company = _paper(object), company_of(session, SPEC.ja)
    if object in TEMPLATES:
        rows = envelope(await _call(session, "GET", object, "/templates", query={"company_id": company}), "templates")
        return Page(list(map(_reader(session, object, window.fields), rows)))
    limit = BY_NAME[object].page_size
    query = {"company_id": company, "offset": str(place(token)[0]), "limit": str(limit)}
    listed = envelope(await _call(session, "GET", object, "", query=query), paper.path)
    page = joined(listed, token, limit, lambda row: str(row["id"]))
    if page is None:
        return Page([], incomplete="incomplete_answer")
    rows = list(page[0])
    if session.settings.get("read_lines") == "yes" and (window.fields is None or "lines" in window.fields):
        found = [await _single(session, object, str(row["id"])) for row in rows]
        rows = [row for row in found if row is not None]
    return Page(list(map(_reader(session, object, window.fields), rows)), page[1])


async def find(session: Session, object: str, key: str, values: Sequence[Value]) -> list[Record]:
    """Documents by id or number with few calls; by anything else, and by many numbers, through the list."""
    if object in MASTERS:
        return await accounting.find(session, object, key, values)
    demanded(_table(session, object), key)
    wanted = texts(values)
    if object in PAPERS and key == "id":
        numbers = [v for v in wanted if v.isascii() and v.isdigit() and 0 < int(v) <= _LARGEST_ID]
        found = [await _single(session, object, number) for number in numbers]
        return [_reader(session, object)(row) for row in found if row is not None]
    if object in PAPERS and key == PAPERS[object].number and len(wanted) <= _FEW:
        return await _by_number(session, object, [v for v in wanted if len(v) <= _LONGEST_NUMBER])
    if not wanted:
        return []
    return matching(await every(read, session, object, Window(fields=[key]), BY_NAME[object].ja), key, wanted)


async def _by_number(session: Session, object: str, wanted: Sequence[str]) -> list[Record]:
    """Whether the filter takes parts of a number is not documented: what it answers is compared."""
    paper, rows = PAPERS[object], []
    for value in wanted:
        limit = BY_NAME[object].page_size
        query = {"company_id": company_of(session, SPEC.ja), paper.number: value, "limit": str(limit)}
        found: list[Row] = envelope(await _call(session, "GET", object, "", query=query), paper.path)
        hits = [row for row in found if row.get(paper.number) == value]
        if not hits and len(found) >= limit:
            raise ChoaiError("incomplete_answer", object=paper.ja, detail=value)
        rows += hits
    return list(map(_reader(session, object), rows))


async def _single(session: Session, object: str, id: str) -> Row | None:
    """A document as it is now, lines included; None when there is none."""
    query = {"company_id": company_of(session, SPEC.ja)}
    reply = await _call(session, "GET", object, f"/{id}", query=query, ok=(200, 404))
    return None if reply.status == 404 else envelope(reply, _paper(object).one)


# ---------------------------------------------------------------- writing


async def write(session: Session, object: str, op: Op, items: Sequence[Item]) -> list[Result]:
    """One call per document, two for an update."""
    if object in MASTERS:
        return await accounting.write(session, object, op, items)
    if object not in PAPERS or op is Op.UPSERT:
        raise ChoaiError("not_writable", field=BY_NAME[object].ja if object in BY_NAME else object)
    return await each(items, lambda item: _write(session, object, op, item))


async def _write(session: Session, object: str, op: Op, item: Item) -> Result:
    paper, known = PAPERS[object], _table(session, object)
    company = {"company_id": int(company_of(session, SPEC.ja))}
    given = known.body(item.values, creating=op is Op.CREATE)
    if "lines" in given:
        given["lines"] = [sent_line(line) for line in given["lines"] or []]
    if op is Op.CREATE:
        body = {name: session.settings.get(name) for name in _DEFAULTS} | given
        if paper.note in item.values:
            body[paper.note] = item.values[paper.note] or ""  # left out, freee would fill in its own
        if item.stamp:
            body["memo"] = item.stamp
        reply = await _call(session, "POST", object, "", json=with_forward(body) | company)
    else:
        body = await _whole(session, object, str(item.id), given)
        reply = await _call(session, "PUT", object, f"/{item.id}", json=with_forward(body) | company)
    row = envelope(reply, paper.one)
    return Done(item.ref, _reader(session, object)(row), created=op is Op.CREATE)


async def _whole(session: Session, object: str, id: str, given: Mapping[str, Any]) -> Row:
    """What freee has, with the changes laid over it. Emptied is left out: the note, which then would be filled in, is sent."""
    paper = PAPERS[object]
    row = await _single(session, object, id)
    if row is None:
        raise ChoaiError("record_not_found", object=paper.ja, id=id)
    if row.get("deal_status") == "registered" and session.settings.get("registered_updates") != "allow":
        raise ChoaiError("registered_as_deal", object=paper.ja, number=row.get(paper.number))
    others = "partner_id" in given and given["partner_id"] != row.get("partner_id")
    body = {**kept(row, _table(session, object), paper, others), **given}
    emptied = {name for name, value in body.items() if value is None}
    return {name: value for name, value in body.items() if name not in emptied} | (
        {paper.note: ""} if paper.note in emptied else {}
    )


async def act(session: Session, object: str, id: str, action: str, args: Mapping[str, Value]) -> Acted:
    """Cancel, or undo that. Two calls: freee answers the status alone."""
    if object not in PAPERS or action not in {a.name for a in BY_NAME[object].actions}:
        raise ChoaiError("not_found", name=action)
    company = int(company_of(session, SPEC.ja))
    await _call(session, "PUT", object, f"/{id}/{action}", json={"company_id": company})
    row = await _single(session, object, id)
    if row is None:
        raise ChoaiError("record_not_found", object=PAPERS[object].ja, id=id)
    return Acted(record=_reader(session, object)(row))


# ---------------------------------------------------------------- the rest


async def _call(session: Session, method: str, object: str, rest: str, **more: Any) -> Reply:
    paper = _paper(object)
    return await call(session, method, f"/iv/{paper.path}{rest}", paper.ja, scope=SCOPE, **more)


def _reader(session: Session, object: str, wished: Sequence[str] | None = None) -> Callable[[Row], Record]:
    read = reader(session, _table(session, object), link, object=object, single=False, wished=wished)
    return lambda row: read(told(row))


def link(settings: Mapping[str, Any], account: Account | None, object: str, id: str) -> str | None:
    """The document's page as freee's own ``report_url`` names it; masters have theirs in freee会計."""
    web = str(settings.get("web_url") or WEB_URL).rstrip("/")
    if object in PAPERS:
        return f"{web}/reports/{PAPERS[object].path}/{id}"
    if object in MASTERS:
        at = {**settings, "web_url": None if web == WEB_URL else web}
        return accounting.link(at, account, object, id)
    return None
