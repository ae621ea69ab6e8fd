"""The fourteenth service: the ten steps of CONTRIBUTING.md, done for a toy exactly as docs/add-a-service.md shows them.

The page's files go into one folder and its one line into a package's metadata; nothing else is touched. Then the contract suite
runs for it, and the engine syncs it with a CRM twice: the second run writes nothing.
"""

from __future__ import annotations

import ast
import asyncio
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from choai.connectors import http, registry
from choai.connectors.http import ServiceSession
from choai.engine.ports import Link
from choai.engine.run import advance
from choai.model.mapping import Side
from choai.presets import any_pair
from choai.presets.any_pair import BY_KEY, Offer
from choai.store.models import Run
from engine.toy import Clock, Ports, crm
from engine.world import World, counts
from house.test_rings import SHARED
from house.tree import ROOT, imports
from servers import sandbox

SERVICE = "toyledger"
PAGE = (ROOT / "docs" / "add-a-service.md").read_text("utf-8")
STEPS = re.compile(r"^\s*(\d+)\. \*\*(.+?)\*\*", re.MULTILINE)
BLOCK = re.compile(r'^```\w+ title="([^"]+)"\n(.*?)^```', re.MULTILINE | re.DOTALL)
FILES = dict(BLOCK.findall(PAGE))
CODE = [name for name in FILES if name.endswith(".py")]


def steps() -> list[tuple[str, str]]:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    return STEPS.findall(text[text.index("## Add a service in ten steps") :])


def forgotten() -> None:
    """What was remembered of the services there are."""
    for known in (registry.modules, registry.spec, registry.connector):
        known.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == SERVICE]:
        del sys.modules[name]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The page's folder and its one line, as pip would leave them."""
    for name, text in FILES.items():
        if name.startswith(f"{SERVICE}/"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / SERVICE / "__init__.py").touch()
    points = tomllib.loads(FILES["pyproject.toml"])["project"]["entry-points"]
    lines = [f"[{group}]\n{name} = {value}\n" for group, named in points.items() for name, value in named.items()]
    assert len(lines) == 1, "one line registers a service"
    info = tmp_path / f"{SERVICE}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {SERVICE}\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(lines[0], "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    forgotten()
    yield tmp_path
    forgotten()


