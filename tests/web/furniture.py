"""Rows of a workspace that has been at work: connections, a sync with pairs, a run with outcomes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from web.site import Cast

AT = datetime(2026, 4, 1, 17, 30, tzinfo=UTC)
MAPPING = [
    {"left": "取引先名", "right": "name", "direction": "both"},
    {"left": "電話番号", "right": "phone", "direction": "both"},
]
TOO_LONG = {"field": "name", "field_ja": "名前", "field_en": "Name", "length": 300, "max": 255}
OUTCOMES = ("created", "updated", "updated", "unchanged", "failed", "failed", "not_counted")


def connections(workspace_id: int, user_id: int) -> tuple[Any, Any]:
    """kintone by tokens and freee by OAuth, both ready."""
    from choai.store import connections as store
    from choai.store.models import Connection
    from choai.store.tokens import store_grant

    apps = [{"id": "1", "token": "t0ken-of-app-1"}]
    crm = store.create(
        workspace_id, user_id, service="kintone", name="本社kintone", auth="api_token",
        settings={"domain": "example.cybozu.com", "apps": apps},
    )  # fmt: skip
    books = store.create(
        workspace_id, user_id, service="freee", name="本社freee", auth="oauth",
        settings={"client_id": "abc", "client_secret": "s3cr3t", "company_id": "1070001"},
    )  # fmt: skip
    account = {"id": "1070001", "name": "株式会社帳合商会", "user_name": "湯浅 佳乃", "plan": "enterprise",
               "capabilities": {"scheduled_sync": True, "segment_1": True, "segment_2": True, "segment_3": True}}  # fmt: skip
    Connection.objects.filter(id=books.id).update(state="ready", account=account, checked_at=AT)
    Connection.objects.filter(id=crm.id).update(state="ready", account={"id": "example.cybozu.com", "name": "example"})
    store_grant(books.id, user_id, "access", "refresh", 4_000_000_000.0)
    crm.refresh_from_db()
    books.refresh_from_db()
    return crm, books


def a_sync(workspace_id: int, user_id: int, crm: Any, books: Any, kind: str = "partner") -> Any:
    """A linked master of the preset."""
    from choai.model.mapping import MappingRow, MatchKey
    from choai.presets.freee_kintone import Draft
    from choai.store import masters

    draft = Draft(
        rows=[MappingRow("取引先名", "name"), MappingRow("電話番号", "phone")],
        match_keys=[MatchKey("取引先名", "name", "name")],
        selection={"all": [], "left": [], "right": []},
    )
    return masters.link(workspace_id, user_id, kind, left=crm, left_object="app:1", right=books, draft=draft)


def a_run(sync: Any, outcomes: tuple[str, ...] = OUTCOMES, **fields: Any) -> Any:
    """An ended run whose counts fit its items."""
    from collections import Counter

    from choai.engine.codec import pack
    from choai.store import runs
    from choai.store.models import Item, Run

    run_id = runs.create_run(sync.id, workspace_id=sync.workspace_id, trigger="manual", user_id=sync.run_as_id)
    state = {
        "state": "partly" if "failed" in outcomes else "succeeded",
        "phase": "done",
        "ended_at": AT,
        "started_at": AT,
    }
    counts = {**Counter(outcomes), "planned": len(outcomes), "read": 20}
    Run.objects.filter(id=run_id).update(**{**state, "counts": counts, **fields})
    run = Run.objects.get(id=run_id)
    for number, outcome in enumerate(outcomes):
        op = {"created": "create", "updated": "update"}.get(outcome, "none")
        Item.objects.create(
            workspace_id=run.workspace_id, run=run, sync_id=run.sync_id, side="left", op=op, outcome=outcome,
            name=f"取引先{number:03}", left_id=str(number + 1), right_id=str(1001 + number), ended_at=AT,
            before=pack({"取引先名": f"旧{number}", "電話番号": "03"} if op == "update" else {}),
            after=pack({"取引先名": f"取引先{number:03}"} if op != "none" else {}),
            code="too_long" if outcome == "failed" else "",
            facts=TOO_LONG if outcome == "failed" else {},
        )  # fmt: skip
    return run


def a_reconciliation(sync: Any, user_id: int) -> int:
    """One that was cancelled before it read anything."""
    from choai.store import reconcile
    from choai.store.models import Run

    id = reconcile.create(sync.id, workspace_id=sync.workspace_id, user_id=user_id)
    Run.objects.filter(id=id).update(state="cancelled", ended_at=AT)
    return id


def furnish(cast: Cast) -> dict[str, int]:
    from choai.engine.codec import pack
    from choai.store.models import Binding, Item

    crm, books = connections(cast.workspace_id, cast.owner_id)
    sync = a_sync(cast.workspace_id, cast.owner_id, crm, books)
    run = a_run(sync)
    binding = Binding.objects.create(
        workspace_id=cast.workspace_id, pairing_id=sync.pairing_id, left_id="1", right_id="1001", name="取引先000",
        created_at=AT, synced_at=AT, left_base=pack({"取引先名": "取引先000"}), right_base=pack({"name": "取引先000"}),
    )  # fmt: skip
    item = Item.objects.filter(run=run).order_by("id").first()
    assert item is not None
    token = cast.owner.post("/api/tokens", {"name": "既存", "role": "viewer"}).data["id"]
    return {
        "connection_id": books.id,
        "run_id": run.id,
        "item_id": item.id,
        "sync_id": sync.id,
        "binding_id": binding.id,
        "user_id": cast.owner_id,
        "token_id": token,
        "reconciliation_id": a_reconciliation(sync, cast.owner_id),
    }
