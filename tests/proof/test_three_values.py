"""Emptied, not read and not mapped are three things: for every field of every object that a connector can update.

Against the imitation services over HTTP: what is emptied is empty afterwards, what is not sent keeps its value, and what cannot
be emptied says so before anything is sent. In the merge and in whole runs: an emptied field flows as the mapping says, a field
that an answer does not tell is left alone – also when it is emptied while nobody may see it –, and a field without a row is
never written. A service that is added to the registry must be in ACCESS here or have a Case in tests/contract, or this fails.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from choai.connectors import registry
from choai.connectors.contract import Done, Item, Op, Window
from choai.connectors.http import ServiceSession
from choai.engine.codec import fingerprint
from choai.engine.context import object_spec
from choai.model.check import check
from choai.model.convert import equal
from choai.model.mapping import ConflictPolicy, MappingRow, Side, WhenEmpty
from choai.model.merge import Merged, merge
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Ref, Row, Value, is_empty
from choai.sandbox import freee, kintone
from choai.sandbox.freee import oauth
from choai.store.models import Cursor
from connectors.session import opened
from engine.world import MAPPING, World, counts, world
from servers import sandbox

# ---------------------------------------------------------------- every service, object and field


@asynccontextmanager
async def _freee(**faults: Any) -> AsyncIterator[ServiceSession]:
    with sandbox(freee) as box:
        for fault, options in faults.items():
            box.world.switch(fault, **options)
        grant = oauth.new_grant(box.world, freee.DEMO_CLIENT_ID, freee.USER_ADMIN, freee.ENTERPRISE)
        token = oauth.issue(box.world, grant)["access_token"]
        settings = dict.fromkeys(("base_url", "accounts_url", "web_url"), box.base_url)
        settings |= {"client_id": freee.DEMO_CLIENT_ID, "company_id": str(freee.ENTERPRISE)}
        async with opened("freee", settings, tokens=[token]) as session:
            yield session


@asynccontextmanager
async def _kintone(**faults: Any) -> AsyncIterator[ServiceSession]:
    with sandbox(kintone) as box:
        for fault, options in faults.items():
            box.world.switch(fault, **options)
        app = box.world.state["apps"][kintone.DEAL]
        app["fields"] |= {
            code: {**app["fields"]["メモ"], "code": code, "label": code, **more} for code, more in _MORE.items()
        }
        apps = [{"id": n} for n in (kintone.PARTNER, kintone.TAG, kintone.DEAL)]
        settings = {"domain": "demo.cybozu.com", "base_url": box.base_url, "apps": apps}
        secrets = {"apps": [{**a, "token": kintone.token(a["id"])} for a in apps]}
        async with opened("kintone", settings, secrets=secrets, identified=False) as session:
            yield session


_OPTIONS = {"options": {o: {"label": o, "index": str(n)} for n, o in enumerate("甲乙丙")}}
_MORE: dict[str, dict[str, Any]] = {  # types that the demo's apps do not have
    "書式": {"type": "RICH_TEXT"},
    "時刻": {"type": "TIME", "defaultNowValue": False},
    "率": {"type": "NUMBER", "unique": False, "digit": True, "displayScale": ""},
    "連絡": {"type": "LINK", "protocol": "CALL", "unique": False},
    "場所": {"type": "LINK", "protocol": "WEB", "unique": False},
    "種別": {"type": "CHECK_BOX", "defaultValue": [], **_OPTIONS},
    "区分": {"type": "RADIO_BUTTON", "defaultValue": "甲", **_OPTIONS},
}
ACCESS: dict[str, Callable[..., Any]] = {"freee": _freee, "kintone": _kintone}


def test_every_service_takes_part() -> None:
    """Here, or with the fields that its Case of the contract suite names."""
    cases = {path.stem.removeprefix("test_") for path in (Path(__file__).parents[1] / "contract").glob("test_*.py")}
    assert set(registry.SERVICES) <= set(ACCESS) | cases


async def _each(service: str, visit: Callable[[ServiceSession, str, Schema], Awaitable[None]], **faults: Any) -> None:
    """Visit every object of the service that can be updated. ``faults`` are switched on there, with their options."""
    connector = registry.connector(service)
    async with ACCESS[service](**faults) as session:
        met = 0
        for info in await connector.catalogue(session):
            spec = object_spec(registry.spec(service), info.name)
            if info.available and spec.can_update:
                await visit(session, info.name, await connector.describe(session, info.name))
                met += 1
        assert met


_PLAIN: dict[Kind, Value] = {
    Kind.TEXT: "甲", Kind.LONG_TEXT: "一\n二", Kind.HTML: "<b>甲</b>", Kind.EMAIL: "a@example.jp", Kind.PHONE: "0312345678",
    Kind.URL: "https://example.jp/", Kind.IDENTIFIER: "9", Kind.BOOLEAN: True, Kind.INTEGER: 5, Kind.DECIMAL: Decimal("1.5"),
    Kind.MONEY: Decimal(100), Kind.DATE: date(2026, 4, 1), Kind.TIME: time(10, 30),
    Kind.DATETIME: datetime(2026, 4, 1, 10, 30, tzinfo=UTC),
}  # fmt: skip
_KNOWN: dict[str, Value] = {  # what only the imitations know to exist
    "payer_walletable_id": Ref("1070001200"),
    "from_walletable_id": "1070001200",
    "account_item_id": Ref("1070001020"),
    "tax_code": Ref("129"),
    "担当営業": [Ref("sato")],
    "担当": [Ref("sato")],
    "invoice_registration_number": "T1234567890123",
    "address_attributes.zipcode": "100-0005",
    "取引先": None,  # a lookup writes other fields as well
}


def sample(field: Field) -> Value:
    """A value that the field takes; None where nobody can tell one."""
    if field.name in _KNOWN:
        return _KNOWN[field.name]
    if field.kind is Kind.CHOICE:
        return next((c.value for c in field.choices if c.value not in ("-1", "(空白)")), None)
    if field.kind is Kind.CHOICES:
        return [c.value for c in field.choices[:2]] or None
    if field.kind is Kind.ROWS:
        cells = {f.name: v for f in field.fields if f.on_create and (v := sample(f)) is not None}
        return [Row(None, dict(cells)), Row(None, dict(cells))]
    if field.kind in (Kind.REFERENCE, Kind.REFERENCES, Kind.FILES):
        return None
    value = "K-1" if field.pattern else _PLAIN[field.kind]
    return value[: field.max_length] if isinstance(value, str) else value


def _name(schema: Schema) -> Field:
    """The text that a record cannot be without, or a document's number."""
    texts = [f for f in schema.fields if f.kind is Kind.TEXT and f.on_create]
    return next((f for f in texts if f.required), None) or next(f for f in texts if (f.role or "").endswith(".number"))


