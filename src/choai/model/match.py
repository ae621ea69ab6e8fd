"""Finding the partner of an unbound record by the sync's match keys: what may meet, and what is certain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from choai.model.coerce import plain_number
from choai.model.mapping import MatchKey, Side
from choai.model.names import Verdict, fold, loose_key, verdict
from choai.model.values import Ref, Value, Values, is_empty


class Doubt(StrEnum):
    """Why a record that was met may be another one: a person decides (G14 of the anchors: certain is tied, the rest is asked)."""

    NONE = ""
    SIMILAR = "similar"  # the names are alike, not the same
    OTHER_CODE = "other_code"  # the names are the same, but a code that both have is not


def key_of(value: Value, how: str = "exact") -> str | None:
    """What two values must have in common to meet; None for a value that never does (empty, or a list).

    ``exact`` compares what is written but not its type: 5, Decimal("5.0") and "5" are one key. ``text`` folds width, case and
    spaces. ``name`` brings together every two names that may be one; whether they are is ``doubt_of``. Raises ValueError for
    another ``how``.
    """
    if how not in ("exact", "text", "name"):
        raise ValueError(f"unknown way to match: {how}")
    if is_empty(value) or isinstance(value, list):
        return None
    text = _text(value)
    if how == "exact":
        return text or None
    return (fold(text) if how == "text" else loose_key(text)) or None


def doubt_of(source: Values, met: Values, keys: Sequence[MatchKey], by: MatchKey, side: Side) -> Doubt:
    """Whether a record of ``side`` and one of the other side that met by the key ``by`` are certainly one.

    An id, code, number or text that is equal is certain, whatever the name (but see engine/match.py for a name that another
    record bears). A name is certain when both are spellings of one
    (names.verdict) and no exact key before it says otherwise.
    """
    if by.how != "name":
        return Doubt.NONE
    if not same_name(source, met, by, side):
        return Doubt.SIMILAR
    return Doubt.NONE if other_code(source, met, keys, by, side) is None else Doubt.OTHER_CODE


def same_name(source: Values, met: Values, by: MatchKey, side: Side) -> bool:
    """Whether both bear one name by this key, however it is spelled."""
    ours, theirs = _of(by, side, source), _of(by, side.other, met)
    return not is_empty(ours) and not is_empty(theirs) and verdict(_text(ours), _text(theirs)) is Verdict.SAME


def other_code(source: Values, met: Values, keys: Sequence[MatchKey], by: MatchKey, side: Side) -> MatchKey | None:
    """The first exact key before ``by`` of which both records have a value, and not the same one."""
    for key in keys[: keys.index(by)]:
        if key.how == "exact":
            ours, theirs = key_of(_of(key, side, source)), key_of(_of(key, side.other, met))
            if ours is not None and theirs is not None and ours != theirs:
                return key
    return None


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


def _of(key: MatchKey, side: Side, values: Values) -> Value:
    return values.get(key.left if side is Side.LEFT else key.right)
