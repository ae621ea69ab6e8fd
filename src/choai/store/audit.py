"""The audit trail: who changed which setting or pressed which button, from what to what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from choai.store.models import AuditEntry
from choai.store.pages import Found, found


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
    AuditEntry.objects.create(
        workspace_id=workspace_id,
        user_id=user_id,
        action=action,
        subject=subject[:120],
        before=dict(before) if before is not None else None,
        after=dict(after) if after is not None else None,
    )


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
            "at": e.at,
            "user": str(e.user) if e.user else None,
            "action": e.action,
            "subject": e.subject,
            "before": e.before,
            "after": e.after,
        },
    )
