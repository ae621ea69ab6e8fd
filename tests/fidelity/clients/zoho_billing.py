"""zoho-api-client against an imitation of Zoho Billing.

There is no client of this product on PyPI or npm (searched 2026-11). zoho-api-client has none of its resources either, but its
general calls: refresh, retry after a 401, headers, bodies and errors are its own; paths, bodies and page numbers are given here,
and so is Billing's header for the organisation, through what it passes on to requests. Its hosts are fixed: an adapter carries
every call over https to the given address.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from steps import Steps, tell
from zoho_entrance import CLIENT_ID, CLIENT_SECRET, refreshing

REQUIRES = ("zoho-api-client==0.1.0", "requests==2.34.2")
SCOPES = "ZohoSubscriptions.fullaccess.all"
ORGANISATION = "90000000101"
TAX = "982000000000201"


def carried(base_url: str) -> None:
    """Every call of requests over https goes to ``base_url``."""
    from requests.adapters import HTTPAdapter

    scheme, host, *_ = urlsplit(base_url)
    send = HTTPAdapter.send

    def sends(self: Any, request: Any, **more: Any) -> Any:
        if request.url.startswith("https://"):
            request.url = urlunsplit((scheme, host, *urlsplit(request.url)[2:]))
        return send(self, request, **more)

    HTTPAdapter.send = sends


class Billing:
    """The client's calls under ``/billing/v1`` for one organisation."""

    def __init__(self, client: Any, organisation: str = ORGANISATION) -> None:
        self.client, self.organisation = client, organisation

    def _named(self, request: Any) -> Any:
        request.headers["X-com-zoho-subscriptions-organizationid"] = self.organisation
        return request

    def __call__(self, method: str, path: str, **more: Any) -> Any:
        return getattr(self.client, method)(f"billing/v1/{path}", auth=self._named, **more)

    def all(self, name: str) -> list[Any]:
        """Every row, by pages of two."""
        rows: list[Any] = []
        page = 1
        while True:
            told = self("get", name, params={"page": page, "per_page": 2})
            rows += told[name]
            if not told["page_context"]["has_more_page"]:
                return rows
            page += 1


def drive(base_url: str) -> Steps:
    carried(base_url)
    from zoho_client import ZohoClient

    step = Steps("zoho_billing", "zoho-api-client")
    token = refreshing(base_url, SCOPES)
    call = Billing(ZohoClient(CLIENT_ID, CLIENT_SECRET, token, max_retries=2))
    step("sign in", call.client.auth.get_access_token)
    step("refresh", lambda: call.client.auth.get_access_token(force_refresh=True))
    step(
        "organisations",
        lambda: call.client.get("billing/v1/organizations")["organizations"],
        lambda rows: len(rows) == 2,
    )
    for name in ("customers", "products", "plans", "subscriptions", "estimates", "invoices", "payments", "items"):
        step(f"list {name} with paging", lambda name=name: call.all(name), lambda rows: len(rows) > 2)
    _selling(step, call)
    _errors(step, call, ZohoClient, token)
    return step


def _selling(step: Steps, call: Billing) -> None:
    person = {"display_name": "ばいりんぐ商事", "email": "billing@example.jp"}
    made = step(
        "create",
        lambda: call("post", "customers", json=person)["customer"],
        lambda row: row["display_name"] == "ばいりんぐ商事",
    )
    at = f"customers/{made['customer_id']}"
    step("read one", lambda: call("get", at)["customer"], lambda row: row["email"] == "billing@example.jp")
    change = {**person, "phone": "03-0000-0000"}
    step("update", lambda: call("put", at, json=change)["customer"], lambda row: row["phone"] == "03-0000-0000")
    product = call("get", "products")["products"][0]["product_id"]
    plan = {"plan_code": "api", "name": "API", "recurring_price": 5000, "interval": 1, "interval_unit": "months",
            "product_id": product}  # fmt: skip
    step("create a plan", lambda: call("post", "plans", json=plan)["plan"], lambda row: row["plan_code"] == "api")
    sold = {"customer_id": made["customer_id"], "plan": {"plan_code": "api"}}
    own = step(
        "subscribe",
        lambda: call("post", "subscriptions", json=sold)["subscription"],
        lambda row: row["status"] == "live",
    )
    at = f"subscriptions/{own['subscription_id']}"
    step(
        "stop its renewal",
        lambda: call("post", f"{at}/cancel", params={"cancel_at_end": "true"})["subscription"],
        lambda row: row["status"] == "non_renewing",
    )
    step("reactivate", lambda: call("post", f"{at}/reactivate")["subscription"], lambda row: row["status"] == "live")
    item = call("get", "items")["items"][0]["item_id"]
    lines = [{"product_id": item, "price": 10000, "quantity": 1, "tax_id": TAX}]
    paper = {"customer_id": made["customer_id"], "date": "2026-04-01", "invoice_items": lines}
    bill = step(
        "create an invoice", lambda: call("post", "invoices", json=paper)["invoice"], lambda row: row["total"] == 11000
    )
    at = f"invoices/{bill['invoice_id']}"
    step("open it", lambda: call("post", f"{at}/converttoopen"), lambda told: told["code"] == 0)
    paid = {"customer_id": made["customer_id"], "payment_mode": "cash", "amount": 11000, "date": "2026-04-30",
            "invoices": [{"invoice_id": bill["invoice_id"], "amount_applied": 11000}]}  # fmt: skip
    step("pay it", lambda: call("post", "payments", json=paid)["payment"], lambda row: row["amount"] == 11000)
    step("it is paid", lambda: call("get", at)["invoice"], lambda row: (row["status"], row["balance"]) == ("paid", 0))


def _errors(step: Steps, call: Billing, client: Any, token: str) -> None:
    from zoho_client.exceptions import ZohoAPIError, ZohoAuthError, ZohoValidationError

    def says(code: int) -> Any:
        return lambda told: told.response["code"] == code

    twice = {"display_name": "ばいりんぐ商事", "email": "billing@example.jp"}
    step.raises("error: taken name", ZohoValidationError, lambda: call("post", "customers", json=twice), says(3062))
    step.raises("error: unknown record", ZohoAPIError, lambda: call("get", "subscriptions/1"), says(1002))
    step.raises("error: no mail", ZohoValidationError, lambda: call("post", "customers", json={"display_name": "x"}))
    step.raises(
        "error: no such organisation", ZohoAPIError, lambda: Billing(call.client, "1")("get", "plans"), says(6041)
    )
    bare = client(CLIENT_ID, CLIENT_SECRET, token, max_retries=1)
    step.raises("error: no organisation named", ZohoAuthError, lambda: bare.get("billing/v1/plans"), says(6041))


if __name__ == "__main__":
    tell(drive)
