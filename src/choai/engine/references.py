"""References: the Ref of a record is the Ref of its partner on the other side (design §4.9).

Both sides are compared in the ids of the left one. A Ref that is read on the right is turned into the bound left record's id
on its way in, and back on its way out; so merge, bases and fingerprints see one id for one thing. The pairing of the objects that
are referred to says who is bound to whom. A record that refers to somebody without a partner is *blocked by* it: it is not
written, its neighbours are, and the next run tries again. A Ref inside a row (the item of a line) is one like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias, cast

from choai.connectors.contract import (
    Account,
    Connector,
    Done,
    Further,
    Gone,
    Item,
    ObjectInfo,
    Op,
    Page,
    Refused,
    Reply,
    Result,
    Session,
    Window,
)
from choai.engine.codec import unpack
from choai.engine.context import Context
from choai.engine.items import end
from choai.engine.ports import End, ItemRow
from choai.errors import ChoaiError
from choai.model.mapping import MappingRow, Side
from choai.model.record import Record
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Ref, Row, Value

REFERRING = (Kind.REFERENCE, Kind.REFERENCES)
UNBOUND = "?right:"  # before the id of a right record without a partner; no service has such an id

Objects: TypeAlias = tuple[str, str]  # what a reference points to: the left and the right object
Places: TypeAlias = Mapping[str, "Objects | Places"]  # fields that refer; of a ROWS field, its columns that do
Known: TypeAlias = Mapping[tuple[Objects, str], str]  # id on one side → id of the bound record on the other


def refer(ctx: Context) -> dict[Side, End]:
    """The ends of the run, their connectors translating references where the mapping has any."""
    places = _places(ctx.settings.rows, ctx.schema(Side.LEFT).fields, ctx.schema(Side.RIGHT).fields)
    if not places[Side.LEFT]:
        return ctx.ends
    return {
        side: replace(end, link=replace(end.link, connector=Referring(end.link.connector, ctx, side, places[side])))
        for side, end in ctx.ends.items()
    }


def _places(rows: Iterable[MappingRow], left: Sequence[Field], right: Sequence[Field]) -> dict[Side, Places]:
    """Where mapped references stand on either side, inside rows too."""
    fields = {Side.LEFT: {f.name: f for f in left}, Side.RIGHT: {f.name: f for f in right}}
    out: dict[Side, dict[str, Objects | Places]] = {Side.LEFT: {}, Side.RIGHT: {}}
    for row in rows:
        ours, theirs = fields[Side.LEFT].get(row.left or ""), fields[Side.RIGHT].get(row.right or "")
        if ours is None or theirs is None:
            continue
        if ours.kind in REFERRING and theirs.kind in REFERRING and ours.target and theirs.target:
            out[Side.LEFT][ours.name] = out[Side.RIGHT][theirs.name] = (ours.target, theirs.target)
        elif ours.kind is theirs.kind is Kind.ROWS:
            inner = _places(row.rows, ours.fields, theirs.fields)
            if inner[Side.LEFT]:
                out[Side.LEFT][ours.name], out[Side.RIGHT][theirs.name] = inner[Side.LEFT], inner[Side.RIGHT]
    return {side: out[side] for side in Side}


async def hold(ctx: Context, items: Sequence[ItemRow]) -> None:
    """End the planned items that refer to somebody without a partner, as their write would: a preview says what will happen.
    What refers to a record of its own kind is left to the write, for this run may make that partner before."""
    for side in ctx.settings.targets:
        connector = ctx.ends[side].link.connector
        if not isinstance(connector, Referring):
            return
        planned = [(i, unpack(i.after)) for i in items if i.side is side and i.outcome == "planned" and i.after]
        own = (ctx.ends[Side.LEFT].object, ctx.ends[Side.RIGHT].object)
        errors = await connector.blocked([values for _, values in planned], but=own)
        for (item, _), error in zip(planned, errors, strict=True):
            if error is not None:
                end(item, "blocked", error.code, **{**ctx.ends[side].told(), **error.facts})


@dataclass(slots=True)
class Referring:
    """A connector whose references are in the ids of the left side."""

    inner: Connector
    ctx: Context
    side: Side
    places: Places

    async def read(self, session: Session, object: str, window: Window, token: str | None) -> Page:
        page = await self.inner.read(session, object, window, token)
        return replace(page, records=await self._incoming(page.records))

    async def find(self, session: Session, object: str, key: str, values: Sequence[Value]) -> list[Record]:
        return await self._incoming(await self.inner.find(session, object, key, values))

    async def deleted(self, session: Session, object: str, since: datetime, token: str | None) -> Gone:
        return await cast("Further", self.inner).deleted(session, object, since, token)

    async def write(self, session: Session, object: str, op: Op, items: Sequence[Item]) -> list[Result]:
        known = await self._partners(Side.LEFT, (i.values for i in items))
        ready: list[Item] = []
        results: dict[str, Result] = {}
        for item in items:
            lost = next((one for one in _pointers(self.places, item.values) if not self._may_go(one, known)), None)
            if lost is not None:
                results[item.ref] = Refused(item.ref, self._blocked(lost))
            elif self.side is Side.LEFT:
                ready.append(item)
            else:
                ready.append(replace(item, values=_changed(self.places, item.values, partial(_own, known))))
        if ready:
            for result in await self.inner.write(session, object, op, ready):
                if isinstance(result, Done):
                    result.record = (await self._incoming([result.record]))[0]
                results[result.ref] = result
        return [results[item.ref] for item in items]

    async def _incoming(self, records: list[Record]) -> list[Record]:
        if self.side is Side.LEFT:
            return records
        known = await self._partners(Side.RIGHT, (r.values for r in records))
        for record in records:
            record.values.update(_changed(self.places, record.values, partial(_lefts, known), only=True))
        return records

    async def blocked(self, many: Sequence[Mapping[str, Value]], *, but: Objects) -> list[ChoaiError | None]:
        """For each of these values what keeps them from being written here, leaving aside what points to ``but``."""
        known = await self._partners(Side.LEFT, many)
        lost = (
            next((p for p in _pointers(self.places, values) if p.objects != but and not self._may_go(p, known)), None)
            for values in many
        )
        return [None if one is None else self._blocked(one) for one in lost]

    def _may_go(self, one: Pointer, known: Known) -> bool:
        """Whether it can be said in this side's own ids. A row of the right side that is sent back keeps what it points to."""
        unbound = one.ref.id.startswith(UNBOUND)
        return not unbound if self.side is Side.LEFT else unbound or (one.objects, one.ref.id) in known

    def _blocked(self, one: Pointer) -> ChoaiError:
        labels: dict[str, str] = {}
        fields: Sequence[Field] = self.ctx.schema(self.side).fields
        for name in one.path:
            field = next((f for f in fields if f.name == name), None)
            if field is None:
                break
            outer_ja, outer_en = labels.get("field_ja"), labels.get("field_en")
            labels = {
                "field_ja": f"{outer_ja}／{field.ja}" if outer_ja else field.ja,
                "field_en": f"{outer_en} / {field.en or field.ja}" if outer_en else field.en,
            }
            fields = field.fields
        name = one.ref.label or one.ref.id.removeprefix(UNBOUND)
        return ChoaiError("blocked_by", field="/".join(one.path), **labels, name=name)

    async def _partners(self, side: Side, many: Iterable[Mapping[str, Value]]) -> dict[tuple[Objects, str], str]:
        """Who is bound to whom among everything that these values of the right connector point to, named in ids of ``side``."""
        if self.side is Side.LEFT:
            return {}
        ids: dict[Objects, set[str]] = {}
        for values in many:
            for one in _pointers(self.places, values):
                ids.setdefault(one.objects, set()).add(one.ref.id)
        ports, run = self.ctx.ports, self.ctx.run
        out: dict[tuple[Objects, str], str] = {}
        for objects, wanted in ids.items():
            found = await ports.call(ports.ledger.partners, run.pairing_id, objects, side, sorted(wanted))
            out.update(((objects, id), other) for id, other in found.items())
        return out

    # the rest is the connector's own

    async def identify(self, session: Session) -> Account:
        return await self.inner.identify(session)

    async def catalogue(self, session: Session) -> list[ObjectInfo]:
        return await self.inner.catalogue(session)

    async def describe(self, session: Session, object: str, known: Schema | None = None) -> Schema:
        return await self.inner.describe(session, object, known)

    def link(self, settings: Mapping[str, Any], account: Account | None, object: str, id: str) -> str | None:
        return self.inner.link(settings, account, object, id)

    def authorise(self, settings: Mapping[str, Any], secrets: Mapping[str, Any], scope: str | None) -> dict[str, str]:
        return self.inner.authorise(settings, secrets, scope)

    def fault(self, reply: Reply) -> ChoaiError:
        return self.inner.fault(reply)

    def granted(self, token: Mapping[str, Any]) -> dict[str, Any]:
        return self.inner.granted(token)


