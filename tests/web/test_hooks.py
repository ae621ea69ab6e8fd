"""Webhooks in: verified, told once, gathered into one run, and refused when they are not genuine."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import urllib.error
import urllib.request
from datetime import timedelta
from typing import Any

import pytest

from choai import clock
from web.furniture import a_sync, connections
from web.site import Cast

SOON = timedelta(seconds=4)


def ring(url: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(
        url, data=body, method="POST", headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def told(number: int, app: str = "1", kind: str = "UPDATE_RECORD") -> bytes:
    record = {"$id": {"type": "__ID__", "value": str(number)}}
    return json.dumps(
        {"id": f"call-{number}", "type": kind, "app": {"id": app, "name": "取引先"}, "record": record}
    ).encode()


class Place:
    """A workspace with kintone and freee, partners linked from kintone to freee, its schedule enabled."""

    def __init__(self, cast: Cast) -> None:
        from choai.store.models import Schedule, Sync

        self.cast = cast
        self.crm, self.books = connections(cast.workspace_id, cast.owner_id)
        self.sync = a_sync(cast.workspace_id, cast.owner_id, self.crm, self.books)
        Sync.objects.filter(id=self.sync.id).update(to_left=False, to_right=True)
        Schedule.objects.filter(id=self.sync.schedule_id).update(enabled=True)
        self.url = cast.owner.get(f"/api/connections/{self.crm.id}/hook").data["address"]

    def begin(self, after: timedelta = SOON) -> list[int]:
        from choai.store import hooks

        return hooks.begin_due(clock.now() + after)

    def nudges(self) -> list[int]:
        from choai.store.models import Nudge

        return list(Nudge.objects.values_list("sync_id", flat=True))


@pytest.fixture
def place(cast: Cast) -> Place:
    return Place(cast)


def test_calls_within_seconds_become_one_run(place: Place) -> None:
    from choai.store.models import Run

    for number in range(5):
        assert ring(place.url, told(number)) == (200, b"")
    assert place.nudges() == [place.sync.id]
    assert place.begin(timedelta(seconds=1)) == []  # they are gathered first
    (run_id,) = place.begin()
    run = Run.objects.get(id=run_id)
    assert (run.trigger, run.settings["to_right"], run.settings["to_left"]) == ("hook", True, False)
    assert run.run_as_id == place.cast.owner_id
    assert place.begin(timedelta(hours=1)) == []
    shown = place.cast.owner.get(f"/api/connections/{place.crm.id}/hook").data
    assert shown["heard_at"] is not None
    assert shown["refused"] == 0


def test_the_same_call_again_does_nothing(place: Place) -> None:
    ring(place.url, told(1))
    (run_id,) = place.begin()
    end(run_id)
    assert ring(place.url, told(1)) == (200, b"")
    assert place.nudges() == []
    ring(place.url, told(2))
    assert len(place.begin()) == 1


def end(run_id: int, state: str = "succeeded") -> None:
    from choai.store.models import Run

    Run.objects.filter(id=run_id).update(state=state, phase="done", ended_at=clock.now())


def test_a_sync_at_work_gets_a_run_afterwards(place: Place) -> None:
    ring(place.url, told(1))
    (first,) = place.begin()
    ring(place.url, told(2))
    assert place.begin() == []
    end(first)
    assert place.begin(SOON) == []  # not asked for every second
    (second,) = place.begin(timedelta(minutes=1))
    assert second != first


def test_a_plan_that_waits_for_a_person_is_not_thrown_away(place: Place) -> None:
    from choai.store.models import Run

    ring(place.url, told(1))
    (first,) = place.begin()
    end(first, "held")
    ring(place.url, told(2))
    assert place.begin() == []
    assert Run.objects.get(id=first).state == "held"
    end(first)
    assert len(place.begin(timedelta(minutes=2))) == 1


def test_a_call_that_comes_while_its_run_is_begun_is_not_forgotten(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from choai.store import hooks, runs

    real = runs.create_run

    def slowly(*args: Any, **more: Any) -> int:
        run_id = real(*args, **more)
        ring(place.url, told(99))
        return run_id

    monkeypatch.setattr(hooks.runs, "create_run", slowly)
    ring(place.url, told(1))
    (first,) = place.begin()
    assert place.nudges() == [place.sync.id]
    monkeypatch.setattr(hooks.runs, "create_run", real)
    end(first)
    assert len(place.begin(timedelta(minutes=1))) == 1


@pytest.mark.parametrize("off", ["schedule", "direction", "link", "object", "comment"])
def test_only_syncs_that_read_it_and_run_by_themselves_are_begun(place: Place, off: str) -> None:
    from choai.store.models import Pairing, Schedule, Sync

    call = told(1)
    if off == "schedule":
        Schedule.objects.update(enabled=False)
    elif off == "direction":
        Sync.objects.update(to_left=True, to_right=False)
    elif off == "link":
        Pairing.objects.update(linked=False)
    elif off == "object":
        call = told(1, app="2")
    else:
        call = told(1, kind="ADD_RECORD_COMMENT")
    assert ring(place.url, call) == (200, b"")
    assert place.nudges() == []


def test_what_is_switched_off_in_between_is_not_begun(place: Place) -> None:
    from choai.store.models import Schedule

    ring(place.url, told(1))
    Schedule.objects.update(enabled=False)
    assert place.begin() == []
    assert place.nudges() == []


def test_a_wrong_address_is_refused_counted_and_noted_once(place: Place) -> None:
    from choai.store.models import AuditEntry, Hook

    wrong = place.url[:-3] + "xyz"
    for _ in range(20):
        assert ring(wrong, told(1)) == (404, b"")
    assert ring(place.url.replace(f"/{place.crm.id}/", "/999999/"), told(1)) == (404, b"")
    assert place.nudges() == []
    assert Hook.objects.get(connection=place.crm).refused == 1  # a flood costs one count every few seconds
    notes = AuditEntry.objects.filter(action="hook.refused")
    assert [note.subject for note in notes] == [place.crm.name]
    assert place.url.rsplit("/", 1)[1] not in str(list(notes.values()))
    waiting = place.cast.owner.get("/api/dashboard").data["attention"]
    assert [a["link"] for a in waiting if a["problem"]["code"] == "hook_refused"] == [f"/connections/{place.crm.id}"]


def test_nonsense_and_other_methods_are_refused(place: Place) -> None:
    assert ring(place.url, b"not JSON")[0] == 400
    assert ring(place.url, b"x" * (1024 * 1024 + 1))[0] == 413
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(place.url, timeout=30)
    with refused.value:
        assert refused.value.code == 405
    assert place.nudges() == []


def test_the_address_is_told_only_to_those_who_may_connect_and_can_be_renewed(place: Place) -> None:
    path = f"/api/connections/{place.crm.id}/hook"
    assert place.cast.operator.get(path).status == 403
    assert place.cast.stranger.get(path).code == "not_found"
    assert place.cast.owner.get(path).data["address"] == place.url
    fresh = place.cast.owner.post(f"{path}/renew").data["address"]
    assert fresh != place.url
    assert ring(place.url, told(1))[0] == 404
    assert ring(fresh, told(1))[0] == 200
    detail = place.cast.viewer.get(f"/api/connections/{place.crm.id}").body.decode()
    assert fresh.rsplit("/", 1)[1] not in detail


def test_a_connection_that_was_removed_hears_nothing(place: Place) -> None:
    place.cast.owner.delete(f"/api/connections/{place.crm.id}", force="true")
    assert ring(place.url, told(1)) == (404, b"")


def test_a_signed_call_and_xeros_intent_to_receive(cast: Cast) -> None:
    from choai.store import connections as store

    key = "signing-key"
    settings = {"client_id": "abc", "client_secret": "s3cr3t", "webhook_key": key}
    row = store.create(cast.workspace_id, cast.owner_id, service="xero", name="Xero", auth="oauth", settings=settings)
    shown = cast.owner.get(f"/api/connections/{row.id}/hook").data
    assert (shown["offered"], shown["proof"], shown["secret_set"]) == (True, "signature", True)

    def signed(body: bytes, by: str) -> tuple[int, bytes]:
        proof = base64.b64encode(hmac.new(by.encode(), body, hashlib.sha256).digest()).decode()
        return ring(shown["address"], body, x_xero_signature=proof)

    intent = json.dumps(
        {"events": [], "firstEventSequence": 0, "lastEventSequence": 0, "entropy": "S0m3r4Nd0mt3xt"}
    ).encode()
    assert signed(intent, key) == (200, b"")
    assert signed(intent, "another key") == (401, b"")
    assert ring(shown["address"], intent) == (401, b"")
    assert cast.owner.get(f"/api/connections/{row.id}/hook").data["refused"] == 1


def test_a_worker_begins_nudged_runs(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from choai.runtime import nudges, worker
    from choai.store import hooks

    monkeypatch.setattr(hooks, "GATHER", timedelta(0))
    ring(place.url, told(1))
    assert len(nudges.begin()) == 1
    assert worker.nudges is nudges


def test_marks_of_old_calls_are_forgotten(place: Place) -> None:
    from choai.store import hooks
    from choai.store.models import HookCall

    ring(place.url, told(1))
    assert hooks.forget(clock.now()) == 0
    assert hooks.forget(clock.now() + timedelta(days=4)) == 1
    assert not HookCall.objects.exists()
