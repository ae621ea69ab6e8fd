"""Reading and writing kintone.

Pages follow ``$id``: that works with every kind of authorisation, has no ceiling and can be repeated. The cursor API is not
used, because an environment has ten cursors, shared by all its integrations, and OAuth has none. Each page asks for
the number of records that are left, so that a page cut short is not taken for the last one.

A write is one call for up to 100 records, all or nothing. Its answer tells ids and revisions only, while kintone trims,
converts, looks up and calculates: a second call reads the records back, so that ``Done.record`` is what kintone holds. A
record that somebody changed in between, or a failed second call, gives ``complete=False``.

Field codes that kintone does not know are ignored by it without a word. Every write is therefore checked against the form,
which the session keeps from ``describe``, and looked for in what is read back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

from choai.connectors.batches import afterwards, key_of, sifted
from choai.connectors.contract import (
    Account,
    Done,
    Item,
    ObjectInfo,
    Op,
    Page,
    Refused,
    Reply,
    Result,
    Session,
    Untried,
    Window,
)
from choai.connectors.fields import Table
from choai.connectors.kintone import queries
from choai.connectors.kintone.addresses import app_of, authorise, base, guest_spaces, link, path_of, token_apps
from choai.connectors.kintone.faults import fault
from choai.connectors.kintone.forms import Form, form, reused
from choai.connectors.kintone.spec import BATCH, DAILY, SPEC
from choai.connectors.kintone.values import number
from choai.connectors.kintone.webhooks import heard
from choai.connectors.reading import demanded, kept, page
from choai.connectors.wires import instant
from choai.errors import ChoaiError, Recovery
from choai.model.record import Record
from choai.model.schema import Schema
from choai.model.values import Kind, Value, is_empty

__all__ = [
    "SPEC", "authorise", "catalogue", "describe", "fault", "find", "granted", "heard", "identify", "link", "read", "write",
]  # fmt: skip

LIST_IN_ADDRESS = 100  # fields[0] … fields[99]
LONGEST_QUERY = 3500  # beyond it the parameters go in a body: kintone refuses addresses of about 8 KB
APPS_PAGE, APPS_PAGES = 100, 10

_LOOKUPS = ("lookup_failed", "lookup_not_unique")

# What makes one app unavailable and leaves the others alone.
_UNAVAILABLE = ("app_not_found", "api_token_invalid", "token_permission_missing", "no_permission")


# ---------------------------------------------------------------- who and what


async def identify(session: Session) -> Account:
    """One call that proves the authorisation: the first app of the tokens, or one row of the list of apps."""
    apps = token_apps(session.settings)
    host = urlsplit(base(session.settings)).hostname or ""
    name = str(session.settings.get("domain") or host)
    if apps:
        await _get(session, apps[0], "app.json", {"id": app_of(apps[0])})
    else:
        await _get(session, None, "apps.json", {"limit": "1"})
    login = session.settings.get("login")
    return Account(
        id=name,
        name=name,
        user_id=str(login) if login and not apps else None,
        user_name=str(login) if login and not apps else None,
        plan=str(session.settings.get("course") or "standard"),
        capabilities={"list_apps": not apps},
        limits={"day": DAILY.get(str(session.settings.get("course")), DAILY["standard"])},
    )


async def catalogue(session: Session) -> list[ObjectInfo]:
    """The apps. API tokens cannot list them, so the ids come from the settings: one call each. A person's apps are listed
    page by page here and not by the engine, because this is no stream of records: 1,000 apps at most."""
    apps = token_apps(session.settings)
    if apps:
        return [await _one_app(session, app) for app in apps]
    found: list[ObjectInfo] = []
    for space in ("", *guest_spaces(session.settings)):
        for nth in range(APPS_PAGES):
            query = {"limit": str(APPS_PAGE), "offset": str(nth * APPS_PAGE)}
            rows = (await _get(session, None, "apps.json", query, space=space)).data["apps"]
            found.extend(_info(f"app:{row['appId']}" + (f"@{space}" if space else ""), row) for row in rows)
            if len(rows) < APPS_PAGE:
                break
    return found


async def _one_app(session: Session, object: str) -> ObjectInfo:
    try:
        return _info(object, (await _get(session, object, "app.json", {"id": app_of(object)})).data)
    except ChoaiError as error:
        if error.code not in _UNAVAILABLE:
            raise
        name = f"アプリ {app_of(object)}", f"App {app_of(object)}"
        return ObjectInfo(object, *name, spec="app:*", available=False, reason=error.code)


def _info(object: str, row: Mapping[str, Any]) -> ObjectInfo:
    note = row.get("description") or None
    return ObjectInfo(object, row["name"], row["name"], spec="app:*", note=note[:200] if note else None)


async def describe(session: Session, object: str, known: Schema | None = None) -> Schema:
    """The form as it is now: one call while the app's settings keep the revision that is known, else two (labels in
    Japanese and in English)."""
    made = await kept(session, f"form:{object}", lambda: _made(session, object, known), fresh=True)
    return made.schema


async def _made(session: Session, object: str, known: Schema | None = None) -> Form:
    japanese = await _fields(session, object, "ja")
    if known is not None and known.revision == str(japanese["revision"]):
        return reused(known, japanese)
    return form(object, japanese, await _fields(session, object, "en"))


async def _fields(session: Session, object: str, language: str) -> Any:
    return (await _get(session, object, "app/form/fields.json", {"app": app_of(object), "lang": language})).data


async def _form(session: Session, object: str) -> Form:
    return await kept(session, f"form:{object}", lambda: _made(session, object))


# ---------------------------------------------------------------- reading


async def read(session: Session, object: str, window: Window, token: str | None) -> Page:
    """Up to 500 records in the order of their ids. ``token`` is the last id of the page before."""
    made = await _form(session, object)
    conditions = []
    if window.ids is not None:
        conditions.append(queries.one_of("$id", window.ids))
    if window.since is not None and made.updated:
        conditions.append(queries.since(made.updated, instant(window.since)))
    wanted = None if window.fields is None else [f for f in window.fields if made.readable(f)]
    reply = await _records(session, object, queries.page(conditions, token), wanted)
    records = list(map(made.table.reader(), reply.data["records"]))
    left = int(reply.data["totalCount"] or 0)
    warned = "x-cybozu-warning" in reply.headers
    return page(
        records,
        records[-1].id if records and left > len(records) else None,
        total=left if token is None else None,
        incomplete="incomplete_answer" if warned or (left and not records) else None,
    )


async def find(session: Session, object: str, key: str, values: Sequence[Value]) -> list[Record]:
    """Records whose field equals one of the values exactly, in one call. Raises ``field_not_found``, and ``incomplete_answer``
    when more than 500 records have one of these values."""
    made = await _form(session, object)
    column = demanded(made.table, key)
    texts = [str(made.table.sent(column, v)) for v in values if not is_empty(v)]
    if not texts:
        return []
    reply = await _records(session, object, queries.page([queries.one_of(key, texts)], None), None)
    if int(reply.data["totalCount"] or 0) > len(reply.data["records"]):
        raise ChoaiError("incomplete_answer", object=object, field=key)
    found = list(map(made.table.reader(), reply.data["records"]))
    if column.field.kind is Kind.DECIMAL:
        numbers = {number(t) for t in texts}
        return [r for r in found if r.values.get(key) in numbers]
    return [r for r in found if r.values.get(key) in texts]


async def _records(session: Session, object: str, query: str, wanted: Sequence[str] | None) -> Reply:
    """records.json with what identifies a record always among the fields."""
    parameters: dict[str, Any] = {"app": app_of(object), "query": query, "totalCount": "true"}
    if wanted is not None:
        updated = (await _form(session, object)).updated
        parameters["fields"] = list(dict.fromkeys([*wanted, "$id", "$revision", *([updated] if updated else [])]))
    try:
        return await _get(session, object, "records.json", parameters)
    except ChoaiError as error:
        if error.code in ("field_not_found", "schema_drift"):
            session.memo.pop(f"form:{object}", None)
        raise


# ---------------------------------------------------------------- writing


async def write(session: Session, object: str, op: Op, items: Sequence[Item]) -> list[Result]:
    """Two calls: the write, and the reading back of what it made."""
    if len(items) > BATCH:
        raise ValueError(f"at most {BATCH} records in one call")
    known = (await _form(session, object)).table

    async def send(ready: list[Item], rows: list[Any]) -> list[Result]:
        return await _send(session, object, op, list(zip(ready, rows, strict=True)))

    return await sifted(items, lambda item: _row(known, op, item), send)


def _row(known: Table, op: Op, item: Item) -> dict[str, Any]:
    values = item.values
    if op is Op.CREATE:
        return known.body(values, creating=True)
    if op is Op.UPDATE:
        row: dict[str, Any] = {"id": item.id, "record": known.body(values, creating=False)}
        return {**row, "revision": item.revision} if item.revision else row
    key, value = key_of(known, item)
    others = {name: v for name, v in values.items() if name != key}
    return {"updateKey": {"field": key, "value": value}, "record": known.body(others, creating=True)}


async def _send(session: Session, object: str, op: Op, rows: Sequence[tuple[Item, dict[str, Any]]]) -> list[Result]:
    body: dict[str, Any] = {"app": app_of(object), "records": [row for _, row in rows]}
    if op is Op.UPSERT:
        body["upsert"] = True
    method = "POST" if op is Op.CREATE else "PUT"
    path = path_of(object, "records.json")
    try:
        answer = (await session.call(method, path, json=body, scope=object, effect=True)).data
        if not isinstance(answer, dict):
            raise ChoaiError("unknown_result", detail="no JSON")
    except ChoaiError as error:
        if error.recovery is not Recovery.SKIP or error.code == "unknown_result":
            session.memo.pop(f"form:{object}", None)  # perhaps the form changed: look again next time
            raise
        return _refused([item for item, _ in rows], _told(await _form(session, object), rows[0][0], error))
    if op is Op.CREATE:
        made = [(i, r, True) for i, r in zip(answer["ids"], answer["revisions"], strict=True)]
    else:
        made = [(r["id"], r["revision"], r.get("operation") == "INSERT") for r in answer["records"]]
    back = await afterwards(read(session, object, Window(ids=[row[0] for row in made]), None))
    held = {r.id: r for r in back.records} if back else {}
    done = [_done(item, held.get(row[0]), row) for (item, _), row in zip(rows, made, strict=True)]
    if any(not item.values.keys() <= one.record.values.keys() for (item, _), one in zip(rows, done, strict=True)):
        session.memo.pop(f"form:{object}", None)  # kintone did not take a field: the form has changed since it was read
    return list(done)


def _told(made: Form, item: Item, error: ChoaiError) -> ChoaiError:
    """kintone names neither field nor value of a lookup that failed: they are clear when the record has only one."""
    if error.code not in _LOOKUPS:
        return error
    lookups = [
        (n, v) for n, v in item.values.items() if (f := made.schema.get(n)) and (f.target or "").startswith("app:")
    ]
    found = [(made.schema.get(n), v) for n, v in lookups if not is_empty(v)]
    label = "、".join(f.ja for f, _ in found if f is not None)
    value = "、".join(str(v) for _, v in found)
    return ChoaiError(error.code, **{**error.facts, "field": label or "–", "value": value or "–"})


def _refused(items: Sequence[Item], error: ChoaiError) -> list[Result]:
    """The rows that kintone named are refused, the rest was not tried; without a name nobody knows whose fault it was."""
    rows: Mapping[str, Sequence[str]] = error.facts.get("rows") or {}  # type: ignore[assignment]  # as fault() made it
    facts = {name: v for name, v in error.facts.items() if name != "rows"}
    if len(items) == 1:
        return [Refused(items[0].ref, ChoaiError(error.code, **facts))]
    out: list[Result] = []
    for at, item in enumerate(items):
        named = rows.get(str(at))
        if named is None:
            out.append(Untried(item.ref))
        else:
            out.append(Refused(item.ref, ChoaiError(error.code, **{**facts, "field": named[0], "detail": named[1]})))
    return out


def _done(item: Item, held: Record | None, made: tuple[str, str, bool]) -> Done:
    """``held`` with another revision than the write gave holds somebody's later change, which must not become the base."""
    number, revision, created = made
    if held is not None and held.revision == revision:
        return Done(item.ref, held, created)
    return Done(item.ref, Record(number, dict(item.values), revision), created, complete=False)


