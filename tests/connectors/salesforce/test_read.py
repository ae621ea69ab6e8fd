"""Reading: pages, export jobs, line items, long queries, deletes."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from choai.connectors.contract import Page, Window
from choai.connectors.http import ServiceSession
from choai.connectors.salesforce import api, calls, soql, spec
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.values import Kind, Ref, Row
from choai.sandbox import salesforce
from choai.sandbox.salesforce.fields import field
from servers import Sandbox

PATIENT = Window(patient=True)


async def pages(session: ServiceSession, object: str, window: Window) -> list[Page]:
    out = [await api.read(session, object, window, None)]
    while out[-1].next is not None:
        assert len(out) < 50
        out.append(await api.read(session, object, window, out[-1].next))
    return out


def records_of(found: list[Page]) -> list[Record]:
    return [record for page in found for record in page.records]


def calls_to(box: Sandbox, part: str) -> int:
    return sum(count for line, count in box.world.calls.items() if part in line)


# ---------------------------------------------------------------- export jobs


async def test_a_full_read_of_many_goes_by_a_job(
    session: ServiceSession, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same records with the same values as by queries, a pause while the job runs, and few calls."""
    plain = records_of(await pages(session, "Project__c", Window()))
    monkeypatch.setattr(spec, "BULK_ROWS", 10)
    monkeypatch.setattr(spec, "BULK_PAGE", 5)
    box.world.state["settings"]["bulk_seconds"] = 60
    first = await api.read(session, "Project__c", PATIENT, None)
    assert (first.records, first.total, first.wait_seconds) == ([], 12, spec.BULK_WAIT)
    waiting = await api.read(session, "Project__c", PATIENT, first.next)
    assert (waiting.records, waiting.wait_seconds) == ([], spec.BULK_WAIT)
    box.world.shift += timedelta(seconds=61)
    found = [await api.read(session, "Project__c", PATIENT, waiting.next)]
    while found[-1].next is not None:
        found.append(await api.read(session, "Project__c", PATIENT, found[-1].next))
    assert [len(page.records) for page in found] == [5, 5, 2]
    assert records_of(found) == plain
    assert found[0].watermark is not None
    assert calls_to(box, "GET /services/data/v65.0/query") == 3  # identify, read, count; none for the rows


@pytest.mark.parametrize(
    ("rows", "window"),
    [(10, Window()), (12, PATIENT), (0, Window(patient=True, fields=["OpportunityLineItems"]))],
)
async def test_no_job_for_few_records_or_for_who_cannot_wait(
    session: ServiceSession, box: Sandbox, monkeypatch: pytest.MonkeyPatch, rows: int, window: Window
) -> None:
    monkeypatch.setattr(spec, "BULK_ROWS", rows)
    object = "Opportunity" if window.fields else "Project__c"
    found = await pages(session, object, window)
    assert records_of(found)
    assert not calls_to(box, "jobs/query")


async def test_a_job_that_fails_or_is_gone_leaves_the_queries(
    session: ServiceSession, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spec, "BULK_ROWS", 5)
    box.world.switch("bulk_fail", match="query")
    assert len(records_of(await pages(session, "Project__c", PATIENT))) == 12
    begun = await api.read(session, "Project__c", PATIENT, None)
    box.world.state["jobs"].clear()
    again = await api.read(session, "Project__c", PATIENT, begun.next)
    assert len(again.records) == 12


async def test_a_job_that_is_gone_between_its_pages(
    session: ServiceSession, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spec, "BULK_ROWS", 5)
    monkeypatch.setattr(spec, "BULK_PAGE", 5)
    begun = await api.read(session, "Project__c", PATIENT, None)
    first = await api.read(session, "Project__c", PATIENT, begun.next)
    box.world.state["jobs"].clear()
    rest = await api.read(session, "Project__c", PATIENT, first.next)
    assert len(rest.records) == 12  # from the start once more: nothing is missed


# ---------------------------------------------------------------- pages


async def test_a_page_cut_short_is_not_the_last(session: ServiceSession, box: Sandbox) -> None:
    """Salesforce cuts pages of wide records; the next query begins after the last id that came."""
    box.world.state["settings"]["query_page"] = 30
    found = await pages(session, "Account", Window())
    assert [len(page.records) for page in found] == [30, 30, 30, 10]
    assert len({r.id for r in records_of(found)}) == 100


