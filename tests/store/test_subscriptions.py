"""Webhooks that services are asked for, as the store keeps them: on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from choai import clock
from choai.connectors.contract import Subscription
from choai.errors import ChoaiError
from choai.store import subscriptions
from choai.store.seal import load_secrets
from store.rows import a_connection, a_run, a_user, a_workspace


@pytest.fixture
def wanted(database: str) -> Any:
    """A connection whose notices somebody wants, read by one sync."""
    from choai.store.models import Pairing, Sync

    load_secrets()
    place = a_workspace()
    connection = a_connection(place)
    a_run(connection)
    Pairing.objects.update(linked=True)
    Sync.objects.update(to_right=True, to_left=False)
    subscriptions.turn(place.id, a_user(place).id, connection.id, "https://hub.example.jp", on=True)
    return connection


def later(**span: float) -> Any:
    return clock.now() + timedelta(**span)


def test_a_wish_is_told_once_and_again_when_it_changes_or_ends(wanted: Any) -> None:
    from choai.store.models import Hook, Pairing

    wish = subscriptions.wish(wanted.id)
    assert wish is not None
    assert (wish.objects, wish.known, wish.due, wish.wanted) == (("app:1",), None, True, True)
    assert wish.address.startswith(f"https://hub.example.jp/hooks/{wanted.id}/")
    assert wish.token not in repr(wish)
    subscriptions.kept(wish, Subscription("42", later(hours=24)), 6 * 3600)
    again = subscriptions.wish(wanted.id)
    assert again is not None
    assert (again.known is not None, again.due, again.address, again.token) == (True, False, wish.address, wish.token)
    held = Hook.objects.get(connection=wanted)
    assert timedelta(hours=5) < held.renew_at - clock.now() < timedelta(hours=7)
    subscriptions.kept(wish, Subscription("42", later(hours=1)), 6 * 3600)  # the service gives less than was asked for
    held.refresh_from_db()
    assert held.renew_at < later(minutes=31)
    Hook.objects.update(renew_at=clock.now())
    ending = subscriptions.wish(wanted.id)
    assert ending is not None
    assert ending.due
    Hook.objects.update(renew_at=later(hours=1))
    Pairing.objects.update(left_object="app:2")
    changed = subscriptions.wish(wanted.id)
    assert changed is not None
    assert (changed.due, changed.objects) == (True, ("app:2",))


def test_one_worker_takes_it_and_a_failure_waits(wanted: Any) -> None:
    assert subscriptions.claim(clock.now()) == []  # whoever switched it on makes the call at once
    assert subscriptions.claim(later(minutes=3)) == [wanted.id]
    assert subscriptions.claim(later(minutes=3)) == []
    wish = subscriptions.wish(wanted.id)
    assert wish is not None
    until = later(minutes=20)
    subscriptions.failed(wish, ChoaiError("throttled", until=until.isoformat()))
    assert subscriptions.claim(later(minutes=19)) == []
    assert subscriptions.claim(later(minutes=21)) == [wanted.id]
    told = subscriptions.facts(wanted)
    assert (told["wanted"], told["subscribed"], told["code"]) == (True, False, "throttled")


def test_what_was_looked_at_before_a_person_switched_does_not_count(wanted: Any) -> None:
    wish = subscriptions.wish(wanted.id)
    assert wish is not None
    subscriptions.turn(wanted.workspace_id, wish.user_id or 0, wanted.id, "https://hub.example.jp", on=False)
    subscriptions.failed(wish, ChoaiError("maintenance"))
    assert subscriptions.facts(wanted)["code"] == ""
    assert subscriptions.wish(wanted.id) is None  # neither wanted nor known to the service
