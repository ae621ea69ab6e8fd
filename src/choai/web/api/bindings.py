"""Pairs of records."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from ninja import Query, Router

from choai.engine.codec import plain
from choai.report import csv
from choai.store import pairs, syncs
from choai.store.models import Pairing
from choai.web import downloads
from choai.web.auth import Request, allowed
from choai.web.faults import reader_of
from choai.web.paging import BindingQuery, Encoding
from choai.web.render import Places
from choai.web.shapes.bindings import BindingDetail, BindingIn, BindingRow
from choai.web.shapes.common import Listing, Ok

router = Router()


class _Ends:
    """Where the records of each pairing are, and which sync works on it."""

    def __init__(self, workspace_id: int) -> None:
        self._places = Places(workspace_id)
        found = Pairing.objects.filter(workspace_id=workspace_id).prefetch_related("syncs")
        self._pairings = {pairing.id: pairing for pairing in found}

    def row(self, facts: dict[str, Any]) -> dict[str, Any]:
        pairing = self._pairings[facts["pairing_id"]]
        sync = next(iter(pairing.syncs.all()), None)
        link = self._places.link
        return {
            **facts,
            "sync": {"id": sync.id, "name": sync.name} if sync else None,
            "left_link": link(pairing.left_connection_id, pairing.left_object, facts["left_id"]),
            "right_link": link(pairing.right_connection_id, pairing.right_object, facts["right_id"]),
        }

    def mapping(self, pairing_id: int) -> list[dict[str, Any]]:
        sync = next(iter(self._pairings[pairing_id].syncs.all()), None)
        return list(sync.mapping) if sync else []


@router.get("/bindings", response=Listing[BindingRow], auth=allowed("view"))
def list_bindings(request: Request, page: Query[BindingQuery]) -> dict[str, Any]:
    """Pairs of records, by name unless asked otherwise."""
    place = request.auth.workspace_id
    found = pairs.listed(place, **page.dict())
    ends = _Ends(place)
    rows = [ends.row(row) for row in found.rows]
    return {"rows": rows, "total": found.total, "page": page.page, "page_size": page.page_size}


@router.get("/bindings.csv", auth=allowed("view"))
def download_bindings(
    request: Request, page: Query[BindingQuery], encoding: Encoding = "utf8"
) -> StreamingHttpResponse:
    """All pairs the filter finds, as CSV."""
    place, language = request.auth.workspace_id, reader_of(request).language
    ends = _Ends(place)
    rows = pairs.streamed(place, **page.dict(include={"sync", "kind", "state", "q"}))
    lines = (csv.binding_line(ends.row(row), language) for row in rows)
    return downloads.answer(csv.encoded(csv.binding_head(language), lines, encoding), "pairs.csv", encoding)


def _detail(request: Request, binding_id: int) -> dict[str, Any]:
    place = request.auth.workspace_id
    found = pairs.one(place, binding_id)
    ends = _Ends(place)
    left, right = plain(found["left_base"]), plain(found["right_base"])
    fields = [
        {
            "left": row.get("left"),
            "right": row.get("right"),
            "label_ja": row.get("left") or row.get("right"),
            "label_en": row.get("left") or row.get("right"),
            "left_value": left.get(row.get("left") or ""),
            "right_value": right.get(row.get("right") or ""),
        }
        for row in ends.mapping(found["pairing_id"])
    ]
    return {**ends.row(found), "fields": fields}


@router.get("/bindings/{binding_id}", response=BindingDetail, auth=allowed("view"))
def get_binding(request: Request, binding_id: int) -> dict[str, Any]:
    """A pair with the values both sides agreed on last, side by side."""
    return _detail(request, binding_id)


@router.delete("/bindings/{binding_id}", response=Ok, auth=allowed("configure"))
def delete_binding(request: Request, binding_id: int, apart: bool = False) -> dict[str, Any]:
    """Unlink two records. Neither is touched; the next run matches both anew. ``apart``: they are not the same, so they are never
    tied to each other again unless that decision is taken back (``POST /inbox/undo``)."""
    pairs.unlink(request.auth.workspace_id, request.auth.user_id, binding_id, apart=apart)
    return {"ok": True}


@router.post("/syncs/{sync_id}/bindings", response=BindingDetail, auth=allowed("configure"))
def create_binding(request: Request, sync_id: int, payload: BindingIn) -> dict[str, Any]:
    """Link two records by hand."""
    caller = request.auth
    syncs.one(caller.workspace_id, sync_id)
    binding_id = pairs.tie(
        caller.workspace_id, caller.user_id, sync_id, left_id=payload.left_id, right_id=payload.right_id
    )
    return _detail(request, binding_id)
