"""The imitated org at its start: a Japanese company, two users, three apps. The same seed gives the same world."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from choai.sandbox import grants
from choai.sandbox.core import World
from choai.sandbox.people import companies
from choai.sandbox.salesforce import records
from choai.sandbox.salesforce.doors import JWT_CLIENT_ID, RULES
from choai.sandbox.salesforce.org import Json, Org, eighteen, stamp
from choai.sandbox.salesforce.schema import STAGES, objects

DEMO_CLIENT_ID = "3MVG9demo.ChoaiExternalClientApp"
DEMO_CLIENT_SECRET = "choai-demo-secret"
USERNAME = "keiri@choai-demo.example.jp"
USER, OTHER = eighteen("0055g0000000001"), eighteen("0055g0000000002")
ORGANIZATION = eighteen("00D5g0000000001")
SCOPE = "api refresh_token"
ACCOUNTS, DEALS, PROJECTS = 100, 40, 12

PRODUCTS = (
    ("SVC-001", "業務システム開発", "サービス", "時間", 12_000), ("SVC-002", "要件定義", "サービス", "式", 800_000),
    ("SVC-003", "運用保守（月額）", "保守", "式", 150_000), ("SVC-004", "教育・研修", "サービス", "時間", 20_000),
    ("HW-001", "業務用ノートPC", "物品", "個", 180_000), ("HW-002", "ネットワーク機器", "物品", "個", 95_000),
    ("LIC-001", "クラウド利用料", "サービス", "式", 30_000), ("SUP-001", "電話サポート", "保守", "時間", 8_000),
)  # fmt: skip


def new_world(file: Path | None, seed: int = 1) -> World:
    """A fresh org, or the one of the file."""
    return World("salesforce", copy.deepcopy(_state(seed)), file=file)


@lru_cache(maxsize=4)
def _state(seed: int) -> Json:
    state: Json = {
        "settings": {},
        "objects": objects(),
        "records": {},
        "counter": 0,
        "deleted": [],
        "cursors": {},
        "jobs": {},
        "organization": ORGANIZATION,
        "address": "https://choai-demo.my.salesforce.com",
        "described": stamp(datetime(2026, 1, 5, tzinfo=UTC)),
        "users": {
            USER: {"name": "経理 花子", "username": USERNAME},
            OTHER: {"name": "営業 太郎", "username": "eigyo@choai-demo.example.jp"},
        },
    }
    world = World("salesforce", state)
    world.frozen = datetime(2026, 1, 5, 0, 0, tzinfo=UTC)
    org = Org(world, OTHER)
    _inside(org)
    _clients(world)
    _business(org, seed)
    return state


def _inside(org: Org) -> None:
    stamps = {
        "CreatedDate": org.now(),
        "CreatedById": USER,
        "LastModifiedDate": org.now(),
        "LastModifiedById": USER,
        "SystemModstamp": org.now(),
    }
    for id, family, given in ((USER, "経理", "花子"), (OTHER, "営業", "太郎")):
        name = org.world.state["users"][id]["username"]
        org.table("User")[id] = {
            "Id": id, "Username": name, "Email": name, "LastName": family, "FirstName": given, "Name": f"{family} {given}",
            "IsActive": True, "TimeZoneSidKey": "Asia/Tokyo", "LanguageLocaleKey": "ja", **stamps,
        }  # fmt: skip
    org.table("Organization")[ORGANIZATION] = {
        "Id": ORGANIZATION, "Name": "株式会社帳合デモ", "OrganizationType": "Developer Edition", "InstanceName": "JPN1",
        "IsSandbox": False, "DefaultLocaleSidKey": "ja_JP", "TimeZoneSidKey": "Asia/Tokyo", **stamps,
    }  # fmt: skip
    for number, (stage, (chance, closed, won)) in enumerate(STAGES.items(), 1):
        id = org.new_id("01J")
        org.table("OpportunityStage")[id] = {
            "Id": id, "ApiName": stage, "MasterLabel": stage, "IsActive": True, "IsClosed": closed, "IsWon": won,
            "SortOrder": number, "DefaultProbability": float(chance), **stamps,
        }  # fmt: skip


def _clients(world: World) -> None:
    demo = {"secret": DEMO_CLIENT_SECRET, "redirect_uris": [], "any_loopback": True, "public": True, "runs_as": USER}
    grants.books(world)["clients"] |= {
        DEMO_CLIENT_ID: demo,
        JWT_CLIENT_ID: {"secret": "-", "redirect_uris": [], "public_key": ""},
    }


def _business(org: Org, seed: int) -> None:
    dice = Random(f"{seed}:salesforce")

    def make(name: str, **values: Any) -> str:
        org.world.shift += timedelta(minutes=dice.randint(1, 40))
        return records.save(org, org.object(name), values).id

    standard = org.new_id("01s")
    org.table("Pricebook2")[standard] = {
        "Id": standard, "Name": "標準価格表", "IsActive": True, "IsStandard": True, "IsDeleted": False,
        "CreatedDate": org.now(), "SystemModstamp": org.now(), "LastModifiedDate": org.now(),
    }  # fmt: skip
    entries = []
    for code, title, family, unit, price in PRODUCTS:
        product = make(
            "Product2", Name=title, ProductCode=code, Family=family, QuantityUnitOfMeasure=unit, IsActive=True
        )
        entries.append(
            make("PricebookEntry", Pricebook2Id=standard, Product2Id=product, UnitPrice=price, IsActive=True)
        )
    accounts = [_account(make, dice, company) for company in companies(seed, ACCOUNTS)]
    for number in range(DEALS):
        account, title = dice.choice(accounts)
        stage = dice.choice(list(STAGES))
        deal = make(
            "Opportunity", AccountId=account, Name=f"{title} {dice.choice(PRODUCTS)[1]}", StageName=stage, Pricebook2Id=standard,
            CloseDate=(datetime(2026, 1, 10, tzinfo=UTC) + timedelta(days=number * 4)).date().isoformat(),
            Amount=dice.randint(10, 300) * 10_000,
        )  # fmt: skip
        for entry in dice.sample(entries, dice.randint(0, 3)):
            price = org.table("PricebookEntry")[entry]["UnitPrice"]
            make(
                "OpportunityLineItem",
                OpportunityId=deal,
                PricebookEntryId=entry,
                Quantity=dice.randint(1, 5),
                UnitPrice=price,
            )
        if number % 4 == 0:
            quote = make(
                "Quote", OpportunityId=deal, Name=f"お見積り {number + 1}", Status="Draft", Pricebook2Id=standard
            )
            make(
                "QuoteLineItem",
                QuoteId=quote,
                PricebookEntryId=entries[number % len(entries)],
                Quantity=2,
                UnitPrice=50_000,
            )
        if stage == "受注":
            order = make("Order", AccountId=account, EffectiveDate="2026-04-01", Status="Draft", Pricebook2Id=standard)
            make("OrderItem", OrderId=order, PricebookEntryId=entries[0], Quantity=1, UnitPrice=90_000)
    for number in range(PROJECTS):
        make("Project__c", Name=f"案件{number + 1:02}", ProjectCode__c=f"PJ-{number + 1:03}", Account__c=dice.choice(accounts)[0],
             Billable__c=number % 2 == 0, Budget__c=number * 100_000, StartDate__c="2026-04-01", Kind__c="受託")  # fmt: skip


def _account(make: Any, dice: Random, company: Any) -> tuple[str, str]:
    account = make(
        "Account", Name=company.spelling(dice.randint(0, 6)) if dice.random() < 0.3 else company.name,
        AccountNumber=f"C{company.number + 1:05}", CustomerCode__c=f"C{company.number + 1:05}", Type="Customer",
        Phone=company.phone, BillingPostalCode=company.zip, BillingState=company.prefecture, BillingCity="",
        BillingStreet=" ".join(p for p in (company.city, company.building) if p), BillingCountry="日本",
        BillingEmail__c=company.email, Kana__c=company.kana, RegistrationNumber__c=company.registration,
        NumberOfEmployees=dice.randint(3, 900), Industry=dice.choice(("製造", "小売", "情報通信", "建設")),
    )  # fmt: skip
    family, _, given = company.contact.partition(" ")
    make(
        "Contact",
        AccountId=account,
        LastName=family,
        FirstName=given,
        Email=company.email,
        Phone=company.phone,
        Department="経理部",
    )
    return account, company.stem


# ---------------------------------------------------------------- people at the org's own screens


def sign_in(world: World, *, client: str = DEMO_CLIENT_ID, user: str = USER, scope: str = SCOPE) -> Json:
    """A token answer as after consent."""
    return grants.issue(world, RULES, grants.new_grant(world, client, user=user, scope=scope))


def edit(world: World, object: str, id: str, *, delete: bool = False, **values: Any) -> None:
    """A person of the sales department changes or deletes a record."""
    org = Org(world, OTHER)
    held = org.object(object)
    if delete:
        records.delete(org, held, id)
    else:
        records.save(org, held, values, id)


def trust(world: World, public_key: str) -> None:
    """Upload a certificate to the app of JWT_CLIENT_ID."""
    world.state["settings"]["certificate"] = public_key
