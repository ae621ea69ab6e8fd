"""The documents of the imitated companies: kept, made, changed, and as the three kinds of answers show them.

They live in ``world.state["iv"]["<company>"][kind][id]`` with every key that any answer has; seeded at first sight. The ledger
part of lines is told by the answer to a write alone, as freee does it.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from choai.sandbox.core import World
from choai.sandbox.freee.books import JST, Books, Row, books
from choai.sandbox.freee_invoice import deals
from choai.sandbox.freee_invoice.checks import HEAD, LEDGER, OWN
from choai.sandbox.freee_invoice.money import sums

KINDS = {
    "invoices": ("invoice", "請求書", "billing_date", "INV"),
    "quotations": ("quotation", "見積書", "quotation_date", "QUO"),
    "delivery_slips": ("delivery_slip", "納品書", "delivery_slip_date", "DLV"),
}
NOTES = {"invoices": "お振込手数料は貴社にてご負担ください。", "quotations": "見積有効期限は発行から1か月です。"}
_WRITTEN_ONLY = ("partner_contact_email_to", "partner_contact_email_cc", "partner_sending_method")
_SHOWN_ONLY = ("email_url_file_downloaded_at", "email_url_file_downloaded_status", "sales_management_origin")
_LISTED = """company_id id subject template_id memo sending_status cancel_status total_amount amount_withholding_tax
amount_including_tax amount_excluding_tax amount_tax partner_id partner_code partner_name partner_display_name
company_contact_name""".split()
_DEALT = "issue_date deal_status deal_id payment_status".split()
_LISTED_OWN = {
    "invoices": ["invoice_number", "billing_date", "payment_date", "payment_type", "amount_brought_forward", *_DEALT],
    "quotations": ["quotation_number", "quotation_date", "expiration_date"],
    "delivery_slips": ["delivery_slip_number", "delivery_slip_date", *_DEALT],
}
_TEXTS = ("subject", "memo", "company_contact_name", "company_name", "company_description")
_FORM = {
    "title": "{ja}",
    "company_name": "{company}",
    "company_description": "",
    "bank_account_to_transfer": "",
    "message": "",
    "invoice_registration_number": "T1234567890123",
}
_NO_FORM = {
    "quotations": ("bank_account_to_transfer", "invoice_registration_number"),
    "delivery_slips": ("bank_account_to_transfer",),
}
_CONTACT = tuple(f"partner_contact_{name}" for name in ("email_to", "email_cc", "name", "department"))
_ADDRESS = {
    "partner_address_zipcode": "zipcode",
    "partner_address_prefecture_code": "prefecture_code",
    "partner_address_street_name1": "street_name1",
    "partner_address_street_name2": "street_name2",
}


def documents(world: World, company: int, kind: str) -> dict[str, Row]:
    """The documents of a company, by id as text."""
    shelf: dict[str, dict[str, dict[str, Row]]] = world.state.setdefault("iv", {})
    if str(company) not in shelf:
        shelf[str(company)] = {name: {} for name in KINDS}
        _seed(world, company)
    return shelf[str(company)][kind]


def templates(company: int, kind: str) -> list[Row]:
    first = company * 100 + 10 * list(KINDS).index(kind)
    ja = KINDS[kind][1]
    return [{"id": first + 1, "name": f"{ja}（標準）"}, {"id": first + 2, "name": f"{ja}（英文併記）"}]


# ---------------------------------------------------------------- as answers show them


def written(row: Row, kind: str, base: str) -> Row:
    """The answer to POST and PUT."""
    return {**{k: v for k, v in row.items() if k not in _SHOWN_ONLY}, "report_url": _address(row, kind, base)}


def shown(row: Row, kind: str, base: str) -> Row:
    """The answer to GET of one."""
    kept = {k: v for k, v in row.items() if k not in _WRITTEN_ONLY}
    lines = [{k: v for k, v in line.items() if k not in LEDGER} for line in row["lines"]]
    return {**kept, "lines": lines, "report_url": _address(row, kind, base)}


def listed(row: Row, kind: str, base: str) -> Row:
    names = (*_LISTED, *_LISTED_OWN[kind], *_SHOWN_ONLY)
    return {**{name: row[name] for name in names}, "report_url": _address(row, kind, base)}


def _address(row: Row, kind: str, base: str) -> str:
    return f"{base.rstrip('/')}/reports/{kind}/{row['id']}"


# ---------------------------------------------------------------- made and changed


def objections(shelf: Books, company: int, kind: str, body: Row) -> list[str]:
    """What a well-formed body names that is not there, or that plan and settings forbid."""
    found = []
    one = KINDS[kind][0]
    auto = shelf.setting("numbering", company) != "manual"
    if auto and body.get(f"{one}_number"):
        found.append("採番の設定が自動採番のため、番号は指定できません。")
    if not auto and not body.get(f"{one}_number"):
        found.append("番号を指定してください。")
    if partner_of(shelf, company, body) is None:
        found.append("取引先が存在しません。")
    if "template_id" in body and body["template_id"] not in [form["id"] for form in templates(company, kind)]:
        found.append("帳票テンプレートが存在しません。")
    if kind != "quotations":
        found += [text for line in body["lines"] for text in _ledger_objections(shelf, company, line)]
    return found


def partner_of(shelf: Books, company: int, body: Row) -> Row | None:
    table = shelf.table("partners", company)
    if "partner_id" in body:
        return table.by_id.get(body["partner_id"])
    return table.by_code.get(body["partner_code"]) if shelf.setting("use_partner_code", company) else None


def _ledger_objections(shelf: Books, company: int, line: Row) -> list[str]:
    found = []
    for name, kind, ja in (("account_item_id", "account_items", "勘定科目"), ("item_id", "items", "品目")):
        if name in line and line[name] not in shelf.table(kind, company).by_id:
            found.append(f"{ja}が存在しません。")
    taxes = {row["code"] for row in shelf.world.state["tables"][f"{company}/taxes"]}
    if "tax_code" in line and line["tax_code"] not in taxes:
        found.append("税区分が存在しません。")
    sections = shelf.table("sections", company)
    if "section_id" in line:
        parents = {row.get("parent_id") for row in sections.rows}
        if line["section_id"] not in sections.by_id or line["section_id"] in parents:
            found.append("部門が存在しないか、親部門のため指定できません。")
    if set(line.get("tag_ids", ())) - set(shelf.table("tags", company).by_id):
        found.append("メモタグが存在しません。")
    for axis in (1, 2, 3):
        number = line.get(f"segment_{axis}_tag_id")
        if number is not None and axis > shelf.plan(company).segments:
            found.append(f"セグメント{axis}はご契約のプランでは利用できません。")
        elif number is not None and number not in shelf.table(f"segments/{axis}", company).by_id:
            found.append(f"セグメント{axis}が存在しません。")
    return found


def saved(world: World, company: int, kind: str, body: Row, *, user: str, old: Row | None = None) -> Row:
    """A document from a checked body: a new one, or ``old`` replaced as a whole (what is left out is as in a new one)."""
    shelf, (one, ja, day, prefix) = books(world), KINDS[kind]
    partner = partner_of(shelf, company, body) or {}
    held = documents(world, company, kind)
    row: Row = {name: body.get(name) for name in (*HEAD, *OWN[kind]) if not name.startswith("include_")}
    row |= {name: body.get(name) or "" for name in _TEXTS}
    row["company_contact_name"] = body.get("company_contact_name") or user
    row |= _of_partner(body, partner, bool(shelf.setting("use_partner_code", company)))
    form = next(
        f for f in templates(company, kind) if f["id"] == body.get("template_id", templates(company, kind)[0]["id"])
    )
    name_of = world.state["companies"][str(company)]["name"]
    row |= {
        "id": old["id"] if old else shelf.next_id(),
        "company_id": company,
        f"{one}_number": body.get(f"{one}_number") or (old[f"{one}_number"] if old else f"{prefix}-{len(held) + 1:010d}"),
        f"{one}_note": body.get(f"{one}_note", NOTES.get(kind, "")),
        "template_id": form["id"],
        "template_name": form["name"],
        "template": {k: v.format(ja=ja, company=name_of) for k, v in _FORM.items() if k not in _NO_FORM.get(kind, ())},
        "created_at": old["created_at"] if old else world.now().astimezone(JST).strftime("%Y-%m-%d %H:%M:%S"),
    }  # fmt: skip
    row["lines"] = [_line(shelf, line, kind) for line in body["lines"]]
    row |= sums(row["lines"], row)
    row |= _status(kind, old)
    if kind != "quotations":
        row["issue_date"] = body.get("issue_date") or body[day]
    if kind == "quotations":
        row |= {name: body.get(name) or "" for name in ("delivery_deadline", "delivery_location")}
    if kind == "invoices":
        row["payment_type"] = body.get("payment_type") or "transfer"
        row |= {name: body.get(name) or "" for name in ("partner_bank_account", "bank_account_to_transfer")}
        row |= _forwarded(body, row)
    held[str(row["id"])] = row
    world.dirty = True
    return row


def _of_partner(body: Row, partner: Row, codes: bool) -> Row:
    address = partner.get("address_attributes") or {}
    found = {mine: body.get(mine, address.get(theirs)) for mine, theirs in _ADDRESS.items()}
    found = {name: value if value is not None else "" for name, value in found.items()}
    if found["partner_address_prefecture_code"] == "":
        found["partner_address_prefecture_code"] = -1
    sent = {"partner_contact_email_to": partner.get("email"), "partner_contact_name": partner.get("contact_name")}
    return {
        **found,
        **{name: body.get(name) or sent.get(name) or "" for name in _CONTACT},
        "partner_sending_method": body.get("partner_sending_method"),
        "partner_id": partner["id"],
        "partner_code": partner.get("code") if codes else None,
        "partner_name": partner["name"],
        "partner_display_name": body.get("partner_display_name") or partner.get("long_name") or partner["name"],
        "partner_title": "(空白)" if body["partner_title"] == "（空白）" else body["partner_title"],
    }  # fmt: skip


def _line(shelf: Books, line: Row, kind: str) -> Row:
    text = line.get("type") == "text"
    row: Row = {
        "id": shelf.next_id(),
        "type": line.get("type") or "item",
        "description": line.get("description") or "",
        "unit": line.get("unit") or "",
        "quantity": line.get("quantity"),
        "unit_price": None if text else line.get("unit_price") or "0",
        "tax_rate": line.get("tax_rate"),
        "reduced_tax_rate": bool(line.get("reduced_tax_rate")),
        "withholding": bool(line.get("withholding")),
        "amount_excluding_tax": None,
    }
    if kind == "invoices":
        row["sales_date"] = line.get("sales_date")
    if kind != "quotations":
        row |= {name: line.get(name, [] if name == "tag_ids" else None) for name in LEDGER}
    return row


def _status(kind: str, old: Row | None) -> Row:
    fresh: Row = {"sending_status": "unsent", "cancel_status": "uncanceled"}
    if kind != "quotations":
        fresh |= {"payment_status": "unsettled", **deals.UNREGISTERED}
    fresh |= {
        "email_url_file_downloaded_at": None,
        "email_url_file_downloaded_status": None,
        "sales_management_origin": False,
    }
    return {name: old[name] for name in fresh} if old else fresh


def _forwarded(body: Row, row: Row) -> Row:
    """The amount brought forward; left out with the switch on, freee takes the partner's open balance (0 here)."""
    amount = body.get("amount_brought_forward", 0) if body.get("include_amount_brought_forward") else None
    without: int = row["amount_including_tax"] - (row["amount_withholding_tax"] or 0)
    return {"amount_brought_forward": amount, "total_amount": without + (amount or 0)}


