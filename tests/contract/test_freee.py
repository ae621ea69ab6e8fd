"""freee会計 under the contract."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from choai.connectors.freee.spec import BY_NAME
from choai.connectors.http import ServiceSession
from choai.model.values import Ref
from choai.sandbox import freee
from choai.sandbox.core import World
from choai.sandbox.freee import oauth
from choai.sandbox.freee.screens import edit
from connectors.session import opened
from contract.case import Case, Ring, Subject, Values
from contract.suite import contract
from servers import Sandbox

COMPANY = freee.ENTERPRISE


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
        "*: an_upsert_makes_one_record": "creates are settled by their unique name",
        "*: the_same_header_makes_one_record": "freee has no idempotency header",
        "*: a_stamp_is_kept": "creates are settled by their unique name",
        "*: a_long_note_is_kept_or_refused": "no field of these objects takes several lines",
        "*: a_new_field_changes_the_schema": "freee's fields are fixed",
        "*: every_action_does_what_it_says": "these objects have no actions",
    },
)

TestFreee = contract(FREEE)
