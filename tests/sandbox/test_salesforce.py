"""The Salesforce imitation keeps the platform's rules."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest

from choai.sandbox import salesforce
from sandbox.salesforce_client import API, Client, client
from servers import Sandbox, sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with sandbox(salesforce) as running:
        yield running


@pytest.fixture
async def sf(box: Sandbox) -> AsyncIterator[Client]:
    async with client(box) as made:
        yield made


@pytest.fixture
async def five(sf: Client) -> Client:
    """Five projects with values to compare."""
    for n, kind in enumerate(("受託", "準委任", None, "派遣", "受託")):
        values = {"Name": f"P{n}", "ProjectCode__c": f"Q-{n}", "Kind__c": kind, "Budget__c": n * 100 if n else None}
        await sf.make(
            "Project__c", **values, StartDate__c=f"2026-05-0{n + 1}", Regions__c="東日本;海外" if n % 2 else None
        )
    return sf


# ---------------------------------------------------------------- SOQL


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("Kind__c = '受託'", ["P0", "P4"]),
        ("Kind__c != '受託'", ["P1", "P2", "P3"]),  # empty is unequal too
        ("Kind__c IN ('準委任', '派遣')", ["P1", "P3"]),
        ("Kind__c NOT IN ('準委任', '派遣')", ["P0", "P2", "P4"]),
        ("Kind__c = null", ["P2"]),
        ("Budget__c >= 200 AND (Budget__c < 300 OR Name = 'P4')", ["P2", "P4"]),
        ("NOT (Budget__c > 100)", ["P0", "P1"]),
        ("Name LIKE 'p_' AND StartDate__c > 2026-05-03", ["P3", "P4"]),
        ("ProjectCode__c = 'q-1'", ["P1"]),  # capitals do not matter
        ("Regions__c INCLUDES ('東日本;海外')", ["P1", "P3"]),
        ("Regions__c EXCLUDES ('海外')", ["P0", "P2", "P4"]),
        ("Name = 'it\\'s'", []),
        ("SystemModstamp > 2026-01-30T00:00:00+09:00", ["P0", "P1", "P2", "P3", "P4"]),
        ("Id IN (SELECT Id FROM Project__c WHERE Name = 'P3')", ["P3"]),
    ],
)
async def test_conditions(five: Client, where: str, names: list[str]) -> None:
    assert (
        await five.names(f"SELECT Name FROM Project__c WHERE ProjectCode__c LIKE 'Q-%' AND ({where}) ORDER BY Name")
        == names
    )


async def test_orders_limits_and_counts(five: Client) -> None:
    mine = "FROM Project__c WHERE ProjectCode__c LIKE 'Q-%'"
    assert await five.names(f"SELECT Name {mine} ORDER BY Budget__c DESC NULLS FIRST, Name LIMIT 2 OFFSET 1") == [
        "P4",
        "P3",
    ]
    assert (await five.query(f"SELECT COUNT() {mine}")).data == {"totalSize": 5, "done": True, "records": []}
    told = (await five.query(f"SELECT MAX(Budget__c) top, COUNT(Id) {mine}")).data["records"][0]
    assert (told["top"], told["expr1"]) == (400.0, 5)
    every = (await five.query(f"SELECT FIELDS(ALL) {mine} LIMIT 1")).data["records"][0]
    assert {"Id", "Name", "Rich__c", "SystemModstamp"} <= every.keys()


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY"),
        ('SELECT Id FROM Account WHERE Name = "x"', "MALFORMED_QUERY"),
        ("SELECT Id FROM Account LIMIT x", "MALFORMED_QUERY"),
        ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY"),
        ("SELECT Nope FROM Account", "INVALID_FIELD"),
        ("SELECT Nope.Name FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Nope", "INVALID_TYPE"),
        ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE CloseDate = '2026-04-01'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account WHERE Name INCLUDES ('x')", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account LIMIT 1 OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
    ],
)
async def test_wrong_queries(sf: Client, soql: str, code: str) -> None:
    answer = await sf.query(soql)
    assert (answer.status, answer.code) == (400, code)


async def test_pages_and_their_locators(sf: Client, box: Sandbox) -> None:
    box.world.state["settings"]["query_page"] = 40
    first = await sf.query("SELECT Id FROM Account ORDER BY Id")
    assert (first.data["totalSize"], first.data["done"], len(first.data["records"])) == (100, False, 40)
    second = await sf.send("GET", first.data["nextRecordsUrl"])
    third = await sf.send("GET", second.data["nextRecordsUrl"])
    assert (len(third.data["records"]), third.data["done"]) == (20, True)
    assert "nextRecordsUrl" not in third.data
    for _ in range(10):
        await sf.query("SELECT Id FROM Account")
    assert (await sf.send("GET", first.data["nextRecordsUrl"])).code == "INVALID_QUERY_LOCATOR"  # an eleventh cursor
    last = (await sf.query("SELECT Id FROM Account")).data["nextRecordsUrl"]
    box.world.shift += timedelta(minutes=16)
    assert (await sf.send("GET", last)).code == "INVALID_QUERY_LOCATOR"


# ---------------------------------------------------------------- records


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({}, "REQUIRED_FIELD_MISSING"),
        ({"Name": " "}, "REQUIRED_FIELD_MISSING"),
        ({"Name": "長" * 256}, "STRING_TOO_LONG"),
        ({"Name": "x", "Nope": 1}, "INVALID_FIELD"),
        ({"Name": "x", "Id": "001"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"Name": "x", "CreatedDate": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"Name": "x", "Industry": "なし"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"Name": "x", "BillingEmail__c": "x@"}, "INVALID_EMAIL_ADDRESS"),
        ({"Name": "x", "NumberOfEmployees": "abc"}, "JSON_PARSER_ERROR"),
        ({"Name": 5}, "JSON_PARSER_ERROR"),
        ({"Name": "x", "NumberOfEmployees": 999999999}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({"Name": "x", "ParentId": "x"}, "MALFORMED_ID"),
        ({"Name": "x", "ParentId": "003000000000000AAA"}, "MALFORMED_ID"),
        ({"Name": "x", "ParentId": "001000000000000AAA"}, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"),
        ({"Name": "x", "CustomerCode__c": "c00001"}, "DUPLICATE_VALUE"),
    ],
)
async def test_what_an_account_may_not_be(sf: Client, values: dict[str, Any], code: str) -> None:
    answer = await sf.send("POST", "sobjects/Account", values)
    assert (answer.status, answer.code) == (400, code)


async def test_a_record_lives(sf: Client, box: Sandbox) -> None:
    id = await sf.make("Account", Name="  帳合商事 ", BillingCity="千代田区", Parent={"CustomerCode__c": "C00001"})
    held = await sf.get("Account", id)
    assert (held["Name"], held["BillingAddress"]["city"], held["ParentId"] is not None) == (
        "帳合商事",
        "千代田区",
        True,
    )
    assert held["SystemModstamp"].endswith(".000+0000")
    assert len(id) == 18
    assert (await sf.get("Account", id[:15]))["Id"] == id
    path = f"sobjects/Account/{id}"
    before = held["SystemModstamp"]
    box.world.shift += timedelta(seconds=10)
    assert (await sf.send("PATCH", path, {"Phone": "1"})).status == 204
    stale = await sf.send("PATCH", path, {"Phone": "2"}, If_Unmodified_Since="Mon, 05 Jan 2026 00:00:00 GMT")
    assert (stale.status, stale.code) == (412, "PRECONDITION_FAILED")
    assert (await sf.get("Account", id))["SystemModstamp"] > before
    assert (await sf.send("DELETE", path)).status == 204
    assert (await sf.send("GET", path)).status == 404
    assert (await sf.send("DELETE", path)).code == "ENTITY_IS_DELETED"
    soql = f"SELECT IsDeleted FROM Account WHERE Id = '{id}'"
    assert (await sf.query(soql)).data["totalSize"] == 0
    assert (await sf.query(soql, "queryAll")).data["records"][0]["IsDeleted"] is True
    box.world.shift += timedelta(days=16)
    sf.token = salesforce.sign_in(box.world)["access_token"]
    assert (await sf.query(soql, "queryAll")).data["totalSize"] == 0  # the bin was emptied


async def test_upserts_by_an_external_id(sf: Client) -> None:
    path = "sobjects/Account/AccountingId__c/a%2F1%3F"
    assert (await sf.send("PATCH", f"{path}?updateOnly=true", {"Name": "x"})).status == 404
    made = await sf.send("PATCH", path, {"Name": "x"})
    again = await sf.send("PATCH", path, {"Phone": "1"})
    assert (made.status, made.data["created"], again.status, again.data["created"]) == (201, True, 200, False)
    assert (await sf.send("GET", path)).data["AccountingId__c"] == "a/1?"
    assert (await sf.send("PATCH", path, {"AccountingId__c": "b"})).code == "INVALID_FIELD"
    assert (await sf.send("PATCH", "sobjects/Account/Phone/1", {"Name": "x"})).status == 404


async def test_opportunities_and_their_products(sf: Client, box: Sandbox) -> None:
    entry = next(iter(box.world.state["records"]["PricebookEntry"]))
    deal = await sf.make("Opportunity", Name="商談", StageName="提案", CloseDate="2026-05-01", Amount=5)
    assert (await sf.get("Opportunity", deal))["Probability"] == 50
    line = await sf.make("OpportunityLineItem", OpportunityId=deal, PricebookEntryId=entry, Quantity=2, UnitPrice=100)
    held = await sf.get("Opportunity", deal)
    assert (held["Amount"], held["HasOpportunityLineItem"]) == (200.0, True)
    assert held["Pricebook2Id"]
    assert (await sf.send("PATCH", f"sobjects/Opportunity/{deal}", {"Amount": 1, "StageName": "受注"})).status == 204
    held = await sf.get("Opportunity", deal)
    assert (held["Amount"], held["IsWon"], held["Probability"]) == (200.0, True, 100)
    path = f"sobjects/OpportunityLineItem/{line}"
    assert (await sf.send("PATCH", path, {"UnitPrice": 1, "TotalPrice": 1})).code == "INVALID_FIELD"
    assert (await sf.send("PATCH", path, {"Quantity": 4})).status == 204
    held = await sf.get("OpportunityLineItem", line)
    assert (held["TotalPrice"], held["UnitPrice"]) == (200.0, 50.0)  # the total stays
    for values, code in (
        ({"OpportunityId": deal, "Quantity": 1, "UnitPrice": 1}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 1}, "REQUIRED_FIELD_MISSING"),
    ):
        assert (await sf.send("POST", "sobjects/OpportunityLineItem", values)).code == code
    assert (await sf.send("DELETE", path)).status == 204
    assert (await sf.get("Opportunity", deal))["HasOpportunityLineItem"] is False


async def test_price_books(sf: Client) -> None:
    product = await sf.make("Product2", Name="新商品")
    assert (await sf.get("Product2", product))["IsActive"] is False
    book = await sf.make("Pricebook2", Name="特別価格表", IsActive=True)
    (standard,) = await sf.names("SELECT Id FROM Pricebook2 WHERE IsStandard = true")
    entry = {"Product2Id": product, "UnitPrice": 10, "IsActive": True}
    assert (
        await sf.send("POST", "sobjects/PricebookEntry", {**entry, "Pricebook2Id": book})
    ).code == "STANDARD_PRICE_NOT_DEFINED"
    for one in (standard, book):
        await sf.make("PricebookEntry", **entry, Pricebook2Id=one)
    assert (await sf.send("POST", "sobjects/PricebookEntry", {**entry, "Pricebook2Id": book})).code == "DUPLICATE_VALUE"


# ---------------------------------------------------------------- the composite family


async def test_collections_are_partly_done(sf: Client) -> None:
    rows = [{"attributes": {"type": "Account"}, "Name": name} for name in ("一", "", "三")]
    answer = await sf.send("POST", "composite/sobjects", {"records": rows})
    assert [one["success"] for one in answer.data] == [True, False, True]
    assert answer.data[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    before = (await sf.query("SELECT COUNT() FROM Account")).data["totalSize"]
    answer = await sf.send("POST", "composite/sobjects", {"allOrNone": True, "records": rows})
    assert [one["errors"][0]["statusCode"] for one in answer.data] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING", "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    ]  # fmt: skip
    assert (await sf.query("SELECT COUNT() FROM Account")).data["totalSize"] == before
    assert (await sf.send("POST", "composite/sobjects", {"records": rows * 67})).code == "EXCEEDED_ID_LIMIT"


async def test_an_upsert_with_one_key_twice(sf: Client) -> None:
    rows = [{"attributes": {"type": "Account"}, "Name": "x", "AccountingId__c": key} for key in ("a", "A", "b")]
    answer = await sf.send("PATCH", "composite/sobjects/Account/AccountingId__c", {"records": rows})
    assert [one["success"] for one in answer.data] == [False, False, True]
    ids = ",".join([answer.data[2]["id"], "001000000000000AAA"])
    read = await sf.send("GET", f"composite/sobjects/Account?ids={ids}&fields=Name")
    assert [None if one is None else one["Name"] for one in read.data] == ["x", None]
    gone = await sf.send("DELETE", f"composite/sobjects?ids={ids}&allOrNone=false")
    assert [one["success"] for one in gone.data] == [True, False]


async def test_composite_references_and_rollback(sf: Client) -> None:
    def asked(name: str) -> list[dict[str, Any]]:
        return [
            {"method": "POST", "url": f"{API}/sobjects/Account", "referenceId": "acc", "body": {"Name": "親"}},
            {"method": "POST", "url": f"{API}/sobjects/Contact", "referenceId": "con",
             "body": {"LastName": name, "AccountId": "@{acc.id}"}},
            {"method": "GET", "url": f"{API}/query?q=SELECT+Name+FROM+Contact+WHERE+Id='@{{con.id}}'", "referenceId": "q"},
        ]  # fmt: skip

    good = await sf.send("POST", "composite", {"compositeRequest": asked("青空")})
    assert [one["httpStatusCode"] for one in good.data["compositeResponse"]] == [201, 201, 200]
    bad = await sf.send("POST", "composite", {"allOrNone": True, "compositeRequest": asked("")})
    assert [one["body"][0]["errorCode"] for one in bad.data["compositeResponse"]] == [
        "PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED",
    ]  # fmt: skip
    assert (await sf.query("SELECT COUNT() FROM Account WHERE Name = '親'")).data["totalSize"] == 1
    many = {"compositeRequest": asked("x") * 9}
    assert (await sf.send("POST", "composite", many)).status == 400
    batch = {"batchRequests": [{"method": "GET", "url": "v65.0/limits"}, {"method": "GET", "url": "v65.0/nope"}]}
    assert [one["statusCode"] for one in (await sf.send("POST", "composite/batch", batch)).data["results"]] == [
        200,
        404,
    ]


async def test_trees(sf: Client) -> None:
    def planted(name: str) -> dict[str, Any]:
        child = {"attributes": {"type": "Contact", "referenceId": "c"}, "LastName": name}
        return {
            "records": [
                {"attributes": {"type": "Account", "referenceId": "a"}, "Name": "木", "Contacts": {"records": [child]}}
            ]
        }

    good = await sf.send("POST", "composite/tree/Account", planted("葉"))
    assert (good.status, len(good.data["results"])) == (201, 2)
    bad = await sf.send("POST", "composite/tree/Account", planted(""))
    assert (bad.status, bad.data["results"][0]["referenceId"]) == (400, "c")
    assert (await sf.query("SELECT COUNT() FROM Account WHERE Name = '木'")).data["totalSize"] == 1


# ---------------------------------------------------------------- Bulk API 2.0


async def test_an_ingest_job(sf: Client, box: Sandbox) -> None:
    box.world.state["settings"]["bulk_seconds"] = 30
    about = {"object": "Account", "operation": "upsert", "externalIdFieldName": "AccountingId__c", "contentType": "CSV"}
    job = (await sf.send("POST", "jobs/ingest", about)).data
    at = f"jobs/ingest/{job['id']}"
    rows = "AccountingId__c,Name,Phone,Parent.CustomerCode__c\nb1,一括,#N/A,C00001\nb2,,1,\n"
    assert (await sf.send("PUT", f"/{job['contentUrl']}", rows, Content_Type="text/csv")).status == 201
    assert (await sf.send("PUT", f"/{job['contentUrl']}", rows, Content_Type="text/csv")).status == 400
    assert (await sf.send("PATCH", at, {"state": "UploadComplete"})).data["state"] == "UploadComplete"
    assert (await sf.send("GET", at)).data["state"] == "InProgress"
    box.world.shift += timedelta(seconds=31)
    done = (await sf.send("GET", at)).data
    assert (done["state"], done["numberRecordsProcessed"], done["numberRecordsFailed"]) == ("JobComplete", 2, 1)
    (good,) = csv.DictReader(io.StringIO((await sf.send("GET", f"{at}/successfulResults")).text))
    assert (good["sf__Created"], good["AccountingId__c"]) == ("true", "b1")
    assert (await sf.get("Account", good["sf__Id"]))["ParentId"]
    (bad,) = csv.DictReader(io.StringIO((await sf.send("GET", f"{at}/failedResults")).text))
    assert bad["sf__Error"].startswith("REQUIRED_FIELD_MISSING:")
    assert (await sf.send("DELETE", at)).status == 204


async def test_a_query_job(sf: Client) -> None:
    asked = {"operation": "query", "query": "SELECT Id, Phone, SystemModstamp FROM Account ORDER BY Id"}
    at = f"jobs/query/{(await sf.send('POST', 'jobs/query', asked)).data['id']}"
    assert (await sf.send("GET", at)).data["state"] == "JobComplete"
    first = await sf.send("GET", f"{at}/results?maxRecords=60")
    rows = list(csv.DictReader(io.StringIO(first.text)))
    assert (len(rows), first.headers["Sforce-NumberOfRecords"]) == (60, "60")
    assert rows[0]["SystemModstamp"].endswith(".000Z")
    last = await sf.send("GET", f"{at}/results?maxRecords=60&locator={first.headers['Sforce-Locator']}")
    assert last.headers["Sforce-Locator"] == "null"
    other = await sf.send("GET", f"/services/data/v64.0/{at}/results")
    assert other.status == 409
    for soql in (
        "SELECT COUNT() FROM Account",
        "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
        "SELECT BillingAddress FROM Account",
    ):
        assert (await sf.send("POST", "jobs/query", {"operation": "query", "query": soql})).status == 400


# ---------------------------------------------------------------- doors and limits


async def test_the_day_has_an_end(sf: Client, box: Sandbox) -> None:
    box.world.state["settings"]["limit_day"] = 2
    for n in (1, 2):
        assert (await sf.send("GET", "limits")).headers["Sforce-Limit-Info"] == f"api-usage={n}/2"
    over = await sf.send("GET", "limits")
    assert (over.status, over.code) == (403, "REQUEST_LIMIT_EXCEEDED")
    box.world.shift += timedelta(hours=24, seconds=1)
    sf.token = salesforce.sign_in(box.world)["access_token"]
    assert (await sf.send("GET", "limits")).status == 200


async def test_a_session_lives_on_with_its_use(sf: Client, box: Sandbox) -> None:
    for _ in range(3):
        box.world.shift += timedelta(hours=1, minutes=30)
        assert (await sf.send("GET", "limits")).status == 200
    box.world.shift += timedelta(hours=2, minutes=1)
    ended = await sf.send("GET", "limits")
    assert (ended.status, ended.code) == (401, "INVALID_SESSION_ID")


async def test_versions_and_addresses(sf: Client, box: Sandbox) -> None:
    versions = (await sf.send("GET", "/services/data")).data
    assert versions[-1]["label"] == "Summer '26"
    assert (await sf.send("GET", "/services/data/v99.0/limits")).status == 404
    assert (await sf.send("GET", "/services/data/v30.0/limits")).status == 410
    assert (await sf.query("SELECT Id FROM Account WHERE Name IN ('" + "x" * 17_000 + "')")).status == 414
    assert (await sf.send("POST", "sobjects/Account", "x", Content_Type="text/plain")).status == 415
    assert (await sf.send("POST", "sobjects/Account", "{")).code == "JSON_PARSER_ERROR"
    assert (await sf.send("PUT", "sobjects/Account/describe")).status == 405
    told = await sf.send("GET", "sobjects/Account/describe")
    assert (
        await sf.send("GET", "sobjects/Account/describe", If_Modified_Since=told.headers["Last-Modified"])
    ).status == 304
    who = (await sf.send("GET", "/services/oauth2/userinfo")).data
    assert who["preferred_username"] == salesforce.USERNAME
    id = next(iter(box.world.state["records"]["Account"]))
    assert (await sf.send("GET", f"/lightning/r/Account/{id}/view")).status == 200
