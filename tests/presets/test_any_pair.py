"""What may be proposed for two schemas without a person's knowledge."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from choai.connectors.contract import CursorKind, Idempotency, ObjectInfo, ObjectSpec
from choai.model.mapping import Flow
from choai.model.schema import Choice, Field, Schema
from choai.model.values import Kind
from choai.presets.any_pair import BY_KEY, Offer, candidates, draft, suggested

T = Kind.TEXT


def offer(name: str, role: str, ja: str = "", **more: Any) -> Offer:
    told = {"can_create": True, "can_update": True, **more}
    spec = ObjectSpec(name, ja or name, name, role, cursor=CursorKind.INSTANT, **told)
    return Offer(ObjectInfo(name, ja or name, name, name), spec)


def end(name: str, role: str, *fields: Field, **more: Any) -> tuple[Schema, Offer]:
    return Schema(name, fields), offer(name, role, **more)


def text(name: str, role: str | None = None, **more: Any) -> Field:
    return Field(name, T, name, name, role=role, **more)


ID = Field("id", Kind.IDENTIFIER, "ID", "ID", role="partner.id", unique=True, on_create=False, on_update=False)
NAME = text("name", "partner.name", required=True, unique=True)


def test_objects_are_found_by_role_and_made_up_ones_by_name() -> None:
    topic = BY_KEY["partner"]
    apps = [offer("app:9", "app", "備品"), offer("app:2", "app", "顧客管理"), offer("app:1", "app", "取引先マスタ")]
    assert [o.info.name for o in candidates(topic, apps)] == ["app:2", "app:1", "app:9"]
    assert suggested(topic, [apps[0]]) is None
    mixed = [*apps, offer("Account", "partner")]
    assert suggested(topic, mixed) is mixed[-1]
    contacts = [offer("contact", "partner")]
    assert suggested(BY_KEY["vendor"], contacts) is contacts[0]  # a service without vendors keeps them as partners
    assert suggested(BY_KEY["tag"], contacts) is None


def test_a_partner_goes_both_ways_and_a_document_comes_from_accounting() -> None:
    left, right = end("account", "partner", ID, NAME), end("contact", "partner", ID, NAME)
    both = draft(BY_KEY["partner"], left, right)
    assert both.directions == ("to_left", "to_right")
    assert [key.how for key in both.match_keys] == ["name"]
    number = text("number", "invoice.number", unique=True)
    paper = draft(BY_KEY["invoice"], end("bill", "invoice", number), end("invoice", "invoice", number))
    assert (paper.offered, paper.directions) == (("to_left", "to_right"), ("to_left",))
    assert [(k.left, k.how) for k in paper.match_keys] == [("number", "exact")]


def test_a_side_that_cannot_be_written_is_never_offered() -> None:
    only = draft(
        BY_KEY["item"],
        end("product", "item", text("name", "item.name")),
        end("item", "item", text("name", "item.name"), can_create=False, can_update=False),
    )
    assert only.offered == only.directions == ("to_left",)


def test_a_side_whose_required_field_nothing_feeds_is_left_out_of_the_directions() -> None:
    needs = text("branch", required=True)
    made = draft(BY_KEY["partner"], end("account", "partner", NAME), end("contact", "partner", NAME, needs))
    assert made.directions == ("to_left",)
    assert made.problems == []
    alone = draft(
        BY_KEY["partner"], end("account", "partner", NAME, can_create=False, can_update=False),
        end("contact", "partner", NAME, needs),
    )  # fmt: skip
    assert [p.code for p in alone.problems] == ["required_unmapped"]


def test_a_create_that_could_not_be_recognised_is_told() -> None:
    plain = replace(NAME, unique=False)
    kept = {"idempotency": Idempotency.EXTERNAL_ID}
    made = draft(
        BY_KEY["partner"],
        end("a", "partner", plain, **kept),
        end("b", "partner", plain, can_create=False, can_update=False),
    )
    assert [p.code for p in made.problems] == ["key_field_missing"]


def reference(target: str, role: str = "invoice.partner") -> Field:
    return Field("who", Kind.REFERENCE, "取引先", "Partner", role=role, target=target)


def test_a_reference_is_mapped_only_between_objects_that_are_paired() -> None:
    number = text("number", "invoice.number", unique=True)
    left, right = (
        end("inv", "invoice", number, reference("account")),
        end("doc", "invoice", number, reference("contact")),
    )
    apart = draft(BY_KEY["invoice"], left, right)
    assert [row.left for row in apart.rows] == ["number"]
    tied = draft(BY_KEY["invoice"], left, right, frozenset({("account", "contact")}))
    assert [(row.left, row.direction) for row in tied.rows] == [("number", Flow.BOTH), ("who", Flow.BOTH)]


def test_a_reference_tells_its_name_and_is_never_made_of_one() -> None:
    number = text("number", "invoice.number", unique=True)
    left = end("inv", "invoice", number, text("customer", "invoice.partner"))
    made = draft(BY_KEY["invoice"], left, end("doc", "invoice", number, reference("contact")))
    assert [(row.left, row.direction) for row in made.rows][1] == ("customer", Flow.TO_LEFT)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((), ("gold", "silver"), Flow.TO_LEFT),  # free text never goes into a list of choices
        (("gold",), ("gold", "silver"), Flow.BOTH),
        (("A",), ("gold", "silver"), None),  # nothing in common
    ],
)
def test_choices_meet_only_where_they_have_something_in_common(
    a: tuple[str, ...], b: tuple[str, ...], expected: Any
) -> None:
    def ranked(*values: str) -> Field:
        told = tuple(Choice(v, v, v) for v in values)
        return Field("rank", Kind.CHOICE if told else T, "ランク", "Rank", role="partner.rank", choices=told)

    made = draft(BY_KEY["partner"], end("l", "partner", NAME, ranked(*a)), end("r", "partner", NAME, ranked(*b)))
    assert next((row.direction for row in made.rows if row.left == "rank"), None) == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (("draft", "paid"), ("draft", "paid"), Flow.BOTH),
        (("draft",), ("draft", "paid"), Flow.TO_RIGHT),  # paid would be nothing on the left
        (("draft", "paid"), ("draft",), Flow.TO_LEFT),
        (("draft", "sent"), ("draft", "paid"), None),
        ((), ("draft",), Flow.TO_LEFT),  # choices that nobody told take the text
    ],
)
def test_a_documents_state_goes_only_where_every_state_has_a_counterpart(
    a: tuple[str, ...], b: tuple[str, ...], expected: Any
) -> None:
    def state(*values: str) -> Field:
        told = tuple(Choice(v, v, v) for v in values)
        return Field("state", Kind.CHOICE, "状態", "Status", role="invoice.status", choices=told)

    number = text("number", "invoice.number", unique=True)
    made = draft(BY_KEY["invoice"], end("l", "invoice", number, state(*a)), end("r", "invoice", number, state(*b)))
    assert next((row.direction for row in made.rows if row.left == "state"), None) == expected


@pytest.mark.parametrize(
    ("tied", "expected"),
    [(frozenset(), ["品名"]), (frozenset({("a", "b")}), ["品名", "item"]), (frozenset({("b", "a")}), ["品名"])],
    ids=["items are not synced", "items are synced", "something else is"],
)
def test_lines_keep_what_is_safe_inside_them(tied: frozenset[tuple[str, str]], expected: list[str]) -> None:
    def lines(target: str) -> Field:
        inner = (
            text("品名", "line.description"),
            Field("item", Kind.REFERENCE, "品目", "Item", role="line.item", target=target),
        )
        return Field("lines", Kind.ROWS, "明細", "Lines", role="invoice.lines", fields=inner)

    number = text("number", "invoice.number", unique=True)
    ends = end("l", "invoice", number, lines("a")), end("r", "invoice", number, lines("b"))
    made = draft(BY_KEY["invoice"], *ends, tied)
    (row,) = (r for r in made.rows if r.left == "lines")
    assert [inner.left for inner in row.rows] == expected


def test_a_supplier_that_is_kept_as_a_partner_speaks_of_the_supplier() -> None:
    vendor = text("VendorName", "vendor.name", unique=True)
    made = draft(BY_KEY["vendor"], end("Vendors", "vendor", vendor), end("contact", "partner", ID, NAME))
    assert [(row.left, row.right) for row in made.rows] == [("VendorName", "name")]
    assert [key.how for key in made.match_keys] == ["name"]


def test_a_made_up_object_is_read_by_its_labels() -> None:
    fields = (
        text("文字列1"), Field("f2", T, "Xero請求書ID", "", unique=True), Field("f3", T, "請求書番号", "", unique=True),
        Field("f4", Kind.DATE, "支払期限", ""), Field("f5", Kind.DECIMAL, "合計金額", ""),
    )  # fmt: skip
    right = (
        Field("id", Kind.IDENTIFIER, "ID", "ID", role="invoice.id", unique=True, on_create=False, on_update=False),
        text("No", "invoice.number", unique=True),
        Field("Due", Kind.DATE, "期日", "Due", role="invoice.due"),
        Field("Sum", Kind.MONEY, "総計", "Sum", role="invoice.total", on_create=False, on_update=False),
    )
    made = draft(
        BY_KEY["invoice"],
        end("app:5", "app", *fields, idempotency=Idempotency.EXTERNAL_ID),
        end("doc", "invoice", *right),
    )
    assert {(r.left, r.right) for r in made.rows} == {("f2", "id"), ("f3", "No"), ("f4", "Due"), ("f5", "Sum")}
    assert [k.left for k in made.match_keys] == ["f2", "f3"]
    assert made.problems == []


def test_a_field_of_a_third_service_is_left_alone() -> None:
    named = (Field("f1", T, "freee取引先ID", "", unique=True), Field("f2", T, "取引先名", "", unique=True))
    left, right = end("app:5", "app", *named), end("contact", "partner", ID, NAME)
    assert [r.left for r in draft(BY_KEY["partner"], left, right, services=("kintone", "freee")).rows] == ["f1", "f2"]
    assert [r.left for r in draft(BY_KEY["partner"], left, right, services=("kintone", "xero")).rows] == ["f2"]
