"""Answers of the imitation of Zoho CRM, and the bodies the connector sends, against Zoho's OpenAPI files.

Where we follow the service and not its files: errors of a whole request are told plainly (the files put them into ``data`` of
the module's calls), a page token that is not there is null, an upsert takes ``duplicate_check_fields`` and tells ``action``.
Patterns that only Java knows (``\\p{…}``) are left out.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import jsonschema
import pytest

from choai.connectors.contract import Done, Item, Op, Window
from choai.connectors.http import ServiceSession
from choai.connectors.zoho_crm import api, spec
from choai.sandbox import grants, zoho_crm
from contract.test_zoho_crm import ACCOUNT, PRODUCT, SCOPES, account, enters, quote
from fidelity.openapi import document, resolved
from servers import Sandbox, sandbox

BULK, API = spec.BULK, spec.API
FILES = {
    "/settings/modules": "modules", "/settings/fields": "fields", "/settings/layouts": "layouts",
    "/settings/profiles": "profiles", "/settings/custom_views": "custom-views", "/org/currencies": "currencies",
    "/org": "org", "/users": "users", "/coql": "coql", "/actions/watch": "notifications",
}  # fmt: skip


def place(path: str) -> tuple[str, str]:
    """The file and its path for a real address."""
    if path.startswith(BULK):
        parts = path.removeprefix(BULK).split("/")[1:]
        return "bulk-read", "/" + "/".join("{jobId}" if part.isdigit() else part for part in parts)
    below = path.removeprefix(API)
    if below in FILES:
        return FILES[below], below
    _, _, *rest = below.split("/")
    if rest[1:] == ["actions", "convert"]:
        return "inventory-convert", "/{moduleApiName}/{id}/actions/convert"
    if rest == ["actions", "count"]:
        return "record-count", "/{moduleApiName}/actions/count"
    return "record", "/{module}" + "".join(f"/{'{recordID}' if part.isdigit() else part}" for part in rest)


def schema_of(method: str, path: str, status: int | None) -> Any:
    """The schema of an answer, or of the body (status None); None where the file has none."""
    name, at = place(path)
    file = document(f"zoho/crm/{name}.json")
    told = file["paths"][at][method.lower()]
    part = told.get("requestBody") if status is None else told["responses"].get(str(status))
    content = resolved(file, part).get("content", {}) if part is not None else {}
    found = content.get("application/json", {}).get("schema")
    return None if found is None else _readable({**found, "components": file.get("components", {})})


def _readable(node: Any) -> Any:
    if isinstance(node, dict):
        return {k: _readable(v) for k, v in node.items() if not (k == "pattern" and isinstance(v, str) and "\\p" in v)}
    return [_readable(part) for part in node] if isinstance(node, list) else node


def allowed(schema: Any, value: Any, where: str) -> list[str]:
    """What is wrong, without what this file's head names."""
    out = []
    for error in jsonschema.Draft202012Validator(schema).iter_errors(value):
        at = "/".join(str(p) for p in error.absolute_path if not isinstance(p, int))
        if at in ("info/next_page_token", "info/previous_page_token", "info/page_token_expiry"):
            continue
        out.append(f"{where}: {at}: {error.message[:200]}")
    return out


@pytest.fixture
def box() -> Iterator[Sandbox]:
    document("zoho/crm/record.json")  # without Zoho's files there is nothing to hold the imitation against
    with sandbox(zoho_crm) as running:
        yield running


