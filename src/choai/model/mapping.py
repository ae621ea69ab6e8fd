"""Mapping: which field meets which, in which direction, and what happens to the value on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Side(StrEnum):
    """The two ends of a pairing. The CRM is always the left one, the accounting service the right one."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class Flow(StrEnum):
    """Directions of one mapping row."""

    BOTH = "both"
    TO_RIGHT = "to_right"
    TO_LEFT = "to_left"

    def feeds(self, target: Side) -> bool:
        """Whether a row with this direction writes into that side."""
        return self is Flow.BOTH or (self is Flow.TO_RIGHT) == (target is Side.RIGHT)


class WhenEmpty(StrEnum):
    """What an emptied source field does to its target."""

    KEEP = "keep"  # send nothing (default, FK-22)
    CLEAR = "clear"  # write empty


@dataclass(slots=True, frozen=True)
class MappingRow:
    """One line of a mapping.

    A row without ``left`` or without ``right`` is a constant: ``default`` goes to the one field named. Otherwise
    ``default`` (text, parsed by the target's kind) is sent on create when the source is empty. ``only_on_create`` rows never
    update. ``write_back`` rows carry what the target service gave a record (its id, address, code) back into the source
    record within the same run. ``converter`` names an entry of model/convert.py, ``options`` are its settings.
    ``rows`` maps the fields inside a ROWS field.
    """

    left: str | None
    right: str | None
    direction: Flow = Flow.BOTH
    converter: str | None = None
    options: dict[str, object] = field(default_factory=dict)
    default: str | None = None
    only_on_create: bool = False
    write_back: bool = False
    when_empty: WhenEmpty = WhenEmpty.KEEP
    rows: tuple[MappingRow, ...] = ()

    def field(self, side: Side) -> str | None:
        return self.left if side is Side.LEFT else self.right


class ConflictPolicy(StrEnum):
    """Both sides changed the same field to different values since the base."""

    LEFT = "left"
    RIGHT = "right"
    NEWEST = "newest"
    ASK = "ask"


class DuplicatePolicy(StrEnum):
    """A new source record meets a target record that is not bound, by match key (first pairing)."""

    FAIL = "fail"  # FK-51: a failure, nothing is overwritten
    BIND = "bind"  # tie the two together, differing fields go by direction (overwrite 上書き)
    SKIP = "skip"  # leave both alone
    CLONE = "clone"  # create another one


class DeletePolicy(StrEnum):
    """A bound record is gone on the source side."""

    MARK = "mark"  # the binding says "missing on the other side"; nothing is deleted


@dataclass(slots=True, frozen=True)
class MatchKey:
    """Fields that find a partner for an unbound record. ``how`` is exact, text (case and width folded) or name
    (corporate forms folded as well, see names.py)."""

    left: str
    right: str
    how: str = "exact"
