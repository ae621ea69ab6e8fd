"""What an edit of a live sync would do: the plan of a preview with settings that nobody has saved yet, a *draft*.

A draft reads everything and plans as a run with these settings would. Here is what it takes down beside the plan: bound
records that leave the selection (they stay bound and are left alone), records that enter it, and which fields would be written.
Nothing of a draft reaches the bindings before a person has saved it and the plan is applied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from choai.engine.bind import settled_bases
from choai.engine.codec import pack, unpack
from choai.engine.context import Context
from choai.engine.ports import ItemRow, Settled, StagedRow
from choai.model.mapping import Side
from choai.model.record import Record
from choai.model.values import Values, is_empty

CHUNK = 1000


def fits(rules: Sequence[Mapping[str, Any]], values: Values) -> bool:
    """Whether a record fulfils all conditions; a condition on a field nobody may read is not fulfilled."""
    for rule in rules:
        value = values.get(str(rule["field"]))
        wanted = {str(v) for v in rule["values"]}
        held = {str(v) for v in value} if isinstance(value, list) else ({""} if is_empty(value) else {str(value)})
        if not held & wanted:
            return False
    return True


def is_draft(ctx: Context) -> bool:
    """Whether the run's settings are those of a draft, saved meanwhile or not."""
    return "draft" in ctx.run.settings


def selected(ctx: Context, side: Side, values: Values) -> bool:
    """Whether a record fulfils the sync's conditions. In a draft the records that come in by it are counted."""
    inside = fits(ctx.settings.selection[side], values)
    if inside and is_draft(ctx) and not fits(_was(ctx, side), values):
        ctx.count("entering")
    return inside


def _was(ctx: Context, side: Side) -> list[Mapping[str, Any]]:
    """The conditions of a side as they are saved."""
    return list((ctx.run.settings["draft"]["selection"] or {}).get(side.value) or ())


def left_out(
    ctx: Context, side: Side, record: Record, *, bound: bool, staged: list[StagedRow], items: list[ItemRow]
) -> None:
    """A record that the selection does not name. A bound one is staged where both sides are read, so that the plan knows the
    pair is to be left alone; in a draft it is told of when it was selected until now."""
    if bound and len(ctx.sources) == 2:
        values = pack({k: record.values[k] for k in ctx.wished(side) if k in record.values})
        staged.append(StagedRow(0, record.id, record.revision or "", "", b"", values, False))
    if not (bound and is_draft(ctx) and fits(_was(ctx, side), record.values)):
        ctx.count("deselected")
        return
    name = ctx.title(side, record.values)
    item = ItemRow(side=side.other, op="none", outcome="skipped", code="leaves_selection", name=name)
    item.left_id, item.right_id = (record.id, "") if side is Side.LEFT else ("", record.id)
    item.facts = {"name": name}
    items.append(item)
    ctx.count("skipped")
    ctx.count("leaving")


# ---------------------------------------------------------------- partners that a one-way plan has to know


def compares(ctx: Context) -> bool:
    """Whether a one-way plan rests on what the target holds now and not on what it was known to hold: a person is shown it, or
    a full comparison was asked for."""
    run = ctx.run
    wanted = run.preview or bool(run.settings.get("resync"))
    return wanted and len(ctx.sources) == 1 and not run.settings.get("only")


async def partners_by_scan(ctx: Context, target: Side) -> bool:
    """Whether the partners of the records to be planned are cheaper read with the whole target than by their ids."""
    if not compares(ctx):
        return False
    run, ports, spec = ctx.run, ctx.ports, ctx.ends[target].spec
    staged, unbound = await ports.call(ports.ledger.count_staged, run.id, target.other)
    known = int(await ports.call(ports.ledger.count_bindings, run.pairing_id))
    by_id = ceil((staged - unbound) / (spec.page_size if spec.reads_by_id else 1))
    return bool(by_id > ceil(known / spec.page_size))


# ---------------------------------------------------------------- what the plan of a draft adds up to


def tally(ctx: Context, work: dict[str, Any], items: Sequence[ItemRow]) -> None:
    """Note in the run's notebook the ties that give something back (apart those that write nothing else, which go by themselves),
    and for a draft how many records that exist get which fields, by side."""
    backs = work.setdefault("backs", {})
    for item in items:
        if item.gives and item.outcome == "planned":
            name = item.side.value if unpack(item.after) else f"{item.side.value}_tie"
            backs[name] = backs.get(name, 0) + 1
    if not is_draft(ctx):
        return
    fields = work.setdefault("fields", {})
    for item in items:
        if item.outcome == "planned" and item.op in ("update", "bind"):
            told = fields.setdefault(item.side.value, {})
            for name in unpack(item.after):
                told[name] = told.get(name, 0) + 1


async def take_over(ctx: Context) -> bool:
    """Refresh the bases of the records that were found unchanged under a draft's mapping, a chunk at a time, now that it is
    saved: their newly mapped fields have agreed from here on. False when all are."""
    if not is_draft(ctx):
        return False
    run, ports = ctx.run, ctx.ports
    work = dict(run.work)
    items: list[ItemRow] = await ports.call(ports.ledger.agreed_after, run.id, work.get("agreed", 0), CHUNK)
    if not items:
        return False
    work["agreed"] = items[-1].id
    rebase = []
    for item in items:
        left, right = unpack(item.source), unpack(item.before)
        if item.side is Side.LEFT:
            left, right = right, left
        rebase.append(settled_bases(ctx, Settled(0, "unchanged", item.side, left_id=item.left_id), left, right))
    await ports.call(ports.ledger.commit_plan, run.id, [], rebase, work, {}, now=ports.now())
    return True
