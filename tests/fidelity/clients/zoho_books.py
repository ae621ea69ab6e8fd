"""zohopy against an imitation of Zoho Books."""

from __future__ import annotations

from typing import Any

from steps import Steps, tell
from zoho_entrance import entered

REQUIRES = ("zohopy==0.2.0",)
SCOPES = "ZohoBooks.fullaccess.all"
ORGANISATION = "90000000101"


def drive(base_url: str) -> Steps:
    step = Steps("zoho_books", "zohopy")
    client = entered(step, base_url, SCOPES, ORGANISATION)
    if client is None:
        return step
    from zohopy.products.books import ZohoBooks

    books = ZohoBooks(client)
    step("refresh", lambda: client._auth.force_refresh() or books.organizations.list())
    step(
        "organisations",
        lambda: books.organizations.list()["organizations"],
        lambda rows: rows[0]["currency_code"] == "JPY",
    )
    for name in ("taxes", "currencies", "users"):
        step(f"list {name}", lambda name=name: getattr(books, name).list()[name])
    step("list accounts", lambda: books.chart_of_accounts.list()["chartofaccounts"])
    _contacts(step, books)
    _papers(step, books)
    _errors(step, books, client)
    return step


def _all(resource: Any, key: str, **asked: Any) -> list[Any]:
    """Every row, page by page as the client goes on."""
    return [row for page in resource.list_all(per_page=3, **asked) for row in page[key]]


def _contacts(step: Steps, books: Any) -> None:
    people = [{"first_name": "花子", "last_name": "青空", "email": "py@example.jp", "is_primary_contact": True}]
    new = {"contact_name": "ぱいぞほ商事", "contact_type": "customer", "contact_persons": people}
    made = step(
        "create", lambda: books.contacts.create(new)["contact"], lambda row: row["contact_name"] == "ぱいぞほ商事"
    )
    id = made["contact_id"]
    step("list with paging", lambda: _all(books.contacts, "contacts"),
         lambda rows: len({row["contact_id"] for row in rows}) == len(rows) > 20)  # fmt: skip
    step("list vendors", lambda: _all(books.contacts, "contacts", contact_type="vendor"),
         lambda rows: rows and {row["contact_type"] for row in rows} == {"vendor"})  # fmt: skip
    step(
        "search", lambda: books.contacts.list(contact_name_contains="ぱいぞほ")["contacts"], lambda rows: len(rows) == 1
    )
    step(
        "read one",
        lambda: books.contacts.get(id)["contact"],
        lambda row: row["contact_persons"][0]["email"] == "py@example.jp",
    )
    change = {"contact_name": "ぱいぞほ商事", "contact_type": "customer", "notes": "一行目\n二行目"}
    step("update", lambda: books.contacts.update(id, change)["contact"], lambda row: row["notes"] == "一行目\n二行目")
    step("mark inactive", lambda: books.contacts.mark_inactive(id), lambda told: told["code"] == 0)
    step("list what is inactive", lambda: books.contacts.list(filter_by="Status.Inactive")["contacts"],
         lambda rows: [row["contact_id"] for row in rows] == [id])  # fmt: skip
    step("mark active", lambda: books.contacts.mark_active(id), lambda told: told["code"] == 0)
    item = step(
        "create an item",
        lambda: books.items.create({"name": "ぱいぞほ保守", "rate": 3000})["item"],
        lambda row: row["rate"] == 3000,
    )
    step("delete", lambda: books.items.delete(item["item_id"]), lambda told: told["code"] == 0)


