"""The workspace's own settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from choai.errors import ChoaiError
from choai.model import schedule as model
from choai.store import audit, schedules
from choai.store.models import Workspace
from choai.store.people import DEFAULT_SETTINGS


def facts(workspace_id: int) -> dict[str, Any]:
    """Name, zone, language and settings, defaults filled in."""
    place = Workspace.objects.get(id=workspace_id)
    return {
        "id": place.id,
        "name": place.name,
        "time_zone": place.time_zone,
        "language": place.language,
        "settings": {**DEFAULT_SETTINGS, **place.settings},
    }


def change(workspace_id: int, user_id: int, changes: Mapping[str, Any]) -> None:
    """Change name, time_zone, language and single settings. A new zone or night window moves the schedules into it. Raises
    bad_request (with the field)."""
    fields = {k: v for k, v in changes.items() if v is not None and k != "settings"}
    wanted = {k: v for k, v in (changes.get("settings") or {}).items() if v is not None}
    with transaction.atomic():
        place = Workspace.objects.select_for_update().get(id=workspace_id)
        before = facts(workspace_id)
        _demand_zone(fields.get("time_zone", place.time_zone))
        settings = {**DEFAULT_SETTINGS, **place.settings, **wanted}
        window = (settings["night_window"][0], settings["night_window"][1])
        try:
            model.Schedule("daily", window=window)
        except ChoaiError:
            raise ChoaiError("bad_request", detail="night_window", field="settings.night_window") from None
        place.settings = settings
        for name, value in fields.items():
            setattr(place, name, value)
        place.save()
        if before["time_zone"] != place.time_zone or before["settings"]["night_window"] != settings["night_window"]:
            schedules.rezone(workspace_id, place.time_zone, window)
        after = facts(workspace_id)
        audit.note(workspace_id, user_id, "workspace.change", place.name, before, after)


def _demand_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ChoaiError("bad_request", detail=name, field="time_zone") from None
