"""What Xero demands of records: unique names, batches, filters, documents and their statuses, payments."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from choai.sandbox import xero
from choai.sandbox.xero.where import BadFilter, parsed
from sandbox.xero_client import Client, client
from servers import Sandbox, sandbox

NAME = "Bluebird Software GmbH"


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with sandbox(xero) as running:
        yield running


@pytest.fixture
async def person(box: Sandbox) -> AsyncIterator[Client]:
    async with client(box, scope="") as entered:
        yield entered


def paper(person: Client, **more: Any) -> dict[str, Any]:
    line = {"Description": "開発", "Quantity": 2, "UnitAmount": 1000, "AccountCode": "200", "TaxType": "TAX001"}
    contact = {"ContactID": person.id("Contacts", Name=NAME)}
    return {
        "Type": "ACCREC",
        "Contact": contact,
        "Date": "2026-04-01",
        "DueDate": "2026-04-30",
        "LineItems": [line],
        **more,
    }


async def messages(person: Client, method: str, path: str, body: Any) -> list[str]:
    answer = await person.send(method, path, body)
    assert answer.status == 400, answer.text
    return answer.messages


# ---------------------------------------------------------------- batches and lists


async def test_a_refused_batch_keeps_its_good_elements(person: Client) -> None:
    """The danger of summarizeErrors' default."""
    batch = {"Contacts": [{"Name": "良い商事"}, {"Name": NAME}]}
    answer = await person.send("PUT", "Contacts", batch)
    assert (answer.status, answer.data["Type"], len(answer.data["Elements"])) == (400, "ValidationException", 1)
    assert person.id("Contacts", Name="良い商事")
    told = await person.send("PUT", "Contacts", batch, summarizeErrors="false")
    assert told.status == 200
    assert [row["StatusAttributeString"] for row in told.data["Contacts"]] == ["ERROR", "ERROR"]
    assert told.data["Contacts"][0]["ContactID"] == "00000000-0000-0000-0000-000000000000"


async def test_one_account_a_call(person: Client) -> None:
    two = {"Accounts": [{"Code": "1", "Name": "a", "Type": "SALES"}, {"Code": "2", "Name": "b", "Type": "SALES"}]}
    assert (await person.send("PUT", "Accounts", two)).status == 400


async def test_pages(person: Client) -> None:
    pages = [await person.get("Contacts", page=n, pageSize=50, order="Name DESC") for n in (1, 2, 3, 4)]
    assert [len(p.data["Contacts"]) for p in pages] == [50, 50, 20, 0]
    assert pages[0].data["pagination"] == {"page": 1, "pageSize": 50, "pageCount": 3, "itemCount": 120}
    names = [row["Name"] for p in pages for row in p.data["Contacts"]]
    assert names == sorted(names, reverse=True)
    assert (await person.get("Contacts", page=1, pageSize=1001)).status == 400
    assert "LineItems" not in (await person.get("Invoices")).data["Invoices"][0], "lines come with pages only"
    assert "LineItems" in (await person.get("Invoices", page=1)).data["Invoices"][0]


async def test_filters(person: Client) -> None:
    async def count(path: str, **query: Any) -> int:
        answer = await person.get(path, **query)
        assert answer.status == 200, answer.text
        return len(next(v for v in answer.data.values() if isinstance(v, list)))

    paid = await count("Invoices", where='Status=="PAID"')
    assert 0 < paid == await count("Invoices", Statuses="PAID")
    assert await count("Invoices", where='Type=="ACCREC" AND Status=="PAID" AND AmountDue==0') == paid
    assert await count("Invoices", where='(Status=="PAID" OR Status=="DRAFT") && Total>=0') > paid
    assert await count("Invoices", where="Date>=DateTime(2100,01,01)") == 0
    assert await count("Contacts", where=f'ContactID==guid("{person.id("Contacts", Name=NAME)}")') == 1
    assert await count("Contacts", where='Name.StartsWith("Bluebird") AND EmailAddress!=null') == 1
    assert await count("Contacts", searchTerm="bluebird") == 1
    assert await count("Contacts", IDs=person.id("Contacts", Name=NAME)) == 1
    assert await count("Quotes", QuoteNumber="QU-0001") == 1
    assert await count("PurchaseOrders", DateFrom="2100-01-01") == 0
    answer = await person.get("Contacts", where="Name=")
    assert (answer.status, answer.data["Type"]) == (400, "QueryParseException")


@pytest.mark.parametrize(
    "text", ["", "Name", "Name==", '=="x"', 'Name=="x" AND', '(Name=="x"', 'Name=="x" Name', "Name==x", "#"]
)
def test_bad_filters(text: str) -> None:
    with pytest.raises(BadFilter):
        parsed(text)


