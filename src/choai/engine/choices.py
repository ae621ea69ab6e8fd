"""What a person may answer to a record that waits, and what each answer would write – before it is taken.

conflict      left | right (| a side per field)     ambiguous   bind to one of the candidates | create | ignore
duplicate     bind | create | ignore                elsewhere   create | ignore
id_changed    relink | ignore                       missing     unlink | recreate | ignore
parked        bind | again | ignore                 many        ignore
write_back    again | ignore
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from choai.engine.context import Settings
from choai.engine.decide import Write, decided, seen, writes_of
from choai.engine.match import APART
from choai.model.mapping import ConflictPolicy, Side
from choai.model.merge import Merged, fresh, merge, write_back
from choai.model.values import Values

__all__ = [
    "APART",
    "KINDS",
    "LASTING",
    "PAIR",
    "Case",
    "Choice",
    "choices",
    "conflict_of",
    "seen_in",
    "sides",
    "tie_writes",
]

KINDS = {
    "conflict": "conflict",
    "ambiguous_match": "ambiguous",
    "similar_name": "ambiguous",
    "same_name_other_code": "ambiguous",
    "duplicate_name": "duplicate",
    "duplicate_code": "duplicate",
    "already_linked_elsewhere": "elsewhere",
    "id_changed": "id_changed",
    "missing_on_other_side": "missing",
    "ambiguous_intent": "parked",
    "many_to_one": "many",
    "write_back_failed": "write_back",
}  # code of an item → what is asked
LASTING = frozenset({"ignore", "unlink"})
PAIR = "pair"  # kind of a decision about two records rather than a waiting one


@dataclass(slots=True)
class Case:
    """A waiting record with all that is stored of it. ``side`` is where it is read from; ``values`` what it held, ``theirs`` what
    its partner held, ``bases`` what both agreed on last, ``payload`` what was sent without an answer."""

    code: str
    side: Side
    settings: Settings
    values: Values
    theirs: Values
    bases: Mapping[Side, Values]
    candidates: Mapping[str, Values]
    payload: Values
    facts: Mapping[str, object]
    taken: Mapping[str, str]  # candidates that belong to another record by now, and to which
    creates: bool  # the other side's service can make new records
    names: Mapping[Side, tuple[str, str]]  # what people call the sides, in Japanese and English

    @property
    def kind(self) -> str:
        return KINDS[self.code]

    @property
    def held(self) -> dict[Side, Values]:
        return {self.side: self.values, self.side.other: self.theirs}


@dataclass(slots=True, frozen=True)
class Choice:
    """One possible answer. ``id`` names the partner of a ``bind``; ``open_id``: the person tells it."""

    key: str
    ja: str
    en: str
    id: str | None = None
    writes: list[Write] = field(default_factory=list)
    open_id: bool = False


def conflict_of(case: Case, policy: ConflictPolicy = ConflictPolicy.ASK) -> Merged:
    """The merge of a waiting conflict, as it was planned."""
    held = case.held
    return merge(
        case.settings.rows,
        case.settings.schemas[Side.LEFT],
        case.settings.schemas[Side.RIGHT],
        left=held[Side.LEFT],
        right=held[Side.RIGHT],
        base_left=case.bases[Side.LEFT],
        base_right=case.bases[Side.RIGHT],
        directions=case.settings.targets,
        policy=policy,
    )


def seen_in(case: Case) -> list[str]:
    """What a decision about this conflict is bound to."""
    return seen(conflict_of(case).conflicts, case.held[Side.LEFT], case.held[Side.RIGHT])


def choices(case: Case) -> list[Choice]:
    """The answers this record offers, the most harmless last."""
    return [*_OFFERS[case.kind](case), *([] if case.kind in ("conflict", "write_back") else [_ignore()])]


def _ignore() -> Choice:
    return Choice(
        "ignore", "このレコードは無視する（以後も書き込まない）", "Ignore this record (nothing is written from now on)"
    )


def sides(case: Case, choice: str, fields: Mapping[str, str]) -> list[Write]:
    """What taking one side, or a side per field, would write."""
    merged = conflict_of(case)
    if not merged.conflicts:
        return []
    out = decided(merged, choice, fields, lambda policy: conflict_of(case, policy))
    return writes_of({Side.LEFT: out.to_left, Side.RIGHT: out.to_right}, case.held)


def _conflict(case: Case) -> list[Choice]:
    return [
        Choice(s.value, f"{case.names[s][0]}の値を残す", f"Keep the value of {case.names[s][1]}",
               writes=sides(case, s.value, {}))
        for s in Side
    ]  # fmt: skip


def tie_writes(case: Case, theirs: Values) -> list[Write]:
    """What binding to a record with these values would write: the record's fields go to it, its id comes back."""
    settings, side = case.settings, case.side
    schemas = settings.schemas[Side.LEFT], settings.schemas[Side.RIGHT]
    left, right = (case.values, theirs) if side is Side.LEFT else (theirs, case.values)
    merged = merge(
        settings.rows, *schemas, left=left, right=right, base_left=None, base_right=None,
        directions=frozenset({side.other}), policy=settings.conflict,
    )  # fmt: skip
    change = {**merged.to(side.other), **write_back(settings.rows, case.values, side, *schemas, current=theirs)}
    back = write_back(settings.rows, {**theirs, **change}, side.other, *schemas, current=case.values)
    return writes_of({side.other: change, side: back}, {side: case.values, side.other: theirs})


