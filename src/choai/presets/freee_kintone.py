"""freee ↔ kintone: which masters there are, which way each may go, and the setup proposed for one (FK-13 … FK-19).

Pure: takes schemas, gives a draft. The left side is kintone, the right side freee.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

from choai.errors import ChoaiError
from choai.model.automap import propose
from choai.model.check_mapping import Problem, check_mapping
from choai.model.mapping import Flow, MappingRow, MatchKey, Side
from choai.model.names import fold
from choai.model.schema import Field, Schema
from choai.model.values import Kind

PRESET = "freee_kintone"
LEFT_SERVICE, RIGHT_SERVICE = "kintone", "freee"
ELIGIBLE = "scheduled_sync"  # capability of the accounting account (FK-01)

ScheduleKind = Literal["partner", "tag", "segment"]
BOTH_WAYS = ("to_left", "to_right")
IMPORT_ONLY = ("to_left",)


@dataclass(slots=True, frozen=True)
class Master:
    """A kind of master. ``kind`` is also the accounting object's name; ``schedule`` the screen that runs it (FK-16)."""

    kind: str
    ja: str
    en: str
    directions: tuple[str, ...] = IMPORT_ONLY
    schedule: ScheduleKind | None = None


MASTERS = (
    Master("partner", "取引先", "Partners", BOTH_WAYS, "partner"),
    Master("tag", "メモタグ", "Memo tags", BOTH_WAYS, "tag"),
    Master("segment_1", "セグメント1", "Segment 1", BOTH_WAYS, "segment"),
    Master("segment_2", "セグメント2", "Segment 2", BOTH_WAYS, "segment"),
    Master("segment_3", "セグメント3", "Segment 3", BOTH_WAYS, "segment"),
    Master("item", "品目", "Items"),
    Master("section", "部門", "Sections"),
    Master("account_item", "勘定科目", "Account items"),
    Master("tax_code", "税区分", "Tax codes"),
    Master("expense_category", "経費科目", "Expense categories"),
    Master("walletable", "口座", "Wallets"),
)
BY_KIND = {master.kind: master for master in MASTERS}
SCHEDULE_KINDS: tuple[ScheduleKind, ...] = ("partner", "tag", "segment")


def master(kind: str) -> Master:
    """Raises not_found."""
    if kind not in BY_KIND:
        raise ChoaiError("not_found", what="master", id=kind)
    return BY_KIND[kind]


def demand_direction(kind: str, direction: str) -> Master:
    """Raises direction_not_offered for a way the matrix of FK-14 does not allow."""
    found = master(kind)
    if direction not in found.directions:
        raise ChoaiError("direction_not_offered", kind=found.ja)
    return found


# ------------------------------------------------------------------ the proposed setup

# What people call the kinds, for labels like freee取引先ID, 取引先名, 取引先コード.
_WORDS = {
    "partner": "取引先|partner",
    "tag": "メモタグ|タグ|memo tag|tag",
    "segment": "セグメント ?[1-3]?|segment ?[1-3]?",
    "item": "品目|item",
    "section": "部門|section",
    "account_item": "勘定科目|account item|account",
    "tax_code": "税区分|tax code|tax",
    "expense_category": "経費科目|expense category",
    "walletable": "口座|wallet",
}


