"""The documents say what the program does: generated pages are current, links lead somewhere, settings are explained."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from house.tree import PACKAGE, ROOT, kept_files

WRITTEN = ("README.md", "README.ja.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGES.md", "SECURITY.md", "LICENSE")


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["errors.md", "requirements.md", "services.md", "guarantees.md", "commands.md"])
def test_generated_page_is_current(generate: ModuleType, name: str) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == generate.PAGES[name](), "run python3 dev.py docs"


def test_every_requirement_is_listed_once_with_a_place_or_a_reason(generate: ModuleType) -> None:
    rows = generate.listed()
    wanted = {f"FK-{n:02}" for n in range(1, 68)}
    wanted |= {f"CC-{n:02}" for n in (*range(1, 12), *range(14, 20), 21, 22, 23, 29)}
    assert wanted <= set(rows)
    for name, row in rows.items():
        assert row["what"], name
        assert row.get("where") or row.get("missing"), name
        assert not [path for path in row.get("where", []) if not (ROOT / path).exists()], name


def test_every_requirement_called_built_is_shown_by_a_test(generate: ModuleType) -> None:
    tests = generate.marks()
    assert not [name for name, row in generate.listed().items() if "missing" not in row and name not in tests]


def test_tests_name_only_known_requirements(generate: ModuleType) -> None:
    assert not set(generate.marks()) - set(generate.listed())


def test_the_documents_are_there_and_the_architecture_fits_a_sitting() -> None:
    assert not [name for name in WRITTEN if not (ROOT / name).read_text("utf-8").strip()]
    assert len((ROOT / "ARCHITECTURE.md").read_text("utf-8").splitlines()) <= 200


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for page in kept_files():
        if page.suffix == ".md":
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
                if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists():
                    broken.append(f"{page.relative_to(ROOT)} → {target}")
    assert not broken


def test_every_setting_is_explained_for_those_who_host() -> None:
    used = {m for path in PACKAGE.rglob("*.py") for m in re.findall(r"\bCHOAI_[A-Z_]+\b", path.read_text("utf-8"))}
    assert used
    for page in ("hosting.md", "hosting.ja.md"):
        told = set(re.findall(r"\bCHOAI_[A-Z_]+\b", (ROOT / "docs" / page).read_text("utf-8")))
        assert not used - told, page


def test_every_command_is_documented() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "commands.md").read_text("utf-8")
    for name in ("serve", "worker", "demo", "plan", "run", "reconcile", "services", "check", "user add", "backup", "restore",
                 "key rotate", "audit verify", "sandbox"):  # fmt: skip
        assert f"## `choai {name} " in page or f"## `choai {name}`" in page, name
