"""Money Forward クラウド請求書 under the contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from choai.connectors.contract import Acted, Done, Item, Op
from choai.connectors.http import ServiceSession
from choai.connectors.moneyforward import api
from choai.connectors.moneyforward.spec import BY_NAME
from choai.model.values import Ref, Row, Value
from choai.sandbox import grants, moneyforward
from choai.sandbox.core import World
from connectors.session import opened
from contract.case import Act, Case, Subject, Values
from contract.suite import contract
from servers import Sandbox

BOOKS = moneyforward.new_world(None, 1).state["offices"][moneyforward.COMPANY]["tables"]
PARTNER = next(row for row in BOOKS["partners"].values() if len(row["departments"]) == 2)
FIRST, SECOND = (f"{PARTNER['id']}.{one['id']}" for one in PARTNER["departments"])
ITEM = next(row for row in BOOKS["items"].values() if row["code"] == "SV-002")


@asynccontextmanager
async def enters(box: Sandbox) -> AsyncIterator[ServiceSession]:
    box.world.state["settings"]["limit_second"] = 100_000
    account, scope = moneyforward.COMPANY, moneyforward.SCOPES
    grant = grants.new_grant(
        box.world, moneyforward.DEMO_CLIENT_ID, user=moneyforward.USER, account=account, scope=scope
    )
    settings = {"base_url": box.base_url, "web_url": box.base_url, "client_id": moneyforward.DEMO_CLIENT_ID}
    renew = lambda: grants.issue(box.world, moneyforward.RULES, grant)["access_token"]  # noqa: E731
    secrets = {"client_secret": moneyforward.DEMO_CLIENT_SECRET}
    async with opened("moneyforward", settings, secrets=secrets, renew=renew) as session:
        yield session


def table(world: World, name: str) -> dict[str, Any]:
    found: dict[str, Any] = world.state["offices"][moneyforward.COMPANY]["tables"][name]
    return found


def at(object: str, held: str, text: str, **more: Any) -> Subject:
    def shrinks(patch: Any, rows: int) -> None:
        patch.setitem(BY_NAME, object, replace(BY_NAME[object], page_size=rows))

    return Subject(
        object,
        text=text,
        **{
            "shrinks": shrinks,
            "rows": lambda world: len(table(world, held)),
            "edits": lambda world, number, value: moneyforward.edit(world, held, number, **{text: value}),
            "erases": lambda world, number: moneyforward.edit(world, held, number, delete=True),
            **more,
        },
    )


def partner(n: int) -> Values:
    return {
        "code": f"CT-{n:03}",
        "name": f"契約試験{n:03}商事",
        "name_kana": "ケイヤクシケン",
        "name_suffix": "御中",
        "zip": "100-0001",
        "prefecture": "東京都",
        "address1": "千代田区千代田1-1",
        "address2": "帳合ビル",
        "tel": "03-1234-5678",
        "email": f"test{n}@example.jp",
        "cc_emails": "a@example.jp,b@example.jp",
        "person_dept": "経理部",
        "person_title": "部長",
        "person_name": "𠮷野 花子",
        "office_member_name": "営業担当",
        "peppol_id": "0188:1234567890123",
        "payment_deadline_setting.due_month": "next_month",
        "payment_deadline_setting.due_date": -1,
        "payment_deadline_setting.contingency_day": "move_to_earlier_day",
    }


def department(n: int) -> Values:
    return {
        "partner": Ref(PARTNER["id"]),
        "zip": "530-0001",
        "prefecture": "大阪府",
        "address1": f"大阪市北区{n}",
        "tel": "06-0000-0000",
        "email": f"department{n}@example.jp",
        "person_dept": "総務部",
        "person_title": "主任",
        "person_name": "総務 太郎",
        "cc_emails": "cc@example.jp",
        "office_member_name": "営業担当",
        "peppol_id": "0221:T1234567890123",
        "address2": "2階",
    }


def item(n: int) -> Values:
    return {
        "code": f"CT-{n:03}",
        "name": "試験品目",
        "detail": "説明",
        "unit": "個",
        "price": Decimal("1200.5"),
        "quantity": Decimal(3),
        "excise": "eight_percent_as_reduced_tax_rate",
    }


def lines(**more: Value) -> Value:
    return [
        Row(None, {"item": Ref(ITEM["id"]), "detail": "4月分", "quantity": Decimal("1.5"), "price": Decimal(80_000), "unit": "月",
                   "excise": "ten_percent", **more}),
        Row(None, {"name": "値引き", "quantity": Decimal(1), "price": Decimal("-1000.5"), "excise": "ten_percent"}),
        Row(None, {"name": "収入印紙", "quantity": Decimal(2), "price": Decimal(200), "excise": "untaxable", "unit": "枚"}),
    ]  # fmt: skip


def paper(number: str, **more: Value) -> Callable[[int], Values]:
    def new(n: int) -> Values:
        return {
            number: f"CT-{n:03}",
            "partner": Ref(PARTNER["id"]),
            "department": Ref(SECOND),
            "title": "4月分ご請求",
            "note": "お振込手数料はご負担ください\n二行目",
            "tag_names": ["帳合", "試験"],
            "document_name": "御請求書",
            **more,
        }

    return new


def wrong(n: int) -> Values:
    return {"partner": Ref(PARTNER["id"]), "department": Ref("AAAA.BBBB"), "title": "宛先なし"}


quote = paper("quote_number", quote_date=date(2026, 4, 1), expired_date=date(2026, 4, 30), items=lines())
billing = paper(
    "billing_number", billing_date=date(2026, 4, 1), due_date=date(2026, 4, 30), sales_date=date(2026, 4, 1),
    payment_condition="帳合銀行 本店 普通 0000001", items=lines(delivery_number="N-1", delivery_date=date(2026, 3, 31)),
)  # fmt: skip

Made = Callable[[ServiceSession], Awaitable[str]]


def made(object: str, new: Callable[[int], Values], *before: str) -> Made:
    """A new record, after these actions."""

    async def record(session: ServiceSession) -> str:
        (result,) = await api.write(session, object, Op.CREATE, [Item("1", new(500))])
        assert isinstance(result, Done), result
        for action in before:
            await api.act(session, object, result.record.id, action, {})
        return result.record.id

    return record


def becomes(field: str, value: Value) -> Callable[[Acted], bool]:
    return lambda acted: acted.record is not None and acted.record.values[field] == value


def always(object: str, new: Callable[[int], Values], posted: str, taken_back: str) -> tuple[Act, ...]:
    return (
        Act(
            "pdf", made(object, new), holds=lambda a: a.document is not None and a.document.content.startswith(b"%PDF")
        ),
        Act("post", made(object, new), args={"upload_to_cloud_box": False}, holds=becomes("posting_status", posted)),
        Act("cancel_post", made(object, new, "post"), holds=becomes("posting_status", taken_back)),
    )


MASTERS = {
    "the_window_shows_what_changed": "the list has no filter of changes",
    "every_action_does_what_it_says": "masters have no actions",
}
MONEYFORWARD = Case(
    service="moneyforward",
    sandbox=moneyforward,
    enters=enters,
    subjects=(
        at("partner", "partners", "name_kana", new=partner, note="memo", key="code",
           wrong=lambda n: {**partner(n), "name": "長" * 101}),
        at(
            "department", "partners", "person_name", new=department, key="email", linked=False, shrinks=None,
            wrong=lambda n: {"partner": Ref(PARTNER["id"]), "zip": "12"},
            rows=lambda world: sum(len(row["departments"]) for row in table(world, "partners").values()),
            edits=lambda world, number, value: moneyforward.edit(world, "departments", number.split(".")[1], person_name=value),
            erases=lambda world, number: moneyforward.edit(world, "departments", number.split(".")[1], delete=True),
        ),
        at("item", "items", "detail", new=item, key="code", wrong=lambda n: {**item(n), "code": "長" * 31}),
        at(
            "quote", "quotes", "title", new=quote, note="note", key="quote_number",
            wrong=lambda n: {**wrong(n), "quote_date": date(2026, 4, 1), "expired_date": date(2026, 4, 2)},
            acts=(
                Act("mark_ordered", made("quote", quote), holds=becomes("order_status", "received")),
                Act("mark_not_ordered", made("quote", quote), holds=becomes("order_status", "not_received")),
                Act("mark_lost", made("quote", quote), holds=becomes("order_status", "failure")),
                Act("mark_undecided", made("quote", quote, "mark_lost"), holds=becomes("order_status", "default")),
                Act("convert", made("quote", quote), holds=lambda a: a.made is not None and a.made[0] == "billing"),
                *always("quote", quote, "request", "cancel"),
            ),
        ),
        at(
            "billing", "billings", "title", new=billing, note="note", key="billing_number",
            wrong=lambda n: {**wrong(n), "billing_date": date(2026, 4, 1), "due_date": date(2026, 4, 2)},
            acts=(
                Act("mark_paid", made("billing", billing), holds=becomes("payment_status", "入金済み")),
                Act("mark_unpaid", made("billing", billing), holds=becomes("payment_status", "未入金")),
                Act("mark_unset", made("billing", billing, "mark_paid"), holds=becomes("payment_status", "未設定")),
                *always("billing", billing, "郵送依頼", "郵送取消"),
            ),
        ),
    ),
    secrets=lambda box: [
        moneyforward.DEMO_CLIENT_SECRET, *box.world.state["oauth"]["access"], *box.world.state["oauth"]["refresh"]
    ],
    expires=grants.expire,
    lacks={
        **{f"{name}: {test}": why for name in ("partner", "department", "item") for test, why in MASTERS.items()},
        "*: records_are_read_again_by_id": "Money Forward reads no list by ids",
        "*: a_stale_revision_is_refused": "Money Forward has no revisions",
        "*: an_upsert_makes_one_record": "there is no upsert",
        "*: the_same_header_makes_one_record": "there is no idempotency header",
        "*: a_new_field_changes_the_schema": "the fields are fixed",
        **{f"{name}: a_stamp_is_kept": "no field that is not printed" for name in ("department", "item")},
        **{f"{name}: a_long_note_is_kept_or_refused": "no field of several lines" for name in ("department", "item")},
        "department: pages_hold_every_record_once_ties_included": "pages are those of the partners",
        "department: an_expired_token_in_the_middle_of_the_pages": "pages are those of the partners",
        "department: a_link_opens_the_record": "departments have no page of their own",
    },
)  # fmt: skip

TestMoneyForward = contract(MONEYFORWARD)