def _same(held: Value, sent: Value, field: Field) -> bool:
    if field.kind is not Kind.ROWS:
        return equal(held, sent, field) or str(held).removeprefix("T") == str(sent)
    assert isinstance(held, list)
    assert isinstance(sent, list)
    return len(held) == len(sent) and all(
        isinstance(a, Row) and isinstance(b, Row) and all(equal(a.values[n], v) for n, v in b.values.items())
        for a, b in zip(held, sent, strict=True)
    )


async def _one(session: ServiceSession, object: str, op: Op, values: dict[str, Value], id: str | None = None) -> Any:
    service = registry.connector(session.spec.service)
    result = (await service.write(session, object, op, [Item("1", values, id)]))[0]
    assert isinstance(result, Done), (object, values, result)
    return result.record


async def _held(session: ServiceSession, object: str, id: str) -> dict[str, Value]:
    service, spec = registry.connector(session.spec.service), object_spec(registry.spec(session.spec.service), object)
    if spec.reads_by_id:
        return (await service.read(session, object, Window(ids=[id]), None)).records[0].values
    return (await service.find(session, object, "id", [id]))[0].values


@pytest.mark.req("FK-22")
@pytest.mark.parametrize("service", ACCESS)
async def test_a_service_empties_what_is_emptied_and_keeps_what_is_not_sent(service: str) -> None:
    kinds: set[Kind] = set()

    async def visit(session: ServiceSession, object: str, schema: Schema) -> None:
        full = {f.name: v for f in schema.fields if f.on_create and not is_empty(v := sample(f))}
        name = _name(schema)
        made = await _one(session, object, Op.CREATE, {**full, name.name: "三つの値"})
        full[name.name] = "三つの値"
        before = await _held(session, object, made.id)
        for field in schema.fields:
            if field.name in full:
                assert _same(before[field.name], full[field.name], field), (object, field.name, before[field.name])
        for field in schema.fields:
            if field.name not in full or not field.on_update:
                continue
            if field.clearable and not field.required:
                kinds.add(field.kind)
                assert check({field.name: None}, schema, creating=False) == []
                answer = await _one(session, object, Op.UPDATE, {field.name: None}, made.id)
                after = await _held(session, object, made.id)
                assert is_empty(answer.values[field.name]), (object, field.name)
                assert is_empty(after[field.name]), (object, field.name)
                terms = field.name.rpartition(".")[0]  # a payment term is there as a whole or not at all
                together = [f for f in full if "payment_term" in terms and f.startswith(terms)]
                others = {f.name: f for f in schema.fields if f.name in full and f.name not in (field.name, *together)}
                for other in others.values():
                    assert _same(after[other.name], full[other.name], other), (object, field.name, other.name)
                await _one(session, object, Op.UPDATE, {n: full[n] for n in (together or [field.name])}, made.id)
            else:
                codes = {e.code for e in check({field.name: None}, schema, creating=False)}
                assert codes <= {"cannot_be_cleared", "required_missing"}, (object, field.name)
                assert codes, (object, field.name)

    await _each(service, visit)
    assert len(kinds) >= (4 if service == "freee" else 12), kinds


