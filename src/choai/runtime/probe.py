"""A look at a connected account that changes nothing there (``choai check``): who we are and what we may, the fields and one
page of each object, what answers tell about limits, and which of the facts that the vendor's documents leave open it settled.

Nothing of it is kept but what the connection test keeps. Where a fact asks for another setting, the report says which.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from choai.connectors.contract import Account, ObjectInfo, Reply, Session, Unsure, Window
from choai.connectors.unsure import NO, YES, Ask
from choai.engine.budget import PERSON
from choai.engine.context import object_spec
from choai.engine.ports import Link
from choai.errors import ChoaiError
from choai.runtime import link as links
from choai.runtime.threads import in_thread
from choai.store import connections
from choai.store.links import plain

_ABOUT_LIMITS = re.compile(r"limit|credits|retry-after")
_PLACE = re.compile(r"\{([^{}]+)\}")


@dataclass(slots=True)
class Looked:
    """One object: its fields and the rows of its first page. ``code`` says why it could not be read."""

    name: str
    ja: str
    en: str
    fields: int = 0
    rows: int = 0
    more: bool = False
    total: int | None = None
    writes: bool = False
    used: bool = False  # by a sync
    available: bool = True
    code: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Fact:
    """``state``: settled, untold (asked, but this account's data do not tell), failed (``code``), open (reading cannot settle
    it). ``set`` are settings that ought to be other than they are: name, label, present and wanted value."""

    fact: str
    ja: str
    en: str
    state: str
    assumed_ja: str
    assumed_en: str
    answer_ja: str = ""
    answer_en: str = ""
    how_ja: str = ""
    how_en: str = ""
    code: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    set: list[dict[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """``limits`` are the counts we keep to; ``headers`` what answers told about limits. ``calls`` were made besides the test."""

    connection: int
    name: str
    service: str
    account: dict[str, Any]
    capabilities: dict[str, bool]
    reasons: dict[str, str]
    objects: list[Looked]
    limits: list[dict[str, Any]]
    headers: dict[str, str]
    facts: list[Fact]
    calls: int

    @property
    def sound(self) -> bool:
        """Whether everything can be read that the account offers or a sync uses."""
        return not any(one.code and (one.used or one.available) for one in self.objects)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "sound": self.sound}


class Reading:
    """The session of a connection, for reading only. ``told`` is what answers said about limits, the last word of each header."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.told: dict[str, str] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    async def call(self, method: str, path: str, *, effect: bool | None = None, **more: Any) -> Reply:
        """As Session.call. A call that may change something is a bug here."""
        if method != "GET" if effect is None else effect:
            raise RuntimeError(f"a look at an account would write: {method} {path}")
        reply = await self._session.call(method, path, effect=effect, **more)
        self.told |= {k.lower(): str(v)[:200] for k, v in reply.headers.items() if _ABOUT_LIMITS.search(k.lower())}
        return reply


async def look(workspace_id: int, connection_id: int, user_id: int | None, *, everything: bool = False) -> Report:
    """Look at a connection: at the objects that syncs use, or at all of them (also when none is used yet). Raises what
    ``identify`` and ``open_link`` raise; what one object or fact meets is in the report."""
    account = await links.identify(connection_id, user_id)
    opened = await links.open_link(workspace_id, connection_id, user_id, purpose=PERSON)
    used = await in_thread(connections.objects_used, workspace_id, connection_id)
    return await report(opened, account, used, everything=everything)


async def report(opened: Link, account: Account, used: Sequence[str], *, everything: bool = False) -> Report:
    """``look`` at an open connection that has been identified."""
    session = Reading(opened.session)
    infos = await opened.connector.catalogue(cast("Session", session))
    wanted = _wanted(infos, used, everything or not used)
    firsts: dict[str, str] = {}
    objects = [await _object(opened, cast("Session", session), info, firsts) for info in wanted]
    for one in objects:
        one.used = one.name in used
    facts = [await _fact(opened, cast("Session", session), account, one, firsts) for one in opened.spec.unsure]
    counts = {**{one.name: one.count for one in opened.spec.limits}, **account.limits}
    return Report(
        connection=opened.connection_id,
        name=opened.name,
        service=opened.spec.service,
        account={k: getattr(account, k) for k in ("id", "name", "user_name", "plan", "currency", "time_zone")},
        capabilities=dict(account.capabilities),
        reasons=dict(account.reasons),
        objects=objects,
        limits=[{"name": x.name, "count": counts[x.name], "seconds": x.seconds} for x in opened.spec.limits],
        headers=dict(sorted(session.told.items())),
        facts=facts,
        calls=opened.session.calls,
    )