class Client:
    def __init__(self, box: Sandbox, http: aiohttp.ClientSession) -> None:
        self.box, self.http, self.wrong = box, http, list[str]()

    async def __call__(self, method: str, path: str, body: Any = None, status: int = 200, **query: str) -> Any:
        """The answer, held against the file."""
        address = self.box.base_url + (path if path.startswith("/crm") else API + path)
        full = path if path.startswith("/crm") else API + path
        async with self.http.request(method, address, json=body, params=query) as answer:
            raw = await answer.read()
            assert answer.status == status, (path, raw)
            if answer.content_type != "application/json":
                return raw
            data = json.loads(raw)
        schema = schema_of(method, full, status)
        told = {"data": [data]} if status >= 400 and place(full)[0] == "record" and "data" not in data else data
        if schema is not None:
            self.wrong += allowed(schema, told, f"{method} {path} {status}")
        sent = schema_of(method, full, None) if body is not None else None
        if sent is not None and status < 400:
            self.wrong += allowed(sent, body, f"{method} {path} body")
        return data


@pytest.fixture
async def client(box: Sandbox) -> AsyncIterator[Client]:
    grant = grants.new_grant(box.world, zoho_crm.DEMO_CLIENT_ID, user=zoho_crm.USER, scope=SCOPES)
    token = grants.issue(box.world, zoho_crm.RULES, grant)["access_token"]
    async with aiohttp.ClientSession(headers={"Authorization": f"Zoho-oauthtoken {token}"}) as http:
        made = Client(box, http)
        yield made
        assert made.wrong == []


async def test_what_zoho_tells_of_itself(client: Client) -> None:
    for path in ("/org", "/users", "/settings/modules", "/settings/profiles", "/org/currencies"):
        assert await client("GET", path)
    modules = (await client("GET", "/settings/modules"))["modules"]
    for module in modules:
        assert (await client("GET", "/settings/fields", module=module["api_name"]))["fields"]
    assert (await client("GET", "/settings/custom_views", module="Accounts"))["custom_views"]
    await client("GET", "/settings/fields", module="Nothing", status=400)


async def test_records_are_listed_written_and_deleted(client: Client) -> None:
    page = await client("GET", "/Accounts", fields="Account_Name,Owner,Parent_Account", per_page="5", sort_by="id")
    assert page["info"]["more_records"]
    await client("GET", "/Accounts", fields="Account_Name", per_page="5", page_token="bad", status=400)
    await client("GET", "/Accounts", status=400)
    await client("GET", "/Nothing", fields="Name", status=400)
    await client("GET", f"/Accounts/{ACCOUNT}")
    made = await client("POST", "/Accounts", {"data": [{"Account_Name": "新しい会社"}], "trigger": []}, status=201)
    id = made["data"][0]["details"]["id"]
    await client("PUT", f"/Accounts/{id}", {"data": [{"Phone": "03-0000-0000"}]})
    await client("PUT", "/Accounts", {"data": [{"id": id, "Phone": None}]})
    refused = await client("POST", "/Accounts", {"data": [{"Account_Name": "x", "Billing_Email": "x"}]}, status=400)
    assert refused["data"][0]["code"] == "INVALID_DATA"
    await client("POST", "/Accounts", {"data": [{"Phone": "1"}]}, status=400)
    body = {"data": [{"Account_Name": "同じ", "Accounting_Id": "1"}], "duplicate_check_fields": ["Accounting_Id"]}
    told = await client.http.post(f"{client.box.base_url}{API}/Accounts/upsert", json=body)
    assert (await told.json())["data"][0]["action"] == "insert"
    await client("DELETE", f"/Accounts/{id}")
    await client("DELETE", "/Accounts", ids=(await told.json())["data"][0]["details"]["id"])
    assert len((await client("GET", "/Accounts/deleted", type="all"))["data"]) == 2
    assert (await client("GET", "/Accounts/actions/count"))["count"] > 0


