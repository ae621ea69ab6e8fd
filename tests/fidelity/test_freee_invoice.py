"""Answers of the freee請求書 imitation, and requests of the connector, against freee's own OpenAPI file of the iv API."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from choai.connectors.bodies import encoded
from choai.connectors.contract import Done, Item, Op
from choai.connectors.freee_invoice import api
from choai.model.values import Ref, Row
from choai.sandbox import freee_invoice
from connectors.session import opened
from contract.test_freee_invoice import delivery_slip, invoice, lines, quotation
from fidelity.openapi import Document, answer_schema, body_schema, document, problems, resolved, template
from sandbox.freee_client import Answer, Client

COMPANY = freee_invoice.ENTERPRISE
KINDS = {"invoices": "billing_date", "quotations": "quotation_date", "delivery_slips": "delivery_slip_date"}
ONES = {kind: kind[:-1] for kind in KINDS}
LEDGER = {"account_item_id": 1070001021, "tax_code": 129, "tag_ids": [41000001], "segment_1_tag_id": 30100001}


@pytest.fixture(scope="module")
def spec() -> Document:
    return document("freee/iv.openapi3.yml")


def check(spec: Document, method: str, path: str, answer: Answer) -> None:
    """As the file says, and no key that it does not know."""
    schema = answer_schema(spec, method, template(spec, path), answer.status)
    kinds = resolved(spec, spec["paths"][template(spec, path)][method.lower()]["responses"][str(answer.status)])[
        "content"
    ]
    assert answer.headers["content-type"].partition(";")[0] in kinds
    if answer.status == 403:
        schema = kinds["application/problem+json"]["schema"]
    assert problems(spec, schema, answer.data) == []
    assert answer.status == 401 or unknown(spec, schema, answer.data) == []


def unknown(spec: Document, schema: Any, value: Any) -> list[str]:
    schema = resolved(spec, schema)
    if isinstance(value, list):
        return [key for one in value for key in unknown(spec, schema.get("items", {}), one)]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    known = schema["properties"]
    inner = [key for name, one in value.items() if name in known for key in unknown(spec, known[name], one)]
    return inner + [name for name in value if name not in known]


def body(kind: str, **more: Any) -> dict[str, Any]:
    line = {"description": "導入支援", "quantity": 2, "unit": "式", "unit_price": "50000.5", "tax_rate": 10}
    ledger = {} if kind == "quotations" else LEDGER
    return {
        "company_id": COMPANY,
        "partner_id": 61000001,
        "partner_title": "御中",
        KINDS[kind]: "2026-06-30",
        "tax_entry_method": "out",
        "tax_fraction": "omit",
        "withholding_tax_entry_method": "out",
        "lines": [{**line, **ledger}, {"type": "text", "description": "以下余白"}],
        **more,
    }


@pytest.mark.parametrize("kind", KINDS)
async def test_reads(spec: Document, freee_admin: Client, kind: str) -> None:
    own = {"company_id": str(COMPANY)}
    listed = await freee_admin.send("GET", f"/iv/{kind}", query={**own, "limit": "100"})
    assert len(listed.data[kind]) > 5
    check(spec, "GET", f"/{kind}", listed)
    number = listed.data[kind][0]["id"]
    check(spec, "GET", f"/{kind}/{number}", await freee_admin.send("GET", f"/iv/{kind}/{number}", query=own))
    check(spec, "GET", f"/{kind}/templates", await freee_admin.send("GET", f"/iv/{kind}/templates", query=own))


@pytest.mark.parametrize("kind", KINDS)
async def test_writes(spec: Document, freee_admin: Client, kind: str) -> None:
    sent = body(kind, subject="照合", memo="社内", partner_address_zipcode="1000001")
    assert problems(spec, body_schema(spec, "POST", f"/{kind}"), sent) == []
    made = await freee_admin.send("POST", f"/iv/{kind}", json=sent)
    assert made.status == 201, made.text
    check(spec, "POST", f"/{kind}", made)
    at = f"/{kind}/{made.data[ONES[kind]]['id']}"
    put = await freee_admin.send("PUT", f"/iv{at}", json=body(kind))
    assert put.status == 200, put.text
    check(spec, "PUT", at, put)
    for move in ("cancel", "uncancel"):
        moved = await freee_admin.send("PUT", f"/iv{at}/{move}", json={"company_id": COMPANY})
        assert moved.status == 200
        check(spec, "PUT", f"{at}/{move}", moved)


@pytest.mark.parametrize("kind", KINDS)
async def test_refusals(spec: Document, freee_box: Client, kind: str) -> None:
    admin, nobody = freee_box.sign_in(), freee_box.sign_in(freee_invoice.USER_NONE)
    own = {"company_id": str(COMPANY)}
    path = f"/iv/{kind}"
    answers = [
        (400, "GET", path, await admin.send("GET", path, query={**own, "limit": "101"})),
        (400, "POST", path, await admin.send("POST", path, json={"company_id": COMPANY})),
        (401, "GET", path, await admin.send("GET", path)),
        (401, "GET", path, await freee_box.send("GET", path, query=own)),
        (401, "GET", path, await nobody.send("GET", path, query=own)),
        (404, "GET", f"{path}/1", await admin.send("GET", f"{path}/1", query=own)),
        (404, "PUT", f"{path}/1", await admin.send("PUT", f"{path}/1", json=body(kind))),
    ]
    admin.set(app_permissions={"docs": "read"})
    answers.append((403, "POST", path, await admin.send("POST", path, json=body(kind))))
    for status, method, at, answer in answers:
        assert answer.status == status, (at, answer.text)
        check(spec, method, at.removeprefix("/iv"), answer)


@pytest.mark.parametrize(
    ("object", "kind", "new"),
    [
        ("invoice", "invoices", invoice),
        ("quotation", "quotations", quotation),
        ("delivery_slip", "delivery_slips", delivery_slip),
    ],
)
async def test_bodies_of_the_connector(
    spec: Document, freee_admin: Client, monkeypatch: pytest.MonkeyPatch, object: str, kind: str, new: Any
) -> None:
    """Everything writable at once, created, changed and emptied, as freee's file wants it."""
    freee_admin.set(numbering="manual")
    seen: list[tuple[str, str, Any]] = []
    settings = {"base_url": freee_admin.base, "company_id": str(COMPANY), "numbering": "manual"}
    ledger: Any = {
        "account_item_id": Ref("1070001021"),
        "tax_code": Ref("129"),
        "tag_ids": [Ref("41000001")],
        "segment_2_tag_id": Ref("30200001"),
    }
    sent = {"partner_contact_email_to": "a@example.jp", "partner_contact_email_cc": "b@example.jp,c@example.jp"}
    async with opened("freee_invoice", settings, tokens=[str(freee_admin.token)]) as session:
        send = session.call

        async def call(method: str, path: str, **more: Any) -> Any:
            if method != "GET":
                seen.append((method, path.removeprefix("/iv"), more["json"]))
            return await send(method, path, **more)

        monkeypatch.setattr(session, "call", call)
        rows: Any = lines(**ledger) if object != "quotation" else lines()
        values = {**new(1), **sent, "partner_sending_method": "email", "lines": rows}
        (made,) = await api.write(session, object, Op.CREATE, [Item("1", values)])
        assert isinstance(made, Done), made
        schema = await api.describe(session, object)
        emptied = {f.name: None for f in schema.fields if f.on_update and f.clearable and f.name != "lines"}
        number = made.record.id
        assert isinstance((await api.write(session, object, Op.UPDATE, [Item("2", emptied, id=number)]))[0], Done)
        day: Any = {
            KINDS[kind]: date(2026, 7, 1),
            "partner": Ref("61000002"),
            "lines": [Row(None, dict(rows[0].values))],
        }
        assert isinstance((await api.write(session, object, Op.UPDATE, [Item("3", day, id=number)]))[0], Done)
        await api.act(session, object, number, "cancel", {})
    assert len(seen) == 4
    for method, path, told in seen:
        whole = freee_json(told)
        if path.endswith("cancel"):
            assert set(whole) == {"company_id"}
            continue
        schema = body_schema(spec, method, template(spec, path))
        assert problems(spec, schema, whole) == [], (path, whole)
        assert unknown(spec, schema, whole) == []


def freee_json(value: Any) -> Any:
    """As it is sent: decimal numbers are JSON numbers."""
    return json.loads(encoded(json=value)[0] or b"null")
