"""What Money Forward's bad answers mean: the status decides, whatever the body looks like."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from choai import clock
from choai.connectors.contract import Item, Op, Refused, Reply
from choai.connectors.http import ServiceSession
from choai.connectors.moneyforward import api
from choai.connectors.moneyforward.faults import WAIT_SECONDS
from choai.errors import ChoaiError, Recovery
from servers import Sandbox

LIST = {"errors": [{"code": "400", "message": "件名は200文字以内で入力してください"}]}


def reply(status: int, method: str, data: Any, **headers: str) -> Reply:
    return Reply(status, {k.replace("_", "-"): v for k, v in headers.items()}, data, "", method, "/api/v3/billings/x")


@pytest.mark.parametrize(
    ("status", "method", "data", "code"),
    [
        (400, "POST", LIST, "validation_rejected"),
        (422, "POST", {"code": "422", "message": "Validation failed"}, "validation_rejected"),
        (422, "PUT", None, "validation_rejected"),
        (400, "GET", LIST, "unexpected_answer"),
        (401, "GET", {"error": "token_missing"}, "token_expired"),
        (402, "POST", None, "payment_required"),
        (403, "GET", None, "no_permission"),
        (403, "POST", {"error": "insufficient_scope"}, "app_permission_missing"),
        (404, "PUT", None, "record_not_found"),
        (429, "POST", None, "throttled"),
        (500, "POST", None, "unknown_result"),
        (504, "GET", None, "unexpected_answer"),
        (503, "POST", None, "maintenance"),
    ],
)
def test_codes(status: int, method: str, data: Any, code: str) -> None:
    assert api.fault(reply(status, method, data)).code == code


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (LIST, "件名は200文字以内で入力してください"),
        ({"code": "422", "message": "Partner department not found"}, "Partner department not found"),
        (
            {"errors": {"status": "422", "title": "Unprocessable entity", "detail": "保存に失敗しました。"}},
            "保存に失敗しました。",
        ),
        ({"errors": {"due_date": ["期限が不正です"]}}, "期限が不正です"),
        ({"error": "token_missing", "error_description": "no token"}, "no token"),
        ({"error": "token_missing"}, "token_missing"),
    ],
)
def test_texts_are_kept_in_every_shape(data: Any, text: str) -> None:
    assert text in str(api.fault(reply(422, "POST", data)).facts["detail"])


def test_a_pause_is_told_or_short() -> None:
    told = api.fault(reply(429, "POST", None, retry_after="30"))
    untold = api.fault(reply(429, "POST", None))
    now = clock.now()
    assert datetime.fromisoformat(str(told.facts["until"])) > now + timedelta(seconds=25)
    assert datetime.fromisoformat(str(untold.facts["until"])) <= now + timedelta(seconds=WAIT_SECONDS)


@pytest.mark.parametrize("shape", ["list", "flat", "fields", "v2", "empty"])
async def test_a_refusal_of_any_shape_refuses_one_record(session: ServiceSession, box: Sandbox, shape: str) -> None:
    box.world.state["settings"]["error_shape"] = shape
    (result,) = await api.write(session, "item", Op.CREATE, [Item("1", {"name": "品" * 451, "excise": "ten_percent"})])
    assert isinstance(result, Refused)
    assert result.error.code == "validation_rejected"
    assert ("450" in str(result.error.facts["detail"])) is (shape != "empty")


async def test_the_plan_limit_stops_the_run(
    session: ServiceSession, box: Sandbox, tables: dict[str, dict[str, Any]]
) -> None:
    box.world.state["settings"]["plan_documents"] = 1
    quote = next(iter(tables["quotes"]))
    await api.act(session, "quote", quote, "convert", {})
    with pytest.raises(ChoaiError) as caught:
        await api.act(session, "quote", quote, "convert", {})
    assert caught.value.code == "payment_required"
    assert caught.value.recovery is Recovery.STOP
