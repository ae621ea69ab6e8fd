"""Which organisation a connection is, and what it may do."""

from __future__ import annotations

from typing import Any

import pytest

from choai.connectors.contract import Item, Op, Window
from choai.connectors.http import ServiceSession
from choai.connectors.xero import api
from choai.errors import ChoaiError
from choai.sandbox import grants, xero
from connectors.session import opened
from servers import Sandbox


def entered(box: Sandbox, tenants: tuple[str, ...] = (xero.GLOBAL,), **settings: Any) -> Any:
    token = ""
    for tenant in tenants:
        token = xero.sign_in(box.world, tenant=tenant)["access_token"]
    return opened("xero", {"base_url": box.base_url, **settings}, tokens=[token])


async def test_the_organisation_is_the_one_authorised_last(box: Sandbox) -> None:
    async with entered(box, (xero.GLOBAL, xero.STARTER)) as session:
        assert session.account is not None
        assert (session.account.id, session.account.plan) == (xero.STARTER, "STARTER")
        assert {c["id"] for c in session.account.choices} == {xero.GLOBAL, xero.STARTER}
        assert session.account.capabilities["UseMulticurrency"] is False
        # and stays it when another one is authorised later
        xero.sign_in(box.world, tenant=xero.GLOBAL)
        assert (await api.identify(session)).id == xero.STARTER


async def test_the_organisation_of_the_settings(box: Sandbox) -> None:
    async with entered(box, (xero.GLOBAL, xero.STARTER), tenant_id=xero.GLOBAL) as session:
        assert session.account is not None
        account = session.account
        assert (account.name, account.currency, account.time_zone) == ("帳合テスト株式会社", "JPY", "Asia/Tokyo")


async def test_an_organisation_that_is_not_authorised(box: Sandbox) -> None:
    with pytest.raises(ChoaiError) as caught:
        async with entered(box, tenant_id=xero.STARTER):
            pass
    assert caught.value.code == "company_not_found"


async def test_no_organisation_asks_for_consent(box: Sandbox) -> None:
    async with entered(box) as session:
        box.world.state["connections"].clear()
        with pytest.raises(ChoaiError) as caught:
            await api.identify(session)
        assert caught.value.code == "reauthorise"
        with pytest.raises(ChoaiError) as caught:
            await api.read(session, "contact", Window(), None)
        assert caught.value.code == "reauthorise"


@pytest.mark.parametrize(("limit", "told"), [(5000, 5000), (1000, 1000)])
async def test_the_tier_shows_in_what_is_left_of_the_day(box: Sandbox, limit: int, told: int) -> None:
    box.world.state["settings"]["limit_day"] = limit
    async with entered(box) as session:
        assert session.account is not None
        assert session.account.limits["day"] == told


async def test_a_custom_connection_signs_in_by_itself(box: Sandbox) -> None:
    settings = {"base_url": box.base_url, "identity_url": box.base_url, "client_id": xero.CUSTOM_CLIENT_ID}
    secrets = {"client_secret": xero.DEMO_CLIENT_SECRET}
    async with opened("xero", settings, secrets=secrets, auth="client_credentials") as session:
        assert session.account is not None
        assert session.account.id == xero.GLOBAL
        grants.expire(box.world)
        assert (await api.read(session, "contact", Window(), None)).records


async def test_receipts_only_when_asked_for(box: Sandbox) -> None:
    for setting, there in (("no", False), ("yes", True)):
        async with entered(box, receipts=setting) as session:
            found = {o.name: o.available for o in await api.catalogue(session)}
            assert found["receipt"] is there


async def test_a_missing_scope_is_told(box: Sandbox) -> None:
    scope = "offline_access accounting.contacts.read accounting.settings"
    token = xero.sign_in(box.world, scope=scope)["access_token"]
    async with opened("xero", {"base_url": box.base_url}, tokens=[token]) as session:
        assert (await api.read(session, "contact", Window(), None)).records
        for call in (
            api.read(session, "invoice", Window(), None),
            api.write(session, "contact", Op.CREATE, [Item("1", {"Name": "権限なし"})]),
        ):
            with pytest.raises(ChoaiError) as caught:
                await call
            assert caught.value.code == "app_permission_missing"


async def test_links_open_in_the_organisation(box: Sandbox, session: ServiceSession) -> None:
    plain = api.link({}, None, "invoice", "a-b")
    assert plain == "https://go.xero.com/AccountsReceivable/View.aspx?InvoiceID=a-b"
    there = api.link({"short_code": "!7Kt2C"}, None, "bill", "a-b")
    assert there == (
        "https://go.xero.com/organisationlogin/default.aspx?shortcode=%217Kt2C"
        "&redirecturl=/AccountsPayable/Edit.aspx%3FInvoiceID%3Da-b"
    )
    assert api.link({}, None, "tax_rate", "TAX001") is None
