"""Webhooks that Choai asks a service for: made, renewed, taken back, and what arrives because of them."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from choai import clock
from choai.connectors.zoho_crm.spec import SPEC
from choai.sandbox import grants, zoho_crm
from choai.sandbox.zoho_crm import channels
from servers import Sandbox, sandbox
from web.furniture import connections
from web.site import Cast
from web.test_hooks import ring

SCOPES = ",".join(SPEC.oauth.scopes) if SPEC.oauth else ""


class Place:
    """A workspace with Zoho CRM and freee; accounts go from Zoho CRM to freee."""

    def __init__(self, cast: Cast, box: Sandbox) -> None:
        from choai.model.mapping import MappingRow, MatchKey
        from choai.presets.freee_kintone import Draft
        from choai.store import connections as store
        from choai.store import masters
        from choai.store.models import Connection, Schedule, Sync
        from choai.store.tokens import store_grant

        self.cast, self.box = cast, box
        _, books = connections(cast.workspace_id, cast.owner_id)
        settings = {"client_id": "x", "client_secret": "y", "base_url": box.base_url, "accounts_url": box.base_url}
        crm = store.create(
            cast.workspace_id, cast.owner_id, service="zoho_crm", name="Zoho", auth="oauth", settings=settings
        )
        Connection.objects.filter(id=crm.id).update(state="ready", account={"id": "90000000777", "name": "青空商店"})
        grant = grants.new_grant(box.world, zoho_crm.DEMO_CLIENT_ID, user=zoho_crm.USER, scope=SCOPES)
        self.access = grants.issue(box.world, zoho_crm.RULES, grant)["access_token"]
        store_grant(crm.id, cast.owner_id, self.access, "", 4_000_000_000.0)
        row, key = MappingRow("Account_Name", "name"), MatchKey("Account_Name", "name", "name")
        draft = Draft(rows=[row], match_keys=[key], selection={"all": [], "left": [], "right": []})
        self.sync = masters.link(
            cast.workspace_id, cast.owner_id, "partner", left=crm, left_object="Accounts", right=books, draft=draft
        )
        Sync.objects.filter(id=self.sync.id).update(to_left=False, to_right=True)
        Schedule.objects.filter(id=self.sync.schedule_id).update(enabled=True)
        self.crm, self.path = crm, f"/api/connections/{crm.id}/hook"

    def turn(self, on: bool) -> dict[str, Any]:
        answer = self.cast.owner.post(f"{self.path}/subscribe", {"on": on})
        assert answer.status == 200, answer.body
        return dict(answer.data)

    def shown(self) -> dict[str, Any]:
        return dict(self.cast.owner.get(self.path).data)

    def channels(self) -> list[dict[str, Any]]:
        return channels.alive(self.box.world)

    def looks(self, after: timedelta = timedelta(minutes=3)) -> list[int]:
        """A worker's housekeeping, so much later."""
        from choai.connectors import http
        from choai.runtime import subscribing
        from choai.store import subscriptions

        found = subscriptions.claim(clock.now() + after)

        async def keep() -> None:
            for connection_id in found:
                await subscribing.keep(connection_id)
            await http.close()

        asyncio.run(keep())
        return found

    def nudged(self) -> list[int]:
        from choai.store.models import Nudge

        return list(Nudge.objects.values_list("sync_id", flat=True))


@pytest.fixture
def place(cast: Cast) -> Iterator[Place]:
    with sandbox(zoho_crm) as box:
        yield Place(cast, box)


