"""What connectors' reads have in common: what is looked for, rows as records, pages, a list read to its end for ``find``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

from choai.connectors.contract import Account, ObjectInfo, ObjectSpec, Page, Session, Window
from choai.connectors.fields import Column, Json, Table
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.values import Ref, Value, is_empty

T = TypeVar("T")
Link = Callable[[Mapping[str, Any], Account | None, str, str], str | None]  # a connector's ``link``
Read = Callable[[Session, str, Window, str | None], Awaitable[Page]]  # a connector's ``read``


async def kept(session: Session, name: str, make: Callable[[], Awaitable[T]], *, fresh: bool = False) -> T:
    """What ``make`` answers, made once for as long as the link is open, or anew when ``fresh``."""
    if fresh or name not in session.memo:
        session.memo[name] = await make()
    found: T = session.memo[name]
    return found


def offered(
    objects: Iterable[ObjectSpec], lacking: Callable[[ObjectSpec], str | None] = lambda _: None
) -> list[ObjectInfo]:
    """A list of objects that is known beforehand, without those found at run time, as a catalogue. ``lacking``: the error code
    why one is not available here."""
    told = [(spec, lacking(spec)) for spec in objects if "*" not in spec.name]
    return [ObjectInfo(o.name, o.ja, o.en, o.name, why is None, why) for o, why in told]


def gated(session: Session) -> Callable[[ObjectSpec], str | None]:
    """For ``offered``: an object whose ``plan_gate`` the account does not have is not there."""
    had = None if session.account is None else session.account.capabilities
    return lambda spec: (
        "object_not_found" if had is not None and spec.plan_gate and not had.get(spec.plan_gate) else None
    )


# ---------------------------------------------------------------- records and pages


def addresses(session: Session, link: Link, object: str) -> Callable[[str], str | None]:
    """id → address of the record's page."""
    return partial(link, session.settings, session.account, object)


def reader(
    session: Session,
    table: Table,
    link: Link,
    *,
    object: str | None = None,
    single: bool = True,
    wished: Collection[str] | None = None,
) -> Callable[[Json], Record]:
    """Rows → records with the addresses of their pages. ``object`` where that is not the table's; the rest as in
    ``Table.reader``."""
    address, read = addresses(session, link, object or table.object), table.reader(single=single, wished=wished)
    return lambda row: read(row, address)


def page(records: list[Record], next: str | None = None, **more: Any) -> Page:
    """A page with the newest change that is on it."""
    stamps = [r.changed_at for r in records if r.changed_at is not None]
    return Page(records, next, max(stamps, default=None), **more)


async def every(
    read: Read, session: Session, object: str, window: Window | None = None, label: str = ""
) -> list[Record]:
    """All records of a list. This is no stream of records but a look-up: for ``find``, where the service filters nothing. Raises
    what makes a page incomplete; ``label`` is what people call the object."""
    records: list[Record] = []
    token: str | None = None
    while True:
        found = await read(session, object, window or Window(), token)
        if found.incomplete:
            raise ChoaiError(found.incomplete, object=label or object)
        records, token = records + found.records, found.next
        if token is None:
            return records


# ---------------------------------------------------------------- what is looked for


def demanded(table: Table, key: str) -> Column:
    """The column of a key. Raises ``field_not_found``."""
    found = table.get(key)
    if found is None:
        raise ChoaiError("field_not_found", object=table.object, field=key)
    return found


def texts(values: Iterable[Value]) -> list[str]:
    """What is looked for, as texts: each once, nothing empty, references by their ids."""
    return list(dict.fromkeys(_text(v) for v in values if not is_empty(v)))


def matching(records: Iterable[Record], key: str, wanted: Collection[str]) -> list[Record]:
    """The records whose field is one of the texts, each once."""
    values = set(wanted)
    met = {r.id: r for r in records if r.values.get(key) is not None and _text(r.values[key]) in values}
    return list(met.values())


def _text(value: Value) -> str:
    return str(value.id if isinstance(value, Ref) else value)