@pytest.mark.parametrize("service", ACCESS)
async def test_what_a_service_answers_to_a_write_is_what_it_tells_later(service: str) -> None:
    """The base is the answer to a write; so a service that rewrites values is quiet if it keeps its word, and keeps it again when
    it is given its own value."""
    kinds: set[Kind] = set()

    async def visit(session: ServiceSession, object: str, schema: Schema) -> None:
        needed = {f.name: sample(f) for f in schema.fields if f.required}
        made = await _one(session, object, Op.CREATE, {**needed, _name(schema).name: " 三つの　値 Ａ "})
        for field in schema.fields:
            sent = _odd(field)
            if is_empty(sent) or not field.on_update or "payment_term" in field.name:
                continue
            kinds.add(field.kind)
            before: Value = None
            for value in (sent, None):
                given = {field.name: value if value is not None else made.values[field.name]}
                made = await _one(session, object, Op.UPDATE, given, made.id)
                later = await _held(session, object, made.id)
                assert fingerprint(made.values, [field.name]) == fingerprint(later, [field.name]), (object, field.name)
                assert not is_empty(later[field.name]), (object, field.name)
                before = before if value is None else made.values[field.name]
            assert equal(made.values[field.name], before, field), (object, field.name)

    await _each(service, visit, rewrite={"times": None})
    assert len(kinds) >= (4 if service == "freee" else 12), kinds


def _odd(field: Field) -> Value:
    """A sample that a tidy service does not leave as it is."""
    value = sample(field)
    if (
        field.kind in (Kind.TEXT, Kind.LONG_TEXT)
        and isinstance(value, str)
        and field.name not in _KNOWN
        and not field.pattern
    ):
        return f" ｱ　{value} "[: field.max_length]
    if field.kind is Kind.PHONE:
        return "０３-1234-５６７８"
    if field.kind is Kind.CHOICES and isinstance(value, list):
        return value[::-1]  # type: ignore[return-value]  # still texts
    return value


# ---------------------------------------------------------------- the merge


def _ends(field: Field) -> Iterator[tuple[str, Value, Value]]:
    value = sample(field)
    value = _PLAIN[Kind.TEXT] if value is None and field.kind in (Kind.TEXT, Kind.IDENTIFIER) else value
    if is_empty(value) and field.kind in (Kind.REFERENCE, Kind.REFERENCES):
        value = Ref("7") if field.kind is Kind.REFERENCE else [Ref("7")]
    if not is_empty(value):
        yield field.name, value, None


