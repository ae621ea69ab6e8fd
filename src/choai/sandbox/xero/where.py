"""The ``where`` filters: comparisons joined by AND and OR, with brackets; strings, numbers, booleans, null, ``DateTime(…)``,
``guid("…")``, and ``Field.Contains("…")``, ``StartsWith``, ``EndsWith``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]
Test = Callable[[Row], bool]


class BadFilter(Exception):
    """QueryParseException."""


_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?)|(?P<sign>==|!=|>=|<=|&&|\|\||[<>=()!,])"""
    r"""|(?P<word>[A-Za-z_][\w.]*))"""
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a is not None and a > b,
    "<": lambda a, b: a is not None and a < b,
    ">=": lambda a, b: a is not None and a >= b,
    "<=": lambda a, b: a is not None and a <= b,
}
_METHODS: dict[str, Callable[[str, str], bool]] = {
    "Contains": lambda a, b: b in a,
    "StartsWith": lambda a, b: a.startswith(b),
    "EndsWith": lambda a, b: a.endswith(b),
}


def tokens(text: str) -> list[tuple[str, str]]:
    out, at = [], 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise BadFilter(f"Invalid character at {at}")
        kind = str(found.lastgroup)
        out.append((kind, found[kind]))
        at = found.end()
    return out


def parsed(text: str) -> Test:
    """A test of rows. Raises BadFilter."""
    held = tokens(text)
    test, rest = _either(held)
    if rest:
        raise BadFilter(f"Syntax error at '{rest[0][1]}'")
    return test


Tokens = list[tuple[str, str]]


def _either(held: Tokens) -> tuple[Test, Tokens]:
    left, held = _both(held)
    while held and held[0][1].upper() in ("OR", "||"):
        right, held = _both(held[1:])
        left = _joined(left, right, any)
    return left, held


def _both(held: Tokens) -> tuple[Test, Tokens]:
    left, held = _one(held)
    while held and held[0][1].upper() in ("AND", "&&"):
        right, held = _one(held[1:])
        left = _joined(left, right, all)
    return left, held


def _joined(left: Test, right: Test, how: Callable[[Any], bool]) -> Test:
    return lambda row: how(test(row) for test in (left, right))


def _one(held: Tokens) -> tuple[Test, Tokens]:
    if not held:
        raise BadFilter("Expression expected")
    if held[0][1] == "(":
        inner, held = _either(held[1:])
        return inner, _after(held, ")")
    kind, name = held[0]
    if kind != "word":
        raise BadFilter(f"Identifier expected at '{name}'")
    field, _, method = name.rpartition(".")
    if method in _METHODS and len(held) > 1 and held[1][1] == "(":
        value, rest = _value(held[2:])
        return _called(field, method, value), _after(rest, ")")
    if len(held) < 2 or held[1][1] not in _COMPARE:
        raise BadFilter(f"Operator expected after '{name}'")
    value, rest = _value(held[2:])
    compare = _COMPARE[held[1][1]]
    return lambda row: compare(looked_up(row, name), value), rest


def _called(field: str, method: str, value: Any) -> Test:
    return lambda row: _METHODS[method](str(looked_up(row, field) or ""), str(value))


def _after(held: Tokens, sign: str) -> Tokens:
    if not held or held[0][1] != sign:
        raise BadFilter(f"'{sign}' expected")
    return held[1:]


def _value(held: Tokens) -> tuple[Any, Tokens]:
    if not held:
        raise BadFilter("Expression expected")
    kind, text = held[0]
    if kind == "text":
        return re.sub(r"\\(.)", r"\1", text[1:-1]), held[1:]
    if kind == "number":
        return float(text), held[1:]
    word = text.lower()
    if word in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[word], held[1:]
    if word in ("guid", "datetime"):
        rest = _after(held[1:], "(")
        parts = []
        while rest and rest[0][1] != ")":
            parts.append(rest[0][1].strip('"'))
            rest = rest[2:] if len(rest) > 1 and rest[1][1] == "," else rest[1:]
        if word == "guid":
            return parts[0].lower(), _after(rest, ")")
        return f"{int(parts[0]):04}-{int(parts[1]):02}-{int(parts[2]):02}", _after(rest, ")")
    raise BadFilter(f"No property or value '{text}'")


def looked_up(row: Row, name: str) -> Any:
    for step in name.split("."):
        row = row.get(step) if isinstance(row, dict) else None  # type: ignore[assignment]  # the last step may be any value
    return row
