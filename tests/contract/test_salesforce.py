"""Salesforce under the contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from choai.connectors.http import ServiceSession
from choai.connectors.salesforce import spec
from choai.model.values import Ref
from choai.sandbox import grants, salesforce
from choai.sandbox.core import World
from choai.sandbox.salesforce.doors import RULES
from choai.sandbox.salesforce.fields import field
from connectors.session import opened
from contract.case import Case, Subject, Values
from contract.suite import contract
from servers import Sandbox

RECORDS = salesforce.new_world(None, 1).state["records"]
ACCOUNT = next(iter(RECORDS["Account"]))


@asynccontextmanager
async def enters(box: Sandbox) -> AsyncIterator[ServiceSession]:
    grant = grants.new_grant(box.world, salesforce.DEMO_CLIENT_ID, user=salesforce.USER, scope=salesforce.SCOPE)
    settings = {
        "base_url": box.base_url,
        "login_url": box.base_url,
        "client_id": salesforce.DEMO_CLIENT_ID,
        "user_id": salesforce.USER,
    }
    renew = lambda: grants.issue(box.world, RULES, grant)["access_token"]  # noqa: E731
    secrets = {"client_secret": salesforce.DEMO_CLIENT_SECRET}
    async with opened("salesforce", settings, secrets=secrets, renew=renew) as session:
        yield session


def shrinks(patch: Any, rows: int) -> None:
    patch.setattr(spec, "PAGE", rows)


def at(object: str, text: str, **more: Any) -> Subject:
    def rows(world: World) -> int:
        return sum(not row.get("IsDeleted") for row in world.state["records"][object].values())

    def drifts(world: World) -> str:
        world.state["objects"][object]["fields"].append(field("Added__c", "新項目"))
        return "Added__c"

    return Subject(
        object,
        text=text,
        rows=rows,
        edits=lambda world, number, told: salesforce.edit(world, object, number, **{text: told}),
        erases=lambda world, number: salesforce.edit(world, object, number, delete=True),
        shrinks=shrinks,
        drifts=drifts,
        **more,
    )


def account(n: int) -> Values:
    return {
        "Name": f"契約試験{n:03}商事",
        "AccountNumber": f"CT-{n:03}",
        "AccountingId__c": f"acc/{n}?#'\\%",
        "CustomerCode__c": f"CT-{n:03}",
        "Type": "Customer",
        "Phone": "03-1234-5678",
        "Website": "https://example.jp/",
        "BillingPostalCode": "100-0001",
        "BillingState": "東京都",
        "BillingStreet": "千代田区千代田1-1\nビル2階",
        "BillingEmail__c": f"test{n}@example.jp",
        "RegistrationNumber__c": "T1234567890123",
        "NumberOfEmployees": 12,
        "AnnualRevenue": Decimal(1000000),
        "ParentId": Ref(ACCOUNT),
        "Description": "一行目\n二行目",
        "Kana__c": "ケイヤク",
    }


def contact(n: int) -> Values:
    return {
        "LastName": "青空",
        "FirstName": f"花子{n}",
        "AccountId": Ref(ACCOUNT),
        "Email": "h@example.jp",
        "Title": "課長",
        "ContactKey__c": f"k-{n:03}",
    }


def deal(n: int) -> Values:
    return {
        "Name": f"案件{n:03}",
        "AccountId": Ref(ACCOUNT),
        "StageName": "提案",
        "CloseDate": date(2026, 4, 30),
        "Amount": Decimal("120000.55"),
        "NextStep": "見積提出",
        "DealKey__c": f"d-{n:03}",
    }


def project(n: int) -> Values:
    return {
        "Name": f"案件{n:03}",
        "ProjectCode__c": f"CT-{n:03}",
        "Account__c": Ref(ACCOUNT),
        "Billable__c": True,
        "Budget__c": Decimal("1234567890123.45"),
        "Rate__c": Decimal("12.5"),
        "Hours__c": Decimal("1.5"),
        "People__c": Decimal(3),
        "StartDate__c": date(2026, 4, 1),
        "EndDate__c": date(2026, 9, 30),
        "Meeting__c": time(10, 30),
        "Kickoff__c": datetime(2026, 4, 1, 1, 2, 3, tzinfo=UTC),
        "Kind__c": "準委任",
        "Regions__c": ["東日本", "海外"],
        "Url__c": "https://example.jp/a?b=c",
        "Mail__c": "p@example.jp",
        "Tel__c": "090-0000-0000",
        "Note__c": "一行目\n二行目",
        "Memo__c": "短い文",
        "Rich__c": "<p>説明 <b>太字</b></p>",
    }


SALESFORCE = Case(
    service="salesforce",
    sandbox=salesforce,
    enters=enters,
    subjects=(
        at("Account", "Kana__c", new=account, key="AccountingId__c", note="Description", wrong=lambda n: {"Name": "長" * 300}),
        at("Contact", "Department", new=contact, key="ContactKey__c", note="Description",
           wrong=lambda n: {"LastName": "誤", "Email": "x"}),
        at("Opportunity", "NextStep", new=deal, key="DealKey__c", note="Description",
           wrong=lambda n: {**deal(n), "AccountId": Ref("001000000000000AAA")}),
        at("Project__c", "Memo__c", new=project, key="ProjectCode__c", note="Note__c",
           wrong=lambda n: {**project(n), "EndDate__c": date(2026, 3, 1)}),
    ),
    secrets=lambda box: [
        salesforce.DEMO_CLIENT_SECRET, *box.world.state["oauth"]["access"], *box.world.state["oauth"]["refresh"]
    ],
    expires=grants.expire,
    lacks={
        "*: a_stale_revision_is_refused": "Salesforce has no revisions, and no condition on a batch",
        "*: the_same_header_makes_one_record": "creates are upserts by a unique external id",
        "*: a_stamp_is_kept": "creates are upserts by a unique external id",
        "*: every_action_does_what_it_says": "the REST API has no actions of these objects",
    },
)  # fmt: skip

TestSalesforce = contract(SALESFORCE)
