"""What all peers do to a record: every field gets the sink's name."""

from __future__ import annotations

from typing import Any

NUMBERS = ("amount", "score")
WHOLE = ("owner_id", "parent_id", "tax_rate", "tax_amount", "discount")
INSTANTS = ("created_at", "updated_at")
TEXTS = tuple(
    "code name name_kana email phone zip prefecture city address1 industry owner_name status currency due_date close_date notes "
    "web custom_1 custom_2".split()
)
FIELDS = (*TEXTS, *NUMBERS, *WHOLE, *INSTANTS, "is_active", "tags")
RENAMED = tuple((name, f"x_{name}") for name in FIELDS)


def project(record: dict[str, Any]) -> dict[str, Any]:
    """The record as the sink wants it."""
    made = {new: record.get(old) for old, new in RENAMED}
    made["external_id"] = record["id"]
    return made
