"""What is particular to reading Zoho CRM: page tokens that end, more than 50 fields, custom views, bulk reads, settings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from choai.connectors.contract import Reply, Window
from choai.connectors.http import ServiceSession
from choai.connectors.zoho_crm import api, spec
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.values import Kind, Ref
from choai.sandbox import zoho_crm
from choai.sandbox.zoho_crm.data import VIEW
from servers import Sandbox


async def whole(session: ServiceSession, object: str, window: Window | None = None) -> list[Record]:
    records: list[Record] = []
    token, pages = None, 0
    while token is not None or not pages:
        page = await api.read(session, object, window or Window(), token)
        records, token, pages = [*records, *page.records], page.next, pages + 1
        assert pages < 50
    return records


def ids(box: Sandbox, module: str = "Accounts") -> set[str]:
    return set(box.world.state["records"][module])


async def test_who_and_what_there_is(session: ServiceSession, box: Sandbox) -> None:
    assert session.account is not None
    assert (session.account.plan, session.account.currency, session.account.user_name) == (
        "enterprise",
        "JPY",
        "青空 花子",
    )
    assert session.account.limits == {"day": 50_000, "concurrent": 20}
    box.world.state["settings"] |= {"hidden": ["Vendors"], "forbidden": ["Invoices"], "plan": "free"}
    session.memo.clear()
    found = {o.name: o for o in await api.catalogue(session)}
    assert (found["Vendors"].available, found["Vendors"].reason) == (False, "object_not_found")
    assert (found["Invoices"].available, found["Invoices"].reason) == (False, "no_permission")
    assert found["Projects"].spec == "*"
    assert found[f"Accounts@{VIEW}"].ja == "取引先（顧客のみ）"
    assert "Quoted_Items" not in found
    assert (await api.identify(session)).limits == {"day": 5_000, "concurrent": 5}
    with pytest.raises(ChoaiError) as caught:
        await api.read(session, "Invoices", Window(), None)
    assert caught.value.code == "no_permission"


async def test_another_organisation_is_refused(session: ServiceSession, box: Sandbox) -> None:
    box.world.state["zgid"] = "90000000999"
    with pytest.raises(ChoaiError) as caught:
        await api.identify(session)
    assert caught.value.code == "wrong_company"


async def test_fields_are_what_zoho_says(session: ServiceSession) -> None:
    accounts, invoices = await api.describe(session, "Accounts"), await api.describe(session, "Invoices")
    roles = {f.role: f.name for f in accounts.fields if f.role}
    known = ("partner.id", "partner.name", "partner.code", "partner.email", "partner.registration_number")
    assert {k: roles[k] for k in known} == {
        "partner.id": "Accounting_Id", "partner.name": "Account_Name", "partner.code": "Customer_Code",
        "partner.email": "Billing_Email", "partner.registration_number": "Registration_Number",
    }  # fmt: skip
    name, number, owner = (accounts.get(n) for n in ("Account_Name", "Account_Number", "Owner"))
    assert name is not None and number is not None and owner is not None  # noqa: PT018
    assert (name.required, name.max_length) == (True, 200)  # the standard layout demands it
    assert (number.kind, number.role, owner.target) == (Kind.INTEGER, None, "users")
    lines = invoices.get("Invoiced_Items")
    assert lines is not None
    inner = {f.role: f for f in lines.fields}
    assert {"line.item", "line.quantity", "line.price", "line.amount"} <= set(inner)
    assert (inner["line.item"].target, inner["line.amount"].writable) == ("Products", False)
    rate = invoices.get("Exchange_Rate")
    assert rate is not None
    assert rate.role == "invoice.rate_foreign"  # accounting means its reciprocal: nothing is proposed for it


async def test_a_view_shows_its_records_only(session: ServiceSession, box: Sandbox) -> None:
    wanted = {k for k, row in box.world.state["records"]["Accounts"].items() if row["Account_Type"] == "顧客"}
    assert 0 < len(wanted) < len(ids(box))
    assert {r.id for r in await whole(session, f"Accounts@{VIEW}")} == wanted


async def test_more_fields_than_a_list_tells(
    session: ServiceSession, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = {r.id: r.values for r in await whole(session, "Accounts")}
    monkeypatch.setattr(spec, "FIELDS", 7)
    monkeypatch.setattr(spec, "AT_ONCE", 5)
    assert {r.id: r.values for r in await whole(session, "Accounts")} == full


@pytest.mark.parametrize("ends", ["a day has gone", "too many"])
async def test_reading_goes_on_when_a_page_token_has_ended(
    session: ServiceSession, box: Sandbox, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    monkeypatch.setattr(spec, "PAGE", 4)
    first = await api.read(session, "Accounts", Window(), None)
    if ends == "too many":
        box.world.state["settings"]["limit_tokened"] = 4
    else:
        box.world.shift += timedelta(hours=25)
    rest: list[Record] = []
    token = first.next
    while token is not None:
        page = await api.read(session, "Accounts", Window(), token)
        rest, token = [*rest, *page.records], page.next
    assert sorted(r.id for r in [*first.records, *rest]) == sorted(ids(box))


async def test_a_long_list_is_read_by_a_job(
    session: ServiceSession, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {r.id: r.values for r in await whole(session, "Accounts")}
    monkeypatch.setattr(spec, "BULK_ROWS", 5)
    monkeypatch.setattr(spec, "BULK_SLICE", 5)
    window = Window(patient=True)
    page = await api.read(session, "Accounts", window, None)
    assert (page.records, page.wait_seconds) == ([], spec.BULK_WAIT)
    waits, records = 1, []
    while page.next is not None:
        page = await api.read(session, "Accounts", window, page.next)
        waits += page.wait_seconds is not None
        records += page.records
    assert waits == 2
    assert sorted(r.id for r in records) == sorted(ids(box))
    names = {
        n: ({r.id: r.values.get(n) for r in records}, {id: v.get(n) for id, v in known.items()})
        for n in ("Kana", "Regions")
    }
    assert all(a == b for a, b in names.values())
    assert all(isinstance(r.values["Owner"], Ref) for r in records)


async def test_a_job_that_fails_is_followed_by_lists(
    session: ServiceSession, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spec, "BULK_ROWS", 5)
    box.world.switch("job_fails")
    assert {r.id for r in await whole(session, "Accounts", Window(patient=True))} == ids(box)


async def test_wishes_without_lines_need_no_call_for_each(session: ServiceSession, box: Sandbox) -> None:
    await api.describe(session, "Invoices")
    before = session.calls
    records = (await api.read(session, "Invoices", Window(fields=["Subject", "Grand_Total"]), None)).records
    assert (len(records), session.calls - before) == (4, 1)
    assert "Invoiced_Items" not in records[0].values
    full = (await api.read(session, "Invoices", Window(), None)).records
    assert len(full[0].values["Invoiced_Items"]) == 2  # type: ignore[arg-type]  # rows


async def test_deletes_are_listed_as_far_as_zoho_keeps_them(session: ServiceSession, box: Sandbox) -> None:
    first, second, *_ = sorted(ids(box))
    zoho_crm.edit(box.world, "Accounts", first, delete=True)
    box.world.shift += timedelta(hours=1)
    mark = box.world.now() - timedelta(minutes=1)
    zoho_crm.edit(box.world, "Accounts", second, delete=True)
    gone = await api.deleted(session, "Accounts", mark, None)
    assert (gone.ids, gone.next, gone.incomplete) == ([second], None, None)
    assert (await api.deleted(session, "Accounts", mark - timedelta(days=90), None)).incomplete == "incomplete_answer"


async def test_settings_are_lists_of_their_own(session: ServiceSession, box: Sandbox) -> None:
    rates = {str(r.values["iso_code"]): r.values["exchange_rate"] for r in await whole(session, "currencies")}
    assert set(rates) == {"JPY", "USD"}
    assert {r.values["full_name"] for r in await whole(session, "users")} == {"青空 花子", "営業 太郎"}
    assert [r.values["display_label"] for r in await whole(session, "profiles")] == ["管理者", "標準"]
    assert [r.values["name"] for r in await api.find(session, "currencies", "iso_code", ["USD"])] == ["US Dollar"]
    box.world.state["settings"]["multi_currency"] = False
    assert await whole(session, "currencies") == []


async def test_addresses_people_can_open(session: ServiceSession) -> None:
    page: Any = api.link(session.settings, session.account, "Deals", "1")
    assert page.endswith("/crm/org90000000777/tab/Potentials/1")
    assert (
        api.link({"region": "eu"}, session.account, f"Accounts@{VIEW}", "2")
        == "https://crm.zoho.eu/crm/org90000000777/tab/Accounts/2"
    )
    assert api.link({}, session.account, "users", "1") is None


@pytest.mark.parametrize(
    ("home", "rates", "way"),
    [
        ("JPY", {"USD": "0.006666667"}, "foreign"),
        ("JPY", {"USD": "148.5"}, "own"),
        ("USD", {"JPY": "151.2"}, "foreign"),
        ("USD", {"JPY": "0.0067"}, "own"),
        ("USD", {"EUR": "0.93"}, None),  # too near to tell
        ("JPY", {"XAU": "2"}, None),
    ],
)
def test_the_direction_of_rates_shows_in_what_they_are(home: str, rates: dict[str, str], way: str | None) -> None:
    (fact,) = [one for one in spec.SPEC.unsure if one.code == "rate_direction"]
    rows = [{"iso_code": home, "is_base": True, "exchange_rate": "1.0"}]
    rows += [{"iso_code": code, "is_base": False, "exchange_rate": rate} for code, rate in rates.items()]
    assert fact.judge is not None
    assert fact.judge([Reply(200, {}, {"currencies": rows}, "", "GET", "/")]) == way
