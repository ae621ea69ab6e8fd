"""What Salesforce's bad answers mean."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from choai import clock
from choai.connectors.contract import Reply
from choai.connectors.salesforce.api import fault
from choai.connectors.salesforce.faults import refusal


def error(code: str, message: str = "text", *fields: str) -> list[dict[str, Any]]:
    return [{"message": message, "errorCode": code, "fields": list(fields)}]


@pytest.mark.parametrize(
    ("status", "method", "data", "code"),
    [
        (401, "GET", error("INVALID_SESSION_ID"), "token_expired"),
        (401, "POST", None, "token_expired"),
        (403, "GET", error("API_DISABLED_FOR_ORG"), "api_not_in_plan"),
        (403, "GET", error("INSUFFICIENT_ACCESS"), "no_permission"),
        (403, "GET", error("ODD"), "no_permission"),
        (403, "GET", None, "ip_blocked"),
        (404, "GET", error("NOT_FOUND"), "record_not_found"),
        (400, "GET", error("INVALID_TYPE"), "object_not_found"),
        (400, "GET", error("INVALID_FIELD"), "field_not_found"),
        (400, "PATCH", error("INVALID_FIELD"), "field_not_found"),
        (400, "GET", error("QUERY_TIMEOUT"), "timeout"),
        (400, "GET", error("MALFORMED_QUERY"), "unexpected_answer"),
        (400, "POST", error("UNABLE_TO_LOCK_ROW"), "locked"),
        (400, "POST", error("STRING_TOO_LONG", "x", "Name"), "validation_rejected"),
        (410, "GET", error("UNSUPPORTED_API_VERSION"), "object_not_found"),
        (500, "POST", error("UNKNOWN_EXCEPTION"), "unknown_result"),
        (500, "GET", error("UNKNOWN_EXCEPTION"), "unexpected_answer"),
        (502, "PATCH", None, "unknown_result"),
        (503, "GET", None, "maintenance"),
        (503, "PATCH", error("SERVER_UNAVAILABLE"), "maintenance"),
        (414, "GET", None, "unexpected_answer"),
        (400, "POST", {"error": "invalid_grant", "error_description": "expired"}, "validation_rejected"),
    ],
)
def test_faults(status: int, method: str, data: Any, code: str) -> None:
    assert fault(Reply(status, {}, data, "", method, "/x")).code == code


@pytest.mark.parametrize(
    ("usage", "least", "most"), [("api-usage=15000/15000", 1800, 7200), ("api-usage=7/15000", 1, 60), ("", 1, 60)]
)
def test_the_day_is_waited_for_longer_than_busy_moments(usage: str, least: int, most: int) -> None:
    """One code for both limits: the header tells which."""
    headers = {"sforce-limit-info": usage} if usage else {}
    told = fault(Reply(403, headers, error("REQUEST_LIMIT_EXCEEDED"), "", "POST", "/x"))
    assert told.code == "throttled"
    wait = datetime.fromisoformat(str(told.facts["until"])) - clock.now()
    assert timedelta(seconds=least) < wait < timedelta(seconds=most)


@pytest.mark.parametrize(
    ("code", "message", "fields", "ours", "other"),
    [
        ("DUPLICATE_VALUE", "duplicate value found: A__c duplicates value on record with id: 001xx000003DGb2", [],
         "duplicate_code", "001xx000003DGb2"),
        ("DUPLICATES_DETECTED", "Use one of these records?", [], "duplicate_name", "–"),
        ("ENTITY_IS_DELETED", "entity is deleted", [], "record_not_found", "–"),
        ("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [], "record_not_found", "–"),
        ("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ["OwnerId"], "validation_rejected", "–"),
        ("MALFORMED_ID", "x", ["Id"], "record_not_found", "–"),
        ("MALFORMED_ID", "x", ["AccountId"], "validation_rejected", "–"),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "登録番号を確認してください", ["R__c"], "validation_rejected", "–"),
        ("SOMETHING_NEW", "x", [], "validation_rejected", "–"),
    ],
)  # fmt: skip
def test_refusals(code: str, message: str, fields: list[str], ours: str, other: str) -> None:
    told = refusal({"statusCode": code, "message": message, "fields": fields})
    assert (told.code, told.facts["id"]) == (ours, other)
    assert message in str(told.facts["detail"])