async def test_modified_since_counts_seconds(person: Client) -> None:
    number = person.id("Contacts", Name=NAME)
    await person.one("POST", "Contacts", {"ContactID": number, "FirstName": "x"})
    now = person.world.now().strftime("%Y-%m-%dT%H:%M:%S")
    answer = await person.send("GET", "Contacts", headers={"If-Modified-Since": now})
    assert [row["ContactID"] for row in answer.data["Contacts"]] == [number]
    later = await person.send("GET", "Contacts", headers={"If-Modified-Since": "2100-01-01T00:00:00"})
    assert (later.status, later.data["Contacts"]) == (200, [])


# ---------------------------------------------------------------- contacts and settings


async def test_names_are_unique_among_active_contacts(person: Client) -> None:
    made = await person.one("PUT", "Contacts", {"Name": "重複商事"})
    (text,) = await messages(person, "PUT", "Contacts", {"Name": "重複商事"})
    assert text.startswith("The contact name 重複商事 is already assigned to another contact.")
    await person.one("POST", "Contacts", {"ContactID": made["ContactID"], "ContactStatus": "ARCHIVED"})
    again = await person.one("PUT", "Contacts", {"Name": "重複商事"})
    assert again["ContactID"] != made["ContactID"]
    back = {"ContactID": made["ContactID"], "ContactStatus": "ACTIVE"}
    assert await messages(person, "POST", "Contacts", back), "it cannot come back"
    shown = {row["ContactID"] for row in (await person.get("Contacts")).data["Contacts"]}
    assert made["ContactID"] not in shown
    assert (await person.get(f"Contacts/{made['ContactID']}")).status == 200


async def test_a_post_by_name_changes_a_stranger(person: Client) -> None:
    changed = await person.one("POST", "Contacts", {"Name": NAME, "FirstName": "別人"})
    assert changed["ContactID"] == person.id("Contacts", Name=NAME)


async def test_elements_of_a_type_are_replaced_whole(person: Client) -> None:
    both = [{"AddressType": "POBOX", "City": "a", "Region": "b"}, {"AddressType": "STREET", "City": "c"}]
    made = await person.one("PUT", "Contacts", {"Name": "住所", "Addresses": both})
    change = {"ContactID": made["ContactID"], "Addresses": [{"AddressType": "POBOX", "City": "z"}]}
    after = await person.one("POST", "Contacts", change)
    assert after["Addresses"] == [{"AddressType": "POBOX", "City": "z"}, {"AddressType": "STREET", "City": "c"}]
    persons = [{"FirstName": str(n)} for n in range(6)]
    assert await messages(person, "POST", "Contacts", {"ContactID": made["ContactID"], "ContactPersons": persons})


async def test_settings_have_rules(person: Client) -> None:
    assert await messages(person, "PUT", "Accounts", {"Code": "200", "Name": "別", "Type": "SALES"}) == [
        "Please enter a unique Code."
    ]
    assert await messages(person, "PUT", "TaxRates", {"Name": "課税売上10%", "TaxComponents": []})
    made = await person.one("PUT", "TaxRates", {"Name": "新税率", "TaxComponents": [{"Name": "a", "Rate": 12}]})
    assert (made["TaxType"], made["EffectiveRate"]) == ("TAX005", 12)
    assert await messages(person, "PUT", "TrackingCategories", {"Name": "三つ目"})
    assert await messages(person, "PUT", "Items", {"Code": "sup-m"}) == [
        "Price List Item with Code 'sup-m' already exists"
    ]
    person.tenant = xero.STARTER
    person.token = xero.sign_in(person.world, tenant=xero.STARTER)["access_token"]
    assert await messages(person, "PUT", "Currencies", {"Code": "USD"})


async def test_items_in_use_stay(person: Client) -> None:
    line = {"ItemCode": "TRN", "Quantity": 1}
    await person.one("PUT", "Invoices", paper(person, LineItems=[line]))
    assert (await person.send("DELETE", f"Items/{person.id('Items', Code='TRN')}")).status == 400
    assert (await person.send("DELETE", f"Items/{person.id('Items', Code='CBL')}")).status == 204


# ---------------------------------------------------------------- documents


