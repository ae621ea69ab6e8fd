"""Phases "read_left", "read_right" and "scan": pages of records into the staging table.

A record equal to its base is left out at once (design §4.3), so that a run without changes costs reads only. What is left
out or not selected is counted by reason; the sum of the reasons is the number of records read.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from choai.connectors.contract import Page, Window
from choai.engine import deletes
from choai.engine.codec import fingerprint, pack
from choai.engine.consequence import compares, left_out, partners_by_scan, selected
from choai.engine.context import Context
from choai.engine.match import key_values
from choai.engine.opening import seen_until, window_start
from choai.engine.ports import End, ItemRow, ReadPage, StagedRow
from choai.engine.stamp import scanned
from choai.errors import ChoaiError
from choai.model.mapping import Side
from choai.model.record import Record

_IDS = "ids:"  # token of the part that re-reads single records after the window's pages
ASKED = 20  # records that are asked for by id before absence is believed


async def read_page(ctx: Context, side: Side) -> None:
    """One page of the source side, committed with its rows; then the next page or the next phase."""
    end, run, ports = ctx.ends[side], ctx.run, ctx.ports
    work = dict(run.work)
    token: str | None = work["token"]
    if token is not None and token.startswith(deletes.TOKEN):
        await deletes.read_deletes(ctx, side, token, _after(ctx, side))
        return
    asked = ports.now() if token is None else datetime.fromisoformat(work.get("asked") or work["started"])
    page = await _by_id(ctx, end, token) if token is not None and token.startswith(_IDS) else None
    if page is None:
        page = await _window(ctx, end, token)
    _demand_complete(end, page)
    staged, items, bound = await _sift(ctx, end, page.records)
    ids = [r.id for r in page.records]
    work["page"] += 1
    work["bound"] += bound
    work["token"] = page.next
    _saw(work, side, page, first=token is None, asked=asked, now=ports.now())
    phase = run.phase
    if page.next is None:
        work["token"] = await _retry_token(ctx, end, token) or deletes.begins(ctx, end)
    if work["token"] is None:
        if is_full(ctx, side):
            work["missing"] = await _full_scan_end(ctx, end, work["bound"], ids)
        phase = _after(ctx, side)
        work.update(page=0, bound=0)
    ctx.count("read", len(page.records))
    ctx.count("staged", sum(1 for row in staged if row.target))
    committed = ReadPage(
        side, run.work["page"], page.next, staged, items,
        candidates=_keys(ctx, side, page.records) if side in ctx.settings.targets else (),
        ids=msgspec.msgpack.encode(ids) if is_full(ctx, side) else b"",
    )  # fmt: skip
    await ports.call(ports.ledger.commit_page, run.id, committed, work, phase, ctx.deltas, now=ports.now())


def is_full(ctx: Context, side: Side) -> bool:
    """Whether the side is read from end to end, so that absence means something."""
    return ctx.run.work["since"].get(side.value) is None and not ctx.run.settings.get("only")


def _after(ctx: Context, side: Side) -> str:
    later = [s for s in ctx.sources if s is Side.RIGHT and side is Side.LEFT]
    return f"read_{later[0].value}" if later else "scan"


async def _window(ctx: Context, end: End, token: str | None) -> Page:
    if ctx.run.settings.get("only"):
        return Page(records=[])  # a retry reads its records by id only
    since = ctx.run.work["since"].get(end.side.value)
    start: datetime | date | None = window_start(end.spec, since) if since else None
    window = Window(since=start, fields=ctx.wished(end.side), patient=True)
    return ctx.waits_for(await end.read(window, token))


async def _retry_ids(ctx: Context, side: Side) -> list[str]:
    only = ctx.run.settings.get("only")
    if only:
        return list(only.get(side.value) or [])
    if is_full(ctx, side):
        return []
    return await ctx.ports.call(ctx.ports.ledger.retries, ctx.run.sync_id, side)


async def _retry_token(ctx: Context, end: End, token: str | None) -> str | None:
    """Position in the list of records to re-read by id, None when there is nothing (more) to re-read."""
    ids = await _retry_ids(ctx, end.side)
    done = int(token[len(_IDS) :]) + _stride(end) if token is not None and token.startswith(_IDS) else 0
    return f"{_IDS}{done}" if done < len(ids) else None


def _stride(end: End) -> int:
    return min(end.spec.page_size, 100)


async def _by_id(ctx: Context, end: End, token: str) -> Page:
    start = int(token[len(_IDS) :])
    ids = (await _retry_ids(ctx, end.side))[start : start + _stride(end)]
    records = await fetch(ctx, end, ids)
    gone = set(ids) - {r.id for r in records}
    if gone:
        await ctx.ports.call(ctx.ports.ledger.drop_retries, ctx.run.sync_id, end.side, sorted(gone))
    return Page(records=records)


async def fetch(ctx: Context, end: End, ids: list[str]) -> list[Record]:
    """These records as they are now; a record that is gone is not in the answer."""
    if not ids:
        return []
    if end.spec.reads_by_id:
        window = Window(ids=ids, fields=ctx.wished(end.side))
        return (await end.read(window, None)).records
    return await end.find("id", ids)


async def _sift(ctx: Context, end: End, records: list[Record]) -> tuple[list[StagedRow], list[ItemRow], int]:
    """Drop what is archived or not selected and what equals its base; the rest is staged. Also answers how many have a
    binding."""
    side, ports = end.side, ctx.ports
    known = await ports.call(ports.ledger.prints, ctx.run.pairing_id, side, [r.id for r in records])
    names = ctx.settings.names[side]
    staged: list[StagedRow] = []
    items: list[ItemRow] = []
    for record in records:
        if record.archived or not selected(ctx, side, record.values):
            left_out(ctx, side, record, bound=record.id in known, staged=staged, items=items)
            continue
        base = known.get(record.id)
        mark = fingerprint(record.values, names)
        if base == mark:
            if side in ctx.settings.whole or ctx.run.settings.get("only"):
                items.append(_unchanged(ctx, side, record))
                ctx.count("unchanged")
            else:
                ctx.count("overlap")
            continue
        staged.append(
            StagedRow(
                seq=0,
                record_id=record.id,
                revision=record.revision or "",
                changed_at=record.changed_at.isoformat() if record.changed_at else "",
                print=mark,
                values=_packed(ctx, side, record),
            )
        )
    return staged, items, sum(1 for r in records if r.id in known)


def _packed(ctx: Context, side: Side, record: Record) -> bytes:
    return pack({k: record.values[k] for k in ctx.wished(side) if k in record.values})


def _keys(ctx: Context, side: Side, records: list[Record]) -> list[tuple[int, str, str]]:
    """Match keys of records of a target side: what new source records are compared with. Archived ones are nobody's partner."""
    there = [record for record in records if not record.archived]
    return [
        (number, value, record.id)
        for record in there
        for number, value in key_values(record.values, ctx.settings.keys, side)
    ] + scanned(ctx, side, there)


