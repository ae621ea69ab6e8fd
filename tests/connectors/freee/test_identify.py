from __future__ import annotations

from typing import Any

import pytest

from choai.connectors.freee import api
from choai.connectors.freee.spec import DOCUMENTS, SPEC
from choai.errors import ChoaiError
from choai.sandbox import freee
from connectors.session import opened

from .conftest import Link


async def test_an_enterprise_company(link: Link) -> None:
    async with link() as session:
        account = session.account
        assert account is not None
        assert (account.id, account.name) == (str(freee.ENTERPRISE), "株式会社帳合商会")
        assert (account.user_id, account.user_name, account.currency) == ("501", "湯浅 佳乃", "JPY")
        assert all(account.capabilities[name] for name in ("segment_1", "segment_2", "segment_3", "scheduled_sync"))
        assert account.capabilities["partner_code"] is False
        assert account.limits == {"day": 5000, "minute": 300}  # the plan is not told: the lower of the two that fit
        assert [c["id"] for c in account.choices] == [str(freee.ENTERPRISE), str(freee.STARTER)]
        assert all(info.available for info in await api.catalogue(session))


@pytest.mark.req("FK-01", "FK-19")
async def test_a_starter_company_has_no_segments(link: Link) -> None:
    async with link(company=freee.STARTER) as session:
        account = session.account
        assert account is not None
        assert account.capabilities["scheduled_sync"] is False
        assert account.reasons["scheduled_sync"] == "plan_not_eligible"
        assert account.capabilities["payment_terms"] is True
        assert account.limits["day"] == 3000
        found = {info.name: info for info in await api.catalogue(session)}
        assert [found[f"segment_{n}"].reason for n in (1, 2, 3)] == ["freee_plan_limit"] * 3
        assert found["partner"].available


@pytest.mark.req("FK-19")
async def test_segment_one_works_where_two_and_three_do_not(freee_sandbox: Any, link: Link) -> None:
    freee_sandbox.world.state["settings"]["plan"] = "advance"
    async with link() as session:
        infos = {info.name: info.available for info in await api.catalogue(session)}
        assert [infos[f"segment_{n}"] for n in (1, 2, 3)] == [True, False, False]


async def test_a_plan_that_answers_400_for_its_segments(freee_sandbox: Any, link: Link) -> None:
    freee_sandbox.world.state["settings"] |= {"plan": "starter", "segment_gate": 400}
    async with link() as session:
        assert session.account is not None
        assert session.account.reasons["segment_1"] == "freee_plan_limit"


@pytest.mark.req("FK-01")
@pytest.mark.parametrize(
    ("plan", "eligible", "daily"),
    [("enterprise", True, 10000), ("professional", True, 5000), ("keiri", True, 3000), ("personal", False, 3000)],
)
async def test_the_plan_setting_wins(link: Link, plan: str, eligible: bool, daily: int) -> None:
    async with link(plan=plan, calls_per_minute="600") as session:
        assert session.account is not None
        assert session.account.capabilities["scheduled_sync"] is eligible
        assert session.account.limits == {"day": daily, "minute": 600}


@pytest.mark.req("FK-58")
async def test_a_user_without_rights(link: Link) -> None:
    async with link(user=freee.USER_NONE) as session:
        account = session.account
        assert account is not None
        assert not any(account.capabilities[name] for name in ("partner", "tag", "segment_1", "partner_write"))
        assert account.reasons["partner"] == account.reasons["tag_write"] == "no_permission"
        with pytest.raises(ChoaiError) as refused:
            await api.read(session, "partner", api.Window(), None)
        assert refused.value.code == "no_permission"
        assert refused.value.facts["user"] == "戸川 美咲"
        assert refused.value.facts["permission"] == "取引先"


