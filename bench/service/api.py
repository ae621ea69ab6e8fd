"""Reading from and writing to the mock service: one call per function, as the contract asks.

The fields are the connector's own knowledge, as freee's are, so ``describe`` costs no call. The sink answers ids only, so what a
write leaves there is known in part: the product fills its base with what it sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from bench.service.spec import PAGE, SPEC
from choai.connectors.contract import (
    Account,
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
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.schema import Choice, Field, Schema
from choai.model.values import Kind, Value

__all__ = [
    "SPEC",
    "authorise",
    "catalogue",
    "describe",
    "fault",
    "find",
    "granted",
    "identify",
    "link",
    "read",
    "write",
]

KINDS: dict[str, Kind] = {
    **dict.fromkeys(
        ("code", "name", "name_kana", "email", "phone", "zip", "prefecture", "city", "address1", "industry", "owner_name",
         "currency", "notes", "web", "custom_1", "custom_2"),
        Kind.TEXT,
    ),
    **dict.fromkeys(("owner_id", "tax_rate", "tax_amount", "discount", "parent_id"), Kind.INTEGER),
    "status": Kind.CHOICE, "tags": Kind.CHOICES, "amount": Kind.MONEY, "score": Kind.DECIMAL, "is_active": Kind.BOOLEAN,
    "due_date": Kind.DATE, "close_date": Kind.DATE, "created_at": Kind.DATETIME, "updated_at": Kind.DATETIME,
}  # fmt: skip
CHOICES = {"status": ("open", "won", "lost"), "tags": ("a", *(f"t{n}" for n in range(9)))}
PREFIX = "x_"  # of the sink's field names
MAPPING = [
    *({"left": name, "right": PREFIX + name, "direction": "to_right"} for name in KINDS),
    {"left": "id", "right": "external_id", "direction": "to_right"},
]
MATCH_KEYS = [{"left": "id", "right": "external_id"}, {"left": "name", "right": "x_name", "how": "name"}]

_PARSE: dict[Kind, Callable[[str], Value]] = {Kind.DATE: date.fromisoformat, Kind.DATETIME: datetime.fromisoformat}
_PARSED = [(name, _PARSE[kind]) for name, kind in KINDS.items() if kind in _PARSE]


def _fields(prefix: str) -> tuple[Field, ...]:
    return tuple(
        Field(
            prefix + name, kind, name, name, role="partner.name" if name == "name" else None, required=name == "name",
            choices=tuple(Choice(c, c) for c in CHOICES.get(name, ())),
        )
        for name, kind in KINDS.items()
    )  # fmt: skip


_ID = Field("id", Kind.IDENTIFIER, "ID", "ID", role="partner.id", on_create=False, on_update=False, unique=True)
_KEY = Field("external_id", Kind.TEXT, "外部ID", "External ID", unique=True)
_SCHEMAS = {
    "contacts": Schema("contacts", (_ID, *_fields("")), "1"),
    "partners": Schema("partners", (_ID, _KEY, *_fields(PREFIX)), "1"),
    "partners_single": Schema("partners_single", (_ID, _KEY, *_fields(PREFIX)), "1"),
}


async def identify(session: Session) -> Account:
    found = (await session.call("GET", "/whoami")).data
    return Account(id=found["id"], name=found["name"])


async def catalogue(session: Session) -> list[ObjectInfo]:
    return [ObjectInfo(one.name, one.ja, one.en, one.name) for one in SPEC.objects]


async def describe(session: Session, object: str, known: Schema | None = None) -> Schema:
    return _SCHEMAS[object]


async def read(session: Session, object: str, window: Window, token: str | None) -> Page:
    """``token`` is the address of the next page, as the service gave it."""
    if token is not None:
        reply = await session.call("GET", token)
    elif object == "contacts":
        query = {"offset": "0", "limit": str(PAGE)}
        if isinstance(window.since, datetime):
            query["since"] = window.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        reply = await session.call("GET", "/records", query=query)
    else:
        reply = await session.call("GET", "/held", query={"offset": "0", "limit": str(PAGE)})
    records = [_record(object, row) for row in reply.data["data"]]
    newest = max((r.changed_at for r in records if isinstance(r.changed_at, datetime)), default=None)
    return Page(records, reply.data["next"], newest, reply.data["total"])


async def find(session: Session, object: str, key: str, values: Sequence[Value]) -> list[Record]:
    wanted = ",".join(str(v) for v in values)
    if object == "contacts":
        reply = await session.call("GET", "/records", query={"ids": wanted})
    else:
        reply = await session.call("GET", "/held", query={"key": key, "values": wanted})
    return [_record(object, row) for row in reply.data["data"]]


async def write(session: Session, object: str, op: Op, items: Sequence[Item]) -> list[Result]:
    rows = [item.values if op is not Op.UPDATE else {**item.values, "id": item.id} for item in items]
    if object == "partners_single":
        answers = [(await session.call("POST", "/record", json=rows[0])).data]
    else:
        answers = (await session.call("POST", "/batch", json=rows)).data["results"]
    if len(answers) != len(items):
        raise ChoaiError("unexpected_answer", service=SPEC.ja, detail=f"{len(answers)} / {len(items)}")
    return [
        Done(item.ref, Record(one["remote_id"], {"id": one["remote_id"]}), op is not Op.UPDATE, complete=False)
        for item, one in zip(items, answers, strict=True)
    ]


def link(settings: Mapping[str, Any], account: Account | None, object: str, id: str) -> str | None:
    return None


def authorise(settings: Mapping[str, Any], secrets: Mapping[str, Any], scope: str | None) -> dict[str, str]:
    return {"X-Api-Key": str(secrets.get("key", ""))}


def fault(reply: Reply) -> ChoaiError:
    return ChoaiError("unexpected_answer", service=SPEC.ja, detail=reply.text[:200])


def granted(token: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _record(object: str, row: dict[str, Any]) -> Record:
    id = row["id"] = str(row["id"])
    if object != "contacts":
        return Record(id, row)
    for name, parse in _PARSED:
        row[name] = parse(row[name])
    return Record(id, row, changed_at=row["updated_at"])