async def test_sums(person: Client) -> None:
    lines = [
        {
            "Description": "a",
            "Quantity": 3,
            "UnitAmount": 33.335,
            "AccountCode": "200",
            "TaxType": "TAX001",
            "DiscountRate": 10,
        },
        {"Description": "b", "Quantity": 1, "UnitAmount": 108, "AccountCode": "200", "TaxType": "TAX002"},
        {"Description": "見出しだけ"},
    ]
    for mode, told in (
        ("Exclusive", (198, 17.64, 215.64)),
        ("Inclusive", (181.82, 16.18, 198)),
        ("NoTax", (198, 0, 198)),
    ):
        made = await person.one("PUT", "Invoices", paper(person, LineItems=lines, LineAmountTypes=mode))
        assert (made["SubTotal"], made["TotalTax"], made["Total"]) == told
    wrong = [{**lines[0], "LineAmount": 5}]
    (text,) = await messages(person, "PUT", "Invoices", paper(person, LineItems=wrong))
    assert "does not match the expected line total" in text


@pytest.mark.parametrize(
    ("path", "change", "part"),
    [
        ("Invoices", {"CurrencyCode": "CHF"}, "not subscribed to currency CHF"),
        ("Invoices", {"InvoiceNumber": "INV-0001"}, "Invoice # must be unique."),
        ("Invoices", {"LineItems": [{"Description": "a", "AccountCode": "999"}]}, "Account code '999'"),
        ("Invoices", {"LineItems": [{"Description": "a", "AccountCode": "610"}]}, "Account code '610'"),
        (
            "Invoices",
            {"LineItems": [{"Description": "a", "AccountCode": "200", "TaxType": "TAX003"}]},
            "cannot be used with account",
        ),
        ("Invoices", {"LineItems": [{"ItemCode": "NONE"}]}, "Item code 'NONE'"),
        ("Invoices", {"Status": "AUTHORISED", "LineItems": []}, "line items"),
        ("Invoices", {"Status": "AUTHORISED", "DueDate": None}, "Due Date"),
        ("Invoices", {"Status": "AUTHORISED", "LineItems": [{"Description": "a"}]}, "AccountCode must be specified"),
        ("Invoices", {"Status": "PAID"}, "not of valid status"),
        ("Invoices", {"Type": "ACCPAY", "LineItems": [{"Description": "a", "DiscountRate": 5}]}, "Discounts"),
        ("PurchaseOrders", {"Contact": {"Name": "いない"}}, "Contact could not be found"),
        ("PurchaseOrders", {"PurchaseOrderNumber": "PO-0001"}, "Order number must be unique"),
        ("Quotes", {"Status": "ACCEPTED"}, "not of valid status"),
        ("CreditNotes", {"Type": None}, "Type is required"),
    ],
)
async def test_refused_documents(person: Client, path: str, change: dict[str, Any], part: str) -> None:
    body = paper(person, **change)
    if path in ("Quotes", "PurchaseOrders"):
        body |= {"LineItems": []}
    assert part in " ".join(await messages(person, "PUT", path, body))


async def test_quotes_write_capitals(person: Client) -> None:
    assert (await person.send("PUT", "Quotes", paper(person, LineAmountTypes="Exclusive"))).data["ErrorNumber"] == 17
    made = await person.one("PUT", "Quotes", paper(person, LineAmountTypes="EXCLUSIVE"))
    assert await messages(person, "POST", f"Quotes/{made['QuoteID']}", {"Status": "SENT"}) == [
        "Contact is required.",
        "Date is required.",
    ]


async def test_the_lock_date(person: Client) -> None:
    person.world.state["organisations"][xero.GLOBAL]["organisation"]["PeriodLockDate"] = "2026-04-01"
    (text,) = await messages(person, "PUT", "Invoices", paper(person))
    assert text == "The document date cannot be before the period lock date, currently set at 2026-04-01"
    await person.one("PUT", "Invoices", paper(person, Date="2026-04-02"))


async def test_an_invoice_through_its_life(person: Client) -> None:
    made = await person.one("PUT", "Invoices", paper(person))
    number = made["InvoiceID"]
    assert (made["Status"], made["AmountDue"], made["DateString"]) == ("DRAFT", 2200, "2026-04-01T00:00:00")
    assert made["Date"] == "/Date(1775001600000+0000)/"

    async def to(status: str) -> Any:
        return await person.send("POST", f"Invoices/{number}", {"InvoiceID": number, "Status": status})

    assert (await to("VOIDED")).status == 400
    assert (await to("AUTHORISED")).status == 200
    assert (await to("DELETED")).status == 400, "approved ones are voided"
    pay = {"Invoice": {"InvoiceID": number}, "Account": {"Code": "090"}, "Date": "2026-04-10", "Amount": 2200}
    over = {**pay, "Amount": 2201}
    assert await messages(person, "PUT", "Payments", over) == [
        "Payment amount exceeds the amount outstanding on this document"
    ]
    assert await messages(person, "PUT", "Payments", {**pay, "Account": {"Code": "200"}})
    paid = await person.one("PUT", "Payments", pay)
    shown = await person.one("GET", f"Invoices/{number}")
    assert (shown["Status"], shown["AmountDue"], shown["FullyPaidOnDate"][:6]) == ("PAID", 0, "/Date(")
    assert (await to("VOIDED")).status == 400
    await person.one("POST", f"Payments/{paid['PaymentID']}", {"Status": "DELETED"})
    assert (await person.one("GET", f"Invoices/{number}"))["Status"] == "AUTHORISED"
    assert (await to("VOIDED")).status == 200
    assert (await to("DRAFT")).status == 400
    taken = await messages(person, "PUT", "Invoices", paper(person, InvoiceNumber=made["InvoiceNumber"]))
    assert taken == ["Invoice # must be unique."], "also of voided ones"