@cache
def _parts(noun: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Which kintone field plays which part, by its label or code; the first pattern that fits a field decides."""
    words = _WORDS.get(noun, noun)
    patterns = [
        ("id", rf"freee(会計)?[ _]?({words})?[ _]?(id|コード|code)"),
        ("url", rf"freee(会計)?[ _]?({words})?[ _]?url"),
        ("shortcut1", r"(ショートカット|shortcut) ?1"),
        ("shortcut2", r"(ショートカット|shortcut) ?2"),
        ("name", rf"名前|名称|name|({words})( ?(名|name))?"),
        ("code", rf"(({words}) ?)?(コード|code)"),
    ]
    if noun == "segment":
        patterns.append(("description", r"備考|説明|description|notes?"))
    return tuple((part, re.compile(pattern)) for part, pattern in patterns)


_FLAG = re.compile(r"同期対象|連携対象|sync( target)?")


@dataclass(slots=True)
class Draft:
    """A proposed sync: settings as store.models.Sync keeps them, and what is wrong or doubtful about the mapping."""

    rows: list[MappingRow]
    match_keys: list[MatchKey]
    selection: dict[str, Any]
    duplicate_policy: str = "fail"
    options: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def draft(kind: str, left: Schema, right: Schema, app: str) -> Draft:
    """The setup for linking an app with a kind. Raises key_field_missing when the app has no field that prohibits
    duplicates for the accounting id (FK-65). ``app`` is the app's name for people."""
    chosen = master(kind)
    noun = noun_of(right)
    seen = cast_parts(left, noun)
    rows = [p.row for p in propose(seen, right)]
    identity = next((r for r in rows if r.right is not None and _role(right, r.right) == f"{noun}.id"), None)
    known = left.get(identity.left) if identity is not None and identity.left is not None else None
    if known is None or not known.unique:
        raise ChoaiError("key_field_missing", app=app, object=left.object)
    if "to_right" not in chosen.directions:
        rows = [replace(row, direction=Flow.TO_LEFT) for row in rows if row.direction.feeds(Side.LEFT)]
    keys = match_keys(rows, seen, right, noun)
    targets = {Side.LEFT} | ({Side.RIGHT} if "to_right" in chosen.directions else set())
    return Draft(
        rows=rows,
        match_keys=keys,
        selection=selection(kind, left),
        # FK-51: towards accounting nothing is tied by itself; towards the CRM an equal name is the same record.
        duplicate_policy="fail",
        options={"duplicate_policy_left": "bind"},
        problems=check_mapping(rows, left, right, targets, keys=keys, unique_on={Side.LEFT}),
    )


def noun_of(right: Schema) -> str:
    """The first part of the accounting object's roles: "partner", "tag", "segment" …"""
    roles = (f.role for f in right.fields if f.role is not None and f.role.endswith(".id"))
    return next(roles, right.object).partition(".")[0]


def _role(schema: Schema, name: str) -> str | None:
    found = schema.get(name)
    return found.role if found else None


def cast_parts(left: Schema, noun: str) -> Schema:
    """The app's fields with the roles they play for this kind: a field called 名前 is the tag's name in a tag app."""
    taken: set[str] = set()
    fields = []
    for known in left.fields:
        part = _part(known, noun)
        if part is not None and part not in taken:
            taken.add(part)
            known = replace(known, role=f"{noun}.{part}")
        elif known.role is not None and known.role.partition(".")[0] != noun:
            known = replace(known, role=None)
        fields.append(known)
    return Schema(left.object, tuple(fields), left.revision)


def _part(known: Field, noun: str) -> str | None:
    if not known.writable or known.kind in (Kind.ROWS, Kind.REFERENCES, Kind.FILES):
        return None
    words = [fold(word) for word in (known.name, known.ja, known.en)]
    return next((part for part, pattern in _parts(noun) if any(map(pattern.fullmatch, words))), None)


def match_keys(rows: Sequence[MappingRow], left: Schema, right: Schema, noun: str) -> list[MatchKey]:
    """How an unbound record finds its partner: the id it carries already, the code where there is one (FK-20), then
    the name. Partners compare without their corporate form, other names without case and width."""
    keys = []
    for part, how in (("id", "exact"), ("code", "exact"), ("name", "name" if noun == "partner" else "text")):
        for row in rows:
            if row.left and row.right and _role(right, row.right) == f"{noun}.{part}":
                keys.append(MatchKey(row.left, row.right, how))
                break
    return keys


def selection(kind: str, left: Schema) -> dict[str, Any]:
    """Which records take part: changed ones, of freee's segments all (FK-26); in the CRM those with the sync flag (FK-27 b)."""
    flag = next(
        (
            f
            for f in left.fields
            if f.kind in (Kind.CHOICE, Kind.CHOICES) and f.choices
            and any(_FLAG.fullmatch(fold(word)) for word in (f.name, f.ja, f.en))
        ),
        None,
    )  # fmt: skip
    rules = [{"field": flag.name, "values": [flag.choices[0].value]}] if flag else []
    return {"all": ["right"] if kind.startswith("segment") else [], "left": rules, "right": []}
