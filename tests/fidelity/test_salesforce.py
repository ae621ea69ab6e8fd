"""Answers of the Salesforce imitation against the vendor's own files: the schema of describe, and the collection of requests.

Salesforce publishes no OpenAPI file of its REST API. Known differences between the schema and the service, which we follow: newer
versions tell more of a field, two keys that it calls objects are null, and the default of a checkbox is a boolean.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import jsonschema
import pytest

from choai.connectors.contract import Done, Item, Op, Window
from choai.connectors.salesforce import api, spec
from choai.sandbox import salesforce
from connectors.session import opened
from fidelity.openapi import document
from sandbox.salesforce_client import Client, client
from servers import Sandbox, sandbox

NULLS = {"filteredLookupInfo", "referenceTargetField"}
NEWER = {
    "aiPredictionField",
    "formulaTreatNullNumberAsZero",
    "polymorphicForeignKey",
    "searchPrefilterable",
    "defaultValue",
}
# not imitated: what says nothing about records
APART = re.compile(
    r"well-known|/id/keys|/composite/graph|arameterizedSearch|/search|recordCount|<BLOB_FIELD>|<RELATIONSHIP_FIELD_NAME>"
)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with sandbox(salesforce) as running:
        yield running


@pytest.fixture
async def sf(box: Sandbox) -> AsyncIterator[Client]:
    async with client(box) as made:
        yield made


async def test_describe_is_what_the_vendors_schema_says(sf: Client) -> None:
    schema = document("salesforce/sobject-describe.schema.json")
    known = schema["definitions"]["Field"]["properties"]
    validator = jsonschema.Draft7Validator(schema)
    objects = (await sf.send("GET", "sobjects")).data["sobjects"]
    for entry in objects:
        told = (await sf.send("GET", f"sobjects/{entry['name']}/describe")).data
        shown = {k: v for k, v in told.items() if v is not None}
        for field in shown["fields"]:
            assert field.keys() - known.keys() <= NEWER, field["name"]
            assert all(field.pop(name) is None for name in NULLS)
            field |= {name: {} for name in NULLS}
            field["defaultValue"] = None if field["defaultValue"] is False else field["defaultValue"]
            for name in field.keys() - known.keys():
                field.pop(name)
        for name in ("listviewable", "lookupLayoutable"):
            shown.setdefault(name, False)
        for one in shown["recordTypeInfos"]:
            one.pop("active"), one.pop("developerName")
        wrong = [(list(e.absolute_path), e.message[:200]) for e in validator.iter_errors(shown)]
        assert not wrong, entry["name"]
        assert told["urls"]["describe"].endswith(f"/sobjects/{entry['name']}/describe")


async def test_every_request_of_the_vendors_collection_is_known(sf: Client, box: Sandbox) -> None:
    """Method and path of each request lead somewhere: to anything but "no such resource" or "no such method"."""
    asked = document("salesforce/postman-requests.json")["requests"]
    account = next(iter(box.world.state["records"]["Account"]))
    query = {"operation": "query", "query": "SELECT Id FROM Account"}
    jobs = {
        "query": (await sf.send("POST", "jobs/query", query)).data["id"],
        "ingest": (await sf.send("POST", "jobs/ingest", {"object": "Lead", "operation": "insert"})).data["id"],
    }
    tried = 0
    for request in sorted(asked, key=lambda r: (r["method"] == "DELETE", r["url"])):
        if APART.search(request["url"]):
            continue
        url = re.sub(r"^\{\{\w+\}\}(\{\{site\}\})?", "", request["url"]).replace("{{version}}", "65.0")
        url = url.replace("<SOBJECT_API_NAME>", "Account").replace("<RECORD_ID>", account)
        url = url.replace("<FIELD_NAME>/<FIELD_VALUE>", "CustomerCode__c/C00001")
        url = url.replace("{{_jobId}}", jobs["ingest" if "/ingest" in url else "query"])
        if request["method"] in ("PATCH", "DELETE"):
            url = url.replace(
                "composite/sobjects/Account", "composite/sobjects"
            )  # the collection names an object there
        answer = await sf.send(request["method"], url.replace(" ", "%20").replace("{{", "").replace("}}", ""))
        assert answer.status not in (404, 405, 500), (request["method"], url, answer.text)
        tried += 1
    assert tried >= 38


async def test_every_request_of_the_connector_is_the_vendors(box: Sandbox) -> None:
    """What the connector asks for stands in the collection."""
    asked = document("salesforce/postman-requests.json")["requests"]
    known = {(r["method"], _shape(r["url"])) for r in asked}
    known |= {("PATCH", "composite/sobjects/X/X"), ("PATCH", "composite/sobjects")}  # newer than it, and mistaken in it
    tokens = [salesforce.sign_in(box.world)["access_token"]]
    async with opened("salesforce", {"base_url": box.base_url}, tokens=tokens) as session:
        await api.catalogue(session)
        held, spec.BULK_ROWS = spec.BULK_ROWS, 5
        try:
            begun = await api.read(session, "Project__c", Window(patient=True), None)
            assert (await api.read(session, "Project__c", Window(patient=True), begun.next)).records
        finally:
            spec.BULK_ROWS = held
        await api.deleted(session, "Account", box.world.now(), None)
        values: dict[str, Any] = {"Name": "x", "AccountingId__c": "1"}
        for op, more in ((Op.UPSERT, {"key": ("AccountingId__c", "1")}), (Op.CREATE, {})):
            sent = {"Name": "x"} if op is Op.CREATE else values
            (done,) = await api.write(session, "Account", op, [Item("a", sent, **more)])
            assert isinstance(done, Done)
            (again,) = await api.write(session, "Account", Op.UPDATE, [Item("a", {"Fax": "1"}, id=done.record.id)])
            assert isinstance(again, Done)
    made = {tuple(line.split(" ", 1)) for line in box.world.calls}
    assert {(method, _shape(path)) for method, path in made} <= known


def _shape(url: str) -> str:
    """A path below the version, with X for what differs from call to call."""
    path = re.sub(r"^.*?/services/data/v[^/]+/?", "", url).partition("?")[0].strip("/")
    words = r"sobjects|describe|query|queryAll|limits|composite|jobs|ingest|results|deleted|updated|batch|tree"
    return "/".join(part if re.fullmatch(words, part) else "X" for part in path.split("/"))
