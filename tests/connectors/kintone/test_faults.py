from __future__ import annotations

from typing import Any

import pytest

from choai.connectors.contract import Reply
from choai.connectors.kintone.faults import fault


def reply(status: int, data: Any, **headers: str) -> Reply:
    return Reply(status, headers, data, "" if data is not None else "<html>", "PUT", "/k/v1/records.json")


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (401, "CB_AU01", "token_expired"),
        (401, "CB_WA01", "reauthorise"),
        (403, "CB_NO02", "no_permission"),
        (400, "GAIA_IA02", "api_token_invalid"),
        (520, "GAIA_IA02", "api_token_invalid"),  # the status it had for years
        (403, "GAIA_NO01", "token_permission_missing"),
        (404, "GAIA_AP01", "app_not_found"),
        (404, "GAIA_RE01", "record_not_found"),
        (409, "GAIA_CO02", "changed_since_read"),
        (429, "GAIA_TO04", "throttled"),
        (400, "GAIA_DA02", "locked"),
        (400, "GAIA_LO03", "lookup_not_unique"),
        (400, "GAIA_LO04", "lookup_failed"),
        (400, "GAIA_IQ11", "field_not_found"),
        (400, "GAIA_ZZ99", "validation_rejected"),
        (500, "GAIA_ZZ99", "unknown_result"),
    ],
)
def test_codes_decide_whatever_the_status(status: int, code: str, meaning: str) -> None:
    error = fault(reply(status, {"code": code, "id": "x", "message": "文"}))
    assert error.code == meaning
    assert "文" in str(error.facts["detail"])


@pytest.mark.parametrize(
    ("key", "row", "field"),
    [
        ("record.取引先名.value", None, "取引先名"),
        ("record[金額].value", None, "金額"),
        ("records[3].取引先名.value", "3", "取引先名"),
        ("records[12][金額].value", "12", "金額"),
        ("records[0].record.取引先名.values[0].value", "0", "取引先名"),
        ("records[3].明細.value[0].value.数量.value", "3", "明細"),
    ],
)
def test_the_keys_of_errors_name_row_and_field(key: str, row: str | None, field: str) -> None:
    error = fault(reply(400, {"code": "CB_VA01", "message": "m", "errors": {key: {"messages": ["必須です。"]}}}))
    assert (error.code, error.facts["field"], error.facts["detail"]) == ("validation_rejected", field, "必須です。")
    assert error.facts["rows"] == ({} if row is None else {row: [field, "必須です。"]})


def test_a_key_field_that_allows_duplicates_is_no_records_fault() -> None:
    errors = {"records[0].updateKey.field": {"messages": ["x"]}}
    assert fault(reply(400, {"code": "CB_VA01", "message": "m", "errors": errors})).code == "key_field_missing"


def test_the_error_inside_a_bulk_answer() -> None:
    data = {"results": [{}, {"code": "GAIA_RE01", "id": "i", "message": "m"}, {}]}
    assert fault(reply(404, data)).code == "record_not_found"


@pytest.mark.parametrize(
    ("status", "headers", "meaning"),
    [
        (503, {}, "maintenance"),
        (403, {}, "ip_blocked"),
        (401, {}, "ip_blocked"),
        (401, {"www-authenticate": 'Basic realm="x"'}, "reauthorise"),
        (429, {}, "throttled"),
        (502, {}, "unknown_result"),
        (404, {}, "unexpected_answer"),
    ],
)
def test_pages_that_are_not_json(status: int, headers: dict[str, str], meaning: str) -> None:
    assert fault(reply(status, None, **headers)).code == meaning


def test_a_pause_has_an_end() -> None:
    assert fault(reply(429, {"code": "GAIA_TO04", "message": "m"})).facts["until"]
