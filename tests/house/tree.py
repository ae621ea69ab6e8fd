"""The source tree as the house tests see it."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "choai"


@cache
def kept_files() -> tuple[Path, ...]:
    """Every file that belongs to the repository: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return tuple(p for name in listed.stdout.decode().split("\0") if name and (p := ROOT / name).is_file())


@cache
def modules(folder: str = "") -> dict[str, ast.Module]:
    """Dotted name → syntax tree of every module under src/choai/<folder>."""
    out = {}
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        name = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")
        out[name] = ast.parse(path.read_text("utf-8"), str(path))
    return out


def imports(name: str, tree: ast.Module) -> Iterator[str]:
    """Dotted names that a module imports, anywhere in it; ``from x import y`` gives x.y."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = name.split(".")[: -node.level] if node.level > 1 else name.split(".")[:-1]
                base = ".".join([*parts, base] if base else parts)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def inside(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)
