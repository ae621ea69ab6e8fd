"""Both sides laid side by side: what agrees, what does not, what moved meanwhile, and that nothing is written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from choai.connectors.contract import CursorKind
from choai.model.schema import Schema
from choai.model.values import Kind
from choai.report import statement
from choai.store import reconcile, seal
from choai.store.models import Cursor, Difference, Reconciliation, Run, Staged
from engine.toy import Clock, field_
from engine.world import World, world

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _secrets(data_folder: Any, database: str) -> None:
    seal.load_secrets()


def compare(w: World) -> dict[str, Any]:
    """The finished reconciliation of the world's sync, as the API gets it."""
    id = reconcile.create(w.sync.id, workspace_id=w.workspace.id, user_id=w.user.id)
    w.left.calls.clear()
    w.right.calls.clear()
    run = w.go(id)
    assert run.state == "succeeded", (run.error_code, run.error_facts)
    assert not [c for c in w.left.calls + w.right.calls if c.startswith("write")]
    assert not Staged.objects.filter(run=run).exists()
    w.clock.tick(minutes=30)
    return reconcile.one(w.workspace.id, id)


def kinds(w: World, found: dict[str, Any]) -> dict[str, int]:
    assert sum(found["counts"][k] for k in ("agreeing", "differs", "missing")) <= found["counts"]["bound"]
    out: dict[str, int] = {}
    for d in Difference.objects.filter(reconciliation_id=found["id"]):
        out[d.kind] = out.get(d.kind, 0) + 1
    assert out == {k: found["counts"][k] for k in reconcile.KINDS if found["counts"][k]}
    return out


def synced(many: int = 5) -> World:
    w = world()
    for n in range(many):
        w.left.add(name=f"会社{n}", phone=f"03-0000-{n:04}")
    w.run()
    return w


def test_two_sides_that_agree_are_signed_as_such() -> None:
    w = synced(450)
    before = list(Cursor.objects.values_list("side", "value"))
    found = compare(w)
    assert found["verdict"] == "agree"
    assert kinds(w, found) == {}
    counts = found["counts"]
    assert (counts["left"], counts["right"], counts["bound"], counts["agreeing"]) == (450, 450, 450, 450)
    signed = found["statement"]
    assert statement.verify(signed, seal.statement_keys()) == (True, "")
    assert (signed["verdict_ja"], signed["by"]) == ("一致", "owner@example.jp")
    assert list(Cursor.objects.values_list("side", "value")) == before
    again = compare(w)
    assert again["statement"]["fingerprints"] == signed["fingerprints"]
    w.right.edit("b3", phone="9")
    assert compare(w)["statement"]["fingerprints"]["right"] != signed["fingerprints"]["right"]


def test_every_kind_of_difference_is_told_and_counts_add_up() -> None:
    w = synced(6)
    w.right.edit("b1", phone="99", note="手で書いた")
    w.right.drop("b2")
    w.left.drop("c3")
    w.left.add(name="左だけ")
    w.right.add(name="右だけ")
    w.clock.tick(days=2)
    found = compare(w)
    assert found["verdict"] == "differ"
    assert kinds(w, found) == {"differs": 1, "missing": 2, "only_left": 1, "only_right": 1}
    counts = found["counts"]
    assert counts["bound"] == counts["agreeing"] + counts["differs"] + counts["missing"] + counts["moving"] == 6
    page = reconcile.differences(w.workspace.id, found["id"], page=1, page_size=10, kind="differs")
    fields = {f["left_field"]["name"]: f for f in page.rows[0]["fields"]}
    assert set(fields) == {"phone", "memo"}
    phone = fields["phone"]
    assert (phone["left"], phone["right"], phone["left_base"], phone["right_base"]) == (
        "03-0000-0000", "99", "03-0000-0000", "03-0000-0000",
    )  # fmt: skip
    assert (fields["memo"]["left"], fields["memo"]["right"]) == (None, "手で書いた")
    assert {f["left"]["name"]: f["differing"] for f in found["fields"]} == {
        "name": 0, "phone": 1, "memo": 1, "books_id": 0,
    }  # fmt: skip
    gone = {d["left_id"]: d["gone"] for d in reconcile.streamed(w.workspace.id, found["id"], kind="missing")}
    assert gone == {"c2": "right", "c3": "left"}
    assert [d["name"] for d in reconcile.streamed(w.workspace.id, found["id"], q="だけ")] == ["左だけ", "右だけ"]


