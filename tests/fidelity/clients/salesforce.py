"""simple-salesforce against an imitation of Salesforce.

The client knows ``https://….salesforce.com`` only; an adapter of its session carries every call to the given address.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from steps import Steps, switch, tell

REQUIRES = ("simple-salesforce==1.12.10",)
CLIENT_ID, CLIENT_SECRET = "3MVG9demo.ChoaiExternalClientApp", "choai-demo-secret"
JWT_CLIENT_ID, USERNAME = "3MVG9demo.ChoaiCertificate", "keiri@choai-demo.example.jp"
API = "65.0"


def carried(base_url: str) -> Any:
    """A session of requests whose every call goes to ``base_url``."""
    import requests
    from requests.adapters import HTTPAdapter

    scheme, host, *_ = urlsplit(base_url)

    class Carrier(HTTPAdapter):
        def send(self, request: Any, **more: Any) -> Any:
            request.url = urlunsplit((scheme, host, *urlsplit(request.url)[2:]))
            return super().send(request, **more)

    session = requests.Session()
    session.mount("https://", Carrier())
    return session


def certificate(base_url: str) -> str:
    """A new key, its public part uploaded to the demo's app; the private one in PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    switch(base_url, certificate=public.decode())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode()


def drive(base_url: str) -> Steps:
    from simple_salesforce import Salesforce
    from simple_salesforce.exceptions import (
        SalesforceAuthenticationFailed,
        SalesforceExpiredSession,
        SalesforceMalformedRequest,
        SalesforceResourceNotFound,
    )

    step = Steps("salesforce", "simple-salesforce")

    def entered(**more: Any) -> Any:
        return Salesforce(version=API, session=carried(base_url), **more)

    sf = step(
        "sign in: client credentials",
        lambda: entered(consumer_key=CLIENT_ID, consumer_secret=CLIENT_SECRET, domain="acme.my"),
        lambda made: bool(made.session_id),
    )
    key = certificate(base_url)
    step(
        "sign in: JWT bearer",
        lambda: entered(username=USERNAME, consumer_key=JWT_CLIENT_ID, privatekey=key, domain="login").limits(),
        lambda told: told["DailyApiRequests"]["Max"] > 0,
    )
    _wrong_secret(step, entered, SalesforceAuthenticationFailed)
    if sf is None:
        return step
    _reading(step, sf)
    _writing(step, sf)
    _bulk(step, sf)
    step.raises(
        "error: required field",
        SalesforceMalformedRequest,
        lambda: sf.Contact.create({"FirstName": "花子"}),
        "REQUIRED_FIELD_MISSING",
    )
    step.raises(
        "error: bad SOQL", SalesforceMalformedRequest, lambda: sf.query("SELECT FROM Account"), "MALFORMED_QUERY"
    )
    step.raises(
        "error: unknown record",
        SalesforceResourceNotFound,
        lambda: sf.Account.get("001000000000000AAA"),
        "NOT_FOUND",
    )
    step.raises(
        "error: session",
        SalesforceExpiredSession,
        lambda: entered(session_id="00D!x", instance_url="https://acme.my.salesforce.com").limits(),
        "INVALID_SESSION_ID",
    )
    return step


def _wrong_secret(step: Steps, entered: Any, kind: Any) -> None:
    def refused() -> bool:
        try:
            entered(consumer_key=CLIENT_ID, consumer_secret="wrong", domain="acme.my")
        except kind as told:
            return "invalid_client" in str(told)
        return False

    step("error: wrong secret", refused)