def cancelled(world: World, row: Row, kind: str, *, undo: bool) -> None:
    """Cancelling deletes the deal too; undoing that does not bring it back."""
    row["cancel_status"] = "uncanceled" if undo else "canceled"
    if not undo and kind != "quotations":
        deals.forget(world, row["company_id"], row)
        row |= deals.UNREGISTERED
    world.dirty = True


def edit(world: World, company: int, kind: str, id: int, values: Row | None = None, *, delete: bool = False) -> Row:
    """Change or delete a document as a person in freee's screens would: send it, register its deal, mark it paid …"""
    held = documents(world, company, kind)
    row = held[str(id)]
    if delete:
        deals.forget(world, company, row)
        del held[str(id)]
    row.update(values or {})
    if row.get("deal_status") == "registered" and not row.get("deal_id"):
        deals.register(world, company, row, row.get("payment_date"))
    world.dirty = True
    return row


# ---------------------------------------------------------------- as they are at the start

_GOODS: tuple[tuple[str, str, str, int, bool], ...] = (
    ("導入支援", "式", "350000", 10, False),
    ("クラウド利用料（月額）", "月", "48000", 10, False),
    ("保守サポート", "月", "25000", 10, False),
    ("来客用茶菓", "箱", "3240", 8, True),
    ("収入印紙（立替）", "枚", "200", 0, False),
)


