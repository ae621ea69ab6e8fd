"""Roles of fields that are found at run time: of the vendor's own by their names, of those that people made by their labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice

from choai.model.names import fold


def word(label: str) -> str:
    """A label as patterns look at it: folded, without spaces and marks between words."""
    return re.sub(r"[ _\-・]", "", fold(label))


def pairs(text: str, noun: str = "") -> dict[str, str]:
    """``Name=role`` words; with a noun the roles are ``noun.role``."""
    told = (one.partition("=") for one in text.split())
    return {name: f"{noun}.{role}" if noun else role for name, _, role in told}


def by_label(
    here: Iterable[str], made: Iterable[tuple[str, str]], patterns: Mapping[str, str], found: dict[str, str]
) -> None:
    """Add to ``found`` (name → role) for each role that no field ``here`` has the first of the fields that people ``made`` (name,
    label) without a role whose whole label the role's pattern matches."""
    taken = {found[name] for name in here if name in found}
    named = [(name, word(label)) for name, label in made]
    for role, pattern in patterns.items():
        if role not in taken:
            fits = (name for name, told in named if name not in found and re.fullmatch(pattern, told))
            found |= dict.fromkeys(islice(fits, 1), role)
