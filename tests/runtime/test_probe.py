"""A look at a connected account, at every service: it reads only, and settles what the documents leave open as far as it can."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from choai.connectors import registry
from choai.connectors.http import ServiceSession
from choai.connectors.unsure import NO, YES, Ask, Settled, Unsure
from choai.engine.ports import Link
from choai.runtime.probe import Fact, Reading, Report, report
from contract.case import Case
from servers import Sandbox, sandbox

SERVICES = [
    name for name in registry.modules() if Path(__file__).parents[1].joinpath(f"contract/test_{name}.py").exists()
]


def case_of(service: str) -> Case:
    """How the contract suite is let in."""
    module = importlib.import_module(f"contract.test_{service}")
    return next(one for one in vars(module).values() if isinstance(one, Case))


def linked(session: ServiceSession) -> Link:
    connector = registry.connector(session.spec.service)
    return Link(1, "接続", session.spec, connector, session, session.account, session.settings)


async def looked(box: Sandbox, case: Case, **how: Any) -> Report:
    async with case.enters(box) as session:
        assert session.account is not None
        return await report(linked(session), session.account, how.pop("used", []), **how)


def facts(found: Report) -> dict[str, tuple[str, str]]:
    return {one.fact: (one.state, one.answer_en or one.code) for one in found.facts}


@pytest.mark.parametrize("service", SERVICES)
async def test_every_service_is_looked_at_without_a_write(service: str) -> None:
    case = case_of(service)
    used = [subject.object for subject in case.subjects]
    with sandbox(case.sandbox) as box:
        async with case.enters(box) as session:
            assert session.account is not None
            before = [subject.rows(box.world) for subject in case.subjects]
            found = await report(linked(session), session.account, used)
            assert [subject.rows(box.world) for subject in case.subjects] == before
            assert found.calls <= session.calls
    assert [one.name for one in found.objects] == used
    assert found.sound, [(one.name, one.code, one.facts) for one in found.objects if one.code]
    assert all(one.fields for one in found.objects)
    spec = registry.spec(service)
    assert [one.fact for one in found.facts] == [one.code for one in spec.unsure]
    for one, declared in zip(found.facts, spec.unsure, strict=True):
        assert one.state in (("settled", "untold") if declared.by_reading else ("open",)), (one, "a fact failed")
    assert found.as_json()["objects"][0]["name"] == used[0]


def test_facts_are_complete() -> None:
    services = [spec for spec in registry.services() if spec.unsure]
    assert len(services) >= 5
    for spec in services:
        codes = [one.code for one in spec.unsure]
        assert len(codes) == len(set(codes)), spec.service
        names = {s.name for s in spec.settings}
        for one in spec.unsure:
            at = (spec.service, one.code)
            assert all((one.ja, one.en, one.assumed_ja, one.assumed_en)), at
            assert one.by_reading != bool(one.how_ja and one.how_en), f"{at}: settled by reading, or told how else"
            assert bool(one.asks) == (one.judge is not None), at
            assert len(one.answers) >= 2 or not one.by_reading, at
            assert one.capability is None or set(one.answers) == {YES, NO}, at
            for answer in one.answers.values():
                assert all((answer.ja, answer.en)), at
                assert set(answer.setting) <= names, f"{at}: no such setting"
                for name, value in answer.setting.items():
                    (setting,) = (s for s in spec.settings if s.name == name)
                    assert not setting.choices or value in {c.value for c in setting.choices}, at


async def one_fact(service: str, fact: str, **switches: Any) -> Fact:
    case = case_of(service)
    with sandbox(case.sandbox) as box:
        box.world.state["settings"].update(switches)
        found = await looked(box, case, used=[case.subjects[0].object])
    return next(one for one in found.facts if one.fact == fact)


@pytest.mark.parametrize(
    ("switch", "answer"), [({}, "It is refused"), ({"per_page_over": "clamp"}, "It is cut to 100")]
)
async def test_what_the_account_does_is_what_is_told(switch: dict[str, str], answer: str) -> None:
    found = await one_fact("moneyforward", "page_size", **switch)
    assert (found.state, found.answer_en) == ("settled", answer)


async def test_a_capability_of_the_connection_test_settles_a_fact() -> None:
    assert (await one_fact("senses", "single_read")).answer_en == "Yes"


@pytest.mark.parametrize(
    ("most", "many", "state", "wish"),
    [(1000, 150, "settled", ["1000"]), (100, 150, "settled", []), (1000, 90, "untold", [])],
    ids=["long pages", "short pages", "too few to tell"],
)
async def test_a_setting_that_ought_to_be_another_is_named(most: int, many: int, state: str, wish: list[str]) -> None:
    case = case_of("senses")
    with sandbox(case.sandbox) as box:
        box.world.state["settings"]["max_limit"] = most
        customers = box.world.state["tables"]["customers"]
        kept = dict(list(customers.items())[:many])
        pattern = next(iter(customers.values()))
        for number in range(10_000, 10_000 + many - len(kept)):
            kept[type(next(iter(customers)))(number)] = {**pattern, "id": number, "name": f"会社{number}"}
        customers.clear()
        customers.update(kept)
        found = await looked(box, case, used=["customer"])
    fact = next(one for one in found.facts if one.fact == "page_rows")
    assert (fact.state, [one["value"] for one in fact.set]) == (state, wish)
    assert all(one["en"] == "Rows per call" for one in fact.set)


async def test_what_cannot_be_asked_with_stays_untold_and_an_error_is_no_answer() -> None:
    case = case_of("xero")
    answers = {YES: Settled("はい", "Yes"), NO: Settled("いいえ", "No")}

    def fact(code: str, path: str) -> Unsure:
        return Unsure(code, "問", "q", "仮", "a", answers, (Ask(path),), lambda _: YES)

    with sandbox(case.sandbox) as box:
        async with case.enters(box) as session:
            link = linked(session)
            facts_ = (fact("empty", "/api.xro/2.0/Quotes/{id:quote}"), fact("wrong", "/api.xro/2.0/Contacts/none"))
            link.spec = replace(session.spec, unsure=facts_)
            assert session.account is not None
            found = await report(link, session.account, ["contact"])
    assert facts(found)["empty"] == ("untold", "")
    assert facts(found)["wrong"][0] == "failed"


async def test_a_look_cannot_write() -> None:
    class Never:
        async def call(self, *_: object, **__: object) -> None:
            raise AssertionError("sent")

    session: Any = Reading(Never())  # type: ignore[arg-type]  # only its call is used
    for how in ({"method": "POST"}, {"method": "GET", "effect": True}):
        with pytest.raises(RuntimeError, match="would write"):
            await session.call(path="/x", **how)


async def test_what_a_sync_uses_and_nobody_offers_any_more_is_told() -> None:
    case = case_of("kintone")
    with sandbox(case.sandbox) as box:
        found = await looked(box, case, used=["app:1", "app:99999"])
    assert [(one.name, bool(one.code)) for one in found.objects] == [("app:1", False), ("app:99999", True)]
    assert not found.sound


async def test_limits_are_told_as_kept_and_as_the_service_says() -> None:
    with sandbox(case_of("xero").sandbox) as box:
        found = await looked(box, case_of("xero"), used=["contact"])
    assert {one["name"] for one in found.limits} == {"minute", "day", "concurrent"}
    assert "x-daylimit-remaining" in found.headers
