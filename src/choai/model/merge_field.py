"""The three-way merge of one field, and what a merge has to say.

A side's value is an *edit* when it is present and differs from that side's own base. What has not been edited never flows. The
base of each side is that side's own answer, so a service that trims or widens what it is given has not edited it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from choai.errors import ChoaiError
from choai.model.convert import equal
from choai.model.mapping import ConflictPolicy, Side, WhenEmpty
from choai.model.pairs import Pair
from choai.model.schema import Field
from choai.model.values import Value, Values, is_empty


@dataclass(slots=True, frozen=True)
class Conflict:
    """Both sides edited the same field to different values, and the policy says ask. Nothing of it is written.

    ``within`` holds the ids of the left and right row and ``inner`` the index of the nested mapping row when the field is
    inside a ROWS field; ``inner`` is None there when one side removed the row that the other edited.
    """

    row: int
    left_field: str
    right_field: str
    base_left: Value
    base_right: Value
    left: Value
    right: Value
    within: tuple[str | None, str | None] | None = None
    inner: int | None = None


@dataclass(slots=True, frozen=True)
class Note:
    """Something a person may want to know about a field that did not simply flow.

    ``empty_not_sent``: the source was emptied and the row says keep. ``cannot_be_cleared``: it says clear, the target cannot.
    ``not_writable``: the target field cannot be changed after the create. ``overwritten``: an edit on ``side`` lost against the
    other side; ``value`` is what was lost. ``not_read``: the other side's value is not known, so nothing was sent.
    """

    code: str
    row: int
    side: Side  # whose field is meant
    field: str
    value: Value = None


@dataclass(slots=True)
class Merged:
    """What to write on either side (only the fields that change), and what could not be decided or sent."""

    to_left: dict[str, Value] = field(default_factory=dict)
    to_right: dict[str, Value] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    refused: list[ChoaiError] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def to(self, side: Side) -> dict[str, Value]:
        return self.to_left if side is Side.LEFT else self.to_right

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to write and nothing to decide."""
        return not (self.to_left or self.to_right or self.conflicts or self.refused)


class Unknown:
    """The value of a field that nobody read (absent)."""


ABSENT: Final = Unknown()
Seen = Value | Unknown


@dataclass(slots=True, frozen=True)
class Rules:
    directions: frozenset[Side]  # the sides that may be written
    policy: ConflictPolicy
    newer: Side | None

    def winner(self) -> Side | None:
        """Whose edit stays when both have one; None: a person decides."""
        if self.policy is ConflictPolicy.NEWEST:
            return self.newer
        return {ConflictPolicy.LEFT: Side.LEFT, ConflictPolicy.RIGHT: Side.RIGHT}.get(self.policy)


@dataclass(slots=True, frozen=True)
class Ends:
    """The four sets of values of one merge; a side that was not read is None."""

    left: Values | None
    right: Values | None
    base_left: Values
    base_right: Values

    def now(self, side: Side, name: str) -> Seen:
        values = self.left if side is Side.LEFT else self.right
        return ABSENT if values is None else values.get(name, ABSENT)

    def base(self, side: Side, name: str) -> Seen:
        return (self.base_left if side is Side.LEFT else self.base_right).get(name, ABSENT)

    def read(self, side: Side) -> bool:
        return (self.left if side is Side.LEFT else self.right) is not None


def untouched(pair: Pair, ends: Ends) -> bool:
    """Whether neither side has an edit by its own base: nearly always so, and then there is nothing to decide."""
    return _as_agreed(ends.left, ends.base_left, pair.left) and _as_agreed(ends.right, ends.base_right, pair.right)


def _as_agreed(now: Values | None, base: Values, known: Field) -> bool:
    name = known.name
    return now is None or name not in now or (name in base and equal(now[name], base[name], known))


def merge_field(pair: Pair, ends: Ends, rules: Rules, out: Merged) -> None:
    """Decide one pair of fields and put the outcome into ``out``."""
    may = {side: side in rules.directions and pair.row.direction.feeds(side) for side in Side}
    edited = edits(pair, ends, may, out)
    offers = {}
    for to in Side:
        if edited[to.other] and may[to]:
            offer = _offer(pair, ends, to)
            if isinstance(offer, ChoaiError) or not is_empty(offer) or not _kept(pair, ends, to, out):
                offers[to] = offer
    if len(offers) == 2:
        _both(pair, ends, rules, offers, out)
    for to, offer in offers.items():
        if len(offers) == 1:
            _send(pair, ends, to, offer, out, lost=edited[to])