async def test_queries_jobs_and_conversions(client: Client) -> None:
    query = "select id, Account_Name from Accounts where (id is not null and Account_Type = '顧客') order by id asc limit 0, 5"
    assert (await client("POST", "/coql", {"select_query": query}))["data"]
    for wrong in ("select id from Accounts", "select Nothing from Accounts where id is not null",
                  "select id from Accounts where id is not null limit 5000"):  # fmt: skip
        await client("POST", "/coql", {"select_query": wrong}, status=400)
    body = {"query": {"module": {"api_name": "Accounts"}, "fields": ["Account_Name"], "page": 1}, "file_type": "csv"}
    job = (await client("POST", f"{BULK}/read", body, status=201))["data"][0]["details"]["id"]
    for _ in range(2):
        told = await client("GET", f"{BULK}/read/{job}")
    assert told["data"][0]["state"] == "COMPLETED"
    assert (await client("GET", f"{BULK}/read/{job}/result")).startswith(b"PK")
    await client("GET", f"{BULK}/read/1", status=404)
    quoted = next(iter(client.box.world.state["records"]["Quotes"]))
    module = client.box.world.state["modules"]["Invoices"]["id"]
    convert = {"data": [{"convert_to": [{"module": {"api_name": "Invoices", "id": module}}]}]}
    await client("POST", f"/Quotes/{quoted}/actions/convert", convert)
    await client("POST", f"/Quotes/{quoted}/actions/convert", convert, status=400)


async def test_channels(client: Client) -> None:
    watch = {
        "channel_id": "1000000068001",
        "events": ["Accounts.all"],
        "notify_url": "https://hub.example.jp/x",
        "token": "t",
    }
    await client("POST", "/actions/watch", {"watch": [watch]}, status=201)
    await client("PUT", "/actions/watch", {"watch": [{**watch, "events": ["Deals.create"]}]})
    assert (await client("GET", "/actions/watch"))["watch"]
    await client("POST", "/actions/watch", {"watch": [{**watch, "events": ["Nothing.all"]}]}, status=400)
    await client("POST", "/actions/watch", {"watch": [watch, {**watch, "events": ["Nothing.all"]}]}, status=207)
    await client("DELETE", "/actions/watch", channel_ids="1000000068001")


async def test_what_the_connector_sends_and_asks_is_zohos(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every path stands in the files, and every body is what they say."""
    wrong: list[str] = []
    real = ServiceSession.call

    async def seen(self: ServiceSession, method: str, path: str, **more: Any) -> Any:
        body = more.get("json")
        schema = schema_of(method, path, None) if body is not None else None
        if body is not None and "upsert" in path:
            body = {k: v for k, v in body.items() if k != "duplicate_check_fields"}
        plain = json.loads(json.dumps(body, default=float))
        wrong.extend(allowed(schema, plain, f"{method} {path}") if schema is not None else [])
        return await real(self, method, path, **more)

    monkeypatch.setattr(ServiceSession, "call", seen)
    monkeypatch.setattr(spec, "BULK_ROWS", 5)
    async with enters(box) as session:
        await api.catalogue(session)
        begun = await api.read(session, "Accounts", Window(patient=True), None)
        for _ in range(2):
            begun = await api.read(session, "Accounts", Window(patient=True), begun.next)
        assert begun.records
        await api.read(session, "Quotes", Window(), None)
        await api.find(session, "Products", "Product_Code", ["DEV-01"])
        await api.deleted(session, "Accounts", box.world.now(), None)
        (made,) = await api.write(
            session, "Accounts", Op.UPSERT, [Item("a", account(1), key=("Accounting_Id", "acc-1"))]
        )
        (other,) = await api.write(session, "Quotes", Op.UPSERT, [Item("a", quote(1), key=("Accounting_Id", "q-1"))])
        assert isinstance(made, Done)
        assert isinstance(other, Done)
        await api.write(session, "Accounts", Op.UPDATE, [Item("u", {"Phone": None}, id=made.record.id)])
        await api.act(session, "Quotes", other.record.id, "convert_to_order", {})
        held = await api.subscribe(session, ["Accounts"], "https://hub.example.jp/x", "t", None)
        await api.unsubscribe(
            session, await api.subscribe(session, ["Accounts"], "https://hub.example.jp/x", "t", held)
        )
    assert wrong == []
    assert PRODUCT
