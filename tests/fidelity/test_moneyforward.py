"""Answers of the Money Forward imitation, and requests of the connector, against the vendor's OpenAPI file (3.6.0).

Known differences between the file and the service, which we follow: nobody describes errors, ``GET /billings/{id}.pdf`` is only
the ``pdf_url`` of a document, and dates are told with slashes and instants with spaces (the file's samples) though it calls them
``date`` and ``date-time``; that format is not asserted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import jsonschema
import pytest

from choai.connectors.contract import Done, Item, Op, Window
from choai.connectors.moneyforward import api
from choai.model.values import Ref, Row, Value
from choai.sandbox import moneyforward
from connectors.session import opened
from fidelity.openapi import document, resolved, template
from sandbox.moneyforward_client import Answer, Client, client
from servers import Sandbox, sandbox

Spec = dict[str, Any]
NAME = "moneyforward/mf-invoice-v3.6.0.normalised.openapi31.json"
covered: set[tuple[str, str]] = set()


@pytest.fixture(scope="module")
def spec() -> Spec:
    return document(NAME)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with sandbox(moneyforward) as running:
        yield running


def check(spec: Spec, schema: Any, value: Any) -> None:
    """Types, bounds and choices as the file says, and no key that it does not know."""
    validator = jsonschema.Draft202012Validator({**schema, "components": spec["components"]})
    assert [(list(e.absolute_path), e.message[:200]) for e in validator.iter_errors(value)] == []
    assert unknown(spec, schema, value) == []


def unknown(spec: Spec, schema: Any, value: Any) -> list[str]:
    schema = resolved(spec, schema)
    if isinstance(value, list):
        return [key for one in value for key in unknown(spec, schema.get("items", {}), one)]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    known = schema["properties"]
    inner = [key for name, one in value.items() if name in known for key in unknown(spec, known[name], one)]
    return inner + [name for name in value if name not in known]


def operation(spec: Spec, method: str, path: str, query: Any, body: Any) -> dict[str, Any]:
    """What the file says of a call, which it must allow."""
    known = template(spec, path)
    told: dict[str, Any] = spec["paths"][known][method.lower()]
    names = {resolved(spec, p)["name"] for p in told.get("parameters", [])}
    assert set(query or ()) <= names, (path, query)
    if body is not None and "requestBody" in told:
        schema = resolved(spec, told["requestBody"])["content"]["application/json"]["schema"]
        check(spec, schema, body)
    covered.add((method.upper(), known))
    return told


async def asked(
    spec: Spec, box: Client, method: str, path: str, body: Any = None, *, status: int = 200, **query: Any
) -> Any:
    """A call whose request and answer the file allows."""
    told = operation(spec, method, path, {k.rstrip("_") for k in query}, body)
    answer: Answer = await box.send(method, path, body, **query)
    assert answer.status == status, (path, answer.text)
    assert str(status) in told["responses"], (method, path, status)
    content = resolved(spec, told["responses"][str(status)]).get("content", {})
    if "application/json" in content:
        check(spec, content["application/json"]["schema"], answer.data)
    else:
        assert not answer.text
    return answer.data


@pytest.mark.parametrize("office", [moneyforward.COMPANY, moneyforward.SOLE], ids=["company", "sole"])
async def test_masters(spec: Spec, box: Sandbox, office: str) -> None:
    async with client(box, office) as person:
        await asked(spec, person, "GET", "/office")
        await asked(spec, person, "PUT", "/office", {"tel": "03-0000-9999"})
        await asked(spec, person, "PUT", "/office/registration_code", {"registration_code": "T1234567890123"})
        await asked(spec, person, "DELETE", "/office/registration_code", status=204)
        await asked(
            spec, person, "GET", "/partners", page=1, per_page=50, name_kana="ア", partner_pic="a", office_pic="b"
        )
        await asked(spec, person, "GET", "/partners", code="C00001,C00002")
        term = {"due_month": "next_month", "due_date": -1, "contingency_day": "keep_as_is"}
        new = {
            "name": "新商事",
            "code": "N-1",
            "departments": [{"tel": "03-0000-0000"}],
            "payment_deadline_setting": term,
        }
        made = await asked(spec, person, "POST", "/partners", new, status=201)
        one = f"/partners/{made['id']}"
        await asked(spec, person, "GET", one)
        await asked(spec, person, "PUT", one, {"memo": "メモ"})
        await asked(spec, person, "GET", f"{one}/departments")
        department = await asked(spec, person, "POST", f"{one}/departments", {"email": "a@example.jp"}, status=201)
        inner = f"{one}/departments/{department['id']}"
        await asked(spec, person, "GET", inner)
        await asked(spec, person, "PUT", inner, {"peppol_id": "0088:1234567890123"})
        await asked(spec, person, "DELETE", inner, status=204)
        await asked(spec, person, "DELETE", one, status=204)
        await asked(spec, person, "GET", "/items", name="導入", code="SV-001", page=1)
        item = await asked(
            spec,
            person,
            "POST",
            "/items",
            {"name": "品", "code": "N", "price": 1.5, "excise": "ten_percent"},
            status=201,
        )
        await asked(spec, person, "GET", f"/items/{item['id']}")
        await asked(spec, person, "PUT", f"/items/{item['id']}", {"price": -5})
        await asked(spec, person, "DELETE", f"/items/{item['id']}", status=204)
        await asked(spec, person, "GET", "/sent_histories", page=1, per_page=2)


@pytest.mark.parametrize("office", [moneyforward.COMPANY, moneyforward.SOLE], ids=["company", "sole"])
@pytest.mark.parametrize("kind", ["billings", "quotes"])
async def test_documents(spec: Spec, box: Sandbox, office: str, kind: str) -> None:
    async with client(box, office) as person:
        department = person.first("partners")["departments"][0]["id"]
        item = person.first("items")["id"]
        lines = [
            {"item_id": item, "quantity": 2},
            {"name": "値引き", "price": -10.5, "quantity": 1, "excise": "untaxable"},
        ]
        days = {
            "billings": {"billing_date": "2026-04-01", "due_date": "2026-04-30", "sales_date": "2026-04-01"},
            "quotes": {"quote_date": "2026-04-01", "expired_date": "2026-04-30"},
        }[kind]
        path = {"billings": "/invoice_template_billings", "quotes": "/quotes"}[kind]
        new = {"department_id": department, "title": "件名", "tag_names": ["帳合"], "items": lines, **days}
        made = await asked(spec, person, "POST", path, new, status=201)
        one = f"/{kind}/{made['id']}"
        await asked(spec, person, "GET", f"/{kind}", page=1, per_page=100)
        ranged = {"range_key": "updated_at", "from_": "2026-01-01", "to": "2099-12-31"}
        await asked(spec, person, "GET", f"/{kind}", q="件名", partner_id=made["partner_id"], **ranged)
        await asked(
            spec, person, "GET", f"/{kind}", document_number="X", status_="未入金", partner_name="名", tags="帳合"
        )
        await asked(spec, person, "GET", one)
        await asked(spec, person, "PUT", one, {"title": "新しい件名", "note": "備考"})
        await asked(spec, person, "POST", f"{one}/items", {"name": "追加", "excise": "ten_percent"}, status=201)
        (_, _, last) = (await asked(spec, person, "GET", f"{one}/items"))["data"]
        await asked(spec, person, "GET", f"{one}/items/{last['id']}")
        await asked(spec, person, "DELETE", f"{one}/items/{last['id']}", status=204)
        await asked(spec, person, "POST", f"{one}/posting", {"upload_to_cloud_box": False}, status=201)
        await asked(spec, person, "DELETE", f"{one}/posting", status=204)
        if kind == "billings":
            for status in "012":
                await asked(spec, person, "PUT", f"{one}/payment_status", {"payment_status": status})
        else:
            for status in ("-1", "0", "1", "2"):
                await asked(spec, person, "PUT", f"{one}/order_status", {"order_status": status})
            await asked(spec, person, "POST", f"{one}/convert_to_billing", status=201)
        await asked(spec, person, "DELETE", one, status=204)


async def test_refusals_have_statuses_of_the_file(spec: Spec, box: Sandbox) -> None:
    async with client(box) as person:
        for method, path, body, status in (
            ("GET", "/partners/nobody", None, 404),
            ("POST", "/partners", {}, 400),
            ("PUT", "/items/{item}", {"excise": "seven_percent"}, 400),
            ("POST", "/invoice_template_billings", {"department_id": "x"}, 400),
            ("GET", "/quotes/nothing", None, 404),
            ("PUT", "/billings/{billing}/payment_status", {"payment_status": "3"}, 400),
            ("DELETE", "/billings/{billing}/posting", None, 400),
            ("POST", "/quotes/nothing/convert_to_billing", None, 404),
        ):
            here = path.format(item=person.first("items")["id"], billing=person.first("billings")["id"])
            assert (await person.send(method, here, body)).status == status, here
            assert str(status) in spec["paths"][template(spec, here)][method.lower()]["responses"], here


async def test_what_the_connector_sends(spec: Spec, box: Sandbox) -> None:
    sent: list[tuple[str, str, Any, Any]] = []
    box.world.state["settings"]["limit_second"] = 100_000
    token = moneyforward.sign_in(box.world)["access_token"]
    tables = box.world.state["offices"][moneyforward.COMPANY]["tables"]
    partner, other = (Ref(id) for id in list(tables["partners"])[:2])
    async with opened("moneyforward", {"base_url": box.base_url}, tokens=[token], identified=False) as session:
        real = session.call

        async def call(method: str, path: str, **more: Any) -> Any:
            sent.append((method, path, more.get("query"), more.get("json")))
            return await real(method, path, **more)

        session.call = call  # type: ignore[method-assign]  # listens in
        session.account = await api.identify(session)
        lines: Value = [
            Row(None, {"item": Ref(next(iter(tables["items"]))), "quantity": Decimal("1.5"), "excise": "ten_percent"})
        ]
        changed: Value = [
            Row(None, {"name": "一式", "price": Decimal(1), "quantity": Decimal(1), "excise": "untaxable"})
        ]
        paper: dict[str, Value] = {"partner": partner, "title": "件名", "items": lines, "tag_names": ["a"]}
        news: dict[str, dict[str, Value]] = {
            "partner": {"name": "新", "tel": "03-0000-0000", "zip": "1000001", "memo": "m"},
            "department": {"partner": partner, "email": "a@example.jp"},
            "item": {"name": "新", "code": "N-1", "price": Decimal("1.5"), "excise": "untaxable"},
            "quote": {**paper, "quote_date": date(2026, 4, 1), "expired_date": date(2026, 4, 2)},
            "billing": {**paper, "billing_date": date(2026, 4, 1), "due_date": date(2026, 4, 2)},
        }
        changes: dict[str, dict[str, Value]] = {
            "partner": {"tel": "03-0000-0001", "address1": None, "code": None, "payment_deadline_setting.due_month": "this_month",
                        "payment_deadline_setting.due_date": 5, "payment_deadline_setting.contingency_day": "keep_as_is"},
            "department": {"person_name": "名", "email": None},
            "item": {"price": Decimal(2), "detail": None},
            "quote": {"partner": other, "items": changed, "note": None, "tag_names": None},
            "billing": {"items": changed, "memo": None, "sales_date": date(2026, 4, 3)},
        }  # fmt: skip
        for object, values in news.items():
            await api.read(session, object, Window(since=datetime(2026, 1, 1, tzinfo=UTC)), None)
            (done,) = await api.write(session, object, Op.CREATE, [Item("1", values, stamp="choai:0/1")])
            assert isinstance(done, Done), (object, done)
            (done,) = await api.write(session, object, Op.UPDATE, [Item("1", changes[object], id=done.record.id)])
            assert isinstance(done, Done), (object, done)
            for key in ("id", *api.SPEC.objects[0].keys):
                if key in done.record.values:
                    await api.find(session, object, key, [done.record.values[key]])
        for object in ("quote", "billing"):
            spec_of = next(one for one in api.SPEC.objects if one.name == object)
            row = next(reversed(tables[f"{object}s"]))
            for action in spec_of.actions:
                if action.name != "pdf":
                    await api.act(session, object, row, action.name, {})
    for method, path, query, body in sent:
        operation(spec, method, path.removeprefix("/api/v3"), query, plain(body))
    assert {m for m, _, _, _ in sent} == {"GET", "PUT", "POST", "DELETE"}


def plain(value: Any) -> Any:
    """As it goes over the wire."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return float(value) if isinstance(value, Decimal) else value


