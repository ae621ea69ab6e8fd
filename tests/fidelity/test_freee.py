"""Every answer of the freee imitation against freee's own OpenAPI file, and every body that the connector sends."""

from __future__ import annotations

from typing import Any

import pytest

from choai.connectors.contract import Done, Item, Op
from choai.connectors.freee import api
from choai.connectors.freee.fields import PARTNER, PARTNER_TERMS
from choai.connectors.freee.spec import DOCUMENTS
from choai.model.schema import Field
from choai.model.values import Kind, Ref, Value
from choai.sandbox import freee
from connectors.session import opened
from contract.test_freee import FREEE
from fidelity.openapi import Document, answer_schema, body_schema, document, problems, template
from sandbox.freee_client import Answer, Client

COMPANY = freee.ENTERPRISE
DEAL, APPLICATION = 50_000_101, 51_000_001  # of the seed: an unpaid income deal, a draft
STEP = {"target_step_id": COMPANY * 1000 + 901, "target_round": 0}
DETAIL = {
    "tax_code": 129,
    "account_item_id": 1070001020,
    "amount": 110_000,
    "section_id": 1070001401,
    "item_id": 1070001300,
    "tag_ids": [41000001],
    "segment_1_tag_id": 30100001,
    "description": "照合",
}
DEAL_BODY = {
    "issue_date": "2026-04-30",
    "type": "income",
    "due_date": "2026-05-31",
    "partner_id": 61000001,
    "ref_number": "F-1",
    "details": [DETAIL, {**DETAIL, "amount": -1100}],
    "receipt_ids": [7001],
}
PAYMENT_BODY = {
    "date": "2026-05-31",
    "from_walletable_type": "bank_account",
    "from_walletable_id": 1070001200,
    "amount": 1,
}
EXPENSE_BODY = {
    "title": "照合",
    "issue_date": "2026-04-30",
    "description": "備考",
    "section_id": 1070001401,
    "tag_ids": [41000001],
    "purchase_lines": [
        {
            "transaction_date": "2026-04-28",
            "receipt_id": 7001,
            "expense_application_lines": [
                {"description": "電車", "amount": 220, "expense_application_line_template_id": 1070001500}
            ],
        }
    ],
}
PARTNER_BODY = {
    "name": "照合商事",
    "long_name": "株式会社照合商事",
    "org_code": 1,
    "invoice_registration_number": "T1234567890123",
    "address_attributes": {
        "zipcode": "100-0001",
        "prefecture_code": 12,
        "street_name1": "千代田区",
        "street_name2": "2F",
    },
    "partner_doc_setting_attributes": {"sending_method": "email"},
    "partner_bank_account_attributes": {"bank_name": "架空銀行", "account_type": "savings", "account_number": "1"},
    "payment_term_attributes": {"cutoff_day": 32, "additional_months": 1, "fixed_day": 32},
    "payer_walletable_id": 1070001200,
}


@pytest.fixture(scope="module")
def spec() -> Document:
    return document("freee/accounting-v2020_06_15.openapi3.json")


def check(spec: Document, method: str, path: str, answer: Answer) -> None:
    schema = answer_schema(spec, method, template(spec, path), answer.status)
    assert problems(spec, schema, answer.data) == []


GETS = [
    ("/companies", {}),
    (f"/companies/{COMPANY}", None),
    (f"/companies/{COMPANY}", {"details": "true"}),
    ("/users/me", {"companies": "true"}),
    ("/users", {}),
    ("/users/capabilities", {}),
    ("/partners", {"limit": 3000}),
    ("/partners/61000001", {}),
    ("/tags", {"limit": 3000}),
    ("/tags/41000001", {}),
    ("/segments/1/tags", {"limit": 500}),
    ("/segments/3/tags", {"limit": 500}),
    ("/items", {"limit": 3000}),
    ("/items/1070001300", {}),
    ("/sections", {}),
    ("/sections/1070001400", {}),
    ("/account_items", {}),
    ("/account_items/1070001000", {}),
    (f"/taxes/companies/{COMPANY}", {}),
    ("/walletables", {"with_balance": "true", "with_last_synced_at": "true", "with_sync_status": "true"}),
    ("/walletables/bank_account/1070001200", {"with_balance": "true"}),
    ("/expense_application_line_templates", {"limit": 100}),
    ("/expense_application_line_templates/1070001500", {}),
    ("/deals", {"limit": 100}),
    ("/deals", {"type": "expense", "status": "settled", "start_issue_date": "2020-01-01", "accruals": "with"}),
    (f"/deals/{DEAL}", {}),
    ("/expense_applications", {"limit": 500}),
    ("/expense_applications", {"status": "unsettled"}),
    (f"/expense_applications/{APPLICATION}", {}),
    (f"/expense_applications/{APPLICATION + 100}", {}),
]


