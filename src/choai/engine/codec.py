"""Packing of values for the store, and fingerprints.

``pack``/``unpack`` round-trip every model value exactly. ``fingerprint`` is the short form of "equal for the merge": empty is
empty whichever way, decimals compare by value, instants by the instant, choices without order, references by id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import msgspec

from choai.model.values import Ref, Row, Value, Values

_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder().decode
_PLAIN = (str, bool, int)
_AS_IT_IS = frozenset({str, bool, int, type(None)})


# One look-up by exact type instead of a chain of questions: these run for every value that is not text.
_WRAP: dict[type, Callable[[Any], Any]] = {
    Decimal: lambda v: {"$n": str(v)},
    datetime: lambda v: {"$t": v.isoformat()},
    date: lambda v: {"$d": v.isoformat()},
    time: lambda v: {"$h": v.isoformat()},
    Ref: lambda v: {"$r": v.id, "l": v.label},
    Row: lambda v: {"$w": v.id, "v": _wrapped(v.values)},
    list: lambda v: [_wrap(one) for one in v],
}


def _wrap(value: Value | Ref | Row) -> Any:
    return value if type(value) in _AS_IT_IS else _WRAP.get(type(value), _other)(value)


def _wrapped(values: Values) -> dict[str, Any]:
    return {k: v if type(v) in _AS_IT_IS else _WRAP.get(type(v), _other)(v) for k, v in values.items()}


def _other(value: Any) -> Any:
    """Kin of the plain types (an enumeration's text) and of lists."""
    return value if isinstance(value, _PLAIN) else [_wrap(one) for one in value]


def _unwrap(raw: Any) -> Any:
    if isinstance(raw, list):
        return [_unwrap(v) for v in raw]
    if not isinstance(raw, dict):
        return raw
    if "$n" in raw:
        return Decimal(raw["$n"])
    if "$t" in raw:
        return datetime.fromisoformat(raw["$t"])
    if "$d" in raw:
        return date.fromisoformat(raw["$d"])
    if "$h" in raw:
        return time.fromisoformat(raw["$h"])
    if "$r" in raw:
        return Ref(raw["$r"], raw["l"])
    return Row(raw["$w"], {k: _unwrap(v) for k, v in raw["v"].items()})


def pack(values: Values) -> bytes:
    """Bytes that ``unpack`` turns back into equal values; the same values give the same bytes."""
    return _encode(_wrapped(values))


def unpack(packed: bytes | memoryview | None) -> dict[str, Value]:
    """The values of ``pack``. Nothing packed is no values."""
    if not packed:
        return {}
    raw: dict[str, Any] = _decode(packed)
    for name, value in raw.items():
        if type(value) is dict or type(value) is list:
            raw[name] = _unwrap(value)
    return raw


def plain(values: Values) -> dict[str, Any]:
    """JSON-able form for screens and logs: decimals, dates and instants as text, references as their label or id."""

    def one(value: Value | Ref | Row) -> Any:
        if value is None or isinstance(value, _PLAIN):
            return value
        if isinstance(value, Ref):
            return value.label or value.id
        if isinstance(value, Row):
            return plain(value.values)
        if isinstance(value, list):
            return [one(v) for v in value]
        return value.isoformat() if hasattr(value, "isoformat") else str(value)

    return {k: one(v) for k, v in values.items()}


_CRLF, _LF = b"\\r\\n", b"\\n"  # as JSON writes them; a typed backslash is doubled there


_CANONICAL: dict[type, Callable[[Any], Any]] = {
    **_WRAP,
    str: lambda v: v or None,
    Decimal: lambda v: {"$n": format(v.normalize(), "f")},
    datetime: lambda v: {"$t": (v if v.tzinfo is UTC else v.astimezone(UTC)).isoformat()},
    Ref: lambda v: {"$r": v.id},
    Row: lambda v: [v.id, {k: _canonical(one) for k, one in v.values.items()}],
    list: lambda v: _canonical_list(v) if v else None,
}


def _canonical(value: Value | Ref | Row) -> Any:
    make = _CANONICAL.get(type(value))
    return value if make is None else make(value)


def _canonical_list(values: list[Any]) -> list[Any]:
    parts = [_canonical(v) for v in values]
    return parts if isinstance(values[0], Row) else sorted(parts, key=repr)


_ABSENT: Any = object()
_TOLD_ABSENT = {"$a": 1}  # no value looks like this


def fingerprint(values: Values, names: Iterable[str]) -> bytes:
    """16 bytes over the named fields, present or not. ``names`` must come in the same order each time."""
    get, canonical = values.get, _CANONICAL.get
    out: list[Any] = []
    add = out.append
    for name in names:
        value = get(name, _ABSENT)
        kind = type(value)
        if kind is str:
            add(value or None)
        elif value is _ABSENT:
            add(_TOLD_ABSENT)
        else:
            make = canonical(kind)
            add(value if make is None else make(value))
    packed = _encode(out)
    return blake2b(packed.replace(_CRLF, _LF) if _CRLF in packed else packed, digest_size=16).digest()