async def test_a_query_that_is_too_long_for_an_address(
    session: ServiceSession, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = records_of(await pages(session, "Account", Window()))
    monkeypatch.setattr(calls, "LONGEST_ADDRESS", 200)
    assert records_of(await pages(session, "Account", Window())) == plain
    assert calls_to(box, "POST /services/data/v65.0/composite") == 1


async def test_an_error_inside_a_composite_call_is_that_of_the_query(
    session: ServiceSession, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.describe(session, "Account")
    monkeypatch.setattr(calls, "LONGEST_ADDRESS", 200)
    box.world.state["settings"]["hidden"] = {"Account": ["Phone"]}
    with pytest.raises(ChoaiError) as caught:
        await api.read(session, "Account", Window(), None)
    assert caught.value.code == "field_not_found"


async def test_many_keys_are_asked_for_in_several_calls(session: ServiceSession, box: Sandbox) -> None:
    ids = [r.id for r in records_of(await pages(session, "Account", Window(fields=["Id"])))]
    before = box.world.calls["GET /services/data/v65.0/query"]
    long = [f"長い鍵{n:03}" * 20 for n in range(40)]
    assert await api.find(session, "Account", "AccountingId__c", long) == []
    assert box.world.calls["GET /services/data/v65.0/query"] - before >= 3
    found = (await api.read(session, "Account", Window(ids=[*ids, "' OR Name != '"]), None)).records
    assert {r.id for r in found} == set(ids)


async def test_capitals_of_a_key_are_told_apart(session: ServiceSession) -> None:
    assert len(await api.find(session, "Account", "CustomerCode__c", ["C00001"])) == 1
    assert await api.find(session, "Account", "CustomerCode__c", ["c00001"]) == []
    (one,) = await api.find(session, "Account", "CustomerCode__c", ["C00001"])
    assert [r.id for r in await api.find(session, "Account", "id", [one.id, "no id"])] == [one.id]


async def test_a_long_text_cannot_be_asked_for(session: ServiceSession) -> None:
    with pytest.raises(ChoaiError) as caught:
        await api.find(session, "Account", "Description", ["x"])
    assert caught.value.code == "field_not_found"


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ('it\'s \\ "x"\n', Kind.TEXT, "'it\\'s \\\\ \\\"x\\\"\\n'"),
        ("\x00a\x7f", Kind.TEXT, "'a\x7f'"),
        ("2026-04-01", Kind.DATE, "2026-04-01"),
        (True, Kind.BOOLEAN, "true"),
        (Decimal("1E+3"), Kind.MONEY, "1000"),
    ],
)
def test_literals(value: Any, kind: Kind, text: str) -> None:
    assert soql.literal(value, kind) == text


# ---------------------------------------------------------------- line items


async def test_line_items_are_rows(session: ServiceSession, box: Sandbox, records: dict[str, Any]) -> None:
    schema = await api.describe(session, "Opportunity")
    lines = schema.with_role("invoice.lines")
    assert lines is not None
    assert {f.role for f in lines.fields} >= {
        "line.item",
        "line.quantity",
        "line.price",
        "line.amount",
        "line.description",
    }
    assert not lines.writable
    found = records_of(await pages(session, "Opportunity", Window()))
    held = {r.id: r.values["OpportunityLineItems"] for r in found}
    assert None in held.values()  # a deal without products
    for line in records["OpportunityLineItem"].values():
        rows: Any = held[line["OpportunityId"]]
        row: Row = next(r for r in rows if r.id == line["Id"])
        assert row.values["Quantity"] == Decimal(str(line["Quantity"]))
        assert row.values["UnitPrice"] == Decimal(str(line["UnitPrice"]))
        assert row.values["Product2Id"] == Ref(line["Product2Id"])


async def test_line_items_that_do_not_fit_are_fetched(session: ServiceSession, box: Sandbox) -> None:
    plain = records_of(await pages(session, "Opportunity", Window()))
    box.world.state["settings"]["child_page"] = 1
    assert records_of(await pages(session, "Opportunity", Window())) == plain


async def test_a_change_of_a_line_is_one_of_its_document(
    session: ServiceSession, box: Sandbox, records: dict[str, Any]
) -> None:
    box.world.shift += timedelta(days=1)
    since = box.world.now() - timedelta(minutes=1)
    line = next(iter(records["OpportunityLineItem"].values()))
    salesforce.edit(box.world, "OpportunityLineItem", line["Id"], Quantity=9, UnitPrice=100)
    (found,) = records_of(await pages(session, "Opportunity", Window(since=since)))
    assert found.id == line["OpportunityId"]


