"""Proposals: what a person would have drawn by hand, and nothing wild."""

from __future__ import annotations

from typing import Any

from choai.model.automap import propose
from choai.model.check import check_mapping
from choai.model.mapping import Flow, MappingRow, Side
from choai.model.schema import Choice, Field, Schema
from choai.model.values import Kind

CODES = tuple(Choice(str(n), f"県{n}") for n in range(-1, 47))


def text(name: str, ja: str, en: str = "", role: str | None = None, **more: object) -> Field:
    return Field(name, Kind.TEXT, ja, en, role, **more)  # type: ignore[arg-type]  # named fields of Field


KINTONE = Schema(
    "app:1",
    (
        text("取引先名", "取引先名", "Name", "partner.name", required=True),
        text("freee取引先ID", "freee取引先ID", "freee ID", "partner.id", unique=True),
        Field("freee_URL", Kind.URL, "freee_URL", "freee URL", "partner.url"),
        text("電話番号", "電話番号", "Phone"),
        Field("都道府県", Kind.CHOICE, "都道府県", "Prefecture", choices=(Choice("東京都", "東京都"),)),
        text("登録番号", "登録番号", "Registration number", "partner.registration_number"),
        text("メールアドレス(代表)", "メールアドレス(代表)", ""),
        text("顧客ランク", "顧客ランク", "Rank"),
        Field("更新日時", Kind.DATETIME, "更新日時", "Updated", on_create=False, on_update=False),
    ),
)
FREEE = Schema(
    "partner",
    (
        Field("id", Kind.INTEGER, "ID", "ID", "partner.id", on_create=False, on_update=False),
        text("name", "名前", "Name", "partner.name", required=True),
        text("url", "URL", "URL", "partner.url", on_create=False, on_update=False),
        text("phone", "電話番号", "Phone", "partner.phone"),
        Field("prefecture_code", Kind.CHOICE, "都道府県", "Prefecture", "partner.prefecture", choices=CODES),
        text("invoice_registration_number", "適格番号", "Number", "partner.registration_number"),
        text("email", "メールアドレス", "E-mail", "partner.email"),
        Field("update_date", Kind.DATE, "更新日", "Updated on", on_create=False, on_update=False),
    ),
)


def test_partners_of_kintone_and_freee() -> None:
    proposals = propose(KINTONE, FREEE)
    assert [p.row for p in proposals] == [
        MappingRow("取引先名", "name"),
        MappingRow("freee取引先ID", "id", Flow.TO_LEFT, write_back=True),
        MappingRow("freee_URL", "url", Flow.TO_LEFT, write_back=True),
        MappingRow("電話番号", "phone"),
        MappingRow("都道府県", "prefecture_code", converter="prefecture"),
        MappingRow("登録番号", "invoice_registration_number", converter="registration_number"),
        MappingRow("メールアドレス(代表)", "email"),
    ]
    assert [p.why for p in proposals] == ["role", "role", "role", "label", "label", "role", "similar"]
    assert all(60 <= p.score <= 100 for p in proposals)
    assert not [
        p for p in check_mapping([p.row for p in proposals], KINTONE, FREEE, set(Side)) if p.severity == "error"
    ]


def test_the_same_schemas_give_the_same_proposals() -> None:
    assert propose(KINTONE, FREEE) == propose(KINTONE, FREEE)
    assert propose(Schema("o", ()), FREEE) == []


def one(left: Field, right: Field) -> MappingRow | None:
    found = propose(Schema("l", (left,)), Schema("r", (right,)))
    return found[0].row if found else None


def test_roles_that_differ_are_never_joined() -> None:
    assert one(text("name", "名前", role="partner.name"), text("name", "名前", role="tag.name")) is None


def test_each_field_at_most_once_and_the_best_wins() -> None:
    left = Schema("l", (text("住所", "住所"), text("住所1", "住所1")))
    right = Schema("r", (text("住所1", "住所1"),))
    assert [p.row for p in propose(left, right)] == [MappingRow("住所1", "住所1")]


