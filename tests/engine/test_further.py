"""What only some services have: listed deletes, and pages that the service prepares first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from choai.connectors.contract import DeleteSignal, Gone, Page, Window
from choai.errors import ChoaiError
from choai.store.models import Binding
from engine.world import World, counts, world

pytestmark = pytest.mark.usefixtures("database")
Deletes = Callable[[datetime, str | None], Gone]


def listing(w: World, answer: Deletes) -> list[tuple[datetime, str | None]]:
    """Let the left service list deletes; what it was asked."""
    asked: list[tuple[datetime, str | None]] = []

    async def deleted(session: Any, object: str, since: datetime, token: str | None) -> Gone:
        asked.append((since, token))
        return answer(since, token)

    setattr(w.left, "deleted", deleted)  # noqa: B010  (a function that most services do not have)
    return asked


def states() -> dict[str, str]:
    return dict(Binding.objects.values_list("left_id", "state"))


@pytest.mark.req("FK-60")
def test_listed_deletes_mark_the_bound_records_page_by_page_and_delete_nothing() -> None:
    w = world(left={"deletes": DeleteSignal.LISTED})
    first, second, third = (w.left.add(name=f"取引先{n}") for n in range(3))
    pages = {None: Gone([first, "c999"], "more"), "more": Gone([second])}
    asked = listing(w, lambda _, token: pages[token])
    assert counts(w.run()) == {"created": 3}
    assert asked == []  # the first run reads everything: absence tells by itself
    w.left.drop(first)
    w.left.drop(second)
    assert counts(w.run()) == {}
    assert [token for _, token in asked] == [None, "more"]
    assert all(since < w.clock.now() - timedelta(minutes=30) for since, _ in asked)
    assert states() == {first: "missing_left", second: "missing_left", third: "ok"}
    assert len(w.right.records) == 3


def test_deletes_that_are_not_listed_in_full_are_not_believed_and_the_side_is_read_in_full() -> None:
    w = world(left={"deletes": DeleteSignal.LISTED})
    first, second = (w.left.add(name=name) for name in ("青空商事", "海山工業"))
    listing(w, lambda *_: Gone([first], incomplete="incomplete_answer"))
    w.run()
    w.left.drop(second)
    run = w.run()
    assert (run.state, counts(run)) == ("succeeded", {})
    assert states() == {first: "ok", second: "missing_left"}
    assert counts(w.run()) == {}


def test_a_service_that_lists_no_deletes_is_not_asked() -> None:
    w = world()
    w.left.add(name="取引先")
    asked = listing(w, lambda *_: Gone([]))
    w.run()
    w.run()
    assert asked == []


def test_the_run_waits_while_the_service_prepares_its_answer() -> None:
    w = world()
    ids = [w.left.add(name=f"取引先{n}") for n in range(5)]
    inner = w.left.read
    waits: list[str | None] = []

    async def read(session: Any, object: str, window: Window, token: str | None) -> Page:
        if not window.patient:
            return await inner(session, object, window, token)
        if token is None or (token.startswith("job") and len(waits) < 3):
            waits.append(token)
            return Page([], next="job:1", wait_seconds=45)
        return await inner(session, object, window, None if token.startswith("job") else token)

    setattr(w.left, "read", read)  # noqa: B010  (the toy's own, replaced)
    began = w.clock.now()
    run = w.go(w.start())
    assert counts(run) == {"created": len(ids)}
    assert waits == [None, "job:1", "job:1"]
    assert w.clock.now() - began >= timedelta(seconds=3 * 45)


def test_a_job_that_fails_ends_the_run_as_any_read_does() -> None:
    w = world()

    async def read(session: Any, object: str, window: Window, token: str | None) -> Page:
        if token is None:
            return Page([], next="job:1", wait_seconds=1)
        raise ChoaiError("unexpected_answer")

    setattr(w.left, "read", read)  # noqa: B010  (the toy's own, replaced)
    run = w.go(w.start())
    assert (run.state, run.error_code) == ("error", "unexpected_answer")
