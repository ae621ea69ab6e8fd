"""What bad answers mean."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from choai import clock
from choai.connectors.contract import Reply
from choai.connectors.vtiger import api
from choai.errors import Recovery


def reply(status: int = 200, code: Any = None, message: str = "", method: str = "GET", **headers: str) -> Reply:
    data = None if code is None else {"success": False, "error": {"code": code, "message": message}}
    return Reply(status, headers, data, "", method, "webservice.php")


@pytest.mark.parametrize(
    ("told", "code"),
    [
        *(
            (reply(code=code), "token_expired")
            for code in ("AUTHENTICATION_REQUIRED", "INVALID_SESSIONID", "SESSION_EXPIRED", "SESSION_LEFT_IDLE")
        ),
        (reply(code="INVALID_USER_CREDENTIALS"), "reauthorise"),
        (reply(code="INVALID_AUTH_TOKEN"), "reauthorise"),
        (reply(401), "reauthorise"),
        (reply(403), "ip_blocked"),
        (reply(503, method="POST"), "maintenance"),
        (reply(code="ACCESS_DENIED"), "no_permission"),
        (reply(code=0, message="Duplicate(s) detected!", method="POST"), "duplicate_name"),
        (reply(code="REFERENCE_INVALID", method="POST"), "validation_rejected"),
        (reply(code="INVALID_ID_ATTRIBUTE", method="POST"), "validation_rejected"),
        (reply(code="CURRENCY_INACTIVE", method="POST"), "validation_rejected"),
        (reply(code="RECORD_NOT_FOUND", method="POST"), "record_not_found"),
        (reply(code="QUERY_SYNTAX_ERROR"), "unexpected_answer"),
        (reply(code="INTERNAL_SERVER_ERROR", method="POST"), "unknown_result"),
        (reply(500), "unexpected_answer"),
        (reply(500, method="POST"), "unknown_result"),
        (reply(500, code="ACCESS_DENIED", method="POST"), "unknown_result"),
        (reply(200, method="POST"), "unknown_result"),  # text of PHP
        (reply(404), "unexpected_answer"),
        (reply(400, method="POST"), "validation_rejected"),
    ],
)
def test_a_code_of_ours(told: Reply, code: str) -> None:
    assert api.fault(told).code == code


def test_the_missing_field_is_named() -> None:
    error = api.fault(
        reply(code="MANDATORY_FIELDS_MISSING", message="accountname does not have a value", method="POST")
    )
    assert (error.code, error.facts["field"]) == ("required_missing", "accountname")


def test_a_quota_ends_when_the_answer_says_or_in_a_minute() -> None:
    later = clock.now() + timedelta(seconds=40)
    told = api.fault(reply(429, **{"x-floodcontrol-reset": str(int(later.timestamp()))}))
    assert told.facts["until"][:19] == later.isoformat()[:19]
    for odd in ("", "soon", "0", "9" * 30):
        error = api.fault(reply(429, **{"x-floodcontrol-reset": odd}))
        assert error.recovery is Recovery.WAIT
        assert error.facts["until"] > clock.now().isoformat()


@pytest.mark.parametrize(
    "data", [None, [], "Sorry!", {"success": False}, {"success": "true", "result": 1}, {"result": 1}]
)
def test_only_success_is_success(data: Any) -> None:
    assert not api.good(Reply(200, {}, data, "", "GET", "webservice.php"))
    assert api.good(Reply(200, {}, {"success": True, "result": []}, "", "GET", "webservice.php"))
