"""What is killed: two shelves of the test service, a sync between them, and a run with work of every kind to do.

A stage is prepared once – database, bindings of an earlier run, edits and new cards on the service – and laid out again for
every kill by copying files. Everything that opens a database or starts a thread happens in forked children.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import traceback
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KINDS = ("header", "external", "stamp", "natural", "none")
WAYS = ("oneway", "twoway")
OLD, NEW = 6, 7  # pairs that exist before the run; new cards a side
NAME, EXT = (
    {"left": "name", "right": "name"},
    {"left": "ext", "right": "id", "direction": "to_left", "write_back": True},
)
FIELDS = [NAME, {"left": "phone", "right": "phone"}, {"left": "note", "right": "note"}]
GIVES = {"left": "id", "right": "ext", "direction": "to_right"}


def http(method: str, url: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def forked(work: Callable[[], Any], *, out: Path | None = None) -> int:
    """Do it in a child process; answers its wait status. What it returns goes to ``out`` as JSON."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    code = 1
    try:
        answer = work()
        if out is not None:
            out.write_text(json.dumps(answer))
        code = 0
    except BaseException:  # noqa: BLE001  the child ends here whatever happened
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


@dataclass
class Stage:
    """One kind of idempotency, one way, one database. ``folder`` holds the state before the run that is killed."""

    kind: str
    way: str
    service: str  # the test service's address
    folder: Path
    postgres: Any = None
    slow: float = 0  # seconds that the service takes to act on what it was sent
    options: dict[str, Any] = field(default_factory=dict)
    start: dict[str, Any] = field(default_factory=dict)  # both accounts before the run
    points: int = 0  # passed by an undisturbed run
    clean: int = 0  # records that an undisturbed run creates
    made: int = 0

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.way}-{'postgres' if self.postgres else 'sqlite'}"

    @property
    def left(self) -> str:
        return "external" if self.way == "oneway" else self.kind

    def account(self, side: str) -> str:
        return f"{self.service}/{self.name}-{side}"

    def shelf(self, side: str) -> str:
        return self.left if side == "left" else self.kind

    def cards(self, side: str) -> dict[str, dict[str, Any]]:
        """The cards of a side, by id."""
        shelves = http("GET", self.account(side))["shelves"]
        return {id: row["values"] for id, row in shelves.get(self.shelf(side), {}).items()}

    def edit(self, side: str, id: str, **values: str) -> None:
        """What a person does at the service; id "new" makes a card."""
        http("PATCH", f"{self.account(side)}/{self.shelf(side)}/{id}", values)

    def writes(self) -> int:
        return sum(http("GET", self.account(side))["writes"] for side in ("left", "right"))

    def counted(self, name: str) -> int:
        return sum(http("GET", self.account(side))["counts"].get(name, 0) for side in ("left", "right"))

    # ------------------------------------------------------------ preparing

    def prepare(self, template: Path) -> None:
        """Set up, sync the old cards, and leave the service with work for the next run."""
        self.folder.mkdir(parents=True)
        shutil.copytree(template, self.folder, dirs_exist_ok=True)
        if self.postgres:
            self.postgres.execute(f"CREATE DATABASE {self.database} TEMPLATE choai_template")
        for side in ("left", "right"):
            rules = {"key_seconds": 360}
            fresh = {"shelves": {}, "keys": {}, "rules": rules, "counts": {}, "next": 1, "writes": 0}
            http("PUT", self.account(side), fresh)
        for n in range(OLD):
            self.edit("left", "new", name=f"旧{n}", phone=f"{n}", note="")
        out = self.folder / "out.json"
        if forked(self._first, out=out):
            raise RuntimeError(f"{self.name}: the first run failed")
        self._work()
        self.start = {side: http("GET", self.account(side)) for side in ("left", "right")}
        for account in self.start.values():
            account["rules"]["slow"] = self.slow

    def _first(self) -> None:
        from crash.worker import at_work, run_to_the_end

        with at_work(self):
            scene(self)
            told = run_to_the_end()
        assert told["state"] == "succeeded", told

    def _work(self) -> None:
        """New cards and edits."""
        ids = {row["name"]: id for id, row in self.cards("left").items()}
        self.edit("left", ids["旧0"], phone="左の変更")
        self.edit("left", ids["旧1"], phone="左の変更2")
        for n in range(NEW):
            self.edit("left", "new", name=f"左{n}", phone=f"L{n}", note=f"備考{n}")
        if self.way == "twoway":
            theirs = {row["name"]: id for id, row in self.cards("right").items()}
            self.edit("right", theirs["旧1"], note="右の変更")
            self.edit("right", theirs["旧2"], note="右の変更2")
            for n in range(NEW):
                self.edit("right", "new", name=f"右{n}", phone=f"R{n}", note=f"note{n}")

    @property
    def database(self) -> str:
        return self.name.replace("-", "_")

    # ------------------------------------------------------------ laid out

    def lay_out(self, base: Path) -> Laid:
        """The state before the run once more, for one kill."""
        self.made += 1
        folder = base / f"{self.name}-{self.made}"
        shutil.copytree(self.folder, folder)
        for side in ("left", "right"):
            http("PUT", self.account(side), self.start[side])
        url = None
        if self.postgres:
            name = f"{self.database}_{self.made}"
            self.postgres.execute(f"CREATE DATABASE {name} TEMPLATE {self.database}")
            url = self.postgres.url(name)
        return Laid(self, folder, url)

    def url(self) -> str | None:
        return self.postgres.url(self.database) if self.postgres else None


