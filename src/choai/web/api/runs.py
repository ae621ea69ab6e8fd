"""Runs and their outcomes."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from ninja import Query, Router

from choai.web.auth import Request, allowed
from choai.web.paging import Encoding, ItemQuery, RunQuery
from choai.web.shapes.common import Listing, Started
from choai.web.shapes.runs import ItemDetail, ItemRow, RetryIn, RunRow

router = Router()


@router.get("/runs", response=Listing[RunRow], auth=allowed("view"))
def list_runs(request: Request, page: Query[RunQuery]):
    raise NotImplementedError


@router.get("/runs/{run_id}", response=RunRow, auth=allowed("view"))
def get_run(request: Request, run_id: int):
    raise NotImplementedError


@router.get("/runs/{run_id}/items", response=Listing[ItemRow], auth=allowed("view"))
def list_items(request: Request, run_id: int, page: Query[ItemQuery]):
    raise NotImplementedError


@router.get("/runs/{run_id}/items.csv", auth=allowed("view"))
def download_items(request: Request, run_id: int, page: Query[ItemQuery], encoding: Encoding = "utf8"):
    raise NotImplementedError


@router.get("/runs/{run_id}/items/{item_id}", response=ItemDetail, auth=allowed("view"))
def get_item(request: Request, run_id: int, item_id: int):
    raise NotImplementedError


@router.post("/runs/{run_id}/apply", response=RunRow, auth=allowed("run"))
def apply_run(request: Request, run_id: int):
    raise NotImplementedError


@router.post("/runs/{run_id}/discard", response=RunRow, auth=allowed("run"))
def discard_run(request: Request, run_id: int):
    raise NotImplementedError


@router.post("/runs/{run_id}/cancel", response=RunRow, auth=allowed("run"))
def cancel_run(request: Request, run_id: int):
    raise NotImplementedError


@router.post("/runs/{run_id}/pause", response=RunRow, auth=allowed("run"))
def pause_run(request: Request, run_id: int):
    raise NotImplementedError


@router.post("/runs/{run_id}/resume", response=RunRow, auth=allowed("run"))
def resume_run(request: Request, run_id: int):
    raise NotImplementedError


@router.post("/runs/{run_id}/retry", response=Started, auth=allowed("run"))
def retry_run(request: Request, run_id: int, payload: RetryIn):
    raise NotImplementedError
