"""Office, partners with their departments, and items."""

from __future__ import annotations

from starlette.datastructures import QueryParams

from choai.sandbox.moneyforward import checks
from choai.sandbox.moneyforward.answers import Json, Refusal, missing
from choai.sandbox.moneyforward.books import Books
from choai.sandbox.moneyforward.checks import change, checked
from choai.sandbox.moneyforward.money import plain

_DEPARTMENT = ("zip", "tel", "prefecture", "address1", "address2", "person_name", "person_title", "person_dept", "email",
               "cc_emails", "peppol_id", "office_member_name")  # fmt: skip
_ITEM = ("name", "code", "detail", "unit", "price", "quantity", "excise")


# ---------------------------------------------------------------- office


def save_office(books: Books, body: object) -> Json:
    books.held["office"].update(checked(checks.OFFICE, body), updated_at=books.now())
    return books.office


def save_registration(books: Books, body: object) -> Json:
    given = checked(checks.REGISTRATION, body)
    books.held["office"].update(given, updated_at=books.now())
    return given


def drop_registration(books: Books) -> None:
    books.held["office"].update(registration_code="", updated_at=books.now())


# ---------------------------------------------------------------- partners


def partners(books: Books, query: QueryParams) -> list[Json]:
    """Filters take several values, separated by commas. Names are found by a part of them, codes by the whole."""
    rows = books.newest_first("partners")
    for name, part in (("name", True), ("name_kana", True), ("code", False)):
        rows = [r for r in rows if _among(query.get(name), [r[name]], part)]
    rows = [r for r in rows if _among(query.get("partner_pic"), [d["person_name"] for d in r["departments"]], True)]
    return [
        r for r in rows if _among(query.get("office_pic"), [d["office_member_name"] for d in r["departments"]], True)
    ]


def _among(asked: str | None, held: list[str], part: bool) -> bool:
    if not asked:
        return True
    wanted = [text.strip() for text in asked.split(",") if text.strip()]
    return any((w in h) if part else (w == h) for w in wanted for h in held)


def new_partner(books: Books, body: object) -> Json:
    """Names and codes may be taken: that they are unique is documented nowhere."""
    values = checked(checks.PARTNER, body)
    row: Json = {"id": books.new_id("partner"), "code": "", "name": "", "name_kana": "", "name_suffix": "", "memo": ""}
    departments = [_new_department(books, one) for one in values.pop("departments", [])]
    row |= {**values, **books.stamps(), "departments": departments}
    row.setdefault("payment_deadline_setting", None)
    books.table("partners")[row["id"]] = row
    return row


def change_partner(books: Books, id: str, body: object) -> Json:
    row = books.row("partners", id)
    row.update(checked(_PARTNER_CHANGE, body), updated_at=books.now())
    return row


_PARTNER_CHANGE = {
    **change(checks.PARTNER_CHANGE),
    "payment_deadline_setting": checks.PARTNER_CHANGE["payment_deadline_setting"],
}


def drop_partner(books: Books, id: str) -> None:
    _unused(books, "partner_id", books.row("partners", id)["id"])
    del books.table("partners")[id]


def _unused(books: Books, key: str, id: str) -> None:
    if any(row[key] == id for name in ("billings", "quotes") for row in books.table(name).values()):
        raise Refusal(400, ("base", "帳票で使用されているため削除できません"))


# ---------------------------------------------------------------- departments


def departments(books: Books, partner: str) -> list[Json]:
    return list(books.row("partners", partner)["departments"])


def department(books: Books, partner: str, id: str) -> Json:
    found = next((d for d in books.row("partners", partner)["departments"] if d["id"] == id), None)
    if found is None:
        raise missing()
    return dict(found)


def owner(books: Books, id: object) -> tuple[Json, Json] | None:
    """The partner and its department, by the department's id."""
    rows = books.table("partners").values()
    return next(((row, d) for row in rows for d in row["departments"] if d["id"] == id), None)


def _new_department(books: Books, values: object) -> Json:
    given = _filled(checked(checks.DEPARTMENT, values))
    member = {"office_member_id": ""}
    return {"id": books.new_id("department"), **dict.fromkeys(_DEPARTMENT, ""), **member, **given, **books.stamps()}


def _filled(values: Json) -> Json:
    if not any(values.values()):
        raise Refusal(400, ("base", "部門のいずれかの項目を入力してください"))
    return values


def new_department(books: Books, partner: str, body: object) -> Json:
    row = books.row("partners", partner)
    made = _new_department(books, body)
    row["departments"].append(made)
    return made


def change_department(books: Books, partner: str, id: str, body: object) -> Json:
    row = books.row("partners", partner)
    found = next((d for d in row["departments"] if d["id"] == id), None)
    if found is None:
        raise missing()
    given = checked(checks.DEPARTMENT, body)
    _filled({name: given.get(name, found[name]) for name in _DEPARTMENT})
    found.update(given, updated_at=books.now())
    return dict(found)


def drop_department(books: Books, partner: str, id: str) -> None:
    department(books, partner, id)
    _unused(books, "department_id", id)
    row = books.row("partners", partner)
    row["departments"] = [d for d in row["departments"] if d["id"] != id]


# ---------------------------------------------------------------- items


def items(books: Books, query: QueryParams) -> list[Json]:
    rows = books.newest_first("items")
    rows = [r for r in rows if _among(query.get("name"), [r["name"]], True)]
    return [r for r in rows if _among(query.get("code"), [r["code"]], False)]


def new_item(books: Books, body: object) -> Json:
    row = {"id": books.new_id("item"), **item_values(books, checked(checks.ITEM, body)), **books.stamps()}
    books.table("items")[row["id"]] = row
    return row


def change_item(books: Books, id: str, body: object) -> Json:
    row = books.row("items", id)
    given = checked(checks.ITEM_CHANGE, body)
    row.update(item_values(books, {**row, **given}), updated_at=books.now())
    return row


def drop_item(books: Books, id: str) -> None:
    books.row("items", id)
    del books.table("items")[id]


def item_values(books: Books, given: Json) -> Json:
    """An item or a line as it is kept. Withholding is known to sole traders only; companies may not say a thing about it."""
    flag = given.get("is_deduct_withholding_tax")
    if flag is not None and not books.individual:
        raise Refusal(400, ("is_deduct_withholding_tax", "源泉徴収は法人の事業者では指定できません"))
    row = {name: given.get(name) or "" for name in _ITEM}
    row |= {name: plain(given[name]) if given.get(name) not in (None, "") else "0" for name in ("price", "quantity")}
    return {**row, "is_deduct_withholding_tax": bool(flag)} if books.individual else row
