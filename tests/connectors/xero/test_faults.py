"""What Xero's bad answers mean."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from choai import clock
from choai.connectors.contract import Reply
from choai.connectors.xero.api import fault
from choai.errors import Recovery

CONTACT = "The contact name X is already assigned to another contact. The contact name must be unique across all active contacts."


def invalid(*texts: str) -> dict[str, Any]:
    element = {"ContactID": "0", "ValidationErrors": [{"Message": text} for text in texts]}
    return {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": [element],
    }


def door(status: int, detail: str) -> dict[str, Any]:
    return {"Type": None, "Title": "x", "Status": status, "Detail": detail, "Instance": "0"}


@pytest.mark.parametrize(
    ("status", "method", "data", "headers", "code"),
    [
        (400, "PUT", invalid(CONTACT), {}, "duplicate_name"),
        (400, "PUT", invalid("Please enter a unique Name."), {}, "duplicate_name"),
        (400, "PUT", invalid("Invoice # must be unique."), {}, "duplicate_code"),
        (400, "PUT", invalid("Price List Item with Code 'A' already exists"), {}, "duplicate_code"),
        (
            400,
            "POST",
            invalid("The document with the supplied id was not found for this endpoint."),
            {},
            "record_not_found",
        ),
        (
            400,
            "PUT",
            invalid("The document date cannot be before the period lock date, currently set at x"),
            {},
            "period_locked",
        ),
        (400, "PUT", invalid("Email address is not valid."), {}, "validation_rejected"),
        (
            400,
            "PUT",
            {"ErrorNumber": 17, "Type": "PostDataInvalidException", "Message": "JSON"},
            {},
            "validation_rejected",
        ),
        (400, "GET", {"ErrorNumber": 16, "Type": "QueryParseException", "Message": "x"}, {}, "unexpected_answer"),
        (401, "GET", door(401, "TokenExpired: token expired at 07/09/2022 14:10:52"), {}, "token_expired"),
        (401, "GET", door(401, "AuthorizationUnsuccessful"), {}, "app_permission_missing"),
        (403, "PUT", door(403, "x"), {"www-authenticate": "insufficient_scope"}, "app_permission_missing"),
        (403, "GET", door(403, "AuthenticationUnsuccessful"), {}, "reauthorise"),
        (403, "GET", door(403, "Access denied"), {}, "no_permission"),
        (404, "GET", None, {}, "record_not_found"),
        (429, "GET", None, {"x-rate-limit-problem": "minute", "retry-after": "34"}, "throttled"),
        (429, "GET", None, {"x-rate-limit-problem": "concurrent"}, "throttled"),
        (500, "PUT", None, {}, "unknown_result"),
        (500, "GET", None, {}, "unexpected_answer"),
        (501, "PUT", None, {}, "unexpected_answer"),
        (503, "PUT", None, {}, "maintenance"),
    ],
)
def test_codes(status: int, method: str, data: Any, headers: dict[str, str], code: str) -> None:
    assert fault(Reply(status, headers, data, "", method, "/api.xro/2.0/Contacts")).code == code


def test_a_limit_waits_as_long_as_it_is_told() -> None:
    for problem, wait, least in (("day", "36000", 35_000), ("minute", "34", 30), ("concurrent", "", 0)):
        headers = {"x-rate-limit-problem": problem, **({"retry-after": wait} if wait else {})}
        error = fault(Reply(429, headers, None, "", "GET", "/x"))
        seconds = (datetime.fromisoformat(str(error.facts["until"])) - clock.now()).total_seconds()
        assert least < seconds <= least * 1.3 + 10
        assert error.facts["limit"] == problem


def test_the_texts_are_detail_and_every_element_counts() -> None:
    error = fault(Reply(400, {}, invalid("One.", "Two."), "", "PUT", "/x"))
    assert error.facts["detail"] == "One. Two."
    assert error.recovery is Recovery.SKIP
