"""One cell of the table: a CRM with an accounting service, set up through the API as the wizard does it, run, and run again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from time import time
from typing import Any

from choai.connectors import http, registry
from choai.connectors.contract import Done, Idempotency, Item, Op
from choai.engine.context import object_spec
from choai.engine.run import advance
from choai.errors import Recovery, catalogue
from choai.runtime import link
from choai.runtime.ports import RunPorts
from choai.store import links, runs, seal, tokens
from choai.store import people as accounts
from choai.store.models import Connection, Run
from choai.store.models import Item as RunItem
from contract.case import Case
from pairs.entries import Entry, case_of, entry, sandbox
from servers import Sandbox, serve
from web.site import PASSWORD, Person

# What a person puts right, and no fault of the pair: which of two records is meant, two of one side that the other takes for one,
# whoever refers to these, and what lacks a value that the other side demands.
DATA = {"duplicate_name", "blocked_by", "required_missing"}
ASKED = {code for code, entry in catalogue().items() if entry.recovery is Recovery.ASK} | DATA
FEW = 3  # records that each side has of its own
STEPS = 600


@dataclass
class Result:
    """What became of one topic. ``why`` says why there is nothing: not offered, or what a person must do first."""

    topic: str
    why: str = ""
    ways: tuple[str, ...] = ()
    first: dict[str, int] = field(default_factory=dict)
    second: dict[str, int] = field(default_factory=dict)
    states: tuple[str, str] = ("", "")
    codes: dict[str, int] = field(default_factory=dict)

    @property
    def second_writes(self) -> int:
        return self.second.get("created", 0) + self.second.get("updated", 0)

    @property
    def wrong(self) -> bool:
        """The second run wrote, or something failed that no person is asked about."""
        ended = all(s == "succeeded" or (s == "partly" and not self.faults) for s in self.states)
        return not self.why and (bool(self.second_writes) or not ended)

    @property
    def asked(self) -> int:
        """Records that wait for a person's answer in both runs."""
        return sum(count for code, count in self.codes.items() if code in ASKED)

    @property
    def faults(self) -> dict[str, int]:
        return {code: count for code, count in self.codes.items() if code not in ASKED}


def run_async(call: Coroutine[Any, Any, Any]) -> Any:
    """On a loop of its own."""

    async def inside() -> Any:
        try:
            return await call
        finally:
            await http.close()

    return asyncio.run(inside())


