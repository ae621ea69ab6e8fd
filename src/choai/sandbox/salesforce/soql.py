"""SOQL: the text → a Query (parse), and what it means over the org's records (run)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from choai.sandbox.salesforce.org import Org, Problem
from choai.sandbox.salesforce.values import Json, comparison, fits, key_of

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<stamp>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2}))"
    r"|(?P<day>\d{4}-\d{2}-\d{2})|(?P<number>[+-]?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w.]*(?::\d+)?)"
    r"|(?P<sign><=|>=|!=|<>|[=<>(),]))"
)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
CLAUSES = ("WHERE", "ORDER", "LIMIT", "OFFSET", "GROUP", "HAVING", "WITH", "USING", "FOR")
Test = Callable[[Json], bool]


@dataclass
class Query:
    """``select``: paths, ``("count", None)``, ``("max", path)`` or an inner Query."""

    object: str
    select: list[Any]
    test: Any = None
    order: list[tuple[str, bool, bool]] = field(default_factory=list)
    limit: int | None = None
    offset: int = 0
    text: str = ""


def malformed(text: str, at: int, why: str = "unexpected token") -> Problem:
    line = text[max(0, at - 20) : at + 20]
    return Problem(
        "MALFORMED_QUERY", f"\n{line}\n{' ' * min(at, 20)}^\nERROR at Row:1:Column:{at + 1}\n{why}: '{text[at : at + 10]}'"
    )  # fmt: skip


class Reader:
    """Tokens of a query, and the grammar over them."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.tokens: list[tuple[str, str, int]] = []
        while text[self.at :].strip():
            found = _TOKEN.match(text, self.at)
            if found is None or found.lastgroup is None:
                raise malformed(text, self.at + len(text[self.at :]) - len(text[self.at :].lstrip()))
            self.tokens.append((found.lastgroup, found[found.lastgroup], found.start(found.lastgroup)))
            self.at = found.end()
        self.next = 0

    def peek(self, ahead: int = 0) -> str:
        place = self.next + ahead
        return self.tokens[place][1].upper() if place < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        if self.next >= len(self.tokens) or (wanted and self.peek() not in wanted):
            raise malformed(
                self.text, self.tokens[self.next][2] if self.next < len(self.tokens) else len(self.text) - 1
            )
        self.next += 1
        return self.tokens[self.next - 1][1]

    def name(self) -> str:
        if self.next < len(self.tokens) and self.tokens[self.next][0] == "name" and self.peek() not in CLAUSES:
            return self.take()
        raise malformed(self.text, self.tokens[self.next][2] if self.next < len(self.tokens) else len(self.text) - 1)

    def query(self) -> Query:
        self.take("SELECT")
        items = [self.item()]
        while self.peek() == ",":
            self.take()
            items.append(self.item())
        self.take("FROM")
        made = Query(self.name(), items, text=self.text)
        if self.peek() == "WHERE":
            self.take()
            made.test = self.either()
        if self.peek() == "WITH":
            self.take(), self.take("SECURITY_ENFORCED")
        if self.peek() == "ORDER":
            self.take(), self.take("BY")
            made.order = self.ordering()
        for clause in ("LIMIT", "OFFSET"):
            if self.peek() == clause:
                self.take()
                setattr(made, clause.lower(), self.whole())
        return made

    def whole(self) -> int:
        told = self.take()
        if not told.isdigit():
            raise malformed(self.text, self.tokens[self.next - 1][2])
        return int(told)

    def item(self) -> Any:
        if self.peek() == "(":
            self.take()
            inner = self.query()
            self.take(")")
            return inner
        name = self.name()
        if self.peek() != "(":
            return name
        self.take()
        path = None if self.peek() == ")" else self.name()
        self.take(")")
        alias = self.name() if self.peek() not in (",", "FROM", "") else ""
        return (name.lower(), path, alias)

    def ordering(self) -> list[tuple[str, bool, bool]]:
        out = []
        while True:
            path, down, first = self.name(), False, True
            if self.peek() in ("ASC", "DESC"):
                down = self.take().upper() == "DESC"
                first = not down
            if self.peek() == "NULLS":
                self.take()
                first = self.take("FIRST", "LAST").upper() == "FIRST"
            out.append((path, down, first))
            if self.peek() != ",":
                return out
            self.take()

    # conditions: ("or", a, b), ("not", a), ("is", path, operator, values)

    def either(self) -> Any:
        made = self.both()
        while self.peek() == "OR":
            self.take()
            made = ("or", made, self.both())
        return made

    def both(self) -> Any:
        made = self.single()
        while self.peek() == "AND":
            self.take()
            made = ("and", made, self.single())
        return made

    def single(self) -> Any:
        if self.peek() == "NOT":
            self.take()
            return ("not", self.single())
        if self.peek() == "(":
            self.take()
            made = self.either()
            self.take(")")
            return made
        path, operator = (
            self.name(),
            self.take("=", "!=", "<>", "<", ">", "<=", ">=", "LIKE", "IN", "NOT", "INCLUDES", "EXCLUDES"),
        )
        operator = operator.upper()
        if operator == "NOT":
            operator = f"NOT {self.take('IN')}".upper()
        if operator not in ("IN", "NOT IN", "INCLUDES", "EXCLUDES"):
            return ("is", path, "!=" if operator == "<>" else operator, [self.literal()])
        self.take("(")
        if self.peek() == "SELECT":
            inner = self.query()
            self.take(")")
            return ("is", path, operator, inner)
        values = [self.literal()]
        while self.peek() == ",":
            self.take()
            values.append(self.literal())
        self.take(")")
        return ("is", path, operator, values)

    def literal(self) -> tuple[str, Any]:
        text = self.take()
        kind = self.tokens[self.next - 1][0]
        if kind == "text":
            if len(text) > 4002:
                raise Problem("MALFORMED_QUERY", "string literal is longer than 4,000 characters")
            return kind, re.sub(r"\\(.)", lambda m: _ESCAPED.get(m[1], m[1]), text[1:-1])
        if kind == "name" and text.lower() in ("true", "false", "null"):
            return text.lower(), {"true": True, "false": False}.get(text.lower())
        if kind == "name" and re.fullmatch(r"(TODAY|YESTERDAY|LAST_N_DAYS:\d+)", text.upper()):
            return "relative", text.upper()
        if kind in ("stamp", "day", "number"):
            return kind, text
        raise malformed(self.text, self.tokens[self.next - 1][2])


