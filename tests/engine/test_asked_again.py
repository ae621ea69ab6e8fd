"""Creates whose end nobody saw, by kind of idempotency: found again or sent again, never made twice, no edit lost."""

from __future__ import annotations

from typing import Any

import pytest

from choai.connectors.contract import Done, Idempotency, Item, Op, Result
from choai.engine import recover
from choai.errors import ChoaiError
from choai.store.models import Binding, Intent, Run
from engine.toy import BOOKS, field_
from engine.world import KEYS, MAPPING, World, counts, world

HEADER = {"idempotency": Idempotency.HEADER, "key_seconds": 360}
STAMP = {"idempotency": Idempotency.STAMP, "stamp_field": "note", "keys": ()}
NAMED = {"idempotency": Idempotency.NATURAL_KEY}
UNSTAMPED = [row for row in MAPPING if row["right"] != "note"]


def lose(w: World, times: int = 1, *, then: Any = None) -> None:
    """The next replies of the right side to a write are lost after it acted."""
    left = [times]

    def after(name: str, _: Any) -> None:
        if name == "write" and left[0]:
            left[0] -= 1
            if then is not None:
                then()
            raise ChoaiError("unknown_result")

    w.right.after = after


def honour_keys(w: World) -> list[str]:
    """The right side replays the answer of a key it knows, and refuses another body under it. Answers the keys sent."""
    known: dict[str, tuple[list[dict[str, Any]], list[Result]]] = {}
    sent: list[str] = []
    real = w.right.write

    async def write(session: Any, object: str, op: Op, items: list[Item]) -> list[Result]:
        if op is not Op.CREATE:
            return await real(session, object, op, items)
        key = items[0].stamp or ""
        assert {i.stamp for i in items} == {key}
        sent.append(key)
        body = [dict(i.values) for i in items]
        if key in known:
            assert known[key][0] == body, "the same key with another body"
            w.right.after("write", items)
            return known[key][1]
        after, w.right.after = w.right.after, lambda *_: None
        known[key] = body, await real(session, object, op, items)
        w.right.after = after
        after("write", items)
        return known[key][1]

    w.right.write = write  # type: ignore[method-assign]  # the vendor's door
    return sent


def stamped(w: World) -> World:
    """The right side's connector writes stamps into its note."""
    real = w.right._write

    def write(item: Item, op: Op) -> Done:
        if item.stamp:
            item.values = {**item.values, "note": item.stamp}
        return real(item, op)

    w.right._write = write  # type: ignore[method-assign]
    return w


def bound(w: World) -> bool:
    return Binding.objects.filter(pairing=w.pairing, state="ok").count() == len(w.right.records) == len(w.left.records)


pytestmark = [pytest.mark.usefixtures("sqlite_database"), pytest.mark.req("CC-06")]


# ---------------------------------------------------------------- header


@pytest.mark.parametrize("size", [1, 3])
def test_a_lost_call_is_made_again_under_its_key(size: int) -> None:
    w = world(right={**HEADER, "batch_size": size})
    for n in range(3):
        w.left.add(name=f"N{n}")
    sent = honour_keys(w)
    lose(w)
    assert counts(w.run()) == {"created": 3}
    assert bound(w)
    assert len(sent) == len(set(sent)) + 1
    assert counts(w.run()) == {}


def test_a_create_that_was_edited_in_between_is_repeated_as_it_was_and_the_edit_follows() -> None:
    w = world(right=HEADER, options={"recheck_seconds": 0})
    id = w.left.add(name="青空", phone="1")
    honour_keys(w)
    lose(w, then=lambda: w.left.edit(id, phone="2"))
    w.run()
    w.run()
    assert [r["phone"] for r in w.right.records.values()] == ["2"]


def test_a_later_run_repeats_the_call_of_an_earlier_one() -> None:
    """The run that lost the reply ended; planned anew, its create would have another key."""
    w = world(right=HEADER)
    w.left.add(name="青空")
    sent = honour_keys(w)
    lose(w, times=99)
    first = w.run()
    assert first.state in ("stopped", "error")
    w.right.after = lambda *_: None
    w.clock.tick(minutes=-29)  # within the time that the service remembers keys
    run = w.run()
    assert bound(w), (run.error_code, w.right.records)
    assert len(set(sent)) == 1
    assert Run.objects.get(id=first.id).counts.get("created") == 1, "the record belongs to the run that sent it"


