"""Proposals for a mapping: which fields of two schemas probably mean the same.

Roles decide first (a connector knows what its fields are), then names and labels. A proposal is only shown; a person accepts it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from choai.model.coerce import TEXTS, convertible
from choai.model.mapping import Flow, MappingRow
from choai.model.names import fold
from choai.model.schema import Field, Schema
from choai.model.values import Kind

LEAST = 60  # below this nothing is proposed
_BACK_ROLES = ("id", "url")  # what a service gives a record
_CONVERTER_BY_ROLE = {"prefecture": "prefecture", "registration_number": "registration_number"}


@dataclass(slots=True, frozen=True)
class Proposal:
    """A row with how sure it is (60–100) and why: by its role, its name, its label, or a similar label."""

    row: MappingRow
    score: int
    why: Literal["role", "name", "label", "similar"]


def propose(left: Schema, right: Schema) -> list[Proposal]:
    """At most one proposal per field, in the order of the left schema. The same schemas give the same proposals.

    Directions follow what may be written. An id or address that one service gives goes into the other side's field of the same
    role as a write_back row.
    """
    found = sorted(_candidates(left.fields, right.fields), key=lambda c: (-c[0], c[1], c[2]))
    used_left: set[int] = set()
    used_right: set[int] = set()
    chosen = []
    for score, n, m, proposal in found:
        if score >= LEAST and n not in used_left and m not in used_right:
            used_left.add(n)
            used_right.add(m)
            chosen.append((n, proposal))
    return [proposal for _, proposal in sorted(chosen, key=lambda c: c[0])]


def _candidates(lefts: Iterable[Field], rights: Iterable[Field]) -> Iterable[tuple[int, int, int, Proposal]]:
    numbered = list(enumerate(rights))
    for n, left in enumerate(lefts):
        for m, right in numbered:
            row = _row(left, right)
            if row is None:
                continue
            score, why = _likeness(left, right)
            if left.kind is not right.kind and why != "role":
                score -= 5
            yield score, n, m, Proposal(row, score, why)


def _likeness(left: Field, right: Field) -> tuple[int, Literal["role", "name", "label", "similar"]]:
    if left.role and right.role:
        # Two known roles that differ are two things, however alike their labels are.
        return (100 if left.role == right.role else 0), "role"
    names = {_word(left.name)}, {_word(right.name)}
    if names[0] == names[1]:
        return 95, "name"
    labels = {_word(left.ja), _word(left.en)} - {""}, {_word(right.ja), _word(right.en)} - {""}
    if labels[0] & labels[1]:
        return 90, "label"
    if (names[0] & labels[1]) or (labels[0] & names[1]):
        return 85, "label"
    if (left.role or right.role) and not any(_within(a, b) for a in labels[0] | names[0] for b in labels[1] | names[1]):
        return (
            0,
            "similar",
        )  # a field that is known to be something is not another one because its label has the same end
    if left.kind is not right.kind and Kind.BOOLEAN in (left.kind, right.kind):
        return 0, "similar"  # 得意先 (yes or no) is no 取引先コード
    best = max((_similarity(a, b) for a in labels[0] | names[0] for b in labels[1] | names[1]), default=0)
    return min(best, 84), "similar"


def _word(text: str) -> str:
    """A label without what says nothing: spaces, underscores and marks."""
    return "".join(c for c in fold(text) if c.isalnum() or c == "ー")


def _within(a: str, b: str) -> bool:
    """Whether one word is the other with something added: メールアドレス(代表) and メールアドレス."""
    short, long = sorted((a, b), key=len)
    return len(short) > 2 and short in long


def _similarity(a: str, b: str) -> int:
    if min(len(a), len(b)) < 2:
        return 0
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    matched = sum(block.size for block in matcher.get_matching_blocks())
    return 200 * matched // (len(a) + len(b))


def _row(left: Field, right: Field) -> MappingRow | None:
    """The row for two fields, None where nothing could ever go from one to the other."""
    if left.reason or right.reason:
        return None
    if left.role and left.role == right.role and left.role.rpartition(".")[2] in _BACK_ROLES:
        return _write_back(left, right)
    converter = _converter(left, right)
    flows = [
        flow
        for flow, source, target in ((Flow.TO_RIGHT, left, right), (Flow.TO_LEFT, right, left))
        if target.writable and (converter or _meet(source, target))
    ]
    if not flows:
        return None
    direction = Flow.BOTH if len(flows) == 2 else flows[0]
    fixed = all(not (right if flow is Flow.TO_RIGHT else left).on_update for flow in flows)
    rows = _inner(left, right) if left.kind is Kind.ROWS else ()
    return MappingRow(left.name, right.name, direction, converter=converter, only_on_create=fixed, rows=rows)


def _meet(source: Field, target: Field) -> bool:
    if source.kind is target.kind is Kind.ROWS:
        return bool(_inner(source, target))
    return convertible(source, target)


def _inner(left: Field, right: Field) -> tuple[MappingRow, ...]:
    return tuple(p.row for p in propose(Schema(left.name, left.fields), Schema(right.name, right.fields)))


def _write_back(left: Field, right: Field) -> MappingRow | None:
    """The given value goes to the side that can hold it; None where both give or both only hold."""
    if left.writable == right.writable:
        return None
    source, target, flow = (right, left, Flow.TO_LEFT) if left.writable else (left, right, Flow.TO_RIGHT)
    return MappingRow(left.name, right.name, flow, write_back=True) if convertible(source, target) else None


def _converter(left: Field, right: Field) -> str | None:
    """Where the kinds or the values of a known role need one."""
    for role, converter in _CONVERTER_BY_ROLE.items():
        if any(f.role is not None and f.role.endswith(f".{role}") for f in (left, right)):
            if converter == "prefecture":
                return converter if _coded(right) and not _coded(left) else None
            return converter if left.kind in TEXTS and right.kind in TEXTS else None
    return None


def _coded(known: Field) -> bool:
    """Whether the field holds prefecture codes and not names."""
    if known.kind is Kind.INTEGER:
        return True
    return bool(known.choices) and all(choice.value.lstrip("-").isdecimal() for choice in known.choices)
