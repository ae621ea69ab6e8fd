"""Phase "open": may this run begin, what does it rest on, and what does it have to read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from choai.connectors.contract import Account, CursorKind, Idempotency, ObjectSpec
from choai.engine.context import Context, dump_schema, load_schema, parse
from choai.engine.drift import demand_fit
from choai.engine.recover import recover
from choai.engine.references import refer
from choai.errors import ChoaiError
from choai.model.mapping import MappingRow, Side
from choai.model.schema import Schema

SKEW = timedelta(minutes=15)  # how far two clocks may differ before a change could be missed


async def opening(ctx: Context) -> None:
    """Discover both schemas, check the mapping against them, settle what an earlier run left open, choose the windows.

    Raises the error that ends the run as "not executed": app_not_found, field_not_found, required_unmapped, key_field_missing,
    freee_plan_limit, maintenance … Nothing has been read or written for the run by then.
    """
    run, ports = ctx.run, ctx.ports
    await discover(ctx)
    await demand_fit(ctx)
    _check(ctx)
    await recover(ctx, owed=True)
    work = await _windows(ctx)
    first = "plan" if "undo" in run.settings else f"read_{ctx.sources[0].value}"
    await ports.call(ports.ledger.opened, run.id, run.settings, work, first)


async def discover(ctx: Context) -> None:
    """Look at both ends: may they be used, and what are their fields now. The run's settings have the schemas afterwards."""
    run, ports = ctx.run, ctx.ports
    for end in ctx.ends.values():
        _gate(ctx, end.side)
    settings = dict(run.settings)
    schemas: dict[Side, Schema] = {}
    for side, end in ctx.ends.items():
        kept = await ports.call(ports.ledger.schema_of, end.link.connection_id, end.object)
        known = load_schema(kept) if kept else None
        schemas[side] = await end.describe(known)
        if schemas[side] != known:
            await ports.call(
                ports.ledger.save_schema, run.workspace_id, end.link.connection_id, end.object,
                schemas[side].revision, dump_schema(schemas[side]),
            )  # fmt: skip
    settings["schemas"] = {side.value: dump_schema(schema) for side, schema in schemas.items()}
    run.settings = settings
    ctx.settings = parse(run)
    ctx.ends = refer(ctx)


def _gate(ctx: Context, side: Side) -> None:
    """Plan gates that the account's last look already knows of."""
    end = ctx.ends[side]
    gate, account = end.spec.plan_gate, end.link.account
    if gate and account is not None and account.capabilities.get(gate) is False:
        reason = account.reasons.get(gate, "plan_not_eligible")
        raise ChoaiError(reason, **end.told(), **_plan(account), capability=gate)
    scheduled = ctx.run.trigger in ("schedule", "late")
    if scheduled and account is not None and account.capabilities.get("scheduled_sync") is False:
        raise ChoaiError("plan_not_eligible", **end.told(), **_plan(account))


def _plan(account: Account) -> dict[str, str]:
    """The plan's name, where the service or a person told it."""
    return {"plan": account.plan} if account.plan else {"plan_ja": "不明", "plan_en": "not known"}


def _check(ctx: Context) -> None:
    """What a service must offer for a side to be written at all."""
    for target in ctx.settings.targets:
        spec = ctx.ends[target].spec
        if not (spec.can_create or spec.can_update):
            raise ChoaiError("not_writable", **ctx.ends[target].told(), field=ctx.ends[target].object)
        if spec.idempotency is Idempotency.EXTERNAL_ID and key_row(ctx, target) is None:
            raise ChoaiError("key_field_missing", **ctx.ends[target].told())


def key_row(ctx: Context, target: Side) -> MappingRow | None:
    """The mapping row that carries the source's identity into a unique field of the target: what a create is keyed by.
    An id is preferred to a code, because it never changes."""
    best: MappingRow | None = None
    for row in ctx.settings.rows:
        into, out = row.field(target), row.field(target.other)
        if into is None or out is None or not row.direction.feeds(target):
            continue
        field, source = ctx.schema(target).get(into), ctx.schema(target.other).get(out)
        if field is None or not field.unique or source is None:
            continue
        if source.role is not None and source.role.endswith(".id"):
            return row
        if best is None and source.unique:
            best = row
    return best


