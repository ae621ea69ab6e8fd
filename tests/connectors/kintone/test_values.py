from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from choai.connectors.kintone.queries import literal, one_of, page, since
from choai.connectors.kintone.values import table as table_of
from choai.errors import ChoaiError
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Ref, Row


def field(kind: Kind, **more: Any) -> Field:
    return Field("f", kind, "項目", "Field", **more)


def read(of: Field, raw: Any) -> Any:
    row = {"$id": {"value": "1"}, "f": {"value": raw}}
    return table_of(Schema("app:1", (of,)), "").record(row).values["f"]


def plain(of: Field, value: Any) -> Any:
    known = table_of(Schema("app:1", (of,)), "")
    return known.sent(known.columns[0], value)


INNER = (
    Field("品名", Kind.TEXT, "品名", "Item"),
    Field("金額", Kind.DECIMAL, "金額", "Amount", on_create=False, on_update=False),
)


@pytest.mark.parametrize(
    ("kind", "raw", "held"),
    [
        (Kind.TEXT, "", None),
        (Kind.CHOICE, None, None),
        (Kind.CHOICES, [], None),
        (Kind.LONG_TEXT, "a\r\nb", "a\nb"),
        (Kind.DECIMAL, "1234.50", Decimal("1234.50")),
        (Kind.DECIMAL, "123456789012345678901234567890", Decimal(123456789012345678901234567890)),
        (Kind.DATE, "2026-02-01", date(2026, 2, 1)),
        (Kind.TIME, "09:30", time(9, 30)),
        (Kind.DATETIME, "2026-02-01T00:30:00Z", datetime(2026, 2, 1, 0, 30, tzinfo=UTC)),
        (Kind.REFERENCE, {"code": "u", "name": "n"}, Ref("u")),
        (Kind.REFERENCES, [{"code": "u", "name": "n"}], [Ref("u")]),
        (Kind.FILES, [{"fileKey": "k", "name": "n", "size": "1"}], [Ref("k")]),
    ],
)
def test_from_kintone(kind: Kind, raw: Any, held: Any) -> None:
    assert read(field(kind), raw) == held


def test_what_the_type_cannot_hold_is_said() -> None:
    with pytest.raises(ChoaiError) as caught:
        read(field(Kind.DATE), "soon")
    assert caught.value.code == "unexpected_answer"


def test_a_table_row_keeps_its_id_and_its_calculated_cells_stay_here() -> None:
    table = field(Kind.ROWS, fields=INNER)
    raw = [{"id": "8", "value": {"品名": {"value": "a"}, "金額": {"value": "3"}, "新": {"value": "?"}}}]
    rows = read(table, raw)
    assert rows == [Row("8", {"品名": "a", "金額": Decimal(3)})]
    assert plain(table, rows) == [{"id": "8", "value": {"品名": {"value": "a"}}}]
    assert plain(table, [Row(None, {"品名": None})]) == [{"value": {"品名": {"value": ""}}}]


@pytest.mark.parametrize(
    ("kind", "held", "sent"),
    [
        (Kind.TEXT, None, ""),
        (Kind.CHOICES, None, []),
        (Kind.DECIMAL, Decimal("1E+3"), "1000"),
        (Kind.DECIMAL, 7, "7"),
        (Kind.DATE, date(2026, 2, 1), "2026-02-01"),
        (Kind.TIME, time(9, 30, 59), "09:30"),
        (Kind.DATETIME, datetime(2026, 2, 1, 9, 0, 5, tzinfo=timezone(timedelta(hours=9))), "2026-02-01T00:00:00Z"),
        (Kind.REFERENCE, Ref("u"), {"code": "u"}),
        (Kind.REFERENCES, [Ref("u"), Ref("v")], [{"code": "u"}, {"code": "v"}]),
    ],
)
def test_to_kintone(kind: Kind, held: Any, sent: Any) -> None:
    assert plain(field(kind), held) == sent


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (Kind.DECIMAL, "12"),
        (Kind.DECIMAL, True),
        (Kind.DECIMAL, Decimal("NaN")),
        (Kind.TEXT, 5),
        (Kind.CHOICES, "A"),
        (Kind.DATETIME, datetime(2026, 2, 1)),
        (Kind.FILES, [Ref("k")]),
    ],
)
def test_what_cannot_be_sent_is_refused(kind: Kind, wrong: Any) -> None:
    with pytest.raises(ChoaiError) as caught:
        plain(field(kind), wrong)
    assert caught.value.code == "value_not_convertible"


def test_cells_know_the_form() -> None:
    schema = Schema("app:1", (field(Kind.TEXT), *INNER))
    assert table_of(schema, "").body({"f": "x"}, creating=True) == {"f": {"value": "x"}}
    for name, code in (("gone", "field_not_found"), ("金額", "not_writable")):
        with pytest.raises(ChoaiError) as caught:
            table_of(schema, "").body({name: "x"}, creating=True)
        assert caught.value.code == code


def test_a_record_without_its_hidden_fields() -> None:
    schema = Schema("app:1", (field(Kind.TEXT), *INNER))
    row = {
        "$id": {"value": "5"},
        "$revision": {"value": "2"},
        "u": {"value": "2026-02-01T00:30:00Z"},
        "f": {"value": ""},
    }
    made = table_of(schema, "u").record(row)
    assert (made.id, made.revision, made.values) == ("5", "2", {"f": None})
    assert made.changed_at == datetime(2026, 2, 1, 0, 30, tzinfo=UTC)


def test_queries() -> None:
    assert literal('a"b\\c\td\ne\x07') == '"a\\"b\\\\c\\td\\ne"'
    assert one_of("取引先名", ["a", "b"]) == '取引先名 in ("a", "b")'
    moment = since("更新日時", datetime(2026, 2, 1, 9, 4, 59, tzinfo=timezone(timedelta(hours=9))))
    assert moment == '更新日時 >= "2026-02-01T00:04:00Z"'
    assert page([moment], "17") == f'{moment} and $id > "17" order by $id asc limit 500'
    assert page([], None) == "order by $id asc limit 500"