def _ties(case: Case) -> list[Choice]:
    return [
        Choice("bind", f"同じものとして対応付ける（ID: {id}）", f"They are the same: link to ID {id}", id,
               tie_writes(case, theirs))
        for id, theirs in case.candidates.items()
        if id not in case.taken
    ]  # fmt: skip


def _create(case: Case) -> list[Choice]:
    if not case.creates:
        return []
    values, refused = fresh(
        case.settings.rows, case.values, case.side, case.settings.schemas[Side.LEFT], case.settings.schemas[Side.RIGHT]
    )
    writes = [] if refused else writes_of({case.side.other: values}, {})
    return [Choice("create", "別のものとして新しく登録する", "They are different: create a new one", writes=writes)]


def _id_changed(case: Case) -> list[Choice]:
    new = str(case.facts.get("new", ""))
    label = f"新しいID（{new}）に対応付け直す", f"Relink to the new ID ({new})"
    writes = tie_writes(case, case.candidates[new]) if new in case.candidates else []
    return [Choice("relink", *label, id=new, writes=writes)]


def _missing(case: Case) -> list[Choice]:
    name = case.names[case.side.other]
    again = [
        Choice(
            "recreate", c.ja.replace("別のものとして", f"{name[0]}に"), f"Create it in {name[1]} again", writes=c.writes
        )
        for c in _create(case)
    ]
    return [
        *again,
        Choice("unlink", "対応付けを解除し、以後は同期しない", "Remove the link and leave this record alone"),
    ]


def _parked(case: Case) -> list[Choice]:
    there = Choice("bind", "登録されている：そのレコードに対応付ける", "It is there: link to that record", open_id=True)
    again = Choice(
        "again", "登録されていない：もう一度送る", "It is not there: send it again",
        writes=writes_of({case.side.other: case.payload}, {}),
    )  # fmt: skip
    return [there, again]


def _again(case: Case) -> list[Choice]:
    stop = Choice(
        "stop", "書き戻しをやめる（IDは元のレコードに入らない）", "Stop trying (the id stays out of the source record)"
    )
    return [Choice("again", "もう一度書き戻す", "Try to write it back again"), stop]


_OFFERS = {
    "conflict": _conflict,
    "ambiguous": lambda case: [*_ties(case), *_create(case)],
    "duplicate": lambda case: [*_ties(case), *_create(case)],
    "elsewhere": _create,
    "id_changed": _id_changed,
    "missing": _missing,
    "parked": _parked,
    "many": lambda case: [],
    "write_back": _again,
}
