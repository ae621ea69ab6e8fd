"""Every code that a bad answer of Zoho's finance products can become."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from choai import clock
from choai.connectors.contract import Reply
from choai.connectors.zoho.faults import fault, good
from choai.errors import Recovery

TAKEN = 'The customer "青葉" already exists. Please specify a different name.'
BAD = "Invalid value passed for date"


def reply(status: int, data: Any, method: str = "POST", **headers: str) -> Reply:
    return Reply(status, headers, data, "" if data else "text", method, "/books/v3/contacts/1")


@pytest.mark.parametrize(
    ("status", "code", "message", "method", "expected"),
    [
        (401, 57, "You are not authorized to perform this operation", "GET", "token_expired"),
        (401, 14, "Invalid value passed for authtoken.", "GET", "token_expired"),
        (403, 57, "no", "GET", "app_permission_missing"),
        (429, 44, "blocked", "GET", "throttled"),
        (429, 45, "spent", "POST", "throttled"),
        (400, 1070, "too many calls in process", "GET", "throttled"),
        (404, 1002, "Contact does not exist.", "GET", "record_not_found"),
        (400, 1002, "Contact does not exist.", "PUT", "record_not_found"),
        (400, 3062, TAKEN, "POST", "duplicate_name"),
        (400, 1001, 'Invoice "1" already exists.', "POST", "duplicate_code"),
        (400, 4097, "This number has already been used", "POST", "duplicate_code"),
        (400, 2, BAD, "POST", "validation_rejected"),
        (400, 2, BAD, "GET", "validation_rejected"),
        (200, 2, BAD, "POST", "validation_rejected"),
        (200, 1002, "Contact does not exist.", "GET", "record_not_found"),
        (400, 6041, "This user is not associated with the CompanyID/CompanyName:1.", "GET", "company_not_found"),
        (401, 6041, "This user is not associated with the CompanyID/CompanyName:.", "GET", "company_not_found"),
        (500, 1000, "Internal error", "GET", "unexpected_answer"),
        (500, 1000, "Internal error", "POST", "unknown_result"),
        (503, 1000, "maintenance", "POST", "maintenance"),
    ],
)
def test_codes(status: int, code: int, message: str, method: str, expected: str) -> None:
    found = fault(reply(status, {"code": code, "message": message}, method))
    assert found.code == expected
    assert found.facts["detail"] == message


@pytest.mark.parametrize(("code", "seconds"), [(44, 60), (45, 3600), (1070, 2)])
def test_pauses_are_ours_because_zoho_tells_none(code: int, seconds: int) -> None:
    until = datetime.fromisoformat(str(fault(reply(429, {"code": code, "message": ""})).facts["until"]))
    assert abs(until - clock.now() - timedelta(seconds=seconds)) < timedelta(seconds=5)


def test_a_page_of_something_on_the_way_is_no_success() -> None:
    assert fault(reply(200, None, "GET")).code == "unexpected_answer"
    assert fault(reply(200, None, "POST")).code == "unknown_result"


def test_what_is_good() -> None:
    assert good(reply(200, {"code": 0, "message": "success"}))
    assert not good(reply(200, {"code": 2, "message": BAD}))
    assert not good(reply(200, {"message": "no code"}))
    assert not good(reply(200, [1]))
    assert not good(reply(200, None))
    assert good(reply(200, None, **{"content-type": "application/pdf"}))


def test_a_refused_record_is_skipped_and_the_run_goes_on() -> None:
    assert fault(reply(400, {"code": 2, "message": BAD})).recovery is Recovery.SKIP
