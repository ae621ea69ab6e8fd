"""Packing of values for the store, and fingerprints.

``pack``/``unpack`` round-trip every model value exactly. ``fingerprint`` is the short form of "equal for the merge": empty is
empty whichever way, decimals compare by value, instants by the instant, choices without order, references by id.
"""

from __future__ import annotations

from collections.abc import Iterable
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


def _wrap(value: Value | Ref | Row) -> Any:
    if value is None or isinstance(value, _PLAIN):
        return value
    if isinstance(value, Decimal):
        return {"$n": str(value)}
    if isinstance(value, datetime):
        return {"$t": value.isoformat()}
    if isinstance(value, date):
        return {"$d": value.isoformat()}
    if isinstance(value, time):
        return {"$h": value.isoformat()}
    if isinstance(value, Ref):
        return {"$r": value.id, "l": value.label}
    if isinstance(value, Row):
        return {"$w": value.id, "v": {k: _wrap(v) for k, v in value.values.items()}}
    return [_wrap(v) for v in value]


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
    return _encode({k: v if type(v) in _AS_IT_IS else _wrap(v) for k, v in values.items()})


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


def _canonical(value: Value | Ref | Row) -> Any:
    if value is None or value == "" or value == []:
        return None
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Decimal):
        return {"$n": format(value.normalize(), "f")}
    if isinstance(value, datetime):
        return {"$t": value.astimezone(UTC).isoformat()}
    if isinstance(value, Ref):
        return {"$r": value.id}
    if isinstance(value, Row):
        return [value.id, {k: _canonical(v) for k, v in value.values.items()}]
    if isinstance(value, list):
        parts = [_canonical(v) for v in value]
        return parts if isinstance(value[0], Row) else sorted(parts, key=repr)
    return _wrap(value)


def fingerprint(values: Values, names: Iterable[str]) -> bytes:
    """16 bytes over the named fields that are present. ``names`` must come in the same order each time."""
    out: list[Any] = []
    for name in names:
        if name in values:
            value = values[name]
            out += name, (value or None) if type(value) is str else _canonical(value)
    return blake2b(_encode(out).replace(_CRLF, _LF), digest_size=16).digest()