def _merged(schema: Schema, row: MappingRow, held: Value, left: dict[str, Value], **more: Any) -> Merged:
    """The merge of a pair that agreed on ``held``, with ``left`` on the left now."""
    name = str(row.left)
    known: dict[str, Any] = {
        "base_left": {name: held},
        "base_right": {name: held},
        "right": {name: held},
        "rows": (row,),
    }
    known |= more
    rows, directions = known.pop("rows"), frozenset({Side.RIGHT})
    return merge(rows, schema, schema, left=left, directions=directions, policy=ConflictPolicy.ASK, **known)


def _three(object: str, schema: Schema, field: Field, held: Value, empty: WhenEmpty) -> None:
    inner = tuple(MappingRow(f.name, f.name) for f in field.fields)
    row = MappingRow(field.name, field.name, rows=inner, when_empty=empty)
    emptied = _merged(schema, row, held, {field.name: None})
    said = {n.code for n in emptied.notes}
    if empty is WhenEmpty.CLEAR and field.clearable and field.on_update:
        assert field.name in emptied.to_right, (object, field.name)
        assert is_empty(emptied.to_right[field.name])
    else:
        assert not emptied.to_right, (object, field.name)
        assert said & ({"empty_not_sent"} if empty is WhenEmpty.KEEP else {"cannot_be_cleared", "not_writable"})
    for absent in (_merged(schema, row, held, {}), _merged(schema, row, held, {}, right=None)):
        assert absent == Merged(), (object, field.name)
    assert _merged(schema, row, held, {field.name: None}, rows=()) == Merged()


@pytest.mark.parametrize("service", ACCESS)
async def test_the_merge_keeps_emptied_absent_and_unmapped_apart(service: str) -> None:
    tried = 0

    async def visit(session: ServiceSession, object: str, schema: Schema) -> None:
        nonlocal tried
        for field in schema.fields:
            if field.reason:  # stands in no mapping
                continue
            for _, held, _ in _ends(field):
                for empty in WhenEmpty:
                    _three(object, schema, field, held, empty)
                    tried += 1

    await _each(service, visit)
    assert tried > 20


# ---------------------------------------------------------------- whole runs


def _with(**settings: Any) -> World:
    rows = [{**m, "when_empty": "clear"} if m["left"] in ("phone", "memo") else m for m in MAPPING]
    return world(mapping=rows, **settings)


def _seen(w: World, hidden: set[str]) -> None:
    """From now on the left service does not tell these fields."""
    real = type(w.left)._record

    def record(id: str) -> Any:
        one = real(w.left, id)
        one.values = {n: v for n, v in one.values.items() if n not in hidden}
        return one

    w.left._record = record  # type: ignore[method-assign]  # what a lost permission does to every answer


@pytest.mark.parametrize("way", ["to the right", "both"])
def test_a_field_that_nobody_may_see_for_a_while_is_left_alone_and_then_followed(
    way: str, sqlite_database: str
) -> None:
    bind = {"duplicate_policy_left": "bind", "duplicate_policy_right": "bind"}
    w = _with(to_left=way == "both", options=bind)
    ids = [w.left.add(name=f"会社{n}", phone="1", memo="m", sync="他") for n in range(4)]
    w.run()
    there = [w.right.records[str(w.left.records[id]["books_id"])] for id in ids]
    _seen(w, {"phone"})
    w.left.edit(ids[0], memo="新")  # something else changes while the field is not told
    w.left.edit(ids[1], phone=None)  # this is emptied in the dark
    w.left.edit(ids[2], phone="2", memo="新")
    Cursor.objects.all().delete()
    w.run()
    w.run()
    assert [r["phone"] for r in there] == ["1"] * 4
    assert [r["note"] for r in there] == ["新", "m", "新", "m"]
    assert [w.left.records[id]["phone"] for id in ids] == ["1", None, "2", "1"]
    _seen(w, set())
    Cursor.objects.all().delete()
    w.run()
    assert [r["phone"] for r in there] == ["1", None, "2", "1"], "what was done in the dark is seen"
    assert [w.left.records[id]["phone"] for id in ids] == ["1", None, "2", "1"]
    assert [w.left.records[id]["sync"] for id in ids] == ["他"] * 4, "not mapped"
    Cursor.objects.all().delete()
    assert counts(w.run()) == {}