@dataclass(slots=True, frozen=True)
class Pointer:
    """A Ref that was met: where, and what it points to."""

    path: tuple[str, ...]
    objects: Objects
    ref: Ref


def _pointers(places: Places, values: Mapping[str, Value], path: tuple[str, ...] = ()) -> Iterator[Pointer]:
    """Every Ref at these places."""
    for name, place in places.items():
        value = values.get(name)
        for one in value if isinstance(value, list) else (value,):
            if isinstance(place, tuple):
                if isinstance(one, Ref):
                    yield Pointer((*path, name), place, one)
            elif isinstance(one, Row):
                yield from _pointers(place, one.values, (*path, name))


Change: TypeAlias = Callable[[Objects, Ref], Ref]


def _changed(places: Places, values: Mapping[str, Value], change: Change, *, only: bool = False) -> dict[str, Value]:
    """The values with every Ref at these places changed; ``only``: no more than the fields that have such a place. What was given
    stays as it is: rows may belong to somebody else."""
    out: dict[str, Value] = {} if only else dict(values)
    for name, place in places.items():
        value = values.get(name)
        if isinstance(value, list):
            out[name] = [_one(place, one, change) for one in value]
        elif isinstance(value, Ref):
            out[name] = _one(place, value, change)
    return out


def _one(place: Objects | Places, value: str | Ref | Row, change: Change) -> Any:
    if isinstance(place, tuple):
        return change(place, value) if isinstance(value, Ref) else value
    return Row(value.id, _changed(place, value.values, change)) if isinstance(value, Row) else value


def _lefts(known: Known, objects: Objects, ref: Ref) -> Ref:
    """A Ref of the right side in the ids of the left one."""
    return Ref(known.get((objects, ref.id), UNBOUND + ref.id), ref.label)


def _own(known: Known, objects: Objects, ref: Ref) -> Ref:
    """And back: in the right side's own ids."""
    return Ref(ref.id.removeprefix(UNBOUND) if ref.id.startswith(UNBOUND) else known[objects, ref.id], ref.label)
