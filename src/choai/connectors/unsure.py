"""What a service's documents do not settle: the question, what Choai assumes until it is settled, and how reading settles it.

Facts of a service stand in its spec (``Spec.unsure``). ``choai check`` asks them of a real account: every ``Ask`` is a GET, so
that it changes nothing there. What reading cannot settle is declared all the same, with how to find out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from choai.connectors.contract import Reply

YES, NO = "yes", "no"


@dataclass(slots=True, frozen=True)
class Ask:
    """A GET. Its texts may hold ``{setting}``, ``{account}`` (the account's id) and ``{id:object}``, the first record of an
    object: where there is none, nothing is asked. Statuses in ``ok`` are answers; any other one is an error."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    ok: tuple[int, ...] = (200,)


@dataclass(slots=True, frozen=True)
class Settled:
    """One way in which a fact turns out. ``setting``: what a person should then set, where the connection has another value."""

    ja: str
    en: str
    setting: Mapping[str, str] = field(default_factory=dict)


Judge = Callable[[Sequence["Reply"]], str | None]  # the answers to the asks → which way; None: these do not tell


@dataclass(slots=True, frozen=True)
class Unsure:
    """A fact nobody could look up. ``ja`` and ``en`` are the question, ``assumed`` what holds until it is settled. It is settled
    by ``asks`` with their ``judge``, or by a ``capability`` that ``identify`` found out (yes, no); else it is open, and ``how``
    says what to do about that."""

    code: str
    ja: str
    en: str
    assumed_ja: str
    assumed_en: str
    answers: Mapping[str, Settled] = field(default_factory=dict)
    asks: tuple[Ask, ...] = ()
    judge: Judge | None = None
    capability: str | None = None
    how_ja: str = ""
    how_en: str = ""

    @property
    def by_reading(self) -> bool:
        return self.capability is not None or bool(self.asks)


# ---------------------------------------------------------------- judges


def by_status(**ways: Sequence[int]) -> Judge:
    """The way whose statuses the last answer's is one of."""
    return lambda replies: next((way for way, known in ways.items() if replies[-1].status in known), None)


def header(*names: str) -> Judge:
    """Whether an answer has one of these headers (lower case)."""
    return lambda replies: YES if any(name in reply.headers for reply in replies for name in names) else NO


def more_than(count: int, *path: str) -> Judge:
    """Whether the list at a path of the last answer has more rows than that. A good answer without the list tells nothing."""

    def judge(replies: Sequence[Reply]) -> str | None:
        rows = at(replies[-1].data, *path)
        return None if not isinstance(rows, list) else YES if len(rows) > count else NO

    return judge


def either(first: Judge, then: Judge) -> Judge:
    """What the first one says, else what the second says."""
    return lambda replies: first(replies) or then(replies)


def at(data: Any, *path: str) -> Any:
    """What stands at a path of JSON objects; None where it ends before."""
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data