def test_what_is_asked_for_arrives_and_begins_the_sync(place: Place) -> None:
    """From the switch to a run: the service calls us by itself when a record changes."""
    from choai.store import hooks

    before = place.shown()
    assert (before["subscribes"], before["wanted"], before["subscribed"]) == (True, False, False)
    told = place.turn(True)
    assert (told["wanted"], told["subscribed"], told["waiting"], told["problem"]) == (True, True, False, None)
    (channel,) = place.channels()
    assert channel["events"] == ["Accounts.all"]
    assert channel["notify_url"] == told["address"]
    assert datetime.fromisoformat(told["expires_at"]) > datetime.now(UTC) + timedelta(hours=20)
    assert channel["token"] not in str(place.shown())
    id = next(iter(place.box.world.state["records"]["Accounts"]))
    url, scheme = f"{place.box.base_url}/crm/v8/Accounts/{id}", {"Authorization": f"Zoho-oauthtoken {place.access}"}
    request = urllib.request.Request(url, data=b'{"data":[{"Phone":"03-0000-1111"}]}', method="PUT", headers=scheme)
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
    until = time.monotonic() + 20
    while not place.nudged() and time.monotonic() < until:
        time.sleep(0.05)
    assert place.nudged() == [place.sync.id]
    assert len(hooks.begin_due(clock.now() + timedelta(seconds=10))) == 1
    assert place.shown()["heard_at"] is not None


def test_a_forged_notice_is_refused_and_counted(place: Place) -> None:
    place.turn(True)
    id = next(iter(place.box.world.state["records"]["Accounts"]))
    ((address, body),) = channels.notices(place.box.world, "Accounts", "update", [id])
    (channel,) = place.channels()
    forged = body.replace(channel["token"].encode(), b"another-token")
    assert ring(address, forged) == (401, b"")
    assert place.nudged() == []
    assert place.shown()["refused"] == 1
    assert ring(address, body) == (200, b"")
    assert place.nudged() == [place.sync.id]
    assert ring(address, body.replace(b'"Accounts"', b'"Contacts"', 1)) == (200, b"")  # nobody reads these


def test_it_is_renewed_before_it_ends(place: Place) -> None:
    place.turn(True)
    (first,) = place.channels()
    assert place.looks() == [place.crm.id]
    assert place.channels() == [first]  # nothing to do yet
    clock.set_clock(lambda: datetime.now(UTC) + timedelta(hours=7))
    try:
        assert place.looks() == [place.crm.id]
        assert place.looks(timedelta(0)) == []  # not every second
    finally:
        clock.set_clock(None)
    (second,) = place.channels()
    assert second["channel_id"] == first["channel_id"]
    assert second["channel_expiry"] > first["channel_expiry"]


def test_one_that_the_service_has_forgotten_is_made_anew(place: Place) -> None:
    from choai.store.models import Hook

    place.turn(True)
    place.box.world.state["channels"].clear()
    Hook.objects.update(renew_at=clock.now() - timedelta(seconds=1))
    place.looks()
    assert len(place.channels()) == 1
    assert place.shown()["subscribed"]


def test_a_new_address_and_other_syncs_are_told(place: Place) -> None:
    from choai.store.models import Pairing

    place.turn(True)
    fresh = place.cast.owner.post(f"{place.path}/renew").data["address"]
    place.looks()
    (channel,) = place.channels()
    assert channel["notify_url"] == fresh
    Pairing.objects.filter(id=place.sync.pairing_id).update(left_object="Contacts")
    place.looks()
    (channel,) = place.channels()
    assert channel["events"] == ["Contacts.all"]


def test_without_a_sync_that_reads_nothing_is_asked_for(place: Place) -> None:
    from choai.store.models import Schedule

    place.turn(True)
    Schedule.objects.update(enabled=False)
    place.looks()
    assert place.channels() == []
    assert (place.shown()["waiting"], place.shown()["subscribed"]) == (True, False)
    Schedule.objects.update(enabled=True)
    place.looks()
    assert len(place.channels()) == 1


def test_turned_off_it_is_taken_back(place: Place) -> None:
    from choai.store.models import AuditEntry

    place.turn(True)
    told = place.turn(False)
    assert (told["wanted"], told["subscribed"], told["expires_at"]) == (False, False, None)
    assert place.channels() == []
    assert place.looks() == []
    actions = AuditEntry.objects.filter(action__startswith="hook.").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["hook.subscribe", "hook.unsubscribe"]


