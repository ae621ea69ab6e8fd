"""The imitations of Zoho's finance products enforce Zoho's rules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from choai.sandbox import grants, zoho_billing, zoho_books, zoho_expense, zoho_invoice
from choai.sandbox.core import World
from choai.sandbox.zoho.accounts import CLIENT_ID, CLIENT_SECRET, RULES, SCHEME, SELF_ID, USER
from servers import sandbox

ORG = zoho_books.ORGANISATION


@dataclass
class Client:
    base: str
    world: World
    http: aiohttp.ClientSession
    scope: str = ""
    product: str = "/books/v3"

    def token(self) -> str:
        grant = grants.new_grant(self.world, CLIENT_ID, user=USER, scope=self.scope)
        return str(grants.issue(self.world, RULES, grant)["access_token"])

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Any = None,
        headers: Any = None,
        token: str | None = None,
    ) -> tuple[int, Any]:
        sent = {"Authorization": f"{SCHEME} {token or self.token()}", **(headers or {})}
        asked = {"organization_id": ORG, **(query or {})}
        address = f"{self.base}{self.product}/{path}"
        async with self.http.request(method, address, json=body, params=asked, headers=sent) as answer:
            kind = answer.headers["content-type"]
            return answer.status, await answer.json() if "json" in kind else await answer.read()


@pytest.fixture
async def zoho() -> AsyncIterator[Client]:
    with sandbox(zoho_books) as box:
        async with aiohttp.ClientSession() as http:
            yield Client(box.base_url, box.world, http)


async def test_consent_names_the_data_centre_and_a_used_code_is_refused_with_200(zoho: Client) -> None:
    asked = {
        "response_type": "code", "client_id": CLIENT_ID, "redirect_uri": "http://127.0.0.1:1/back", "access_type": "offline",
        "state": "s", "decision": "allow", "scope": "ZohoBooks.fullaccess.all",
    }  # fmt: skip
    async with zoho.http.post(f"{zoho.base}/oauth/v2/auth", data=asked, allow_redirects=False) as answer:
        back = parse_qs(urlsplit(answer.headers["location"]).query)
    assert back["location"] == ["jp"]
    assert back["accounts-server"] == ["https://accounts.zoho.jp"]
    form = {"grant_type": "authorization_code", "code": back["code"][0], "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
            "redirect_uri": asked["redirect_uri"]}  # fmt: skip
    told = []
    for _ in range(2):
        async with zoho.http.post(f"{zoho.base}/oauth/v2/token", data=form) as answer:
            assert answer.status == 200
            told.append(await answer.json())
    assert told[0]["api_domain"] == "https://www.zohoapis.jp"
    assert told[0]["refresh_token"]
    assert told[1] == {"error": "invalid_code", **{k: v for k, v in told[1].items() if k == "error_description"}}


async def test_eleven_refreshes_in_ten_minutes_are_too_many(zoho: Client) -> None:
    grant = grants.new_grant(zoho.world, CLIENT_ID, user=USER)
    refresh = grants.issue(zoho.world, RULES, grant)["refresh_token"]
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    answers = []
    for _ in range(11):
        async with zoho.http.post(f"{zoho.base}/oauth/v2/token", data=form) as answer:
            answers.append((answer.status, await answer.json()))
    assert all("access_token" in told and "refresh_token" not in told for _, told in answers[:10])
    assert answers[10][0] == 400
    assert answers[10][1]["error"] == "Access Denied"


async def test_the_door(zoho: Client) -> None:
    assert (await zoho("GET", "contacts", token="nonsense"))[1]["code"] == 57
    async with zoho.http.get(f"{zoho.base}/books/v3/contacts") as answer:
        assert (answer.status, (await answer.json())["code"]) == (401, 14)
    zoho.scope = "ZohoBooks.contacts.READ"
    assert (await zoho("GET", "contacts"))[0] == 200
    assert (await zoho("GET", "items"))[1]["code"] == 57  # items belong to the settings
    assert (await zoho("POST", "contacts", {"contact_name": "x"}))[0] == 401
    zoho.scope = ""
    status, told = await zoho("GET", "contacts", query={"organization_id": "1"})
    assert (status, told["code"]) == (400, 6041)
    status, told = await zoho("GET", "organizations", query={"organization_id": "1"})
    assert (status, told["organizations"][0]["organization_id"]) == (200, ORG)  # the list that tells them needs none
    assert (await zoho("GET", "nothing"))[1]["code"] == 5


async def test_a_hundred_calls_a_minute_and_no_retry_after(zoho: Client) -> None:
    token = zoho.token()
    zoho.world.frozen = zoho.world.now()
    zoho.world.state["settings"]["limit_minute"] = 3
    answers = [await zoho("GET", "users", token=token) for _ in range(4)]
    assert [status for status, _ in answers] == [200, 200, 200, 429]
    assert answers[3][1]["code"] == 44
    zoho.world.shift += timedelta(seconds=61)
    assert (await zoho("GET", "users", token=token))[0] == 200


async def test_lists_are_cut_at_200_and_know_their_filters(zoho: Client) -> None:
    _, told = await zoho("GET", "invoices", query={"per_page": "500"})
    assert told["page_context"]["per_page"] == 200
    assert "line_items" not in told["invoices"][0]
    status, told = await zoho("GET", "invoices", query={"last_modified_time": "2026-04-01T00:00:00 0900"})
    assert (status, told["code"]) == (400, 2)  # a plus that was not encoded
    assert (await zoho("GET", "items", query={"sort_column": "created_time"}))[0] == 400
    first = (await zoho("GET", "contacts", query={"contact_type": "vendor", "per_page": "1"}))[1]["contacts"][0]
    assert first["contact_type"] == "vendor"
    since = zoho.world.now() + timedelta(hours=1)
    zoho.world.shift += timedelta(hours=2)
    invoice = (await zoho("GET", "invoices"))[1]["invoices"][0]["invoice_id"]
    zoho_books.edit(zoho.world, "invoices", invoice, notes="変更")
    asked = {"last_modified_time": since.strftime("%Y-%m-%dT%H:%M:%S+0000")}
    assert [r["invoice_id"] for r in (await zoho("GET", "invoices", query=asked))[1]["invoices"]] == [invoice]


async def test_names_and_numbers_are_unique(zoho: Client) -> None:
    assert (await zoho("POST", "contacts", {"contact_name": "同名"}))[0] == 201
    status, told = await zoho("POST", "contacts", {"contact_name": "同名 ", "contact_type": "vendor"})
    assert (status, told["code"]) == (400, 3062)
    row = (await zoho("GET", "invoices"))[1]["invoices"][0]
    body = {
        "customer_id": row["customer_id"],
        "invoice_number": row["invoice_number"],
        "line_items": [{"name": "x", "rate": 1}],
    }
    assert (await zoho("POST", "invoices", body))[0] == 400  # numbers are automatic
    status, told = await zoho("POST", "invoices", body, query={"ignore_auto_number_generation": "true"})
    assert status == 400
    assert "already exists" in told["message"]


async def test_a_unique_custom_field_makes_an_upsert(zoho: Client) -> None:
    headers = {"X-Unique-Identifier-Key": "cf_hub_id", "X-Unique-Identifier-Value": "h-1"}
    body = {"contact_name": "外部キー商店"}
    assert (await zoho("PUT", "contacts", body, headers=headers))[0] == 404
    headers["X-Upsert"] = "true"
    made = (await zoho("PUT", "contacts", body, headers=headers))[1]["contact"]["contact_id"]
    again = (await zoho("PUT", "contacts", {"contact_name": "改名商店", "contact_type": "customer"}, headers=headers))[
        1
    ]["contact"]
    assert (again["contact_id"], again["contact_name"]) == (made, "改名商店")
    assert (await zoho("PUT", "contacts", body, headers={**headers, "X-Unique-Identifier-Key": "cf_note"}))[0] == 400


async def test_sums_states_and_payments(zoho: Client) -> None:
    customer = (await zoho("GET", "contacts"))[1]["contacts"][-1]
    line = {"name": "一式", "rate": 1001, "quantity": 3, "discount": "10%", "tax_id": "982000000000201"}
    body = {"customer_id": customer["contact_id"], "line_items": [line]}
    invoice = (await zoho("POST", "invoices", body))[1]["invoice"]
    assert (invoice["sub_total"], invoice["tax_total"], invoice["total"]) == (2703, 270, 2973)
    assert invoice["invoice_number"].startswith("INV-")
    at = f"invoices/{invoice['invoice_id']}"
    assert (await zoho("POST", f"{at}/status/draft"))[0] == 400
    assert (await zoho("POST", f"{at}/status/sent"))[0] == 200
    paid = {"customer_id": customer["contact_id"], "payment_mode": "cash", "amount": 973, "date": "2026-04-02",
            "invoices": [{"invoice_id": invoice["invoice_id"], "amount_applied": 973}]}  # fmt: skip
    status, told = await zoho("POST", "customerpayments", paid)
    assert (status, "payment" in told) == (201, True)
    rows = (await zoho("GET", "customerpayments"))[1]["customerpayments"]
    assert rows[0]["invoice_numbers"] == invoice["invoice_number"]  # a public client splits it at its commas
    held = (await zoho("GET", at))[1]["invoice"]
    assert (held["balance"], held["status"]) == (2000, "partially_paid")
    assert (await zoho("POST", f"{at}/status/void"))[0] == 400
    assert (await zoho("DELETE", at))[0] == 400
    assert (await zoho("DELETE", f"contacts/{customer['contact_id']}"))[0] == 400
    assert (await zoho("GET", at, query={"accept": "pdf"}))[1].startswith(b"%PDF")
    dollars = {**body, "currency_id": "982000000000102", "date": "2026-03-01"}
    assert (await zoho("POST", "invoices", dollars))[1]["invoice"]["exchange_rate"] == 150.5
    assert (await zoho("POST", "invoices", {**dollars, "date": "2025-12-31"}))[0] == 400


@pytest.mark.parametrize(
    "way", [{"headers": {"X-com-zoho-invoice-organizationid": ORG}}, {"query": {"organization_id": ORG}}]
)
async def test_invoice_takes_its_organisation_from_its_header_or_the_address(way: Any) -> None:
    """The header is documented; the parameter is what public clients of Zoho Invoice send."""
    with sandbox(zoho_invoice) as box:
        async with aiohttp.ClientSession() as http:
            zoho = Client(box.base_url, box.world, http, product="/invoice/v3")
            assert (await zoho("GET", "invoices", query={"organization_id": ""}))[1]["code"] == 6041
            named = {"query": {"organization_id": ""}, **way}
            assert (await zoho("GET", "invoices", **named))[0] == 200
            assert (await zoho("GET", "bills", **named))[1]["code"] == 5


async def test_a_token_is_taken_with_the_word_bearer_as_well(zoho: Client) -> None:
    """As public clients send it: the token answer names that type."""
    for word, status in ((SCHEME, 200), ("Bearer", 200), ("Basic", 401)):
        headers = {"Authorization": f"{word} {zoho.token()}"}
        assert (await zoho("GET", "contacts", headers=headers))[0] == status, word


async def test_a_self_client_signs_in_by_its_credentials(zoho: Client) -> None:
    form = {"grant_type": "client_credentials", "client_id": SELF_ID, "client_secret": CLIENT_SECRET,
            "scope": "ZohoBooks.fullaccess.all"}  # fmt: skip
    async with zoho.http.post(f"{zoho.base}/oauth/v2/token", data=form) as answer:
        told = await answer.json()
    assert (told["token_type"], told["expires_in"], "refresh_token" in told) == ("Bearer", 3600, False)
    assert (await zoho("GET", "contacts", token=told["access_token"]))[0] == 200
    async with zoho.http.post(f"{zoho.base}/oauth/v2/token", data={**form, "client_id": CLIENT_ID}) as answer:
        assert (answer.status, (await answer.json())["error"]) == (200, "invalid_code")  # no self client


async def test_filters_without_a_value_are_none(zoho: Client) -> None:
    whole = (await zoho("GET", "contacts"))[1]["contacts"]
    empty = {"status": "", "contact_type": "", "last_modified_time": "", "filter_by": "", "search_text": ""}
    assert (await zoho("GET", "contacts", query=empty))[1]["contacts"] == whole


async def test_contact_persons_come_as_a_page(zoho: Client) -> None:
    """A public client asks for the next page until the context says that there is none."""
    for row in (await zoho("GET", "contacts"))[1]["contacts"][:3]:
        told = (await zoho("GET", f"contacts/{row['contact_id']}/contactpersons"))[1]
        assert (told["page_context"]["page"], told["page_context"]["has_more_page"]) == (1, False)


async def test_expenses_are_listed_where_the_vendor_documents_it() -> None:
    """Its page and public clients list them as a report's details; GET /expenses is only said to work."""
    with sandbox(zoho_expense) as box:
        async with aiohttp.ClientSession() as http:
            zoho = Client(box.base_url, box.world, http, product="/expense/v1")
            at = "reports/expensedetails"
            status, told = await zoho("GET", at, query={"per_page": "3"})
            assert (status, len(told["expenses"]), told["page_context"]["has_more_page"]) == (200, 3, True)
            days = {"date_start": "2026-04-11", "date_end": "2026-04-12"}
            rows = (await zoho("GET", at, query=days))[1]["expenses"]
            assert sorted(row["date"] for row in rows) == ["2026-04-11", "2026-04-12"]
            one = {"category_id": rows[0]["category_id"], "status": ""}
            rows = (await zoho("GET", at, query=one))[1]["expenses"]
            assert {row["category_id"] for row in rows} == {one["category_id"]}


async def test_a_subscription_that_goes_on_again_is_told() -> None:
    """The vendor's file has it in the answer, and a public client reads it there."""
    with sandbox(zoho_billing) as box:
        async with aiohttp.ClientSession() as http:
            zoho = Client(box.base_url, box.world, http, product="/billing/v1")
            named = {"X-com-zoho-subscriptions-organizationid": ORG}
            row = (await zoho("GET", "subscriptions", headers=named))[1]["subscriptions"][0]
            at = f"subscriptions/{row['subscription_id']}"
            told = (await zoho("POST", f"{at}/cancel", query={"cancel_at_end": "true"}, headers=named))[1]
            assert told["subscription"]["status"] == "non_renewing"
            told = (await zoho("POST", f"{at}/reactivate", headers=named))[1]
            assert (told["subscription"]["status"], told["subscription"]["amount"]) == ("live", row["amount"])
            await zoho("POST", f"{at}/cancel", headers=named)
            assert (await zoho("POST", f"{at}/reactivate", headers=named))[0] == 400
