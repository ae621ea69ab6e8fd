"""Vtiger's own client of the cloud against an imitation of it.

The client raises BaseException with the words of the status line, which no ASGI server lets an imitation choose: that it
raises is what counts.
"""

from __future__ import annotations

import time
from typing import Any

from steps import Steps, tell

REQUIRES = ("vtiger-cloudsdk-restapi==1.2",)
USER, ACCESS_KEY = "keiri", "DemoKeyVtiger016"
OWNER = {"assigned_user_id": "19x1"}


def records(step: Steps, client: Any) -> None:
    began = int(time.time()) - 1
    lasting = {"accountname": "Nordwind & Söhne", **OWNER}
    made = step(
        "create", lambda: client.create("Accounts", lasting), lambda got: got["accountname"] == "Nordwind & Söhne"
    )
    id = made["id"]
    step("retrieve", lambda: client.retrieve(id), lambda got: got["label"] == "Nordwind &amp; S&ouml;hne")
    step("revise", lambda: client.revise({"id": id, "phone": "1"}), lambda got: got["phone"] == "1")
    step("update", lambda: client.update({"id": id, **lasting, "phone": "2"}), lambda got: got["phone"] == "2")
    for n in range(7):
        client.create("Contacts", {"lastname": f"Page {n}", "account_id": id, **OWNER})

    def pages() -> list[str]:
        found: list[str] = []
        while True:
            after = f" AND id > '{found[-1]}'" if found else ""
            rows = client.query(
                f"SELECT lastname FROM Contacts WHERE lastname LIKE 'Page%'{after} ORDER BY id LIMIT 3;"
            )
            if not rows:
                return found
            found += [row["id"] for row in rows]

    step("list with paging", pages, lambda got: len(got) == len(set(got)) == 7)
    step("count", lambda: client.query("SELECT count(*) FROM Contacts WHERE lastname LIKE 'Page%';"),
         lambda got: got == [{"count": "7"}])  # fmt: skip
    step("related types", lambda: client.related_types("Accounts"), lambda got: "Contacts" in got["information"])
    step("related records", lambda: client.retrieve_related(id, "Contacts", "Contacts"), lambda got: len(got) == 7)
    step("tags", lambda: client.tags_add(id, ["A"]) and client.tags_retrieve(id), lambda got: got == ["A"])
    step("sync", lambda: client.sync(str(began), "Contacts", "application"), lambda got: len(got["updated"]) == 7)
    step("delete", lambda: client.delete(id), lambda got: got == {"status": "successful"})
    step.raises("a deleted record", BaseException, lambda: client.retrieve(id), "Bad Request")
    step(
        "deletes by sync",
        lambda: client.sync(str(began), "Accounts", "application"),
        lambda got: got["deleted"] == [id],
    )


def documents(step: Steps, client: Any) -> None:
    account = client.query("SELECT id FROM Accounts LIMIT 1;")[0]["id"]
    item = client.query("SELECT id FROM Products LIMIT 1;")[0]["id"]
    lines = [{"productid": item, "quantity": "3", "listprice": "100", "tax1": "10"}]
    head = {"subject": "INV", "account_id": account, "bill_street": "a", "ship_street": "a", "currency_id": "21x1",
            "conversion_rate": "1", "hdnTaxType": "group", "productid": item, **OWNER}  # fmt: skip
    made = step("an invoice with lines", lambda: client.create("Invoice", {**head, "LineItems": lines}),
                lambda got: got["hdnGrandTotal"] == 330)  # fmt: skip
    step("its total read back", lambda: client.retrieve(made["id"]), lambda got: got["hdnGrandTotal"] == "330.00000000")
    step.raises("an invoice without lines", BaseException, lambda: client.create("Invoice", head), "Bad Request")


def drive(base_url: str) -> Steps:
    from vtiger_cloudsdk_restapi import Client

    step = Steps("vtiger", "vtiger-cloudsdk-restapi", catches=BaseException)  # the client raises nothing finer
    client = Client(base_url, USER, ACCESS_KEY)
    step("sign in", client.me, lambda got: got["id"] == "19x1")
    step("list types", client.list_types, lambda got: "Invoice" in got["types"])
    step("describe", lambda: client.describe("Accounts"), lambda got: got["idPrefix"] == "11")
    records(step, client)
    documents(step, client)
    step.raises("a wrong key", BaseException, Client(base_url, USER, "x").me, "Unauthorized")
    step.raises("a mandatory field left out", BaseException, lambda: client.create("Accounts", OWNER), "Bad Request")
    twice = {"accountname": "twice", **OWNER}
    step.raises("a name twice", BaseException, lambda: [client.create("Accounts", twice) for _ in "ab"], "Bad Request")
    step.raises(
        "a query without semicolon", BaseException, lambda: client.query("SELECT id FROM Accounts"), "Bad Request"
    )
    return step


if __name__ == "__main__":
    tell(drive)
