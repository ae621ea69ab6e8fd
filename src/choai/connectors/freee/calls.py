"""Calls to freee's API host, of freee会計 and freee請求書: the company of a call, what its errors know, pages by offset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from choai.connectors.contract import Reply, Session
from choai.errors import ChoaiError

Row = dict[str, Any]


async def call(session: Session, method: str, path: str, label: str, **more: Any) -> Reply:
    """A call whose error knows the object and the user (FK-58). ``label``: what people call the object."""
    try:
        return await session.call(method, path, **more)
    except ChoaiError as error:
        error.facts.setdefault("object", label)
        error.facts.setdefault("permission", label)
        if session.account is not None:
            error.facts.setdefault("user", session.account.user_name or session.account.user_id)
            error.facts.setdefault("plan", session.account.plan or "–")
        if error.code == "company_not_found":
            error.facts.setdefault("id", session.settings.get("company_id"))
        raise


def company_of(session: Session, service: str) -> str:
    """The company's id. Raises ``connection_not_ready`` before one was chosen."""
    company = session.account.id if session.account is not None else session.settings.get("company_id")
    if not company:
        raise ChoaiError("connection_not_ready", service=service, field="company_id")
    return str(company)


def place(token: str | None) -> tuple[int, str]:
    """Offset and last id of a page's token."""
    offset, _, last = (token or "0:").partition(":")
    return int(offset), last


def joined(
    rows: Sequence[Row], token: str | None, limit: int, own_id: Callable[[Row], str]
) -> tuple[Sequence[Row], str | None] | None:
    """The new rows of a page and the token of the next one. A page begins with the last row of the one before; None when it is
    another row: something was deleted in between, and rows have moved past the reader."""
    offset, last = place(token)
    following = f"{offset + limit - 1}:{own_id(rows[-1])}" if len(rows) >= limit else None
    if not last:
        return rows, following
    if not rows or own_id(rows[0]) != last:
        return None
    return rows[1:], following