def granted(token: Mapping[str, Any]) -> dict[str, Any]:
    """kintone tells nothing about the account with its token."""
    return {}


async def _get(
    session: Session,
    object: str | None,
    resource: str,
    parameters: Mapping[str, Any],
    *,
    space: str | None = None,
) -> Reply:
    """A read. Long parameters travel as a POST that says it is a GET. A GET must not carry a content type."""
    pairs: list[tuple[str, str]] = []
    for name, value in parameters.items():
        pairs += [(f"{name}[{n}]", v) for n, v in enumerate(value)] if isinstance(value, list) else [(name, str(value))]
    path = path_of(object, resource, space)
    longest_list = max((len(v) for v in parameters.values() if isinstance(v, list)), default=0)
    if len(urlencode(pairs)) <= LONGEST_QUERY and longest_list <= LIST_IN_ADDRESS:
        return _demand_json(await session.call("GET", path, query=pairs, scope=object))
    headers = {"X-HTTP-Method-Override": "GET"}
    return _demand_json(
        await session.call("POST", path, json=dict(parameters), headers=headers, effect=False, scope=object)
    )


def _demand_json(reply: Reply) -> Reply:
    """A good answer that is not JSON is a page of something else on the way (apis: expired contract, proxy)."""
    if not isinstance(reply.data, dict):
        raise ChoaiError("unexpected_answer", status=reply.status, detail=reply.headers.get("content-type", ""))
    return reply