async def _windows(ctx: Context) -> dict[str, Any]:
    ports, run = ctx.ports, ctx.run
    only = run.settings.get("only")
    now = ports.now()
    since: dict[str, str | None] = {}
    for side in ctx.sources:
        value = await ports.call(ports.ledger.cursor_of, run.sync_id, side)
        ignore = only or run.settings.get("resync") or side in ctx.settings.whole
        spec = ctx.ends[side].spec
        since[side.value] = None if ignore or value is None or spec.cursor is CursorKind.NONE else value
    return {
        "started": now.isoformat(),
        "since": since,
        "first": {s.value: await ports.call(ports.ledger.cursor_of, run.sync_id, s) is None for s in ctx.sources},
        "token": None,
        "page": 0,
        "bound": 0,
        "watermark": {},
        "attempts": 0,
    }


# ---------------------------------------------------------------- windows and cursors
#
# A service's clock differs from ours by up to SKEW, and a record may show up to ``ObjectSpec.overlap_seconds`` after the instant
# its stamp tells (a transaction that commits late, an index that lags). Within these two bounds no change is missed: a cursor
# is an instant of the service's clock at which everything stamped earlier, less the overlap, had been there to be read.


def window_start(spec: ObjectSpec, cursor: str) -> datetime | date:
    """Where to read from: the cursor, less the overlap, in whole minutes where the filter knows no finer ones. The overlap is in
    a cursor of days already (see ``next_cursor``)."""
    if spec.cursor is CursorKind.DATE:
        return date.fromisoformat(cursor[:10])
    start = datetime.fromisoformat(cursor) - timedelta(seconds=spec.overlap_seconds)
    return start.replace(second=0, microsecond=0) if spec.cursor is CursorKind.MINUTE else start


def since(spec: ObjectSpec, at: datetime, zone: str) -> str:
    """The cursor that misses nothing of what changed after ``at`` by our clock, however the service's clock goes within SKEW."""
    safe = at.astimezone(UTC) - SKEW
    if spec.cursor is CursorKind.DATE:
        return (safe - timedelta(seconds=spec.overlap_seconds)).astimezone(ZoneInfo(zone)).date().isoformat()
    return safe.isoformat()


def seen_until(
    watermark: datetime | date | None, first: bool, asked: datetime, now: datetime, known: str | None
) -> str | None:
    """How far a scan of several pages has seen, by the service's clock. ``asked`` and ``now`` are instants of ours: before the
    first page was asked for and after this one came; ``known`` is the answer for the pages before.

    The newest stamp of a later page proves nothing about the pages before it: a record on one of these may have been edited while
    the later ones were read. What it does tell is how far at least the service's clock is ahead of ours (or how little behind),
    and so what that clock showed when the first page was asked for. Days are too coarse for this.
    """
    if not isinstance(watermark, datetime):
        return known
    mark = watermark if first else asked + (watermark - now)
    mark = mark.astimezone(UTC)
    return max(mark, datetime.fromisoformat(known)).isoformat() if known else mark.isoformat()


def next_cursor(spec: ObjectSpec, started: datetime, seen: str | None, zone: str) -> str | None:
    """The cursor after a run that reached its end: what its reading has seen by the service's clock, or our start less the
    allowed skew when that is later (FK-28, FK-31). It may lie before the one it replaces, so that a clock that was put back
    is caught up with."""
    if spec.cursor is CursorKind.NONE:
        return None
    safe = since(spec, started, zone)
    if spec.cursor is CursorKind.DATE or seen is None:
        return safe
    return max(datetime.fromisoformat(seen), datetime.fromisoformat(safe)).isoformat()
