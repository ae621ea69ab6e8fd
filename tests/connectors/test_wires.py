"""Values as vendors spell them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from choai.connectors.wires import (
    JSON,
    as_boolean,
    as_day,
    as_decimal,
    as_integer,
    as_lines,
    as_moment,
    as_text,
    as_time,
    moment,
    plain_number,
    refs,
)
from choai.model.values import Kind, Ref

JST = timezone(timedelta(hours=9))
NINE = datetime(2026, 4, 1, 0, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "held"),
    [
        ("2026-04-01T09:15:30+09:00", NINE),  # Zoho CRM, Mazrica
        ("2026-04-01T09:15:30+0900", NINE),  # Zoho Books
        ("2026-04-01 09:15:30 +0900", NINE),  # Money Forward
        ("2026-04-01T00:15:30Z", NINE),
        ("2026-04-01T00:15:30.000+0000", NINE),  # Salesforce
        ("2026-04-01 00:15:30", NINE),  # Vtiger
        ("2026/04/01 00:15:30", NINE),
        ("2026-04-01T00:15:30.1234567", NINE.replace(microsecond=123456)),  # Xero's connections
        ("/Date(1775002530000+0900)/", NINE),  # the offset is not meant
        ("/Date(1775002530000)/", NINE),
    ],
)
def test_moments(raw: str, held: datetime) -> None:
    assert as_moment()(raw) == held


def test_a_moment_without_zone_is_in_the_services() -> None:
    assert as_moment(JST)("2026-04-01 09:15:30") == NINE


@pytest.mark.parametrize("raw", ["", "soon", "2026-13-01T00:00:00", None, 5, {}])
def test_what_is_no_moment(raw: Any) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError)):
        as_moment()(raw)


@pytest.mark.parametrize(
    ("raw", "held"),
    [
        ("2026-04-01", date(2026, 4, 1)),
        ("2026/04/01", date(2026, 4, 1)),
        ("2026-04-06T00:00:00+09:00", date(2026, 4, 6)),  # the day is not shifted
        ("/Date(1552262400000+0900)/", date(2019, 3, 11)),
        ("0000-00-00", None),
    ],
)
def test_days(raw: str, held: date | None) -> None:
    assert as_day(raw) == held


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("utc", "2026-04-01T00:15:30Z"),
        ("offset", "2026-04-01T09:15:30+09:00"),
        ("compact", "2026-04-01T09:15:30+0900"),
        ("naive", "2026-04-01 09:15:30"),
    ],
)
def test_written_moments_are_read_as_the_same(form: str, text: str) -> None:
    assert moment(NINE, form, JST) == text
    assert as_moment(JST)(text) == NINE
    with pytest.raises(TypeError):
        moment(NINE.replace(tzinfo=None), form, JST)


@pytest.mark.parametrize("raw", [True, "true", "1", 1, "on", "TRUE"])
def test_true(raw: Any) -> None:
    assert as_boolean(raw) is True


@pytest.mark.parametrize("raw", [False, "false", "0", 0, "off"])
def test_false(raw: Any) -> None:
    assert as_boolean(raw) is False


@pytest.mark.parametrize(
    ("read", "raw"),
    [
        (as_boolean, "maybe"),
        (as_boolean, 2),
        (as_integer, "1.5"),
        (as_integer, True),
        (as_decimal, "NaN"),
        (as_decimal, "1,000"),
        (as_decimal, 1.5),
        (as_text, {"a": 1}),
        (as_text, True),
        (as_time, "25:00"),
    ],
)
def test_what_is_not_of_the_kind(read: Any, raw: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        read(raw)


def test_texts_numbers_and_times() -> None:
    assert as_text(123) == "123"
    assert as_lines("a\r\nb\rc") == "a\nb\nc"
    assert as_integer("3.000") == 3
    assert as_decimal("1234.57000000") == Decimal("1234.57")
    assert plain_number(Decimal("1E+3")) == "1000"
    assert as_time("10:30:00.000Z") == time(10, 30)


def test_references_of_every_shape() -> None:
    read = refs().read
    assert read is not None
    assert [read(raw) for raw in ({"id": 1, "name": "A"}, "1", 1)] == [Ref("1")] * 3
    assert read({"id": None}) is None
    write = refs(as_object=True, number=True).write
    assert write is not None
    assert write(Ref("12")) == {"id": 12}


_SAMPLES: dict[Kind, Any] = {
    Kind.TEXT: st.text(min_size=1),
    Kind.BOOLEAN: st.booleans(),
    Kind.INTEGER: st.integers(),
    Kind.DECIMAL: st.decimals(allow_nan=False, allow_infinity=False),
    Kind.DATE: st.dates(),
    Kind.DATETIME: st.datetimes(timezones=st.just(UTC)).map(lambda d: d.replace(microsecond=0)),
    Kind.TIME: st.times().map(lambda t: t.replace(microsecond=0)),
    Kind.CHOICES: st.lists(st.text(min_size=1), min_size=1),
    Kind.REFERENCE: st.text(min_size=1).map(Ref),
    Kind.REFERENCES: st.lists(st.text(min_size=1).map(Ref), min_size=1),
}


@pytest.mark.parametrize("kind", _SAMPLES)
@given(data=st.data())
def test_a_round_trip_is_quiet(kind: Kind, data: Any) -> None:
    value = data.draw(_SAMPLES[kind])
    wire = JSON[kind]
    sent = value if wire.write is None else wire.write(value)
    assert (sent if wire.read is None else wire.read(sent)) == value
