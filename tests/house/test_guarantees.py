"""docs/guarantees.md: every kind of the contract has its lines, and every line names tests that exist."""

from __future__ import annotations

import ast
import tomllib
from typing import Any

import pytest

from choai.connectors import registry
from choai.connectors.contract import CursorKind, DeleteSignal, Idempotency
from house.tree import ROOT

TEXTS = ("ja", "en", "not_ja", "not_en")


def told() -> dict[str, Any]:
    return tomllib.loads((ROOT / "docs" / "guarantees.toml").read_text("utf-8"))


def entries() -> list[tuple[str, dict[str, Any]]]:
    found = told()
    every = [(f"all {n}", entry) for n, entry in enumerate(found.pop("all"))]
    return [*every, *((f"{aspect} {kind}", e) for aspect, kinds in found.items() for kind, e in kinds.items())]


@pytest.mark.parametrize(("aspect", "kinds"), [
    ("idempotency", {kind.value for kind in Idempotency}),
    ("cursor", {kind.value for kind in CursorKind}),
    ("deletes", {kind.value for kind in DeleteSignal}),
    ("revision", {"numbered", "reread"}),
    ("connection", {"budget", "rotates", "keeps"}),
])  # fmt: skip
def test_every_kind_says_what_it_holds(aspect: str, kinds: set[str]) -> None:
    assert set(told()[aspect]) == kinds


def test_every_line_says_what_is_not_guaranteed_and_names_tests_that_exist() -> None:
    names: dict[str, set[str]] = {}
    wrong = []
    for name, entry in entries():
        wrong += [f"{name}: no {text}" for text in TEXTS if not str(entry.get(text, "")).strip()]
        wrong += [f"{name}: no tests"] if not entry.get("tests") else []
        for test in entry.get("tests", ()):
            path, _, function = test.partition("::")
            if path not in names:
                file = ROOT / path
                tree = ast.parse(file.read_text("utf-8")) if file.exists() else ast.Module([], [])
                names[path] = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
            if function not in names[path]:
                wrong.append(f"{name}: {test} does not exist")
    assert not wrong


def test_every_service_and_every_object_stands_on_the_page() -> None:
    page = (ROOT / "docs" / "guarantees.md").read_text("utf-8")
    for spec in registry.services():
        part = page.partition(f"(`{spec.service}`)")[2].partition("\n##")[0]
        assert part, spec.service
        assert not [o.name for o in spec.objects if f"| `{o.name}` |" not in part], spec.service
