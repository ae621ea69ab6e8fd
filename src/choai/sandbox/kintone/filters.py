"""Meaning of a query: the tree of query.py becomes a predicate over records, a sort and a way to start near the answer."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from choai.sandbox.kintone import dates
from choai.sandbox.kintone.answers import ApiError
from choai.sandbox.kintone.query import Call, Condition, Group, Node, Operand, Query, syntax
from choai.sandbox.kintone.site import Caller, Json, Site, table_of

Test = Callable[[Json], bool]
Get = Callable[[Json], Any]

_COMPARE = frozenset("= != > < >= <=".split())
_LIST = frozenset({"in", "not in"})
_LIKE = frozenset({"like", "not like"})
_EMPTY = frozenset({"is empty", "is not empty"})
_NUMBERS = frozenset({"__ID__", "__REVISION__", "RECORD_NUMBER", "NUMBER", "CALC"})
_INSTANTS = frozenset({"DATETIME", "CREATED_TIME", "UPDATED_TIME"})
_PEOPLE = frozenset({"CREATOR", "MODIFIER", "USER_SELECT", "ORGANIZATION_SELECT", "GROUP_SELECT", "STATUS_ASSIGNEE"})
_USERS = frozenset({"CREATOR", "MODIFIER", "USER_SELECT", "STATUS_ASSIGNEE"})

OPERATORS: dict[str, frozenset[str]] = {
    **dict.fromkeys(_NUMBERS, _COMPARE | _LIST),
    **dict.fromkeys(("SINGLE_LINE_TEXT", "LINK"), frozenset({"=", "!="}) | _LIST | _LIKE),
    **dict.fromkeys(("MULTI_LINE_TEXT", "RICH_TEXT", "FILE"), _LIKE | _EMPTY),
    **dict.fromkeys(("DATE", "TIME", *_INSTANTS), _COMPARE),
    **dict.fromkeys(("CHECK_BOX", "RADIO_BUTTON", "DROP_DOWN", "MULTI_SELECT"), _LIST),
    **dict.fromkeys(_PEOPLE, _LIST),
    "STATUS": frozenset({"=", "!="}) | _LIST,
}
_UNSORTABLE = frozenset({"SUBTABLE", "CHECK_BOX", "MULTI_SELECT", "FILE", "MULTI_LINE_TEXT", "RICH_TEXT", *_PEOPLE})


@dataclass(slots=True)
class Place:
    """Where a field lives: in the record, in a table's rows, or behind a related-records field."""

    code: str
    type: str
    table: str | None = None
    related: Json | None = None


