"""The tables. Every row of business data names its workspace, and every query filters by it (CC-02).

    Workspace ─ Member ─ User            Connection ─ Authorisation (one per person, OAuth)
        │                                     │
      Pairing (object A × object B) ─ Binding (record a ↔ record b, with the base)
        │
      Sync (settings) ─ Cursor             Schedule (when; may drive several syncs)
        │
      Run ─ Page (ledger) ─ Staged (what was read) ─ Item (what is planned and how it ended) ─ Intent (before a write)
        │
      Reconciliation (a run that only compares) ─ Difference, Tally (sums)

States are listed beside their fields. Packed values are bytes written by engine/codec.py.
"""

from __future__ import annotations

from choai.store.models.connections import Authorisation, Budget, Connection, DayCount, OAuthState, SchemaSnapshot
from choai.store.models.hooks import Hook, HookCall, Nudge
from choai.store.models.inbox import Decision, Waiting
from choai.store.models.people import ROLES, ApiToken, AuditEntry, AuditHead, Member, SignInFailure, User, Workspace
from choai.store.models.reports import Difference, Reconciliation, Tally
from choai.store.models.runs import ACTIVE_RUNS, ENDED_RUNS, Candidate, Intent, Item, Page, Retry, Run, Staged, Worker
from choai.store.models.syncs import Binding, Cursor, Pairing, Schedule, Sync

__all__ = [
    "ACTIVE_RUNS",
    "ENDED_RUNS",
    "ROLES",
    "ApiToken",
    "AuditEntry",
    "AuditHead",
    "Authorisation",
    "Binding",
    "Budget",
    "Candidate",
    "Connection",
    "Cursor",
    "DayCount",
    "Decision",
    "Difference",
    "Hook",
    "HookCall",
    "Intent",
    "Item",
    "Member",
    "Nudge",
    "OAuthState",
    "Page",
    "Pairing",
    "Reconciliation",
    "Retry",
    "Run",
    "Schedule",
    "SchemaSnapshot",
    "SignInFailure",
    "Staged",
    "Sync",
    "Tally",
    "User",
    "Waiting",
    "Worker",
    "Workspace",
]
