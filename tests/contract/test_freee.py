"""freee会計 under the contract."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from choai.connectors.contract import Acted, Done, Item, Op
from choai.connectors.freee import api
from choai.connectors.freee.spec import BY_NAME, DEALS, DOCUMENTS, EXPENSES
from choai.connectors.http import ServiceSession
from choai.model.values import Ref, Row
from choai.sandbox import freee
from choai.sandbox.core import World
from choai.sandbox.freee import oauth
from choai.sandbox.freee.screens import edit
from connectors.session import opened
from contract.case import Act, Case, Ring, Subject, Values
from contract.suite import contract
from servers import Sandbox

COMPANY = freee.ENTERPRISE
MASTERS = ("partner", "tag", "segment_1")


@asynccontextmanager
async def enters(box: Sandbox) -> AsyncIterator[ServiceSession]:
    grant = oauth.new_grant(box.world, freee.DEMO_CLIENT_ID, freee.USER_ADMIN, COMPANY)
    settings = {
        "base_url": box.base_url,
        "accounts_url": box.base_url,
        "web_url": box.base_url,
        "client_id": freee.DEMO_CLIENT_ID,
        "company_id": str(COMPANY),
    }
    secrets = {"client_secret": freee.DEMO_CLIENT_SECRET}
    renew = lambda: oauth.issue(box.world, grant)["access_token"]  # noqa: E731
    async with opened("freee", settings, secrets=secrets, renew=renew) as session:
        yield session


def shrinks(object: str) -> Any:
    return lambda patch, rows: patch.setitem(BY_NAME, object, replace(BY_NAME[object], page_size=rows))


def at(object: str, kind: str, **more: Any) -> Subject:
    def rows(world: World) -> int:
        held = world.state["tables"][f"{COMPANY}/{kind}"]
        return sum(1 for row in held if not row.get("_archived"))

    return Subject(
        object=object,
        text="shortcut1",
        rows=rows,
        edits=lambda world, number, text: edit(world, COMPANY, kind, int(number), {"shortcut1": text}),
        erases=lambda world, number: edit(world, COMPANY, kind, int(number), delete=True),
        shrinks=shrinks(object),
        **more,
    )


def partner(n: int) -> Values:
    return {
        "name": f"契約試験{n:03}商事",
        "long_name": f"株式会社契約試験{n:03}",
        "shortcut1": f"S{n:03}",
        "phone": "03-1234-5678",
        "email": f"test{n}@example.jp",
        "default_title": "御中",
        "org_code": "1",
        "address_attributes.zipcode": "100-0001",
        "address_attributes.prefecture_code": "12",
        "address_attributes.street_name1": "千代田区千代田1-1",
        "invoice_registration_number": "T1234567890123",
        "qualified_invoice_issuer": True,
        "payer_walletable_id": Ref(f"{COMPANY}200"),
        "payment_term_attributes.cutoff_day": 31,
        "payment_term_attributes.additional_months": 1,
        "payment_term_attributes.fixed_day": 32,
    }


def tag(n: int) -> Values:
    return {"name": f"契約試験{n:03}", "shortcut1": f"S{n:03}"}


def deal(account: int, tax: int, text: str) -> Callable[[int], Values]:
    def values(n: int) -> Values:
        row: Values = {
            "account_item_id": Ref(f"{COMPANY}{account:03}"),
            "tax_code": Ref(str(tax)),
            "amount": Decimal(11000 + n),
            "section_id": Ref(f"{COMPANY}401"),
            "item_id": Ref(f"{COMPANY}300"),
            "tag_ids": [Ref("41000001"), Ref("41000002")],
            "segment_1_tag_id": Ref("30100001"),
            "description": text,
        }
        paid: Values = {
            "date": date(2026, 5, 31),
            "amount": Decimal(5000),
            "from_walletable_type": "bank_account",
            "from_walletable_id": f"{COMPANY}200",
        }
        discount = {**row, "amount": Decimal(-1000), "description": "値引き"}
        return {
            "issue_date": date(2026, 4, 30),
            "due_date": date(2026, 5, 31),
            "partner": Ref("61000001"),
            "ref_number": f"契約試験{n:03}",
            "details": [Row(None, row), Row(None, discount)],
            "payments": [Row(None, paid)],
            "receipts": [Ref("7001")],
        }

    return values


def booked(object: str, account: int, tax: int, text: str) -> Subject:
    def rows(world: World) -> int:
        return sum(1 for row in world.state["tables"][f"{COMPANY}/deals"] if row["type"] == DEALS[object])

    async def unpaid(session: ServiceSession) -> str:
        values = {k: v for k, v in deal(account, tax, text)(9).items() if k != "payments"}
        (made,) = await api.write(session, object, Op.CREATE, [Item("a", values)])
        assert isinstance(made, Done), made
        return made.record.id

    pays: Values = {
        "date": date(2026, 5, 31),
        "amount": Decimal(10009),
        "from_walletable_type": "wallet",
        "from_walletable_id": f"{COMPANY}203",
    }
    settled = lambda acted: acted.record.values["status"] == "settled"  # noqa: E731
    return Subject(
        object=object,
        new=deal(account, tax, text),
        text="ref_number",
        key="ref_number",
        wrong=lambda n: {**deal(account, tax, text)(n), "partner": Ref("1")},
        rows=rows,
        edits=lambda world, number, text: edit(world, COMPANY, "deals", int(number), {"ref_number": text}),
        erases=lambda world, number: edit(world, COMPANY, "deals", int(number), delete=True),
        shrinks=shrinks(object),
        acts=(Act("pay", unpaid, pays, settled),),
    )


def application(n: int) -> Values:
    def row(text: str, amount: int) -> Row:
        return Row(
            None,
            {
                "transaction_date": date(2026, 4, 28),
                "description": text,
                "amount": Decimal(amount),
                "category": Ref(f"{COMPANY}500"),
                "receipt_id": "7001",
            },
        )

    return {
        "title": f"契約試験{n:03}",
        "issue_date": date(2026, 4, 30),
        "description": "備考1\n備考2",
        "section_id": Ref(f"{COMPANY}401"),
        "tag_ids": [Ref("41000001")],
        "segment_2_tag_id": Ref("30200001"),
        "lines": [row("品川－名古屋", 11000), row("タクシー", 1200)],
    }


def at_state(*before: str) -> Callable[[ServiceSession], Awaitable[str]]:
    """Makes an application and leads it through these actions."""

    async def made(session: ServiceSession) -> str:
        (result,) = await api.write(session, EXPENSES, Op.CREATE, [Item("a", application(9))])
        assert isinstance(result, Done), result
        for action in before:
            await api.act(session, EXPENSES, result.record.id, action, {})
        return result.record.id

    return made


def ends(state: str) -> Callable[[Acted], bool]:
    return lambda acted: acted.record is not None and acted.record.values["status"] == state


APPLICATIONS = Subject(
    object=EXPENSES,
    new=application,
    text="title",
    note="description",
    key="title",
    wrong=lambda n: {**application(n), "section_id": Ref("1")},
    rows=lambda world: len(world.state["tables"][f"{COMPANY}/expense_applications"]),
    edits=lambda world, number, text: edit(world, COMPANY, "expense_applications", int(number), {"title": text}),
    erases=lambda world, number: edit(world, COMPANY, "expense_applications", int(number), delete=True),
    shrinks=shrinks(EXPENSES),
    acts=(
        Act("submit", at_state(), holds=ends("in_progress")),
        Act("approve", at_state("submit"), holds=ends("approved")),
        Act("force_approve", at_state("submit"), holds=ends("approved")),
        Act("reject", at_state("submit"), holds=ends("rejected")),
        Act("feedback", at_state("submit"), holds=ends("feedback")),
        Act("cancel", at_state("submit"), holds=ends("draft")),
        Act("force_feedback", at_state("submit", "reject"), holds=ends("feedback")),
    ),
)


TOKEN = "verification-token"


def told(resource: str, record: dict[str, Any], changed: dict[str, list[str]] | None, **more: Any) -> Ring:
    body = {"id": "evt-1", "resource": resource, "action": "updated", resource.partition(":")[2]: record}
    known = {"headers": {"x-freee-token": TOKEN}, "secrets": {"verification_token": TOKEN}, **more}
    return Ring(json.dumps(body).encode(), changed, settings={"company_id": str(COMPANY)}, **known)


FREEE = Case(
    service="freee",
    sandbox=freee,
    enters=enters,
    subjects=(
        at("partner", "partners", new=partner, key="name", wrong=lambda n: {"name": "長" * 300}),
        at("tag", "tags", new=tag, key="name", wrong=lambda n: {"name": "長" * 300}),
        at("segment_1", "segments/1", new=tag, key="name", wrong=lambda n: {"name": "長" * 300}),
        booked("deal_income", 20, 129, "保守料"),
        booked("deal_expense", 30, 136, "回線料"),
        APPLICATIONS,
    ),
    secrets=lambda box: [freee.DEMO_CLIENT_SECRET, *box.world.state["access"], *box.world.state["refresh"]],
    expires=lambda world: world.state["access"].clear(),
    rings=(
        told("accounting:expense_application", {"id": 55, "company_id": COMPANY}, {"expense_application": ["55"]}),
        told("accounting:expense_application", {"id": 55, "company_id": 1}, {}),
        told(
            "accounting:expense_application",
            {"id": 55, "company_id": COMPANY},
            None,
            headers={"x-freee-token": "guess"},
        ),
        told("accounting:expense_application", {"id": 55, "company_id": COMPANY}, None, headers={}),
        Ring(b"[1]", None, headers={"x-freee-token": TOKEN}, secrets={"verification_token": TOKEN}),
    ),
    lacks={
        "*: records_are_read_again_by_id": "freee reads no list by ids",
        "*: a_stale_revision_is_refused": "freee has no revisions",
        "*: an_upsert_makes_one_record": "creates are settled by their unique name, or by a stamp",
        "*: the_same_header_makes_one_record": "freee has no idempotency header",
        "*: a_new_field_changes_the_schema": "freee's fields are fixed",
        **{f"{name}: a_stamp_is_kept": "creates are settled by their unique name" for name in MASTERS},
        **{f"{name}: every_action_does_what_it_says": "these objects have no actions" for name in MASTERS},
        **{f"{name}: a_long_note_is_kept_or_refused": "no field takes several lines" for name in (*MASTERS, *DEALS)},
        **{f"{name}: the_window_shows_what_changed": "freee tells no changes of documents" for name in DOCUMENTS},
    },
)

TestFreee = contract(FREEE)