def _unchanged(ctx: Context, side: Side, record: Record) -> ItemRow:
    item = ItemRow(side=side.other, op="none", outcome="unchanged", name=ctx.title(side, record.values))
    if side is Side.LEFT:
        item.left_id = record.id
    else:
        item.right_id = record.id
    return item


def _saw(work: dict[str, Any], side: Side, page: Page, *, first: bool, asked: datetime, now: datetime) -> None:
    work["asked"] = asked.isoformat()
    seen = seen_until(page.watermark, first, asked, now, work["watermark"].get(side.value))
    if seen is not None:
        work["watermark"] = {**work["watermark"], side.value: seen}


def _demand_complete(end: End, page: Page) -> None:
    """Raises what the service says when a page is not the whole truth."""
    if page.incomplete:
        found = len(page.records)
        told = {"detail_ja": f"{found}件まで読み取り", "detail_en": f"{found} records read"}
        raise ChoaiError(page.incomplete, **end.told(), **told)


async def _full_scan_end(ctx: Context, end: End, bound: int, last_ids: list[str]) -> int:
    """After the last page of a full scan: bound records that were not seen are marked as missing – but a scan that lost
    most of them is not believed (CC-22): it ends the run instead. Answers how many are missing."""
    side, run, ports = end.side, ctx.run, ctx.ports
    expected = await ports.call(ports.ledger.count_bindings, run.pairing_id)
    if not expected or bound >= expected:
        return 0
    packs = await ports.call(ports.ledger.page_ids, run.id, side)
    seen = {i for packed in packs if packed for i in msgspec.msgpack.decode(packed)}
    seen.update(last_ids)
    missing = [i for i in await ports.call(ports.ledger.bound_ids, run.pairing_id, side) if i not in seen]
    if not seen:
        raise ChoaiError("empty_source", **end.told(), count=expected)
    if doubtful(ctx, len(missing), expected):
        found = {"detail": f"{expected - len(missing)} / {expected}"}
        raise ChoaiError("incomplete_answer", **end.told(), **found)
    await demand_gone(ctx, end, missing)
    await ports.call(ports.ledger.mark_missing, run.pairing_id, side, missing)
    return len(missing)