def _seed(world: World, company: int) -> None:
    shelf, dice = books(world), Random(f"iv:{company}")
    partners = shelf.table("partners", company).view(None, None)[:12]
    for kind, (_, ja, day, _) in KINDS.items():
        for place, partner in enumerate(partners):
            date = (shelf.today() - timedelta(days=5 + place * 9)).isoformat()
            lines = [
                {"description": name, "unit": unit, "unit_price": price, "quantity": dice.randint(1, 5), "tax_rate": rate,
                 "reduced_tax_rate": reduced}
                for name, unit, price, rate, reduced in dice.sample(_GOODS, dice.randint(1, 4))
            ]  # fmt: skip
            fixed = {"tax_entry_method": "out", "tax_fraction": "omit", "withholding_tax_entry_method": "out"}
            named = {"partner_id": partner["id"], "partner_title": partner.get("default_title") or "御中"}
            body: dict[str, Any] = {**fixed, **named, day: date, "subject": f"{date[5:7]}月分{ja}", "lines": lines}
            number = (
                {} if shelf.setting("numbering", company) != "manual" else {f"{KINDS[kind][0]}_number": f"N-{place}"}
            )
            row = saved(world, company, kind, {**body, **number}, user="湯浅 佳乃")
            row["sending_status"] = "sent" if place % 3 else "unsent"
            if kind != "quotations" and place in (3, 6, 9):
                deal = {"deal_status": "registered", "payment_status": "settled" if place >= 6 else "unsettled"}
                edit(world, company, kind, row["id"], deal)
            row["sales_management_origin"] = place == len(partners) - 1 and kind == "invoices"
