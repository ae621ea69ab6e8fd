"""The item of a line is translated like any other reference: it arrives as the partner, waits for it, compares."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

import pytest

from choai import clock
from choai.engine.codec import unpack
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Ref, Row, Value
from choai.store import reconcile, seal
from choai.store.models import Binding, Pairing
from engine.toy import Toy
from engine.world import MAPPING, World, counts, world

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _secrets(data_folder: Any, database: str) -> None:
    seal.load_secrets()


CELLS = (
    Field("item", Kind.REFERENCE, "品目", "Item", target="item"),
    Field("taxes", Kind.REFERENCES, "税", "Taxes", target="tax"),
    Field("count", Kind.DECIMAL, "数量", "Quantity"),
    Field("memo", Kind.TEXT, "備考", "Note"),
    Field("account", Kind.REFERENCE, "勘定科目", "Account", target="account"),
)
LINES = {
    "left": "lines",
    "right": "rows",
    "when_empty": "clear",
    "rows": [{"left": n, "right": n} for n in ("item", "taxes", "count")],
}


def with_lines(toy: Toy, name: str, ids: bool) -> None:
    lines = Field(name, Kind.ROWS, "明細", "Lines", fields=CELLS)
    toy.schema = Schema(toy.schema.object, (*toy.schema.fields, lines))
    toy.rewrite = lambda _, value: _numbered(value, toy.prefix) if ids else value


def _numbered(value: Value, prefix: str) -> Value:
    """As a service keeps rows that gives them ids."""
    if not isinstance(value, list):
        return value
    known = [one.id for one in value if isinstance(one, Row) and one.id]
    free = (f"{prefix}r{n}" for n in range(1000) if f"{prefix}r{n}" not in known)
    kept = [Row(one.id or next(free), dict(one.values)) if isinstance(one, Row) else one for one in value]
    return cast("Value", kept)


def row(item: str | None, count: int, id: str | None = None, **more: Value) -> Row:
    return Row(id, {"item": Ref(item, f"品目{item}") if item else None, "count": Decimal(count), **more})


def scene(*, ids: bool = True, **settings: Any) -> World:
    """Documents with lines; items are paired elsewhere, 1–3 with p1–p3, and taxes, 8 with t8."""
    w = world(mapping=[*MAPPING, LINES], **settings)
    with_lines(w.left, "lines", ids)
    with_lines(w.right, "rows", ids)
    for kind, pairs in (("item", {"1": "p1", "2": "p2", "3": "p3"}), ("tax", {"8": "t8", "10": "t10"})):
        found = Pairing.objects.create(
            workspace=w.workspace, kind=kind, left_connection=w.pairing.left_connection, left_object=kind,
            right_connection=w.pairing.right_connection, right_object=kind,
        )  # fmt: skip
        for left, right in pairs.items():
            tie(found, left, right)
    return w


def tie(pairing: Pairing, left: str, right: str) -> None:
    Binding.objects.create(
        workspace=pairing.workspace, pairing=pairing, left_id=left, right_id=right, created_at=clock.now()
    )


def held(toy: Toy, id: str) -> list[Row]:
    found = toy.records[id]["lines" if toy.prefix == "c" else "rows"]
    return [one for one in found or () if isinstance(one, Row)]  # type: ignore[union-attr]  # rows


def items(toy: Toy, id: str) -> list[Value]:
    return [one.values.get("item") for one in held(toy, id)]


def partner_of(w: World, left: str) -> str:
    return str(w.left.records[left]["books_id"])


@pytest.mark.parametrize("ids", [True, False], ids=["row ids", "no row ids"])
def test_lines_arrive_with_the_partners_and_the_second_run_is_quiet(ids: bool) -> None:
    w = scene(ids=ids)
    id = w.left.add(name="請求", lines=[row("1", 5, taxes=[Ref("8"), Ref("10")]), row(None, 1), row("2", 3)])
    assert counts(w.run()) == {"created": 1}
    right = partner_of(w, id)
    assert items(w.right, right) == [Ref("p1"), None, Ref("p2")]
    assert held(w.right, right)[0].values["taxes"] == [Ref("t8"), Ref("t10")]
    assert counts(w.run()) == {}
    w.left.edit(id, lines=[row("1", 5, taxes=[Ref("8"), Ref("10")]), row(None, 1), row("3", 3)])
    assert counts(w.run()) == {"updated": 1}
    assert items(w.right, right) == [Ref("p1"), None, Ref("p3")]
    assert items(w.left, id) == [Ref("1"), None, Ref("3")], "what the left side holds is not touched by the translation"
    assert counts(w.run()) == {}


def test_a_line_without_a_partner_blocks_its_record_and_follows() -> None:
    w = scene()
    w.left.add(name="待つ", lines=[row("1", 1), row("9", 2)])
    fine = w.left.add(name="青空", lines=[row("2", 1)])
    shown = w.run(preview=True)
    assert shown.state == "planned"
    plan = {i.name: (i.outcome, i.code) for i in w.items(shown)}
    assert plan == {"待つ": ("blocked", "blocked_by"), "青空": ("planned", "")}, "a preview says what will happen"
    run = w.run()
    assert counts(run) == {"created": 1, "blocked": 1}
    told = next(i for i in w.items(run) if i.outcome == "blocked")
    assert (told.code, told.facts["name"]) == ("blocked_by", "品目9")
    assert (told.facts["field_ja"], told.facts["field_en"]) == ("明細／品目", "Lines / Item")
    assert told.facts["service"], "the text says where"
    assert w.right.names() == ["青空"]
    assert items(w.right, partner_of(w, fine)) == [Ref("p2")]
    tie(Pairing.objects.get(kind="item"), "9", "p9")
    assert counts(w.run()) == {"created": 1}
    assert counts(w.run()) == {}


def both_ways(**more: Any) -> dict[str, Any]:
    return {
        "to_left": True, "to_right": True,
        "options": {"duplicate_policy_left": "bind", "duplicate_policy_right": "bind"}, **more,
    }  # fmt: skip


@pytest.mark.parametrize("ids", [True, False], ids=["row ids", "no row ids"])
def test_an_edit_of_one_line_here_and_of_another_there_both_survive(ids: bool) -> None:
    w = scene(ids=ids, **both_ways())
    id = w.left.add(name="請求", lines=[row("1", 1), row("2", 2)])
    w.run()
    right = partner_of(w, id)
    left_rows, right_rows = held(w.left, id), held(w.right, right)
    w.left.edit(id, lines=[Row(left_rows[0].id, {**left_rows[0].values, "item": Ref("3")}), left_rows[1]])
    w.right.edit(right, rows=[right_rows[0], Row(right_rows[1].id, {**right_rows[1].values, "item": Ref("p1")})])
    assert counts(w.run()) == {"updated": 2}
    assert (items(w.left, id), items(w.right, right)) == ([Ref("3"), Ref("1")], [Ref("p3"), Ref("p1")])
    assert counts(w.run()) == {}


def test_the_way_back_and_what_the_left_side_does_not_know() -> None:
    w = scene(**both_ways())
    id = w.right.add(name="来た", rows=[row("p2", 4, "b1", account=Ref("501"), memo="経理の覚え")])
    w.right.add(name="知らない品目", rows=[row("p7", 1, "b2")])
    run = w.run()
    assert counts(run) == {"created": 1, "blocked": 1}
    left = next(i for i, r in w.left.records.items() if r["name"] == "来た")
    assert items(w.left, left) == [Ref("2")]
    # a line that only the right side has, with an item that has no partner: its neighbour's edit sends it back as it is
    w.sync.to_left = False
    w.sync.save()
    here = held(w.right, id)
    w.right.edit(id, rows=[*here, row("p7", 9, "b3", memo="こちらだけ")])
    w.left.edit(left, lines=[Row(one.id, {**one.values, "count": Decimal(40)}) for one in held(w.left, left)])
    run = w.run()
    assert counts(run) == {"updated": 1}, [(i.code, i.facts) for i in w.items(run)]
    kept = held(w.right, id)
    assert [(r.values["item"], r.values["count"]) for r in kept][:1] == [(Ref("p2"), Decimal(40))]
    assert (kept[0].values["account"], kept[0].values["memo"]) == (Ref("501"), "経理の覚え"), "not mapped, not touched"


def test_bases_hold_the_ids_of_the_left_side() -> None:
    w = scene()
    id = w.left.add(name="請求", lines=[row("1", 1)])
    w.run()
    binding = Binding.objects.get(pairing=w.pairing, left_id=id)
    for base, name in ((binding.left_base, "lines"), (binding.right_base, "rows")):
        (line,) = cast("list[Row]", unpack(bytes(base))[name])
        assert line.values["item"] == Ref("1")


def test_reconciling_compares_the_lines_by_their_partners() -> None:
    w = scene()
    id = w.left.add(name="請求", lines=[row("1", 1), row("2", 2)])
    w.run()
    right = partner_of(w, id)

    def compared() -> tuple[int, int]:
        found = w.go(reconcile.create(w.sync.id, workspace_id=w.workspace.id, user_id=w.user.id))
        w.clock.tick(minutes=30)
        return found.counts.get("agreeing", 0), found.counts.get("differs", 0)

    assert compared() == (1, 0)
    first, second = held(w.right, right)
    w.right.edit(right, rows=[first, Row(second.id, {**second.values, "item": Ref("p3")})])
    assert compared() == (0, 1)


def test_a_column_that_points_elsewhere_now_waits_instead_of_writing_a_stranger() -> None:
    """Drift: the service says that the column refers to another object. An id of the one is not an id of the other."""
    w = scene()
    id = w.left.add(name="請求", lines=[row("1", 1)])
    w.run()
    other = tuple(replace(c, target="bundle") if c.name == "item" else c for c in CELLS)
    lines = Field("rows", Kind.ROWS, "明細", "Lines", fields=other)
    w.right.schema = Schema(w.right.schema.object, (*w.right.schema.fields[:-1], lines))
    before = held(w.right, partner_of(w, id))
    w.left.edit(id, lines=[row("2", 1)])
    run = w.run()
    assert counts(run) == {"blocked": 1}
    assert next(i for i in w.items(run) if i.outcome == "blocked").code == "blocked_by"
    assert held(w.right, partner_of(w, id)) == before


def test_rows_without_references_leave_the_connectors_alone() -> None:
    plain = {**LINES, "rows": [{"left": "count", "right": "count"}]}
    w = world(mapping=[*MAPPING, plain])
    with_lines(w.left, "lines", True)
    with_lines(w.right, "rows", True)
    id = w.left.add(name="請求", lines=[row("1", 5)])
    assert counts(w.run()) == {"created": 1}
    (line,) = held(w.right, partner_of(w, id))
    assert line.values == {"count": Decimal(5)}