@dataclass
class Cell:
    """Both services, connected in a workspace of an empty installation."""

    boxes: dict[str, Sandbox]
    person: Person
    workspace_id: int
    user_id: int
    connections: dict[str, int] = field(default_factory=dict)  # by side

    # ------------------------------------------------------------ set-up

    def connect(self, side: str, service: str) -> None:
        known = entry(service, self.boxes[service])
        settings = {**known.settings, "limits": {n.name: 1_000_000 for n in registry.spec(service).limits if n.seconds}}
        row = Connection.objects.create(
            workspace_id=self.workspace_id, service=service, name=service, auth=known.auth, settings=settings,
            created_by_id=self.user_id,
        )  # fmt: skip
        if known.secrets:
            links.store_secrets(row.id, known.secrets)
        if known.access:
            tokens.store_grant(row.id, self.user_id, known.access, "", time() + 86_400)
        run_async(link.identify(row.id, self.user_id))
        self.connections[side] = row.id
        run_async(self._fill(row.id, service, known))

    async def _fill(self, connection_id: int, service: str, known: Entry) -> None:
        """A few records of the kinds the wizard pairs, written through the connector; each service has others."""
        opened = await link.open_link(self.workspace_id, connection_id, self.user_id, purpose="person")
        case: Case = case_of(service)
        offset = 100 * ([spec.service for spec in registry.services()].index(service) + 1)
        for subject in case.subjects[:1]:
            spec = object_spec(opened.spec, subject.object)
            if not spec.can_create:
                continue
            schema = await opened.connector.describe(opened.session, subject.object)
            theirs = {f.name for f in schema.fields if (f.role or "").endswith((".id", ".url"))}  # of the other side
            keyed = spec.idempotency is Idempotency.EXTERNAL_ID and subject.key not in theirs
            op = Op.UPSERT if keyed else Op.CREATE
            for n in range(FEW):
                values = {k: v for k, v in subject.new(offset + n).items() if k not in theirs}
                key = (subject.key, values[subject.key]) if op is Op.UPSERT and subject.key else None
                api: Any = opened.connector
                (made,) = await api.write(opened.session, subject.object, op, [Item(str(n), values, key=key)])
                assert isinstance(made, Done), made

    def api(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        answer = self.person.send(method, f"/api{path}", body, **query)
        assert answer.status == 200, f"{method} {path}: {answer.status} {answer.body.decode()[:600]}"
        return answer.data

    # ------------------------------------------------------------ one topic

    def sync(self, topic: str) -> Result:
        """Set the topic up as the wizard does, run it, run it again."""
        left, right = self.connections["left"], self.connections["right"]
        rows = self.api("GET", "/pair-setup", left=left, right=right)["rows"]
        row = next(r for r in rows if r["key"] == topic)
        if not (row["left"] and row["right"]):
            return Result(topic, why="not offered")
        ends = {
            "left_connection": left, "left_object": row["left"], "right_connection": right, "right_object": row["right"],
            "topic": topic,
        }  # fmt: skip
        made = self.api("POST", "/pair-setup/propose", ends)
        if not made["offered"]:
            return Result(topic, why="read only")
        errors = [p["problem"] for p in made["mapping"]["problems"] if p["severity"] == "error"]
        if errors:
            facts = errors[0]["facts"]
            return Result(topic, why=f"{errors[0]['code']} {facts.get('field') or facts.get('app') or ''}".strip())
        wish = {
            **ends, "name": made["name"], "directions": made["directions"], "rows": made["mapping"]["rows"],
            "match_keys": made["mapping"]["match_keys"],
        }  # fmt: skip
        sync_id = self.api("POST", "/pair-setup", wish)["sync_id"]
        again = self.api("POST", "/pair-setup", wish)
        assert again == {**again, "sync_id": sync_id, "created": False}
        first, second = self.run(sync_id), self.run(sync_id)
        codes = Counter(RunItem.objects.filter(run__in=(first, second)).exclude(code="").values_list("code", flat=True))
        codes.update(r.error_code for r in (first, second) if r.error_code)
        counted = [{k: v for k, v in run.counts.items() if v and k in runs.COUNTS} for run in (first, second)]
        return Result(
            topic, "", tuple(made["directions"]), counted[0], counted[1], (first.state, second.state), dict(codes)
        )

    def run(self, sync_id: int) -> Run:
        """A run to its end, or to where it waits for a person."""
        return self.finish(
            runs.create_run(sync_id, workspace_id=self.workspace_id, trigger="manual", user_id=self.user_id)
        )

    def finish(self, run_id: int) -> Run:
        """Carry on with a run that is queued until it is done or waits for a person."""

        async def loop() -> None:
            ports = RunPorts()
            for _ in range(STEPS):
                if (await advance(run_id, ports)).done:
                    return
            raise AssertionError("the run does not end")

        run_async(loop())
        return Run.objects.get(id=run_id)


@contextmanager
def stage(crm: str, accounting: str) -> Iterator[Cell]:
    """Both imitations, the product's web side, an owner, both connections. Needs an empty migrated database."""
    from choai.engine import context
    from choai.web.asgi import application

    seal.load_secrets()
    context._ends.clear()
    context._parsed.clear()  # every installation has a run 1
    with ExitStack() as stack:
        boxes = {service: stack.enter_context(sandbox(service)) for service in (crm, accounting)}
        owner, place = accounts.first_start(
            workspace="見本商事", name="経理 花子", email="owner@example.com", password=PASSWORD, language="ja"
        )
        person = Person(stack.enter_context(serve(application)))
        assert person.sign_in("owner@example.com").status == 200
        cell = Cell(boxes, person, place, owner.pk)
        cell.connect("left", crm)
        cell.connect("right", accounting)
        yield cell
