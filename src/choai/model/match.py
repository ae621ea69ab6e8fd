"""Finding the partner of an unbound record by the sync's match keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from choai.model.coerce import plain_number
from choai.model.mapping import MatchKey, Side
from choai.model.names import company_key, fold
from choai.model.values import Ref, Value, Values, is_empty


@dataclass(slots=True, frozen=True)
class Match:
    """``ids`` of the candidates: none, the one partner, or several (then nobody guesses). ``by`` is the key that decided."""

    kind: Literal["none", "one", "several"]
    ids: tuple[str, ...] = ()
    by: MatchKey | None = None


@dataclass(slots=True)
class Index:
    """Records of one side by what each match key makes of them. A record is in it once per key."""

    keys: tuple[MatchKey, ...]
    side: Side
    _found: list[dict[str, list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._found = [{} for _ in self.keys]

    def add(self, id: str, values: Values) -> None:
        """Take a record in. Adding the same id with the same values again changes nothing."""
        for known, key in zip(self._found, self.keys, strict=True):
            mark = key_of(values.get(_field(key, self.side)), key.how)
            if mark is not None:
                ids = known.setdefault(mark, [])
                if id not in ids:
                    ids.append(id)

    def remove(self, id: str, values: Values) -> None:
        """Take out a record that was added with these values (it has been bound, or changed)."""
        for known, key in zip(self._found, self.keys, strict=True):
            mark = key_of(values.get(_field(key, self.side)), key.how)
            if mark is not None and id in known.get(mark, ()):
                known[mark].remove(id)

    def __call__(self, key: MatchKey, mark: str) -> Sequence[str]:
        return self._found[self.keys.index(key)].get(mark, ())


Lookup = Callable[[MatchKey, str], Sequence[str]] | Mapping[MatchKey, Mapping[str, Sequence[str]]]


def build_index(records: Iterable[tuple[str, Values]], keys: Sequence[MatchKey], side: Side) -> Index:
    """An index of the records of ``side``, for records of the other side to be matched against."""
    index = Index(tuple(keys), side)
    for known_id, values in records:
        index.add(known_id, values)
    return index


def match(source: Values, keys: Sequence[MatchKey], source_side: Side, index: Lookup) -> Match:
    """The records of the other side that are the same as ``source``.

    The first key that finds anything decides; an empty or absent value finds nothing. ``index`` is an Index, a function of
    a key and its mark (see key_of), or plain mappings of the same.
    """
    for key in keys:
        mark = key_of(source.get(_field(key, source_side)), key.how)
        if mark is None:
            continue
        ids = tuple(index.get(key, {}).get(mark, ()) if isinstance(index, Mapping) else index(key, mark))
        if ids:
            return Match("one" if len(ids) == 1 else "several", ids, key)
    return Match("none")


def key_of(value: Value, how: str = "exact") -> str | None:
    """What two values must have in common to match; None for a value that never matches (empty, or a list).

    ``exact`` compares what is written but not its type: 5, Decimal("5.0") and "5" are one key. ``text`` folds width, case and
    spaces, ``name`` corporate forms as well. Raises ValueError for another ``how``.
    """
    if how not in ("exact", "text", "name"):
        raise ValueError(f"unknown way to match: {how}")
    if is_empty(value) or isinstance(value, list):
        return None
    text = _text(value)
    if how == "exact":
        return text or None
    return (fold(text) if how == "text" else company_key(text)) or None


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, Ref):
        return value.id
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)


def _field(key: MatchKey, side: Side) -> str:
    return key.left if side is Side.LEFT else key.right
