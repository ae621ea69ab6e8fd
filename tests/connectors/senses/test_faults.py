"""What Mazrica Sales' bad answers mean, and how a limit that lasts is taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from choai import clock
from choai.connectors import http
from choai.connectors.contract import Reply, Window
from choai.connectors.http import ServiceSession
from choai.connectors.senses import api
from choai.connectors.senses.calls import PARKED
from choai.errors import ChoaiError, Recovery
from servers import Sandbox


@pytest.mark.parametrize(
    ("status", "method", "path", "data", "code"),
    [
        (400, "POST", "customers", {"message": "x", "errors": [{"field": "name", "message": "required"}]}, "validation_rejected"),
        (422, "PATCH", "deals/5", {"message": "x"}, "validation_rejected"),
        (409, "POST", "deals", None, "validation_rejected"),
        (400, "GET", "customers", {"errors": "odd"}, "validation_rejected"),
        (401, "GET", "customers", {"message": "Unauthorized"}, "reauthorise"),
        (403, "POST", "customers", {"message": "Forbidden"}, "reauthorise"),
        (404, "PATCH", "deals/5", {"message": "Not Found"}, "record_not_found"),
        (404, "GET", "customers", {"message": "Not Found"}, "unexpected_answer"),
        (429, "POST", "customers", {"message": "Too Many Requests"}, "throttled"),
        (503, "GET", "customers", None, "maintenance"),
        (502, "GET", "customers", None, "unexpected_answer"),
        (500, "PATCH", "customers/1", {"message": "Internal server error"}, "unknown_result"),
        (302, "GET", "customers", None, "unexpected_answer"),
    ],
)  # fmt: skip
def test_a_status_has_its_code(status: int, method: str, path: str, data: Any, code: str) -> None:
    assert api.fault(Reply(status, {}, data, "", method, path)).code == code


def test_a_refusal_names_the_field_where_it_is_told() -> None:
    data = {"message": "validation error", "errors": [{"field": "closingMonth", "message": "must be between 1 and 12"}]}
    error = api.fault(Reply(400, {}, data, "", "POST", "customers"))
    assert (error.facts["field"], error.facts["detail"]) == ("closingMonth", "must be between 1 and 12")
    plain = api.fault(Reply(400, {}, None, "<html>", "POST", "customers"))
    assert (plain.facts["field"], plain.facts["detail"]) == ("–", "HTTP 400")
    assert plain.recovery is Recovery.SKIP


async def test_a_limit_that_lasts_rests_the_connection(
    session: ServiceSession, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour at a time, and never beyond the beginning of the vendor's day."""
    monkeypatch.setattr(http, "LONGEST_WAIT", 0.0)
    box.world.state["settings"]["limit_day"] = 0
    with pytest.raises(ChoaiError) as caught:
        await api.read(session, "customer", Window(), None)
    assert caught.value.code == "throttled"
    until = datetime.fromisoformat(str(caught.value.facts["until"]))
    now = clock.now().astimezone(UTC)
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
    assert until <= midnight
    assert now < until <= now + PARKED
    assert until == midnight or until > now + PARKED - timedelta(minutes=1)


async def test_a_wrong_key_is_for_a_person(session: ServiceSession, box: Sandbox) -> None:
    for status in (401, 403):
        box.world.state["settings"]["key_status"] = status
        box.world.state["keys"] = []
        with pytest.raises(ChoaiError) as caught:
            await api.identify(session)
        assert caught.value.code == "reauthorise"


async def test_a_plan_without_the_api_is_no_success(session: ServiceSession, box: Sandbox) -> None:
    box.world.state["settings"]["plan"] = "starter"
    with pytest.raises(ChoaiError) as caught:
        await api.identify(session)
    assert caught.value.recovery is Recovery.REAUTHORISE
