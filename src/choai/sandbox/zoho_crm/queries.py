"""COQL, as far as it is used: select fields or COUNT(id), where with nested pairs, order by, limit."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from choai.sandbox.core import World
from choai.sandbox.zoho_crm.records import Wrong, rows, shown
from choai.sandbox.zoho_crm.schema import Json, fields

_TOKEN = re.compile(r"\s*('(?:[^'\\]|\\.)*'|>=|<=|!=|[=<>(),]|[^\s=<>!(),']+)", re.DOTALL)
_WHOLE = re.compile(
    r"\s*select\s+(?P<what>.+?)\s+from\s+(?P<module>\w+)(?:\s+where\s+(?P<where>.+?))?(?:\s+order\s+by\s+(?P<order>\w+)(?:\s+(?P<way>asc|desc))?)?"
    r"(?:\s+limit\s+(?:(?P<offset>\d+)\s*,\s*)?(?P<limit>\d+))?\s*",
    re.DOTALL | re.IGNORECASE,
)
_UNASKABLE = ("textarea", "subform", "multiselectpicklist")
Test = Callable[[Json], bool]


def syntax(near: str = "") -> Wrong:
    return Wrong("SYNTAX_ERROR", "error occurred while parsing the query", **({"near": near} if near else {}))


def asked(world: World, query: Any) -> tuple[list[Json], Json]:
    """Rows and info."""
    found = _WHOLE.fullmatch(str(query or ""))
    if found is None:
        raise syntax()
    module = found["module"]
    if module not in world.state["modules"]:
        raise Wrong("INVALID_QUERY", "invalid module", module=module)
    if not found["where"]:
        raise syntax("where")
    limit, offset = int(found["limit"] or 200), int(found["offset"] or 0)
    if limit > 2000 or offset > 100_000:
        raise Wrong("LIMIT_EXCEEDED", "the limit is exceeded", limit=2000)
    test = _Where(world, module, found["where"]).whole()
    met = [row for row in rows(world, module).values() if test(row)]
    if re.fullmatch(r"count\(id\)", found["what"], re.IGNORECASE):
        return [{found["what"]: len(met)}], {"count": 1, "more_records": False}
    order = found["order"] or "id"
    met.sort(
        key=lambda row: _comparable(world, module, order, row.get(order)),
        reverse=(found["way"] or "").lower() == "desc",
    )
    names = [name.strip() for name in found["what"].split(",")]
    for name in names:
        _known(world, module, name)
    part = met[offset : offset + limit]
    told = [{"id": row["id"]} | _told(world, module, row, names) for row in part]
    return told, {"count": len(told), "more_records": offset + limit < len(met)}


def _told(world: World, module: str, row: Json, names: list[str]) -> Json:
    """Lookups tell their id only."""
    seen = shown(world, module, row, names)
    return {n: {"id": v["id"]} if isinstance(v, dict) else v for n, v in seen.items()}


def _known(world: World, module: str, name: str, *, where: bool = False) -> Json:
    found = next((f for f in fields(world, module) if f["api_name"] == name), None)
    if name == "id":
        return {"api_name": "id", "type": "id"}
    if found is None or "sub" in found or (where and found["type"] in _UNASKABLE):
        raise Wrong("INVALID_QUERY", "column given seems to be invalid", column_name=name)
    return found


def _comparable(world: World, module: str, name: str, value: Any) -> Any:
    kind = _known(world, module, name)["type"]
    if isinstance(value, dict):
        value = value["id"]
    if kind == "datetime" and value:
        return datetime.fromisoformat(str(value)).timestamp()
    if kind in ("integer", "bigint", "id"):
        return int(value or 0)
    if kind in ("double", "currency"):
        return float(value or 0)
    return str(value).casefold() if value is not None else ""


class _Where:
    """A reader of conditions. At one level two may be joined; more need brackets."""

    def __init__(self, world: World, module: str, text: str) -> None:
        self.world, self.module = world, module
        self.words = [m[1] for m in _TOKEN.finditer(text)]
        if "".join(self.words) != re.sub(r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", text.strip()) and "\\" not in text:
            raise syntax()
        self.at = 0

    def whole(self) -> Test:
        made = self._pair()
        if self.at != len(self.words):
            raise syntax(self.words[self.at])
        return made

    def _next(self) -> str:
        if self.at >= len(self.words):
            raise syntax()
        self.at += 1
        return self.words[self.at - 1]

    def _word(self) -> str:
        return self.words[self.at].lower() if self.at < len(self.words) else ""

    def _pair(self) -> Test:
        left = self._one()
        if self._word() not in ("and", "or"):
            return left
        both = self._next().lower() == "and"
        right = self._one()
        return (lambda row: left(row) and right(row)) if both else (lambda row: left(row) or right(row))

    def _one(self) -> Test:
        if self._word() == "(":
            self._next()
            inner = self._pair()
            if self._next() != ")":
                raise syntax()
            return inner
        name = self._next()
        _known(self.world, self.module, name, where=True)
        key: Callable[[Any], Any] = partial(_comparable, self.world, self.module, name)
        how = self._next().lower()
        if how == "is":
            no = self._word() == "not" and bool(self._next())
            if self._next().lower() != "null":
                raise syntax("is")
            return lambda row: (row.get(name) is not None) is no
        if how in ("in", "not"):
            no = how == "not" and self._next().lower() == "in"
            values = [key(v) for v in self._list()]
            if len(values) > 50:
                raise Wrong("LIMIT_EXCEEDED", "the limit is exceeded", limit=50)
            return lambda row: (row.get(name) is not None and key(row[name]) in values) is not no
        value = key(self._literal(self._next()))
        tests: dict[str, Callable[[Any], bool]] = {
            "=": lambda v: v == value, "!=": lambda v: v != value, ">": lambda v: v > value, "<": lambda v: v < value,
            ">=": lambda v: v >= value, "<=": lambda v: v <= value, "like": lambda v: _like(str(value), str(v)),
        }  # fmt: skip
        if how not in tests:
            raise syntax(how)
        return lambda row: row.get(name) is not None and tests[how](key(row[name]))

    def _list(self) -> list[Any]:
        if self._next() != "(":
            raise syntax("in")
        out = []
        while True:
            out.append(self._literal(self._next()))
            mark = self._next()
            if mark == ")":
                return out
            if mark != ",":
                raise syntax(mark)

    def _literal(self, word: str) -> Any:
        if word.startswith("'"):
            return re.sub(r"\\(.)", r"\1", word[1:-1], flags=re.DOTALL)
        return {"true": True, "false": False}.get(word.lower(), word)


def _like(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("%"))), text, re.DOTALL | re.IGNORECASE) is not None
