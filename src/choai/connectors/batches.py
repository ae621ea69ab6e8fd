"""Results of writes: one record per call, and answers that tell of several records at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from choai.connectors.contract import Item, Refused, Result, Unknown, Untried
from choai.connectors.fields import Table
from choai.errors import ChoaiError, Recovery
from choai.model.values import is_empty

T = TypeVar("T")
LOST = ("unknown_result", "unexpected_answer")  # of a write: it may have been acted upon


async def each(items: Sequence[Item], call: Callable[[Item], Awaitable[Result]]) -> list[Result]:
    """One call per item. What is wrong with one record refuses that one; a lost reply makes it unknown and stops; whatever stops
    the whole call (throttled, maintenance, no authorisation …) leaves the rest untried, and is raised when nothing was done
    before it. A single item's lost reply is raised as it is."""
    results: list[Result] = []
    for item in items:
        try:
            results.append(await call(item))
        except ChoaiError as error:
            if len(items) == 1 and error.recovery is not Recovery.SKIP:
                raise
            if error.code in LOST:
                results.append(Unknown(item.ref, error))
            elif error.recovery is Recovery.SKIP:
                results.append(Refused(item.ref, error))
                continue
            elif not results:
                raise
            return results + [Untried(i.ref) for i in items[len(results) :]]
    return results


def mixed(items: Sequence[Item], answers: Any, judge: Callable[[Item, Any], Result]) -> list[Result]:
    """An answer with one element per item, in their order; ``judge`` makes each a result. ``judge`` may raise what is wrong with
    its record. Raises ``unknown_result`` when the answer has another number of elements."""
    if not isinstance(answers, list) or len(answers) != len(items):
        told = len(answers) if isinstance(answers, list) else type(answers).__name__
        raise ChoaiError("unknown_result", detail=f"{told} / {len(items)}")
    return [_judged(item, answer, judge) for item, answer in zip(items, answers, strict=True)]


def _judged(item: Item, answer: Any, judge: Callable[[Item, Any], Result]) -> Result:
    try:
        return judge(item, answer)
    except ChoaiError as error:
        return Refused(item.ref, error)


async def sifted(
    items: Sequence[Item],
    prepare: Callable[[Item], Any],
    send: Callable[[list[Item], list[Any]], Awaitable[list[Result]]],
) -> list[Result]:
    """A batch of which some items may not even be sent: what ``prepare`` refuses is Refused, the rest goes to ``send`` in one
    call. Results are in the order of the items."""
    results: dict[str, Result] = {}
    ready: list[tuple[Item, Any]] = []
    for item in items:
        try:
            ready.append((item, prepare(item)))
        except ChoaiError as error:
            if error.recovery is not Recovery.SKIP:
                raise
            results[item.ref] = Refused(item.ref, error)
    if ready:
        results.update((r.ref, r) for r in await send([i for i, _ in ready], [body for _, body in ready]))
    return [results[item.ref] for item in items]


def key_of(table: Table, item: Item) -> tuple[str, Any]:
    """Field and sent value of an upsert's key. Without a value each would make a new record: ``required_missing``; so would a
    field that is not unique (any more): ``key_field_missing``."""
    name, value = item.key or ("", None)
    column = table.get(name)
    if column is None or not column.field.unique:
        raise ChoaiError("key_field_missing", app=table.object, object=table.object)
    if is_empty(value):
        raise ChoaiError("required_missing", field=column.field.ja)
    return name, table.sent(column, value)


async def afterwards(look: Awaitable[T]) -> T | None:
    """What a service made of a write. It has happened: a failure to look must not look like one of the write, and is None."""
    try:
        return await look
    except ChoaiError:
        return None
