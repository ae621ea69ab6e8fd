"""The query language: a small SELECT, with its refusals and its silent failures."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from choai.sandbox.vtiger import money
from choai.sandbox.vtiger.catalog import INVENTORY, MODULES, Json
from choai.sandbox.vtiger.records import columns
from choai.sandbox.vtiger.site import INCORRECT, Site, Wrong, denied, id_of
from choai.sandbox.vtiger.values import number

PAGE = 100
_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|!=|<=|>=|[=<>(),;*]|\"|[^\s'=<>!(),;*\"]+)", re.DOTALL)
_WORDS = ("select", "from", "where", "and", "or", "order", "by", "limit", "in", "like", "asc", "desc")


def syntax(token: str, message: str = "") -> Wrong:
    told = message or f"Syntax Error on line 1: token '{token}' Unexpected"
    return Wrong("QUERY_SYNTAX_ERROR", told)


UNKNOWN = ("INTERNAL_SERVER_ERROR", "Unknown Error while processing request")


@dataclass
class Query:
    names: list[str]
    module: str = ""
    tests: list[list[tuple[str, str, Any]]] = field(default_factory=list)  # OR of ANDs
    order: list[str] = field(default_factory=list)
    down: bool = False
    start: int = 0
    count: int = PAGE


class Reader:
    """Tokens of a text, one after the other."""

    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        at = 0
        text = text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise syntax(text[at:])
            self.tokens.append(found[1])
            at = found.end()
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def word(self) -> str:
        told = self.peek().lower()
        return told if told in _WORDS else ""

    def take(self) -> str:
        told = self.peek()
        self.at += 1
        return told

    def demand(self, wanted: str) -> None:
        told = self.take()
        if told.lower() != wanted:
            end = "Unexpected End of Input(0)" if not told else f"Unexpected {told}"
            raise Wrong(
                "QUERY_SYNTAX_ERROR", f"Syntax Error on line 1: token '{told}' {end}, expected one of: {wanted}"
            )

    def name(self) -> str:
        told = self.take()
        if '"' in told or "." in told:
            raise Wrong(*UNKNOWN)
        if not re.fullmatch(r"[\w&]+", told):
            raise syntax(told)
        return told


def parse(text: str) -> Query:
    reader = Reader(text)
    if reader.peek().lower() != "select":
        raise syntax(reader.peek())
    reader.take()
    made = Query(_names(reader))
    reader.demand("from")
    made.module = reader.take()
    if reader.peek() == ",":
        raise denied(f" for name : {made.module},")
    if reader.word() == "where":
        reader.take()
        made.tests = _tests(reader)
    if reader.peek().lower() == "group":
        raise syntax("", "There is an syntax error in query")
    if reader.word() == "order":
        _order(reader, made)
    if reader.word() == "limit":
        reader.take()
        _limit(reader, made)
    reader.demand(";")
    if reader.peek():
        raise syntax(reader.peek())
    return made


def _names(reader: Reader) -> list[str]:
    if reader.peek() == "*":
        return [reader.take()]
    if [t.lower() for t in reader.tokens[reader.at : reader.at + 4]] == ["count", "(", "*", ")"]:
        reader.at += 4
        return ["count(*)"]
    names = [reader.name()]
    while reader.peek() == ",":
        reader.take()
        names.append(reader.name())
    return names


def _tests(reader: Reader) -> list[list[tuple[str, str, Any]]]:
    made: list[list[tuple[str, str, Any]]] = [[_test(reader)]]
    while reader.word() in ("and", "or"):
        if reader.take().lower() == "or":
            made.append([])
        made[-1].append(_test(reader))
    return made


def _test(reader: Reader) -> tuple[str, str, Any]:
    name, sign = reader.name(), reader.take().lower()
    if sign not in ("=", "!=", "<", ">", "<=", ">=", "like", "in"):
        raise syntax(sign)
    if sign != "in":
        return name, sign, _value(reader)
    reader.demand("(")
    values = [_value(reader)]
    while reader.peek() == ",":
        reader.take()
        values.append(_value(reader))
    reader.demand(")")
    return name, sign, values


def _value(reader: Reader) -> str:
    told = reader.take()
    if told in ("''", '"'):
        raise Wrong(*UNKNOWN)  # an empty string cannot be written; double quotes are no strings
    if told.startswith("'"):
        return re.sub(r"\\(.)|\\", lambda m: m[1] or "", told[1:-1].replace("''", "'"), flags=re.DOTALL)
    if not re.fullmatch(r"[\w.+-]+", told):
        raise syntax(told)
    return told


def _order(reader: Reader, made: Query) -> None:
    reader.take()
    reader.demand("by")
    made.order.append(reader.name())
    while reader.peek() == ",":
        reader.take()
        made.order.append(reader.name())
    if reader.word() in ("asc", "desc"):
        made.down = reader.take().lower() == "desc"


def _limit(reader: Reader, made: Query) -> None:
    told = [reader.take()]
    if reader.peek() == ",":
        reader.take()
        told.append(reader.take())
    if not all(one.isdigit() for one in told):
        raise syntax(told[-1])
    made.count = int(told[-1])
    made.start = int(told[0]) if len(told) == 2 else 0


# ---------------------------------------------------------------- rows


def run(site: Site, text: str) -> list[Json]:
    if not text:
        raise denied(" for query")
    asked = parse(text)
    site.demand(asked.module)
    known = {f["name"]: f for f in _columns(site, asked.module)}
    for name in asked.names if asked.names[0] not in ("*", "count(*)") else ():
        if name not in known:
            raise Wrong("ACCESS_DENIED", f"Permission to access '.{name}.' attribute denied.")
    for group in asked.tests:
        for name, _, _ in group:
            if name not in known:
                raise Wrong("ACCESS_DENIED", f"Permission to access {name} attribute denied.")
    tests = [[_judge(site, known[name], sign, value) for name, sign, value in group] for group in asked.tests]
    found = [
        (n, row)
        for n, row in site.alive(asked.module)
        if asked.module != "ProductTaxes" and (not tests or any(all(t(n, row) for t in group) for group in tests))
    ]
    if asked.names == ["count(*)"]:
        return [] if site.quirk("no_count") else [{"count": str(len(found))}]
    if any(name not in known for name in asked.order):
        return []
    found.sort(key=lambda entry: int(entry[0]))
    for place in range(len(asked.order) - 1, -1, -1):
        kept = known[asked.order[place]]
        last = place == len(asked.order) - 1
        found.sort(key=lambda entry, f=kept: _sorting(f, *entry), reverse=asked.down and last)  # type: ignore[misc]  # bound
    return _page(site, asked, known, found)


def _columns(site: Site, module: str) -> list[Json]:
    if module not in MODULES:
        return site.fields(module)
    own = columns(site, module)
    wide = [f for f in site.fields(module) if f["name"] in money.LINE_COLUMNS or f["name"] in money.rates(site)]
    return [*own, *(wide if module in INVENTORY else []), *(f for f in site.fields(module) if f["name"] == "id")]


def _sorting(known: Json, n: str, row: Json) -> Any:
    if known["name"] == "id":
        return int(n)
    value = row.get(known["name"], "")
    return number(value) if known["type"]["name"] in ("integer", "double", "currency") else str(value).casefold()


def _judge(site: Site, known: Json, sign: str, value: Any) -> Callable[[str, Json], bool]:
    kind, name = known["type"]["name"], known["name"]
    asked = value if isinstance(value, list) else [value]
    if name == "id" or kind in ("reference", "owner"):
        return _by_id(site, known, sign, [str(v) for v in asked])
    numeric = kind in ("integer", "double", "currency", "boolean")

    def read(row: Json) -> Any:
        return number(row.get(name, "")) if numeric else str(row.get(name, "")).casefold()

    if sign == "like":
        pattern = re.compile(re.escape(str(value).casefold()).replace("%", ".*").replace("_", "."), re.DOTALL)
        return lambda n, row: pattern.fullmatch(str(row.get(name, "")).casefold()) is not None
    wanted: list[Any] = [number(v) if numeric else str(v).casefold() for v in asked]
    if kind in ("datetime", "date"):
        wanted = [v if v[:1].isdigit() else "" for v in wanted]  # garbage is before every day
    return lambda n, row: _compare(read(row), sign, wanted)


def _compare(held: Any, sign: str, wanted: list[Any]) -> bool:
    if sign in ("in", "="):
        return held in wanted
    one = wanted[0]
    return bool({"!=": held != one, "<": held < one, ">": held > one, "<=": held <= one, ">=": held >= one}[sign])


def _by_id(site: Site, known: Json, sign: str, asked: list[str]) -> Callable[[str, Json], bool]:
    """Ids compare by the number behind the x; a reference to nothing is 0."""
    wrong = [v for v in asked if not re.fullmatch(r"\d+x\d+", v)]
    if wrong and known["type"]["name"] == "owner" and not site.quirk("nulls"):
        return lambda n, row: False
    if wrong:
        raise Wrong(*INCORRECT)
    wanted = [int(v.partition("x")[2]) for v in asked]
    name = known["name"]

    def read(n: str, row: Json) -> int:
        told = n if name == "id" else str(row.get(name) or "x0").partition("x")[2]
        return int(told or 0)

    return lambda n, row: _compare(read(n, row), sign, wanted)


def _page(site: Site, asked: Query, known: dict[str, Json], found: list[tuple[str, Json]]) -> list[Json]:
    """One page. Inventory modules asked for lines are joined with them first: LIMIT counts lines, and each document is told
    once, by the last of its lines on the page. What the caller may not read is left out afterwards."""
    names = list(known) if asked.names == ["*"] else [*asked.names, *(["id"] if "id" not in asked.names else [])]
    cells = [known[name] for name in names]
    if asked.module == "LineItem" and asked.names == ["*"]:
        cells.append({"name": "description", "type": {"name": "text"}})  # told, but not described
    count = min(asked.count, int(site.settings.get("page", PAGE)))
    wide = {*money.LINE_COLUMNS, *money.SHARED, *money.rates(site)}
    if asked.module in INVENTORY and wide & set(names):
        joined = [(n, row, line) for n, row in found for line in _lines(site, asked.module, n)]
        folded = {n: (row, line) for n, row, line in joined[asked.start : asked.start + count]}
        cells += [{"name": name} for name in money.EXTRA] if asked.names == ["*"] else []
        seen = [(id_of(asked.module, n), row, line) for n, (row, line) in folded.items() if site.may_read(row)]
        return [_shown(site, cells, id, row, line) for id, row, line in seen]
    part = found[asked.start : asked.start + count]
    return [_shown(site, cells, id_of(asked.module, n), row) for n, row in part if site.may_read(row)]


def _lines(site: Site, module: str, n: str) -> list[Json]:
    return [line for _, line in money.lines_of(site, id_of(module, n))] or [{}]


def _cell(site: Site, known: Json, row: Json) -> Any:
    value = row.get(known["name"], "")
    if value == "" and site.quirk("nulls") and known["type"]["name"] in ("reference", "date"):
        return None
    if known["name"] in row.get("_escaped", ()):
        return html.escape(value, quote=False)
    return value


def _shown(site: Site, cells: list[Json], n: str, row: Json, line: Json | None = None) -> Json:
    """A row of the answer; ``line``: where the document was joined with its lines."""
    out: Json = {}
    for known in cells:
        name = known["name"]
        column = str(money.SHARED.get(name, name))
        if line is not None and (column in money.LINE_COLUMNS or name in line) and name not in ("description", "id"):
            out[column] = line.get(column, "")
        else:
            out[name] = n if name == "id" else _cell(site, known, row)
    return out
