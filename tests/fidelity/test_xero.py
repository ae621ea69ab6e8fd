"""Answers of the Xero imitation, and requests of the connector, against the vendor's OpenAPI files.

Known differences between these files and the service, which we follow (their own samples show them): the envelope's keys are
in no schema, days are told a second time as text (``DueDateString``), and a batch's answer says with each element how it ended.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from choai.connectors.contract import Done, Item, Op, Window
from choai.connectors.xero import api
from choai.model.values import Ref, Row
from choai.sandbox import xero
from connectors.session import opened
from sandbox.xero_client import Answer, Client, client
from servers import Sandbox, sandbox

Spec = dict[str, Any]
ENVELOPE = {"Id", "Status", "ProviderName", "DateTimeUTC", "SummarizeErrors"}
TWINS = {
    "DateString",
    "DueDateString",
    "DeliveryDateString",
    "HasErrors",
    "HasValidationErrors",
    "StatusAttributeString",
}
covered: set[tuple[str, str]] = set()


@cache
def loaded(path: Path) -> Spec:
    with path.open(encoding="utf-8") as file:
        found: Spec = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return found


def document(name: str) -> Spec:
    beside = Path(__file__).resolve().parents[3] / "shared" / "specs"
    path = Path(os.environ.get("CHOAI_SPECS") or beside) / "xero" / name
    if not path.is_file():
        pytest.skip(f"the vendor's OpenAPI file xero/{name} is not here; name its folder in CHOAI_SPECS")
    return loaded(path)


@pytest.fixture
def spec() -> Spec:
    return document("xero_accounting.yaml")


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with sandbox(xero) as running:
        yield running


def resolved(spec: Spec, node: Any) -> Any:
    while "$ref" in node:
        target: Any = spec
        for part in node["$ref"].lstrip("#/").split("/"):
            target = target[part]
        node = target
    return node


def check(spec: Spec, schema: Any, value: Any) -> None:
    """Types and choices as the file says, and no key that it does not know."""
    validator = jsonschema.Draft202012Validator({**schema, "components": spec["components"]})
    wrong = [(list(e.absolute_path), e.message[:200]) for e in validator.iter_errors(value)]
    assert not wrong
    if "Elements" not in value:  # an error repeats what was sent, the file shows its ids only
        assert not [key for key in unknown(spec, schema, value) if key not in ENVELOPE | TWINS]


def unknown(spec: Spec, schema: Any, value: Any) -> list[str]:
    schema = resolved(spec, schema)
    if isinstance(value, list):
        return [key for one in value for key in unknown(spec, schema.get("items", {}), one)]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    known = schema["properties"]
    inner = [key for name, one in value.items() if name in known for key in unknown(spec, known[name], one)]
    return inner + [name for name in value if name not in known]


def operation(spec: Spec, method: str, path: str) -> tuple[str, Any]:
    """The path of the file and what it says of the method there."""
    parts = path.strip("/").split("/")
    fits = [
        known
        for known in spec["paths"]
        if len(known.strip("/").split("/")) == len(parts)
        and all(w == p or w.startswith("{") for w, p in zip(known.strip("/").split("/"), parts, strict=True))
        and method.lower() in spec["paths"][known]
    ]
    best = min(fits, key=lambda known: (known.count("{"), "Number" in known))
    return best, spec["paths"][best][method.lower()]


async def asked(
    spec: Spec, box: Client, method: str, path: str, body: Any = None, *, status: int = 200, **query: Any
) -> Answer:
    """A call whose request and answer the file allows."""
    known, told = operation(spec, method, path)
    if body is not None:
        check(spec, resolved(spec, told["requestBody"])["content"]["application/json"]["schema"], body)
    names = {
        resolved(spec, p)["name"] for p in [*told.get("parameters", []), *spec["paths"][known].get("parameters", [])]
    }
    assert set(query) <= names, (path, query)
    answer = await box.send(method, path, body, **query)
    assert answer.status == status, answer.text
    content = resolved(spec, told["responses"][str(status)]).get("content", {})
    if "application/json" in content:
        check(spec, content["application/json"]["schema"], answer.data)
    covered.add((method, known))
    return answer


LISTS: list[tuple[str, dict[str, Any]]] = [
    ("Organisation", {}),
    ("Organisation/Actions", {}),
    ("Contacts", {"page": 1, "pageSize": 20, "includeArchived": "true", "order": "ContactID ASC"}),
    ("Contacts", {"summaryOnly": "true", "page": 1, "searchTerm": "a", "where": 'ContactStatus=="ACTIVE"'}),
    (
        "Invoices",
        {"page": 1, "pageSize": 100, "unitdp": 4, "where": 'Type=="ACCREC" AND Total>0', "Statuses": "PAID,AUTHORISED"},
    ),
    ("Invoices", {}),
    ("Quotes", {"page": 1, "Status": "DRAFT", "order": "QuoteID ASC"}),
    ("PurchaseOrders", {"page": 1, "pageSize": 5, "Status": "DRAFT"}),
    ("CreditNotes", {"page": 1, "pageSize": 10}),
    ("Payments", {"page": 1, "pageSize": 10, "where": "Amount>0"}),
    ("Items", {"unitdp": 4}),
    ("Accounts", {"where": 'Type=="BANK"', "order": "Code ASC"}),
    ("TaxRates", {}),
    ("Currencies", {}),
    ("TrackingCategories", {"includeArchived": "true"}),
    ("Users", {}),
    ("BrandingThemes", {}),
    ("Receipts", {}),
]
SINGLES = {
    "Contacts": "ContactID", "Invoices": "InvoiceID", "Quotes": "QuoteID", "PurchaseOrders": "PurchaseOrderID",
    "CreditNotes": "CreditNoteID", "Payments": "PaymentID", "Items": "ItemID", "Accounts": "AccountID", "Users": "UserID",
    "TaxRates": "TaxType", "TrackingCategories": "TrackingCategoryID", "Receipts": "ReceiptID",
    "BrandingThemes": "BrandingThemeID",
}  # fmt: skip


async def test_reads(spec: Spec, box: Sandbox) -> None:
    async with client(box, scope="") as person:
        for path, query in LISTS:
            answer = await asked(spec, person, "GET", path, **query)
            rows = next(v for v in answer.data.values() if isinstance(v, list))
            assert rows, path
            if path in SINGLES:
                single = await asked(spec, person, "GET", f"{path}/{rows[0][SINGLES[path]]}")
                assert len(next(v for v in single.data.values() if isinstance(v, list))) == 1


async def test_contacts_items_and_settings(spec: Spec, box: Sandbox) -> None:
    contact = {
        "Name": "照合商事",
        "ContactNumber": "crm-1",
        "Addresses": [{"AddressType": "POBOX", "City": "千代田区", "Country": "Japan"}],
        "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "03-1234-5678"}],
        "ContactPersons": [{"FirstName": "花子", "EmailAddress": "h@example.jp", "IncludeInEmails": True}],
        "PaymentTerms": {"Sales": {"Day": 31, "Type": "OFFOLLOWINGMONTH"}},
    }
    item = {
        "Code": "F-1",
        "Name": "品目",
        "SalesDetails": {"UnitPrice": 10.5, "AccountCode": "200", "TaxType": "TAX001"},
    }
    async with client(box) as person:
        made = await asked(spec, person, "PUT", "Contacts", {"Contacts": [contact]}, summarizeErrors="false")
        number = made.data["Contacts"][0]["ContactID"]
        await asked(spec, person, "POST", "Contacts", {"Contacts": [{"ContactID": number, "FirstName": "a"}]})
        await asked(
            spec,
            person,
            "POST",
            f"Contacts/{number}",
            {"Contacts": [{"ContactID": number, "ContactStatus": "ARCHIVED"}]},
        )
        made = await asked(spec, person, "PUT", "Items", {"Items": [item]}, unitdp=4)
        number = made.data["Items"][0]["ItemID"]
        await asked(spec, person, "POST", "Items", {"Items": [{"Code": "F-1", "Name": "別名"}]})
        await asked(spec, person, "POST", f"Items/{number}", {"Items": [{"Code": "F-2"}]})
        await asked(spec, person, "DELETE", f"Items/{number}", status=204)
        made = await asked(spec, person, "PUT", "Accounts", {"Code": "F1", "Name": "科目", "Type": "EXPENSE"})
        number = made.data["Accounts"][0]["AccountID"]
        await asked(spec, person, "POST", f"Accounts/{number}", {"Accounts": [{"Name": "科目2"}]})
        await asked(spec, person, "DELETE", f"Accounts/{number}")
        rate = {"Name": "非課税", "TaxComponents": [{"Name": "消費税", "Rate": 0.5}]}
        await asked(spec, person, "PUT", "TaxRates", {"TaxRates": [rate]})
        await asked(spec, person, "POST", "TaxRates", {"TaxRates": [{**rate, "Status": "DELETED"}]})
        await asked(spec, person, "PUT", "Currencies", {"Code": "AUD", "Description": "Australian Dollar"})
        number = person.id("TrackingCategories", Name="部門")
        await asked(spec, person, "POST", f"TrackingCategories/{number}", {"Name": "部署"})
        await asked(spec, person, "PUT", f"TrackingCategories/{number}/Options", {"Name": "総務部"})
        option = person.world.state["organisations"][xero.GLOBAL]["tables"]["TrackingCategories"][number]["Options"][0]
        await asked(
            spec, person, "POST", f"TrackingCategories/{number}/Options/{option['TrackingOptionID']}", {"Name": "営業"}
        )
        await asked(spec, person, "POST", f"TrackingCategories/{number}", {"Status": "ARCHIVED"})
        await asked(spec, person, "PUT", "TrackingCategories", {"Name": "案件"})
        await asked(spec, person, "DELETE", f"TrackingCategories/{number}")


async def test_documents(spec: Spec, box: Sandbox) -> None:
    async with client(box, scope="") as person:
        contact = {"ContactID": person.id("Contacts", Name="Bluebird Software GmbH")}
        await person.one("POST", "Contacts", {**contact, "EmailAddress": "a@example.com"})
        line = {"Description": "開発", "Quantity": 1, "UnitAmount": 1000, "AccountCode": "200", "TaxType": "TAX001"}
        cost = {**line, "AccountCode": "310", "TaxType": "TAX003"}
        body = {"Contact": contact, "Date": "2026-04-01", "LineItems": [line]}

        async def made(name: str, entry: dict[str, Any]) -> str:
            answer = await asked(spec, person, "PUT", name, {name: [entry]})
            number: str = answer.data[name][0][SINGLES[name]]
            return number

        async def moved(name: str, number: str, **changes: Any) -> None:
            await asked(spec, person, "POST", f"{name}/{number}", {name: [{SINGLES[name]: number, **changes}]})

        invoice = await made("Invoices", {**body, "Type": "ACCREC", "DueDate": "2026-04-30"})
        await asked(
            spec, person, "POST", "Invoices", {"Invoices": [{"InvoiceID": invoice, "Reference": "R"}]}, unitdp=4
        )
        await moved("Invoices", invoice, Status="AUTHORISED")
        await asked(spec, person, "POST", f"Invoices/{invoice}/Email", {}, status=204)
        await asked(spec, person, "GET", f"Invoices/{invoice}/OnlineInvoice")
        pay = {"Invoice": {"InvoiceID": invoice}, "Account": {"Code": "090"}, "Date": "2026-04-10", "Amount": 100}
        paid = await asked(spec, person, "PUT", "Payments", {"Payments": [pay]}, summarizeErrors="false")
        await asked(spec, person, "POST", "Payments", pay)
        await asked(spec, person, "POST", f"Payments/{paid.data['Payments'][0]['PaymentID']}", {"Status": "DELETED"})
        credit = await made("CreditNotes", {**body, "Type": "ACCRECCREDIT"})
        await asked(
            spec, person, "POST", "CreditNotes", {"CreditNotes": [{"CreditNoteID": credit, "Status": "AUTHORISED"}]}
        )
        entry = {"Amount": 50, "Date": "2026-04-30", "Invoice": {"InvoiceID": invoice}}
        applied = await asked(spec, person, "PUT", f"CreditNotes/{credit}/Allocations", {"Allocations": [entry]})
        at = f"CreditNotes/{credit}/Allocations/{applied.data['Allocations'][0]['AllocationID']}"
        assert (await person.send("DELETE", at)).status == 200
        await moved("CreditNotes", credit, Reference="R")
        quote = await made("Quotes", {**body, "LineAmountTypes": "INCLUSIVE"})
        again = {**body, "QuoteID": quote, "Title": "件名"}
        await asked(spec, person, "POST", "Quotes", {"Quotes": [again]}, summarizeErrors="false")
        await moved("Quotes", quote, Contact=contact, Date="2026-04-01", Status="SENT")
        order = await made("PurchaseOrders", {**body, "LineItems": [cost]})
        orders = {"PurchaseOrders": [{"PurchaseOrderID": order, "DeliveryInstructions": "裏口"}]}
        await asked(spec, person, "POST", "PurchaseOrders", orders, summarizeErrors="false")
        await moved("PurchaseOrders", order, Status="AUTHORISED")
        receipt = await made(
            "Receipts", {**body, "LineItems": [{**cost, "AccountCode": "449"}], "User": {"UserID": xero.USER}}
        )
        await moved("Receipts", receipt, Reference="R")
        for name, number in (
            ("Invoices", invoice),
            ("Quotes", quote),
            ("PurchaseOrders", order),
            ("CreditNotes", credit),
        ):
            answer = await person.send("GET", f"{name}/{number}/pdf", headers={"Accept": "application/pdf"})
            assert answer.text.startswith("%PDF")
            covered.add(("GET", operation(spec, "GET", f"{name}/{number}/pdf")[0]))


async def test_refusals(spec: Spec, box: Sandbox) -> None:
    async with client(box) as person:
        name = "Bluebird Software GmbH"
        body = {"Type": "ACCREC", "Contact": {"Name": name}, "CurrencyCode": "CHF", "LineItems": []}
        for path, sent in (("Contacts", {"Contacts": [{"Name": name}]}), ("Invoices", {"Invoices": [body]})):
            answer = await asked(spec, person, "PUT", path, sent, status=400)
            assert answer.data["Type"] == "ValidationException"
            assert answer.messages
            mixed = await asked(spec, person, "PUT", path, sent, summarizeErrors="false")
            assert mixed.messages == answer.messages


async def test_connections(box: Sandbox) -> None:
    spec = document("xero-identity.yaml")
    async with client(box) as person:
        answer = await asked(spec, person, "GET", "/Connections")
        assert [one["tenantName"] for one in answer.data] == ["帳合テスト株式会社"]
        assert (await person.send("DELETE", f"/Connections/{answer.data[0]['id']}")).status == 204
        assert (await person.get("/connections")).data == []
        assert (await person.get("Contacts")).status == 403


async def test_webhooks(box: Sandbox) -> None:
    spec = document("xero-webhooks.yaml")
    async with client(box) as person:
        made = await person.one("PUT", "Contacts", {"Name": "知らせ商事"})
        (contact,) = xero.deliveries(box.world, "key")
        check(spec, spec["components"]["schemas"]["WebhookEvent"], json.loads(contact[0]))
        await person.one("PUT", "CreditNotes", {"Type": "ACCRECCREDIT", "Contact": {"ContactID": made["ContactID"]}})
        (credit,) = xero.deliveries(box.world, "key")
        check(spec, spec["components"]["schemas"]["CreditNoteWebhookEvent"], json.loads(credit[0]))
        assert json.loads(credit[0])["events"][0]["data"] == {"Type": "ACCRECCREDIT", "Status": "DRAFT"}


async def test_what_the_connector_sends(spec: Spec, box: Sandbox) -> None:
    sent: list[tuple[str, str, Any, Any]] = []
    box.world.state["settings"]["limit_minute"] = 100_000
    token = xero.sign_in(box.world, scope="")["access_token"]
    settings = {"base_url": box.base_url, "receipts": "yes"}
    tables = box.world.state["organisations"][xero.GLOBAL]["tables"]
    contact = Ref(next(iter(tables["Contacts"])))
    account = Ref(next(id for id, row in tables["Accounts"].items() if row["Code"] == "449"))
    async with opened("xero", settings, tokens=[token], identified=False) as session:
        real = session.call

        async def call(method: str, path: str, **more: Any) -> Any:
            sent.append((method, path, more.get("query"), more.get("json")))
            return await real(method, path, **more)

        session.call = call  # type: ignore[method-assign]  # listens in
        session.account = await api.identify(session)
        lines = [Row(None, {"Description": "a", "Quantity": Decimal(1), "UnitAmount": Decimal(5), "Account": account})]
        paper: dict[str, Any] = {"Contact": contact, "Date": date(2026, 4, 1), "LineItems": lines}
        news: dict[str, dict[str, Any]] = {
            "contact": {"Name": "新", "POBOX.City": "港区", "Phone.FAX": "1", "PaymentTerms.Sales.Day": 5,
                        "PaymentTerms.Sales.Type": "OFCURRENTMONTH", "ContactPersons": [Row(None, {"FirstName": "a"})]},
            "bill": {**paper, "InvoiceNumber": "N-1"},
            "quote": {**paper, "LineAmountTypes": "NoTax"},
            "purchase_order": paper,
            "credit_note": {**paper, "Type": "ACCPAYCREDIT"},
            "receipt": {**paper, "User": Ref(xero.USER)},
            "item": {"Code": "N-1", "SalesDetails.UnitPrice": Decimal(5)},
            "tax_rate": {"Name": "N", "TaxComponents": [Row(None, {"Name": "n", "Rate": Decimal(5)})]},
            "account": {"Code": "N1", "Name": "N", "Type": "EXPENSE"},
            f"tracking:{next(iter(tables['TrackingCategories']))}": {"Name": "N"},
            "currency": {"Code": "GBP", "Description": "Pound"},
        }  # fmt: skip
        changes = {
            "item": {"SalesDetails.UnitPrice": Decimal(6)},
            "contact": {"STREET.City": "x"},
            "bill": {"Url": "https://x"},
        }
        for object, values in news.items():
            await api.read(session, object, Window(since=datetime(2026, 1, 1, tzinfo=UTC)), None)
            (done,) = await api.write(session, object, Op.CREATE, [Item("1", values, stamp=f"key-{object}")])
            assert isinstance(done, Done), (object, done)
            if object != "currency":
                name = next((n for n in ("Name", "Reference") if n in done.record.values), "")
                change: dict[str, Any] = changes.get(object, {name: "N9"})
                (done,) = await api.write(session, object, Op.UPDATE, [Item("1", change, id=done.record.id)])
                assert isinstance(done, Done), (object, done)
            await api.find(session, object, "id", [done.record.id])
    for method, path, query, body in sent:
        if path == "/connections":
            continue
        known, told = operation(spec, method, path.removeprefix("/api.xro/2.0"))
        names = {
            resolved(spec, p)["name"]
            for p in [*told.get("parameters", []), *spec["paths"][known].get("parameters", [])]
        }
        assert set(query or ()) <= names, (path, query)
        if body is not None:
            check(spec, resolved(spec, told["requestBody"])["content"]["application/json"]["schema"], plain(body))
    assert {m for m, _, _, _ in sent} == {"GET", "PUT", "POST"}


def plain(value: Any) -> Any:
    """As it goes over the wire."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return float(value) if isinstance(value, Decimal) else value


def test_operations_covered(spec: Spec) -> None:
    """What of the file the tests above met; the imitation serves no others than these."""
    if not covered:
        pytest.skip("the tests that call the operations did not run")
    served = {path.strip("/").split("/")[0] for _, path in covered}
    every = {(m.upper(), p) for p, ms in spec["paths"].items() for m in ms if m in ("get", "put", "post", "delete")}
    left = {
        (m, p)
        for m, p in every
        if p.strip("/").split("/")[0] in served
        and not {"History", "Attachments"} & set(p.split("/"))
        and (m, p) not in covered
    }
    assert {p for _, p in left} <= {
        "/BrandingThemes/{BrandingThemeID}/PaymentServices",
        "/Contacts/{ContactNumber}",
        "/Contacts/{ContactID}/CISSettings",
        "/Organisation/{OrganisationID}/CISSettings",
        "/PurchaseOrders/{PurchaseOrderNumber}",
        "/TrackingCategories/{TrackingCategoryID}/Options/{TrackingOptionID}",
        "/CreditNotes/{CreditNoteID}/Allocations/{AllocationID}",
    }, left