# ---------------------------------------------------------------- deletes


async def test_deletes_go_by_pages(
    session: ServiceSession, box: Sandbox, records: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    since = box.world.now() - timedelta(minutes=1)
    gone = [id for id, _ in zip(records["Project__c"], range(5), strict=False)]
    for id in gone:
        salesforce.edit(box.world, "Project__c", id, delete=True)
    monkeypatch.setattr(spec, "PAGE", 2)
    ids: list[str] = []
    token = None
    while True:
        page = await api.deleted(session, "Project__c", since, token)
        ids += page.ids
        token = page.next
        assert page.incomplete is None
        if token is None:
            break
    assert ids == gone


async def test_deletes_with_their_parent_are_told(
    session: ServiceSession, box: Sandbox, records: dict[str, Any]
) -> None:
    since = box.world.now() - timedelta(minutes=1)
    contact = next(iter(records["Contact"].values()))
    salesforce.edit(box.world, "Account", contact["AccountId"], delete=True)
    assert contact["Id"] in (await api.deleted(session, "Contact", since, None)).ids


async def test_deletes_of_an_object_without_a_flag(
    session: ServiceSession, box: Sandbox, records: dict[str, Any]
) -> None:
    box.world.state["settings"]["hidden"] = {"Project__c": ["IsDeleted"]}
    id = next(iter(records["Project__c"]))
    since = box.world.now() - timedelta(minutes=5)
    box.world.shift = timedelta(minutes=-3)
    salesforce.edit(box.world, "Project__c", id, delete=True)
    box.world.shift = timedelta()
    assert (await api.deleted(session, "Project__c", since, None)).ids == [id]
    assert calls_to(box, "/deleted/") == 1


async def test_deletes_longer_ago_than_fifteen_days_are_not_told(session: ServiceSession, box: Sandbox) -> None:
    for hidden in ([], ["IsDeleted"]):
        box.world.state["settings"]["hidden"] = {"Project__c": hidden}
        session.memo.clear()
        gone = await api.deleted(session, "Project__c", box.world.now() - timedelta(days=16), None)
        assert gone.incomplete == "incomplete_answer"


# ---------------------------------------------------------------- fields


async def test_fields_play_their_parts(session: ServiceSession) -> None:
    schema = await api.describe(session, "Account")
    roles = {f.role: f.name for f in schema.fields if f.role}
    assert roles == {
        "partner.name": "Name",
        "partner.code": "AccountNumber",
        "partner.phone": "Phone",
        "partner.zip": "BillingPostalCode",
        "partner.prefecture": "BillingState",
        "partner.city": "BillingCity",
        "partner.address1": "BillingStreet",
        "partner.id": "AccountingId__c",
        "partner.registration_number": "RegistrationNumber__c",
        "partner.kana": "Kana__c",
        "partner.email": "BillingEmail__c",
    }
    key = schema.get("AccountingId__c")
    assert key is not None
    assert key.unique
    assert schema.get("BillingAddress") is None  # its parts are there
    score = schema.get("Score__c")
    assert score is not None
    assert not score.writable


async def test_what_the_user_may_not_see_is_not_there(session: ServiceSession, box: Sandbox) -> None:
    box.world.state["settings"]["hidden"] = {"Account": ["Phone"], "Quote": ["*"], "OpportunityLineItem": ["*"]}
    assert (await api.describe(session, "Account")).get("Phone") is None
    assert (await api.describe(session, "Opportunity")).with_role("invoice.lines") is None
    quote = next(o for o in await api.catalogue(session) if o.name == "Quote")
    assert (quote.available, quote.reason) == (False, "object_not_found")
    with pytest.raises(ChoaiError) as caught:
        await api.describe(session, "Quote")
    assert caught.value.code == "object_not_found"


async def test_the_catalogue_leaves_out_what_has_no_pages(session: ServiceSession) -> None:
    names = {o.name: o for o in await api.catalogue(session)}
    assert names["Project__c"].spec == "*"
    assert names["Project__c"].ja == "案件"
    assert not {"AccountHistory", "OpportunityStage"} & names.keys()


async def test_a_field_of_an_unknown_type_is_left_out(session: ServiceSession, box: Sandbox) -> None:
    fields = box.world.state["objects"]["Project__c"]["fields"]
    fields += [field("Place__c", "場所", "location"), field("Blob__c", "添付", "base64")]
    schema = await api.describe(session, "Project__c")
    assert schema.get("Place__c") is schema.get("Blob__c") is None
