"""Formulas of CALC fields and automatic texts: + - * / ^ &, comparisons, parentheses, SUM, IF, ROUND and its kin.

An empty operand counts as 0, division rounds to four decimals, an error gives an empty value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal, InvalidOperation
from functools import cache

from choai.sandbox.kintone.site import Json

Operand = Decimal | str
_TOKEN = re.compile(r'\s*(?:(\d+(?:\.\d+)?)|("[^"]*")|(<=|>=|!=|[-+*/^&=<>(),])|([^\s"+\-*/^&=<>(),]+))')
_QUARTER = Decimal("0.0001")
_ROUNDING = {"ROUND": ROUND_HALF_UP, "ROUNDDOWN": ROUND_DOWN, "ROUNDUP": ROUND_UP}
Look = Callable[[str], list[Operand]]  # field code → its value, or one value per row


@cache
def tokens(formula: str) -> tuple[tuple[str, str], ...]:
    out, at = [], 0
    kinds = ("number", "string", "mark", "word")
    while at < len(formula.rstrip()):
        match = _TOKEN.match(formula, at)
        if match is None:
            raise ValueError(formula)
        out.append(next((k, g) for k, g in zip(kinds, match.groups(), strict=True) if g is not None))
        at = match.end()
    return tuple(out)


def fill(fields: Json, values: Json) -> None:
    """Compute every calculated field of a record in place, tables' rows first."""
    for code, props in fields.items():
        if props["type"] == "SUBTABLE" and any(p.get("expression") for p in props["fields"].values()):
            for row in values.get(code) or ():
                _Sheet(fields, values, props["fields"], row["value"]).fill()
    _Sheet(fields, values, fields, values).fill()


class _Sheet:
    """Fields that are computed together; a formula may name another formula's field."""

    def __init__(self, fields: Json, values: Json, here: Json, target: Json) -> None:
        self.fields, self.values, self.here, self.target = fields, values, here, target
        self.open: set[str] = set()
        self.done: set[str] = set()

    def fill(self) -> None:
        for code, props in self.here.items():
            if props.get("expression"):
                self.compute(code)

    def compute(self, code: str) -> None:
        if code in self.done or code in self.open:
            return
        self.open.add(code)
        props = self.here[code]
        try:
            result = _Formula(tokens(props["expression"]), self.look).value()
            self.target[code] = _shown(result)
        except (ValueError, InvalidOperation, ZeroDivisionError, IndexError):
            self.target[code] = ""
        self.done.add(code)

    def look(self, code: str) -> list[Operand]:
        if code in self.here:
            if self.here[code].get("expression"):
                self.compute(code)
            return [_operand(self.here[code], self.target.get(code))]
        if code in self.fields:
            return [_operand(self.fields[code], self.values.get(code))]
        for table, props in self.fields.items():
            if props["type"] == "SUBTABLE" and code in props["fields"]:
                inner = props["fields"][code]
                return [_operand(inner, row["value"].get(code)) for row in self.values.get(table) or ()]
        raise ValueError(code)


def _operand(props: Json, value: object) -> Operand:
    if props["type"] in ("NUMBER", "CALC"):
        return Decimal(str(value)) if value not in (None, "") else Decimal(0)
    return str(value or "")


def _shown(value: Operand) -> str:
    if isinstance(value, str):
        return value
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


class _Formula:
    def __init__(self, parts: tuple[tuple[str, str], ...], look: Look) -> None:
        self.parts, self.look, self.at = parts, look, 0

    def value(self) -> Operand:
        result = self.comparison()
        if self.at != len(self.parts):
            raise ValueError
        return result

    def peek(self) -> str:
        return self.parts[self.at][1] if self.at < len(self.parts) and self.parts[self.at][0] == "mark" else ""

    def take(self, marks: str) -> str:
        mark = self.peek()
        if mark and mark in marks.split():
            self.at += 1
            return mark
        return ""

    def comparison(self) -> Operand:
        left = self.joined()
        if mark := self.take("= != < > <= >="):
            right = self.joined()
            a, b = (left, right) if isinstance(left, type(right)) else (str(left), str(right))
            holds = {"=": a == b, "!=": a != b}
            order = {"<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b}  # type: ignore[operator]  # same type here
            return Decimal(int({**holds, **order}[mark]))
        return left

    def joined(self) -> Operand:
        left = self.total()
        while self.take("&"):
            left = _plain(left) + _plain(self.total())
        return left

    def total(self) -> Operand:
        left = self.product()
        while mark := self.take("+ -"):
            right = _decimal(self.product())
            left = _decimal(left) + right if mark == "+" else _decimal(left) - right
        return left

    def product(self) -> Operand:
        left = self.power()
        while mark := self.take("* /"):
            right = _decimal(self.power())
            left = _decimal(left) * right if mark == "*" else (_decimal(left) / right).quantize(_QUARTER, ROUND_HALF_UP)
        return left

    def power(self) -> Operand:
        left = self.unary()
        if self.take("^"):
            return _decimal(left) ** int(_decimal(self.power()))
        return left

    def unary(self) -> Operand:
        if self.take("-"):
            return -_decimal(self.unary())
        return self.atom()

    def atom(self) -> Operand:
        if self.take("("):
            inner = self.comparison()
            if not self.take(")"):
                raise ValueError
            return inner
        kind, text = self.parts[self.at]
        self.at += 1
        if kind == "number":
            return Decimal(text)
        if kind == "string":
            return text[1:-1]
        if kind != "word":
            raise ValueError(text)
        if self.take("("):
            return self.call(text.upper())
        found = self.look(text)
        if len(found) != 1:
            raise ValueError(text)
        return found[0]

    def call(self, name: str) -> Operand:
        if name == "SUM":
            total = Decimal(0)
            while not self.take(")"):
                if self.parts[self.at][0] == "word" and self.parts[self.at + 1][1] in (",", ")"):
                    total += sum((_decimal(v) for v in self.look(self.parts[self.at][1])), Decimal(0))
                    self.at += 1
                else:
                    total += _decimal(self.comparison())
                self.take(",")
            return total
        args = []
        while not self.take(")"):
            args.append(self.comparison())
            self.take(",")
        if name == "IF":
            return args[1] if args[0] != Decimal(0) else args[2]
        places = int(_decimal(args[1])) if len(args) > 1 else 0
        return _decimal(args[0]).quantize(Decimal(1).scaleb(-places), _ROUNDING[name]) if name in _ROUNDING else _bad()


def _bad() -> Decimal:
    raise ValueError


def _decimal(value: Operand) -> Decimal:
    if isinstance(value, Decimal):
        return value
    return Decimal(value) if value else Decimal(0)


def _plain(value: Operand) -> str:
    return value if isinstance(value, str) else _shown(value)
