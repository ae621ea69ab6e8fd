"""Answers of the imitations of Zoho Books and Zoho Billing, and the bodies the connectors send, against Zoho's OpenAPI files.

What those files get wrong, as their own samples show, is allowed for: ids and amounts are told as text or as number, the page
context is an object and no list, and of a request's root they demand what belongs into its lists. Zoho Invoice and Zoho Expense
have no file.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from choai.connectors import registry
from choai.connectors.contract import Done, Item, Op, Window
from choai.connectors.http import ServiceSession
from contract.case import Case
from contract.zoho import entrance
from servers import sandbox

Spec = dict[str, Any]
BASE = re.compile(r"^/\w+/v\d")  # of every product: /books/v3 …
MISTYPED = ("taxes", "custom_fields")  # lists of objects that some of the files call lists of texts
# told (or demanded) by the service though its file leaves them out at some places: custom fields, numbers, sums, ids of lines
KNOWN = {
    "account_code", "account_id", "account_name", "amount", "api_name", "applied_filter", "apply_to_invoices",
    "attention", "balance", "bank_charges", "bcy_total", "bill_number", "cf_hub_id", "cf_note", "contact_number",
    "contact_persons", "created_time", "currency_code", "currency_id", "custom_fields", "customer_id",
    "customer_name", "customerpayments", "customfield_id", "data_type", "date", "department", "description",
    "designation", "discount", "email", "exchange_rate", "expense_id", "expiry_date", "first_name", "has_more_page",
    "index", "invoice_date", "invoice_number", "invoice_numbers", "invoiced_estimate_id", "is_billable", "is_current_user",
    "is_default_org", "is_emailed", "is_inclusive_tax", "is_org_active", "item_id", "item_order", "item_total",
    "item_type", "label", "language_code", "last_modified_time", "last_name", "line_item_id", "line_items",
    "mobile", "name", "notes", "number", "outstanding_payable_amount", "outstanding_receivable_amount",
    "page_context", "paid_through_account_id", "paid_through_account_name", "payment_mode", "payment_number",
    "payment_terms", "phone", "plan_name", "price_precision", "primary_contact_id", "purchase_account_id",
    "purchase_description", "purchase_rate", "quantity", "rate", "reference_number", "report_name", "salesorder_id",
    "salesperson_name", "ship_via", "shipment_date", "sort_column", "sort_order", "status", "sub_total", "tax_id",
    "tax_name", "tax_percentage", "tax_total", "tax_type", "taxes", "terms", "total", "unit",
    "unused_credits_payable_amount", "unused_credits_receivable_amount", "updated_time", "value", "vendor_id",
    "vendor_name", "vendorpayment", "website",
}  # fmt: skip


@cache
def files(product: str) -> list[Spec]:
    beside = Path(__file__).resolve().parents[3] / "shared" / "specs"
    folder = Path(os.environ.get("CHOAI_SPECS") or beside) / "zoho" / product
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [yaml.load(path.read_text("utf-8"), Loader=loader) for path in sorted(folder.glob("*.yml"))]


def needed(product: str) -> None:
    if not files(product):
        pytest.skip(f"the vendor's OpenAPI files zoho/{product} are not here; name their folder in CHOAI_SPECS")


def operation(product: str, method: str, path: str) -> tuple[Spec, Any]:
    """The file that knows an operation, and what it says of it; fixed parts win over parameters."""
    parts = path.strip("/").split("/")
    found = [
        (known.count("{"), number, known)
        for number, spec in enumerate(files(product))
        for known, ways in spec["paths"].items()
        if method.lower() in ways
        and len(known.strip("/").split("/")) == len(parts)
        and all(w == p or w.startswith("{") for w, p in zip(known.strip("/").split("/"), parts, strict=True))
    ]
    if not found:
        return {}, {"responses": {}}
    _, number, known = min(found)
    spec = files(product)[number]
    return spec, spec["paths"][known][method.lower()]


def loose(spec: Spec, node: Any) -> Any:
    """The schema with what the files get wrong allowed for."""
    while isinstance(node, dict) and "$ref" in node:
        target: Any = spec
        for part in node["$ref"].lstrip("#/").split("/"):
            target = target[part]
        node = target
    if not isinstance(node, dict):
        return {}
    out: Spec = {}
    kind = node.get("type")
    if kind in ("string", "number", "integer"):
        out["type"] = ["string", "number"]
    elif kind in ("array", "object"):
        out["type"] = ["array", "object"]
    elif kind == "boolean":
        out["type"] = ["boolean", "string"]
    if "items" in node:
        out["items"] = loose(spec, node["items"])
    if "properties" in node:
        named = node["properties"].items()
        out["properties"] = {name: {} if name in MISTYPED else loose(spec, one) for name, one in named}
    return out


def problems(spec: Spec, schema: Any, value: Any) -> list[str]:
    plain = loose(spec, schema)
    wrong = [
        f"{list(e.absolute_path)}: {e.message[:160]}" for e in jsonschema.Draft4Validator(plain).iter_errors(value)
    ]
    return wrong + [f"unknown: {name}" for name in sorted(unknown(plain, value) - KNOWN)]


def unknown(schema: Any, value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for one in value for name in unknown(schema.get("items", {}), one)}
    if not isinstance(value, dict) or "properties" not in schema:
        return set()
    known = schema["properties"]
    inner = {name for key, one in value.items() if key in known for name in unknown(known[key], one)}
    return inner | (set(value) - set(known))


class Watch:
    """Every call of a session, held against the files."""

    def __init__(self, product: str, session: ServiceSession) -> None:
        self.product, self.session, self.call = product, session, session.call
        self.wrong: list[str] = []
        self.seen: set[tuple[str, str]] = set()
        self.missing: set[str] = set()  # operations that the files do not have

    async def __call__(self, method: str, path: str, **more: Any) -> Any:
        reply = await self.call(method, path, **more)
        bare = BASE.sub("", path.partition("?")[0])
        spec, told = operation(self.product, method, bare)
        if not spec:
            self.missing.add(f"{method} {bare.split('/')[1]}")
            return reply
        line = f"{method} {bare.split('/')[1]}"
        answers = told["responses"]
        body = more.get("json")
        if body and "requestBody" in told:
            schema = told["requestBody"]["content"]["application/json"]["schema"]
            self.wrong += [f"{line} body {p}" for p in problems(spec, schema, plain(body))]
        if reply.status not in (400, 404):
            if str(reply.status) not in answers:
                self.wrong.append(f"{line} {reply.status} instead of {list(answers)}")
            elif reply.data is not None:
                schema = answers[str(reply.status)]["content"]["application/json"]["schema"]
                self.wrong += [f"{line} answer {p}" for p in problems(spec, schema, plain(reply.data))]
        self.seen.add((method, bare.split("/")[1]))
        return reply


def plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value if isinstance(value, str | bool | int) or value is None else float(value)


async def exercised(product: str, case: Case) -> Watch:
    """Each object of a product: described, read, created, changed, told every action; what was looked at on the way."""
    api: Any = registry.connector(case.service)
    with sandbox(case.sandbox) as box:
        async with entrance(case.service, "")(box) as session:
            watch = Watch(product, session)
            session.call = watch  # type: ignore[method-assign]  # what passes through is looked at
            for subject in case.subjects:
                await api.read(session, subject.object, Window(), None)
                (made,) = await api.write(session, subject.object, Op.CREATE, [Item("1", subject.new(1))])
                assert isinstance(made, Done), made
                if case.spec(subject).can_update:
                    item = Item("1", {subject.text: "変更"}, id=made.record.id)
                    (done,) = await api.write(session, subject.object, Op.UPDATE, [item])
                    assert isinstance(done, Done), done
                for act in subject.acts:
                    await api.act(session, subject.object, await act.record(session), act.name, act.args)
    return watch
