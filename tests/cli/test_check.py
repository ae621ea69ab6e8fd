"""``choai check``: what a look at an account prints, and its exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from choai.cli import app, say
from choai.errors import ChoaiError
from choai.runtime import probe
from choai.runtime.probe import Fact, Looked, Report
from choai.store.models import Member
from runtime.scene import scene

Choai = Callable[..., Result]


@pytest.fixture
def choai(sqlite_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Choai]:
    monkeypatch.setenv("COLUMNS", "250")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments), catch_exceptions=False)

    yield run
    say.set_language(None)


def found(*, lost: bool = False) -> Report:
    objects = [Looked("partner", "取引先", "Partners", fields=12, rows=100, more=True, total=340, writes=True)]
    if lost:
        facts = {"object": "app:9", "service": "kintone", "connection": "本社"}
        objects.append(Looked("app:9", "案件", "Deals", used=True, code="object_not_found", facts=facts))
    wish = [{"name": "page_rows", "ja": "1回に読み取る件数", "en": "Rows per call", "now": "100", "value": "1000"}]
    said = {"assumed_ja": "100件", "assumed_en": "100 rows"}
    facts_ = [
        Fact(
            "rows",
            "何件まで",
            "How many rows",
            "settled",
            **said,
            answer_ja="1,000件",
            answer_en="Up to 1,000",
            set=wish,
        ),
        Fact("clears", "消えますか", "Is it cleared", "open", **said, how_ja="試してください", how_en="Try it"),
        Fact("shown", "出ますか", "Is it shown", "untold", **said),
        Fact("asked", "聞けますか", "Can it be asked", "failed", **said, code="no_permission"),
    ]
    return Report(
        1, "本社", "senses", {"id": "1", "name": "帳合商事", "user_name": "花子", "plan": None, "currency": "JPY",
        "time_zone": "Asia/Tokyo"}, {"segment_2": False}, {}, objects, [{"name": "day", "count": 10000, "seconds": 86400}],
        {"x-daylimit-remaining": "4990"}, facts_, 7,
    )  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the look was asked for; ``answer`` is what it finds."""
    known: dict[str, Any] = {"answer": found()}

    async def look(workspace: int, connection: int, user: int | None, *, everything: bool) -> Report:
        known["asked"] = (connection, everything)
        if isinstance(known["answer"], ChoaiError):
            raise known["answer"]
        report: Report = known["answer"]
        return report

    monkeypatch.setattr(probe, "look", look)
    stage = scene()
    Member.objects.create(workspace=stage.workspace, user=stage.user, role="administrator")
    return known


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["How many rows", "Up to 1,000", "settled", "Try it", "until then: 100 rows", "these data do not tell", "of 340",
                "Change the setting “Rows per call” of the connection from 100 to 1000.", "x-daylimit-remaining: 4990",
                "Not available: segment_2", "day 10,000", "7 calls, all of them reads."]),
        ("ja", ["何件まで", "1,000件", "確かめました", "試してください", "それまでは: 100件", "このデータからは分かりません",
                "全 340 件",
                "接続の設定「1回に読み取る件数」を 100 から 1000 に変えてください。", "何も書き込んでいません"]),
    ],
)  # fmt: skip
def test_the_tables_tell_what_was_found(
    choai: Choai, asked: dict[str, Any], language: str, expected: list[str]
) -> None:
    done = choai("--lang", language, "check", "1")
    assert done.exit_code == 0, done.output
    assert not [text for text in expected if text not in done.stdout], done.stdout
    assert asked["asked"] == (1, False)


def test_all_objects_and_json(choai: Choai, asked: dict[str, Any]) -> None:
    done = choai("check", "1", "--all", "--json")
    assert done.exit_code == 0
    assert asked["asked"] == (1, True)
    told = json.loads(done.stdout)
    assert told["sound"] is True
    assert [(f["fact"], f["state"]) for f in told["facts"]] == [
        ("rows", "settled"), ("clears", "open"), ("shown", "untold"), ("asked", "failed")
    ]  # fmt: skip
    assert told["facts"][0]["set"][0]["value"] == "1000"
    assert told["objects"][0] | {"name": "partner", "rows": 100, "more": True} == told["objects"][0]


def test_what_cannot_be_read_is_the_exit_code(choai: Choai, asked: dict[str, Any]) -> None:
    asked["answer"] = found(lost=True)
    assert choai("check", "1").exit_code == 1
    assert json.loads(choai("check", "1", "--json").stdout)["sound"] is False
    asked["answer"] = ChoaiError("reauthorise", service="freee", connection="本社")
    refused = choai("check", "1")
    assert refused.exit_code == 3
    assert "(reauthorise)" in refused.stderr