def test_an_emptied_field_is_a_difference_whatever_the_mapping_keeps() -> None:
    w = synced(1)
    w.left.edit("c1", phone="")
    w.run()
    found = compare(w)
    assert kinds(w, found) == {"differs": 1}


def test_a_field_that_was_not_read_cannot_agree() -> None:
    w = synced(1)
    for record in w.right.records.values():
        del record["phone"]
    found = compare(w)
    assert found["verdict"] == "differ"
    row = next(reconcile.streamed(w.workspace.id, found["id"]))
    assert [(f["left_field"]["name"], f["unread"]) for f in row["fields"]] == [("phone", True)]


def test_an_edit_on_both_sides_while_reading_is_read_again() -> None:
    w = synced(3)

    def edit(name: str, payload: Any) -> None:
        w.right.hook = lambda *_: None
        w.left.edit("c1", phone="1")
        w.right.edit("b1", phone="1")

    w.right.hook = lambda name, payload: edit(name, payload) if name == "read" else None
    found = compare(w)
    assert (found["verdict"], found["counts"]["agreeing"]) == ("agree", 3)


def test_what_goes_on_changing_is_moving() -> None:
    w = synced(3)

    def edit(name: str, payload: Any) -> None:
        if name == "read":
            w.left.edit("c1", phone="5")
            w.left.add(name="読み取り中に追加")

    w.right.hook = edit
    found = compare(w)
    assert found["counts"]["differs"] == found["counts"]["only_left"] == 0
    assert kinds(w, found)["moving"] >= 2
    assert found["verdict"] == "differ"


def test_a_side_that_tells_no_changes_is_asked_pair_by_pair() -> None:
    w = world(right={"cursor": CursorKind.NONE})
    w.left.add(name="会社0", phone="1")
    w.left.add(name="会社1", phone="1")
    w.run()
    w.right.edit("b2", phone="9")
    calls: list[str] = []

    def heal(name: str, payload: Any) -> None:
        calls.append(name)
        if name == "find":
            w.right.edit("b2", phone="1")

    w.right.hook = heal
    found = compare(w)
    assert calls.count("find") == 1
    assert (found["verdict"], found["counts"]["agreeing"]) == ("agree", 2)


def test_a_record_that_lists_leave_out_is_no_missing_one() -> None:
    """Services leave archived records out of their lists and still answer them by id."""
    w = synced(3)
    w.clock.tick(days=2)
    real = w.right.read

    async def read(session: Any, object: str, window: Any, token: str | None) -> Any:
        page = await real(session, object, window, token)
        page.records = [r for r in page.records if r.id != "b2"]
        return page

    w.right.read = read  # type: ignore[method-assign]
    assert compare(w)["verdict"] == "agree"
    w.right.edit("b2", phone="9")
    w.clock.tick(days=2)
    assert kinds(w, compare(w)) == {"differs": 1}


def test_records_that_are_not_selected_are_no_differences() -> None:
    w = synced(2)
    w.sync.selection = {"left": [{"field": "sync", "values": ["する"]}]}
    w.sync.save()
    w.left.add(name="対象外")
    found = compare(w)
    assert (found["verdict"], found["counts"]["not_selected_left"]) == ("agree", 1)


@pytest.mark.req("CC-22")
def test_an_empty_side_is_not_believed() -> None:
    w = synced(2)
    w.right.records.clear()
    run = w.go(reconcile.create(w.sync.id, workspace_id=w.workspace.id, user_id=None))
    assert (run.state, run.error_code) == ("error", "empty_source")
    assert Reconciliation.objects.get(run=run).statement is None