def test_the_page_takes_the_ten_steps_in_their_order() -> None:
    assert len(steps()) == 10
    assert re.findall(r"^## (\d+)\. (.+)$", PAGE, re.MULTILINE) == steps()
    assert "docs/add-a-service.md" in (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def test_one_folder_of_few_lines_that_touches_nothing_else() -> None:
    assert {name.partition("/")[0] for name in FILES} == {SERVICE, "pyproject.toml"}
    lines = [line for name in CODE if "test_" not in name for line in FILES[name].splitlines() if line.strip()]
    assert len(lines) <= 140
    allowed = {f"choai.connectors.{name}" for name in SHARED} | {"choai.errors", "choai.clock", "choai"}
    for name in (f"{SERVICE}/spec.py", f"{SERVICE}/api.py"):
        used = {target for target in imports(name, ast.parse(FILES[name])) if target.startswith("choai")}
        strange = {t for t in used if not any(t == a or t.startswith(f"{a}.") for a in allowed - {"choai"})}
        assert not {t for t in strange if not t.startswith("choai.model")} - {"choai"}, name
    used = imports("sandbox", ast.parse(FILES[f"{SERVICE}/sandbox.py"]))
    assert not [target for target in used if "connectors" in target or SERVICE in target]


def test_it_is_one_of_the_services_and_its_contract_holds(installed: Path) -> None:
    assert SERVICE in {spec.service for spec in registry.services()}
    assert registry.spec(SERVICE).en == "Toy ledger"
    (installed / "conftest.py").write_text("from conftest_of_the_suite import *\n", "utf-8")
    suite = (ROOT / "tests" / "contract" / "conftest.py").read_text("utf-8")
    (installed / "conftest_of_the_suite.py").write_text(suite, "utf-8")
    paths = os.pathsep.join(str(p) for p in (installed, ROOT / "src", ROOT / "tests"))
    command = [sys.executable, "-m", "pytest", "-q", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(installed)]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", str(installed / SERVICE)], env={**os.environ, "PYTHONPATH": paths},
        capture_output=True, text=True, check=False, timeout=300, cwd=installed,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > 40, done.stdout[-1000:]


@asynccontextmanager
async def _turn(_: str | None) -> Any:
    yield


class Reaching(Ports):
    """The real ledger; the right side is the new service over HTTP."""

    def __init__(self, clock: Clock, toys: dict[int, Any], right: int, base_url: str, token: str) -> None:
        super().__init__(clock, toys)
        self.right, self.base_url, self.token = right, base_url, token

    async def open(self, workspace_id: int, connection_id: int, user_id: int | None, run_id: int | None) -> Link:
        if connection_id != self.right:
            return await super().open(workspace_id, connection_id, user_id, run_id)
        spec, connector = registry.spec(SERVICE), registry.connector(SERVICE)
        settings, secrets = {"base_url": self.base_url}, {"token": self.token}
        session = ServiceSession(
            spec, connector, http.Ports(turn=_turn), settings=settings, secrets=secrets, account=None
        )
        return Link(connection_id, "帳簿", spec, connector, session, await connector.identify(session), settings)


def run(w: World) -> Run:
    async def loop(run_id: int) -> None:
        try:
            for _ in range(200):
                if (await advance(run_id, w.ports)).done:
                    return
            raise AssertionError("the run does not end")
        finally:
            await http.close()

    run_id = w.start()
    asyncio.run(loop(run_id))
    w.clock.tick(minutes=30)
    return Run.objects.get(id=run_id)


@pytest.mark.usefixtures("database")
def test_two_runs_in_a_row_and_the_second_writes_nothing(installed: Path) -> None:
    toy: Any = import_module(f"{SERVICE}.sandbox")
    api: Any = registry.connector(SERVICE)
    spec = registry.spec(SERVICE).objects[0]
    clock = Clock()
    left = crm(clock)
    # the roles of its fields are enough for the wizard to propose the mapping (step 7)
    ends = (left.schema, Offer(_info("things"), left.spec)), (api.CLIENTS.schema(), Offer(_info("client"), spec))
    made = any_pair.draft(BY_KEY["partner"], *ends)
    assert {(row.left, row.right) for row in made.rows} >= {("name", "name")}
    with sandbox(toy) as box:
        mapping = [
            {"left": "name", "right": "name"}, {"left": "memo", "right": "memo"},
            {"left": "books_id", "right": "id", "direction": "to_left", "write_back": True},
        ]  # fmt: skip
        both = {"to_left": True, "options": {f"duplicate_policy_{side.value}": "bind" for side in Side}}
        w = World(left, left, clock, mapping=mapping, **both)
        w.pairing.right_object = "client"
        w.pairing.save()
        w.ports = Reaching(clock, w.ports.toys, w.pairing.right_connection_id, box.base_url, toy.TOKEN)
        known = left.add(name="青空商事")
        left.add(name="新しい会社", memo="一行目\n二行目")
        first = run(w)
        assert counts(first) == {"created": 3, "updated": 1}, (first.error_code, first.error_facts)
        held = {row["name"]: row for row in box.world.state["clients"].values()}
        assert held["新しい会社"]["memo"] == "一行目\n二行目"
        assert left.names() == sorted(held), "what either side had is on both, once"
        assert left.records[known]["books_id"] == "1"
        before = {id: dict(row) for id, row in box.world.state["clients"].items()}
        box.world.calls.clear()
        second = run(w)
        assert second.state == "succeeded", (second.error_code, second.error_facts)
        assert not {k: v for k, v in counts(second).items() if k != "unchanged"}
        assert box.world.state["clients"] == before
        assert not [line for line in box.world.calls if not line.startswith("GET")]
        toy.put(box.world, "1", memo="経理の覚え")
        assert counts(run(w))["updated"] == 1
        assert left.records[known]["memo"] == "経理の覚え"


def _info(name: str) -> Any:
    from choai.connectors.contract import ObjectInfo

    return ObjectInfo(name, "取引先", "Clients", name)
