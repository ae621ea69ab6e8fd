"""Companies, users, and the masters that are only read: account items, taxes, wallets, expense templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from choai.sandbox.freee.answers import Refusal, answer, bad_request, not_found
from choai.sandbox.freee.books import Row, public
from choai.sandbox.freee.capabilities import capabilities
from choai.sandbox.freee.gate import Call
from choai.sandbox.freee.lists import listed

_WALLET_EXTRAS = {
    "with_balance": ("last_balance", "walletable_balance"),
    "with_last_synced_at": ("last_synced_at",),
    "with_sync_status": ("sync_status",),
}
_ACCOUNT_ONLY_SINGLE = ("searchable", "accumulated_dep_account_item_id", "accumulated_dep_account_item_name")


def companies(call: Call) -> Response:
    """GET /companies: all of the user's, whatever company the token is for."""
    rows = []
    for number, role in call.user["roles"].items():
        company = call.world.state["companies"][number]
        keys = ("id", "name", "name_kana", "display_name", "company_number")
        rows.append({k: company[k] for k in keys} | {"role": role})
    return answer({"companies": rows})


def company(call: Call) -> Response:
    """GET /companies/{id} with its list flags; a company the user is no member of is a 400."""
    number = str(call.id)
    grant = call.request.state.grant
    chosen = grant["company"] is None or str(grant["company"]) == number
    if number not in call.user["roles"] or not chosen:
        raise Refusal(bad_request("存在しない事業所のidです。"))
    call.company = call.id
    flags = call.request.query_params
    if any(value != "true" for value in flags.values()):
        raise Refusal(bad_request("指定できる値は true のみです。"))
    row: Row = public(call.world.state["companies"][number], ("settings",))
    row |= {"role": call.user["roles"][number], "use_partner_code": bool(call.setting("use_partner_code"))}
    for flag, short in _SHORT_LISTS.items():
        if "details" in flags or flag in flags:
            row["tax_codes" if flag == "taxes" else flag] = short(call)
    return answer({"company": row})


def _short(kind: str, *keys: str) -> Callable[[Call], list[Row]]:
    def rows(call: Call) -> list[Row]:
        return [{k: row[k] for k in keys if k in row} for row in call.table(kind).view(None, None)]

    return rows


def _short_partners(call: Call) -> list[Row]:
    rows = _short("partners", "id", "code", "name", "shortcut1", "shortcut2")(call)
    return rows if call.setting("use_partner_code") else [row | {"code": None} for row in rows]


def _short_taxes(call: Call) -> list[Row]:
    rows = _short("taxes", "code", "name", "name_ja")(call)
    return [row for row in rows if row["code"] > 0]


_SHORT_LISTS: dict[str, Callable[[Call], list[Row]]] = {
    "account_items": _short("account_items", "id", "name", "shortcut", "categories"),
    "taxes": _short_taxes,
    "items": _short("items", "id", "name", "shortcut1", "shortcut2"),
    "partners": _short_partners,
    "sections": _short("sections", "id", "name", "shortcut1", "shortcut2"),
    "tags": _short("tags", "id", "name", "shortcut1", "shortcut2"),
    "walletables": _short("walletables", "id", "name", "type"),
}


def me(call: Call) -> Response:
    """GET /users/me: its flags work by presence."""
    flags = call.request.query_params
    if "advisor" in flags and "companies" not in flags:
        raise Refusal(bad_request("advisorはcompaniesと同時に指定してください。"))
    row = public(call.user, ("roles",))
    if "companies" in flags:
        row["companies"] = [
            {
                "id": int(number),
                "display_name": call.world.state["companies"][number]["display_name"],
                "role": role,
                "use_custom_role": False,
            }
            for number, role in call.user["roles"].items()
        ]
    return answer({"user": row})


def users(call: Call) -> Response:
    """GET /users: the members of the company."""
    limit = call.whole("limit", 1, 3000, 50)
    members = [user for user in call.world.state["users"].values() if str(call.company) in user["roles"]]
    return answer({"users": [public(user, ("roles",)) for user in members[:limit]]})


def my_capabilities(call: Call) -> Response:
    """GET /users/capabilities."""
    return answer(capabilities(call.user["roles"][str(call.company)]))


def account_items(call: Call) -> Response:
    """GET /account_items."""
    call.day("base_date")
    hidden = [*_ACCOUNT_ONLY_SINGLE, "company_id"]
    if not call.setting("account_item_code"):
        hidden.append("code")
    return listed(call, "account_items", lambda row: public(row, hidden))


def account_item(call: Call) -> Response:
    """GET /account_items/{id}."""
    row = call.table("account_items").by_id.get(call.id)
    if row is None:
        raise Refusal(bad_request("存在しない勘定科目のidです。"))
    hidden = ["update_date", *([] if call.setting("account_item_code") else ["code"])]
    return answer({"account_item": public(row, hidden) | {"items": [], "partners": []}})


def taxes(call: Call) -> Response:
    """GET /taxes/companies/{company_id}."""
    flags = call.request.query_params
    wanted = {"true": True, "false": False}.get(flags.get("available", ""))

    def keep(row: Row) -> bool:
        category: Any = flags.get("display_category", row["display_category"])
        return row["display_category"] == category and (wanted is None or row["available"] == wanted)

    return listed(call, "taxes", lambda row: public(row, ("id", "update_date")), dates=False, keep=keep)


def walletables(call: Call) -> Response:
    """GET /walletables."""
    kind = call.request.query_params.get("type")
    if kind not in (None, "bank_account", "credit_card", "wallet"):
        raise Refusal(bad_request("typeの値が不正です。"))
    return listed(
        call,
        "walletables",
        lambda row: public(row, _wallet_hidden(call)),
        keep=lambda row: kind is None or row["type"] == kind,
    )


def walletable(call: Call) -> Response:
    """GET /walletables/{type}/{id}."""
    row = call.table("walletables").by_id.get(call.id)
    if row is None or row["type"] != call.request.path_params["type"]:
        raise Refusal(not_found())
    return answer({"walletable": public(row, _wallet_hidden(call))})


def _wallet_hidden(call: Call) -> list[str]:
    flags = call.request.query_params
    return [key for flag, keys in _WALLET_EXTRAS.items() if flags.get(flag) != "true" for key in keys]


def templates(call: Call) -> Response:
    """GET /expense_application_line_templates."""
    return listed(
        call,
        "templates",
        lambda row: public(row, ("update_date",)),
        envelope="expense_application_line_templates",
        most=100,
        usual=20,
        dates=False,
    )


def template(call: Call) -> Response:
    """GET /expense_application_line_templates/{id}: those with settings of the screens only are not found."""
    row = call.table("templates").by_id.get(call.id)
    if row is None or row.get("_screen_only"):
        raise Refusal(not_found())
    return answer({"expense_application_line_template": public(row, ("update_date",))})