def test_fields_are_those_of_the_file(spec: Spec) -> None:
    """Every property of the vendor's objects is a field, but for those that say what another field says."""
    schemas = spec["components"]["schemas"]
    aside = {"partner_id", "partner_name", "department_id", "operator_id", "member_id", "office_id", "office_name",
             "office_detail", "partner_detail", "payment_deadline_setting", "config", "office_member_id"}  # fmt: skip
    for object, name in (("partner", "Partner"), ("department", "Department"), ("item", "Item"), ("quote", "Quote"),
                         ("billing", "Billing"), ("sent_history", "SentHistory")):  # fmt: skip
        known = {re.split(r"\.", f.name)[-1] for f in api.table_of(_Individual(), object).schema().fields}  # type: ignore[arg-type]
        assert set(schemas[name]["properties"]) - aside - known == set(), object


class _Individual:
    """As much of a session as a table asks for: a sole trader's office."""

    account = type("Account", (), {"capabilities": {"withholding": True}})


def test_operations_covered(spec: Spec) -> None:
    """The tests above met every operation of the file."""
    if not covered:
        pytest.skip("the tests that call the operations did not run")
    every = {(m.upper(), p) for p, ms in spec["paths"].items() for m in ms if m in ("get", "put", "post", "delete")}
    assert every - covered == set()
