"""Xero's own SDK (xero-python) and pyxero against an imitation of Xero."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from steps import Steps, consent, tell

REQUIRES = ("xero-python==15.2.0", "pyxero==0.9.5")
CLIENT_ID, CLIENT_SECRET = "C0FFEE0000000000000000000000DEM0", "choai-demo-secret"
CUSTOM_CLIENT_ID = "C0FFEE000000000000000000000C0571"
SCOPES = "offline_access openid profile email accounting.settings accounting.contacts accounting.invoices accounting.payments"
CALLBACK = "http://localhost:8000/callback"


def sdk(base_url: str) -> Steps:
    """The vendor's SDK: code flow, refresh, connections, contacts, invoices, payments, three errors."""
    import requests
    from xero_python.accounting import AccountingApi
    from xero_python.accounting.models import Account, Contact, Contacts, Invoice, Invoices, LineItem, Payment, Payments
    from xero_python.api_client import ApiClient
    from xero_python.api_client.configuration import Configuration
    from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
    from xero_python.exceptions import AccountingBadRequestException, HTTPStatusException
    from xero_python.identity import IdentityApi

    step = Steps("xero", "xero-python")
    held: dict[str, Any] = {}
    for name in ("client_credentials_token_url", "refresh_token_url"):
        setattr(TokenApi, name, f"{base_url}/connect/token")
    TokenApi.revoke_token_url = f"{base_url}/connect/revocation"
    api_client = ApiClient(
        Configuration(oauth2_token=OAuth2Token(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)),
        oauth2_token_saver=held.update,
        oauth2_token_getter=lambda: held,
    )

    def signed_in() -> dict[str, Any]:
        asked = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": CALLBACK,
            "scope": SCOPES,
            "state": "s",
        }
        back = parse_qs(urlsplit(consent(f"{base_url}/identity/connect/authorize", asked)).query)
        form = {"grant_type": "authorization_code", "code": back["code"][0], "redirect_uri": CALLBACK}
        answer = requests.post(f"{base_url}/connect/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET), timeout=10)
        token: dict[str, Any] = answer.json()
        api_client.set_oauth2_token({**token, "expires_at": time.time() + token["expires_in"], "scope": SCOPES.split()})
        return token

    first = step("sign in", signed_in, lambda t: t["expires_in"] == 1800)
    step("refresh", api_client.refresh_oauth2_token, lambda _: held["refresh_token"] != first["refresh_token"])
    identity = IdentityApi(api_client, base_url=base_url)
    tenants = step("connections", identity.get_connections, lambda got: got[0].tenant_type == "ORGANISATION")
    api = AccountingApi(api_client, base_url=f"{base_url}/api.xro/2.0")
    tenant = tenants[0].tenant_id
    own = step(
        "organisation", lambda: api.get_organisations(tenant).organisations[0], lambda o: o.base_currency.value == "JPY"
    )
    step("actions", lambda: api.get_organisation_actions(tenant).actions)
    news = Contacts(contacts=[Contact(name=f"SDK商事{n}", email_address=f"sdk{n}@example.jp") for n in range(3)])
    made = step(
        "create", lambda: api.create_contacts(tenant, contacts=news).contacts, lambda c: len(c) == 3 and c[0].contact_id
    )
    first_page = step(
        "list with paging",
        lambda: [api.get_contacts(tenant, page=n, page_size=50, order="Name ASC") for n in (1, 2, 3)],
        lambda pages: sum(len(p.contacts) for p in pages) == pages[0].pagination.item_count,
    )
    step("dates", lambda: first_page[0].contacts[0].updated_date_utc.year, lambda year: year > 2000)
    change = Contacts(contacts=[Contact(contact_id=made[0].contact_id, first_name="花子")])
    step(
        "update",
        lambda: api.update_contact(tenant, made[0].contact_id, contacts=change).contacts[0],
        lambda c: (c.first_name, c.name) == ("花子", "SDK商事0"),
    )
    line = LineItem(description="開発", quantity=2.0, unit_amount=1000.0, account_code="200", tax_type="TAX001")
    bill = Invoice(type="ACCREC", contact=Contact(contact_id=made[0].contact_id), line_items=[line], status="DRAFT")
    invoice = step(
        "create an invoice",
        lambda: api.create_invoices(tenant, invoices=Invoices(invoices=[bill])).invoices[0],
        lambda i: float(i.total) == 2200.0,
    )
    from datetime import date

    approved = Invoice(invoice_id=invoice.invoice_id, status="AUTHORISED", due_date=date(2026, 5, 31))
    step(
        "approve it",
        lambda: api.update_invoice(tenant, invoice.invoice_id, invoices=Invoices(invoices=[approved])).invoices[0],
        lambda i: i.status == "AUTHORISED",
    )
    paid = Payment(
        invoice=Invoice(invoice_id=invoice.invoice_id),
        account=Account(code="090"),
        amount=2200.0,
        date=date(2026, 5, 31),
    )
    step("pay it", lambda: api.create_payments(tenant, payments=Payments(payments=[paid])).payments[0].payment_id)
    step("it is paid", lambda: api.get_invoice(tenant, invoice.invoice_id).invoices[0], lambda i: i.status == "PAID")
    step("e-mail it", lambda: api.email_invoice(tenant, invoice.invoice_id, {}) is None)
    step("where", lambda: api.get_invoices(tenant, where='Status=="PAID"', page=1).invoices, lambda rows: len(rows) > 0)
    for name in (
        "quotes",
        "purchase_orders",
        "credit_notes",
        "items",
        "accounts",
        "tax_rates",
        "tracking_categories",
        "currencies",
        "payments",
    ):
        step(f"list {name}", lambda name=name: getattr(getattr(api, f"get_{name}")(tenant), name))
    double = Contacts(contacts=[Contact(name="SDK商事1")])
    step.raises(
        "error: taken name",
        AccountingBadRequestException,
        lambda: api.create_contacts(tenant, contacts=double),
        lambda told: told.status == 400 and "already assigned" in str(told.error_data),
    )
    mixed = Contacts(contacts=[Contact(name="SDK商事1"), Contact(name="SDK商事9")])
    step(
        "batch with mixed results",
        lambda: api.create_contacts(tenant, contacts=mixed, summarize_errors=False).contacts,
        lambda c: [bool(x.has_validation_errors) for x in c] == [True, False],
    )
    step.raises(
        "error: another organisation",
        HTTPStatusException,
        lambda: api.get_contacts("11111111-2222-3333-4444-555555555555"),
        lambda told: told.status == 403,
    )
    step.raises(
        "error: unknown record",
        HTTPStatusException,
        lambda: api.get_contact(tenant, "11111111-2222-3333-4444-555555555555"),
        lambda told: told.status == 404,
    )
    tokens = TokenApi(api_client, CLIENT_ID, CLIENT_SECRET)
    step.raises(
        "error: bad refresh token",
        HTTPStatusException,
        lambda: tokens.refresh_token("nonsense", SCOPES.split()),
        lambda told: told.status == 400 and b"invalid_grant" in told.body,
    )
    assert own is not None
    return step


def pyxero(base_url: str) -> Steps:
    """pyxero: its own OAuth 2 flow, its managers, its exceptions."""
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    here = Path(__file__).resolve().parent
    sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != here]  # this file has the package's name
    from xero import Xero, auth
    from xero.exceptions import XeroBadRequest, XeroForbidden, XeroNotFound, XeroUnauthorized

    step = Steps("xero", "pyxero")
    auth.XERO_BASE_URL = base_url
    auth.XERO_OAUTH2_AUTHORIZE_URL = f"{base_url}/identity/connect/authorize"
    auth.XERO_OAUTH2_TOKEN_URL = f"{base_url}/connect/token"
    person = auth.OAuth2Credentials(CLIENT_ID, CLIENT_SECRET, callback_uri=CALLBACK, scope=SCOPES.split())

    def signed_in() -> bool:
        address, _, query = person.generate_url().partition("?")
        back = consent(address, {name: values[0] for name, values in parse_qs(query).items()})
        person.verify(back.replace("http://", "https://", 1))
        person.set_default_tenant()
        return bool(person.tenant_id)

    step("sign in", signed_in)
    step("refresh", person.refresh)
    xero = Xero(person)
    step("organisation", xero.organisations.all, lambda rows: rows[0]["BaseCurrency"] == "JPY")
    made = step(
        "create",
        lambda: xero.contacts.put({"Name": "ぱいぜろ商事", "EmailAddress": "py@example.jp"}),
        lambda c: c[0]["ContactID"],
    )
    step("list with paging", lambda: xero.contacts.filter(page=1, pageSize=20), lambda rows: len(rows) == 20)
    step("filter", lambda: xero.contacts.filter(Name="ぱいぜろ商事"), lambda rows: len(rows) == 1)
    step("get", lambda: xero.contacts.get(made[0]["ContactID"]), lambda rows: rows[0]["Name"] == "ぱいぜろ商事")
    if made is None:
        return step
    change = {"ContactID": made[0]["ContactID"], "LastName": "青空"}
    step("update", lambda: xero.contacts.save(change), lambda rows: rows[0]["LastName"] == "青空")
    for name in ("invoices", "items", "accounts", "taxrates", "creditnotes", "payments", "trackingcategories", "users"):
        step(f"list {name}", lambda name=name: getattr(xero, name).all())
    step.raises(
        "error: taken name",
        XeroBadRequest,
        lambda: xero.contacts.put({"Name": "ぱいぜろ商事"}),
        lambda told: "assigned" in str(told),
    )
    nobody = "11111111-2222-3333-4444-555555555555"
    step.raises("error: unknown record", XeroNotFound, lambda: xero.contacts.get(nobody), bool)
    person.tenant_id = nobody
    step.raises("error: another organisation", (XeroForbidden, XeroUnauthorized), Xero(person).contacts.all, bool)
    return step


if __name__ == "__main__":
    tell(sdk, pyxero)
