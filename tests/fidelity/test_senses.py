"""The imitation of Mazrica Sales against what is known of the Open API v1.

The vendor offers no file to hold answers against. The schemas here are what several independent working clients read, and the
calls are the ones that they make, as they spell them; what only one of them says is not required.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import jsonschema
import pytest

from choai.sandbox import senses
from servers import Sandbox, sandbox

Json = dict[str, Any]
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00$"}
TEXT, WHOLE = {"type": ["string", "null"]}, {"type": ["integer", "null"]}


def _object(required: str, **properties: Any) -> Json:
    return {"type": "object", "required": required.split(), "properties": properties}


MASTER = _object("id name", id={"type": "integer"}, name={"type": "string"})
NAMED = {"anyOf": [MASTER, {"type": "null"}]}
ITEM = {
    **_object("name itemType", name={"type": "string"}, itemType={"type": "string"}),
    "allOf": [
        {"if": {"properties": {"itemType": {"const": kind}}}, "then": {"required": [key], "properties": {key: shape}}}
        for kind, key, shape in (
            ("text", "text", TEXT),
            ("number", "number", WHOLE),
            ("decimal_number", "decimalNumber", {"type": ["number", "string", "null"]}),
            ("date", "datetime", {"anyOf": [TIME, {"type": "null"}]}),
            ("url", "url", TEXT),
            ("single_select", "selectedOption", {"anyOf": [_object("label"), {"type": "null"}]}),
            ("multi_select", "selectedOptions", {"type": "array", "items": _object("label")}),
        )
    ],
}
CUSTOMS = {"type": "array", "items": ITEM}
CUSTOMER = _object(
    "id name address telNo webUrl employee capital closingMonth ownerRole customerCustoms createdAt updatedAt",
    id={"type": "integer"}, name={"type": "string"}, address=TEXT, telNo=TEXT, webUrl=TEXT, employee=WHOLE, capital=WHOLE,
    closingMonth=WHOLE, establishYear=WHOLE, industry=NAMED, ownerRole=NAMED, companyNum=TEXT, customerCustoms=CUSTOMS,
    createdAt=TIME, updatedAt=TIME,
)  # fmt: skip
CONTACT = _object(
    "id name customer email tel", id={"type": "integer"}, name={"type": "string"}, customer=NAMED, email=TEXT, tel=TEXT,
    mobileTel=TEXT, dept=TEXT, position=TEXT, address=TEXT, contactCustoms=CUSTOMS, createdAt=TIME, updatedAt=TIME,
)  # fmt: skip
LINE = _object(
    "dealProductDetailTypeId name price quantity subtotal", dealProductDetailTypeId={"type": "integer"}, name={"type": "string"},
    price={"type": "number"}, quantity={"type": "number"}, subtotal={"type": "number"}, dealProductDetailCustoms=CUSTOMS,
)  # fmt: skip
DEAL = _object(
    "id name dealType customer phase product probability user expectedContractDate amount dealCustoms createdAt updatedAt",
    id={"type": "integer"}, name={"type": "string"}, dealCode=TEXT, dealType=MASTER, customer=NAMED, phase=MASTER, product=MASTER,
    probability=NAMED, channel=NAMED, user=MASTER, expectedContractDate={"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
    amount=WHOLE, phaseStayDays={"type": "array"}, dealCustoms=CUSTOMS, dealProductDetails={"type": "array", "items": LINE},
    createdAt=TIME, updatedAt=TIME,
)  # fmt: skip
ACTION = _object(
    "id startDatetime endDatetime createdAt updatedAt active syncCalendar preNote result pattern deal purpose creator invitees",
    deal=MASTER, creator=MASTER,
)  # fmt: skip
USER = _object("id name email", id={"type": "integer"}, name={"type": "string"}, email={"type": "string"})
MASTERS = {
    name: {"type": "array", "minItems": 1, "items": MASTER}
    for name in ("phases", "products", "probabilities", "channels")
}
TYPE = _object("id name phases products probabilities channels", **MASTERS)
SETTINGS = _object("dealTypes", dealTypes={"type": "array", "minItems": 1, "items": TYPE})


def _list(name: str, row: Json) -> Json:
    count = {"type": "integer"}
    return _object(f"{name} totalCount page", **{name: {"type": "array", "items": row}}, totalCount=count, page=count)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with sandbox(senses) as running:
        yield running


@pytest.fixture
async def call(box: Sandbox) -> AsyncIterator[Any]:
    async with aiohttp.ClientSession(headers={"X-API-KEY": senses.DEMO_KEY}) as http:

        async def called(method: str, path: str, shape: Json, body: Any = None, **query: Any) -> Any:
            params = {k: str(v) for k, v in query.items()}
            async with http.request(method, f"{box.base_url}/v1/{path}", json=body, params=params) as response:
                assert response.status in (200, 201), await response.text()
                told = await response.json()
            found = [f"{e.json_path}: {e.message[:200]}" for e in jsonschema.Draft7Validator(shape).iter_errors(told)]
            assert not found
            return told

        yield called


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("domains/settings", SETTINGS),
        ("deal_setting/deal_types", _object("dealTypes", dealTypes={"type": "array", "items": MASTER})),
        ("deal_setting/deal_types/1", TYPE),
        ("customer_setting", _object("")),
        ("users", _list("users", USER)),
        ("customers", _list("customers", CUSTOMER)),
        ("contacts", _list("contacts", CONTACT)),
        ("deals", _list("deals", DEAL)),
        ("actions", _list("actions", ACTION)),
        ("customers/1001", CUSTOMER),
        ("contacts/3001", CONTACT),
        ("deals/5001", DEAL),
    ],
)
async def test_answers_have_the_shape_that_clients_read(call: Any, path: str, shape: Json) -> None:
    await call("GET", path, shape)


async def test_lists_are_asked_for_as_clients_do(call: Any) -> None:
    customers = _list("customers", CUSTOMER)
    first = await call("GET", "customers", customers, page=1, limit=100, searchWord="", sort="-updatedAt,id")
    assert first["totalCount"] == len(first["customers"])
    await call("GET", "customers", customers, updatedAtFrom="2026-04-01T10:30:00", updatedAtTo="2026-04-02T10:30:00")
    await call("GET", "deals", _list("deals", DEAL), page=1, limit=1000, dealTypeId=1, sort="updatedAt")
    await call("GET", "actions", _list("actions", ACTION), page=2, perPage=100)
    await call("GET", "users", _list("users", USER), page=1, deleted=1, email="hanako@aozora.example.jp")


async def test_records_are_made_and_changed_as_clients_do(call: Any) -> None:
    customer = await call(
        "POST", "customers", CUSTOMER, {"name": "A社", "telNo": "03-0000-0000", "industryId": 11, "ownerRoleId": 0}
    )
    await call("PATCH", f"customers/{customer['id']}", CUSTOMER, {"address": "東京都"})
    await call("POST", "contacts", CONTACT, {"name": "青空", "customerId": customer["id"], "email": "a@example.jp"})
    names = {
        "dealType": 1,
        "customer": customer["id"],
        "phase": 101,
        "product": 121,
        "probability": 141,
        "channel": 161,
        "user": 51,
    }
    nested = {name: {"id": id} for name, id in names.items()}
    common = {"name": "A社 導入", "expectedContractDate": "2026-04-11", "amount": 1_200_000}
    deal = await call("POST", "deals", DEAL, {**common, **nested})
    await call("POST", "deals", DEAL, {**common, **{f"{name}Id": id for name, id in names.items()}})
    await call("PATCH", f"deals/{deal['id']}", DEAL, {"phaseId": 104, "userId": 52})
    by = {"field": {"reference": "customerId"}, "comparisonOperator": "=", "value": {"integerValue": customer["id"]}}
    found = await call(
        "POST", "deals/search", _object("deals", deals={"items": DEAL}), {"filter": {"valueFilter": by}, "limit": 10}
    )
    assert len(found["deals"]) == 2