def test_turned_off_while_the_service_is_away_it_is_forgotten_all_the_same(place: Place) -> None:
    place.turn(True)
    place.box.world.switch("maintenance", match="DELETE")
    assert place.turn(False)["problem"] is None
    assert place.looks() == []


def notes() -> list[tuple[str, Any]]:
    from choai.store.models import AuditEntry

    found = AuditEntry.objects.filter(action__in=("hook.unsubscribe", "connection.delete")).order_by("id")
    return list(found.values_list("action", "after"))


def test_with_the_connection_it_goes_too(place: Place) -> None:
    place.turn(True)
    path = f"/api/connections/{place.crm.id}"
    assert place.cast.owner.delete(path).code == "connection_in_use"
    assert place.cast.operator.delete(path, force="true").status == 403
    assert len(place.channels()) == 1  # whoever was refused has stopped nothing
    assert place.cast.owner.delete(path, force="true").status == 200
    assert place.channels() == []
    assert notes() == [("hook.unsubscribe", None), ("connection.delete", None)]


@pytest.mark.parametrize("silent", [False, True])
def test_a_service_that_is_away_does_not_keep_the_connection(
    place: Place, silent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from choai.runtime import subscribing

    place.turn(True)
    if silent:
        monkeypatch.setattr(subscribing, "LEAVE_SECONDS", 0.0)
    else:
        place.box.world.switch("maintenance", match="DELETE")
    assert place.cast.owner.delete(f"/api/connections/{place.crm.id}", force="true").status == 200
    assert place.cast.owner.get(f"/api/connections/{place.crm.id}").code == "not_found"
    code = "timeout" if silent else "maintenance"
    assert notes() == [("hook.unsubscribe", {"code": code}), ("connection.delete", None)]


def test_what_goes_wrong_is_told_and_tried_again(place: Place) -> None:
    place.box.world.switch(
        "status", match="actions/watch", status=403, body={"code": "NO_PERMISSION", "message": "no", "details": {}}
    )
    told = place.turn(True)
    assert (told["wanted"], told["subscribed"]) == (True, False)
    assert told["problem"]["code"] == "no_permission"
    waiting = place.cast.owner.get("/api/dashboard").data["attention"]
    assert ("no_permission", f"/connections/{place.crm.id}") in [(a["problem"]["code"], a["link"]) for a in waiting]
    assert place.looks(timedelta(minutes=1)) == []
    place.looks(timedelta(minutes=6))
    assert (place.shown()["subscribed"], place.shown()["problem"]) == (True, None)


def test_only_one_worker_looks_and_a_removed_connection_is_left_alone(place: Place) -> None:
    from choai.store import subscriptions

    place.turn(True)
    later = clock.now() + timedelta(minutes=3)
    assert subscriptions.claim(later) == [place.crm.id]
    assert subscriptions.claim(later) == []
    place.cast.owner.delete(f"/api/connections/{place.crm.id}", force="true")
    assert subscriptions.claim(later + timedelta(hours=1)) == []


def test_only_those_who_may_connect_switch_it_and_only_where_it_is_offered(place: Place) -> None:
    path = f"{place.path}/subscribe"
    assert place.cast.operator.post(path, {"on": True}).status == 403
    assert place.cast.stranger.post(path, {"on": True}).code == "not_found"
    assert place.channels() == []
    crm, _ = connections(place.cast.workspace_id, place.cast.owner_id)
    assert place.cast.owner.post(f"/api/connections/{crm.id}/hook/subscribe", {"on": True}).code == "bad_request"


def test_a_worker_lets_it_run_on_its_loop(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from choai.runtime import durable, worker
    from choai.store.models import Hook

    place.turn(True)
    Hook.objects.update(look_at=clock.now())
    begun: list[Any] = []
    monkeypatch.setattr(durable, "soon", lambda work: begun.append(work.close()))
    worker.subscribe()
    worker.subscribe()
    assert len(begun) == 1
