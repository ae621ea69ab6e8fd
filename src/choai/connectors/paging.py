"""Page tokens, and lists of values cut for one address each. A token is a short text that the engine keeps; everything needed for
the next page is in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from choai.errors import ChoaiError


def number(token: str | None, first: int = 1) -> int:
    """The page to ask for, where pages are numbered."""
    return first if token is None else int(token)


def following(page: int, more: bool) -> str | None:
    """The token after a numbered page."""
    return str(page + 1) if more else None


def more_of(page: int, size: int, total: int, got: int) -> bool:
    """Whether there is another page where the service tells the total. A page without rows is the last one, whatever it says."""
    return got > 0 and page * size < total


def marks(token: str | None) -> dict[str, Any]:
    """What ``mark`` packed; nothing for the first page."""
    if token is None:
        return {}
    found = json.loads(token)
    return dict(found) if isinstance(found, dict) else {}


def mark(**parts: Any) -> str:
    """A token of several parts: a job's id, an offset, the last id …"""
    return json.dumps({k: v for k, v in parts.items() if v is not None}, ensure_ascii=False, separators=(",", ":"))


def next_path(address: Any, base: str) -> str | None:
    """The path and query of a next-page address, which must lie on the host of ``base`` (or have none): our authorisation is sent
    there. Raises ``unexpected_answer`` for another host."""
    if not address:
        return None
    parts = urlsplit(str(address))
    if parts.netloc and parts.netloc != urlsplit(base).netloc:
        raise ChoaiError("unexpected_answer", detail=parts.netloc)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def header_int(headers: Mapping[str, str], name: str) -> int | None:
    """A whole number from a header, None when there is none."""
    text = headers.get(name, "").strip()
    return int(text) if text.isdigit() else None


def portioned(literals: Iterable[str], longest: int, most: int | None = None) -> Iterator[list[str]]:
    """Lists of literals that fit into one address each: so many bytes with the separators, at most so many."""
    held: list[str] = []
    length = 0
    for one in literals:
        size = len(quote(one)) + 3
        if held and (length + size > longest or len(held) == most):
            yield held
            held, length = [], 0
        held.append(one)
        length += size
    if held:
        yield held
