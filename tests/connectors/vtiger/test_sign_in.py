"""Both doors: challenge and session, name and key; who it is, what there is."""

from __future__ import annotations

from datetime import datetime

import pytest

from choai.connectors import http
from choai.connectors.contract import Done, Item, Op, Refused, Window
from choai.connectors.http import ServiceSession
from choai.connectors.vtiger import api
from choai.errors import ChoaiError
from choai.sandbox import vtiger
from connectors.vtiger.conftest import enter, enter_cloud
from servers import Sandbox

REPLACED = {"success": False, "error": {"code": "INVALID_USER_CREDENTIALS", "message": "Invalid username or password"}}


async def test_a_session_knows_its_installation(session: ServiceSession) -> None:
    account = session.account
    assert account is not None
    assert (account.name, account.currency, account.plan) == ("株式会社見本商事", "JPY", "Vtiger 8.2.0")
    assert (account.user_id, account.user_name) == ("19x1", vtiger.USER)
    assert account.limits["minute"] > 60


async def test_a_challenge_that_another_login_took_away_is_asked_for_once_more(box: Sandbox) -> None:
    box.world.switch("status", match="POST /webservice.php", status=200, body=REPLACED)
    async with enter(box) as session:
        assert session.account is not None


@pytest.mark.parametrize("settings", [{"username": "nobody"}, {"username": "KEIRI "}], ids=["unknown", "blank"])
async def test_a_user_that_is_not_there(box: Sandbox, settings: dict[str, str]) -> None:
    with pytest.raises(ChoaiError) as caught:
        async with enter(box, settings=settings):
            pass
    assert caught.value.code == "reauthorise"


async def test_a_wrong_key(box: Sandbox) -> None:
    box.world.state["users"]["1"]["accesskey"] = "another"
    with pytest.raises(ChoaiError) as caught:
        async with enter(box):
            pass
    assert caught.value.code == "reauthorise"
    assert box.world.calls["POST /webservice.php"] == 2  # no more: the key may be locked by then


async def test_an_idle_session_is_renewed_and_the_write_repeated(box: Sandbox, session: ServiceSession) -> None:
    item = Item("a", {"vendorname": "一度だけ"})
    before = len(box.world.state["records"]["Vendors"])
    await api.describe(session, "Vendors")
    box.world.state["sessions"].clear()
    (done,) = await api.write(session, "Vendors", Op.CREATE, [item])
    assert isinstance(done, Done)
    assert len(box.world.state["records"]["Vendors"]) == before + 1


async def test_the_cloud_is_read_and_written(box: Sandbox) -> None:
    async with enter_cloud(box) as session:
        assert session.account is not None
        assert session.account.user_id == "19x1"
        assert session.account.limits == {"minute": 60, "day": 20_000}
        (done,) = await api.write(session, "Accounts", Op.CREATE, [Item("a", {"accountname": "雲の上"})])
        assert isinstance(done, Done)
        (found,) = await api.find(session, "Accounts", "accountname", ["雲の上"])
        assert found.id == done.record.id
        assert {o.name for o in await api.catalogue(session) if o.available} >= {"Invoice", "Users"}
    assert not box.world.calls["GET /webservice.php"]


@pytest.mark.parametrize("bodies", [True, False], ids=["with bodies", "without"])
async def test_errors_of_the_cloud(box: Sandbox, bodies: bool) -> None:
    """What the body of an error holds is not documented."""
    box.world.state["settings"]["cloud_bodies"] = bodies
    async with enter_cloud(box) as session:
        (told,) = await api.write(session, "Accounts", Op.UPDATE, [Item("a", {"phone": "1"}, id="11x999")])
        assert isinstance(told, Refused)
        assert told.error.code == ("record_not_found" if bodies else "validation_rejected")
        with pytest.raises(ChoaiError) as caught:
            await api.describe(session, "NoSuch")
        assert caught.value.code == "object_not_found"
    with pytest.raises(ChoaiError) as caught:
        async with enter_cloud(box, key="wrong"):
            pass
    assert caught.value.code == "reauthorise"


async def test_the_quota_of_the_cloud(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LONGEST_WAIT", 0.0)
    async with enter_cloud(box) as session:
        box.world.state["settings"]["limit_minute"] = 1  # several calls were made
        with pytest.raises(ChoaiError) as caught:
            await api.read(session, "Users", Window(), None)
    assert caught.value.code == "throttled"
    reset = int(box.world.now().timestamp()) // 60 * 60 + 60
    assert abs(datetime.fromisoformat(str(caught.value.facts["until"])).timestamp() - reset) < 62


async def test_modules_that_are_off_and_a_user_who_is_no_administrator(box: Sandbox) -> None:
    box.world.state["off"].append("Quotes")
    box.world.state["users"]["1"]["is_admin"] = "off"
    async with enter(box) as session:
        found = {o.name: o for o in await api.catalogue(session)}
    assert [n for n, o in found.items() if not o.available] == ["Quotes", "Users"]
    assert found["Quotes"].reason == "object_not_found"


async def test_8_3_0_is_said_to_take_headers_only(box: Sandbox) -> None:
    box.world.state["settings"]["version"] = "8.3.0"
    async with enter(box) as session:
        assert {o.name for o in await api.catalogue(session) if o.note} == {
            "Quotes",
            "SalesOrder",
            "PurchaseOrder",
            "Invoice",
        }


async def test_a_link_opens_the_page(session: ServiceSession) -> None:
    (first, *_) = (await api.read(session, "Accounts", Window(), None)).records
    address = api.link(session.settings, session.account, "Accounts", first.id)
    assert address is not None
    assert address.endswith(f"/index.php?module=Accounts&view=Detail&record={first.id[3:]}")
    assert api.link({}, None, "Accounts", first.id) is None
