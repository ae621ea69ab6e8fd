"""Reader of the query language: text → tree. Meaning (types, operators, values) is in filters.py.

[condition {and|or condition}] [order by f asc|desc {, f …}] [limit n] [offset n]
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from choai.sandbox.kintone.answers import QUERY_SYNTAX, ApiError, invalid

MAX_LIMIT, MAX_OFFSET, MAX_KEYS = 500, 10_000, 5

_TOKEN = re.compile(
    r"""[ \t\r\n\u3000]*(?:
      (?P<string>"(?:[^"\\\x00-\x1f]|\\.)*")
    | (?P<operator>!=|>=|<=|=|>|<)
    | (?P<mark>[(),])
    | (?P<word>[^\s\u3000"=!<>(),]+)
    )""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(slots=True, frozen=True)
class Call:
    """A function such as TODAY() with its arguments as text."""

    name: str
    args: tuple[str, ...]


Operand = str | Call


@dataclass(slots=True, frozen=True)
class Condition:
    field: str
    operator: str  # = != > < >= <= in "not in" like "not like" "is empty" "is not empty"
    values: tuple[Operand, ...]


@dataclass(slots=True, frozen=True)
class Group:
    word: str  # and, or
    parts: tuple[Node, ...]


Node = Condition | Group


@dataclass(slots=True)
class Query:
    where: Node | None = None
    order: list[tuple[str, bool]] = field(default_factory=list)  # (field, descending)
    limit: int = 100
    offset: int = 0
    paged: bool = False  # limit or offset was written


def syntax() -> ApiError:
    return invalid("query", QUERY_SYNTAX)


def parse(text: str) -> Query:
    """Raises CB_VA01 (query), GAIA_QU01 or GAIA_QU02."""
    return _Parser(_tokens(text)).query()


def _tokens(text: str) -> list[tuple[str, str]]:
    out, at, end = [], 0, len(text.rstrip(" \t\r\n\u3000"))
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.end() == at:
            raise syntax()
        kind = match.lastgroup or ""
        out.append((kind, match[kind]))
        at = match.end()
    return out


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text[1:-1])


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0

    def query(self) -> Query:
        out = Query()
        if self.at < len(self.tokens) and self.word() not in ("order", "limit", "offset"):
            out.where = self.either()
        if self.take("order"):
            self.need("by")
            out.order = self.keys()
        if self.take("limit"):
            out.limit, out.paged = self.whole(), True
            if out.limit > MAX_LIMIT:
                raise ApiError("GAIA_QU01")
        if self.take("offset"):
            out.offset, out.paged = self.whole(), True
            if out.offset > MAX_OFFSET:
                raise ApiError("GAIA_QU02")
        if self.at != len(self.tokens):
            raise syntax()
        return out

    def either(self) -> Node:
        parts = [self.both()]
        while self.take("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Group("or", tuple(parts))

    def both(self) -> Node:
        parts = [self.one()]
        while self.take("and"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else Group("and", tuple(parts))

    def one(self) -> Node:
        if self.mark("("):
            inner = self.either()
            self.need_mark(")")
            return inner
        name = self.name()
        kind, text = self.next()
        if kind == "operator":
            return Condition(name, text, (self.value(),))
        word = text.lower()
        if kind == "word" and word == "not":
            word = f"not {self.next()[1].lower()}"
        if word in ("in", "not in"):
            return Condition(name, word, self.members())
        if word in ("like", "not like"):
            return Condition(name, word, (self.value(),))
        if word == "is":
            negated = self.take("not")
            self.need("empty")
            return Condition(name, "is not empty" if negated else "is empty", ())
        raise syntax()

    def members(self) -> tuple[Operand, ...]:
        self.need_mark("(")
        out = [self.value()]
        while self.mark(","):
            out.append(self.value())
        self.need_mark(")")
        return tuple(out)

    def value(self) -> Operand:
        kind, text = self.next()
        if kind == "string":
            return _unquote(text)
        if kind != "word":
            raise syntax()
        if self.mark("("):
            args: list[str] = []
            while not self.mark(")"):
                if args:
                    self.need_mark(",")
                kind, arg = self.next()
                args.append(_unquote(arg) if kind == "string" else arg)
            return Call(text.upper(), tuple(args))
        if re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", text):
            return text
        raise syntax()

    def keys(self) -> list[tuple[str, bool]]:
        out = []
        while True:
            name = self.name()
            descending = self.take("desc")
            if not descending:
                self.take("asc")
            out.append((name, descending))
            if not self.mark(","):
                break
        if len(out) > MAX_KEYS:
            raise syntax()
        return out

    # ------------------------------------------------------------ tokens

    def next(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise syntax()
        self.at += 1
        return self.tokens[self.at - 1]

    def word(self) -> str:
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "word":
            return self.tokens[self.at][1].lower()
        return ""

    def take(self, word: str) -> bool:
        found = self.word() == word
        self.at += found
        return found

    def need(self, word: str) -> None:
        if not self.take(word):
            raise syntax()

    def mark(self, mark: str) -> bool:
        found = self.at < len(self.tokens) and self.tokens[self.at] == ("mark", mark)
        self.at += found
        return found

    def need_mark(self, mark: str) -> None:
        if not self.mark(mark):
            raise syntax()

    def name(self) -> str:
        kind, text = self.next()
        if kind != "word":
            raise syntax()
        return text

    def whole(self) -> int:
        kind, text = self.next()
        text = _unquote(text) if kind == "string" else text
        if not text.isdigit():
            raise syntax()
        return int(text)
