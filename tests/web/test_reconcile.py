"""The API of reconciliations: start, read, download, verify."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest

from choai.engine.reconcile import Compared, Difference
from choai.model.mapping import Side
from web.furniture import a_sync, connections
from web.site import Cast

AT = datetime(2026, 5, 1, 3, 0, tzinfo=UTC)
FIELDS = [
    {"row": 0, "differing": 1, "left": {"name": "取引先名", "ja": "取引先名", "en": "Name"},
     "right": {"name": "name", "ja": "取引先名", "en": "Name"}},
    {"row": 1, "differing": 1, "left": {"name": "電話番号", "ja": "電話番号", "en": "Telephone"},
     "right": {"name": "phone", "ja": "電話番号", "en": "Telephone"}},
]  # fmt: skip


def value(row: int, left: Any, right: Any, base: Any = None) -> dict[str, Any]:
    return {"row": row, "unread": False, "left": left, "right": right, "left_base": base, "right_base": base}


def concluded(cast: Cast, sync: Any, differences: list[Difference]) -> int:
    """A reconciliation that found these differences."""
    from choai.store import ledger, reconcile
    from choai.store.models import Run

    id = reconcile.create(sync.id, workspace_id=cast.workspace_id, user_id=cast.owner_id)
    Run.objects.filter(id=id).update(state="running", started_at=AT)
    counts: dict[str, int] = {"bound": 10 + len(differences), "agreeing": 10}
    for d in differences:
        counts[d.kind] = counts.get(d.kind, 0) + 1
    work = {"started": AT.isoformat(), "gaps": {}}
    ledger.commit_compared(id, Compared(0, differences), work, "sign", counts, now=AT)
    ledger.conclude(id, "differ" if differences else "agree", FIELDS, AT)
    return id


@pytest.fixture
def sync(cast: Cast) -> Any:
    crm, books = connections(cast.workspace_id, cast.owner_id)
    return a_sync(cast.workspace_id, cast.owner_id, crm, books)


@pytest.fixture
def found(cast: Cast, sync: Any) -> int:
    apart = [value(0, "=危険商店", "安全商店", "元"), value(1, "03", None)]
    return concluded(
        cast, sync,
        [
            Difference("differs", "1", "1001", "=危険商店🏢", fields=apart),
            Difference("only_left", "2", "", "左だけ"),
            Difference("missing", "3", "1003", "消えた店", gone="right"),
        ],
    )  # fmt: skip


def test_start_follow_and_cancel(cast: Cast, sync: Any) -> None:
    assert cast.viewer.post(f"/api/syncs/{sync.id}/reconcile").code == "forbidden"
    started = cast.operator.post(f"/api/syncs/{sync.id}/reconcile")
    assert started.status == 200, started.body
    id = started.data["id"]
    row = cast.viewer.get(f"/api/reconciliations/{id}").data
    assert (row["state"], row["verdict"], row["statement"]) == ("queued", None, None)
    assert (row["left"]["connection"]["name"], row["right"]["service"]) == ("本社kintone", "freee")
    assert row["actions"] == ["cancel", "pause"]
    assert cast.owner.get(f"/api/runs/{id}").data["trigger"] == "reconcile"
    assert cast.owner.post(f"/api/syncs/{sync.id}/reconcile").code == "already_running"
    assert cast.owner.get(f"/api/reconciliations/{id}.pdf").code == "reconciliation_unfinished"
    assert cast.viewer.post(f"/api/reconciliations/{id}/cancel").code == "forbidden"
    assert cast.operator.post(f"/api/reconciliations/{id}/cancel").status == 200
    assert cast.owner.get("/api/runs").data["rows"] == []


def test_what_was_found_is_listed_and_filtered(cast: Cast, sync: Any, found: int) -> None:
    listed = cast.viewer.get("/api/reconciliations", sync=sync.id).data
    assert [(r["id"], r["verdict"], r["counts"]["differs"]) for r in listed["rows"]] == [(found, "differ", 1)]
    assert cast.viewer.get("/api/reconciliations", sync=999999).data["rows"] == []
    assert cast.viewer.get("/api/reconciliations", verdict="agree").data["total"] == 0
    assert cast.viewer.get("/api/reconciliations", sort="-created_at", q="取引先").status == 200
    path = f"/api/reconciliations/{found}/differences"
    rows = cast.viewer.get(path).data["rows"]
    assert [r["kind"] for r in rows] == ["differs", "only_left", "missing"]
    assert rows[0]["left_link"].startswith("https://example.cybozu.com/")
    assert rows[1]["right_link"] is None
    name, phone = rows[0]["fields"]
    assert (name["left_field"]["ja"], name["left"], name["right"], name["left_base"]) == (
        "取引先名", "=危険商店", "安全商店", "元",
    )  # fmt: skip
    assert (phone["left"], phone["right"]) == ("03", None)
    assert [r["name"] for r in cast.viewer.get(path, kind="only_left,missing").data["rows"]] == ["左だけ", "消えた店"]
    assert [r["name"] for r in cast.viewer.get(path, q="1003").data["rows"]] == ["消えた店"]
    assert cast.viewer.get(path, page_size=1, page=2, sort="-name").data["total"] == 3
    assert cast.stranger.get(path).code == "not_found"


def test_csv_and_pdf(cast: Cast, found: int) -> None:
    raw = cast.viewer.get(f"/api/reconciliations/{found}.csv")
    assert raw.headers["content-disposition"] == f'attachment; filename="reconciliation-{found}.csv"'
    assert raw.body.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(raw.body.decode("utf-8-sig"), newline="")))
    assert len(lines) == 5
    assert lines[0][:4] == ["種類", "名前", "CRM側ID", "会計側ID"]
    assert lines[1][:8] == ["値が違う", "'=危険商店🏢", "1", "1001", "取引先名", "取引先名", "'=危険商店", "安全商店"]
    assert lines[4][10] == "会計側にありません"
    sjis = cast.viewer.get(f"/api/reconciliations/{found}.csv", encoding="sjis", kind="only_left").body.decode("cp932")
    assert sjis.splitlines()[1].startswith("CRM側のみ,左だけ,2,")
    for language in ("ja", "en"):
        made = cast.viewer.get(f"/api/reconciliations/{found}.pdf", lang=language)
        assert made.headers["content-type"] == "application/pdf"
        assert made.body.startswith(b"%PDF-")
    assert cast.viewer.get(f"/api/reconciliations/{found}.pdf", lang="fr").code == "bad_request"


def test_a_statement_is_verified(cast: Cast, found: int) -> None:
    signed = cast.viewer.get(f"/api/reconciliations/{found}").data["statement"]
    assert (signed["verdict"], signed["verdict_ja"], signed["by"]) == ("differ", "不一致", "持ち主")
    assert signed["right"]["account"] == {"id": "1070001", "name": "株式会社帳合商会"}

    def said(body: Any) -> tuple[bool, str]:
        answer = cast.viewer.post("/api/reconciliations/verify", body).data
        assert answer["valid"] == (answer["problem"] is None)
        return answer["valid"], answer["reason"]

    assert said(signed) == (True, "")
    assert said({**signed, "verdict": "agree"}) == (False, "changed")
    assert said({**signed, "key": "0" * 16}) == (False, "unknown_key")
    assert said({"kind": "etwas"}) == (False, "not_a_statement")
    assert {s.value for s in Side} <= signed["fingerprints"].keys()
