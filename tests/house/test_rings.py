"""Three rings: model ← engine ← everything that touches the world. No arrow points outward (ARCHITECTURE.md)."""

from __future__ import annotations

import ast
import sys

import pytest

from house.tree import imports, inside, modules

IO = {
    "asyncio",
    "http",
    "io",
    "os",
    "pathlib",
    "shutil",
    "socket",
    "sqlite3",
    "subprocess",
    "tempfile",
    "threading",
    "time",
}
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "os.environ"}
CALLS = {"float", "open", "input", "print"}
WORLD = {
    "aiohttp", "httpx", "httpx2", "requests", "urllib", "http", "socket", "django", "ninja", "starlette", "uvicorn", "dbos",
    "sqlalchemy", "sqlite3", "psycopg", "typer", "rich",
}  # fmt: skip
OUTER = ("choai.store", "choai.runtime", "choai.report", "choai.web", "choai.sandbox", "choai.presets", "choai.cli")
SHARED = (  # what connectors have in common
    "batches", "contract", "declared", "faults", "fields", "hooks", "naming", "paging", "reading", "unsure", "wires",
)  # fmt: skip
SERVICES = sorted({name.split(".")[2] for name in modules("connectors") if name.count(".") >= 3})


def arrows(folder: str) -> list[tuple[str, str]]:
    return [(name, target) for name, tree in modules(folder).items() for target in imports(name, tree)]


def test_model_imports_only_the_standard_library_itself_and_errors() -> None:
    wrong = [
        (name, target)
        for name, target in arrows("model")
        if not inside(target, "choai.model", "choai.errors")
        and (target.split(".")[0] not in sys.stdlib_module_names or target.split(".")[0] in IO | {"urllib"})
    ]
    assert not wrong


def test_model_is_pure() -> None:
    wrong = []
    for name, tree in modules("model").items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in CLOCKS:
                wrong.append((name, node.lineno, node.attr))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                wrong.append((name, node.lineno, node.func.id))
            if isinstance(node, ast.Import | ast.ImportFrom) and "random" in ast.dump(node):
                wrong.append((name, node.lineno, "random"))
    assert not wrong


def test_engine_knows_no_web_no_http_and_no_outer_ring() -> None:
    wrong = [
        (name, target)
        for name, target in arrows("engine")
        if target.split(".")[0] in WORLD
        or inside(target, *OUTER)
        or (inside(target, "choai.connectors") and not inside(target, "choai.connectors.contract"))
    ]
    assert not wrong


def test_only_apply_calls_a_connectors_write() -> None:
    """One caller: crash safety is one file and one test matrix."""
    callers = set()
    for name, tree in modules().items():
        if inside(name, "choai.sandbox"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "write":
                receiver = ast.unparse(node.func.value)
                if receiver.split(".")[-1] in {"connector", "api"}:
                    callers.add(name)
    assert callers <= {"choai.engine.apply"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_connector_knows_only_the_contract_and_the_model(service: str) -> None:
    own = f"choai.connectors.{service}"
    wrong = [
        (name, target)
        for name, target in arrows(f"connectors/{service}")
        if inside(target, "choai")
        and not inside(
            target,
            own,
            f"choai.connectors.{service.partition('_')[0]}",  # what products of one vendor share
            *(f"choai.connectors.{name}" for name in SHARED),
            "choai.connectors.registry",
            "choai.model",
            "choai.errors",
            "choai.clock",
        )
    ]
    assert not wrong


@pytest.mark.parametrize("service", SERVICES)
def test_a_connector_does_not_sleep_or_call_past_its_session(service: str) -> None:
    wrong = [
        (n, t)
        for n, t in arrows(f"connectors/{service}")
        if t.split(".")[0] in WORLD - {"urllib"} | {"time", "asyncio"}
    ]
    assert not [w for w in wrong if not w[1].startswith("urllib.parse")]


def test_the_sandbox_shares_nothing_with_what_it_tests() -> None:
    """An imitation that used the connector's own code would agree with its mistakes."""
    mine = (
        "choai.connectors",
        "choai.engine",
        "choai.store",
        "choai.runtime",
        "choai.web",
        "choai.model",
        "choai.presets",
    )
    assert not [(name, target) for name, target in arrows("sandbox") if inside(target, *mine)]


def test_nobody_ships_the_sandbox_into_a_connection() -> None:
    allowed = ("choai.sandbox", "choai.runtime.demo", "choai.runtime.check", "choai.cli")
    wrong = [(n, t) for n, t in arrows("") if inside(t, "choai.sandbox") and not inside(n, *allowed)]
    assert not wrong


def test_dbos_stays_behind_one_module() -> None:
    assert {name for name, target in arrows("") if inside(target, "dbos")} <= {"choai.runtime.durable"}
