"""Items while they are planned: made, given a write, or ended."""

from __future__ import annotations

from dataclasses import dataclass, field

from choai.engine.codec import pack
from choai.engine.context import Context
from choai.engine.ports import ItemRow, Settled, StagedRow
from choai.errors import ChoaiError
from choai.model.check import check
from choai.model.convert import shown
from choai.model.mapping import Side
from choai.model.merge import Conflict, Merged
from choai.model.values import Value, Values


@dataclass(slots=True)
class Chunk:
    """What one step of planning produces."""

    items: list[ItemRow] = field(default_factory=list)
    rebase: list[Settled] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)  # folded keys of the creates planned in this chunk


def new_item(ctx: Context, side: Side, row: StagedRow, values: Values, other_id: str = "") -> ItemRow:
    item = ItemRow(
        side.other, "none", name=ctx.title(side, values), revision=row.revision, source=row.values, staged=row.seq > 0
    )
    set_id(item, side, row.record_id)
    set_id(item, side.other, other_id)
    return item


def set_id(item: ItemRow, side: Side, id: str) -> None:
    if side is Side.LEFT:
        item.left_id = id
    else:
        item.right_id = id


def plan_write(ctx: Context, item: ItemRow, op: str, change: dict[str, Value], before: Values) -> None:
    """Plan a write after the checks that need no call (FK-18). A missing required value is no failure of the record:
    it is not selected until it is filled (FK-27d)."""
    problems = check(change, ctx.schema(item.side), creating=op == "create")
    if problems:
        place = ctx.ends[item.side].told()
        missing = next((p for p in problems if p.code == "required_missing"), None)
        problem: ChoaiError = missing or problems[0]
        end(item, "skipped" if missing else "failed", problem.code, **{**place, **problem.facts})
        return
    item.op = op
    item.after = pack(change)
    item.before = pack({name: before[name] for name in change if name in before}) if before else b""


def end(item: ItemRow, outcome: str, code: str = "", **facts: object) -> ItemRow:
    item.outcome, item.code = outcome, code
    item.facts.update((k, str(v)) for k, v in facts.items())
    return item


_REMARKS = ("overwritten", "cannot_be_cleared", "not_writable", "empty_not_sent", "not_read")  # the first one is told


def remark(ctx: Context, item: ItemRow, merged: Merged) -> None:
    """Tell with an item what did not simply flow: no edit is dropped without an outcome that says so."""
    if not merged.notes:
        return
    first = min(merged.notes, key=lambda note: _REMARKS.index(note.code))
    field = ctx.schema(first.side).get(first.field.partition("/")[0])
    place = ctx.ends[first.side].told()
    named = {"field": field.ja, "field_en": field.en} if field else {"field": first.field}
    notes = [{"code": n.code, "field": n.field, "value": shown(n.value)} for n in merged.notes[:20]]
    item.code = first.code
    item.facts.update({**place, **named, "value": shown(first.value), "notes": notes})


def finish_merge(ctx: Context, item: ItemRow, merged: Merged) -> bool:
    """Whether the merge ends the item without a write: a value that cannot be sent, or a conflict that asks."""
    if merged.refused:
        end(item, "failed", merged.refused[0].code, **merged.refused[0].facts)
    elif merged.conflicts:
        told = [_told(ctx, conflict) for conflict in merged.conflicts]
        ja, en = (", ".join(dict.fromkeys(names)) for names in zip(*told, strict=True))
        end(item, "blocked", "conflict", field=ja, field_en=en, count=len(told))
    else:
        return False
    return True


def _told(ctx: Context, conflict: Conflict) -> tuple[str, str]:
    """Both fields of a conflict as people call them, in Japanese and English; once where they are called alike."""
    ends = (Side.LEFT, conflict.left_field), (Side.RIGHT, conflict.right_field)
    fields = [(name, ctx.schema(side).get(name.partition("/")[0])) for side, name in ends]
    ja = dict.fromkeys(field.ja if field else name for name, field in fields)
    en = dict.fromkeys(field.en if field else name for name, field in fields)
    return " / ".join(ja), " / ".join(en)