def _reading(step: Steps, sf: Any) -> None:
    step("objects", sf.describe, lambda told: any(o["name"] == "Account" for o in told["sobjects"]))
    step("describe", sf.Account.describe, lambda told: any(f["name"] == "AccountingId__c" for f in told["fields"]))
    step("metadata", sf.Account.metadata, lambda told: told["objectDescribe"]["keyPrefix"] == "001")
    step("versions of the organization", sf.is_sandbox, lambda told: told is False)
    sf.headers["Sforce-Query-Options"] = "batchSize=200"
    many = [{"attributes": {"type": "Lead"}, "LastName": f"青空{n:03}", "Company": "試験"} for n in range(200)]
    for turn in range(3):
        step(
            f"collection {turn + 1}",
            lambda: sf.restful("composite/sobjects", method="POST", json={"allOrNone": False, "records": many}),
            lambda told: len(told) == 200 and all(one["success"] for one in told),
        )
    step(
        "list with paging",
        lambda: sf.query_all("SELECT Id, Name FROM Lead ORDER BY Id"),
        lambda t: len(t["records"]) == 600,
    )
    step("iterator", lambda: len(list(sf.query_all_iter("SELECT Id FROM Lead"))), lambda told: told == 600)
    step("count", lambda: sf.query("SELECT COUNT() FROM Account"), lambda told: told["totalSize"] == 100)
    nested = "SELECT Id, Account.Name, (SELECT Quantity FROM OpportunityLineItems) FROM Opportunity WHERE StageName != '失注'"
    step("parents and children", lambda: sf.query_all(nested), lambda told: bool(told["records"][0]["Account"]["Name"]))
    step("limits told with each answer", lambda: sf.api_usage, lambda told: told["api-usage"].total == 15000)


def _writing(step: Steps, sf: Any) -> None:
    began = datetime.now(UTC) - timedelta(minutes=5)
    new = {"Name": "しんぷる商事", "AccountingId__c": "ss/1", "Phone": "03-0000-0000"}
    made = step("create", lambda: sf.Account.create(new), lambda told: told["success"] and len(told["id"]) == 18)
    if made is None:
        return
    id = made["id"]
    step("get", lambda: sf.Account.get(id), lambda told: told["Name"] == "しんぷる商事")
    step("update", lambda: sf.Account.update(id, {"Phone": None}), lambda told: told == 204)
    step(
        "get by external id",
        lambda: sf.Account.get_by_custom_id("AccountingId__c", "ss/1"),
        lambda t: t["Phone"] is None,
    )
    step("upsert: there", lambda: sf.Account.upsert("AccountingId__c/ss%2F1", {"Fax": "1"}), lambda told: told == 200)
    step("upsert: new", lambda: sf.Account.upsert("AccountingId__c/ss-2", {"Name": "別"}), lambda told: told == 201)
    later = datetime.now(UTC) + timedelta(minutes=2)
    step("updated", lambda: sf.Account.updated(began, later), lambda told: id in told["ids"])
    step("delete", lambda: sf.Account.delete(id), lambda told: told == 204)
    step("deleted", lambda: sf.Account.deleted(began, later), lambda t: id in {r["id"] for r in t["deletedRecords"]})
    bin_of = f"SELECT Id FROM Account WHERE IsDeleted = true AND Id = '{id}'"
    step("recycle bin", lambda: sf.query(bin_of, include_deleted=True), lambda told: told["totalSize"] == 1)


def _bulk(step: Steps, sf: Any) -> None:
    rows = [{"ProjectCode__c": f"B-{n}", "Name": f"一括{n}", "Kind__c": "受託" if n else "なし"} for n in range(3)]
    step(
        "Bulk API 2.0 upsert",
        lambda: sf.bulk2.Project__c.upsert(records=rows, external_id_field="ProjectCode__c"),
        lambda told: (told[0]["numberRecordsProcessed"], told[0]["numberRecordsFailed"]) == (3, 1),
    )
    asked = "SELECT Id, Name FROM Project__c WHERE ProjectCode__c LIKE 'B-%'"
    step("Bulk API 2.0 query", lambda: "".join(sf.bulk2.Project__c.query(asked)), lambda told: "一括2" in told)


if __name__ == "__main__":
    tell(drive)
