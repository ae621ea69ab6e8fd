"""Who may do what: one table of roles, and the caller of a request (CC-14, CC-15).

view        read everything of the workspace
run         start, preview, retry, cancel runs; decide about plans
schedule    edit scheduled execution; everyone's while the workspace setting open_configuration is on (FK-41)
configure   masters, mappings, syncs, pairs, presets
connect     connections and their secrets
administer  users, tokens of others, audit, workspace settings
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from choai.errors import ChoaiError

RIGHTS = ("view", "run", "schedule", "configure", "connect", "administer")

ROLE_RIGHTS: dict[str, frozenset[str]] = {
    "viewer": frozenset({"view"}),
    "operator": frozenset({"view", "run"}),
    "configurer": frozenset({"view", "run", "schedule", "configure"}),
    "connection_owner": frozenset({"view", "run", "schedule", "configure", "connect"}),
    "administrator": frozenset(RIGHTS),
}
RANK = tuple(ROLE_RIGHTS)


def rights_of(role: str, workspace_settings: Mapping[str, Any]) -> frozenset[str]:
    """The rights of a role in a workspace."""
    rights = ROLE_RIGHTS.get(role, frozenset())
    if rights and workspace_settings.get("open_configuration", True):
        return rights | {"schedule"}
    return rights


def weaker(role: str, other: str) -> str:
    """The role of the two that may do less: a token never exceeds the person it belongs to."""
    return min(role, other, key=RANK.index)


@dataclass(slots=True, frozen=True)
class Caller:
    """The person a request acts for, within one workspace."""

    user_id: int
    email: str
    name: str
    language: str
    workspace_id: int
    time_zone: str
    role: str
    rights: frozenset[str]
    token_id: int | None = None

    def demand(self, right: str) -> None:
        """Raises ``forbidden`` when the caller lacks the right."""
        if right not in self.rights:
            raise ChoaiError("forbidden", permission=right, user=self.name or self.email)
