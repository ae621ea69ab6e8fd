"""The contract suite: what every connector does, over real HTTP against its sandbox. A connector inherits it by one line:

    TestFreee = contract(FREEE)

A test that an object cannot have (its spec says so) is left out by NEEDS; what is left out stands in the Case's ``lacks`` with
its reason, and a test holds the two lists against each other: nothing is passed over in silence.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from choai import clock
from choai.connectors import http, registry
from choai.connectors.contract import (
    Answers,
    CursorKind,
    DeleteSignal,
    Done,
    Forged,
    Heard,
    Idempotency,
    Item,
    ObjectSpec,
    Op,
    Refused,
    Reply,
    Result,
    Untried,
    Window,
)
from choai.connectors.http import ServiceSession
from choai.engine.opening import window_start
from choai.errors import ChoaiError, Recovery
from choai.model.check import check
from choai.model.record import Record
from choai.model.schema import Field
from choai.model.values import Kind, Ref, Row, is_empty
from contract.case import Case, Subject
from servers import Sandbox, sandbox

_KINDS: dict[Kind, type | tuple[type, ...]] = {
    **dict.fromkeys((Kind.TEXT, Kind.LONG_TEXT, Kind.HTML, Kind.EMAIL, Kind.PHONE, Kind.URL, Kind.IDENTIFIER, Kind.CHOICE), str),
    Kind.BOOLEAN: bool,
    Kind.INTEGER: int,
    Kind.DECIMAL: Decimal,
    Kind.MONEY: Decimal,
    Kind.DATE: date,
    Kind.TIME: time,
    Kind.DATETIME: datetime,
    Kind.REFERENCE: Ref,
    **dict.fromkeys((Kind.CHOICES, Kind.REFERENCES, Kind.ROWS, Kind.FILES), list),
}  # fmt: skip

HOSTILE = {
    "emoji": "祝🎉👩‍👩‍👧",
    "four bytes": "𠮷野家𩸽",
    "formula": '=HYPERLINK("http://example.com","x")',
    "markup": '<b onclick="x">&amp;\'"</b>',
    "query": "' OR 1=1 -- \\ \" ; {} [] () ,",
    "zero width": "ab\u200bcd\u2060ef",
    "halfwidth": "ｶﾌﾞｼｷｶﾞｲｼｬ　①㈱",
    "percent": "100% ＆ a+b=c?d#e/f",
}

# test → whether an object can have it
NEEDS: dict[str, Callable[[Case, Subject, ObjectSpec], bool]] = {
    "test_every_kind_round_trips_and_is_quiet": lambda c, s, o: o.can_create,
    "test_what_was_not_given_is_empty_or_absent": lambda c, s, o: o.can_create,
    "test_update_changes_what_was_given_and_nothing_else": lambda c, s, o: o.can_create and o.can_update,
    "test_the_present_values_can_be_written_again": lambda c, s, o: o.can_create and o.can_update,
    "test_an_update_of_a_record_that_is_gone_is_refused": lambda c, s, o: o.can_update and s.erases is not None,
    "test_pages_hold_every_record_once_ties_included": lambda c, s, o: s.shrinks is not None and o.can_create,
    "test_the_window_shows_what_changed": lambda c, s, o: o.cursor is not CursorKind.NONE,
    "test_records_are_read_again_by_id": lambda c, s, o: o.reads_by_id,
    "test_a_stale_revision_is_refused": lambda c, s, o: o.has_revision and o.can_update,
    "test_a_batch_has_mixed_results": lambda c, s, o: o.can_create and s.wrong is not None,
    "test_a_key_finds_exactly": lambda c, s, o: o.can_create and s.key is not None,
    "test_a_lost_reply_can_be_settled_by_key": lambda c, s, o: o.can_create and s.key is not None,
    "test_an_upsert_makes_one_record": lambda c, s, o: o.idempotency is Idempotency.EXTERNAL_ID and s.key is not None,
    "test_the_same_header_makes_one_record": lambda c, s, o: o.idempotency is Idempotency.HEADER,
    "test_a_stamp_is_kept": lambda c, s, o: o.idempotency is Idempotency.STAMP,
    "test_a_lost_update_is_unknown": lambda c, s, o: o.can_update,
    "test_hostile_texts_are_kept_or_refused": lambda c, s, o: o.can_create,
    "test_a_long_note_is_kept_or_refused": lambda c, s, o: o.can_create and s.note is not None,
    "test_hostile_keys_find_nothing_else": lambda c, s, o: s.key is not None,
    "test_a_deleted_record_shows_as_the_spec_says": lambda c, s, o: s.erases is not None and o.can_create,
    "test_a_new_field_changes_the_schema": lambda c, s, o: s.drifts is not None,
    "test_every_action_does_what_it_says": lambda c, s, o: bool(o.actions),
    "test_a_link_opens_the_record": lambda c, s, o: s.linked,
    "test_an_expired_token_in_the_middle_of_the_pages": lambda c, s, o: c.expires is not None and s.shrinks is not None,
}  # fmt: skip


def contract(case: Case) -> type:
    """The tests of one connector, to be given a name that begins with Test."""
    return type(f"Test{case.service}", (Contract,), {"case": case})


def tests() -> Iterator[str]:
    """Names of the tests that go by subject."""
    for name, function in inspect.getmembers(Contract, inspect.isfunction):
        if name.startswith("test_") and "subject" in inspect.signature(function).parameters:
            yield name


def offered(case: Case, subject: Subject, name: str) -> bool:
    need = NEEDS.get(name)
    return need is None or need(case, subject, case.spec(subject))


# ---------------------------------------------------------------- what the tests do often


async def whole(api: Any, session: ServiceSession, object: str, window: Window | None = None) -> list[Record]:
    """Every record, page by page."""
    records: list[Record] = []
    token: str | None = None
    for _ in range(10_000):
        page = await api.read(session, object, window or Window(), token)
        assert page.incomplete is None
        assert page.next is None or page.next != token
        records += page.records
        token = page.next
        if token is None:
            return records
    raise AssertionError("the pages do not end")


async def put(api: Any, session: ServiceSession, object: str, op: Op, *items: Item) -> list[Result]:
    results: list[Result] = await api.write(session, object, op, items)
    assert [r.ref for r in results] == [i.ref for i in items]
    return results


async def create(api: Any, session: ServiceSession, subject: Subject, n: int, **more: Any) -> Record:
    (result,) = await put(api, session, subject.object, Op.CREATE, Item(f"r{n}", {**subject.new(n), **more}))
    assert isinstance(result, Done), result
    assert result.created
    return result.record


async def by_id(api: Any, session: ServiceSession, subject: Subject, id: str) -> Record | None:
    spec = registry.spec(session.spec.service)
    known = next(o for o in spec.objects if o.name in (subject.object, "app:*") or "*" in o.name)
    if known.reads_by_id:
        found = (await api.read(session, subject.object, Window(ids=[id]), None)).records
    else:
        found = await api.find(session, subject.object, "id", [id])
    return next((r for r in found if r.id == id), None)


def fits(field: Field, value: Any) -> bool:
    """Whether a present value is what its kind says; empty is None and nothing else."""
    if value is None:
        return True
    if is_empty(value):
        return False
    right = isinstance(value, _KINDS[field.kind])
    right = right and (isinstance(value, bool) <= (field.kind is Kind.BOOLEAN))
    if field.kind is Kind.DATE:
        return right and not isinstance(value, datetime)
    if field.kind is Kind.DATETIME:
        return right and value.tzinfo is not None
    if field.kind is Kind.ROWS:
        inner = {f.name: f for f in field.fields}
        return all(
            isinstance(row, Row) and all(n in inner and fits(inner[n], v) for n, v in row.values.items())
            for row in value
        )
    return right


def equal(field: Field | None, mine: Any, theirs: Any) -> bool:
    """Whether two values are the same to a merge: rows by what was given, in their order."""
    if field is not None and field.kind is Kind.ROWS:
        theirs = theirs or []
        pairs = zip(mine, theirs, strict=False)
        return len(mine) == len(theirs) and all(
            all(is_empty(v) or theirs.values.get(n) == v for n, v in mine.values.items()) for mine, theirs in pairs
        )
    return (is_empty(mine) and is_empty(theirs)) or mine == theirs


class Contract:
    """The suite. ``case`` comes from the class that ``contract`` makes."""

    case: Case

    @pytest.fixture
    def box(self) -> Iterator[Sandbox]:
        with sandbox(self.case.sandbox) as running:
            yield running

    @pytest.fixture
    async def session(self, box: Sandbox) -> Any:
        async with self.case.enters(box) as entered:
            yield entered

    @pytest.fixture
    def api(self) -> Any:
        return registry.connector(self.case.service)

    # ------------------------------------------------------------ who, what, fields

    def test_what_is_left_out_is_declared(self) -> None:
        """A test that an object cannot have is named in ``lacks``, and nothing else is."""
        out = {f"{s.object}: {n}" for s in self.case.subjects for n in tests() if not offered(self.case, s, n)}
        told = {key.replace(": ", ": test_", 1) for key in self.case.lacks}
        every = {key for key in told if key.startswith("*: ")}
        meant = {f"{s.object}{key[1:]}" for s in self.case.subjects for key in every}
        assert (told - every) | meant == out
        assert all(self.case.lacks.values())

    def test_what_is_declared_is_there(self, api: Any) -> None:
        spec = registry.spec(self.case.service)
        asked = {"act": any(o.actions for o in spec.objects)}
        asked["deleted"] = any(o.deletes is DeleteSignal.LISTED for o in spec.objects)
        asked["heard"] = spec.hook is not None
        asked["subscribe"] = asked["unsubscribe"] = spec.hook is not None and spec.hook.subscribes
        asked["sign_in"] = "session" in spec.auth
        assert {name: hasattr(api, name) for name in asked} == asked

    async def test_it_knows_who_it_is(self, session: ServiceSession, api: Any) -> None:
        account = await api.identify(session)
        assert account.id
        assert account.name
        objects = await api.catalogue(session)
        names = {o.name for o in registry.spec(self.case.service).objects}
        assert {o.spec for o in objects} <= names
        here = {o.name for o in objects if o.available}
        assert {s.object for s in self.case.subjects} <= here
        assert all(o.available or o.reason for o in objects)

    async def test_fields_are_described(self, session: ServiceSession, api: Any, subject: Subject) -> None:
        spec = self.case.spec(subject)
        schema = await api.describe(session, subject.object)
        assert schema.object == subject.object
        assert schema.revision
        assert len({f.name for f in schema.fields}) == len(schema.fields)
        assert all(f.ja and f.en for f in schema.fields)
        assert {k for k in spec.keys if k not in ("id", "$id")} <= {f.name for f in schema.fields} | {
            f.role for f in schema.fields
        } | {"code"}
        again = await api.describe(session, subject.object, schema)
        assert (again.revision, again.fields) == (schema.revision, schema.fields)

    async def test_an_object_that_is_not_there(self, session: ServiceSession, api: Any) -> None:
        with pytest.raises(ChoaiError) as caught:
            await api.describe(session, "no_such_object")
        assert caught.value.recovery is Recovery.STOP or caught.value.code == "object_not_found"

    async def test_a_field_is_present_empty_or_absent(
        self, session: ServiceSession, api: Any, subject: Subject
    ) -> None:
        if self.case.spec(subject).can_create:
            await create(api, session, subject, 1)
        schema = await api.describe(session, subject.object)
        for record in (await api.read(session, subject.object, Window(), None)).records:
            for name, value in record.values.items():
                field = schema.get(name)
                assert field is not None, name
                assert fits(field, value), (name, field.kind, value)

    async def test_a_wish_for_fields_is_heard(self, session: ServiceSession, api: Any, subject: Subject) -> None:
        records = (await api.read(session, subject.object, Window(fields=[subject.text]), None)).records
        full = (await api.read(session, subject.object, Window(), None)).records
        held = {r.id: r.values.get(subject.text) for r in full}
        assert records
        assert {r.id: r.values.get(subject.text) for r in records} == held

    # ------------------------------------------------------------ values

    async def test_every_kind_round_trips_and_is_quiet(
        self, session: ServiceSession, api: Any, subject: Subject
    ) -> None:
        values = subject.new(1)
        schema = await api.describe(session, subject.object)
        assert all(schema.get(n) for n in values), "new() names fields that are not there"
        assert not check(values, schema, creating=True), "new() is wrong"
        (result,) = await put(api, session, subject.object, Op.CREATE, Item("r1", values))
        assert isinstance(result, Done), result
        held = await by_id(api, session, subject, result.record.id)
        assert held is not None
        for record in (held, result.record) if result.complete else (held,):
            held_now = record.values
            different = [n for n, v in values.items() if not equal(schema.get(n), v, held_now.get(n))]
            assert not different, [(n, values[n], held_now.get(n)) for n in different]
        if result.complete:
            both = held.values.keys() & result.record.values.keys() & set(values)
            assert {n: held.values[n] for n in both} == {n: result.record.values[n] for n in both}

    async def test_what_was_not_given_is_empty_or_absent(
        self, session: ServiceSession, api: Any, subject: Subject
    ) -> None:
        schema = await api.describe(session, subject.object)
        new = subject.new(1)
        values = {n: v for n, v in new.items() if (f := schema.get(n)) and (f.required or n == subject.key)}
        (result,) = await put(api, session, subject.object, Op.CREATE, Item("r1", values))
        assert isinstance(result, Done), result
        held = await by_id(api, session, subject, result.record.id)
        assert held is not None
        for name in new.keys() - values.keys():
            value = held.values.get(name)
            field = schema.get(name)
            assert is_empty(value) or (field is not None and field.has_default), (name, value)

    async def test_update_changes_what_was_given_and_nothing_else(
        self, session: ServiceSession, api: Any, subject: Subject
    ) -> None:
        made = await create(api, session, subject, 1)
        before = await by_id(api, session, subject, made.id)
        item = Item("u", {subject.text: "変更後"}, id=made.id)
        (result,) = await put(api, session, subject.object, Op.UPDATE, item)
        assert isinstance(result, Done), result
        after = await by_id(api, session, subject, made.id)
        assert before is not None
        assert after is not None
        assert after.values[subject.text] == subject.keeps("変更後")
        assert not result.created
        schema = await api.describe(session, subject.object)
        mine = [n for n in subject.new(1) if n != subject.text]
        assert all(equal(schema.get(n), before.values.get(n), after.values.get(n)) for n in mine)

    async def test_the_present_values_can_be_written_again(
        self, session: ServiceSession, api: Any, subject: Subject
    ) -> None:
        """As undo and reconcile do: what was read is what can be written."""
        schema = await api.describe(session, subject.object)
        made = await create(api, session, subject, 1)
        held = await by_id(api, session, subject, made.id)
        assert held is not None
        values = {n: v for n, v in held.values.items() if (f := schema.get(n)) and f.on_update and not is_empty(v)}
        (result,) = await put(api, session, subject.object, Op.UPDATE, Item("u", values, id=made.id))
        assert isinstance(result, Done), result
        after = await by_id(api, session, subject, made.id)
        assert after is not None
        assert {n: after.values.get(n) for n in values} == values

    # ------------------------------------------------------------ reading

    async def test_pages_hold_every_record_once_ties_included(
        self, session: ServiceSession, api: Any, subject: Subject, box: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Records that carry one and the same instant lie on both sides of a page's end."""
        box.world.frozen = box.world.now()
        for n in range(7):
            await create(api, session, subject, n)
        assert subject.shrinks is not None
        subject.shrinks(monkeypatch, 3)
        records = await whole(api, session, subject.object)
        assert len(records) == len({r.id for r in records}) == subject.rows(box.world)

    async def test_an_expired_token_in_the_middle_of_the_pages(
        self, session: ServiceSession, api: Any, subject: Subject, box: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self.case.expires is not None
        assert subject.shrinks is not None
        subject.shrinks(monkeypatch, 3)
        first = await api.read(session, subject.object, Window(), None)
        assert first.next is not None
        self.case.expires(box.world)
        second = await api.read(session, subject.object, Window(), first.next)
        assert second.records
        assert not {r.id for r in first.records} & {r.id for r in second.records}

    async def test_the_window_shows_what_changed(
        self, session: ServiceSession, api: Any, subject: Subject, box: Sandbox
    ) -> None:
        spec = self.case.spec(subject)
        everything = await whole(api, session, subject.object)
        assert everything
        box.world.shift += timedelta(days=3)
        mark = box.world.now()
        box.world.shift += timedelta(hours=2)
        one = everything[len(everything) // 2]
        subject.edits(box.world, one.id, "人が変更")
        since = window_start(spec, mark.date().isoformat() if spec.cursor is CursorKind.DATE else mark.isoformat())
        found = await whole(api, session, subject.object, Window(since=since))
        assert [r.id for r in found] == [one.id]
        assert found[0].values[subject.text] == "人が変更"
        page = await api.read(session, subject.object, Window(since=since), None)
        assert page.watermark is not None
        assert page.watermark == found[0].changed_at
        again = await whole(api, session, subject.object, Window(since=page.watermark))
        assert one.id in {r.id for r in again}, "the window is inclusive"

    async def test_records_are_read_again_by_id(self, session: ServiceSession, api: Any, subject: Subject) -> None:
        ids = [r.id for r in (await api.read(session, subject.object, Window(), None)).records][:3]
        found = (await api.read(session, subject.object, Window(ids=ids), None)).records
        assert {r.id for r in found} == set(ids)

    async def test_a_key_finds_exactly(self, session: ServiceSession, api: Any, subject: Subject) -> None:
        assert subject.key is not None
        made = [await create(api, session, subject, n) for n in (1, 2)]
        values = [subject.new(n)[subject.key] for n in (1, 2)]
        found = await api.find(session, subject.object, subject.key, [*values, "no such value"])
        assert {r.id for r in found} == {r.id for r in made}
        part = str(values[0])[:-1]
        assert not [r for r in await api.find(session, subject.object, subject.key, [part]) if r.id == made[0].id]

    async def test_hostile_keys_find_nothing_else(self, session: ServiceSession, api: Any, subject: Subject) -> None:
        for text in HOSTILE.values():
            try:
                found = await api.find(session, subject.object, subject.key, [text])
            except ChoaiError as error:
                if error.recovery is not Recovery.SKIP:
                    raise
                found = []
            assert found == []

    # ------------------------------------------------------------ writing

    async def test_a_batch_has_mixed_results(
        self, session: ServiceSession, api: Any, subject: Subject, box: Sandbox
    ) -> None:
        assert subject.wrong is not None
        before = subject.rows(box.world)
        items = [Item("a", subject.new(1)), Item("b", subject.wrong(2)), Item("c", subject.new(3))]
        size = self.case.spec(subject).batch_size
        results: list[Result] = []
        for start in range(0, 3, size):
            results += await put(api, session, subject.object, Op.CREATE, *items[start : start + size])
        assert isinstance(results[1], Refused), results[1]
        assert results[1].error.recovery is Recovery.SKIP
        others = [results[0], results[2]]
        assert all(isinstance(r, Done | Untried) for r in others), others
        assert subject.rows(box.world) - before == sum(isinstance(r, Done) for r in others)

    async def test_a_stale_revision_is_refused(
        self, session: ServiceSession, api: Any, subject: Subject, box: Sandbox
    ) -> None:
        made = await create(api, session, subject, 1)
        subject.edits(box.world, made.id, "人が変更")
        item = Item("u", {subject.text: "後から"}, id=made.id, revision=made.revision)
        (result,) = await put(api, session, subject.object, Op.UPDATE, item)
        assert isinstance(result, Refused), result
        assert result.error.code == "changed_since_read"

    async def test_an_update_of_a_record_that_is_gone_is_refused(
        self, session: ServiceSession, api: Any, subject: Subject, box: Sandbox
    ) -> None:
        assert subject.erases is not None
        (first, *_) = (await api.read(session, subject.object, Window(), None)).records
        subject.erases(box.world, first.id)
        (result,) = await put(api, session, subject.object, Op.UPDATE, Item("u", {subject.text: "x"}, id=first.id))
        assert isinstance(result, Refused), result
        assert result.error.recovery is Recovery.SKIP

    async def test_a_lost_reply_can_be_settled_by_key(
        self, session: ServiceSession, api: Any, subject: Subject, box: Sandbox
    ) -> None:
        """The service acted, nobody heard: the engine is told that nobody knows, and the key finds the one record."""
        assert subject.key is not None
        values = subject.new(1)
        await whole(api, session, subject.object)  # what a connector looks up before a first write is known
        await api.describe(session, subject.object)
        before = subject.rows(box.world)
        self._lose(box)
        with pytest.raises(ChoaiError) as caught:
            await api.write(session, subject.object, Op.CREATE, [Item("a", values)])
        assert caught.value.code == "unknown_result"
        assert subject.rows(box.world) == before + 1
        found = await api.find(session, subject.object, subject.key, [values[subject.key]])
        assert len(found) == 1

    async def test_a_lost_update_is_unknown(
        self, session: ServiceSession, api: Any, subject: Subject, box: Sandbox
    ) -> None:
        (first, *_) = (await api.read(session, subject.object, Window(), None)).records
        held = await by_id(api, session, subject, first.id)
        assert held is not None
        self._lose(box)
        with pytest.raises(ChoaiError) as caught:
            await api.write(
                session, subject.object, Op.UPDATE, [Item("u", {subject.text: "失われた返答"}, id=first.id)]
            )
        assert caught.value.code == "unknown_result"
        after = await by_id(api, session, subject, first.id)
        assert after is not None
        assert after.values[subject.text] == subject.keeps("失われた返答")

    def _lose(self, box: Sandbox) -> None:
        box.world.switch("lost_reply", match="^(POST|PUT|PATCH)")

    async def test_an_upsert_makes_one_record(
        self, session: ServiceSession, api: Any, subject: Subject, box: Sandbox
    ) -> None:
        assert subject.key is not None
        values = subject.new(1)
        key = (subject.key, values[subject.key])
        before = subject.rows(box.world)
        for text, created in (("一度目", True), ("二度目", False)):
            item = Item("a", {**values, subject.text: text}, key=key)
            (result,) = await put(api, session, subject.object, Op.UPSERT, item)
            assert isinstance(result, Done), result
            assert result.created is created
        assert subject.rows(box.world) == before + 1
        held = await by_id(api, session, subject, result.record.id)
        assert held is not None
        assert held.values[subject.text] == subject.keeps("二度目")

    async def test_the_same_header_makes_one_record(
        self, session: ServiceSession, api: Any, subject: Subject, box: Sandbox
    ) -> None:
        before = subject.rows(box.world)
        ids = set()
        for _ in range(2):
            item = Item("a", subject.new(1), stamp="choai-0001")
            (result,) = await put(api, session, subject.object, Op.CREATE, item)
            assert isinstance(result, Done), result
            ids.add(result.record.id)
        assert len(ids) == 1
        assert subject.rows(box.world) == before + 1

    async def test_a_stamp_is_kept(self, session: ServiceSession, api: Any, subject: Subject) -> None:
        name = self.case.spec(subject).stamp_field
        assert name is not None
        stamp = "choai-0123456789abcdef"
        (result,) = await put(api, session, subject.object, Op.CREATE, Item("a", subject.new(1), stamp=stamp))
        assert isinstance(result, Done), result
        assert stamp in {str(r.values.get(name)) for r in await whole(api, session, subject.object)}

    # ------------------------------------------------------------ hostile data

    @pytest.mark.parametrize("what", HOSTILE)
    async def test_hostile_texts_are_kept_or_refused(
        self, session: ServiceSession, api: Any, subject: Subject, what: str
    ) -> None:
        text = HOSTILE[what]
        (result,) = await put(
            api, session, subject.object, Op.CREATE, Item("h", {**subject.new(1), subject.text: text})
        )
        if isinstance(result, Refused):
            assert result.error.recovery is Recovery.SKIP
            return
        assert isinstance(result, Done), result
        held = await by_id(api, session, subject, result.record.id)
        assert held is not None
        assert held.values[subject.text] == subject.keeps(text)

    async def test_a_long_note_is_kept_or_refused(self, session: ServiceSession, api: Any, subject: Subject) -> None:
        assert subject.note is not None
        text = "備考🎉\n" * 2000
        (result,) = await put(
            api, session, subject.object, Op.CREATE, Item("h", {**subject.new(1), subject.note: text})
        )
        if isinstance(result, Refused):
            assert result.error.recovery is Recovery.SKIP
            return
        assert isinstance(result, Done), result
        held = await by_id(api, session, subject, result.record.id)
        assert held is not None
        assert str(held.values[subject.note]).strip() == subject.keeps(text).strip()

    # ------------------------------------------------------------ deletes, drift, actions, links

    async def test_a_deleted_record_shows_as_the_spec_says(
        self, session: ServiceSession, api: Any, subject: Subject, box: Sandbox
    ) -> None:
        assert subject.erases is not None
        signal = self.case.spec(subject).deletes
        made = await create(api, session, subject, 1)
        began = box.world.now() - timedelta(minutes=2)
        subject.erases(box.world, made.id)
        listed = {r.id: r for r in await whole(api, session, subject.object)}
        if signal is DeleteSignal.FLAGGED:
            assert listed[made.id].archived
            return
        assert made.id not in listed
        if signal is DeleteSignal.LISTED:
            ids, token = set(), None
            while True:
                gone = await api.deleted(session, subject.object, began, token)
                ids |= set(gone.ids)
                token = gone.next
                if token is None:
                    break
            assert made.id in ids

    async def test_a_new_field_changes_the_schema(
        self, session: ServiceSession, api: Any, subject: Subject, box: Sandbox
    ) -> None:
        before = await api.describe(session, subject.object)
        assert subject.drifts is not None
        name = subject.drifts(box.world)
        after = await api.describe(session, subject.object, before)
        assert before.get(name) is None
        assert after.get(name) is not None
        assert after.revision != before.revision

    async def test_every_action_does_what_it_says(self, session: ServiceSession, api: Any, subject: Subject) -> None:
        declared = {a.name: a for a in self.case.spec(subject).actions}
        assert {a.name for a in subject.acts} == set(declared)
        for act in subject.acts:
            id = await act.record(session)
            acted = await api.act(session, subject.object, id, act.name, act.args)
            answers = declared[act.name].answers
            assert (acted.document is not None) == (answers is Answers.DOCUMENT), act.name
            assert (acted.made is not None) == (answers is Answers.CREATED), act.name
            assert answers is not Answers.RECORD or acted.record is not None, act.name
            assert act.holds(acted), act.name

    async def test_a_link_opens_the_record(self, session: ServiceSession, api: Any, subject: Subject) -> None:
        (first, *_) = (await api.read(session, subject.object, Window(), None)).records
        address = api.link(session.settings, session.account, subject.object, first.id)
        assert address is not None
        assert address.startswith(("http://", "https://"))
        assert first.id in address

    def test_webhooks_are_heard_and_forged_ones_refused(self, api: Any) -> None:
        hook = registry.spec(self.case.service).hook
        kinds = {ring.changed is None for ring in self.case.rings}
        assert kinds == (set() if hook is None else {False, True})
        for ring in self.case.rings:
            args = (ring.settings, ring.secrets, ring.headers, ring.body)
            answer = api.heard(*args)
            if ring.changed is None:
                assert isinstance(answer, Forged), ring
                continue
            assert isinstance(answer, Heard), ring
            assert {name: list(ids) for name, ids in answer.changed.items()} == ring.changed
            assert answer.mark == api.heard(*args).mark
            for odd in (b"", b"{", b"[]", b'"x"', b"{}", b"\xff", b'{"app": 1, "events": 3, "ids": {}}'):
                assert isinstance(api.heard(ring.settings, ring.secrets, ring.headers, odd), Heard | Forged)
            if hook is not None and hook.proof == "signature":
                assert isinstance(api.heard(ring.settings, ring.secrets, ring.headers, ring.body + b" "), Forged)
                assert isinstance(api.heard(ring.settings, {}, ring.headers, ring.body), Forged)

    # ------------------------------------------------------------ failures

    async def test_a_limit_says_until_when(
        self, session: ServiceSession, api: Any, box: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(http, "LONGEST_WAIT", 0.0)
        box.world.switch("throttle")
        with pytest.raises(ChoaiError) as caught:
            await self._fails(api, session)
        assert caught.value.code == "throttled"
        assert datetime.fromisoformat(str(caught.value.facts["until"])) > clock.now()

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 418, 422, 429, 500, 502, 503, 504])
    async def test_no_answer_is_misunderstood_and_no_secret_told(
        self, session: ServiceSession, api: Any, box: Sandbox, monkeypatch: pytest.MonkeyPatch, status: int
    ) -> None:
        """Whatever a service or something on the way to it answers, an error of ours comes out, without a secret in it."""
        monkeypatch.setattr(http, "LONGEST_WAIT", 0.0)
        monkeypatch.setattr(http, "PAUSES", (0.0,))
        for body in ({"error": "odd"}, {"errors": "odd"}, [], ["odd"], "odd", None):
            box.world.switch("status", status=status, body=body, times=None)
            try:
                await self._fails(api, session)
            except ChoaiError as error:
                told = f"{error!r} {error} {error.facts}"
                assert not [s for s in self.case.secrets(box) if s in told]
            box.world.faults.clear()
        for data, text in ((None, "<html>"), (None, ""), ({"x": 1}, ""), ([1], ""), ("x", "")):
            for method in ("GET", "POST"):
                error = api.fault(Reply(status, {}, data, text, method, "/x"))
                assert isinstance(error, ChoaiError)
                assert status < 500 or method == "GET" or error.recovery is not Recovery.SKIP

    async def test_a_page_that_is_no_json_is_no_success(
        self, session: ServiceSession, api: Any, box: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(http, "PAUSES", (0.0,))
        box.world.switch("garbage", times=None)
        with pytest.raises(ChoaiError) as caught:
            await self._fails(api, session)
        assert caught.value.code == "unexpected_answer"

    async def _fails(self, api: Any, session: ServiceSession) -> None:
        if self.case.fails is not None:
            await self.case.fails(session)
        else:
            await api.read(session, self.case.subjects[0].object, Window(), None)
