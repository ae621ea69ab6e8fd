"""Small modules, short functions; the figures are printed (``pytest -s tests/house/test_sizes.py``)."""

from __future__ import annotations

import ast
from statistics import median, quantiles

import pytest

from house.tree import PACKAGE, modules

MODULE = 400
FUNCTION = 60  # 40 is the rule of thumb, this is where the argument ends
WORDS = ("manager", "helper", "helpers", "util", "utils", "misc")


def lines() -> dict[str, int]:
    return {str(p.relative_to(PACKAGE)): len(p.read_text("utf-8").splitlines()) for p in sorted(PACKAGE.rglob("*.py"))}


def functions() -> list[tuple[int, str]]:
    return [
        ((node.end_lineno or node.lineno) - node.lineno + 1, f"{name}:{node.name}")
        for name, tree in modules().items()
        if ".migrations" not in name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_modules_stay_small(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {name: size for name, size in lines().items() if "migrations" not in name}
    with capsys.disabled():
        print(f"\n{len(sizes)} modules, {sum(sizes.values())} lines, median {median(sizes.values()):.0f}", end="")
        print(f", p90 {quantiles(sizes.values(), n=10)[-1]:.0f}, max {max(sizes.values())}", end="")
    assert not {name: size for name, size in sizes.items() if size > MODULE}


def test_functions_stay_short(capsys: pytest.CaptureFixture[str]) -> None:
    found = functions()
    sizes = [size for size, _ in found]
    with capsys.disabled():
        print(f"\n{len(found)} functions, median {median(sizes):.0f}", end="")
        print(f", p90 {quantiles(sizes, n=10)[-1]:.0f}, max {max(sizes)} ({max(found)[1]})", end="")
    assert not sorted((size, name) for size, name in found if size > FUNCTION)


def test_names_say_what_a_thing_is() -> None:
    wrong = []
    for name, tree in modules().items():
        if name.split(".")[-1].lower() in WORDS:
            wrong.append(name)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name.lower().endswith(("manager", "helper", "utils", "handler")):
                wrong.append(f"{name}:{node.name}")
    assert not wrong
