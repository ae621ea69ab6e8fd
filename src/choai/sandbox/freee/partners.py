"""Partners (取引先): code mode, unique names, PATCH-like updates, archived and used ones.

The settings ``use_partner_code`` and ``plan`` of the company decide which keys are taken and shown.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from choai.sandbox.freee.answers import Refusal, answer, bad_request, no_content, not_found
from choai.sandbox.freee.books import Row, public
from choai.sandbox.freee.gate import Call
from choai.sandbox.freee.lists import listed
from choai.sandbox.freee.rules import PARTNER, PARTNER_CODE, PARTNER_UPDATE, Rule, problems, rewritten, taken

TERMS = ("payment_term_attributes", "invoice_payment_term_attributes")
_GROUPS = ("address_attributes", "partner_doc_setting_attributes", "partner_bank_account_attributes")
_PLAN_KEYS = ("payer_walletable_id", "transfer_fee_handling_side", *TERMS)
_NULLABLE = ("org_code", "payer_walletable_id", "invoice_registration_number", *TERMS)
_NAME_TAKEN = "取引先名はすでに使用されています。"
_CODE_TAKEN = "取引先コードはすでに使用されています。"
_CODE_OFF = "取引先コードの利用設定が無効なため、取引先コードは指定できません。"
_ARCHIVED = "アーカイブされた取引先です。アーカイブを解除してから再度お試しください。"

EMPTY: Row = {
    "code": None,
    "available": True,
    "shortcut1": None,
    "shortcut2": None,
    "org_code": None,
    "country_code": "JP",
    "long_name": None,
    "name_kana": None,
    "default_title": None,
    "phone": None,
    "contact_name": None,
    "email": None,
    "payer_walletable_id": None,
    "transfer_fee_handling_side": "payer",
    "qualified_invoice_issuer": False,
    "invoice_registration_number": None,
}
_MEMBERS: dict[str, Row] = {
    "address_attributes": {"zipcode": None, "prefecture_code": -1, "street_name1": None, "street_name2": None},
    "partner_doc_setting_attributes": {"sending_method": None},
    "partner_bank_account_attributes": dict.fromkeys(PARTNER["partner_bank_account_attributes"].members)
    | {"account_type": "ordinary"},
}


def shown(call: Call, row: Row, *, full: bool = True) -> Row:
    """One partner as freee answers it; list rows have no payment terms."""
    hidden = set() if full else set(TERMS)
    if not call.books.plan(call.company).payment_terms:
        hidden |= set(_PLAN_KEYS)
    out = public(row, hidden)
    if not call.setting("use_partner_code"):
        out["code"] = None
    return out


def index(call: Call) -> Response:
    """GET /partners."""
    words = call.request.query_params.get("keyword", "").replace("\u3000", " ").replace("\t", " ").split(" ")
    words = [word for word in words if word]

    def keep(row: Row) -> bool:
        texts = [row.get(k) or "" for k in ("code", "name", "long_name", "name_kana", "shortcut1", "shortcut2")]
        return all(any(word in text for text in texts) for word in words)

    def show(row: Row) -> Row:
        return shown(call, row, full=False)

    return listed(call, "partners", show, most=3000, keep=keep if words else None)


def show(call: Call) -> Response:
    """GET /partners/{id}: archived ones too."""
    return answer({"partner": shown(call, _found(call))})


def create(call: Call) -> Response:
    """POST /partners."""
    on = call.setting("use_partner_code")
    if not on and "code" in call.body:
        raise Refusal(bad_request(_CODE_OFF))
    _check(call.body, PARTNER | (PARTNER_CODE if on else {}))
    row = _created(call, call.body, call.body["code"] if on else None)
    return answer({"partner": shown(call, row)}, 201)


def update(call: Call) -> Response:
    """PUT /partners/{id}."""
    if "code" in call.body:
        raise Refusal(bad_request("取引先コードは指定できません。"))
    row = _found(call)
    _updated(call, row, call.body)
    return answer({"partner": shown(call, row)})


def update_by_code(call: Call) -> Response:
    """PUT /partners/code/{code}."""
    _code_mode(call)
    if "id" in call.body or "code" in call.body:
        raise Refusal(bad_request("idおよび取引先コードは指定できません。"))
    row = call.table("partners").by_code.get(call.request.path_params["code"])
    if row is None:
        raise Refusal(not_found())
    _updated(call, row, call.body)
    return answer({"partner": shown(call, row)})


def upsert(call: Call) -> Response:
    """PUT /partners/upsert_by_code: 200 updated, 201 created."""
    _code_mode(call)
    _check(call.body, PARTNER_CODE | {"partner": Rule("取引先", "object", required=True)})
    values: Row = call.body["partner"]
    if "code" in values:
        raise Refusal(bad_request("partner内に取引先コードは指定できません。"))
    row = call.table("partners").by_code.get(call.body["code"])
    if row is not None:
        _updated(call, row, values)
        return answer({"partner": shown(call, row)})
    _check(values, PARTNER_UPDATE)
    row = _created(call, values, call.body["code"])
    return answer({"partner": shown(call, row)}, 201)


def destroy(call: Call) -> Response:
    """DELETE /partners/{id}: never one that is archived or used in transactions."""
    row = _found(call)
    if row.get("_archived"):
        raise Refusal(bad_request(_ARCHIVED))
    if row.get("_used"):
        raise Refusal(bad_request("取引などで使用されているため、削除できません。"))
    call.table("partners").remove(row)
    return no_content()


def _found(call: Call) -> Row:
    row = call.table("partners").by_id.get(call.id)
    if row is None:
        raise Refusal(not_found())
    return row


def _check(body: Row, rules: dict[str, Rule]) -> None:
    found = problems(body, rules)
    if found:
        raise Refusal(bad_request(*found))


def _code_mode(call: Call) -> None:
    if not call.setting("use_partner_code"):
        raise Refusal(bad_request("取引先コードの利用設定が無効です。"))


def _created(call: Call, body: Row, code: str | None) -> Row:
    table = call.table("partners")
    values = _values(call, body, PARTNER)
    if values["name"] in table.by_name:
        raise Refusal(bad_request(_NAME_TAKEN))
    if code is not None and code in table.by_code:
        raise Refusal(bad_request(_CODE_TAKEN))
    row = {"id": call.books.next_id(), "company_id": call.company, **EMPTY, "code": code}
    row["update_date"] = call.books.today().isoformat()
    _apply(row, values)
    table.add(row)
    return row


def _updated(call: Call, row: Row, body: Row) -> None:
    _check(body, PARTNER_UPDATE)
    if row.get("_archived"):
        raise Refusal(bad_request(_ARCHIVED))
    table = call.table("partners")
    values = _values(call, body, PARTNER_UPDATE)
    if table.by_name.get(values["name"], row) is not row:
        raise Refusal(bad_request(_NAME_TAKEN))
    changed = dict(row)
    _apply(changed, values)
    gone = [name for name in row if name not in changed]
    changed["update_date"] = call.books.today().isoformat()
    table.change(row, changed)
    for name in gone:
        del row[name]


def _values(call: Call, body: Row, rules: dict[str, Rule]) -> Row:
    """The keys freee takes: plan-gated ones are silently ignored on lower plans."""
    values = taken(body, rules)
    if not call.books.plan(call.company).payment_terms:
        values = {k: v for k, v in values.items() if k not in _PLAN_KEYS}
    payer = values.get("payer_walletable_id")
    if payer is not None:
        wallet = call.table("walletables").by_id.get(payer)
        if wallet is None or wallet["type"] != "bank_account":
            raise Refusal(bad_request("振込元口座IDには銀行口座を指定してください。"))
    if call.world.fault("rewrite", f"{call.request.method} {call.request.url.path}"):
        values = rewritten(values)
    number = values.get("invoice_registration_number")
    if number is not None and not number.startswith("T"):
        values["invoice_registration_number"] = f"T{number}"
    return values


def _apply(row: Row, values: Row) -> None:
    """Merge into a partner. A blank leaves what is there; only the nullable keys can be emptied, by null."""
    for name, value in values.items():
        if name in _GROUPS:
            _merge_group(row, name, value)
        elif name in TERMS and value is None:
            row.pop(name, None)
        elif value is None and name not in _NULLABLE:
            continue
        elif value != "":
            row[name] = value


def _merge_group(row: Row, name: str, value: dict[str, Any]) -> None:
    group = dict(row.get(name) or _MEMBERS[name])
    for member, part in value.items():
        if member == "account_type" and part == "":
            group[member] = "ordinary"
        elif part != "":
            group[member] = part
    if name in row or group != _MEMBERS[name]:
        row[name] = group
