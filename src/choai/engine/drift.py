"""Drift: whether a mapping still fits what the two services offer now (FK-66).

What no longer fits pauses the syncs that use it and no other: the run ends before anything is read, and the error names both ends
of every broken row. Every later start looks again, so that a sync goes on by itself once either side is put right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from choai.engine.context import Context
from choai.errors import ChoaiError
from choai.model.check import check_mapping
from choai.model.check_mapping import Problem, check_selection
from choai.model.mapping import Side
from choai.model.schema import Schema

HELD = "required_unmapped"  # of a sync with pairs this one holds back what is new, and nothing else
NO_CREATES = "no_creates"  # in a run's settings: side → facts of the field that holds its creates back


async def demand_fit(ctx: Context) -> None:
    """Raises the first thing that would make every record fail, with all of them in the fact ``rows``.

    A label is no part of a mapping: renaming it changes nothing. A required field that nothing feeds stops a sync without pairs;
    where there are pairs, updates go on, what would be created is blocked, and the run says so.
    """
    settings = ctx.settings
    schemas = {side: ctx.schema(side) for side in Side}
    found = check_mapping(
        settings.rows, schemas[Side.LEFT], schemas[Side.RIGHT], settings.targets, keys=settings.keys
    ) + check_selection({side: settings.selection[side] for side in ctx.sources}, schemas)
    errors = [p for p in found if p.severity == "error"]
    if not errors:
        return
    held = [p for p in errors if p.code == HELD]
    if len(held) == len(errors) and await ctx.ports.call(ctx.ports.ledger.count_bindings, ctx.run.pairing_id):
        for problem in reversed(held):
            facts = await _facts(ctx, problem, held)
            settled = ctx.run.settings.setdefault(NO_CREATES, {})
            settled[str(problem.facts["side"])] = {k: v for k, v in facts.items() if k != "rows"}
            await ctx.ports.call(ctx.ports.ledger.note, ctx.run.id, HELD, facts)
        return
    raise ChoaiError(errors[0].code, **await _facts(ctx, errors[0], errors))


def no_creates(ctx: Context, side: Side) -> Mapping[str, Any] | None:
    """Why nothing can be created on a side now: the facts of the field it lacks."""
    found: Mapping[str, Any] | None = ctx.run.settings.get(NO_CREATES, {}).get(side.value)
    return found


async def _facts(ctx: Context, first: Problem, all_: Sequence[Problem]) -> dict[str, Any]:
    """The facts of the first problem, with the place and field it speaks of, and both ends of each."""
    names = {side: await _labels(ctx, side) for side in Side}
    facts = dict(first.facts)
    side = facts.get("side")
    place = ctx.ends[Side(str(side))].told() if side else {}
    if side and "field_ja" not in facts:
        label = names[Side(str(side))].get(str(facts["field"]))
        facts |= {"field_ja": label["ja"], "field_en": label["en"]} if label else {}
    return {**place, **facts, "rows": [_both(ctx, problem, names) for problem in all_]}


async def _labels(ctx: Context, side: Side) -> dict[str, dict[str, str]]:
    """What people call the fields of a side: those it has, and those it had."""
    end, schema = ctx.ends[side], ctx.schema(side)
    gone = await ctx.ports.call(ctx.ports.ledger.gone_fields, end.link.connection_id, end.object)
    out = {name: _told(name, label["ja"], label["en"]) for name, label in gone.items()}
    return out | {f.name: {"ja": f.ja, "en": f.en or f.ja} for f in schema.fields}


def _told(name: str, ja: str, en: str) -> dict[str, str]:
    """A field that is gone, by its label and, where that is another word, the code people know it by in the form."""
    return {"ja": ja if ja == name else f"{ja}（{name}）", "en": en if en == name else f"{en} ({name})"}


def _both(ctx: Context, problem: Problem, names: Mapping[Side, Mapping[str, Mapping[str, str]]]) -> dict[str, Any]:
    """Both ends that a problem concerns, as people call them. ``row`` counts from 1; None is the mapping as a whole."""
    ends = {side: _named(ctx, side, name, names[side]) for side, name in _fields_of(ctx, problem).items()}
    row = None if problem.row is None else problem.row + 1
    facts = {k: v for k, v in problem.facts.items() if isinstance(v, (str, int, bool))}
    side = facts.get("side")
    place = ctx.ends[Side(str(side))].told() if side else {}
    return {
        "row": row, "code": problem.code, "facts": {**place, **facts},
        **{f"{side}_{language}": ends.get(side, {}).get(language) for side in Side for language in ("ja", "en")},
    }  # fmt: skip


def _fields_of(ctx: Context, problem: Problem) -> dict[Side, str | None]:
    """The fields on both sides that a problem is about."""
    field, side = problem.facts.get("field"), problem.facts.get("side")
    if problem.row is not None:
        row = ctx.settings.rows[problem.row]
        return {s: row.field(s) for s in Side}
    if problem.code == "match_key_missing":
        for key in ctx.settings.keys:
            if field == (key.left if side == Side.LEFT else key.right):
                return {Side.LEFT: key.left, Side.RIGHT: key.right}
    return {Side(str(side)): str(field)} if side and field else {}


def _named(ctx: Context, side: Side, name: str | None, known: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    told = ctx.ends[side].told()
    if name is None:
        return {"ja": f"{told['service']}（初期値のみ）", "en": f"{told['service_en']} (a fixed value)"}
    label = known.get(name, {"ja": name, "en": name})
    return {"ja": f"{told['service']}「{label['ja']}」", "en": f"{told['service_en']} “{label['en']}”"}


def gone_since(old: Mapping[str, Any] | None, schema: Schema) -> dict[str, dict[str, str]]:
    """Labels of the fields that a stored schema had or remembers and the new one has not: ``old`` is the stored form."""
    if old is None:
        return {}
    had = {f["name"]: {"ja": f["ja"], "en": f.get("en") or f["ja"]} for f in old["fields"]}
    return {name: label for name, label in {**old.get("gone", {}), **had}.items() if schema.get(name) is None}