def parse(text: str) -> Query:
    if len(text) > 100_000:
        raise Problem("QUERY_TOO_COMPLICATED", "SOQL statements cannot be longer than 100000 characters.")
    reader = Reader(text)
    made = reader.query()
    if reader.next < len(reader.tokens):
        raise malformed(text, reader.tokens[reader.next][2])
    if made.offset > 2000:
        raise Problem("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
    return made


# ---------------------------------------------------------------- meaning


@dataclass(frozen=True)
class Place:
    """A field at the end of a path: the objects' relationships to walk, the object there and its field."""

    steps: tuple[tuple[str, str, str], ...]  # (reference field, target, relationship)
    held: Json
    field: Json


_RELATION = (
    "Didn't understand relationship '{}' in field path. If you are attempting to use a custom relationship, be sure to append "
    "the '__r' after the custom relationship name."
)
_COLUMN = (
    "No such column '{}' on entity '{}'. If you are attempting to use a custom field, be sure to append the '__c' after the "
    "custom field name."
)


def place(org: Org, held: Json, path: str) -> Place:
    *relations, name = path.split(".")
    if relations and relations[0].lower() == held["name"].lower():
        relations = relations[1:]
    steps = []
    for relation in relations:
        by = next((f for f in held["fields"] if (f["relationshipName"] or "").lower() == relation.lower()), None)
        if by is None:
            raise Problem("INVALID_FIELD", _RELATION.format(relation))
        steps.append((by["name"], by["referenceTo"][0], by["relationshipName"]))
        held = org.object(by["referenceTo"][0])
    found = org.field(held, name)
    if found is None:
        raise Problem("INVALID_FIELD", _COLUMN.format(name, held["name"]))
    return Place(tuple(steps), held, found)


def value(org: Org, at: Place, row: Json | None) -> Any:
    for by, target, _ in at.steps:
        id = None if row is None else row.get(by)
        row = org.table(target).get(id) if id else None
    return None if row is None else org.value(at.held, row, at.field)


def tester(org: Org, held: Json, tree: Any, deleted: bool) -> Test:
    if tree is None:
        return lambda row: True
    if tree[0] == "not":
        inner = tester(org, held, tree[1], deleted)
        return lambda row: not inner(row)
    if tree[0] in ("and", "or"):
        left, right = tester(org, held, tree[1], deleted), tester(org, held, tree[2], deleted)
        return (lambda row: left(row) and right(row)) if tree[0] == "and" else (lambda row: left(row) or right(row))
    _, path, operator, values = tree
    at = place(org, held, path)
    if not at.field["filterable"]:
        raise Problem("INVALID_FIELD", f"field '{at.field['name']}' can not be filtered in a query call")
    if isinstance(values, Query):
        inner_held = org.object(values.object)
        found = [value(org, place(org, inner_held, values.select[0]), row) for row in matching(org, values, deleted)]
        values = [("text", one) for one in found if one is not None]
    for one in values:
        fits(at.field, operator, one)
    holds = comparison(at.field, operator, values, org.world.now())
    return lambda row: holds(value(org, at, row))


def matching(org: Org, query: Query, deleted: bool = False) -> list[Json]:
    """The records that a query means, in its order."""
    held = org.object(query.object)
    if not held["queryable"]:
        raise Problem("INVALID_TYPE", f"entity type {query.object} does not support query")
    holds = tester(org, held, query.test, deleted)
    rows = [row for row in org.rows(held["name"], deleted) if holds(row)]
    for path, down, first in reversed(query.order):
        at = place(org, held, path)
        if not at.field["sortable"]:
            raise Problem("INVALID_FIELD", f"field '{at.field['name']}' can not be sorted in a query call")
        known = [(value(org, at, row), row) for row in rows]
        empty = [row for told, row in known if told is None]
        full = [
            row
            for _, row in sorted(
                ((t, r) for t, r in known if t is not None), key=lambda p: key_of(at.field, p[0]), reverse=down
            )
        ]
        rows = [*empty, *full] if first else [*full, *empty]
    return rows[query.offset :][: query.limit if query.limit is not None else None]
