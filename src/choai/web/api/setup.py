"""The set-up checklist (FK-03) and the preset gallery."""

from __future__ import annotations

from ninja import Router

from choai.web.auth import Request, allowed
from choai.web.shapes.setup import Presets, Setup

router = Router()


@router.get("/setup", response=Setup, auth=allowed("view"))
def get_setup(request: Request):
    raise NotImplementedError


@router.get("/presets", response=Presets, auth=allowed("view"))
def list_presets(request: Request):
    raise NotImplementedError
