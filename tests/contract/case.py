"""What a connector tells the contract suite about itself: one Case, with a Subject for each object that is looked at closely.

Everything that the spec says already (cursor, batch size, idempotency, deletes, actions) is taken from there. A Case only says
how to be let in, what valid records look like, and how a person would edit and delete in the service's own screens.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from choai.connectors import registry
from choai.connectors.contract import Acted, ObjectSpec, Session
from choai.connectors.http import ServiceSession
from choai.engine.context import object_spec
from choai.model.values import Value
from choai.sandbox.core import World
from servers import Sandbox

Values = dict[str, Value]


def _same(text: str) -> str:
    return text


@dataclass(frozen=True)
class Act:
    """How an action is tried: ``record`` makes a record it may be done to and answers its id, ``holds`` looks at what came."""

    name: str
    record: Callable[[ServiceSession], Awaitable[str]]
    args: Mapping[str, Value] = field(default_factory=dict)
    holds: Callable[[Acted], bool] = lambda acted: True


@dataclass(frozen=True)
class Subject:
    """One object. ``new(n)`` are the values of a valid new record, another one for each n, with as many kinds of fields as there
    are. ``text`` is a field that takes any text, ``note`` one of several lines and 10,000 characters; ``keeps`` is what the
    service makes of a text. ``key`` is a field besides the id that ``find`` knows and that ``new`` fills. ``wrong(n)`` is what
    the service refuses. ``rows`` counts what is really there. ``edits`` and ``erases`` are a person at the service's own
    screens, with a change that carries the sandbox's present time."""

    object: str
    new: Callable[[int], Values]
    text: str
    rows: Callable[[World], int]
    edits: Callable[[World, str, str], None]  # the id, the new value of ``text``
    note: str | None = None
    key: str | None = None
    wrong: Callable[[int], Values] | None = None
    erases: Callable[[World, str], None] | None = None
    keeps: Callable[[str], str] = _same
    shrinks: Callable[[Any, int], None] | None = None  # (monkeypatch, rows): pages of so few rows
    drifts: Callable[[World], str] | None = None  # a person adds a field; its name
    acts: Sequence[Act] = ()
    linked: bool = True  # there is an address a person can open


@dataclass(frozen=True)
class Ring:
    """A call at the webhook address. ``changed`` is what it tells; None: it is forged."""

    body: bytes
    changed: Mapping[str, Sequence[str]] | None
    headers: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One connector. ``enters(box)`` opens an identified session. ``secrets(box)`` are texts that no error may show. ``expires``
    ends every access token there is (the session then gets another). ``lacks`` names what is not tried, by "object: test"
    (without test_) or "*: test" for all its subjects, with the reason."""

    service: str
    sandbox: ModuleType
    enters: Callable[[Sandbox], AbstractAsyncContextManager[ServiceSession]]
    subjects: Sequence[Subject]
    secrets: Callable[[Sandbox], Sequence[str]]
    expires: Callable[[World], None] | None = None
    fails: Callable[[Session], Awaitable[Any]] | None = (
        None  # a plain read, to see errors with; default: the first subject's
    )
    rings: Sequence[Ring] = ()  # where the spec has a hook: genuine and forged calls
    lacks: Mapping[str, str] = field(default_factory=dict)

    def spec(self, subject: Subject) -> ObjectSpec:
        return object_spec(registry.spec(self.service), subject.object)
