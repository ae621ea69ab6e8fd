"""References: the Ref of a record is the Ref of its partner on the other side (design §4.9).

Both sides are compared in the ids of the left one. A Ref that is read on the right is turned into the bound left record's id
on its way in, and back on its way out; so merge, bases and fingerprints see one id for one thing. The pairing of the objects that
are referred to says who is bound to whom. A record that refers to somebody without a partner is *blocked by* it: it is not
written, its neighbours are, and the next run tries again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

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
from choai.engine.context import Context
from choai.engine.ports import End
from choai.errors import ChoaiError
from choai.model.mapping import Side
from choai.model.record import Record
from choai.model.schema import Schema
from choai.model.values import Kind, Ref, Value

REFERRING = (Kind.REFERENCE, Kind.REFERENCES)
UNBOUND = "?right:"  # before the id of a right record without a partner; no service has such an id


def refer(ctx: Context) -> dict[Side, End]:
    """The ends of the run, their connectors translating references where the mapping has any."""
    objects: dict[Side, dict[str, tuple[str, str]]] = {Side.LEFT: {}, Side.RIGHT: {}}
    for row in ctx.settings.rows:
        left, right = ctx.schema(Side.LEFT).get(row.left or ""), ctx.schema(Side.RIGHT).get(row.right or "")
        if left is None or right is None or left.kind not in REFERRING or right.kind not in REFERRING:
            continue
        if left.target and right.target:
            objects[Side.LEFT][left.name] = objects[Side.RIGHT][right.name] = (left.target, right.target)
    if not objects[Side.LEFT]:
        return ctx.ends
    return {
        side: replace(end, link=replace(end.link, connector=Referring(end.link.connector, ctx, side, objects[side])))
        for side, end in ctx.ends.items()
    }


@dataclass(slots=True)
class Referring:
    """A connector whose references are in the ids of the left side. ``fields`` holds, by field, the objects of either side
    that it points to."""

    inner: Connector
    ctx: Context
    side: Side
    fields: Mapping[str, tuple[str, str]]

    async def read(self, session: Session, object: str, window: Window, token: str | None) -> Page:
        page = await self.inner.read(session, object, window, token)
        return replace(page, records=await self._incoming(page.records))

    async def find(self, session: Session, object: str, key: str, values: Sequence[Value]) -> list[Record]:
        return await self._incoming(await self.inner.find(session, object, key, values))

    async def deleted(self, session: Session, object: str, since: datetime, token: str | None) -> Gone:
        return await cast("Further", self.inner).deleted(session, object, since, token)

    async def write(self, session: Session, object: str, op: Op, items: Sequence[Item]) -> list[Result]:
        known = await self._partners(Side.LEFT, _refs(self.fields, (i.values for i in items)))
        ready: list[Item] = []
        results: dict[str, Result] = {}
        for item in items:
            values, lost = self._outgoing(item.values, known)
            if lost is not None:
                results[item.ref] = Refused(item.ref, lost)
            else:
                ready.append(replace(item, values=values))
        if ready:
            for result in await self.inner.write(session, object, op, ready):
                if isinstance(result, Done):
                    result.record = (await self._incoming([result.record]))[0]
                results[result.ref] = result
        return [results[item.ref] for item in items]

    async def _incoming(self, records: list[Record]) -> list[Record]:
        if self.side is Side.LEFT:
            return records
        known = await self._partners(Side.RIGHT, _refs(self.fields, (r.values for r in records)))
        for record in records:
            for name in self.fields:
                if name in record.values:
                    record.values[name] = _each(
                        record.values[name], lambda r, f=name: Ref(known.get((f, r.id), UNBOUND + r.id), r.label)
                    )
        return records

    def _outgoing(
        self, values: Mapping[str, Value], known: Mapping[tuple[str, str], str]
    ) -> tuple[dict[str, Value], ChoaiError | None]:
        out = dict(values)
        for name in self.fields:
            for ref in _list(values.get(name)):
                if ref.id.startswith(UNBOUND) or (self.side is Side.RIGHT and (name, ref.id) not in known):
                    field = self.ctx.schema(self.side).get(name)
                    labels = {"field_ja": field.ja, "field_en": field.en} if field else {}
                    named = ref.label or ref.id.removeprefix(UNBOUND)
                    return out, ChoaiError("blocked_by", field=name, **labels, name=named)
            if name in values and self.side is Side.RIGHT:
                out[name] = _each(values[name], lambda r, f=name: Ref(known[f, r.id], r.label))
        return out, None

    async def _partners(self, side: Side, refs: Mapping[str, set[str]]) -> dict[tuple[str, str], str]:
        """(field, id on that side) → id of the bound record on the other side."""
        if self.side is Side.LEFT:
            return {}
        ports, run = self.ctx.ports, self.ctx.run
        out: dict[tuple[str, str], str] = {}
        for name, ids in refs.items():
            found = await ports.call(ports.ledger.partners, run.pairing_id, self.fields[name], side, sorted(ids))
            out.update(((name, id), other) for id, other in found.items())
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


def _list(value: Value) -> list[Ref]:
    return [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, Ref)]


def _each(value: Value, change: Any) -> Any:
    if isinstance(value, list):
        return [change(v) if isinstance(v, Ref) else v for v in value]
    return change(value) if isinstance(value, Ref) else value


def _refs(fields: Iterable[str], many: Iterable[Mapping[str, Value]]) -> dict[str, set[str]]:
    """Ids that are referred to, by field."""
    out: dict[str, set[str]] = {}
    for values in many:
        for name in fields:
            out.setdefault(name, set()).update(r.id for r in _list(values.get(name)))
    return {name: ids for name, ids in out.items() if ids}