def test_one_at_a_time_and_not_beside_a_run() -> None:
    w = synced(1)
    reconcile.create(w.sync.id, workspace_id=w.workspace.id, user_id=None)
    from choai.errors import ChoaiError

    with pytest.raises(ChoaiError) as second:
        reconcile.create(w.sync.id, workspace_id=w.workspace.id, user_id=None)
    assert second.value.code == "already_running"
    with pytest.raises(ChoaiError) as third:
        w.start()
    assert third.value.code == "already_running"


def test_a_repeated_step_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step whose commit went through and whose reply was lost is done again by another process."""
    w = synced(250)
    w.right.edit("b7", phone="7")
    w.clock.tick(days=2)
    from choai.store import ledger

    real = ledger.commit_compared

    def twice(*args: Any, **kwargs: Any) -> bool:
        assert real(*args, **kwargs)
        assert not real(*args, **kwargs)
        return True

    monkeypatch.setattr(ledger, "commit_compared", twice)
    found = compare(w)
    assert kinds(w, found) == {"differs": 1}
    assert found["counts"]["agreeing"] == 249


def test_cancel_ends_it_without_a_statement() -> None:
    from choai.store import runs

    w = synced(1)
    id = reconcile.create(w.sync.id, workspace_id=w.workspace.id, user_id=None)
    runs.set_control(id, "cancel", workspace_id=w.workspace.id)
    assert w.go(id).state == "cancelled"
    found = reconcile.one(w.workspace.id, id)
    assert (found["verdict"], found["statement"]) == (None, None)


def test_sums_by_partner_and_month_are_exact() -> None:
    clock = Clock()
    rows = [
        {"left": "name", "right": "name"},
        {"left": "amount", "right": "amount"},
        {"left": "customer", "right": "partner_name"},
        {"left": "day", "right": "day"},
    ]
    w = world(clock, mapping=rows, match_keys=[{"left": "name", "right": "name"}])
    for toy, partner in ((w.left, "customer"), (w.right, "partner_name")):
        extra = (
            field_("amount", "invoice.total", kind=Kind.MONEY),
            field_(partner, f"invoice.{partner}"),
            field_("day", "invoice.date", kind=Kind.DATE),
        )
        toy.schema = Schema("things", (*toy.schema.fields, *extra))
    for n, amount in enumerate(("0.1", "0.2", "1000000000000.3")):
        w.left.add(name=f"請求{n}", amount=Decimal(amount), customer=f"会社{n % 2}", day=date(2026, 9 + n, 1))
    w.run()
    w.right.edit("b1", amount=Decimal("0.15"))
    w.right.add(name="余分", amount=Decimal(5), partner_name="会社1", day=date(2026, 9, 30))
    clock.tick(days=2)
    sums = compare(w)["sums"]
    total = sums["total"][0]
    assert (total["left"], total["right"], total["agree"]) == ("1000000000000.6", "1000000000005.65", False)
    assert (total["left_count"], total["right_count"]) == (3, 4)
    assert {t["key"]: (t["left"], t["right"]) for t in sums["month"]} == {
        "2026-09": ("0.1", "5.15"), "2026-10": ("0.2", "0.2"), "2026-11": ("1000000000000.3", "1000000000000.3"),
    }  # fmt: skip
    assert {t["key"]: t["agree"] for t in sums["partner"]} == {"会社0": False, "会社1": False}


def test_it_stays_out_of_the_list_of_runs_and_is_no_result_of_a_sync() -> None:
    from choai.store import history

    w = synced(1)
    compare(w)
    assert [r["trigger"] for r in history.listed(w.workspace.id, page=1, page_size=9).rows] == ["manual"]
    assert history.latest_of_syncs(w.workspace.id, [w.sync.id])[w.sync.id]["trigger"] == "manual"
    assert Run.objects.count() == 2
