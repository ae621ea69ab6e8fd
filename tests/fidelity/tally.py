"""What the fidelity tests look at, counted without their doing anything for it: operations that the imitations were asked for,
and values that were held against a schema. Only for ``dev.py fidelity``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema

from choai.sandbox.core import World

worlds: list[World] = []
checked = [0]
_depth = [0]


def begin() -> None:
    """Count from now on. Validator classes that tests make of others are counted too."""
    make, born = jsonschema.validators.create, World.__init__

    def create(*args: Any, **more: Any) -> Any:
        return _counting(make(*args, **more))

    def kept(world: World, *args: Any, **more: Any) -> None:
        born(world, *args, **more)
        worlds.append(world)

    jsonschema.validators.create = create
    World.__init__ = kept  # type: ignore[method-assign]  # every world, whoever makes it
    for known in (jsonschema.Draft4Validator, jsonschema.Draft7Validator, jsonschema.Draft202012Validator):
        _counting(known)


def _counting(validator: Any) -> Any:
    real = validator.iter_errors

    def iter_errors(self: Any, *args: Any, **more: Any) -> Iterator[Any]:
        checked[0] += not _depth[0]  # what a schema asks of its parts is no check of its own
        _depth[0] += 1
        try:
            yield from real(self, *args, **more)
        finally:
            _depth[0] -= 1

    validator.iter_errors = iter_errors
    return validator


def told() -> dict[str, int]:
    asked = {line for world in worlds for line in world.calls if "/_sandbox" not in line}
    calls = sum(count for world in worlds for line, count in world.calls.items() if "/_sandbox" not in line)
    return {"operations": len(asked), "answers": calls, "checked": checked[0]}
