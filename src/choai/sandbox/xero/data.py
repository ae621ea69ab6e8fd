"""The imitated organisations at their start: a Japanese one on the global edition, another without multi-currency, one user,
two clients. The same seed gives the same world."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from choai.sandbox import grants
from choai.sandbox.core import World
from choai.sandbox.people import companies
from choai.sandbox.xero import documents, masters, money
from choai.sandbox.xero.answers import Json
from choai.sandbox.xero.books import Books, Kind

DEMO_CLIENT_ID = "C0FFEE0000000000000000000000DEM0"
DEMO_CLIENT_SECRET = "choai-demo-secret"
CUSTOM_CLIENT_ID = "C0FFEE000000000000000000000C0571"
PKCE_CLIENT_ID = "C0FFEE00000000000000000000009CCE"
GLOBAL = "0fe79f7d-b6d4-4a92-ba7b-538af6289c01"
STARTER = "0fe79f7d-b6d4-4a92-ba7b-538af6289c02"
USER = "5b96e86b-418e-48e8-8949-308c14aec278"
GRANULAR = {
    "openid", "profile", "email", "offline_access",
    *(f"accounting.{area}{mode}" for area in (
        "settings", "contacts", "invoices", "payments", "banktransactions", "manualjournals", "attachments",
    ) for mode in ("", ".read")),
}  # fmt: skip
BROAD = {
    "accounting.transactions",
    "accounting.transactions.read",
    "accounting.reports.read",
    "accounting.journals.read",
}
SCOPES = "offline_access openid profile email accounting.settings accounting.contacts accounting.invoices accounting.payments"
CONTACTS, INVOICES, BILLS = 120, 60, 36


def allowed_scopes(world: World) -> set[str]:
    """A new app knows the granular ones only."""
    return GRANULAR if world.state["settings"].get("granular_only", True) else GRANULAR | BROAD


def _unpadded(part: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def _adds(world: World, grant: Json) -> Json:
    claims = {"sub": grant["user"], "xero_userid": grant["user"], "exp": int(world.now().timestamp()) + 300}
    token = f"{_unpadded({'alg': 'RS256', 'typ': 'JWT'})}.{_unpadded(claims)}.c2lnbmF0dXJl"
    return {"scope": grant["scope"], **({"id_token": token} if "openid" in grant["scope"] else {})}


RULES = grants.Rules(
    access_seconds=1800,
    refresh_days=60,
    code_seconds=300,
    rotates=True,
    grace_seconds=1800,
    client_auth=("basic", "body"),  # the documents say basic, the SDK writes the body
    kinds=("authorization_code", "refresh_token", "client_credentials"),
    chooses=True,
    words={"invalid_client": ("invalid_client", 400)},
    adds=_adds,
    offline=lambda asked: "offline_access" in asked.get("scope", ""),
)


def sign_in(world: World, *, tenant: str = GLOBAL, scope: str = SCOPES, client: str = DEMO_CLIENT_ID) -> Json:
    """A token answer as after consent."""
    grant = grants.new_grant(world, client, user=USER, account=tenant, scope=scope)
    return grants.issue(world, RULES, grant)


def new_world(file: Path | None, seed: int = 1) -> World:
    """A fresh world, or the one saved in ``file``."""
    world = World("xero", {}, file=file)
    if "organisations" not in world.state:
        world.state.update(json.loads(_built(seed)))
        world.dirty = True
    return world


@lru_cache(maxsize=4)
def _built(seed: int) -> str:
    """The state at the start, made once in a process."""
    world = World("xero", _state(seed))
    for tenant in (GLOBAL, STARTER):
        _filled(Books(world, tenant), seed, full=tenant == GLOBAL)
    world.state["events"].clear()
    return json.dumps(world.state)


def edit(world: World, name: str, number: str, *, tenant: str = GLOBAL, delete: bool = False, **changes: Any) -> Json:
    """A person at Xero's own screens."""
    books = Books(world, tenant)
    row = books.table(name)[number]
    if delete:
        del books.table(name)[number]
        world.dirty = True
        return row
    kinds: dict[str, Kind] = {"Contacts": masters.CONTACTS, "Items": masters.ITEMS, "Accounts": masters.ACCOUNTS}
    kinds |= {rules.kind.name: rules.kind for rules in documents.RULES.values()} | {"Payments": money.PAYMENTS}
    kinds |= {"TaxRates": masters.TAX_RATES, "TrackingCategories": masters.TRACKING}
    return books.keep(kinds[name], {**row, **changes})