async def demand_gone(ctx: Context, end: End, missing: list[str]) -> None:
    """Raises incomplete_answer when records that a list no longer shows are there after all: asked for by id, some of them,
    before any is marked for the first time. A list cut short is not believed, however little it leaves out."""
    spec = end.spec
    if spec.hides_archived or not (spec.reads_by_id or "id" in spec.keys):
        return
    ports = ctx.ports
    known = await ports.call(ports.ledger.bindings, ctx.run.pairing_id, end.side, missing)
    fresh = sorted(id for id, binding in known.items() if binding.state == "ok")
    some = fresh[:: max(1, len(fresh) // ASKED)][:ASKED]
    there = [r.id for r in await fetch(ctx, end, some) if not r.archived]
    if there:
        raise ChoaiError("incomplete_answer", **end.told(), detail=f"{', '.join(there[:5])}: not listed")


def doubtful(ctx: Context, missing: int, expected: int) -> bool:
    """Whether so many records are gone at once that the answer is to be doubted rather than believed (CC-10, CC-22)."""
    options = ctx.settings.options
    return missing >= brake_minimum(options) and missing * 100 > brake_share(options) * expected


def brake_share(options: dict[str, object]) -> int:
    """The brake's share in percent (CC-10)."""
    return int(str(options.get("brake_share", 30)))


def brake_minimum(options: dict[str, object]) -> int:
    """The number of records from which on the brake looks at the share."""
    return int(str(options.get("brake_minimum", 20)))


# ---------------------------------------------------------------- what new records are matched against

SCANNED = 100_000  # page numbers of scans begin here: a side may be read as a source as well
SCAN_PAGES = 10  # a target this many pages long is always scanned; a longer one only for the first run


async def scan(ctx: Context) -> None:
    """One page of a target side, its unbound records noted by their match keys. Skipped where nothing new is to be matched
    or the target was read as a source anyway."""
    run, ports = ctx.run, ctx.ports
    work = dict(run.work)
    if "scans" not in work:
        work["scans"] = [t.value for t in sorted(ctx.settings.targets) if await _worth_scanning(ctx, t)]
        work["scanned"] = [
            *work["scans"],
            *(s.value for s in ctx.sources if s in ctx.settings.targets and is_full(ctx, s)),
        ]
        work["beside"] = work["scans"] if compares(ctx) else []
        work["bound"] = 0
        work["staged"] = {s.value: (await ports.call(ports.ledger.count_staged, run.id, s))[0] for s in ctx.sources}
    if not work["scans"]:
        work.update(token=None, page=0, seq=0, side=0)
        await ports.call(ports.ledger.move, run.id, "plan", work)
        return
    side = Side(work["scans"][0])
    end = ctx.ends[side]
    page = ctx.waits_for(await end.read(Window(fields=ctx.wished(side), patient=True), work["token"]))
    _demand_complete(end, page)
    known = await ports.call(ports.ledger.prints, run.pairing_id, side, [r.id for r in page.records])
    found = _keys(ctx, side, page.records)
    staged = [
        StagedRow(0, r.id, r.revision or "", "", b"", _packed(ctx, side, r), False)
        for r in page.records
        if r.id not in known or side.value in work["beside"]
    ]
    ids = [r.id for r in page.records]
    packed = msgspec.msgpack.encode(ids)
    committed = ReadPage(side, SCANNED + work["page"], page.next, staged, candidates=found, ids=packed)
    work["page"] += 1
    work["bound"] += sum(1 for base in known.values() if base)
    work["token"] = page.next
    if page.next is None:
        await _full_scan_end(ctx, end, work["bound"], ids)
        work.update(scans=work["scans"][1:], bound=0)
    back = [r.id for r in page.records if known.get(r.id) == b""]
    await ports.call(ports.ledger.mark_found, run.pairing_id, side, back)
    ctx.count("scanned", len(page.records))
    await ports.call(ports.ledger.commit_page, run.id, committed, work, "scan", ctx.deltas, now=ports.now())


async def _worth_scanning(ctx: Context, target: Side) -> bool:
    ports, run = ctx.ports, ctx.run
    source = target.other
    if await partners_by_scan(ctx, target):
        return True
    stamped = ctx.stamp_field(target) is not None or ctx.stamp_field(source) is not None
    if not (ctx.settings.keys or stamped) or (target in ctx.sources and is_full(ctx, target)):
        return False
    unbound = (await ports.call(ports.ledger.count_staged, run.id, source))[1]
    if not unbound:
        return False
    if run.work["first"].get(source.value):
        return True
    if not ctx.settings.keys:  # stamps tell of a database that was lost, which is a first run
        return False
    known = int(await ports.call(ports.ledger.count_bindings, run.pairing_id))
    return known <= SCAN_PAGES * ctx.ends[target].spec.page_size