def test_when_the_service_has_forgotten_the_key_the_record_is_looked_up() -> None:
    w = world(right=HEADER)
    w.left.add(name="青空")
    sent = honour_keys(w)
    lose(w, times=99)
    w.run()
    w.right.after = lambda *_: None
    w.clock.tick(minutes=10)
    before = len(sent)
    w.run()
    assert bound(w)
    assert len(sent) == before


def test_another_run_has_another_key_for_the_same_content() -> None:
    """Services replay refusals too: what is tried anew must not be answered from memory."""
    w = world(right=HEADER)
    w.left.add(name="青空")
    sent = honour_keys(w)
    w.run()
    [id] = w.right.records
    w.right.drop(id)
    Binding.objects.all().delete()
    w.sync.resync = True
    w.sync.save()
    w.left.edit(next(iter(w.left.records)), books_id=None)
    w.run()
    assert bound(w)
    assert len(set(sent)) == 2


# ---------------------------------------------------------------- stamp


def test_a_stamped_record_is_found_though_its_content_was_edited() -> None:
    w = stamped(world(right=STAMP, mapping=UNSTAMPED, to_left=True, conflict_policy="left"))
    w.left.add(name="青空", phone="1")
    lose(w, then=lambda: w.right.edit(next(iter(w.right.records)), phone="9"))
    w.run()
    w.run()
    assert bound(w)
    assert [r["phone"] for r in w.left.records.values()] == ["9"], "the edit of the other side is not lost"
    assert str(next(iter(w.right.records.values()))["note"]).startswith("choai:")
    writes = [c for c in w.left.calls + w.right.calls if c.startswith("write")]
    w.run()
    assert [c for c in w.left.calls + w.right.calls if c.startswith("write")] == writes, "a stamp is no change"


@pytest.mark.parametrize("keys", [KEYS, []])
def test_a_lost_database_is_rebuilt_from_stamps(keys: list[Any]) -> None:
    own = {"duplicate_policy": "fail", "match_keys": keys, "mapping": UNSTAMPED[:2]}
    w = stamped(world(right=STAMP, **own))
    w.right.unique = ()
    for n in range(5):
        w.left.add(name="同名", phone=str(n)) if not keys else w.left.add(name=f"N{n}")
    w.run()
    assert bound(w)
    pairs = set(Binding.objects.values_list("left_id", "right_id"))
    for model in (Intent, Binding, Run):
        model.objects.all().delete()
    from choai.store.models import Cursor

    Cursor.objects.all().delete()
    calls = len([c for c in w.right.calls if c.startswith("write")])
    run = w.run()
    assert len(w.right.records) == 5, counts(run)
    assert set(Binding.objects.values_list("left_id", "right_id")) == pairs
    assert len([c for c in w.right.calls if c.startswith("write")]) == calls


def test_a_copy_of_a_stamped_record_is_a_record_of_its_own() -> None:
    w = stamped(world(left=NAMED, right=STAMP, mapping=UNSTAMPED[:2], match_keys=[], to_left=True))
    w.left.add(name="青空")
    w.run()
    copied = dict(next(iter(w.right.records.values())))
    del copied["id"]
    w.right.add(**{**copied, "name": "青空 (写し)"})
    w.run()
    assert w.left.names() == w.right.names() == ["青空", "青空 (写し)"]


def test_a_field_that_the_mapping_uses_is_never_stamped() -> None:
    w = stamped(world(right=STAMP))
    w.left.add(name="青空", memo="自分のメモ")
    w.left.add(name="海山")
    lose(w)
    w.run()
    assert bound(w)
    assert sorted(str(r["note"]) for r in w.right.records.values()) == ["None", "自分のメモ"]


# ---------------------------------------------------------------- looked up


def test_it_is_not_asked_before_the_service_can_have_ended() -> None:
    """The reply is lost at once, the record appears two seconds later."""
    w = world()
    w.left.add(name="青空")
    began = w.clock.at
    real = w.right._write
    late: list[Item] = []

    def write(item: Item, op: Op) -> Done:
        if op is Op.CREATE and not late:
            late.append(item)
            raise ChoaiError("unknown_result")
        return real(item, op)

    def hook(name: str, _: Any) -> None:
        if late and w.clock.at >= began and name in ("find", "read") and not w.right.records:
            elapsed = (w.clock.at - began).total_seconds()
            if elapsed >= 2:
                w.right.add(**late[0].values)

    w.right._write = write  # type: ignore[method-assign]
    w.right.hook = hook
    run = w.run()
    assert len(w.right.records) == 1
    assert bound(w)
    assert "answer_outstanding" in [n["code"] for n in run.notes]
    assert recover.OUTSTANDING.seconds >= 2