def _state(seed: int) -> Json:
    secret = {"secret": DEMO_CLIENT_SECRET, "redirect_uris": [], "any_loopback": True}
    return {
        "seed": seed,
        "serial": 0,
        "settings": {"granular_only": True, "receipts": True},
        "oauth": {
            "clients": {
                DEMO_CLIENT_ID: secret,
                CUSTOM_CLIENT_ID: {**secret, "runs_as": USER, "tenant": GLOBAL},
                PKCE_CLIENT_ID: {**secret, "secret": "", "public": True},
            }
        },
        "users": {USER: {"name": "経理 花子", "username": "hanako@example.jp"}},
        "accounts": {GLOBAL: {"name": "帳合テスト株式会社"}, STARTER: {"name": "Chidori Trading KK"}},
        "connections": [],
        "events": [],
        "mails": [],
        "rates": {"USD": 0.0067, "EUR": 0.0062, "AUD": 0.0101},
        "organisations": {
            GLOBAL: _organisation(GLOBAL, "帳合テスト株式会社", "PREMIUM", "!7Kt2C", multicurrency=True),
            STARTER: _organisation(STARTER, "Chidori Trading KK", "STARTER", "!b81xQ", multicurrency=False),
        },
    }


def _organisation(tenant: str, name: str, plan: str, short: str, *, multicurrency: bool) -> Json:
    return {
        "multicurrency": multicurrency,
        "tables": {},
        "organisation": {
            "OrganisationID": tenant,
            "Name": name,
            "LegalName": name,
            "PaysTax": True,
            "Version": "GLOBAL",
            "OrganisationType": "COMPANY",
            "OrganisationEntityType": "COMPANY",
            "BaseCurrency": "JPY",
            "CountryCode": "JP",
            "IsDemoCompany": False,
            "OrganisationStatus": "ACTIVE",
            "FinancialYearEndDay": 31,
            "FinancialYearEndMonth": 3,
            "SalesTaxBasis": "ACCRUALS",
            "SalesTaxPeriod": "YEARLY",
            "DefaultSalesTax": "Tax Exclusive",
            "DefaultPurchasesTax": "Tax Exclusive",
            "Timezone": "TOKYOSTANDARDTIME",
            "ShortCode": short,
            "Class": plan,
            "Edition": "BUSINESS",
            "CreatedDateUTC": "/Date(1672531200000)/",
            "Addresses": [],
            "Phones": [],
            "ExternalLinks": [],
            "PaymentTerms": {},
        },
    }