def _papers(step: Steps, books: Any) -> None:
    customer = books.contacts.list(contact_name="ぱいぞほ商事")["contacts"][0]["contact_id"]
    vendor = books.contacts.list(contact_type="vendor")["contacts"][0]["contact_id"]
    lines = [{"name": "開発", "rate": 50000, "quantity": 2, "tax_id": "982000000000201"}]
    sold = {"customer_id": customer, "date": "2026-04-01", "line_items": lines}
    offer = step(
        "create an estimate", lambda: books.estimates.create(sold)["estimate"], lambda row: row["total"] == 110000
    )
    step("send it", lambda: books.estimates.mark_sent(offer["estimate_id"]), lambda told: told["code"] == 0)
    step("accept it", lambda: books.estimates.mark_accepted(offer["estimate_id"]), lambda told: told["code"] == 0)
    step(
        "it is accepted",
        lambda: books.estimates.get(offer["estimate_id"])["estimate"],
        lambda row: row["status"] == "accepted",
    )
    bill = step(
        "create an invoice", lambda: books.invoices.create(sold)["invoice"], lambda row: row["status"] == "draft"
    )
    id = bill["invoice_id"]
    step(
        "e-mail it",
        lambda: books.invoices.email(id, {"to_mail_ids": ["py@example.jp"]}),
        lambda told: told["code"] == 0,
    )
    paid = {"customer_id": customer, "payment_mode": "banktransfer", "amount": 110000, "date": "2026-05-31",
            "invoices": [{"invoice_id": id, "amount_applied": 110000}]}  # fmt: skip
    step("pay it", lambda: books.customer_payments.create(paid)["payment"], lambda row: row["amount"] == 110000)
    step(
        "it is paid",
        lambda: books.invoices.get(id)["invoice"],
        lambda row: (row["status"], row["balance"]) == ("paid", 0),
    )
    other = books.invoices.create(sold)["invoice"]["invoice_id"]
    step(
        "void another",
        lambda: books.invoices.mark_sent(other) and books.invoices.void(other),
        lambda told: told["code"] == 0,
    )
    bought = {"vendor_id": vendor, "date": "2026-04-01", "line_items": [{**lines[0], "account_id": _cost(books)}]}
    order = step("create a purchase order", lambda: books.purchase_orders.create(bought)["purchaseorder"])
    step("open it", lambda: books.purchase_orders.mark_open(order["purchaseorder_id"]), lambda told: told["code"] == 0)
    step(
        "create a bill",
        lambda: books.bills.create({**bought, "bill_number": "PY-1"})["bill"],
        lambda row: row["bill_number"] == "PY-1",
    )
    for name, key in (("sales_orders", "salesorders"), ("credit_notes", "creditnotes"), ("vendor_payments", "vendorpayments"),
                      ("expenses", "expenses"), ("invoices", "invoices"), ("customer_payments", "customerpayments")):  # fmt: skip
        step(
            f"list {key} with paging",
            lambda name=name, key=key: _all(getattr(books, name), key),
            lambda rows: len(rows) > 3,
        )


def _cost(books: Any) -> str:
    rows = books.chart_of_accounts.list()["chartofaccounts"]
    return str(next(row["account_id"] for row in rows if row["account_type"] in ("expense", "cost_of_goods_sold")))


def _errors(step: Steps, books: Any, client: Any) -> None:
    from zohopy import SyncZohoClient, exceptions

    twice = {"contact_name": "ぱいぞほ商事", "contact_type": "customer"}
    step.raises(
        "error: taken name", exceptions.ZohoDuplicateError, lambda: books.contacts.create(twice), "already exists"
    )
    step.raises(
        "error: unknown record", exceptions.ZohoNotFoundError, lambda: books.invoices.get("1"), "does not exist"
    )
    empty = {"customer_id": "982000000900001", "line_items": []}
    step.raises("error: no lines", exceptions.ZohoValidationError, lambda: books.invoices.create(empty))
    step.raises(
        "error: unknown address", exceptions.ZohoNotFoundError, lambda: client.get("/books/v3/nothing"), "Invalid URL"
    )
    other = SyncZohoClient(client.config.model_copy(update={"organization_id": "1"}))
    step.raises(
        "error: another organisation",
        exceptions.ZohoAPIError,
        lambda: other.get("/books/v3/contacts"),
        "not associated",
    )
    wrong = SyncZohoClient(client.config.model_copy(update={"refresh_token": "nonsense"}))
    step.raises(
        "error: bad refresh token",
        exceptions.ZohoTokenRefreshError,
        lambda: wrong.get("/books/v3/contacts"),
        "invalid_code",
    )


if __name__ == "__main__":
    tell(drive)
