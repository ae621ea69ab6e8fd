"""Meaning of a query: the tree of query.py becomes a predicate over records, a sort and a way to start near the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from choai.sandbox.kintone import compare, dates
from choai.sandbox.kintone.answers import ApiError
from choai.sandbox.kintone.compare import Get, Test
from choai.sandbox.kintone.query import Call, Condition, Group, Node, Operand, Query
from choai.sandbox.kintone.site import Caller, Json, Site, table_of

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
        parts += [compare.some_row(table, tests) for table, tests in same_row.items()]
        return lambda r: all(p(r) for p in parts)

    def condition(self, node: Condition) -> Test:
        place = self.place(node.field)
        self.check(place, node)
        if place.table is not None:
            inner = self.match(place, node, _row_value(place))
            if node.operator.startswith("not "):
                return compare.every_row(place.table, inner)
            return compare.some_row(place.table, [inner])
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
            return lambda r: compare.blank(get(r)) is wanted
        if operator in _LIKE:
            return compare.like(get, self.text(place, values[0]), operator == "like")
        if operator in _LIST:
            found = self.member(place, values, get)
            return found if operator == "in" else lambda r: not found(r)
        if place.type in ("DATE", *_INSTANTS):
            return self.moment(place, operator, values[0], get)
        if place.type in _NUMBERS:
            return compare.ordered(get, operator, compare.decimal(self.text(place, values[0])), compare.number)
        wanted_text = self.text(place, values[0])
        if operator in ("=", "!="):
            equal = operator == "="
            return lambda r: ((get(r) or "") == wanted_text) is equal
        return compare.ordered(get, operator, wanted_text, lambda v: v or None)

    def member(self, place: Place, values: tuple[Operand, ...], get: Get) -> Test:
        if place.type in _NUMBERS:
            numbers = {compare.decimal(t) if t else None for t in (self.text(place, v) for v in values)}
            return lambda r: compare.number(get(r)) in numbers
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
                return compare.ordered(get, operator, compare.text_of(self.site.now()), lambda v: v or None)
            days = dates.span(value.name, list(value.args), self.site.now())
            if day:
                return compare.within(get, operator, days[0].isoformat(), days[1].isoformat(), closed=True)
            first, after = dates.instants(days)
            return compare.within(get, operator, compare.text_of(first), compare.text_of(after), closed=False)
        if value == "" and operator in ("=", "!="):
            equal = operator == "="
            return lambda r: (not get(r)) is equal
        literal = compare.day(value) if day else compare.instant(value)
        return compare.ordered(get, operator, literal, lambda v: v or None)

    # ------------------------------------------------------------ running it

    def run(self, query: Query, *, count: bool) -> tuple[list[Json], int | None]:
        """The page, and the number of all matches when asked for."""
        test = self.test(query.where)
        keys = [(self.sort_key(code), descending) for code, descending in query.order]
        order = query.order or [("$id", True)]
        start = self.candidates(query.where)
        if order[0][0] == "$id":
            if _only_ids(query.where):  # what the candidates are narrowed by is all that is asked
                ids = start[::-1] if order[0][1] else start
                page = list(self.records(ids[query.offset : query.offset + query.limit]))
                return page, len(start) if count else None
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
            return lambda r: (compare.number(get(r)) is not None, compare.number(get(r)) or Decimal(0))
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
            return compare.narrow_id(part.operator, texts, ids, self.app["records"])
        if part.field in unique and part.operator in ("=", "in") and "" not in texts:
            if self.app["fields"][part.field]["type"] not in ("SINGLE_LINE_TEXT", "LINK"):
                return None  # 1 and 1.0 are the same number, and an instant has many spellings
            held = (self.site.holder(self.app, part.field, t) for t in texts)
            return sorted({i for i in held if i is not None})
        return None


def _only_ids(node: Node | None) -> bool:
    """Whether there is nothing but one comparison of ``$id``, or no condition at all."""
    if node is None:
        return True
    return isinstance(node, Condition) and node.field == "$id" and node.operator in ("=", "in", ">", ">=", "<", "<=")


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