_TAXES = (
    ("NONE", "対象外 Tax Exempt", 0.0, "NONE", True, True),
    ("OUTPUT", "Sales Tax", 10.0, "OUTPUT", True, False),
    ("INPUT", "Purchase Tax", 10.0, "INPUT", False, True),
    ("TAX001", "課税売上10%", 10.0, "OUTPUT", True, False),
    ("TAX002", "課税売上8%（軽減）", 8.0, "OUTPUT", True, False),
    ("TAX003", "課税仕入10%", 10.0, "INPUT", False, True),
    ("TAX004", "課税仕入8%（軽減）", 8.0, "INPUT", False, True),
)
_CHART: tuple[tuple[str, str, str, str, Json], ...] = (
    ("090", "普通預金 Mizuho 1234567", "BANK", "NONE", {"BankAccountNumber": "1234567", "BankAccountType": "BANK"}),
    ("091", "USD Account", "BANK", "NONE", {"BankAccountNumber": "7654321", "CurrencyCode": "USD"}),
    ("200", "売上高 Sales", "REVENUE", "TAX001", {}),
    ("210", "保守売上 Support revenue", "REVENUE", "TAX001", {}),
    ("260", "Other Revenue", "REVENUE", "NONE", {}),
    ("310", "仕入高 Cost of Goods Sold", "DIRECTCOSTS", "TAX003", {}),
    ("400", "広告宣伝費 Advertising", "EXPENSE", "TAX003", {}),
    ("429", "雑費 General Expenses", "EXPENSE", "TAX003", {}),
    ("449", "旅費交通費 Travel", "EXPENSE", "TAX003", {}),
    ("489", "通信費 Telephone & Internet", "EXPENSE", "TAX003", {}),
    ("610", "売掛金 Accounts Receivable", "CURRENT", "NONE", {"SystemAccount": "DEBTORS"}),
    ("800", "買掛金 Accounts Payable", "CURRLIAB", "NONE", {"SystemAccount": "CREDITORS"}),
    ("820", "仮受消費税 Sales Tax", "CURRLIAB", "NONE", {"SystemAccount": "GST"}),
    ("835", "役員借入金 Directors' Loan", "CURRLIAB", "NONE", {"EnablePaymentsToAccount": True}),
    ("970", "Owner A Share Capital", "EQUITY", "NONE", {}),
)
_ITEMS = (
    ("SUP-M", "保守サービス（月額）", 50000, "210", "TAX001"),
    ("SUP-Y", "Annual support", 540000, "210", "TAX001"),
    ("DEV-D", "開発作業（人日）", 80000, "200", "TAX001"),
    ("LIC-S", "License Standard", 12000, "200", "TAX001"),
    ("LIC-P", "License Professional", 30000, "200", "TAX001"),
    ("TRN", "操作研修", 150000, "200", "TAX001"),
    ("TEA", "緑茶 500ml 24本", 2160, "200", "TAX002"),
    ("CBL", "LANケーブル 5m", 980, "200", "TAX001"),
)
_FOREIGN = (
    "Harbour Light Imports",
    "Northwind Paper Co.",
    "Kauri & Sons Ltd",
    "Bluebird Software GmbH",
    "O'Hara Freight",
)


def _filled(books: Books, seed: int, *, full: bool) -> None:
    dice = Random(f"{seed}:{books.tenant}")
    for code, name in (("JPY", "Japanese Yen"), *((("USD", "United States Dollar"), ("EUR", "Euro")) if full else ())):
        books.keep(masters.CURRENCIES, {"Code": code, "Description": name})
    for number, (code, name, rate, report, sales, purchases) in enumerate(_TAXES):
        applies = {"Revenue": sales, "Expenses": purchases, "Assets": purchases, "Liabilities": True, "Equity": True}
        part = {"Name": "消費税", "Rate": rate, "IsCompound": False, "IsNonRecoverable": False}
        told = {"TaxType": code, "Name": name, "Status": "ACTIVE", "ReportTaxType": report, "TaxComponents": [part]}
        books.keep(
            masters.TAX_RATES,
            {
                **told,
                "EffectiveRate": rate,
                "DisplayTaxRate": rate,
                **{f"CanApplyTo{k}": v for k, v in applies.items()},
            },
        )
        if code.startswith("TAX"):
            books.state.setdefault("counters", {})["tax"] = number - 2
    for code, name, kind, tax, more in _CHART:
        if not full and more.get("CurrencyCode"):
            continue
        row = {"Code": code, "Name": name, "Type": kind, "Class": masters.ACCOUNT_TYPES[kind], "Status": "ACTIVE"}
        books.keep(masters.ACCOUNTS, {**row, "TaxType": tax, "EnablePaymentsToAccount": False, **more})
    user = {"UserID": USER, "EmailAddress": "hanako@example.jp", "FirstName": "花子", "LastName": "経理"}
    books.keep(masters.USERS, {**user, "IsSubscriber": True, "OrganisationRole": "STANDARD"})
    books.keep(masters.THEMES, {"Name": "Standard", "SortOrder": 0})
    for name, options in (("部門", ("営業部", "開発部", "管理部")), ("Region", ("Tokyo", "Osaka", "Fukuoka"))):
        category = masters.save_category(books, {"Name": name}, True)
        for option in options:
            masters.save_option(books, category, {"Name": option}, None)
    for code, name, price, account, tax in _ITEMS:
        sold = {"UnitPrice": float(price), "AccountCode": account, "TaxType": tax}
        masters.save_item(books, {"Code": code, "Name": name, "Description": name, "SalesDetails": sold}, True)
    _people(books, seed, CONTACTS if full else 8)
    if full:
        _papers(books, dice)
    _aged(books, dice)


