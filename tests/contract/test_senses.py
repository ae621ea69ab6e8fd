"""Mazrica Sales under the contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from choai.connectors.http import ServiceSession
from choai.connectors.senses import api
from choai.model.values import Ref
from choai.sandbox import senses
from choai.sandbox.core import World
from connectors.session import opened
from contract.case import Case, Subject, Values
from contract.suite import contract
from servers import Sandbox


@asynccontextmanager
async def enters(box: Sandbox) -> AsyncIterator[ServiceSession]:
    box.world.state["settings"]["limit_burst"] = 100_000
    settings = {"base_url": f"{box.base_url}/v1", "web_url": f"{box.base_url}/screens", "custom_writes": "yes"}
    async with opened("senses", settings, secrets={"api_key": senses.DEMO_KEY}) as session:
        yield session


def shrinks(patch: Any, rows: int) -> None:
    patch.setattr(api, "rows_per_call", lambda settings: rows)


def counts(table: str) -> Callable[[World], int]:
    return lambda world: len(world.state["tables"][table])


def edits(table: str, name: str) -> Callable[[World, str, str], None]:
    return lambda world, number, text: senses.edit(world, table, number, {name: text})


def erases(table: str) -> Callable[[World, str], None]:
    return lambda world, number: senses.erase(world, table, number)


def drifts(noun: str) -> Callable[[World], str]:
    def adds(world: World) -> str:
        own = f"{noun}CustomItemId"
        item = {own: 79999, "name": "新しい項目", "itemType": "text"}
        world.state["customs"][noun].append(item)
        for row in world.state["tables"][f"{noun}s"].values():
            row[f"{noun}Customs"].append({**item, "text": None})
        return "custom:79999"

    return adds


def customer(n: int) -> Values:
    return {
        "name": f"契約試験{n:03}商事",
        "address": "東京都千代田区一番町1-1",
        "telNo": "03-0000-0001",
        "webUrl": f"https://test{n}.example.jp/",
        "employee": 30,
        "capital": 10_000_000,
        "closingMonth": 3,
        "establishYear": 1999,
        "industry": "11",
        "ownerRole": "22",
        "companyNum": f"N{n}",
        "custom:70001": f"CT-{n:03}",
        "custom:70004": 500_000,
        "custom:70005": Decimal("2.5"),
        "custom:70006": date(2026, 4, 6),
        "custom:70007": "https://jobs.example.jp/",
        "custom:70008": "口座振替",
        "custom:70009": ["機械", "食品"],
    }


def contact(n: int) -> Values:
    return {
        "name": f"試験 {n:03}子",
        "customer": Ref("1001"),
        "email": f"test{n}@example.jp",
        "tel": "03-0000-0002",
        "mobileTel": "090-0000-0001",
        "dept": "経理部",
        "position": "部長",
        "address": "東京都中央区",
        "custom:75001": "一行目\n二行目",
        "custom:75002": date(2026, 5, 1),
    }


def deal(n: int) -> Values:
    return {
        "name": f"契約試験案件{n:03}",
        "dealType": "1",
        "customer": Ref("1002"),
        "phase": "104",
        "product": "122",
        "probability": "141",
        "channel": "162",
        "user": Ref("51"),
        "expectedContractDate": date(2026, 12, 1),
        "amount": Decimal(1_200_000),
        "custom:80085": date(2026, 12, 31),
        "custom:80087": f"INV-{n:03}",
        "custom:80088": "郵送",
    }


def _subject(object: str, new: Callable[[int], Values], text: str, note: str, wrong: Values, **more: Any) -> Subject:
    table = f"{object}s"
    return Subject(
        object=object,
        new=new,
        text=text,
        note=note,
        key="name",
        wrong=lambda n: {**new(n), **wrong},
        rows=counts(table),
        edits=edits(table, text),
        erases=erases(table),
        shrinks=shrinks,
        drifts=drifts(object),
        **more,
    )


SENSES = Case(
    service="senses",
    sandbox=senses,
    enters=enters,
    subjects=(
        _subject("customer", customer, "companyNum", "custom:70001", {"closingMonth": 13}),
        _subject("contact", contact, "dept", "custom:75001", {"customer": Ref("999999")}),
        _subject("deal", deal, "name", "custom:80087", {"phase": "202"}),
    ),
    secrets=lambda box: [senses.DEMO_KEY],
    lacks={
        "*: records_are_read_again_by_id": "one call reads one record; find by id does it",
        "*: a_stale_revision_is_refused": "the service has no revisions",
        "*: an_upsert_makes_one_record": "the service has no field of ours and no upsert",
        "*: the_same_header_makes_one_record": "the service has no idempotency header",
        "*: a_stamp_is_kept": "there is no standard field for it",
        "*: every_action_does_what_it_says": "records are only read and written",
        "*: an_expired_token_in_the_middle_of_the_pages": "API keys do not expire",
    },
)

TestSenses = contract(SENSES)