class Reader:
    """Compiles queries for one app and caller."""

    def __init__(self, site: Site, app: Json, caller: Caller) -> None:
        self.site, self.app, self.caller = site, app, caller
        self.tables = table_of(app)

    # ------------------------------------------------------------ fields

    def place(self, code: str) -> Place:
        if code == "$id":
            return Place(code, "__ID__")
        if code == "$revision":
            return Place(code, "__REVISION__")
        outer, dot, inner = code.partition(".")
        fields = self.app["fields"]
        if dot:
            props = self.visible(outer)
            if props["type"] != "REFERENCE_TABLE":
                raise ApiError("GAIA_IR02", field=code)
            target = self.site.app(props["referenceTable"]["relatedApp"]["app"])
            if inner not in target["fields"]:
                raise ApiError("GAIA_IQ11", field=code)
            return Place(inner, target["fields"][inner]["type"], related=props["referenceTable"])
        if code in self.tables:
            return Place(code, fields[self.tables[code]]["fields"][code]["type"], table=self.tables[code])
        return Place(code, self.visible(code)["type"])

    def visible(self, code: str) -> Json:
        props: Json | None = self.app["fields"].get(code)
        if props is None or self.site.field_right(self.caller, self.app, code) == "none":
            raise ApiError("GAIA_IQ11", field=code)
        return props

    # ------------------------------------------------------------ where

    def test(self, node: Node | None) -> Test:
        if node is None:
            return lambda _: True
        if isinstance(node, Condition):
            return self.condition(node)
        if node.word == "or":
            parts = [self.test(p) for p in node.parts]
            return lambda r: any(p(r) for p in parts)
        return self.conjunction(node)

    def conjunction(self, node: Group) -> Test:
        """Positive conditions on one table that are joined by ``and`` must hold in the same row."""
        same_row: dict[str, list[Test]] = {}
        parts: list[Test] = []
        for part in node.parts:
            if isinstance(part, Condition):
                place = self.place(part.field)
                if place.table and not part.operator.startswith("not "):
                    self.check(place, part)
                    same_row.setdefault(place.table, []).append(self.match(place, part, _row_value(place)))
                    continue
            parts.append(self.test(part))
        parts += [_some_row(table, tests) for table, tests in same_row.items()]
        return lambda r: all(p(r) for p in parts)

    def condition(self, node: Condition) -> Test:
        place = self.place(node.field)
        self.check(place, node)
        if place.table is not None:
            inner = self.match(place, node, _row_value(place))
            if node.operator.startswith("not "):
                return _every_row(place.table, inner)
            return _some_row(place.table, [inner])
        if place.related is not None:
            return self.related(place, node)
        return self.match(place, node, getter(place))

    def check(self, place: Place, node: Condition) -> None:
        if node.operator not in OPERATORS.get(place.type, frozenset()):
            raise ApiError("GAIA_IQ03", field=node.field, operator=node.operator)
        if (place.table or place.related) and node.operator in ("=", "!="):
            raise ApiError("GAIA_IQ07", field=node.field)

    def related(self, place: Place, node: Condition) -> Test:
        definition = place.related or {}
        target = self.site.app(definition["relatedApp"]["app"])
        self.site.allow(self.caller, target, "view")
        inner = self.match(place, node, getter(Place(place.code, place.type)))
        theirs, mine = definition["condition"]["relatedField"], definition["condition"]["field"]
        keys = {r["values"].get(theirs) for r in target["records"].values() if inner(r)} - {"", None}
        return lambda r: r["values"].get(mine) in keys

    def match(self, place: Place, node: Condition, get: Get) -> Test:
        operator, values = node.operator, node.values
        if operator in _EMPTY:
            wanted = operator == "is empty"
            return lambda r: _blank(get(r)) is wanted
        if operator in _LIKE:
            return _like(get, self.text(place, values[0]), operator == "like")
        if operator in _LIST:
            found = self.member(place, values, get)
            return found if operator == "in" else lambda r: not found(r)
        if place.type in ("DATE", *_INSTANTS):
            return self.moment(place, operator, values[0], get)
        if place.type in _NUMBERS:
            return _ordered(get, operator, _decimal(self.text(place, values[0])), _number)
        wanted_text = self.text(place, values[0])
        if operator in ("=", "!="):
            equal = operator == "="
            return lambda r: ((get(r) or "") == wanted_text) is equal
        return _ordered(get, operator, wanted_text, lambda v: v or None)

    def member(self, place: Place, values: tuple[Operand, ...], get: Get) -> Test:
        if place.type in _NUMBERS:
            numbers = {_decimal(t) if t else None for t in (self.text(place, v) for v in values)}
            return lambda r: _number(get(r)) in numbers
        wanted = {self.person(v) if place.type in _PEOPLE else self.text(place, v) for v in values}

        def test(record: Json) -> bool:
            value = get(record)
            if isinstance(value, list):
                return not wanted.isdisjoint(value) if value else "" in wanted
            return (value or "") in wanted

        return test

    def person(self, value: Operand) -> str:
        if isinstance(value, Call):
            if value.name == "LOGINUSER" and not value.args:
                return self.caller.user
            if value.name == "PRIMARY_ORGANIZATION" and not value.args:
                return str(self.site.state["users"].get(self.caller.user, {}).get("organization", ""))
            raise ApiError("GAIA_IQ10", field="", function=value.name)
        return value

    def text(self, place: Place, value: Operand) -> str:
        if isinstance(value, Call):
            raise ApiError("GAIA_IQ10", field=place.code, function=value.name)
        return value

    def moment(self, place: Place, operator: str, value: Operand, get: Get) -> Test:
        """Dates compare as days, instants as minutes; a function covers a whole day, week, month or year."""
        day = place.type == "DATE"
        if isinstance(value, Call):
            if value.name not in dates.FUNCTIONS:
                raise ApiError("GAIA_IQ10", field=place.code, function=value.name)
            if value.name == "NOW":
                if day:
                    raise ApiError("GAIA_IQ10", field=place.code, function="NOW")
                return _ordered(get, operator, _text(self.site.now()), lambda v: v or None)
            days = dates.span(value.name, list(value.args), self.site.now())
            if day:
                return _within(get, operator, days[0].isoformat(), days[1].isoformat(), closed=True)
            first, after = dates.instants(days)
            return _within(get, operator, _text(first), _text(after), closed=False)
        if value == "" and operator in ("=", "!="):
            equal = operator == "="
            return lambda r: (not get(r)) is equal
        literal = _day(value) if day else _instant(value)
        return _ordered(get, operator, literal, lambda v: v or None)

    # ------------------------------------------------------------ running it

    def run(self, query: Query, *, count: bool) -> tuple[list[Json], int | None]:
        """The page, and the number of all matches when asked for."""
        test = self.test(query.where)
        keys = [(self.sort_key(code), descending) for code, descending in query.order]
        order = query.order or [("$id", True)]
        start = self.candidates(query.where)
        if order[0][0] == "$id":
            return self.scan(start, test, query, descending=order[0][1], count=count)
        found = [r for r in self.records(sorted(start, reverse=True)) if test(r)]
        for key, descending in reversed(keys):
            found.sort(key=key, reverse=descending)
        page = found[query.offset : query.offset + query.limit]
        return page, len(found) if count else None

    def scan(
        self, ids: list[int], test: Test, query: Query, *, descending: bool, count: bool
    ) -> tuple[list[Json], int | None]:
        page: list[Json] = []
        seen, last = 0, query.offset + query.limit
        for record in self.records(reversed(ids) if descending else ids):
            if test(record):
                seen += 1
                if query.offset < seen <= last:
                    page.append(record)
                if seen >= last and not count:
                    break
        return page, seen if count else None

    def records(self, ids: Iterable[int]) -> Iterable[Json]:
        records = self.app["records"]
        return (records[str(i)] for i in ids)

    def sort_key(self, code: str) -> Callable[[Json], Any]:
        place = self.place(code)
        if place.type in _UNSORTABLE or place.table or place.related:
            raise ApiError("GAIA_IQ03", field=code, operator="order by")
        get = getter(place)
        if place.type in _NUMBERS:
            return lambda r: (_number(get(r)) is not None, _number(get(r)) or Decimal(0))
        return lambda r: get(r) or ""

    def candidates(self, node: Node | None) -> list[int]:
        """Ids in ascending order that may match, narrowed by what ``and`` demands of $id and of unique fields."""
        index = self.site.index(self.app)
        ids = index.ids
        parts = [node] if isinstance(node, Condition) else list(node.parts) if node and node.word == "and" else []
        for part in parts:
            if isinstance(part, Condition) and all(isinstance(v, str) for v in part.values):
                narrowed = self._narrow(part, index.unique, ids)
                if narrowed is not None and len(narrowed) < len(ids):
                    ids = narrowed
        return ids

    def _narrow(self, part: Condition, unique: dict[str, dict[str, int]], ids: list[int]) -> list[int] | None:
        texts = [str(v) for v in part.values]
        if part.field == "$id":
            return _narrow_id(part.operator, texts, ids, self.app["records"])
        if part.field in unique and part.operator in ("=", "in") and "" not in texts:
            if self.app["fields"][part.field]["type"] not in ("SINGLE_LINE_TEXT", "LINK"):
                return None  # 1 and 1.0 are the same number, and an instant has many spellings
            held = (self.site.holder(self.app, part.field, t) for t in texts)
            return sorted({i for i in held if i is not None})
        return None


