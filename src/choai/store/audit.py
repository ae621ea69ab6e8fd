"""The audit trail: who changed which setting, pressed which button or decided what, from what to what; and how each run ended.

Entries of a workspace form a chain (CC-11): each holds the digest of the one before and a digest over itself, SHA-256 over
canonical JSON. Nothing changes or deletes an entry; ``verify`` finds the first one that was tampered with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from choai import clock
from choai.store.models import AuditEntry, AuditHead, Run, User
from choai.store.pages import Found, found

PAGE = 1000


def note(  # noqa: PLR0917 always called in this order, like the sentence: who did what to which, from, to
    workspace_id: int,
    user_id: int | None,
    action: str,
    subject: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """One entry, in the caller's transaction. Only what differs between ``before`` and ``after`` is kept. Never pass a secret."""
    if before is not None and after is not None:
        before, after = (
            {k: v for k, v in before.items() if after.get(k) != v or k not in after},
            {k: v for k, v in after.items() if before.get(k) != v or k not in before},
        )
        if not before and not after:
            return
    user = User.objects.filter(id=user_id).first() if user_id is not None else None
    entry = AuditEntry(
        workspace_id=workspace_id,
        at=clock.now(),
        user=user,
        actor=user.email if user is not None else "",
        action=action,
        subject=subject[:120],
        before=_stored(before),
        after=_stored(after),
    )
    with transaction.atomic():
        AuditHead.objects.get_or_create(workspace_id=workspace_id)
        head = AuditHead.objects.select_for_update().get(workspace_id=workspace_id)
        entry.number, entry.previous = head.number + 1, head.digest
        entry.digest = digest(entry)
        entry.save(force_insert=True)
        AuditHead.objects.filter(workspace_id=workspace_id).update(number=entry.number, digest=entry.digest)


def ended(run: Run) -> None:
    """The entry of a run that has ended, in the caller's transaction: who or what started it, for whom it ran, how it ended. From
    here every automatic write is found: run → items with the values before and after."""
    after = {
        "run": run.id,
        "sync": run.sync_id,
        "trigger": run.trigger,
        "run_as": run.run_as_id,
        "state": run.state,
        "code": run.error_code,
        "counts": {name: n for name, n in sorted(run.counts.items()) if n},
    }
    note(run.workspace_id, run.started_by_id, "run.end", str(run.id), after=after)


def _stored(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Values as both databases give them back: whole numbers and texts, no fractions in binary."""
    plain: dict[str, Any] | None = None if values is None else json.loads(json.dumps(values), parse_float=str)
    return plain


def digest(entry: Any) -> str:
    """SHA-256 of an entry, as hexadecimal text. Covers every field but the database's own id and the link to the account."""
    canonical = [
        entry.workspace_id,
        entry.number,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor,
        entry.action,
        entry.subject,
        entry.before,
        entry.after,
        entry.previous,
    ]
    return sha256(json.dumps(canonical, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(slots=True, frozen=True)
class Verdict:
    """What verifying a chain found. ``broken``: number of the first entry that is not as it was written, with the reason –
    changed (its content), unlinked (it does not follow the one before), missing (a number is gone), cut (the end is gone)."""

    entries: int
    head: str
    broken: int | None = None
    reason: str = ""
    at: datetime | None = None

    @property
    def intact(self) -> bool:
        return self.broken is None


def verify(workspace_id: int) -> Verdict:
    """Walk a workspace's chain from its beginning; stops at the first broken link."""
    head = AuditHead.objects.filter(workspace_id=workspace_id).first()
    rows = AuditEntry.objects.filter(workspace_id=workspace_id).order_by("number")
    count, last = 0, ""
    while page := list(rows.filter(number__gt=count)[:PAGE]):
        for entry in page:
            reason = _fault(entry, count, last)
            if reason:
                number = count + 1 if reason == "missing" else entry.number
                return Verdict(count, last, number, reason, entry.at)
            count, last = entry.number, entry.digest
    if rows.filter(number=0).exists():
        return Verdict(count, last, 0, "unlinked")
    if (head.number, head.digest) != (count, last) if head is not None else count:
        return Verdict(count, last, count + 1, "cut")
    return Verdict(count, last)


def _fault(entry: AuditEntry, count: int, last: str) -> str:
    if entry.number != count + 1:
        return "missing"
    if entry.previous != last:
        return "unlinked"
    return "" if digest(entry) == entry.digest else "changed"


def entries(
    workspace_id: int,
    *,
    page: int,
    page_size: int,
    q: str = "",
    action: str | None = None,
    user: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Found:
    """Entries, newest first. ``action`` may be a beginning ("connection" finds connection.create …)."""
    rows = AuditEntry.objects.select_related("user").filter(workspace_id=workspace_id).order_by("-id")
    if q:
        rows = rows.filter(subject__icontains=q)
    if action:
        rows = rows.filter(action__startswith=action)
    if user is not None:
        rows = rows.filter(user_id=user)
    if since:
        rows = rows.filter(at__gte=since)
    if until:
        rows = rows.filter(at__lt=until)
    return found(
        rows,
        page,
        page_size,
        lambda e: {
            "id": e.id,
            "number": e.number,
            "at": e.at,
            "user": str(e.user) if e.user else e.actor or None,
            "action": e.action,
            "subject": e.subject,
            "before": e.before,
            "after": e.after,
            "digest": e.digest,
        },
    )