@pytest.mark.parametrize(("path", "query"), GETS)
async def test_reads(spec: Document, freee_admin: Client, path: str, query: dict[str, Any] | None) -> None:
    if path.startswith("/companies/"):
        answer = await freee_admin.send("GET", f"/api/1{path}", query=query)
    else:
        answer = await freee_admin.get(path, **(query or {}))
    assert answer.status == 200
    check(spec, "GET", f"/api/1{path}", answer)


@pytest.mark.parametrize("plan", ["starter", "minimum", "advance"])
async def test_reads_under_other_plans_and_settings(spec: Document, freee_admin: Client, plan: str) -> None:
    freee_admin.set(plan=plan, use_partner_code=True, item_code=False, section_code=False, segment_code=False)
    for path in ("/partners", "/items", "/sections", "/partners/61000001"):
        check(spec, "GET", f"/api/1{path}", await freee_admin.get(path))


WRITES: list[tuple[str, str, dict[str, Any], int]] = [
    ("POST", "/partners", {**PARTNER_BODY, "code": "F-1"}, 201),
    ("PUT", "/partners/61000001", {**PARTNER_BODY, "payment_term_attributes": None}, 200),
    ("PUT", "/partners/code/C00003", PARTNER_BODY, 200),
    ("PUT", "/partners/upsert_by_code", {"code": "F-2", "partner": PARTNER_BODY}, 201),
    ("PUT", "/partners/upsert_by_code", {"code": "C00003", "partner": PARTNER_BODY}, 200),
    ("POST", "/tags", {"name": "照合"}, 201),
    ("PUT", "/tags/41000001", {"name": "照合", "shortcut1": "a"}, 200),
    ("POST", "/segments/1/tags", {"name": "照合", "code": "F-1", "description": "備考"}, 201),
    ("PUT", "/segments/1/tags/30100001", {"name": "照合"}, 200),
    ("PUT", "/segments/1/tags/code/upsert", {"code": "F-9", "segment_tag": {"name": "照合2"}}, 201),
    ("PUT", "/segments/1/tags/code/upsert", {"code": "SEG1-001", "segment_tag": {"name": "照合3"}}, 200),
    ("POST", "/items", {"name": "照合", "code": "F-1"}, 201),
    ("PUT", "/items/1070001300", {"name": "照合"}, 200),
    ("PUT", "/items/code/upsert", {"code": "F-2", "item": {"name": "照合2"}}, 201),
    ("POST", "/sections", {"name": "照合", "parent_id": 1070001400}, 201),
    ("PUT", "/sections/1070001401", {"name": "照合"}, 200),
    ("PUT", "/sections/code/upsert", {"code": "F-2", "section": {"name": "照合2", "parent_code": "D001"}}, 201),
    ("POST", "/deals", {**DEAL_BODY, "payments": [PAYMENT_BODY]}, 201),
    ("PUT", f"/deals/{DEAL}", DEAL_BODY, 200),
    ("POST", f"/deals/{DEAL}/payments", PAYMENT_BODY, 201),
    ("POST", "/expense_applications", {**EXPENSE_BODY, "draft": False}, 201),
    ("PUT", f"/expense_applications/{APPLICATION}", EXPENSE_BODY, 200),
    ("POST", f"/expense_applications/{APPLICATION + 200}/actions", {"approval_action": "approve", **STEP}, 201),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), WRITES)
async def test_writes(
    spec: Document, freee_admin: Client, method: str, path: str, body: dict[str, Any], status: int
) -> None:
    freee_admin.set(use_partner_code=True)
    whole = {"company_id": COMPANY, **body}
    assert problems(spec, body_schema(spec, method, template(spec, f"/api/1{path}")), whole) == []
    answer = await freee_admin.send(method, f"/api/1{path}", json=whole)
    assert answer.status == status, answer.text
    check(spec, method, f"/api/1{path}", answer)


@pytest.mark.parametrize(("method", "path", "body", "status"), WRITES)
async def test_refusals_of_writes(
    spec: Document, freee_admin: Client, method: str, path: str, body: dict[str, Any], status: int
) -> None:
    answer = await freee_admin.send(method, f"/api/1{path}", json={"company_id": COMPANY, "name": 1})
    assert answer.status in (400, 404)
    check(spec, method, f"/api/1{path}", answer)


async def test_other_refusals(spec: Document, freee_box: Client) -> None:
    admin, nobody = freee_box.sign_in(), freee_box.sign_in(freee.USER_NONE)
    path = "/api/1/partners"
    check(spec, "GET", path, await freee_box.get("/partners"))
    check(spec, "GET", path, await nobody.get("/partners"))
    check(spec, "GET", path, await admin.get("/partners", company_id=1))
    check(spec, "GET", path, await admin.get("/partners", limit=0))
    check(spec, "GET", f"{path}/1", await admin.get("/partners/1"))
    admin.set(app_permissions={"partners": "none"})
    check(spec, "GET", path, await admin.get("/partners"))
    check(spec, "GET", f"/api/1/companies/{COMPANY}", await admin.send("GET", "/api/1/companies/1"))
    admin.world.switch("burst")
    check(spec, "GET", "/api/1/items", await admin.get("/items"))


