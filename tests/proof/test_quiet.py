"""Services that rewrite what they are given do not bounce: every kind of value, every pair of kinds that a mapping may join,
every converter, both ways, every policy.

After any edit there is at most one write per side, and the runs after it write nothing although they read everything again.
``CHOAI_FULL=1`` takes many times the pairs of rewritings, every way with each, and ten runs instead of two (half an hour).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import product, zip_longest
from typing import Any

import msgspec
import pytest

from choai.connectors.contract import CursorKind
from choai.errors import ChoaiError
from choai.model.coerce import TEXTS, convertible
from choai.model.convert import CONVERTERS, convert, equal
from choai.model.mapping import MappingRow, Side
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Value, is_empty
from choai.store.models import Cursor, Run
from engine.toy import Toy
from engine.world import KEYS, MAPPING, World, counts, world
from proof.values import REWRITES, SAMPLES, Rewrite, field, line, rewritten

PLAIN = frozenset(Kind) - TEXTS
FULL = bool(os.environ.get("CHOAI_FULL"))
QUIET_RUNS = 10 if FULL else 2
WAYS: dict[str, dict[str, Any]] = {
    "to the right": {"to_right": True, "to_left": False},
    "to the left": {"to_right": False, "to_left": True},
    **{
        f"both, {policy}": {"to_right": True, "to_left": True, "conflict_policy": policy}
        for policy in ("left", "right", "newest", "ask")
    },
}
BIND = {"duplicate_policy_left": "bind", "duplicate_policy_right": "bind", "brake_minimum": 100_000}


@dataclass
class Case:
    """One mapped pair of fields with what the two services make of its values. ``values`` are what people of either side type."""

    name: str
    row: dict[str, Any]
    left: Field
    right: Field
    keeps: dict[Side, Rewrite]
    values: dict[Side, list[Value]]


def rows_of(row: dict[str, Any]) -> MappingRow:
    return msgspec.convert(row, MappingRow)


def carried(row: MappingRow, value: Value, left: Field, right: Field, to: Side) -> Value:
    """The value on the other side; None where it has no counterpart."""
    source, target = (left, right) if to is Side.RIGHT else (right, left)
    try:
        return convert(row, value, source, target, to)
    except ChoaiError:
        return None


def usable(
    row: MappingRow, left: Field, right: Field, keeps: dict[Side, Rewrite], typed_there: list[Value] | None = None
) -> dict[Side, list[Value]] | None:
    """Values of the left that get to the right and whose rewritten form gets back, each with its counterpart; None where fewer
    than three are different there."""
    found: dict[Side, list[Value]] = {Side.LEFT: [], Side.RIGHT: []}
    for typed in typed_there or SAMPLES[left.kind]:
        held = rewritten(keeps[Side.LEFT], typed)
        there = carried(row, held, left, right, Side.RIGHT)
        if is_empty(there):
            continue
        kept = rewritten(keeps[Side.RIGHT], there)
        if is_empty(carried(row, kept, left, right, Side.LEFT)) or any(
            equal(kept, v, right) for v in found[Side.RIGHT]
        ):
            continue
        found[Side.LEFT].append(typed)
        found[Side.RIGHT].append(kept)
    return found if len(found[Side.LEFT]) >= 2 else None


def combinations(left: Kind, right: Kind) -> list[tuple[str, str]]:
    """Rewritings of the two sides. At full size each of a kind meets one of every other kind, and of its own kind all."""
    ours, theirs = list(REWRITES[left]), list(REWRITES[right])
    if FULL and left is right and left in (Kind.TEXT, *PLAIN):
        return list(product(ours, theirs))
    both = list(zip_longest(ours, theirs[1:] + theirs[:1], fillvalue="as it is"))
    return both if FULL or (left is right and left in (Kind.TEXT, *PLAIN)) else both[len(ours) // 2 :][:1]


def pairs_of_kinds() -> Iterator[Case]:
    number = 0
    for left_kind, right_kind in product(REWRITES, REWRITES):
        if Kind.ROWS in (left_kind, right_kind) or not convertible(field("l", left_kind), field("r", right_kind)):
            continue
        for ours, theirs in combinations(left_kind, right_kind):
            left, right = field(f"l{number}", left_kind), field(f"r{number}", right_kind)
            row: dict[str, Any] = {"left": left.name, "right": right.name, "when_empty": "clear"}
            keeps = {Side.LEFT: _known(left_kind, ours), Side.RIGHT: _known(right_kind, theirs)}
            values = usable(rows_of(row), left, right, keeps)
            if values is not None:
                number += 1
                yield Case(f"{left_kind} ({ours}) – {right_kind} ({theirs})", row, left, right, keeps, values)


def _known(kind: Kind, name: str) -> Rewrite:
    return REWRITES[kind].get(name, REWRITES[kind].get("as it is", lambda v: v))


OPTIONS: dict[str, tuple[Kind, Kind, dict[str, Any]]] = {
    "trim": (Kind.TEXT, Kind.TEXT, {}),
    "fold_width": (Kind.TEXT, Kind.TEXT, {}),
    "upper": (Kind.TEXT, Kind.TEXT, {}),
    "lower": (Kind.TEXT, Kind.TEXT, {}),
    "choice_map": (Kind.CHOICE, Kind.TEXT, {"table": {"1": "ａ", "2": "b", "3": "c"}, "other": "empty"}),
    "prefecture": (Kind.TEXT, Kind.TEXT, {}),
    "phone_digits": (Kind.PHONE, Kind.PHONE, {}),
    "zip_hyphen": (Kind.TEXT, Kind.TEXT, {}),
    "registration_number": (Kind.TEXT, Kind.TEXT, {}),
    "date_format": (Kind.DATE, Kind.TEXT, {"pattern": "YYYY年M月D日"}),
    "constant": (Kind.TEXT, Kind.TEXT, {"value": " 固定 "}),
    "first_of_choices": (Kind.CHOICES, Kind.CHOICE, {}),
    "boolean_map": (Kind.BOOLEAN, Kind.TEXT, {"true": "する", "false": "しない"}),
    "join": (Kind.CHOICES, Kind.TEXT, {"separator": "/"}),
    "split": (Kind.TEXT, Kind.CHOICES, {"separator": "、"}),
}
FURTHER: dict[str, list[Value]] = {
    "prefecture": ["東京都", "大阪", " 北海道", "神奈川県"],
    "registration_number": ["T1234567890123", "1234567890124", "Ｔ1234567890125"],
}


def converters() -> Iterator[Case]:
    number = 0
    for place, (name, (left_kind, right_kind, _)) in enumerate(OPTIONS.items()):
        known = list(product(REWRITES[left_kind], REWRITES[right_kind]))
        turned = known[7 * place % len(known) :] + known[: 7 * place % len(known)]
        made = (_converted(name, number + n, ours, theirs) for n, (ours, theirs) in enumerate(turned))
        cases = [case for case in made if case is not None][: 14 if FULL else 3]
        number += len(known)
        yield from cases


def _converted(name: str, number: int, ours: str, theirs: str) -> Case | None:
    left_kind, right_kind, options = OPTIONS[name]
    left, right = field(f"cl{number}", left_kind), field(f"cr{number}", right_kind)
    one_way = {"direction": "to_right"} if CONVERTERS[name].to_left is None else {}
    row = {
        "left": left.name,
        "right": right.name,
        "converter": name,
        "options": options,
        "when_empty": "clear",
        **one_way,
    }
    keeps = {Side.LEFT: _known(left_kind, ours), Side.RIGHT: _known(right_kind, theirs)}
    if one_way:
        values: dict[Side, list[Value]] | None = {Side.LEFT: ["一", "二", "三"], Side.RIGHT: []}
    else:
        values = usable(rows_of(row), left, right, keeps, FURTHER.get(name))
    return Case(f"{name}: {ours} – {theirs}", row, left, right, keeps, values) if values is not None else None


def line_items() -> Iterator[Case]:
    inner = [{"left": "item", "right": "item"}, {"left": "quantity", "right": "quantity"}]
    for number, (ours, theirs) in enumerate(product(REWRITES[Kind.ROWS], REWRITES[Kind.ROWS])):
        left, right = field(f"il{number}", Kind.ROWS), field(f"ir{number}", Kind.ROWS)
        keeps = {Side.LEFT: REWRITES[Kind.ROWS][ours], Side.RIGHT: REWRITES[Kind.ROWS][theirs]}
        row = {"left": left.name, "right": right.name, "rows": inner, "when_empty": "clear"}
        values = dict.fromkeys(Side, SAMPLES[Kind.ROWS])
        yield Case(f"rows: {ours} – {theirs}", row, left, right, keeps, values)


CASES = [*pairs_of_kinds(), *converters(), *line_items()]
PART = 60


def test_every_kind_and_every_converter_takes_part() -> None:
    met = {(c.left.kind, c.right.kind) for c in CASES}
    offered = {
        (a, b)
        for a, b in product(Kind, Kind)
        if convertible(field("a", a), field("b", b)) and SAMPLES[a] and {a, b}.isdisjoint({Kind.FILES})
    }
    assert {k for pair in met for k in pair} == set(Kind) - {Kind.FILES}  # files are never written
    assert set(OPTIONS) == set(CONVERTERS) == {str(c.row["converter"]) for c in CASES if "converter" in c.row}
    # what is left is possible for some values only, and there are not three of them that come back
    assert len(offered - met) <= len(offered) // 4, sorted(offered - met)
    for kind, known in REWRITES.items():
        alike = TEXTS if kind in TEXTS else {kind}
        told = " ".join(c.name for c in CASES if {c.left.kind, c.right.kind} & alike)
        assert not [name for name in known if name not in told], kind


# ---------------------------------------------------------------- the scene


@dataclass
class Scene:
    """One record per case on either side, bound to each other, each with its own field filled."""

    w: World
    cases: list[Case]
    ids: dict[Side, list[str]]

    def toy(self, side: Side) -> Toy:
        return self.w.left if side is Side.LEFT else self.w.right

    def type(self, side: Side, n: int, value: Value) -> None:
        """A person types a value."""
        case = self.cases[n]
        known = case.left if side is Side.LEFT else case.right
        toy = self.toy(side)
        held = rewritten(case.keeps[side], value)
        toy.edit(self.ids[side][n], **{known.name: held})

    def run(self, *, whole: bool = False) -> tuple[Run, dict[Side, Counter[str]]]:
        """A run with the writes of either side, by record. ``whole``: it reads everything again."""
        wrote: dict[Side, Counter[str]] = {side: Counter() for side in Side}
        for side in Side:

            def hook(name: str, payload: Any, side: Side = side) -> None:
                if name == "write":
                    wrote[side].update(str(i.id or i.values.get("name")) for i in payload[1])

            self.toy(side).hook = hook
        if whole:
            Cursor.objects.all().delete()
        return self.w.run(), wrote

    def settle(self, what: str, *, most: int = 1, conflicts: bool = False) -> None:
        """What was edited goes out with at most one write per record and side, and then nothing more is written."""
        run, wrote = self.run()
        self.fine(run, what, conflicts=conflicts)
        for side in Side:
            often = {id: n for id, n in wrote[side].items() if n > most}
            assert not often, (what, side, often)
        for n in range(QUIET_RUNS):
            again, wrote = self.run(whole=n % 2 == 0)
            self.fine(again, what, conflicts=conflicts)
            assert not wrote[Side.LEFT] + wrote[Side.RIGHT], f"{what}: {self.named(wrote)} written in run {n + 2}"

    def named(self, wrote: dict[Side, Counter[str]]) -> list[str]:
        return [self.cases[self.ids[s].index(id)].name for s in Side for id in wrote[s] if id in self.ids[s]]

    def fine(self, run: Run, what: str, *, conflicts: bool) -> None:
        bad = {
            k: v for k, v in counts(run).items() if k in ("failed", "blocked") and not (conflicts and k == "blocked")
        }
        told = [(self.cases[int(i.name[1:])].name, i.code, i.facts) for i in self.w.items(run) if i.code]
        assert not bad, (what, bad, told[:3])
        assert run.state in ("succeeded", "partly" if conflicts else "succeeded"), (what, run.error_code)


def scene(cases: list[Case], settings: dict[str, Any], *, bound: bool) -> Scene:
    """``bound`` False: the records of both sides exist already and are tied by their names."""
    w = world(
        left={"cursor": CursorKind.INSTANT, "page_size": 500, "batch_size": 100},
        right={"cursor": CursorKind.INSTANT, "page_size": 500},
        mapping=[m for m in MAPPING if m["left"] in ("name", "books_id")] + [c.row for c in cases],
        match_keys=KEYS,
        options=BIND,
        **settings,
    )
    for side, toy in ((Side.LEFT, w.left), (Side.RIGHT, w.right)):
        own = tuple(f for f in toy.schema.fields if f.name in ("id", "name", "books_id"))
        named = {(c.left if side is Side.LEFT else c.right).name: c for c in cases}
        toy.schema = Schema("things", own + tuple(c.left if side is Side.LEFT else c.right for c in cases))

        def rewrite(name: str, value: Value, named: dict[str, Case] = named, side: Side = side) -> Value:
            return rewritten(named[name].keeps[side], value) if name in named else value

        toy.rewrite = rewrite
    s = Scene(w, cases, {side: [] for side in Side})
    first = Side.LEFT if settings["to_right"] else Side.RIGHT
    for n, case in enumerate(cases):
        for side in Side:
            known = case.left if side is Side.LEFT else case.right
            if side is first or bound:
                value = rewritten(case.keeps[side], case.values[side][0]) if case.values[side] else None
                s.ids[side].append(s.toy(side).add(name=f"名{n}", **{known.name: value}))
    if not bound:
        run, wrote = s.run()
        s.fine(run, "create", conflicts=False)
        assert counts(run) == {"created": len(cases)}
        by_name = {side: {r["name"]: id for id, r in s.toy(side).records.items()} for side in Side}
        s.ids = {side: [by_name[side][f"名{n}"] for n in range(len(cases))] for side in Side}
        assert not wrote[first] or set(wrote[first].values()) == {1}  # the way back
    return s


PARTS_OF = -(-len(CASES) // PART)  # each part has some of every kind
PARTS = [CASES[n::PARTS_OF] for n in range(PARTS_OF)]
PARTS_OF_WAYS = [
    (part, way) for n, part in enumerate(PARTS) for m, way in enumerate(WAYS) if FULL or m == n % len(WAYS)
]


@pytest.mark.parametrize(("cases", "way"), [pytest.param(*p, id=f"{n}-{p[1]}") for n, p in enumerate(PARTS_OF_WAYS)])
def test_after_any_edit_at_most_one_write_and_then_silence(cases: list[Case], way: str, sqlite_database: str) -> None:
    s = scene(cases, WAYS[way], bound=False)
    s.settle("as created")
    sources = [side for side in Side if WAYS[way][f"to_{side.other.value}"]]
    for side in sources:
        for n, case in enumerate(cases):
            if len(case.values[side]) > 1:
                s.type(side, n, case.values[side][1])
        s.settle(f"edited on the {side}")
    for side in sources:
        for n, case in enumerate(cases):
            if case.values[side]:
                s.type(side, n, case.values[side][0 if side is Side.LEFT else -1])
        s.w.clock.tick(minutes=3)  # for the policy that lets the newer one win
    s.settle(f"edited on {len(sources)} sides", conflicts=way == "both, ask")
    if way != "both, ask":
        for side in sources[:1]:
            for n in range(len(cases)):
                s.type(side, n, None)
            s.settle(f"emptied on the {side}")


@pytest.mark.parametrize("cases", PARTS, ids=[str(n) for n in range(len(PARTS))])
def test_records_that_meet_with_what_either_side_made_of_a_value(cases: list[Case], sqlite_database: str) -> None:
    s = scene(cases, WAYS["both, left"], bound=True)
    s.settle("tied", most=2)  # the tie and the way back of the id


# ---------------------------------------------------------------- a service that keeps less than it is given


def short(kind: Kind, rewrite: Rewrite, typed: Value) -> Case:
    inner = [{"left": c, "right": c} for c in ("item", "quantity")]
    row = {"left": "l", "right": "r", **({"rows": inner} if kind is Kind.ROWS else {})}
    keeps = {Side.LEFT: REWRITES[Kind.TEXT]["as it is"], Side.RIGHT: rewrite}
    return Case("short", row, field("l", kind), field("r", kind), keeps, {Side.LEFT: [typed], Side.RIGHT: []})


@pytest.mark.parametrize("way", ["to the right", "both, left"])
@pytest.mark.parametrize(
    ("case", "kept"),
    [
        (short(Kind.TEXT, lambda v: v[:10], "東京都千代田区丸の内１丁目２番３号"), "東京都千代田区丸の内"),
        (short(Kind.LONG_TEXT, lambda v: v.upper()[:4], " abc\ndef"), "ABC"),
        (short(Kind.EMAIL, lambda v: "", "info@example.jp"), ""),
        (short(Kind.CHOICES, lambda v: v[:1], ["1", "2"]), "1"),
        (short(Kind.ROWS, lambda v: v[:1], SAMPLES[Kind.ROWS][1]), "…"),
        (
            short(Kind.ROWS, lambda v: [line(str(r.values["item"])[:2], "1", "x") for r in v], [line("部品あ", "1")]),
            "…",
        ),
    ],
    ids=["text", "long text", "dropped", "choices", "rows", "a cell"],
)
def test_a_value_that_is_cut_is_a_failure_that_says_so_and_is_not_sent_again(
    case: Case, kept: str, way: str, sqlite_database: str
) -> None:
    s = scene([case], WAYS[way], bound=True)
    s.w.left.edit(s.ids[Side.LEFT][0], l=None)
    s.w.right.edit(s.ids[Side.RIGHT][0], r=None)
    s.run()
    s.w.left.edit(s.ids[Side.LEFT][0], l=case.values[Side.LEFT][0])
    run, _ = s.run()
    item = next(i for i in s.w.items(run) if i.outcome == "failed")
    assert (item.code, item.facts["field"], item.facts["kept"].strip()) == ("cut_by_service", "r", kept)
    assert run.state == "partly"
    for n in range(QUIET_RUNS):
        again, wrote = s.run(whole=n % 2 == 0)
        assert (again.state, counts(again)) == ("succeeded", {})
        assert not wrote[Side.LEFT] + wrote[Side.RIGHT]
    assert s.w.left.records[s.ids[Side.LEFT][0]]["l"] == case.values[Side.LEFT][0]


def test_a_number_that_is_rounded_is_told_beside_the_success(sqlite_database: str) -> None:
    s = scene([short(Kind.MONEY, round, Decimal("10.5"))], WAYS["to the right"], bound=False)
    s.w.left.edit(s.ids[Side.LEFT][0], l=Decimal("11.7"))
    run, _ = s.run()
    assert counts(run) == {"updated": 1}
    assert [(i.code, i.facts["value"], i.facts["kept"]) for i in s.w.items(run)] == [
        ("rounded_by_service", "11.7", "12")
    ]