@dataclass
class Laid:
    """A stage laid out for one kill."""

    stage: Stage
    folder: Path
    database: str | None

    def url(self) -> str | None:
        return self.database

    def drop(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.database is not None:
            name = self.database.rsplit("/", 1)[-1]
            self.stage.postgres.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def scene(stage: Stage) -> None:
    """Two connections and a sync between them, in an empty database."""
    from choai.store.models import Connection, Member, Pairing, Sync, User, Workspace

    user = User.objects.create_user("owner@example.jp")
    place = Workspace.objects.create(name="帳合商事")
    Member.objects.create(workspace=place, user=user, role="administrator")
    ends = [
        Connection.objects.create(
            workspace=place, service="shelf", name=side, auth="key", state="ready",
            settings={"base_url": stage.account(side), "account": side},
            account={"id": side, "name": side, "time_zone": "Asia/Tokyo"},
        )
        for side in ("left", "right")
    ]  # fmt: skip
    pairing = Pairing.objects.create(
        workspace=place, kind="partner", left_connection=ends[0], left_object=stage.shelf("left"),
        right_connection=ends[1], right_object=stage.shelf("right"),
    )  # fmt: skip
    mapping = list(FIELDS)
    keys = [{"left": "name", "right": "name", "how": "name"}]
    if stage.way == "oneway" or stage.kind == "external":
        mapping.append(EXT)
        keys.insert(0, {"left": "ext", "right": "id"})
    if stage.kind == "external":
        mapping.append(GIVES)
    both = stage.way == "twoway"
    options = {"recheck_seconds": 0, "outstanding_seconds": 0, "duplicate_policy_left": "bind"}
    Sync.objects.create(
        workspace=place, pairing=pairing, name="取引先", run_as=user, mapping=mapping, match_keys=keys, to_right=True,
        to_left=both, conflict_policy="left", duplicate_policy="bind", options={**options, **stage.options},
    )  # fmt: skip


def template(folder: Path, postgres: Any = None) -> Path:
    """A data folder with empty, migrated databases of both engines, to copy."""
    folder.mkdir(parents=True)
    if forked(lambda: _migrated(folder, postgres)):
        raise RuntimeError("the databases could not be made")
    return folder


def _migrated(folder: Path, postgres: Any) -> None:
    from choai.runtime import durable
    from databases import migrate, pointed

    if postgres:
        postgres.execute("CREATE DATABASE choai_template")
    url = postgres.url("choai_template") if postgres else None
    with pointed(url, folder):
        from choai.runtime.boot import Home
        from choai.store import seal

        seal.load_secrets()
        migrate()
        durable.launch(Home(folder, url or "").engine_url, _nothing)
        durable.stop(1)


async def _nothing(*_: Any) -> Any:
    return {"done": True, "wait": None}
