"""How the fields of Zoho's finance products are made: wires, states, and columns that come again and again.

Names and lengths: Zoho's OpenAPI files for Books. An empty text clears; whether null clears numbers and dates is not documented,
so that these count as not clearable. Lists tell some fields only: the others are ``single``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from choai.connectors.fields import Column, Table, column, linked
from choai.connectors.wires import JSON, JST, Wire, moments, refs
from choai.model.schema import choices
from choai.model.values import Kind

T, LONG, MONEY, DEC, DATE, FLAG = Kind.TEXT, Kind.LONG_TEXT, Kind.MONEY, Kind.DECIMAL, Kind.DATE, Kind.BOOLEAN
_TEXTS = (Kind.TEXT, Kind.LONG_TEXT, Kind.EMAIL, Kind.PHONE, Kind.URL, Kind.CHOICE)
_ODD = ("", " ")  # empty values, as the samples of the documentation have them
WIRES: Mapping[Kind, Wire] = {
    **{k: replace(w, nothing=_ODD) for k, w in JSON.items()},
    **{k: replace(JSON[k], empty="") for k in _TEXTS},
    Kind.DATETIME: replace(moments("compact", JST), nothing=_ODD),
    Kind.REFERENCE: replace(refs(), empty="", nothing=_ODD),
}
# 500 is an amount, "10%" a percentage
DISCOUNT = Wire(
    lambda raw: raw if isinstance(raw, str) else str(raw),
    lambda text: text if str(text).endswith("%") else Decimal(text),
    nothing=("", " "),
)
FIXED: dict[str, Any] = {"clearable": False}
MORE: dict[str, Any] = {"single": True}


_STATES = {
    choice.value: choice
    for choice in choices(
        "draft=下書き=Draft|pending_approval=承認待ち=Pending approval|approved=承認済み=Approved|rejected=却下=Rejected"
        "|sent=送信済み=Sent|viewed=閲覧済み=Viewed|accepted=承諾済み=Accepted|declined=辞退=Declined|expired=期限切れ=Expired"
        "|invoiced=請求済み=Invoiced|partially_invoiced=一部請求済み=Partially invoiced|signed=署名済み=Signed"
        "|pending_signature=署名待ち=Awaiting signature|open=未完了=Open|overdue=期限超過=Overdue|onhold=保留=On hold"
        "|closed=完了=Closed|void=無効=Void|unpaid=未払い=Unpaid|partially_paid=一部支払い済み=Partially paid"
        "|paid=支払い済み=Paid"
        "|partially_received=一部受領=Partially received|received=受領済み=Received"
        "|partially_billed=一部請求済み=Partially billed"
        "|billed=請求済み=Billed|cancelled=キャンセル=Cancelled|active=有効=Active|inactive=無効化=Inactive|crm=CRM=CRM"
        "|duplicate=重複=Duplicate|unbilled=未請求=Unbilled|reimbursed=払い戻し済み=Reimbursed|non-billable=請求対象外=Non-billable"
        "|billable=請求可能=Billable|invited=招待中=Invited|submitted=提出済み=Submitted|recalled=取り戻し=Recalled"
        "|unreported=未申請=Unreported|live=有効=Live|trial=試用=Trial|future=開始前=Future|dunning=督促中=Dunning"
        "|non_renewing=更新なし=Non-renewing|cancelled_from_dunning=督促後に解約=Cancelled from dunning"
        "|creation_failed=作成失敗=Creation failed"
        "|trial_expired=試用終了=Trial expired|pending=保留=Pending|success=完了=Succeeded"
    )
}


def state(role: str, values: str) -> Column:
    """A status: actions move it, no write does. Zoho adds states of its own editions, which are told as they are."""
    told = tuple(_STATES[v] for v in values.split())
    return column("status", Kind.CHOICE, "状態", "Status", role=f"{role}.status", choices=told, given=True)


def text(at: str, ja: str, en: str, role: str | None = None, length: int | None = None, **more: Any) -> Column:
    return column(at, T, ja, en, role=role, max_length=length, **more)


def money(at: str, ja: str, en: str, role: str | None = None, **more: Any) -> Column:
    return column(at, MONEY, ja, en, role=role, **{**FIXED, **more})


def day(at: str, ja: str, en: str, role: str | None = None, **more: Any) -> Column:
    return column(at, DATE, ja, en, role=role, **{**FIXED, **more})


def ref(  # noqa: PLR0917  (a row of a table)
    at: str, ja: str, en: str, target: str, role: str | None = None, label: str | None = None, **more: Any
) -> Column:
    return column(at, Kind.REFERENCE, ja, en, target=target, role=role, label=label, **more)


def currency(role: str, **more: Any) -> Column:
    """ISO code; where Zoho wants its own id, the connector looks it up."""
    return text("currency_code", "通貨", "Currency", f"{role}.currency", 3, **{"has_default": True, **FIXED, **more})


def rate(role: str) -> Column:
    return column(
        "exchange_rate", DEC, "為替レート", "Exchange rate", role=f"{role}.rate", has_default=True, decimals=6, **MORE,
        note="units of the organisation's currency for one of this", **FIXED,
    )  # fmt: skip


def table(
    object: str, id: str, role: str, columns: Sequence[Column], changed: str | None, *, link: bool = True
) -> Table:
    """With id, time of change and the link at its end."""
    ends = [column(id, Kind.IDENTIFIER, "ID", "ID", name="id", role=f"{role}.id", unique=True, given=True)]
    if changed:
        ends.append(column(changed, Kind.DATETIME, "更新日時", "Updated at", given=True))
    if link:
        ends.append(linked("ZohoのURL", "Address in Zoho", role=f"{role}.url"))
    return Table(
        object, (*columns, *ends), id=id, changed=changed, wires=WIRES, archived=lambda row: row.get("status") == "inactive"
    )  # fmt: skip


def address(at: str, ja: str, en: str, role: str, street: str = "address") -> list[Column]:
    """An address; Billing calls the first line ``street``."""
    parts = (
        ("zip", "郵便番号", "postal code", "zip", 50),
        ("state", "都道府県", "state", "prefecture", 100),
        ("city", "市区町村", "city", "city", 100),
        (street, "番地", "street", "address1", 500),
        ("street2", "建物名など", "street 2", "address2", 255),
        ("country", "国", "country", "country", 100),
        ("attention", "宛名", "attention", "attention", 100),
        ("phone", "電話番号", "telephone", "address_phone", 50),
        ("fax", "FAX", "fax", "fax", 50),
    )
    return [
        text(f"{at}.{name}", f"{ja} {ja_}", f"{en}: {en_}", f"partner.{role}{word}", longest, **MORE)
        for name, ja_, en_, word, longest in parts
    ]


def person(at: str, **more: Any) -> tuple[Column, ...]:
    """What is told of a person; ``at`` goes before the names."""
    return (
        text(f"{at}first_name", "名", "First name", "person.first_name", 100, **more),
        text(f"{at}last_name", "姓", "Last name", "person.last_name", 100, **more),
        column(f"{at}email", Kind.EMAIL, "メールアドレス", "E-mail", role="person.email", max_length=100, **more),
        column(f"{at}phone", Kind.PHONE, "電話番号", "Telephone", role="person.phone", max_length=50, **more),
        column(f"{at}mobile", Kind.PHONE, "携帯電話", "Mobile", role="person.mobile", max_length=50, **more),
    )
