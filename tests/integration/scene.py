"""The product against both imitations over HTTP: a workspace with an owner, both connections authorised as a person does it,
masters linked through the preset, and runs driven to their end without the durable queue.

Both services start empty; a test puts into them what it needs and edits them as people there would.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from yarl import URL

from choai.connectors import http
from choai.connectors.contract import Account
from choai.engine.run import advance
from choai.model.names import company_key, fold
from choai.presets import freee_kintone as preset
from choai.runtime import link
from choai.runtime.ports import RunPorts
from choai.sandbox import freee, people
from choai.sandbox.core import World
from choai.sandbox.freee.books import books
from choai.sandbox.freee.partners import EMPTY
from choai.sandbox.kintone import catalog
from choai.sandbox.kintone.app import edit
from choai.sandbox.kintone.data import empty, put, token
from choai.store import connections, history, masters, outcomes, runs
from choai.store import people as accounts
from choai.store.models import Connection, Item, Run, Sync
from choai.web import live, render
from choai.web.faults import Reader
from servers import Sandbox

T = TypeVar("T")

CALLBACK = "http://127.0.0.1:8420/api/oauth/callback"
READERS = (Reader("ja", "Asia/Tokyo"), Reader("en", "Asia/Tokyo"))
APPS = {"partner": catalog.PARTNER, "tag": catalog.TAG, **{f"segment_{n}": a for n, a in catalog.SEGMENT.items()}}
IDENTITY = {"partner": "freee取引先ID", "tag": "freeeタグID", "segment": "freeeセグメントID"}
ENDED = ("succeeded", "partly", "error", "stopped", "cancelled")
IN, OUT = "to_left", "to_right"  # freee → kintone, kintone → freee


def await_(call: Coroutine[Any, Any, T]) -> T:
    """Run async code to its end on a loop of its own."""

    async def inside() -> T:
        try:
            return await call
        finally:
            await http.close()

    return asyncio.run(inside())


def empty_worlds() -> tuple[World, World]:
    """freee and kintone as they are seeded, but without partners, tags, segment tags and records."""
    books_world = freee.new_world(None)
    tables = books_world.state["tables"]
    for name in tables:
        if name.endswith(("/partners", "/tags")) or "/segments/" in name:
            tables[name] = []
    return books_world, World("kintone", empty(datetime.now(UTC)))


def table_name(kind: str) -> str:
    return f"segments/{kind[-1]}" if kind.startswith("segment") else f"{kind}s"


@dataclass
class Scene:
    """``crm`` is kintone (left), ``books`` is freee (right). ``run`` goes to a run's end, or to where it waits for a person."""

    books: Sandbox
    crm: Sandbox
    workspace_id: int = 0
    user_id: int = 0
    right: int = 0
    left: int = 0
    kind: str = "partner"
    patient: bool = False  # wait as long as a step asks for; else go on at once
    waits: list[datetime] = field(default_factory=list)
    meant_twice: set[str] = field(default_factory=set)

    # ------------------------------------------------------------ set-up, as people do it

    def start(self) -> None:
        """First start, both connections, both authorised."""
        owner, self.workspace_id = accounts.first_start(
            workspace="見本商事", name="経理 花子", email="owner@example.com", password="hirogaru-chouai", language="ja"
        )
        self.user_id = owner.id
        self.right = self.connect_books().id
        self.authorise()
        self.left = self.connect_crm().id
        self.identify(self.left)

    def connect_books(self, **settings: str) -> Connection:
        address = self.books.base_url
        known = {
            "base_url": address, "accounts_url": address, "web_url": address, "calls_per_minute": "90000",
            "plan": "enterprise", "client_id": freee.DEMO_CLIENT_ID, "client_secret": freee.DEMO_CLIENT_SECRET,
        }  # fmt: skip
        return connections.create(
            self.workspace_id,
            self.user_id,
            service="freee",
            name="本社freee",
            auth="oauth",
            settings={**known, **settings},
        )

    def connect_crm(self, tokens: dict[str, str] | None = None) -> Connection:
        apps = [{"id": app, "token": (tokens or {}).get(app, token(app))} for app in APPS.values()]
        settings = {"domain": "127.0.0.1", "base_url": self.crm.base_url, "apps": apps}
        return connections.create(
            self.workspace_id, self.user_id, service="kintone", name="本社kintone", auth="api_token", settings=settings
        )

    def authorise(self, decision: str = "allow", company: int = freee.ENTERPRISE, connection: int | None = None) -> int:
        """Leave for freee's consent page, decide there, come back. Raises what the product tells the person."""
        row = connection or self.right

        async def trip() -> int:
            url = urlsplit(await link.begin_authorisation(row, self.user_id, CALLBACK, "/connections"))
            form = {**dict(parse_qsl(url.query)), "user": str(freee.USER_ADMIN), "company": str(company)}
            client = await http.client()
            address = f"{url.scheme}://{url.netloc}{url.path}"
            async with client.post(address, data={**form, "decision": decision}, allow_redirects=False) as answer:
                back = dict(URL(answer.headers["Location"]).query)
            return await link.finish_authorisation(
                back["state"], code=back.get("code", ""), error=back.get("error", ""), user_id=self.user_id
            )

        return await_(trip())

    def identify(self, connection: int) -> Account:
        """The button [接続を確認]."""
        return await_(link.identify(connection, self.user_id))

    def link(self, kind: str = "partner", **options: Any) -> Sync:
        """Link a master with its app as POST /masters/{kind}/link does. ``options`` go into the sync's options."""
        app = f"app:{APPS[kind]}"
        live.objects(self.workspace_id, self.left, self.user_id)
        left = live.describe(self.workspace_id, self.left, self.user_id, app)
        right = live.describe(self.workspace_id, self.right, self.user_id, kind)
        draft = preset.draft(kind, left, right, "取引先管理")
        rows = Connection.objects.in_bulk([self.left, self.right])
        sync = masters.link(
            self.workspace_id,
            self.user_id,
            kind,
            left=rows[self.left],
            left_object=app,
            right=rows[self.right],
            draft=draft,
        )
        sync.options = {**sync.options, "outstanding_seconds": 0, **options}  # the sandboxes act at once or never
        sync.save(update_fields=["options"])
        self.kind = kind
        return sync

    def sync(self, kind: str | None = None) -> Sync:
        return masters.one(self.workspace_id, kind or self.kind)

    def adjust(self, connection: int, **settings: Any) -> None:
        """Settings of a connection that no form has (limits agreed with the vendor, the share of the day)."""
        row = Connection.objects.get(id=connection)
        row.settings = {**row.settings, **settings}
        row.save(update_fields=["settings"])

    # ------------------------------------------------------------ running

    def begin(self, direction: str, kind: str | None = None, trigger: str = "manual", **how: Any) -> int:
        return runs.create_run(
            self.sync(kind).id, workspace_id=self.workspace_id, trigger=trigger, user_id=self.user_id,
            to_left=direction == IN, to_right=direction == OUT, **how,
        )  # fmt: skip

    def go(self, run_id: int, between: Callable[[Run], None] | None = None) -> Run:
        """Step a run to its end. ``between`` sees the run before each step and may edit the services."""

        async def loop() -> None:
            ports = RunPorts()
            for _ in range(400):
                if between is not None:
                    await asyncio.to_thread(lambda: between(Run.objects.get(id=run_id)))
                step = await advance(run_id, ports)
                if step.done:
                    return
                if step.wait_until is not None:
                    self.waits.append(step.wait_until)
                    if self.patient:
                        await asyncio.sleep(max(0.0, (step.wait_until - datetime.now(UTC)).total_seconds()))
            raise AssertionError("the run does not end")

        await_(loop())
        return Run.objects.get(id=run_id)

    def run(
        self, direction: str, kind: str | None = None, between: Callable[[Run], None] | None = None, **how: Any
    ) -> Run:
        return self.go(self.begin(direction, kind, **how), between)

    # ------------------------------------------------------------ what the screens show

    def told(self, run: Run) -> dict[str, Any]:
        """The run as the API shows it, after everything that holds for every run was looked at: all texts there in both
        languages and filled in, counts that add up, nothing twice on either side."""
        for reader in READERS:
            shown = render.run(history.one(self.workspace_id, run.id), reader)
            for problem in filter(None, [shown["problem"], *shown["notes"]]):
                complete(problem)
            for item in self.items(run, reader):
                if item["problem"]:
                    complete(item["problem"])
        self.adds_up(run)
        self.nothing_twice()
        return render.run(history.one(self.workspace_id, run.id), READERS[0])

    def items(self, run: Run, reader: Reader = READERS[0]) -> list[dict[str, Any]]:
        found = outcomes.listed(self.workspace_id, run.id, page=1, page_size=200)
        ends, places = outcomes.ends_of(self.workspace_id, run.id), render.Places(self.workspace_id)
        return [render.item(row, ends, places, reader) for row in found.rows]

    def item(self, run: Run, name: str) -> dict[str, Any]:
        """The one item of that name."""
        return next(i for i in self.items(run) if i["name"] == name[:255])

    def adds_up(self, run: Run) -> None:
        """FK-46: every target is counted once, and the counts are those of the items."""
        counts = history.facts(run)["counts"]
        assert counts["targets"] == sum(
            counts[n] for n in ("created", "updated", "unchanged", "failed", "skipped", "blocked")
        )
        held = Counter(Item.objects.filter(run=run).values_list("outcome", flat=True))
        if run.state in ENDED:
            assert not held["planned"]
            assert {n: c for n, c in counts.items() if c and n in history.OUTCOMES} == dict(held)
        failed = counts["failed"] + counts["blocked"]
        assert (run.state == "partly") <= bool(failed)
        assert (run.state == "succeeded") <= (not failed)

    def nothing_twice(self) -> None:
        """No name and no accounting id is there more often than people put it there."""
        for kind in APPS:
            key = company_key if kind == "partner" else fold
            most(Counter(key(row["name"]) for row in self.rows(kind)), self.meant_twice)
            records = self.records(kind)
            most(Counter(key(r["取引先名" if kind == "partner" else "名前"]) for r in records), self.meant_twice)
            ids = Counter(r.get(IDENTITY[kind.partition("_")[0]]) or "" for r in records)
            most(ids, {"", *self.meant_twice})

    # ------------------------------------------------------------ people at freee

    def rows(self, kind: str | None = None) -> list[dict[str, Any]]:
        return books(self.books.world).table(table_name(kind or self.kind), freee.ENTERPRISE).rows

    def row(self, name: str, kind: str | None = None) -> dict[str, Any]:
        return next(r for r in self.rows(kind) if r["name"] == name)

    def book(self, name: str, kind: str | None = None, **values: Any) -> str:
        """A new tag at freee."""
        kind = kind or self.kind
        shelf = books(self.books.world)
        row: dict[str, Any] = {"id": shelf.next_id(), "name": name, "update_date": shelf.today().isoformat()}
        if kind == "partner":
            row = {**EMPTY, "company_id": freee.ENTERPRISE, **row}
        elif kind == "tag":
            row = {"company_id": freee.ENTERPRISE, "shortcut1": None, "shortcut2": None, **row}
        else:
            row = {"description": None, "shortcut1": None, "shortcut2": None, **row}
        shelf.table(table_name(kind), freee.ENTERPRISE).add({**row, **values})
        return str(row["id"])

    def rebook(self, called: str, **values: Any) -> None:
        """An edit at freee."""
        shelf = books(self.books.world)
        table = shelf.table(table_name(self.kind), freee.ENTERPRISE)
        table.change(table.by_name[called], {**values, "update_date": shelf.today().isoformat()})

    def unbook(self, name: str, kind: str | None = None) -> None:
        """A delete at freee."""
        table = books(self.books.world).table(table_name(kind or self.kind), freee.ENTERPRISE)
        table.remove(table.by_name[name])

    def books_settings(self, **settings: Any) -> None:
        """What freee's administrator sets for the company."""
        known = self.books.world.state["settings"]["companies"].setdefault(str(freee.ENTERPRISE), {})
        known.update(settings)

    # ------------------------------------------------------------ people at kintone

    def app(self, kind: str | None = None) -> dict[str, Any]:
        found: dict[str, Any] = self.crm.world.state["apps"][APPS[kind or self.kind]]
        return found

    def records(self, kind: str | None = None) -> list[dict[str, Any]]:
        return [{"$id": id, **record["values"]} for id, record in self.app(kind)["records"].items()]

    def record(self, name: str, kind: str | None = None) -> dict[str, Any]:
        return next(r for r in self.records(kind) if name in (r.get("取引先名"), r.get("名前")))

    def card(self, name: str, kind: str | None = None, **values: Any) -> str:
        """A new record in the app of the kind."""
        kind = kind or self.kind
        title = "取引先名" if kind == "partner" else "名前"
        made = put(self.app(kind), {title: name, **values}, self.crm.world.now())
        return str(made["id"])

    def recard(self, id: str, kind: str | None = None, **values: Any) -> None:
        edit(self.crm.world, APPS[kind or self.kind], id, values)

    def uncard(self, id: str, kind: str | None = None) -> None:
        del self.app(kind)["records"][id]

    def form(self, code: str, **changes: Any) -> None:
        """The app's administrator changes a field: rename=…, remove=True, type=…"""
        self.crm.world.state["settings"].setdefault("form", []).append(
            {"app": APPS[self.kind], "code": code, **changes}
        )

    # ------------------------------------------------------------ many at once

    def book_companies(self, count: int, first: int = 0) -> list[str]:
        """Believable partners at freee. Answers their names."""
        who = [c.name for c in people.companies(1, first + count)[first:]]
        for name in who:
            self.book(name, "partner")
        return who

    def card_companies(self, count: int, first: int = 0) -> list[str]:
        """Believable partners in kintone. Answers their names."""
        who = people.companies(1, first + count)[first:]
        for one in who:
            self.card(one.name, "partner", カナ=one.kana, 電話番号=one.phone)
        return [one.name for one in who]