def getter(place: Place) -> Get:
    code, kind = place.code, place.type
    system: dict[str, Get] = {
        "__ID__": lambda r: r["id"],
        "RECORD_NUMBER": lambda r: r["id"],
        "__REVISION__": lambda r: r["rev"],
        "CREATED_TIME": lambda r: r["created"],
        "UPDATED_TIME": lambda r: r["updated"],
        "CREATOR": lambda r: [r["creator"]],
        "MODIFIER": lambda r: [r["modifier"]],
        "STATUS": lambda r: r.get("state") or "",
        "STATUS_ASSIGNEE": lambda r: r.get("assignees", []),
    }
    if kind in system:
        return system[kind]
    if kind in _PEOPLE:
        return lambda r: [u["code"] for u in r["values"].get(code) or ()]
    if kind == "FILE":
        return lambda r: " ".join(f["name"] for f in r["values"].get(code) or ())
    return lambda r: r["values"].get(code)


def _row_value(place: Place) -> Get:
    """Value inside a table row (a row is {"id", "value": {code: value}})."""
    code = place.code
    if place.type in _PEOPLE:
        return lambda row: [u["code"] for u in row["value"].get(code) or ()]
    return lambda row: row["value"].get(code)


def _some_row(table: str, tests: list[Test]) -> Test:
    return lambda r: any(all(t(row) for t in tests) for row in r["values"].get(table) or ())


