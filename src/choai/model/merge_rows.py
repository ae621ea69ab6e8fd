"""The three-way merge of line items: rows are added, edited and removed on either side.

The rows of the two bases are paired by what they say, the rest by what is most alike (a unique column is worth more than all
others together), the rest in order. A current row is known by the id its service gave it, without one in the same three ways.
What a person sees as one edit of one row flows as that: the other rows of the target keep their ids and whatever the mapping
does not speak of. Rows added by a merge go to the end; their order alone never flows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from choai.errors import ChoaiError
from choai.model.convert import default_of, equal, same_row
from choai.model.mapping import Side, WhenEmpty
from choai.model.merge_field import (
    Conflict,
    Ends,
    Merged,
    Note,
    Rules,
    Seen,
    Unknown,
    agree,
    merge_field,
)
from choai.model.names import fold
from choai.model.pairs import Joined, Pair
from choai.model.values import Row, Value, is_empty

Rows = list[Row]
_Both = dict[Side, bool]


def merge_rows(pair: Pair, inner: Joined, ends: Ends, rules: Rules, out: Merged) -> None:
    """Decide one pair of ROWS fields and put the full new lists of rows into ``out`` where something changes."""
    may = {side: side in rules.directions and pair.row.direction.feeds(side) for side in Side}
    seen = {side: ends.now(side, pair.field(side).name) for side in Side}
    known = {side: _rows(value) for side, value in seen.items() if not isinstance(value, Unknown)}
    base = {
        side: _rows(value) for side in Side if not isinstance(value := ends.base(side, pair.field(side).name), Unknown)
    }
    if not inner.pairs or not known:
        return
    if len(base) < 2:
        _first_meeting(_Work(pair, inner, rules, may, known, out), ends, base)
        return
    work = _Work(pair, inner, rules, may, {side: known.get(side, base[side]) for side in Side}, out)
    for side in Side:
        emptied = not work.now[side] and base[side]
        if emptied and may[side.other] and pair.row.when_empty is WhenEmpty.KEEP:
            _refill(work, side, base)
            return
    work.run(base)
    work.finish()


def _rows(value: Seen) -> Rows:
    return [item for item in value if isinstance(item, Row)] if isinstance(value, list) else []


def fresh_rows(inner: Joined, rows: Iterable[Row], to: Side, refused: list[ChoaiError]) -> Rows:
    """New rows for the other side. Values that cannot be converted are left out and put into ``refused``."""
    made = []
    for row in rows:
        values: dict[str, Value] = {}
        for pair in inner.pairs:
            if pair.row.direction.feeds(to) and pair.field(to).on_create:
                try:
                    value = pair.carry(row.values.get(pair.field(to.other).name), to)
                    values[pair.field(to).name] = default_of(pair.row, pair.field(to)) if value is None else value
                except ChoaiError as error:
                    refused.append(error)
        for constant in inner.constants:
            if constant.side is to and constant.field.on_create:
                try:
                    values[constant.field.name] = default_of(constant.row, constant.field)
                except ChoaiError as error:
                    refused.append(error)
        made.append(Row(None, {name: value for name, value in values.items() if value is not None}))
    return made


def _alike(inner: Joined, left: Row, right: Row) -> bool:
    """Whether two rows of the two sides say the same in every mapped field."""
    return all(
        agree(pair, {Side.LEFT: left.values.get(pair.left.name), Side.RIGHT: right.values.get(pair.right.name)})
        for pair in inner.pairs
    )


def _pair_up(inner: Joined, lefts: Sequence[Row], rights: Sequence[Row]) -> tuple[list[tuple[Row, Row]], Rows, Rows]:
    """Rows that say the same, those in the same place first; and the rest of either side."""
    pairs: list[tuple[Row, Row]] = []
    rest_left, rest_right = list(enumerate(lefts)), list(enumerate(rights))
    for same_place in (True, False):
        for n, left in list(rest_left):
            for m, right in rest_right:
                if (n == m or not same_place) and _alike(inner, left, right):
                    pairs.append((left, right))
                    rest_left.remove((n, left))
                    rest_right.remove((m, right))
                    break
    return pairs, [row for _, row in rest_left], [row for _, row in rest_right]


def rows_agree(inner: Joined, left: Value, right: Value) -> bool:
    """Whether two lists of rows say the same in every mapped field; their order alone is no difference."""
    _, rest_left, rest_right = _pair_up(inner, _rows(left), _rows(right))
    return not rest_left and not rest_right


def _first_meeting(work: _Work, ends: Ends, base: dict[Side, Rows]) -> None:
    """No base: the lists say the same, or one of them replaces the other as a whole."""
    may, known = work.may, work.now
    if len(known) == 2:
        _, rest_left, rest_right = _pair_up(work.inner, known[Side.LEFT], known[Side.RIGHT])
        if not rest_left and not rest_right:
            return
        sources = [side for side in Side if may[side.other]]
        if len(sources) == 2:
            sources = [side for side in sources if known[side]]
            for side in Side:  # its rows were removed since: that edit is lost
                if base.get(side) and not known[side]:
                    work.note("overwritten", side)
        if len(sources) == 2:
            winner = work.rules.winner()
            if winner is None:
                work.conflict(None, None, dict(known))
                return
            work.note("overwritten", winner.other, known[winner.other])
            sources = [winner]
        for source in sources:
            _replace(work, source)
        return
    for source, rows in list(known.items()):
        if may[source.other] and may[source] and not ends.read(source.other):
            work.note("not_read", source.other)
        elif may[source.other] and rows:
            work.now[source.other] = []
            _replace(work, source)


def _replace(work: _Work, source: Side) -> None:
    """The target's list becomes the source's; target rows that say the same keep their ids."""
    to, rows = source.other, work.now[source]
    target = work.pair.field(to)
    if not rows and work.pair.row.when_empty is WhenEmpty.KEEP:
        work.note("empty_not_sent", to)
        return
    if not target.on_update or (not rows and not target.clearable):
        work.note("not_writable" if not target.on_update else "cannot_be_cleared", to)
        return
    couples, _, _ = _pair_up(work.inner, work.now[Side.LEFT], work.now[Side.RIGHT])
    kept = {id(_of(couple, source)): _of(couple, to) for couple in couples}
    result = [kept.get(id(row)) or fresh_rows(work.inner, [row], to, work.out.refused)[0] for row in rows]
    work.out.to(to)[target.name] = result


def _of(couple: tuple[Row, Row], side: Side) -> Row:
    return couple[0] if side is Side.LEFT else couple[1]


def _refill(work: _Work, side: Side, base: dict[Side, Rows]) -> None:
    """All rows of one side are gone and the row says keep: that says nothing; an edit of the other side refills it."""
    other = side.other
    if not work.now[other]:
        return
    work.note("empty_not_sent", other)
    if work.may[side] and not equal(work.now[other], base[other], work.pair.field(other)):
        _replace(work, other)


@dataclass(slots=True)
class _Work:
    """One merge of two lists on its way: what becomes of each row."""

    pair: Pair
    inner: Joined
    rules: Rules
    may: _Both
    now: dict[Side, Rows]
    out: Merged
    patched: dict[int, Row] = field(default_factory=dict)  # id() of a current row → the row with its new values
    removed: set[int] = field(default_factory=set)
    added: dict[Side, Rows] = field(default_factory=lambda: {Side.LEFT: [], Side.RIGHT: []})

    def run(self, base: dict[Side, Rows]) -> None:
        couples, rest_left, rest_right = _pair_up(self.inner, base[Side.LEFT], base[Side.RIGHT])
        # What does not say the same was paired before somebody's last word was refused or rewritten.
        alike, rest_left, rest_right = _by_likeness(rest_left, rest_right, self._across)
        couples += alike
        both = min(len(rest_left), len(rest_right))
        couples += zip(rest_left[:both], rest_right[:both], strict=True)
        alone = {Side.LEFT: rest_left[both:], Side.RIGHT: rest_right[both:]}
        found = {side: self._find(side, base[side]) for side in Side}
        for couple in couples:
            self._couple(
                {side: _of(couple, side) for side in Side},
                {side: found[side].get(id(_of(couple, side))) for side in Side},
            )
        new = {side: self._unknown(side, found[side]) for side in Side}
        _, *rest = _pair_up(self.inner, new[Side.LEFT], new[Side.RIGHT])
        for side, rows in zip(Side, rest, strict=True):
            gone = any(id(row) not in found[side] for row in alone[side])
            if (
                gone and self.may[side.other] and self.now[side.other]
            ):  # what the other side never had cannot be removed there
                self.note("overwritten" if self.may[side] else "empty_not_sent", side if self.may[side] else side.other)
            edited = [now for row in alone[side] if (now := found[side].get(id(row))) and self._differs(side, row, now)]
            if self.may[side.other]:
                self.added[side.other] += fresh_rows(self.inner, edited + rows, side.other, self.out.refused)

    def _find(self, side: Side, base: Sequence[Row]) -> dict[int, Row]:
        """id() of a base row → the same row now: by the service's id; a row without one by its content, then by what is most
        alike, then in order."""
        now, known = self.now[side], self.pair.field(side)
        by_id = {row.id: row for row in now if row.id is not None}
        found = {id(row): by_id[row.id] for row in base if row.id is not None and row.id in by_id}
        nameless = [row for row in now if row.id is None]
        later = []
        for row in base:
            if row.id is not None:
                continue
            same = next((other for other in nameless if same_row(row, other, known)), None)
            if same is None:
                later.append(row)
            else:
                found[id(row)] = same
                nameless = [other for other in nameless if other is not same]
        alike, later, nameless = _by_likeness(later, nameless, partial(self._within, side))
        found.update((id(row), other) for row, other in alike)
        found.update((id(row), other) for row, other in zip(later, nameless, strict=False))
        return found

    def _across(self, left: Row, right: Row) -> int:
        """How much a left and a right row have in common."""
        score = 0
        for pair in self.inner.pairs:
            one, other = left.values.get(pair.left.name), right.values.get(pair.right.name)
            same = agree(pair, {Side.LEFT: one, Side.RIGHT: other})
            score += _worth(one, other, same, pair.left.unique or pair.right.unique)
        return score

    def _within(self, side: Side, before: Row, now: Row) -> int:
        """How much a row of a side has in common with an earlier one."""
        score = 0
        for pair in self.inner.pairs:
            known = pair.field(side)
            one, other = before.values.get(known.name), now.values.get(known.name)
            score += _worth(one, other, equal(one, other, known), known.unique)
        return score

    def _unknown(self, side: Side, found: dict[int, Row]) -> Rows:
        old = {id(row) for row in found.values()}
        return [row for row in self.now[side] if id(row) not in old]

    def _differs(self, side: Side, base: Row, now: Row) -> bool:
        names = [(pair.field(side).name, pair.field(side)) for pair in self.inner.pairs]
        return any(not equal(base.values.get(name), now.values.get(name), known) for name, known in names)

    def _couple(self, base: dict[Side, Row], now: dict[Side, Row | None]) -> None:
        left, right = now[Side.LEFT], now[Side.RIGHT]
        if left is not None and right is not None:
            self._fields(base, left, right)
            return
        for side in Side:
            row = now[side.other]
            if now[side] is None and row is not None:
                self._gone(side, base, row)

    def _gone(self, side: Side, base: dict[Side, Row], row: Row) -> None:
        """The row is gone on ``side``; ``row`` is what the other side holds."""
        other = side.other
        edited = self._differs(other, base[other], row)
        to_other = self.may[other]  # the removal may flow
        to_side = self.may[side] and edited  # the edit may flow
        if to_other and to_side:
            winner = self.rules.winner()
            if winner is None:
                ids = {side: base[side].id, other: row.id}
                self.conflict((ids[Side.LEFT], ids[Side.RIGHT]), base, {other: [row]})
                return
            to_other, to_side = winner is side, winner is other
        if to_other:
            self.removed.add(id(row))
        if to_side:
            self.added[side] += fresh_rows(self.inner, [row], side, self.out.refused)
        if edited and to_other:
            self.note("overwritten", other, [row])
        elif to_side:
            self.note("overwritten", side)

    def note(self, code: str, side: Side, value: Value = None) -> None:
        self.out.notes.append(Note(code, self.pair.index, side, self.pair.field(side).name, value))

    def conflict(
        self, within: tuple[str | None, str | None] | None, base: dict[Side, Row] | None, held: dict[Side, Rows]
    ) -> None:
        left, right = self.pair.left.name, self.pair.right.name
        before: dict[Side, Value] = {side: [row] for side, row in base.items()} if base else {}
        self.out.conflicts.append(
            Conflict(
                self.pair.index,
                left,
                right,
                before.get(Side.LEFT),
                before.get(Side.RIGHT),
                held.get(Side.LEFT),
                held.get(Side.RIGHT),
                within,
            )
        )

    def _fields(self, base: dict[Side, Row], left: Row, right: Row) -> None:
        ends = Ends(left.values, right.values, base[Side.LEFT].values, base[Side.RIGHT].values)
        rules = replace(self.rules, directions=frozenset(side for side in Side if self.may[side]))
        out = Merged()
        for pair in self.inner.pairs:
            if not pair.row.only_on_create:
                merge_field(pair, ends, rules, out)
        index = self.pair.index
        self.out.conflicts += [replace(c, row=index, within=(left.id, right.id), inner=c.row) for c in out.conflicts]
        self.out.notes += [replace(n, row=index, field=f"{self.pair.field(n.side).name}/{n.field}") for n in out.notes]
        self.out.refused += out.refused
        for side, row in ((Side.LEFT, left), (Side.RIGHT, right)):
            if out.to(side):
                self.patched[id(row)] = Row(row.id, {**row.values, **out.to(side)})

    def finish(self) -> None:
        for side in Side:
            target = self.pair.field(side)
            changed = any(id(row) in self.patched or id(row) in self.removed for row in self.now[side])
            if not changed and not self.added[side]:
                continue
            rows = [self.patched.get(id(row), row) for row in self.now[side] if id(row) not in self.removed]
            rows += self.added[side]
            if not target.on_update or (not rows and not target.clearable):
                code = "not_writable" if not target.on_update else "cannot_be_cleared"
                self.out.notes.append(Note(code, self.pair.index, side, target.name))
            else:
                self.out.to(side)[target.name] = rows


def _worth(one: Value, other: Value, same: bool, key: bool) -> int:
    if is_empty(one) or is_empty(other):
        return 0
    if same:
        return 1000 if key else 2
    return int(isinstance(one, str) and isinstance(other, str) and fold(one) == fold(other))


def _by_likeness(
    ones: Sequence[Row], others: Sequence[Row], score: Callable[[Row, Row], int]
) -> tuple[list[tuple[Row, Row]], Rows, Rows]:
    """Pairs with anything in common, the most alike first and of those the nearest in order; and the rest of either list."""
    ranked = sorted(
        (-points, abs(n - m), n + m, n, m)
        for n, one in enumerate(ones)
        for m, other in enumerate(others)
        if (points := score(one, other)) > 0
    )
    left, right = dict(enumerate(ones)), dict(enumerate(others))
    pairs = [(left.pop(n), right.pop(m)) for *_, n, m in ranked if n in left and m in right]
    return pairs, list(left.values()), list(right.values())