async def test_company_choice(freee_sandbox: Any, link: Link) -> None:
    with pytest.raises(ChoaiError, match="company_not_found"):
        async with link(company_id=""):
            pass
    with pytest.raises(ChoaiError, match="company_not_found"):
        async with link(company_id="999"):
            pass
    async with link(user=freee.USER_GENERAL, company_id="") as session:  # member of one company only
        assert session.account is not None
        assert session.account.id == str(freee.ENTERPRISE)


async def test_maintenance_and_token_are_not_mistaken_for_a_plan(freee_sandbox: Any, link: Link) -> None:
    freee_sandbox.world.switch("maintenance", match="segments/2", times=None)
    with pytest.raises(ChoaiError, match="maintenance"):
        async with link():
            pass


async def test_code_mode_and_segment_codes(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        assert (await api.describe(session, "partner")).get("code") is None
        assert (await api.describe(session, "segment_1")).get("code") is not None
        first = (await api.describe(session, "partner")).revision
    freee_sandbox.world.state["settings"] |= {"use_partner_code": True, "segment_code": False}
    async with link() as session:
        partner = await api.describe(session, "partner")
        code = partner.get("code")
        assert code is not None
        assert (code.required, code.on_create, code.on_update, code.unique) == (True, True, False, True)
        assert (await api.describe(session, "segment_1")).get("code") is None
        assert partner.revision != first
    with pytest.raises(ChoaiError, match="object_not_found"):
        await api.describe(session, "invoice")


@pytest.mark.req("FK-04")
def test_granted_takes_the_company_as_text_or_number() -> None:
    assert api.granted({"company_id": "123456"}) == api.granted({"company_id": 123456}) == {"company_id": "123456"}
    assert api.granted({"access_token": "x"}) == {}


def test_links() -> None:
    assert api.link({}, None, "partner", "5") == "https://secure.freee.co.jp/partners/5?company_id="
    own = {"web_url": "http://127.0.0.1:1/", "company_id": "9"}
    assert api.link(own, None, "segment_2", "7") == "http://127.0.0.1:1/segments/2?company_id=9&id=7"
    assert api.link(own, None, "tag", "7") == "http://127.0.0.1:1/tags?company_id=9&id=7"
    assert api.link(own, None, "tax_code", "136") is None


async def test_links_open_in_the_sandbox(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        for name in ("partner", "tag", "segment_3"):
            record = (await api.read(session, name, api.Window(), None)).records[0]
            address = str(record.values["url"])
            answer = await session.call("GET", address, ok=(200,))
            assert str(record.values["name"]).split("&")[0][:5] in answer.text


async def test_a_plan_without_expense_applications(freee_sandbox: Any, link: Link) -> None:
    freee_sandbox.world.state["settings"]["expenses"] = False
    async with link() as session:
        infos = {info.name: info for info in await api.catalogue(session)}
        assert infos["expense_application"].reason == "freee_plan_limit"
        assert infos["deal_income"].available


async def test_an_app_that_may_not_see_deals(freee_sandbox: Any, link: Link) -> None:
    freee_sandbox.world.state["settings"]["app_permissions"] = {"deals": "none"}
    async with link() as session:
        infos = {info.name: info for info in await api.catalogue(session)}
        assert infos["deal_income"].reason == infos["deal_expense"].reason == "app_permission_missing"
        assert infos["partner"].available


@pytest.mark.req("FK-13", "FK-14")
def test_directions_of_the_matrix() -> None:
    written = {o.name for o in SPEC.objects if o.can_create and o.can_update}
    assert written == {"partner", "tag", "segment_1", "segment_2", "segment_3", *DOCUMENTS}
    assert {o.name for o in SPEC.objects} - written == {
        "item", "section", "account_item", "tax_code", "walletable", "expense_category",
    }  # fmt: skip


async def test_no_company_no_call(freee_sandbox: Any) -> None:
    async with opened("freee", {"base_url": freee_sandbox.base_url}, tokens=["x"], identified=False) as session:
        with pytest.raises(ChoaiError, match="connection_not_ready"):
            await api.read(session, "tag", api.Window(), None)