async def test_lines_that_are_not_sent_are_gone(person: Client) -> None:
    made = await person.one("PUT", "Invoices", paper(person))
    (line,) = made["LineItems"]
    change = {"InvoiceID": made["InvoiceID"], "LineItems": [{"LineItemID": line["LineItemID"], "Description": "x"}]}
    after = (await person.one("POST", "Invoices", change))["LineItems"][0]
    assert after["LineItemID"] == line["LineItemID"]
    assert "AccountCode" not in after
    new = await person.one("POST", "Invoices", {"InvoiceID": made["InvoiceID"], "LineItems": [{"Description": "y"}]})
    assert new["LineItems"][0]["LineItemID"] != line["LineItemID"]


async def test_more_than_the_id_changes_the_contact(person: Client) -> None:
    number = person.id("Contacts", Name=NAME)
    await person.one("PUT", "Invoices", paper(person, Contact={"ContactID": number, "Name": "改名商事"}))
    assert (await person.one("GET", f"Contacts/{number}"))["Name"] == "改名商事"


async def test_bills_share_numbers(person: Client) -> None:
    line = {"Description": "a", "Quantity": 1, "UnitAmount": 5, "AccountCode": "429"}
    body = paper(person, Type="ACCPAY", InvoiceNumber="B-1", LineItems=[line])
    assert (await person.one("PUT", "Invoices", body))["InvoiceID"] != (await person.one("PUT", "Invoices", body))[
        "InvoiceID"
    ]


async def test_credit_is_applied_and_taken_back(person: Client) -> None:
    invoice = await person.one("PUT", "Invoices", paper(person, Status="AUTHORISED"))
    credit = await person.one("PUT", "CreditNotes", paper(person, Type="ACCRECCREDIT", Status="AUTHORISED"))
    at = f"CreditNotes/{credit['CreditNoteID']}/Allocations"
    entry = {"Amount": 2200, "Date": "2026-04-30", "Invoice": {"InvoiceID": invoice["InvoiceID"]}}
    assert await messages(person, "PUT", at, {"Allocations": [{**entry, "Amount": 5000}]})
    made = await person.one("PUT", at, {"Allocations": [entry]})
    assert (await person.one("GET", f"Invoices/{invoice['InvoiceID']}"))["Status"] == "PAID"
    assert (await person.one("GET", f"CreditNotes/{credit['CreditNoteID']}"))["RemainingCredit"] == 0
    assert (await person.send("DELETE", f"{at}/{made['AllocationID']}")).status == 200
    assert (await person.one("GET", f"Invoices/{invoice['InvoiceID']}"))["AmountDue"] == 2200


async def test_mail_needs_an_approved_invoice_and_an_address(person: Client) -> None:
    draft = await person.one("PUT", "Invoices", paper(person))
    assert (await person.send("POST", f"Invoices/{draft['InvoiceID']}/Email", {})).status == 400
    made = await person.one("PUT", "Invoices", paper(person, Status="AUTHORISED"))
    answer = await person.send("POST", f"Invoices/{made['InvoiceID']}/Email", {})
    assert (answer.status, answer.text) == (204, "")
    assert (await person.one("GET", f"Invoices/{made['InvoiceID']}"))["SentToContact"] is True


async def test_receipts_can_be_gone(person: Client) -> None:
    assert (await person.get("Receipts")).status == 200
    person.world.state["settings"]["receipts"] = False
    assert (await person.get("Receipts")).status == 404


def test_the_same_seed_is_the_same_world() -> None:
    first, second = (xero.new_world(None, 3).state["organisations"] for _ in range(2))
    assert first == second
    assert first != xero.new_world(None, 4).state["organisations"]
