"""Contacts, items, accounts, tax rates, tracking categories, currencies: their fields and what Xero demands of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from choai.sandbox.xero.answers import Json, Refusal, Unreadable
from choai.sandbox.xero.books import Books, Kind, new_id, same, taken

_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
UNKNOWN = "The document with the supplied id was not found for this endpoint."
_TERMS = "enum:DAYSAFTERBILLDATE|DAYSAFTERBILLMONTH|OFCURRENTMONTH|OFFOLLOWINGMONTH"
PARTS = {
    "Addresses": {
        "AddressType": "enum:POBOX|STREET",
        **{f"AddressLine{n}": "text:500" for n in (1, 2, 3, 4)},
        "City": "text:255",
        "Region": "text:255",
        "PostalCode": "text:50",
        "Country": "text:50",
        "AttentionTo": "text:255",
    },
    "Phones": {
        "PhoneType": "enum:DEFAULT|DDI|MOBILE|FAX|OFFICE",
        "PhoneNumber": "text:50",
        "PhoneAreaCode": "text:10",
        "PhoneCountryCode": "text:20",
    },
    "ContactPersons": {
        "FirstName": "text:255",
        "LastName": "text:255",
        "EmailAddress": "text:255",
        "IncludeInEmails": "flag",
    },
}
CONTACTS = Kind(
    "Contacts",
    "ContactID",
    {
        "Name": "text:255",
        "ContactNumber": "text:50",
        "AccountNumber": "text:50",
        "ContactStatus": "enum:ACTIVE|ARCHIVED|GDPRREQUEST",
        "FirstName": "text:255",
        "LastName": "text:255",
        "EmailAddress": "text:255",
        "CompanyNumber": "text:50",
        "TaxNumber": "text:50",
        "BankAccountDetails": "text",
        "DefaultCurrency": "text:3",
        "SalesDefaultAccountCode": "text",
        "PurchasesDefaultAccountCode": "text",
        "AccountsReceivableTaxType": "text",
        "AccountsPayableTaxType": "text",
        "Addresses": "any",
        "Phones": "any",
        "ContactPersons": "any",
        "PaymentTerms": "any",
    },
    number="Name",
    heavy=("Addresses", "Phones", "ContactPersons", "PaymentTerms"),
)
ITEMS = Kind(
    "Items",
    "ItemID",
    {
        "Code": "text:30",
        "Name": "text:50",
        "Description": "text:4000",
        "PurchaseDescription": "text:4000",
        "IsSold": "flag",
        "IsPurchased": "flag",
        "SalesDetails": "any",
        "PurchaseDetails": "any",
        "InventoryAssetAccountCode": "text",
    },
    number="Code",
)
ACCOUNT_TYPES = {
    "BANK": "ASSET", "CURRENT": "ASSET", "CURRLIAB": "LIABILITY", "DEPRECIATN": "EXPENSE", "DIRECTCOSTS": "EXPENSE",
    "EQUITY": "EQUITY", "EXPENSE": "EXPENSE", "FIXED": "ASSET", "INVENTORY": "ASSET", "LIABILITY": "LIABILITY",
    "NONCURRENT": "ASSET", "OTHERINCOME": "REVENUE", "OVERHEADS": "EXPENSE", "PREPAYMENT": "ASSET", "REVENUE": "REVENUE",
    "SALES": "REVENUE", "TERMLIAB": "LIABILITY",
}  # fmt: skip
ACCOUNTS = Kind(
    "Accounts",
    "AccountID",
    {
        "Code": "text:10",
        "Name": "text:150",
        "Type": "enum:" + "|".join(ACCOUNT_TYPES),
        "Status": "enum:ACTIVE|ARCHIVED",
        "Description": "text:4000",
        "TaxType": "text",
        "BankAccountNumber": "text",
        "BankAccountType": "enum:BANK|CREDITCARD|PAYPAL|NONE",
        "CurrencyCode": "text:3",
        "EnablePaymentsToAccount": "flag",
        "ShowInExpenseClaims": "flag",
    },
    number="Name",
)
TAX_RATES = Kind(
    "TaxRates",
    "TaxType",
    {
        "Name": "text:50",
        "TaxType": "text",
        "Status": "enum:ACTIVE|DELETED|ARCHIVED",
        "ReportTaxType": "text",
        "TaxComponents": "any",
    },
    number="Name",
    stamped=False,
)
TRACKING = Kind(
    "TrackingCategories",
    "TrackingCategoryID",
    {"Name": "text:100", "Status": "enum:ACTIVE|ARCHIVED"},
    number="Name",
    stamped=False,
)
OPTIONS = Kind(
    "Options", "TrackingOptionID", {"Name": "text:100", "Status": "enum:ACTIVE|ARCHIVED"}, number="Name", stamped=False
)
CURRENCIES = Kind("Currencies", "Code", {"Code": "text:3", "Description": "text"}, stamped=False)
USERS = Kind("Users", "UserID", {})
THEMES = Kind("BrandingThemes", "BrandingThemeID", {}, stamped=False)


# ---------------------------------------------------------------- contacts


def save_contact(books: Books, body: Json, creating: bool) -> Json:
    sent = taken(CONTACTS, body)
    old = None if creating else _contact_meant(books, body)
    row = {} if old is None else dict(old)
    if old is None and not (sent.get("Name") or "").strip():
        keys = "Name, ContactID, ContactNumber"
        raise Refusal(f"The Contact must contain at least 1 of the following elements to identify the contact: {keys}")
    if old is not None and old["ContactStatus"] != "ACTIVE" and sent.get("ContactStatus") != "ACTIVE":
        raise Refusal("The contact is archived and cannot be edited.")
    if "Name" in sent and not (sent["Name"] or "").strip():
        raise Refusal("The Contact Name cannot be empty.")
    _parts(row, sent)
    row |= {k: v for k, v in sent.items() if k not in PARTS and k != "PaymentTerms"}
    row["Name"] = str(row["Name"]).strip()
    row.setdefault("ContactStatus", "ACTIVE")
    _check_contact(books, row)
    return books.keep(CONTACTS, _with_defaults(row))


def _contact_meant(books: Books, body: Mapping[str, Any]) -> Json | None:
    """The contact that a POST means: by id, else by number, else an active one by name."""
    if body.get("ContactID"):
        found = books.table("Contacts").get(str(body["ContactID"]).lower())
        if found is None:
            raise Refusal(UNKNOWN)
        return found
    number, name = body.get("ContactNumber"), body.get("Name")
    found = books.first("Contacts", ContactNumber=number) if number else None
    return found or (books.first("Contacts", Name=name, ContactStatus="ACTIVE") if name else None)


def _parts(row: Json, sent: Json) -> None:
    """Addresses and telephones of the types that are sent are replaced whole; the persons are replaced as a list."""
    for name, fields in PARTS.items():
        if name not in sent:
            continue
        told = [taken(Kind(name, "", fields), one) for one in sent[name] or []]
        if name == "ContactPersons":
            if len(told) > 5:
                raise Refusal("A contact can have a maximum of 5 contact persons.")
            row[name] = [{"IncludeInEmails": False, **_filled(one)} for one in told]
            continue
        key = next(iter(fields))
        if not all(one.get(key) for one in told):
            raise Refusal(f"{key} is required.")
        kept = {one[key]: one for one in row.get(name) or []}
        row[name] = list((kept | {one[key]: _filled(one) for one in told}).values())
    if sent.get("PaymentTerms") is not None:
        row["PaymentTerms"] = {side: _term(one) for side, one in sent["PaymentTerms"].items() if one}


def _filled(one: Json) -> Json:
    return {k: v for k, v in one.items() if v not in (None, "")}


def _term(one: Any) -> Json:
    told = taken(Kind("PaymentTerms", "", {"Day": "any", "Type": _TERMS}), one)
    if not isinstance(told.get("Day"), int) or not 0 <= told["Day"] <= 31 or "Type" not in told:
        raise Refusal("Payment terms need a Day from 0 to 31 and a Type.")
    return told


def _with_defaults(row: Json) -> Json:
    """Answers always list these types, empty ones too."""
    for name, key, types in (
        ("Addresses", "AddressType", ("POBOX", "STREET")),
        ("Phones", "PhoneType", ("DEFAULT", "DDI", "FAX", "MOBILE")),
    ):
        held = {one[key]: one for one in row.get(name) or []}
        blank: Json = {} if name == "Addresses" else {"PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""}
        row[name] = [held.pop(kind, {key: kind}) for kind in types] + list(held.values())
        row[name] = [{**blank, **one} for one in row[name]]
    row.setdefault("ContactPersons", [])
    row.setdefault("IsCustomer", False)
    row.setdefault("IsSupplier", False)
    row.setdefault("ContactGroups", [])
    return row


def _check_contact(books: Books, row: Json) -> None:
    own, name, wrong = row.get("ContactID"), row["Name"], []
    if set(name) & set("<>"):
        wrong.append("The Contact Name cannot contain < or >.")

    def taken_by(key: str) -> bool:
        return any(
            r["ContactID"] != own and same(r.get(key), row[key]) and (key != "Name" or r["ContactStatus"] == "ACTIVE")
            for r in books.rows("Contacts")
        )

    if row["ContactStatus"] == "ACTIVE" and taken_by("Name"):
        unique = "The contact name must be unique across all active contacts."
        wrong.append(f"The contact name {name} is already assigned to another contact. {unique}")
    wrong += [
        f"The {key} must be unique." for key in ("ContactNumber", "AccountNumber") if row.get(key) and taken_by(key)
    ]
    mails = [row.get("EmailAddress"), *(p.get("EmailAddress") for p in row.get("ContactPersons") or [])]
    wrong += [f"The email address '{mail}' is not valid." for mail in mails if mail and not _MAIL.fullmatch(mail)]
    for address in row.get("Addresses") or []:
        if any(c.isdigit() for c in address.get("Country") or ""):
            wrong.append("The Country may contain letters only.")
    if row.get("DefaultCurrency"):
        wrong += not_subscribed(books, row["DefaultCurrency"])
    for key in ("AccountsReceivableTaxType", "AccountsPayableTaxType"):
        if row.get(key) and row[key] not in books.table("TaxRates"):
            wrong.append(f"The TaxType code '{row[key]}' does not exist.")
    if wrong:
        raise Refusal(*wrong)


def not_subscribed(books: Books, code: str) -> list[str]:
    return [] if code in books.table("Currencies") else [f"Organisation is not subscribed to currency {code}"]


# ---------------------------------------------------------------- items


def save_item(books: Books, body: Json, creating: bool) -> Json:
    sent = taken(ITEMS, body)
    number, code = body.get("ItemID"), str(sent.get("Code") or "").strip()
    old = books.table("Items").get(str(number).lower()) if number else None
    if number and old is None:
        raise Refusal(UNKNOWN)
    if not code:
        raise Refusal("Item Code is required.")
    holder = books.first("Items", Code=code)
    if old is None and not creating:
        old = holder
    if holder is not None and holder is not old:
        raise Refusal(f"Price List Item with Code '{code}' already exists")
    row = {**(old or {"IsSold": True, "IsPurchased": True, "IsTrackedAsInventory": False}), **sent, "Code": code}
    for side, flag in (("SalesDetails", "IsSold"), ("PurchaseDetails", "IsPurchased")):
        row[side] = _details(books, row.get(side) or {}) if row.get(flag) else {}
    return books.keep(ITEMS, row)


def _details(books: Books, sent: Json) -> Json:
    fields = {"UnitPrice": "number:4", "AccountCode": "text", "COGSAccountCode": "text", "TaxType": "text"}
    told = _filled(taken(Kind("Details", "", fields), sent))
    if told.get("AccountCode") and books.first("Accounts", Code=told["AccountCode"]) is None:
        raise Refusal(f"Account code '{told['AccountCode']}' is not a valid code for this document.")
    if told.get("TaxType") and told["TaxType"] not in books.table("TaxRates"):
        raise Refusal(f"The TaxType code '{told['TaxType']}' does not exist.")
    return told


# ---------------------------------------------------------------- accounts, tax rates


def save_account(books: Books, body: Json, creating: bool) -> Json:
    sent = taken(ACCOUNTS, body)
    old = None if creating else books.table("Accounts").get(str(body.get("AccountID")).lower())
    row = {**(old or {"Status": "ACTIVE", "EnablePaymentsToAccount": False}), **sent}
    wrong = [
        f"Please enter a unique {key}."
        for key in ("Code", "Name")
        if row.get(key)
        and any(r["AccountID"] != row.get("AccountID") and same(r.get(key), row[key]) for r in books.rows("Accounts"))
    ]
    if not row.get("Name") or not row.get("Type"):
        wrong.append("Name and Type are required.")
    if not row.get("Code") and row.get("Type") != "BANK":
        wrong.append("Code is required.")
    if row.get("TaxType") and row["TaxType"] not in books.table("TaxRates"):
        wrong.append(f"The TaxType code '{row['TaxType']}' does not exist.")
    if row.get("SystemAccount") and row.get("Status") == "ARCHIVED":
        wrong.append("System accounts cannot be archived.")
    if old is not None and old["Status"] == "ARCHIVED" and sent.keys() - {"Status"}:
        wrong.append("Archived accounts cannot be edited.")
    if wrong:
        raise Refusal(*wrong)
    row["Class"] = ACCOUNT_TYPES[row["Type"]]
    row.setdefault("TaxType", "NONE")
    return books.keep(ACCOUNTS, row)


_COMPONENT = {"Name": "text", "Rate": "number:4", "IsCompound": "flag", "IsNonRecoverable": "flag"}


def save_tax_rate(books: Books, body: Json, creating: bool) -> Json:
    sent = taken(TAX_RATES, body)
    known = books.table("TaxRates").get(str(sent.get("TaxType") or ""))
    old = None if creating else known or books.first("TaxRates", Name=sent.get("Name"))
    if old is None and not creating:
        raise Refusal(UNKNOWN)
    row = {**(old or {"Status": "ACTIVE", "ReportTaxType": "OUTPUT"}), **sent}
    taken_names = [r for r in books.rows("TaxRates") if same(r["Name"], row.get("Name")) and r is not old]
    if not row.get("Name") or taken_names:
        raise Refusal("Please enter a unique Name.")
    parts = [taken(Kind("TaxComponents", "", _COMPONENT), p) for p in row.get("TaxComponents") or []]
    if not parts or not all(p.get("Name") and "Rate" in p for p in parts):
        raise Refusal("At least one tax component with a Name and a Rate is required.")
    row["TaxComponents"] = [{"IsCompound": False, "IsNonRecoverable": False, **p} for p in parts]
    row["DisplayTaxRate"] = row["EffectiveRate"] = round(sum(p["Rate"] for p in parts), 4)
    if old is None:
        row["TaxType"] = books.next_number("tax", "TAX{:03}")
    for name in ("Assets", "Equity", "Expenses", "Liabilities", "Revenue"):
        row.setdefault(f"CanApplyTo{name}", True)
    return books.keep(TAX_RATES, row)


# ---------------------------------------------------------------- tracking, currencies


def save_category(books: Books, body: Json, creating: bool) -> Json:
    sent = taken(TRACKING, body)
    old = None if creating else books.table("TrackingCategories").get(str(body.get("TrackingCategoryID")).lower())
    row = {**(old or {"Status": "ACTIVE", "Options": []}), **sent}
    others = [r for r in books.rows("TrackingCategories") if r is not old]
    if not row.get("Name") or any(same(r["Name"], row["Name"]) for r in others):
        raise Refusal("Please enter a unique Name.")
    active = sum(r["Status"] == "ACTIVE" for r in others) + (row["Status"] == "ACTIVE")
    if active > 2 or len(others) >= 4:
        raise Refusal("You can have a maximum of two active tracking categories, and four in total.")
    return books.keep(TRACKING, row)


def save_option(books: Books, category: Json, body: Json, number: str | None) -> Json:
    """An option of a category: made, or changed where ``number`` names it."""
    sent = taken(OPTIONS, body)
    old = next((o for o in category["Options"] if o["TrackingOptionID"] == number), None)
    if number is not None and old is None:
        raise Refusal(UNKNOWN)
    others = [o for o in category["Options"] if o is not old]
    row: Json = {**(old or {"TrackingOptionID": new_id(books.world), "Status": "ACTIVE"}), **sent}
    if not row.get("Name") or any(same(o["Name"], row["Name"]) for o in others):
        raise Refusal("Please enter a unique Name.")
    if old is None:
        category["Options"].append(row)
    else:
        old.update(row)
    books.world.dirty = True
    return row


def save_currency(books: Books, body: Json, creating: bool) -> Json:
    sent = taken(CURRENCIES, body)
    code = str(sent.get("Code") or "")
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise Unreadable(f"Error converting value '{code}' to CurrencyCode")
    if not books.state["multicurrency"] and code != books.organisation["BaseCurrency"]:
        raise Refusal("Your organisation's plan does not include multi-currency.")
    if code in books.table("Currencies"):
        raise Refusal(f"Currency {code} already exists")
    return books.keep(CURRENCIES, sent)