def test_directions_follow_what_may_be_written() -> None:
    frozen: dict[str, Any] = {"on_create": False, "on_update": False}
    assert one(text("a1", "計算"), text("a2", "計算", **frozen)) == MappingRow("a1", "a2", Flow.TO_LEFT)
    assert one(text("a1", "計算", **frozen), text("a2", "計算")) == MappingRow("a1", "a2", Flow.TO_RIGHT)
    assert one(text("a1", "計算", **frozen), text("a2", "計算", **frozen)) is None
    fixed = text("a2", "コード", on_update=False)
    assert one(text("a1", "コード", **frozen), fixed) == MappingRow("a1", "a2", Flow.TO_RIGHT, only_on_create=True)


def test_kinds_that_cannot_meet_are_not_proposed() -> None:
    assert one(Field("日付", Kind.DATE, "日付", ""), Field("日付", Kind.INTEGER, "日付", "")) is None
    assert one(Field("添付", Kind.FILES, "添付", ""), Field("添付", Kind.FILES, "添付", "")) is None
    row = one(Field("数", Kind.INTEGER, "数", ""), Field("数", Kind.DATE, "数", ""))
    assert row is None
    assert one(Field("日", Kind.DATE, "日時", ""), Field("時", Kind.TIME, "日時", "")) is None


def test_ids_need_one_side_that_gives_and_one_that_holds() -> None:
    frozen: dict[str, Any] = {"on_create": False, "on_update": False}
    assert one(text("i", "ID", role="x.id", **frozen), text("j", "ID", role="x.id")) == MappingRow(
        "i", "j", Flow.TO_RIGHT, write_back=True
    )
    assert one(text("i", "ID", role="x.id"), text("j", "ID", role="x.id")) is None
    held = Field("i", Kind.DATE, "ID", "", "x.id")
    assert one(held, Field("j", Kind.INTEGER, "ID", "", "x.id", on_create=False, on_update=False)) is None


def test_prefectures_by_name_on_both_sides_need_no_converter() -> None:
    names = (Choice("東京都", "東京都"),)
    left = Field("p", Kind.CHOICE, "都道府県", "", "a.prefecture", choices=names)
    assert one(left, Field("q", Kind.CHOICE, "県", "", "a.prefecture", choices=names)) == MappingRow("p", "q")
    assert one(left, Field("q", Kind.INTEGER, "県", "", "a.prefecture")) == MappingRow("p", "q", converter="prefecture")
    number = Field("n", Kind.INTEGER, "登録番号", "", "a.registration_number")
    assert one(number, text("m", "番号", role="a.registration_number")) == MappingRow("n", "m")


def test_line_items_are_proposed_with_their_fields() -> None:
    cells = (text("品目", "品目", "Item"), Field("数量", Kind.DECIMAL, "数量", "Quantity"))
    theirs = (text("description", "品目", "Item"), Field("quantity", Kind.DECIMAL, "数量", "Quantity"))
    left = Field("明細", Kind.ROWS, "明細", "Lines", fields=cells)
    right = Field("lines", Kind.ROWS, "明細", "Lines", fields=theirs)
    inner = (MappingRow("品目", "description"), MappingRow("数量", "quantity"))
    assert one(left, right) == MappingRow("明細", "lines", rows=inner)
    assert one(left, Field("lines", Kind.ROWS, "明細", "", fields=(text("x", "備忘"),))) is None


def test_labels_and_names_meet_crosswise() -> None:
    assert one(text("phone", "代表"), text("tel", "", "Phone")) == MappingRow("phone", "tel")
    assert one(text("x", "A"), text("y", "B")) is None


def test_a_flag_is_not_proposed_for_a_text_that_sounds_like_it() -> None:
    code = text("CustomerCode__c", "取引先コード", "Customer code", unique=True)
    flag = Field(
        "IsCustomer", Kind.BOOLEAN, "得意先", "Customer", "partner.is_customer", on_create=False, on_update=False
    )
    assert not propose(Schema("Account", (code,)), Schema("contact", (flag,)))