def _people(books: Books, seed: int, count: int) -> None:
    for name in _FOREIGN:
        mail = f"accounts@{''.join(c for c in name.lower() if c.isalpha())}.example.com"
        masters.save_contact(
            books, {"Name": name, "EmailAddress": mail, "FirstName": "Alex", "LastName": "Morgan"}, True
        )
    for one in companies(seed, count - len(_FOREIGN)):
        family, _, given = one.contact.partition(" ")
        address = {
            "AddressType": "POBOX",
            "PostalCode": one.zip,
            "Region": one.prefecture,
            "AddressLine1": one.city,
            **({"AddressLine2": one.building} if one.building else {}),
            "Country": "Japan",
        }
        body = {
            "Name": one.name,
            "AccountNumber": f"C{one.number + 1:05}",
            "FirstName": given,
            "LastName": family,
            "EmailAddress": one.email,
            "TaxNumber": one.registration or None,
            "Addresses": [address],
            "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": one.phone}],
            "PaymentTerms": {"Sales": {"Day": 31, "Type": "OFFOLLOWINGMONTH"}},
        }
        masters.save_contact(books, {k: v for k, v in body.items() if v is not None}, True)


def _papers(books: Books, dice: Random) -> None:
    contacts = list(books.table("Contacts"))
    first = books.world.now().date() - timedelta(days=200)

    def body(index: int, account: str, tax: str) -> Json:
        day = first + timedelta(days=index * 3)
        price = float(dice.randrange(1, 90) * 1000)
        line = {
            "Description": "月次ご請求分",
            "Quantity": 1.0,
            "UnitAmount": price,
            "AccountCode": account,
            "TaxType": tax,
        }
        return {
            "Contact": {"ContactID": dice.choice(contacts)},
            "Date": day.isoformat(),
            "DueDate": (day + timedelta(days=30)).isoformat(),
            "LineItems": [line],
        }

    for index in range(INVOICES):
        status = ("DRAFT", "SUBMITTED", "AUTHORISED", "AUTHORISED")[index % 4]
        made = documents.save(
            "Invoices", books, {**body(index, "200", "TAX001"), "Type": "ACCREC", "Status": status}, True
        )
        if index % 8 == 3:
            paid = {"Invoice": made, "Account": {"Code": "090"}, "Date": made["DueDate"], "Amount": made["Total"]}
            money.save_payment(books, paid, True)
    for index in range(BILLS):
        number = {
            "Type": "ACCPAY",
            "InvoiceNumber": f"B-{index % 30:03}",
            "Status": "AUTHORISED" if index % 2 else "DRAFT",
        }
        documents.save("Invoices", books, {**body(index, "429", "TAX003"), **number}, True)
    for index in range(14):
        documents.save("Quotes", books, {**body(index, "200", "TAX001"), "Title": "お見積り"}, True)
        documents.save("PurchaseOrders", books, body(index, "310", "TAX003"), True)
    for index in range(5):
        credit = {**body(index, "200", "TAX001"), "Type": "ACCRECCREDIT", "Status": "AUTHORISED"}
        documents.save("CreditNotes", books, credit, True)
    receipt = {**body(1, "449", "TAX003"), "User": {"UserID": USER}}
    documents.save("Receipts", books, receipt, True)


def _aged(books: Books, dice: Random) -> None:
    """Changes spread over the months before."""
    now = books.world.now().astimezone(UTC)
    for table in books.state["tables"].values():
        for row in table.values():
            if "UpdatedDateUTC" in row:
                at: datetime = now - timedelta(seconds=dice.randrange(3_600, 180 * 86_400))
                row["UpdatedDateUTC"] = at.isoformat(timespec="milliseconds")
