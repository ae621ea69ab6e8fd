"""What is particular to Zoho's finance products: data centres, organisations, custom fields, lists that tell little."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from choai.connectors import oauth, registry
from choai.connectors.addresses import base_address
from choai.connectors.contract import Done, Item, Op, Refused, Window
from choai.connectors.http import ServiceSession
from choai.connectors.zoho import centres
from choai.connectors.zoho_books import api
from choai.errors import ChoaiError
from choai.model.values import Ref, Row
from choai.sandbox import grants, zoho_books
from connectors.session import opened
from servers import Sandbox

PRODUCTS = ("zoho_books", "zoho_invoice", "zoho_billing", "zoho_expense")


@pytest.mark.parametrize("service", PRODUCTS)
@pytest.mark.parametrize(
    ("region", "accounts", "base"),
    [
        ("jp", "https://accounts.zoho.jp", "https://www.zohoapis.jp"),
        ("ca", "https://accounts.zohocloud.ca", "https://www.zohoapis.ca"),
    ],
)
def test_a_data_centre_has_its_own_hosts(service: str, region: str, accounts: str, base: str) -> None:
    spec = registry.spec(service)
    address = oauth.authorize_url(
        spec, {"region": region, "client_id": "1000.X"}, "s", "https://choai.example.jp/back", "v"
    )
    assert address.startswith(f"{accounts}/oauth/v2/auth?")
    assert "access_type=offline" in address
    assert "prompt=consent" in address
    assert "%2C" in address or len(spec.oauth.scopes if spec.oauth else ()) == 1  # commas between the scopes
    assert base_address(spec, {"region": region}) == base


def test_the_way_back_names_the_data_centre() -> None:
    spec = registry.spec("zoho_books")
    assert spec.oauth is not None
    assert spec.oauth.callback == {"location": "region"}
    region = next(s for s in spec.settings if s.name == "region")
    assert {c.value for c in region.choices} == set(centres.CENTRES)


async def test_another_organisation_is_not_taken(box: Sandbox) -> None:
    grant = grants.new_grant(box.world, zoho_books.DEMO_CLIENT_ID, user=zoho_books.USER)
    tokens = [grants.issue(box.world, zoho_books.RULES, grant)["access_token"]]
    settings: dict[str, Any] = {"base_url": box.base_url, "client_id": "x"}
    async with opened("zoho_books", settings, tokens=tokens) as session:
        assert session.account is not None
        assert session.account.id == zoho_books.ORGANISATION
        assert {c["id"] for c in session.account.choices} == {zoho_books.ORGANISATION, zoho_books.OTHER}
        assert session.account.limits["day"] == 5000
        assert session.account.user_name == "青空 花子"
    async with opened("zoho_books", {**settings, "organization_id": zoho_books.OTHER}, tokens=tokens) as session:
        assert session.account is not None
        assert session.account.id == zoho_books.OTHER
        assert (await api.read(session, "contact", Window(), None)).records == []
    with pytest.raises(ChoaiError) as caught:
        async with opened("zoho_books", {**settings, "organization_id": "1"}, tokens=tokens):
            pass
    assert caught.value.code == "company_not_found"


async def test_records_are_read_one_by_one_only_when_it_is_needed(session: ServiceSession, box: Sandbox) -> None:
    await api.describe(session, "invoice")
    before = session.calls
    page = await api.read(session, "invoice", Window(fields=["invoice_number", "total"]), None)
    assert session.calls == before + 1
    assert len(page.records) == 12
    page = await api.read(session, "invoice", Window(fields=["line_items"]), None)
    assert session.calls == before + 2 + 12
    assert all(r.values["line_items"] for r in page.records)


async def test_contacts_are_read_until_the_first_older_one(session: ServiceSession, box: Sandbox) -> None:
    whole = (await api.read(session, "contact", Window(fields=["contact_name"]), None)).records
    since = box.world.now() - timedelta(minutes=1)
    zoho_books.edit(box.world, "contacts", whole[3].id, company_name="変更")
    page = await api.read(session, "contact", Window(since=since), None)
    assert [r.id for r in page.records] == [whole[3].id]
    assert page.next is None


async def test_a_custom_field_can_be_named_when_no_record_shows_it(box: Sandbox) -> None:
    tables = box.world.state["organizations"][zoho_books.ORGANISATION]["tables"]
    tables["invoices"].clear()
    grant = grants.new_grant(box.world, zoho_books.DEMO_CLIENT_ID, user=zoho_books.USER)
    tokens = [grants.issue(box.world, zoho_books.RULES, grant)["access_token"]]
    settings = {"base_url": box.base_url, "client_id": "x", "custom_fields": "invoice:cf_note, contact:cf_rank"}
    async with opened("zoho_books", settings, tokens=tokens) as session:
        schema = await api.describe(session, "invoice")
        assert schema.get("cf_note") is not None
        assert schema.get("cf_rank") is None
        contact = next(iter(tables["contacts"]))
        line = Row(None, {"name": "一式", "rate": Decimal(100)})
        values: Any = {"customer_id": Ref(contact), "line_items": [line], "cf_note": "メモ"}
        (result,) = await api.write(session, "invoice", Op.CREATE, [Item("1", values)])
        assert isinstance(result, Done)
        assert result.record.values["cf_note"] == "メモ"
        assert result.record.values["invoice_number"].startswith("INV-")  # type: ignore[union-attr]  # Zoho's own number


async def test_other_persons_stay_when_the_primary_one_changes(session: ServiceSession) -> None:
    persons = [
        Row(None, {"first_name": "一", "email": "a@example.jp", "is_primary_contact": True}),
        Row(None, {"first_name": "二", "email": "b@example.jp", "is_primary_contact": False}),
    ]
    values: Any = {"contact_name": "二人商店", "contact_persons": persons}
    (made,) = await api.write(session, "contact", Op.CREATE, [Item("1", values)])
    assert isinstance(made, Done)
    (done,) = await api.write(session, "contact", Op.UPDATE, [Item("1", {"email": "c@example.jp"}, id=made.record.id)])
    assert isinstance(done, Done)
    held: Any = done.record.values["contact_persons"]
    assert [(p.values["first_name"], p.values["email"]) for p in held] == [
        ("一", "c@example.jp"),
        ("二", "b@example.jp"),
    ]
    assert done.record.values["email"] == "c@example.jp"


async def test_a_taken_name_is_told(session: ServiceSession) -> None:
    items = [Item(str(n), {"contact_name": "同名商店"}) for n in (1, 2)]
    first, second = [(await api.write(session, "contact", Op.CREATE, [item]))[0] for item in items]
    assert isinstance(first, Done)
    assert isinstance(second, Refused)
    assert second.error.code == "duplicate_name"


async def test_an_unknown_currency_is_refused_before_it_is_sent(session: ServiceSession) -> None:
    (result,) = await api.write(
        session, "contact", Op.CREATE, [Item("1", {"contact_name": "外貨", "currency_code": "ZZZ"})]
    )
    assert isinstance(result, Refused)


async def test_exchange_rates_are_an_object_per_currency(session: ServiceSession) -> None:
    (dollar,) = [o for o in await api.catalogue(session) if o.en == "Exchange rates USD"]
    assert dollar.spec == "rates:*"
    page = await api.read(session, dollar.name, Window(), None)
    assert {str(r.values["effective_date"]): r.values["rate"] for r in page.records}["2026-04-01"] == Decimal("152.25")
    values: Any = {"effective_date": date(2026, 5, 1), "rate": Decimal("149.5")}
    (made,) = await api.write(session, dollar.name, Op.CREATE, [Item("1", values)])
    assert isinstance(made, Done)
    (again,) = await api.write(session, dollar.name, Op.UPDATE, [Item("1", {"rate": Decimal(150)}, id=made.record.id)])
    assert isinstance(again, Done)
    assert again.record.values["rate"] == Decimal(150)


async def test_a_missing_scope_is_told_when_new_tokens_did_not_help(box: Sandbox) -> None:
    grant = grants.new_grant(
        box.world, zoho_books.DEMO_CLIENT_ID, user=zoho_books.USER, scope="ZohoBooks.settings.READ"
    )
    settings = {"base_url": box.base_url, "client_id": "x"}
    renew = lambda: grants.issue(box.world, zoho_books.RULES, grant)["access_token"]  # noqa: E731
    async with opened("zoho_books", settings, renew=renew) as session:
        with pytest.raises(ChoaiError) as caught:
            await api.read(session, "contact", Window(), None)
    assert caught.value.code == "app_permission_missing"
    assert caught.value.facts["permission"] == "contacts"