def edits(pair: Pair, ends: Ends, may: dict[Side, bool], out: Merged) -> dict[Side, bool]:
    """Which sides have something to say about this pair of fields."""
    now = {side: ends.now(side, pair.field(side).name) for side in Side}
    base = {side: ends.base(side, pair.field(side).name) for side in Side}
    if isinstance(base[Side.LEFT], Unknown) and isinstance(base[Side.RIGHT], Unknown):
        return _never_agreed(pair, ends, now, may, out)
    edited = {}
    for side in Side:
        value, before, partner = now[side], base[side], base[side.other]
        if isinstance(value, Unknown):
            edited[side] = False
        elif not isinstance(before, Unknown):
            edited[side] = not equal(value, before, pair.field(side))
        else:
            # This side has no base of its own: what the other side agreed to stands for it. Emptiness is no edit then.
            assert not isinstance(partner, Unknown)  # noqa: S101  # both unknown returned above
            edited[side] = not is_empty(value) and not agree(pair, {side: value, side.other: partner})
    return edited


def _never_agreed(
    pair: Pair, ends: Ends, now: dict[Side, Seen], may: dict[Side, bool], out: Merged
) -> dict[Side, bool]:
    """The first meeting of two fields: they may agree already; else the only source speaks, or both do.

    Emptiness is no edit when both sides may be written (the filled side speaks) or when the other side is not known.
    """
    known = {side: value for side, value in now.items() if not isinstance(value, Unknown)}
    silent = dict.fromkeys(Side, False)
    if len(known) == 2:
        if agree(pair, known):
            return silent
        if all(may.values()):
            return {side: not is_empty(known[side]) for side in Side}
        return {side: may[side.other] for side in Side}
    for side, value in known.items():
        if is_empty(value):
            return silent
        if all(may.values()) and not ends.read(side.other):
            out.notes.append(Note("not_read", pair.index, side.other, pair.field(side.other).name))
            return silent
        return {side: True, side.other: False}
    return silent


def agree(pair: Pair, values: dict[Side, Value]) -> bool:
    """Whether two values say the same, seen from either side: converters may lose something one way (a hyphen)."""
    for to in Side:
        try:
            if equal(pair.carry(values[to.other], to), values[to], pair.field(to)):
                return True
        except ChoaiError:
            continue
    return False


def _offer(pair: Pair, ends: Ends, to: Side) -> Value | ChoaiError:
    value = ends.now(to.other, pair.field(to.other).name)
    assert not isinstance(value, Unknown)  # noqa: S101  # an absent value is never an edit
    try:
        return pair.carry(value, to)
    except ChoaiError as error:
        return error


def current(pair: Pair, ends: Ends, side: Side) -> Seen:
    """What the side holds as far as anyone knows: an unread field is as it was last agreed."""
    name = pair.field(side).name
    value = ends.now(side, name)
    return ends.base(side, name) if isinstance(value, Unknown) else value


def _kept(pair: Pair, ends: Ends, to: Side, out: Merged) -> bool:
    """Under KEEP an emptied field has nothing to say; it is noted where the target holds something."""
    if pair.row.when_empty is not WhenEmpty.KEEP:
        return False
    target = current(pair, ends, to)
    if isinstance(target, Unknown) or not is_empty(target):
        out.notes.append(Note("empty_not_sent", pair.index, to, pair.field(to).name))
    return True


def _both(pair: Pair, ends: Ends, rules: Rules, offers: dict[Side, Value | ChoaiError], out: Merged) -> None:
    held = {side: ends.now(side, pair.field(side).name) for side in Side}
    for to, offer in offers.items():
        value = held[to]
        if not isinstance(offer, ChoaiError) and not isinstance(value, Unknown) and equal(offer, value, pair.field(to)):
            return
    winner = rules.winner()
    if winner is None:
        out.conflicts.append(_conflict(pair, ends))
    else:
        _send(pair, ends, winner.other, offers[winner.other], out, lost=True)


def _conflict(pair: Pair, ends: Ends) -> Conflict:
    left, right = pair.left.name, pair.right.name
    known = ends.left or {}, ends.right or {}
    return Conflict(
        pair.index,
        left,
        right,
        ends.base_left.get(left),
        ends.base_right.get(right),
        known[0].get(left),
        known[1].get(right),
    )


def _send(pair: Pair, ends: Ends, to: Side, offer: Value | ChoaiError, out: Merged, *, lost: bool) -> None:
    """Write the offer unless the target holds it already or cannot take it. ``lost``: the target had an edit of its own."""
    target = pair.field(to)
    held = current(pair, ends, to)
    if isinstance(offer, ChoaiError):
        out.refused.append(offer)
    elif not isinstance(held, Unknown) and equal(offer, held, target):
        return
    elif is_empty(offer) and not target.clearable:
        out.notes.append(Note("cannot_be_cleared", pair.index, to, target.name))
    elif not target.on_update:
        out.notes.append(Note("not_writable", pair.index, to, target.name))
    else:
        out.to(to)[target.name] = None if is_empty(offer) else offer
        if lost and not isinstance(held, Unknown):
            out.notes.append(Note("overwritten", pair.index, to, target.name, held))