def _wanted(infos: Iterable[ObjectInfo], used: Iterable[str], everything: bool) -> list[ObjectInfo]:
    """What is looked at. An object that syncs use and that the account no longer offers is looked at too, to say why."""
    offered = {info.name: info for info in infos}
    if everything:
        return [*offered.values(), *(ObjectInfo(name, name, name, name) for name in used if name not in offered)]
    return [offered.get(name) or ObjectInfo(name, name, name, name) for name in used]


async def _object(opened: Link, session: Session, info: ObjectInfo, firsts: dict[str, str]) -> Looked:
    out = Looked(info.name, info.ja, info.en or info.ja, available=info.available)
    try:
        if not info.available:
            raise ChoaiError(info.reason or "no_permission", object=info.ja, object_en=info.en)
        spec = object_spec(opened.spec, info.name)
        out.writes = spec.can_create or spec.can_update
        out.fields = len((await opened.connector.describe(session, info.name)).fields)
        page = await opened.connector.read(session, info.name, Window(), None)
    except ChoaiError as error:
        told = {"service": opened.spec.ja, "service_en": opened.spec.en, "connection": opened.name}
        out.code, out.facts = error.code, plain({**told, "object": info.ja, "object_en": info.en, **error.facts})
        return out
    out.rows, out.more, out.total = len(page.records), page.next is not None, page.total
    out.code = page.incomplete or ""
    if page.records:
        firsts[info.name] = page.records[0].id
    return out


# ---------------------------------------------------------------- facts that the documents leave open


async def _fact(opened: Link, session: Session, account: Account, one: Unsure, firsts: Mapping[str, str]) -> Fact:
    out = Fact(one.code, one.ja, one.en, "open", one.assumed_ja, one.assumed_en, how_ja=one.how_ja, how_en=one.how_en)
    if not one.by_reading:
        return out
    try:
        way = _known(account, one.capability) if one.capability else await _asked(opened, session, account, one, firsts)
    except ChoaiError as error:
        out.state, out.code, out.facts = "failed", error.code, plain(error.facts)
        return out
    answer = one.answers.get(way) if way is not None else None
    if answer is None:
        out.state = "untold"
        return out
    out.state, out.answer_ja, out.answer_en = "settled", answer.ja, answer.en
    labels = {s.name: s for s in opened.spec.settings}
    for name, value in answer.setting.items():
        now = str(opened.settings.get(name) or "")
        if now != value:
            out.set.append({"name": name, "ja": labels[name].ja, "en": labels[name].en, "now": now, "value": value})
    return out


def _known(account: Account, capability: str) -> str | None:
    found = account.capabilities.get(capability)
    return None if found is None else YES if found else NO


async def _asked(
    opened: Link, session: Session, account: Account, one: Unsure, firsts: Mapping[str, str]
) -> str | None:
    """The way that the answers tell; None when there is nothing to ask with, or they do not tell."""
    known = {**{k: str(v) for k, v in opened.settings.items()}, "account": account.id}
    known |= {f"id:{name}": id for name, id in firsts.items()}
    replies: list[Reply] = []
    for ask in one.asks:
        filled = _filled(ask, known)
        if filled is None:
            return None
        query, headers = filled.query or None, filled.headers or None
        replies.append(await session.call("GET", filled.path, query=query, headers=headers, ok=ask.ok))
    return one.judge(replies) if one.judge else None


def _filled(ask: Ask, known: Mapping[str, str]) -> Ask | None:
    """The ask with its places filled in; None when one of them is not known."""
    texts = [ask.path, *ask.query.values(), *ask.headers.values()]
    if any(name not in known for text in texts for name in _PLACE.findall(text)):
        return None

    def put(text: str) -> str:
        return _PLACE.sub(lambda found: known[found[1]], text)

    query = {k: put(v) for k, v in ask.query.items()}
    return Ask(put(ask.path), query, {k: put(v) for k, v in ask.headers.items()}, ask.ok)
