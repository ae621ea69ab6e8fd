"""Deals and expense applications of the imitated companies at their start. The same seed and day give the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from choai.sandbox.freee.books import Row
from choai.sandbox.freee.expenses import KIND, route_of

_SOLD = (
    ("システム保守料", 1),
    ("コンサルティング料", 0),
    ("初期導入費", 4),
    ("ライセンス利用料", 3),
    ("研修講師料", 5),
)
_BOUGHT = (("外注費", 24, 6), ("広告宣伝費", 34, 7), ("通信費", 30, 22), ("消耗品費", 31, None), ("地代家賃", 36, 18))
_SPENT = (
    ("品川－名古屋 新幹線往復", 22_000, 0),
    ("客先訪問 タクシー", 3_480, 1),
    ("会議用弁当", 5_400, 4),
    ("名古屋 宿泊1泊", 12_800, 2),
    ("技術書 2冊", 7_040, 9),
)
_Days = tuple[Random, date]
_STATES = ("draft", "approved", "in_progress", "rejected", "feedback")
_DIMENSIONS: Row = {"tag_ids": [], "segment_1_tag_id": None, "segment_2_tag_id": None, "segment_3_tag_id": None}


def booked(
    company: int, first: int, partners: Sequence[Row], counts: tuple[int, int, int], today: date
) -> dict[str, list[Row]]:
    """Tables. ``counts``: income, expense, expense applications; ``first``: the number from which ids are given."""
    dice = Random(f"booked:{company}")
    shown = [row for row in partners if not row.get("_archived")]
    income, expense, applications = counts
    deals = [_deal(company, first + 100 * (n + 1), "income", shown, (dice, today)) for n in range(income)]
    deals += [
        _deal(company, first + 100 * n, "expense", shown, (dice, today))
        for n in range(income + 1, income + expense + 1)
    ]
    start = first + 1_000_000
    forms = [_application(company, start + 100 * n, n, dice, today) for n in range(applications)]
    return {"deals": deals, KIND: forms}


def _deal(company: int, id: int, type: str, partners: Sequence[Row], days: _Days) -> Row:
    dice, today = days
    day = today - timedelta(days=dice.randint(3, 200))
    lines = [_line(company, id + 1 + n, type, dice) for n in range(dice.randint(1, 3))]
    row: Row = {
        "id": id,
        "company_id": company,
        "issue_date": day.isoformat(),
        "due_date": (day + timedelta(days=30)).isoformat(),
        "type": type,
        "partner_id": dice.choice(partners)["id"],
        "ref_number": f"{'S' if type == 'income' else 'P'}{id % 1_000_000 // 100 + 1:05d}"
        if dice.random() < 0.7
        else None,
        "deal_origin_name": "手動" if id // 100 % 3 != 2 else "freee請求書" if type == "income" else "自動で経理",
        "details": lines,
        "payments": [],
        "receipts": [],
    }
    if dice.random() < 0.5:
        row["payments"] = [
            {
                "id": id + 50,
                "date": row["due_date"],
                "from_walletable_type": "bank_account",
                "from_walletable_id": company * 1000 + 200,
                "amount": sum(line["amount"] for line in lines),
            }
        ]
    return row


def _line(company: int, id: int, type: str, dice: Random) -> Row:
    first = company * 1000
    amount = 1100 * dice.randint(3, 400)
    line: Row = {"id": id, **_DIMENSIONS, "partner_id": None, "amount": amount, "vat": amount // 11}
    if type == "income":
        name, item = dice.choice(_SOLD)
        line |= {"account_item_id": first + 20, "tax_code": 129, "item_id": first + 300 + item, "entry_side": "credit"}
    else:
        name, account, other = dice.choice(_BOUGHT)
        line |= {"account_item_id": first + account, "tax_code": 136, "entry_side": "debit"}
        line["item_id"] = None if other is None else first + 300 + other
    line["section_id"] = first + 400 + dice.randint(1, 12) if dice.random() < 0.6 else None
    return {**line, "description": name}


def _application(company: int, id: int, place: int, dice: Random, today: date) -> Row:
    status = _STATES[place % len(_STATES)]
    day = today - timedelta(days=dice.randint(1, 90))
    route, first = route_of(company), company * 1000
    lines = []
    for n, (text, amount, template) in enumerate(dice.sample(_SPENT, dice.randint(1, 3))):
        inner = {
            "id": id + 20 + n,
            "description": text,
            "amount": amount,
            "expense_application_line_template_id": first + 500 + template,
        }
        when = (day - timedelta(days=n + 1)).isoformat()
        lines.append(
            {
                "id": id + 1 + n,
                "transaction_date": when,
                "receipt_id": None,
                "sub_receipt_ids": [],
                "expense_application_lines": [inner],
            }
        )
    row: Row = {
        "id": id,
        "company_id": company,
        "title": f"{day.month}月分 経費精算",
        "issue_date": day.isoformat(),
        "description": None,
        "status": status,
        "section_id": first + 401 + dice.randint(0, 11),
        **_DIMENSIONS,
        "parent_id": None,
        "purchase_lines": lines,
        "deal_id": None,
        "deal_status": None,
        "applicant_id": dice.choice((501, 502)),
        "proxy_applicant_id": None,
        "application_number": str(place + 1),
        "approval_flow_route_id": route,
        "current_step_id": None if status in ("draft", "feedback") else route + 1,
        "current_round": int(status == "feedback"),
        "_logs": [],
        "_approved": 501 if status == "approved" else None,
    }
    return row
