"""Which edits of a sync concern records that agreed long ago, so that looking only at what changes from now on would miss them.

``before`` and ``after`` are settings as they are stored: mapping, match_keys, selection, duplicate_policy, to_left, to_right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

REASONS = ("field_added", "selection_widened", "direction_added", "keys_changed", "duplicates_changed")


def relook(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Why the next run has to compare all records once; empty when it need not. Of REASONS, in their order.

    A changed converter is no reason: what neither side has edited since it was agreed on is not written anew.
    """
    told = {
        "field_added": bool(_pairs(after) - _pairs(before)),
        "selection_widened": any(
            not _narrower(_rules(before, side), _rules(after, side)) for side in ("left", "right")
        ),
        "direction_added": any(after.get(name) and not before.get(name) for name in ("to_left", "to_right")),
        "keys_changed": _keys(after) != _keys(before),
        "duplicates_changed": _duplicates(after) != _duplicates(before),
    }
    return [name for name in REASONS if told[name]]


def _pairs(settings: Mapping[str, Any]) -> set[tuple[Any, Any]]:
    return {(row.get("left"), row.get("right")) for row in settings.get("mapping") or ()}


def _rules(settings: Mapping[str, Any], side: str) -> Sequence[Mapping[str, Any]]:
    return list((settings.get("selection") or {}).get(side) or ())


def _narrower(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> bool:
    """Whether every record that fulfils ``after`` fulfils ``before`` as well: each old condition stands or is stricter."""
    return all(
        any(
            new["field"] == old["field"] and set(map(str, new["values"])) <= set(map(str, old["values"]))
            for new in after
        )
        for old in before
    )


def _keys(settings: Mapping[str, Any]) -> list[tuple[Any, Any, Any]]:
    return [(key.get("left"), key.get("right"), key.get("how", "exact")) for key in settings.get("match_keys") or ()]


def _duplicates(settings: Mapping[str, Any]) -> list[Any]:
    options = settings.get("options") or {}
    policy = settings.get("duplicate_policy")
    return [options.get(f"duplicate_policy_{side}") or policy for side in ("left", "right")]
