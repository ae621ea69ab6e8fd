"""The table of fields: schema, records and bodies from one description."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from choai.connectors.fields import Pick, Table, column, lines, linked, path
from choai.connectors.wires import JSON, flags, joined, moments, numbered, numbers_as_text, refs
from choai.errors import ChoaiError
from choai.model.schema import Choice
from choai.model.values import Kind, Ref, Row

CUSTOM = ("custom_fields", "api_name", "cf_rank")
INVOICE = Table(
    "invoice",
    (
        column("InvoiceID", Kind.IDENTIFIER, "ID", "ID", given=True, unique=True),
        column("Number", Kind.TEXT, "番号", "Number", role="invoice.number", required=True, max_length=20),
        column("Contact", Kind.REFERENCE, "取引先", "Contact", target="contact", wire=refs("ContactID", "Name", as_object=True)),
        column("Phones[Type=DEFAULT].Phone", Kind.PHONE, "電話", "Phone", name="phone"),
        column("Phones[Type=MOBILE].Phone", Kind.PHONE, "携帯", "Mobile", name="mobile"),
        column("industry", Kind.REFERENCE, "業種", "Industry", send="industryId", wire=refs(number=True)),
        column("address.city", Kind.TEXT, "市区町村", "City", omits=True),
        column("terms.day", Kind.INTEGER, "締め日", "Day", single=True, omits=True),
        column("state", Kind.CHOICE, "状態", "State", choices=(Choice("1", "済"),), wire=numbered()),
        column((Pick(*CUSTOM), "value"), Kind.TEXT, "ランク", "Rank", name="rank"),
        column("Total", Kind.MONEY, "合計", "Total", given=True),
        column("Day", Kind.DATE, "日付", "Date", on_update=False),
        lines(
            "Lines", "明細", "Lines",
            (
                column("Text", Kind.TEXT, "摘要", "Text"),
                column("Quantity", Kind.DECIMAL, "数量", "Quantity", wire=numbers_as_text()),
                column("Amount", Kind.MONEY, "金額", "Amount", given=True),
            ),
            id="LineID",
        ),
        linked("URL", "URL"),
    ),
    id="InvoiceID", changed="Updated", revision="Version", archived=lambda row: row.get("Status") == "VOIDED",
)  # fmt: skip
ROW: dict[str, Any] = {
    "InvoiceID": 12345678901234567890,
    "Number": "INV-1",
    "Contact": {"ContactID": "c1", "Name": "青空"},
    "Phones": [{"Type": "FAX", "Phone": "9"}, {"Type": "DEFAULT", "Phone": "03"}],
    "industry": None,
    "state": 1,
    "custom_fields": [{"api_name": "cf_rank", "value": "A", "label": "ランク"}],
    "Total": Decimal("1100.50"),
    "Day": "/Date(1552262400000+0900)/",
    "Lines": [{"LineID": "l1", "Text": "保守", "Quantity": "1.50", "Amount": 1100, "odd": 1}, {"Text": ""}],
    "Updated": "2026-04-01T10:15:30.1234567",
    "Version": 7,
    "unknown": {"x": 1},
}


def test_a_row_becomes_a_record() -> None:
    record = INVOICE.record(ROW, link=lambda number: f"https://example.com/{number}")
    assert record.id == "12345678901234567890"
    assert record.revision == "7"
    assert record.changed_at == datetime(2026, 4, 1, 10, 15, 30, 123456, UTC)
    assert not record.archived
    assert record.values == {
        "InvoiceID": "12345678901234567890",
        "Number": "INV-1",
        "Contact": Ref("c1"),
        "phone": "03",
        "mobile": None,  # the list was told and has no such element
        "industry": None,
        "address.city": None,  # omits: left out means empty
        "terms.day": None,
        "state": "1",
        "rank": "A",
        "Total": Decimal("1100.50"),
        "Day": date(2019, 3, 11),
        "Lines": [
            Row("l1", {"Text": "保守", "Quantity": Decimal("1.50"), "Amount": Decimal(1100)}),
            Row(None, {"Text": None}),
        ],
        "url": "https://example.com/12345678901234567890",
    }
    assert record.values["Contact"].label == "青空"  # type: ignore[union-attr]  # a Ref


def test_absent_is_not_empty() -> None:
    record = INVOICE.record({"InvoiceID": "1", "Number": None, "Total": ""})
    assert record.values == {
        "InvoiceID": "1", "Number": None, "Total": None, "address.city": None, "terms.day": None, "url": None,
    }  # fmt: skip
    listed = INVOICE.reader(single=False)({"InvoiceID": "1"})
    assert "terms.day" not in listed.values
    told = INVOICE.reader(single=False)({"InvoiceID": "1", "terms": {"day": 31}})
    assert told.values["terms.day"] == 31


def test_only_wished_fields_are_read_and_the_id_always() -> None:
    assert INVOICE.reader(wished=["Number"])(ROW).values == {"InvoiceID": "12345678901234567890", "Number": "INV-1"}
    assert INVOICE.record({**ROW, "Status": "VOIDED"}).archived


@pytest.mark.parametrize(
    ("name", "raw"), [("Day", "soon"), ("Total", "much"), ("Lines", [{"Quantity": "?"}]), ("Number", ["x"])]
)
def test_what_a_kind_cannot_hold_is_said_with_its_field(name: str, raw: Any) -> None:
    with pytest.raises(ChoaiError) as caught:
        INVOICE.record({**ROW, name: raw})
    assert (caught.value.code, caught.value.facts["field"]) == ("unexpected_answer", name)


def test_values_become_a_body() -> None:
    assert INVOICE.body(
        {
            "Number": "INV-2",
            "Contact": Ref("c2"),
            "phone": "06",
            "mobile": "090",
            "industry": Ref("3"),
            "address.city": "港区",
            "state": "1",
            "rank": "B",
            "Day": date(2026, 4, 1),
            "Lines": [
                Row("l1", {"Text": None, "Quantity": Decimal("1E+1"), "Amount": Decimal(5)}),
                Row(None, {"Text": None, "Quantity": Decimal(2)}),
            ],
        },
        creating=True,
    ) == {
        "Number": "INV-2",
        "Contact": {"ContactID": "c2"},
        "Phones": [{"Type": "DEFAULT", "Phone": "06"}, {"Type": "MOBILE", "Phone": "090"}],
        "industryId": 3,
        "address": {"city": "港区"},
        "state": 1,
        "custom_fields": [{"api_name": "cf_rank", "value": "B"}],
        "Day": "2026-04-01",
        "Lines": [{"LineID": "l1", "Text": None, "Quantity": "10"}, {"Quantity": "2"}],
    }


def test_empty_values_are_left_out_of_a_create_and_clear_in_an_update() -> None:
    values: dict[str, Any] = {"Number": None, "address.city": "", "Lines": []}
    assert INVOICE.body(values, creating=True) == {}
    assert INVOICE.body(values, creating=False) == {"Number": None, "address": {"city": None}, "Lines": []}
    eager = Table("x", INVOICE.columns, id="InvoiceID", sends_empty=True)
    assert eager.body({"Number": None}, creating=True) == {"Number": None}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"nothing": 1}, "field_not_found"),
        ({"Total": Decimal(1)}, "not_writable"),
        ({"url": "x"}, "not_writable"),
        ({"Day": date(2026, 1, 1)}, "not_writable"),
        ({"Number": 5}, "value_not_convertible"),
        ({"industry": Ref("x")}, "value_not_convertible"),
        ({"Lines": [Row(None, {"Quantity": True})]}, "value_not_convertible"),
    ],
)
def test_what_cannot_be_sent(values: dict[str, Any], code: str) -> None:
    with pytest.raises(ChoaiError) as caught:
        INVOICE.body(values, creating=False)
    assert caught.value.code == code


def test_fields_found_at_run_time_replace_and_follow() -> None:
    wider = INVOICE.extended(
        column("cf.day", Kind.DATETIME, "日時", "At", wire=moments("compact")),
        column("Number", Kind.TEXT, "番号", "Number", max_length=30),
    )
    number = wider.schema().get("Number")
    assert number is not None
    assert number.max_length == 30
    assert wider.schema().revision != INVOICE.schema().revision
    assert wider.schema("9").revision == "9"
    assert wider.record({"InvoiceID": "1", "cf": {"day": "2026-04-01T10:15:30+0900"}}).values["cf.day"] == datetime(
        2026, 4, 1, 1, 15, 30, tzinfo=UTC
    )
    assert INVOICE.get("cf.day") is None


def test_the_schema_has_everything_and_lines_their_fields() -> None:
    schema = INVOICE.schema()
    assert schema.revision == INVOICE.schema().revision
    table = schema.get("Lines")
    assert table is not None
    assert [f.name for f in table.fields] == ["Text", "Quantity", "Amount"]
    held = schema.with_role("invoice.number")
    assert held is not None
    assert held.required


def test_wires_of_a_service_without_json_types() -> None:
    wires = {**JSON, Kind.BOOLEAN: flags("1", "0"), Kind.CHOICES: joined(" |##| ")}
    table = Table(
        "x",
        (column("on", Kind.BOOLEAN, "有効", "On"), column("many", Kind.CHOICES, "複数", "Many")),
        wires=wires,
    )
    assert table.record({"id": "11x2", "on": "0", "many": "a |##| b"}).values == {"on": False, "many": ["a", "b"]}
    assert table.body({"on": True, "many": ["a", "b"]}, creating=False) == {"on": "1", "many": "a |##| b"}
    assert table.body({"many": []}, creating=False) == {"many": ""}


def test_paths() -> None:
    assert path("a.b[k=v].c") == ("a", Pick("b", "k", "v"), "c")
    assert path(("a.b",)) == ("a.b",)
    with pytest.raises(ValueError, match=r"^$"):
        path("")