def complete(problem: dict[str, Any]) -> None:
    """Title, cause and next step are there, and every fact they speak of."""
    for part in ("title", "cause", "next"):
        text = problem[part]
        assert text, (problem["code"], part)
        assert not {"–", "{", "}"} & set(text), (problem["code"], text, problem["facts"])


def most(found: Counter[str], meant: Iterable[str] = ()) -> None:
    twice = {name: n for name, n in found.items() if n > 1 and name not in meant}
    assert not twice, twice


def counts(run: Run) -> dict[str, int]:
    """The outcomes that are not zero."""
    return {k: v for k, v in run.counts.items() if v and k in runs.COUNTS}


def codes(run: Run) -> dict[str, int]:
    """How many items ended with each code."""
    return dict(Counter(Item.objects.filter(run=run).exclude(code="").values_list("code", flat=True)))


def at(phase: str, act: Callable[[], object], *, written: int = 0) -> Callable[[Run], None]:
    """A ``between`` that acts once, before the first step of a phase with at least so many records written."""
    done: list[bool] = []

    def between(run: Run) -> None:
        if not done and run.phase == phase and run.counts.get("created", 0) + run.counts.get("updated", 0) >= written:
            done.append(True)
            act()

    return between


def before_writing(act: Callable[[], object]) -> Callable[[Run], None]:
    """Between the plan and the first write."""
    return at("apply", act)


def once_written(act: Callable[[], object]) -> Callable[[Run], None]:
    """After the first wave of writes, before the next."""
    return at("apply", act, written=1)


def after_writing(act: Callable[[], object]) -> Callable[[Run], None]:
    """After the last write, before the run ends."""
    return at("settle", act)
