"""The imitation of Money Forward クラウド請求書 keeps the vendor's rules."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from choai.sandbox import moneyforward
from choai.sandbox.moneyforward.data import STRANGER
from choai.sandbox.moneyforward.money import sums
from sandbox.moneyforward_client import Client, client
from servers import Sandbox, sandbox

CALLBACK = "http://127.0.0.1:9/callback"
KEYS = aiohttp.encode_basic_auth(moneyforward.DEMO_CLIENT_ID, moneyforward.DEMO_CLIENT_SECRET)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with sandbox(moneyforward) as running:
        yield running


@pytest.fixture
async def person(box: Sandbox) -> AsyncIterator[Client]:
    async with client(box) as signed_in:
        yield signed_in


# ---------------------------------------------------------------- sign-in


async def code(person: Client, **changes: str) -> dict[str, list[str]]:
    asked = {
        "response_type": "code", "client_id": moneyforward.DEMO_CLIENT_ID, "redirect_uri": CALLBACK, "state": "s",
        "scope": moneyforward.SCOPES, **changes,
    }  # fmt: skip
    answer = await person.send("POST", "authorize", form={**asked, "decision": "allow"})
    assert answer.status == 302, answer.text
    return parse_qs(urlsplit(answer.location).query)


async def test_consent_and_rotating_tokens(person: Client) -> None:
    got = await code(person, account=moneyforward.SOLE)
    form = {"grant_type": "authorization_code", "code": got["code"][0], "redirect_uri": CALLBACK}
    first = await person.send("POST", "token", form=form, auth=KEYS)
    assert (first.status, first.data["expires_in"], first.data["scope"]) == (200, 3600, moneyforward.SCOPES)
    assert set(first.data) == {"access_token", "token_type", "expires_in", "refresh_token", "scope"}, "no office"
    person.token = first.data["access_token"]
    assert (await person.one("GET", "/office"))["office_type"] == "個人"
    refresh = {"grant_type": "refresh_token", "refresh_token": first.data["refresh_token"]}
    second = await person.send("POST", "token", form=refresh, auth=KEYS)
    assert second.data["refresh_token"] != first.data["refresh_token"]
    again = await person.send("POST", "token", form=refresh, auth=KEYS)
    assert (again.status, again.data["error"]) == (400, "invalid_grant")


async def test_the_method_of_the_portal_must_be_used(person: Client) -> None:
    got = await code(person)
    own = {"client_id": moneyforward.DEMO_CLIENT_ID, "client_secret": moneyforward.DEMO_CLIENT_SECRET}
    form = {"grant_type": "authorization_code", "code": got["code"][0], "redirect_uri": CALLBACK}
    by_form = await person.send("POST", "token", form={**form, **own})
    assert (by_form.status, by_form.data["error"]) == (401, "invalid_client")
    person.world.state["settings"]["client_auth"] = "body"
    assert (await person.send("POST", "token", form=form, auth=KEYS)).status == 401
    assert (await person.send("POST", "token", form={**form, **own})).status == 200


async def test_who_may_not_connect(person: Client) -> None:
    assert (await code(person, user=STRANGER))["error"] == ["access_denied"]
    assert (await code(person, scope="mfc/accounting/data.read"))["error"] == ["invalid_scope"]
    assert (await code(person, code_challenge="x", code_challenge_method="plain"))["error"] == ["invalid_request"]
    form = {"grant_type": "client_credentials"}
    answer = await person.send("POST", "token", form=form, auth=KEYS)
    assert (answer.status, answer.data["error"]) == (400, "unsupported_grant_type")


async def test_tokens_and_scopes_at_the_door(box: Sandbox, person: Client) -> None:
    async with client(box, scope="mfc/invoice/data.read") as reader:
        assert (await reader.send("GET", "/partners")).status == 200
        assert (await reader.send("POST", "/partners", {"name": "新"})).status == 403
    kept, person.token = person.token, ""
    answer = await person.send("GET", "/office")
    assert (answer.status, answer.data["error"]) == (401, "token_missing")
    person.token = kept
    box.world.switch("expire")
    assert (await person.send("GET", "/office")).status == 401


# ---------------------------------------------------------------- lists


async def test_pages(person: Client) -> None:
    first = await person.one("GET", "/partners")
    assert first["pagination"] == {"total_count": 130, "total_pages": 2, "per_page": 100, "current_page": 1}
    assert len((await person.one("GET", "/partners", page=2))["data"]) == 30
    assert (await person.send("GET", "/partners", per_page=101)).status == 400
    person.world.state["settings"]["per_page_over"] = "clamp"
    assert (await person.one("GET", "/partners", per_page=101))["pagination"]["per_page"] == 100
    assert (await person.send("GET", "/partners", page=0)).status == 400


async def test_what_v3_does_not_have(person: Client) -> None:
    number = person.first("billings")["id"]
    assert (await person.send("POST", "/billings", {})).status in (404, 405)
    assert (await person.send("PATCH", f"/billings/{number}", {})).status in (404, 405)
    assert (await person.send("GET", "/invoices")).status == 404


async def test_filters(person: Client) -> None:
    one, two = person.first("partners", code="C00001"), person.first("partners", code="C00002")
    by_code = await person.one("GET", "/partners", code="C00001,C00002")
    assert {row["id"] for row in by_code["data"]} == {one["id"], two["id"]}
    assert (await person.one("GET", "/partners", code="C0000"))["data"] == []
    part = await person.one("GET", "/partners", name=one["name"][:-1])
    assert one["id"] in {row["id"] for row in part["data"]}
    bill = person.first("billings", payment_status="入金済み")
    day = bill["billing_date"].replace("/", "-")
    days = await person.one("GET", "/billings", range_key="billing_date", from_=day, to=day)
    assert bill["id"] in {row["id"] for row in days["data"]}
    assert {row["billing_date"] for row in days["data"]} == {bill["billing_date"]}
    paid = await person.one("GET", "/billings", status="入金済み")
    assert {row["payment_status"] for row in paid["data"]} == {"入金済み"}
    both = await person.one("GET", "/billings", q=bill["partner_name"], status="no such word")
    assert bill["id"] in {row["id"] for row in both["data"]}, "q cancels the other filters"
    assert (await person.send("GET", "/billings", range_key="expired_date")).status == 400
    assert (await person.one("GET", "/billings", document_number=bill["billing_number"]))["data"][0]["id"] == bill["id"]


# ---------------------------------------------------------------- writes


async def test_departments_are_never_empty(person: Client) -> None:
    assert (await person.send("POST", "/partners", {"name": "新", "departments": [{}]})).status == 400
    assert (
        await person.send("POST", "/partners", {"name": "新", "departments": [{"tel": "1234567"}] * 11})
    ).status == 400
    made = await person.one("POST", "/partners", {"name": "新"})
    assert made["departments"] == []
    at = f"/partners/{made['id']}/departments"
    department = await person.one("POST", at, {"tel": "03-0000-0000"})
    assert (await person.send("PUT", f"{at}/{department['id']}", {"zip": "12"})).status == 400
    assert (await person.send("DELETE", f"{at}/{department['id']}")).status == 204
    assert (await person.send("GET", f"{at}/{department['id']}")).status == 404
    used = person.first("billings")
    assert (await person.send("DELETE", f"/partners/{used['partner_id']}")).status == 400


async def test_amounts_are_numbers_in_and_texts_out(person: Client) -> None:
    item = {"name": "品", "price": 1234.1, "quantity": 1, "excise": "ten_percent"}
    made = await person.one("POST", "/items", item)
    assert (made["price"], made["quantity"]) == ("1234.1", "1")
    assert (await person.send("POST", "/items", {**item, "price": "1234"})).status == 400
    assert (await person.send("POST", "/items", {**item, "is_deduct_withholding_tax": True})).status == 400
    assert (await person.send("POST", "/items", {"name": "品"})).status == 400


def billing(person: Client, **more: Any) -> dict[str, Any]:
    partner = person.first("partners", payment_deadline_setting=None)
    return {
        "department_id": partner["departments"][0]["id"], "billing_date": "2026-04-01", "due_date": "2026-04-30",
        "items": [{"name": "開発", "price": 50_000, "quantity": 2, "excise": "ten_percent"}], **more,
    }  # fmt: skip


async def test_a_billing(person: Client) -> None:
    made = await person.one("POST", "/invoice_template_billings", billing(person))
    assert (made["billing_date"], made["payment_status"]) == ("2026/04/01", "未設定")
    assert (made["subtotal_price"], made["excise_price"], made["total_price"]) == ("100000.0", "10000.0", "110000.0")
    assert made["created_at"].endswith(" +0900")
    number = f"/billings/{made['id']}"
    answer = await person.send(
        "POST", number + "/items", {"name": "値引き", "price": -1000, "quantity": 1, "excise": "ten_percent"}
    )
    assert (answer.status, answer.text) == (201, "")
    changed = await person.one("PUT", number, {"title": "件名", "items": []})
    assert len(changed["items"]) == 2, "lines are not changed by a PUT"
    assert (await person.send("PUT", number, {"title": ""})).status == 400
    assert (await person.send("DELETE", f"{number}/items/{changed['items'][0]['id']}")).status == 204
    paid = await person.one("PUT", number + "/payment_status", {"payment_status": "2"})
    assert paid["payment_status"] == "入金済み"
    assert (await person.send("PUT", number + "/payment_status", {"payment_status": 1})).status == 400
    assert (await person.send("DELETE", number)).status == 204
    assert (await person.send("DELETE", number)).status == 404


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"department_id": "nobody"}, 422),
        ({"due_date": "2026-04-01"}, 422),
        ({"due_date": "2026/04/30"}, 400),
        ({"billing_date": "2026-02-30"}, 400),
        ({"items": [{"name": "税率なし", "price": 1}]}, 400),
        ({"items": [{"item_id": "nothing"}]}, 400),
        ({"title": "件" * 201}, 400),
        ({"title": None}, 400),
    ],
)
async def test_billings_that_are_refused(person: Client, change: dict[str, Any], status: int) -> None:
    before = len(person.world.state["offices"][person.office]["tables"]["billings"])
    assert (await person.send("POST", "/invoice_template_billings", billing(person, **change))).status == status
    assert len(person.world.state["offices"][person.office]["tables"]["billings"]) == before


async def test_a_blank_due_date(person: Client) -> None:
    blank = billing(person)
    del blank["due_date"]
    assert (await person.send("POST", "/invoice_template_billings", blank)).status == 422
    setting = {"due_month": "this_month", "due_date": 31, "contingency_day": "move_to_later_day"}
    partner = person.first("partners", payment_deadline_setting=None)
    await person.one("PUT", f"/partners/{partner['id']}", {"payment_deadline_setting": setting})
    made = await person.one("POST", "/invoice_template_billings", {**blank, "billing_date": "2026-05-01"})
    assert made["due_date"] == "2026/06/01", "31 May 2026 is a Sunday"
    person.world.state["settings"]["due_required"] = True
    assert (await person.send("POST", "/invoice_template_billings", blank)).status == 422


async def test_lines_of_the_item_master(person: Client) -> None:
    item = person.first("items", code="SV-002")
    line = {"item_id": item["id"], "name": "別の名前", "quantity": 2}
    made = await person.one("POST", "/invoice_template_billings", billing(person, items=[line]))
    (got,) = made["items"]
    assert (got["name"], got["code"], got["price"], got["quantity"]) == (item["name"], "SV-002", "80000", "2")


async def test_quotes_speak_english_and_become_billings(person: Client) -> None:
    quote = person.first("quotes")
    number = f"/quotes/{quote['id']}"
    assert (await person.one("PUT", number + "/order_status", {"order_status": "-1"}))["order_status"] == "failure"
    made = await person.one("POST", number + "/convert_to_billing")
    assert [line["name"] for line in made["items"]] == [line["name"] for line in quote["items"]]
    assert made["payment_status"] == "未設定"
    assert (await person.one("GET", f"/billings/{made['id']}"))["total_price"] == made["total_price"]


async def test_posting(person: Client) -> None:
    number = f"/billings/{person.first('billings')['id']}/posting"
    assert (await person.send("DELETE", number)).status == 400
    assert (await person.send("POST", number, {"upload_to_cloud_box": "yes"})).status == 422
    assert (await person.send("POST", number)).status == 201
    assert (await person.send("POST", number)).status == 400
    assert (await person.send("DELETE", number)).status == 204
    person.world.state["settings"]["postal"] = False
    assert (await person.send("POST", number)).status == 402


async def test_limits_of_the_second_and_of_the_plan(box: Sandbox) -> None:
    async with client(box, limits=True) as person:
        box.world.frozen = box.world.now()
        statuses = [(await person.send("POST", "/invoice_template_billings", billing(person))).status for _ in range(4)]
        assert statuses == [201, 201, 201, 429]
        box.world.state["settings"]["plan_documents"] = 3
        box.world.state["settings"]["limit_second"] = 100
        assert (await person.send("POST", "/invoice_template_billings", billing(person))).status == 402


async def test_other_offices_are_not_there(box: Sandbox, person: Client) -> None:
    foreign = next(iter(box.world.state["offices"][moneyforward.SOLE]["tables"]["partners"]))
    assert (await person.send("GET", f"/partners/{foreign}")).status == 404


# ---------------------------------------------------------------- sums

_CONFIG = {
    "rounding": "round_down",
    "rounding_consumption_tax": "round_down",
    "consumption_tax_display_type": "external",
}


def line(price: str, excise: str, quantity: str = "1", **more: Any) -> dict[str, Any]:
    return {"price": price, "quantity": quantity, "excise": excise, **more}


def test_tax_is_rounded_once_per_rate() -> None:
    lines = [line("105", "ten_percent"), line("105", "ten_percent"), line("108", "eight_percent_as_reduced_tax_rate")]
    told = sums(lines, _CONFIG, individual=False, billing=True)
    assert (told["excise_price_of_ten_percent"], told["total_price"]) == ("21.0", "347.0")
    assert told["excise_price_of_eight_percent_as_reduced_tax_rate"] == "8.0"
    up = sums(lines, {**_CONFIG, "rounding_consumption_tax": "round_up"}, individual=False, billing=True)
    assert up["excise_price_of_eight_percent_as_reduced_tax_rate"] == "9.0"


def test_inclusive_prices_hold_their_tax() -> None:
    config = {**_CONFIG, "consumption_tax_display_type": "internal"}
    told = sums([line("1100", "ten_percent")], config, individual=False, billing=True)
    assert (told["excise_price"], told["total_price"]) == ("100.0", "1100.0")


def test_withholding_has_two_rates() -> None:
    told = sums(
        [line("2000000", "ten_percent", is_deduct_withholding_tax=True)], _CONFIG, individual=True, billing=True
    )
    assert Decimal(told["deduct_price"]) == Decimal(102_100 + 204_200)
