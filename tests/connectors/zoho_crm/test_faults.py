"""Each bad answer of Zoho CRM means one of our codes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from choai import clock
from choai.connectors.contract import Reply
from choai.connectors.zoho_crm.faults import fault, refusal


def entry(code: str, **details: Any) -> dict[str, Any]:
    return {"code": code, "message": "words", "status": "error", "details": details}


@pytest.mark.parametrize(
    ("status", "code", "means"),
    [
        (401, "INVALID_TOKEN", "token_expired"),
        (401, "AUTHENTICATION_FAILURE", "token_expired"),
        (401, "", "token_expired"),
        (401, "OAUTH_SCOPE_MISMATCH", "app_permission_missing"),
        (403, "NO_PERMISSION", "no_permission"),
        (400, "INVALID_MODULE", "object_not_found"),
        (404, "INVALID_URL_PATTERN", "object_not_found"),
        (404, "RESOURCE_NOT_FOUND", "record_not_found"),
        (400, "INVALID_QUERY", "field_not_found"),
        (400, "SYNTAX_ERROR", "unexpected_answer"),
        (412, "ALREADY_MODIFIED", "changed_since_read"),
        (429, "TOO_MANY_REQUESTS", "throttled"),
        (503, "SERVICE_UNAVAILABLE", "maintenance"),
        (500, "INTERNAL_ERROR", "unexpected_answer"),
        (400, "INVALID_DATA", "validation_rejected"),
    ],
)
def test_answers_to_reads(status: int, code: str, means: str) -> None:
    plain = entry(code) if code else {}
    for data in (
        plain,
        {"data": [plain]},
        {"watch": [plain]},
    ):  # Zoho's files show errors in a list, its service does not
        assert fault(Reply(status, {}, data, "", "GET", "/crm/v8/Accounts")).code == means


@pytest.mark.parametrize("status", [500, 502, 504, 200])
def test_a_write_without_a_clear_answer_is_unknown(status: int) -> None:
    assert fault(Reply(status, {}, None, "<html>", "POST", "/crm/v8/Accounts")).code == "unknown_result"


@pytest.mark.parametrize(("left", "least"), [("0", 800), ("25000", 10), ("", 10)])
def test_a_day_that_is_used_up_is_a_longer_pause(left: str, least: int) -> None:
    headers = {"x-api-credits-remaining": left} if left else {}
    error = fault(Reply(429, headers, entry("TOO_MANY_REQUESTS"), "", "GET", "/"))
    until = datetime.fromisoformat(str(error.facts["until"]))
    assert timedelta(seconds=least) < until - clock.now() < timedelta(seconds=least * 2)


@pytest.mark.parametrize(
    ("told", "means"),
    [
        (entry("DUPLICATE_DATA", api_name="Account_Name", duplicate_record={"id": "7"}), "duplicate_name"),
        (entry("DUPLICATE_DATA", api_name="Customer_Code", duplicate_record={"id": "7"}), "duplicate_code"),
        (entry("MANDATORY_NOT_FOUND", api_name="Stage"), "required_missing"),
        (entry("INVALID_DATA", api_name="id"), "record_not_found"),
        (entry("INVALID_DATA", api_name="Phone"), "validation_rejected"),
        (entry("RECORD_LOCKED"), "validation_rejected"),
        (entry("NOT_APPROVED"), "validation_rejected"),
    ],
)
def test_what_is_wrong_with_a_record(told: dict[str, Any], means: str) -> None:
    error = refusal(told)
    assert error.code == means
    if "duplicate_record" in told["details"]:
        assert error.facts["id"] == "7"


def test_the_first_of_several_errors_counts() -> None:
    several = entry(
        "MULTIPLE_OR_MULTI_ERRORS", errors=[entry("MANDATORY_NOT_FOUND", api_name="Stage"), entry("INVALID_DATA")]
    )
    assert fault(Reply(400, {}, {"data": [several]}, "", "POST", "/crm/v8/Deals")).code == "required_missing"
