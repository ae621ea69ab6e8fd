"""Scheduled execution (定期実行), one schedule per kind."""

from __future__ import annotations

from ninja import Query, Router

from choai.web.auth import Request, allowed
from choai.web.paging import PageQuery
from choai.web.shapes.common import Listing, PreviewIn, StartedMany
from choai.web.shapes.schedules import RunAsIn, ScheduleCards, ScheduleIn, ScheduleKind, ScheduleOut, ScheduleResult

router = Router()


@router.get("/schedules", response=ScheduleCards, auth=allowed("view"))
def list_schedules(request: Request):
    raise NotImplementedError


@router.get("/schedules/{kind}", response=ScheduleOut, auth=allowed("view"))
def get_schedule(request: Request, kind: ScheduleKind):
    raise NotImplementedError


@router.put("/schedules/{kind}", response=ScheduleOut, auth=allowed("schedule"))
def put_schedule(request: Request, kind: ScheduleKind, payload: ScheduleIn):
    raise NotImplementedError


@router.post("/schedules/{kind}/run", response=StartedMany, auth=allowed("run"))
def run_schedule(request: Request, kind: ScheduleKind, payload: PreviewIn):
    raise NotImplementedError


@router.post("/schedules/{kind}/resync", response=ScheduleOut, auth=allowed("run"))
def resync_schedule(request: Request, kind: ScheduleKind):
    raise NotImplementedError


@router.post("/schedules/{kind}/run-as", response=ScheduleOut, auth=allowed("administer"))
def hand_over_schedule(request: Request, kind: ScheduleKind, payload: RunAsIn):
    raise NotImplementedError


@router.get("/schedules/{kind}/history", response=Listing[ScheduleResult], auth=allowed("view"))
def list_schedule_history(request: Request, kind: ScheduleKind, page: Query[PageQuery]):
    raise NotImplementedError
