"""Who it is, and what the connection test tries out because the vendor does not document it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from choai.connectors.contract import Window
from choai.connectors.http import ServiceSession
from choai.connectors.senses import api
from choai.model.values import Kind
from servers import Sandbox

Enter = Callable[..., AbstractAsyncContextManager[ServiceSession]]


async def test_the_account_is_named_by_its_users(session: ServiceSession) -> None:
    account = await api.identify(session)
    assert (account.id, account.name, account.currency) == ("deal_type:1", "aozora.example.jp", "JPY")
    assert account.capabilities == {"single_read": True, "contact_search": True, "offset_heard": True}
    assert account.limits == {"day": 10_000}


@pytest.mark.parametrize("name", ["single_read", "contact_search", "offset_heard"])
async def test_what_does_not_work_is_found_out(enter: Enter, box: Sandbox, name: str) -> None:
    box.world.state["settings"][name] = False
    async with enter() as session:
        assert session.account is not None
        assert [n for n, can in session.account.capabilities.items() if not can] == [name]


async def test_an_empty_account_is_taken_to_be_able_to_nothing(enter: Enter, tables: dict[str, Any]) -> None:
    for table in tables.values():
        table.clear()
    async with enter(daily_limit="50000") as session:
        assert session.account is not None
        assert session.account.name == "Mazrica Sales"
        assert not any(session.account.capabilities.values())
        assert session.account.limits == {"day": 50_000}
        assert (await api.read(session, "customer", Window(), None)).records == []


async def test_masters_can_be_read(session: ServiceSession) -> None:
    types = (await api.read(session, "deal_type", Window(), None)).records
    assert [(r.id, r.values["name"]) for r in types] == [("1", "新規"), ("2", "既存・更新")]
    phases = {r.id: r.values for r in (await api.read(session, "phase", Window(), None)).records}
    assert phases["104"]["name"] == phases["202"]["name"] == "受注"
    assert phases["104"]["dealType"] != phases["202"]["dealType"]
    (found,) = await api.find(session, "product", "name", ["クラウド"])
    assert found.id == "122"
    users = (await api.read(session, "user", Window(), None)).records
    assert [u.values["email"] for u in users] == ["hanako@aozora.example.jp", "taro@aozora.example.jp"]
    assert [u.id for u in await api.find(session, "user", "email", ["taro@aozora.example.jp"])] == ["52"]


async def test_the_list_of_users_may_have_another_name(session: ServiceSession, box: Sandbox) -> None:
    box.world.state["settings"]["list_key"] = "members"
    assert len((await api.read(session, "user", Window(), None)).records) == 2


async def test_masters_are_choices_that_say_their_deal_type(session: ServiceSession) -> None:
    schema = await api.describe(session, "deal")
    phase = schema.get("phase")
    assert phase is not None
    assert ("104", "新規 / 受注") in {(c.value, c.ja) for c in phase.choices}
    assert ("202", "既存・更新 / 受注") in {(c.value, c.ja) for c in phase.choices}


async def test_custom_items_are_fields_of_their_kinds(session: ServiceSession) -> None:
    schema = await api.describe(session, "customer")
    kinds = {f.name: f.kind for f in schema.fields if f.name.startswith("custom:")}
    assert kinds == {
        "custom:70001": Kind.LONG_TEXT,
        "custom:70002": Kind.LONG_TEXT,
        "custom:70003": Kind.LONG_TEXT,
        "custom:70004": Kind.INTEGER,
        "custom:70005": Kind.DECIMAL,
        "custom:70006": Kind.DATE,
        "custom:70007": Kind.URL,
        "custom:70008": Kind.CHOICE,
        "custom:70009": Kind.CHOICES,
        "custom:70010": Kind.TEXT,
    }
    roles = {f.role: f.name for f in schema.fields if f.role}
    assert roles["partner.code"] == "custom:70001"
    assert roles["partner.registration_number"] == "custom:70002"
    assert roles["partner.zip"] == "custom:70003"
    deal = await api.describe(session, "deal")
    assert deal.with_role("invoice.date") == deal.get("custom:80085")


async def test_custom_items_are_not_written_unless_told_so(session: ServiceSession, enter: Enter) -> None:
    closed = await api.describe(session, "customer")
    assert not [f.name for f in closed.fields if f.name.startswith("custom:") and f.writable]
    async with enter(custom_writes="yes") as open_session:
        schema = await api.describe(open_session, "customer")
    shut = [f.name for f in schema.fields if f.name.startswith("custom:") and not f.writable]
    assert shut == ["custom:70010"]  # a formula


async def test_definitions_come_from_records_when_no_setting_tells_them(enter: Enter, box: Sandbox) -> None:
    """What can be chosen is not known then, so that selects stay closed."""
    box.world.switch(
        "status", match="GET /v1/customer_setting", status=403, body={"message": "Missing Authentication Token"}
    )
    async with enter(custom_writes="yes") as session:
        schema = await api.describe(session, "customer")
        open_names = {f.name for f in schema.fields if f.name.startswith("custom:") and f.writable}
        assert open_names == {f"custom:{n}" for n in range(70001, 70008)}
        industry = schema.get("industry")
        assert industry is not None
        assert not industry.writable