@pytest.mark.parametrize(
    ("fault", "status", "schema"),
    [("maintenance", 503, "serviceUnavailableError"), ("throttle", 429, "tooManyRequestsError")],
)
async def test_faults_in_freees_shapes(
    spec: Document, freee_admin: Client, fault: str, status: int, schema: str
) -> None:
    freee_admin.world.switch(fault)
    answer = await freee_admin.get("/partners")
    assert answer.status == status
    assert problems(spec, {"$ref": f"#/components/schemas/{schema}"}, answer.data) == []


async def test_payments_are_changed_and_taken_back(spec: Document, freee_admin: Client) -> None:
    path = f"/api/1/deals/{DEAL}"
    made = await freee_admin.send("POST", f"{path}/payments", json={"company_id": COMPANY, **PAYMENT_BODY})
    payment = f"{path}/payments/{made.data['deal']['payments'][0]['id']}"
    answer = await freee_admin.send("PUT", payment, json={"company_id": COMPANY, **PAYMENT_BODY, "amount": 2})
    check(spec, "PUT", payment, answer)
    assert answer.data["deal"]["payments"][0]["amount"] == 2
    assert (await freee_admin.send("DELETE", payment, query={"company_id": str(COMPANY)})).status == 204
    gone = await freee_admin.send("GET", path, query={"company_id": str(COMPANY)})
    check(spec, "GET", path, gone)
    assert "payments" not in gone.data["deal"]


# ---------------------------------------------------------------- what the connector sends


def sample(field: Field) -> Value:
    if field.choices:
        return field.choices[-1].value
    if field.kind is Kind.REFERENCE:
        return Ref("1070001200")
    if field.kind is Kind.BOOLEAN:
        return True
    if field.kind is Kind.INTEGER:
        return int(field.maximum or 1)
    return "1234567890123" if field.pattern and "{12}" in field.pattern else "A1"


async def test_bodies_of_the_connector(spec: Document, freee_admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything writable at once, created, changed and emptied, as freee's file wants it."""
    freee_admin.set(use_partner_code=True)
    seen: list[tuple[str, str, Any]] = []
    settings = {"base_url": freee_admin.base, "company_id": str(COMPANY)}
    async with opened("freee", settings, tokens=[str(freee_admin.token)]) as session:
        send = session.call

        async def call(method: str, path: str, **more: Any) -> Any:
            if method != "GET":
                seen.append((method, path, more["json"]))
            return await send(method, path, **more)

        monkeypatch.setattr(session, "call", call)
        partner: dict[str, Value] = {f.name: sample(f) for f in (*PARTNER, *PARTNER_TERMS) if f.on_create}
        created = await api.write(session, "partner", Op.CREATE, [Item("1", {**partner, "code": "Z-1"})])
        upserted = await api.write(
            session, "partner", Op.UPSERT, [Item("2", {**partner, "name": "A2", "code": "Z-2"}, key=("code", "Z-2"))]
        )
        emptied: dict[str, Value] = {f.name: None for f in (*PARTNER, *PARTNER_TERMS) if f.on_update and f.clearable}
        updated = await api.write(session, "partner", Op.UPDATE, [Item("3", emptied, id="61000001")])
        others = [
            await api.write(session, "tag", Op.CREATE, [Item("4", {"name": "甲", "shortcut1": None})]),
            await api.write(session, "tag", Op.UPDATE, [Item("5", {"name": "乙", "shortcut1": None}, id="41000001")]),
            await api.write(session, "segment_2", Op.CREATE, [Item("6", {"name": "甲", "code": "S_1-a"})]),
            await api.write(session, "segment_3", Op.UPDATE, [Item("7", {"description": None}, id="30300001")]),
        ]
        for n, subject in enumerate(s for s in FREEE.subjects if s.object in DOCUMENTS):
            (made,) = await api.write(session, subject.object, Op.CREATE, [Item("8", subject.new(n), stamp="s")])
            assert isinstance(made, Done), made
            emptied = {
                f.name: None
                for f in (await api.describe(session, subject.object)).fields
                if f.on_update and f.clearable
            }
            others.append([made])
            others.append(await api.write(session, subject.object, Op.UPDATE, [Item("9", emptied, id=made.record.id)]))
            for act in subject.acts:
                await api.act(session, subject.object, await act.record(session), act.name, act.args)
    for result in (created, upserted, updated, *others):
        assert type(result[0]).__name__ == "Done", result
    assert len(seen) == 38
    for method, path, body in seen:
        assert problems(spec, body_schema(spec, method, template(spec, path)), body) == [], (path, body)