def _every_row(table: str, test: Test) -> Test:
    def every(record: Json) -> bool:
        rows = record["values"].get(table) or ()
        return bool(rows) and all(test(row) for row in rows)

    return every


def _like(get: Get, text: str, wanted: bool) -> Test:
    """Word search: one ASCII character finds nothing."""
    needle = _fold(text)
    usable = len(needle) > 1 or not needle.isascii()
    return lambda r: (usable and needle in _fold(str(get(r) or ""))) is wanted


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _blank(value: object) -> bool:
    return not (value.strip() if isinstance(value, str) else value)


def _ordered(get: Get, operator: str, wanted: Any, convert: Callable[[Any], Any]) -> Test:
    tests: dict[str, Callable[[Any], bool]] = {
        "=": lambda v: bool(v == wanted),
        "!=": lambda v: bool(v != wanted),
        ">": lambda v: v is not None and bool(v > wanted),
        "<": lambda v: v is not None and bool(v < wanted),
        ">=": lambda v: v is not None and bool(v >= wanted),
        "<=": lambda v: v is not None and bool(v <= wanted),
    }
    test = tests[operator]
    return lambda r: test(convert(get(r)))


def _within(get: Get, operator: str, first: str, last: str, *, closed: bool) -> Test:
    """Compare with a span of days [first, last] (closed) or of instants [first, last)."""

    def inside(v: str) -> bool:
        return first <= v <= last if closed else first <= v < last

    tests: dict[str, Callable[[str], bool]] = {
        "=": inside,
        "!=": lambda v: not v or not inside(v),
        ">": lambda v: v > last if closed else v >= last,
        ">=": lambda v: v >= first,
        "<": lambda v: v < first,
        "<=": lambda v: v <= last if closed else v < last,
    }
    test = tests[operator]
    return lambda r: (bool(get(r)) or operator == "!=") and test(get(r) or "")


def _number(value: object) -> Decimal | None:
    return None if value in (None, "") else Decimal(str(value))


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise syntax() from None


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise syntax() from None


def _instant(text: str) -> str:
    """ISO 8601 with Z or an offset; a bare date is midnight in the caller's zone."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise syntax() from None
    return _text(when if when.tzinfo else when.replace(tzinfo=dates.TOKYO))


def _text(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _narrow_id(operator: str, texts: list[str], ids: list[int], records: Json) -> list[int] | None:
    if not all(t.lstrip("-").isdigit() for t in texts):
        return None
    numbers = [int(t) for t in texts]
    if operator in ("=", "in"):
        return sorted({n for n in numbers if str(n) in records})
    if operator in (">", ">="):
        return ids[(bisect_right if operator == ">" else bisect_left)(ids, numbers[0]) :]
    if operator in ("<", "<="):
        return ids[: (bisect_left if operator == "<" else bisect_right)(ids, numbers[0])]
    return None
