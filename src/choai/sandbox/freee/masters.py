"""Memo tags, segment tags, items and sections: one set of rules over a table of their differences.

Names are unique. An update of an item empties what is left out; the others keep it (not documented for them). Codes are
a company setting each (``item_code``, ``section_code``, ``segment_code``): without it the key is neither kept nor
shown, and an upsert is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from choai.sandbox.freee import rules
from choai.sandbox.freee.answers import Refusal, answer, bad_request, no_content, not_found, unauthorized
from choai.sandbox.freee.books import Row, public
from choai.sandbox.freee.gate import Call, Endpoint
from choai.sandbox.freee.lists import listed
from choai.sandbox.freee.rules import CODE, Rule, problems, rewritten, taken, text


@dataclass(frozen=True, slots=True)
class Master:
    kind: str
    one: str  # envelope of a single object
    many: str
    ja: str
    rules: Mapping[str, Rule]
    empty: Mapping[str, Any]
    most: int | None = 3000
    usual: int = 50
    code_setting: str | None = None
    full_replace: bool = False
    company_key: bool = True


TAGS = Master("tags", "tag", "tags", "メモタグ", rules.TAG, {"shortcut1": None, "shortcut2": None})
ITEMS = Master(
    "items",
    "item",
    "items",
    "品目",
    rules.ITEM,
    {"available": True, "shortcut1": None, "shortcut2": None, "code": None},
    code_setting="item_code",
    full_replace=True,
)
SECTIONS = Master(
    "sections",
    "section",
    "sections",
    "部門",
    rules.SECTION,
    {
        "available": True,
        "long_name": None,
        "shortcut1": None,
        "shortcut2": None,
        "code": None,
        "indent_count": 0,
        "parent_id": None,
    },
    most=None,
    code_setting="section_code",
)
SEGMENTS = Master(
    "segments",
    "segment_tag",
    "segment_tags",
    "セグメントタグ",
    rules.SEGMENT_TAG,
    {"description": None, "shortcut1": None, "shortcut2": None, "code": None},
    most=500,
    usual=20,
    code_setting="segment_code",
    company_key=False,
)


def endpoints(master: Master) -> dict[str, Endpoint]:
    """index, show, create, update, upsert and destroy of a master."""

    def index(call: Call) -> Response:
        return listed(
            call,
            _kind(call, master),
            lambda row: shown(call, master, row),
            envelope=master.many,
            most=master.most,
            usual=master.usual,
        )

    def show(call: Call) -> Response:
        return answer({master.one: shown(call, master, _found(call, master))})

    def create(call: Call) -> Response:
        row = _created(call, master, call.body)
        return answer({master.one: shown(call, master, row)}, 201)

    def update(call: Call) -> Response:
        row = _found(call, master)
        _updated(call, master, row, call.body)
        return answer({master.one: shown(call, master, row)})

    def upsert(call: Call) -> Response:
        row, status = _upserted(call, master)
        return answer({master.one: shown(call, master, row)}, status)

    def destroy(call: Call) -> Response:
        row = _found(call, master)
        if row.get("_used"):
            raise Refusal(bad_request("取引などで使用されているため、削除できません。"))
        call.table(_kind(call, master)).remove(row)
        return no_content()

    return {"index": index, "show": show, "create": create, "update": update, "upsert": upsert, "destroy": destroy}


def shown(call: Call, master: Master, row: Row) -> Row:
    hidden = []
    if master.code_setting and not call.setting(master.code_setting):
        hidden.append("code")
    if master is SECTIONS and not call.books.plan(call.company).section_tree:
        hidden += ["indent_count", "parent_id"]
    return public(row, hidden)


def _kind(call: Call, master: Master) -> str:
    """The table; for segments the axis must be within the plan (setting ``segments`` overrides its number)."""
    if master is not SEGMENTS:
        return master.kind
    axis = int(call.request.path_params["segment_id"])
    if axis not in (1, 2, 3):
        raise Refusal(bad_request("セグメントIDの値が不正です。"))
    allowed = call.setting("segments")
    if axis > (call.books.plan(call.company).segments if allowed is None else allowed):
        if call.setting("segment_gate") == 400:
            raise Refusal(bad_request("ご利用のプランではセグメントを利用できません。"))
        raise Refusal(unauthorized("freee_plan_limit", call.setting("unauthorized_shape")))
    return f"segments/{axis}"


def _found(call: Call, master: Master) -> Row:
    row = call.table(_kind(call, master)).by_id.get(call.id)
    if row is None:
        raise Refusal(not_found())
    return row


def _values(call: Call, master: Master, body: Row) -> Row:
    found = problems(body, master.rules)
    if found:
        raise Refusal(bad_request(*found))
    values = taken(body, master.rules)
    if master.code_setting and not call.setting(master.code_setting):
        values.pop("code", None)
    if master is SECTIONS and not call.books.plan(call.company).section_tree:
        values.pop("parent_id", None)
    if values.get("parent_id") is not None and values["parent_id"] not in call.table("sections").by_id:
        raise Refusal(bad_request("親部門が存在しません。"))
    if call.world.fault("rewrite", f"{call.request.method} {call.request.url.path}"):
        values = rewritten(values)
    return {k: (None if v == "" else v) for k, v in values.items()}


def _unique(call: Call, master: Master, values: Row, row: Row | None) -> None:
    table = call.table(_kind(call, master))
    if table.by_name.get(values["name"], row) is not row:
        raise Refusal(bad_request(f"{master.ja}名はすでに使用されています。"))
    code = values.get("code")
    if code and table.by_code.get(code, row) is not row:
        raise Refusal(bad_request(f"{master.ja}コードはすでに使用されています。"))


def _created(call: Call, master: Master, body: Row) -> Row:
    table = call.table(_kind(call, master))
    values = _values(call, master, body)
    _unique(call, master, values, None)
    row: Row = {"id": call.books.next_id()}
    if master.company_key:
        row["company_id"] = call.company
    row |= {**master.empty, **values, "update_date": call.books.today().isoformat()}
    _indent(call, master, row)
    table.add(row)
    return row


def _updated(call: Call, master: Master, row: Row, body: Row) -> None:
    values = _values(call, master, body)
    if master.full_replace:
        kept = {"available"} | ({"code"} if not call.setting(str(master.code_setting)) else set())
        values = {**{k: v for k, v in master.empty.items() if k not in kept}, **values}
    _unique(call, master, values, row)
    changed = {**row, **values, "update_date": call.books.today().isoformat()}
    _indent(call, master, changed)
    call.table(_kind(call, master)).change(row, changed)


def _upserted(call: Call, master: Master) -> tuple[Row, int]:
    kind = _kind(call, master)
    if not call.setting(str(master.code_setting)):
        raise Refusal(bad_request(f"{master.ja}コードの利用設定が無効です。"))
    outer = {
        "code": text(f"{master.ja}コード", 20, required=True, pattern=CODE),
        master.one: Rule(master.ja, "object", required=True),
    }
    found = problems(call.body, outer)
    inner: Row = call.body.get(master.one) or {}
    if not found and "code" in inner:
        found = [f"{master.one}内にコードは指定できません。"]
    if found:
        raise Refusal(bad_request(*found))
    inner = {**inner, "code": call.body["code"]}
    if master is SECTIONS and "parent_code" in inner:
        parent = call.table(kind).by_code.get(inner.pop("parent_code"))
        inner["parent_id"] = parent["id"] if parent else None
    row = call.table(kind).by_code.get(call.body["code"])
    if row is None:
        return _created(call, master, inner), 201
    _updated(call, master, row, inner)
    return row, 200


def _indent(call: Call, master: Master, row: Row) -> None:
    if master is SECTIONS:
        parent = call.table("sections").by_id.get(row["parent_id"])
        row["indent_count"] = parent["indent_count"] + 1 if parent else 0