def test_a_create_without_any_key_is_not_sent_again() -> None:
    """A natural key that this record does not have cannot be asked for."""
    w = world(right={"keys": ("phone",)}, match_keys=[{"left": "phone", "right": "phone"}], mapping=MAPPING[:3])
    w.left.add(name="青空")
    lose(w)
    run = w.run()
    assert len(w.right.records) == 1
    assert [i.code for i in w.items(run)] == ["ambiguous_intent"]


def test_an_edit_of_an_upserted_record_is_not_overwritten_by_the_repetition() -> None:
    external = {"idempotency": Idempotency.EXTERNAL_ID, "keys": ("id", "code")}
    w = world(left=NAMED, right=external, mapping=[*MAPPING[:2], {"left": "id", "right": "code", "direction": "to_right"}],
              match_keys=[{"left": "id", "right": "code"}], to_left=True, conflict_policy="left")  # fmt: skip
    w.right.schema = type(w.right.schema)("things", (*w.right.schema.fields, field_("code", unique=True)))
    w.left.schema = type(w.left.schema)(
        "things",
        (
            *(f for f in w.left.schema.fields if f.name != "id"),
            field_("id", "partner.id", unique=True, on_create=False, on_update=False),
        ),
    )
    w.left.add(name="青空", phone="1")
    lose(w, then=lambda: w.right.edit(next(iter(w.right.records)), phone="9"))
    w.run()
    w.run()
    assert [r["phone"] for r in w.left.records.values()] == ["9"]
    assert [r["phone"] for r in w.right.records.values()] == ["9"]


def test_the_namesake_of_a_parked_record_waits_for_the_answer() -> None:
    """It may be what was made of it: bound by its name, the side that is planned first would overwrite the other's edit."""
    none = {"idempotency": Idempotency.NONE}
    w = world(left=none, right=none, mapping=MAPPING[:2], match_keys=KEYS[1:], to_left=True, conflict_policy="left",
              duplicate_policy="bind")  # fmt: skip
    id = w.right.add(name="青空", phone="1")

    def after(name: str, _: Any) -> None:
        if name == "write":
            w.left.after = lambda *_: None
            raise ChoaiError("unknown_result")

    w.left.after = after
    w.run()
    w.right.edit(id, phone="9")
    run = w.run()
    assert [r["phone"] for r in w.right.records.values()] == ["9"]
    assert {i.code for i in w.items(run)} == {"ambiguous_intent", "partner_awaits_answer"}


# ---------------------------------------------------------------- the answer of a write is not the base of other fields


def test_an_edit_between_the_read_and_the_write_is_not_taken_for_known() -> None:
    """The full answer to an update also tells of somebody's edit of another field."""
    w = world(to_left=True, conflict_policy="left")
    a = w.left.add(name="青空", phone="1", memo="x")
    w.run()
    [b] = w.right.records
    w.left.edit(a, phone="2")

    def hook(name: str, _: Any) -> None:
        if name == "write":
            w.right.hook = lambda *_: None
            w.right.edit(b, note="編集")

    w.right.hook = hook
    w.run()
    w.run()
    assert (w.left.records[a]["memo"], w.right.records[b]["phone"]) == ("編集", "2")


def test_an_edit_before_the_way_back_is_not_taken_for_known() -> None:
    w = world()
    a = w.left.add(name="青空", phone="1")

    def hook(name: str, payload: Any) -> None:
        if name == "write" and payload[0] is Op.UPDATE:
            w.left.hook = lambda *_: None
            w.left.edit(a, phone="2")

    w.left.hook = hook
    w.run()
    w.run()
    assert [r["phone"] for r in w.right.records.values()] == ["2"]
    assert BOOKS.batch_size == 1


def test_the_ledger_is_flushed_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite without a flush may forget its last commits when the power is cut: a create without its intent would be repeated."""
    from django.db import connection

    from choai.store import rows

    w = world()
    w.left.add(name="青空")
    levels: list[Any] = []
    real = rows.insert

    def insert(table: str, *args: Any, **kwargs: Any) -> None:
        if table == "store_intent":
            levels.append(rows.select("PRAGMA synchronous")[0][0])
        real(table, *args, **kwargs)

    monkeypatch.setattr(rows, "insert", insert)
    w.run()
    assert levels == [2]
    assert connection.vendor == "sqlite"
