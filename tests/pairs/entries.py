"""Every service that is registered and under the contract, ready to be connected: what its Case of the contract suite is let in
with, turned into a connection of the product. A new service appears here by itself."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from choai.connectors import registry
from choai.connectors.contract import Role
from choai.sandbox import freee
from choai.sandbox.core import World
from choai.sandbox.kintone import catalog
from choai.sandbox.kintone.data import _app, empty, token
from contract.case import Case
from servers import Sandbox, serve

CONTRACT = Path(__file__).parent.parent / "contract"
FEW = 4  # deals of freee
INVOICES = "50"  # an app for invoices, which the demo's kintone does not have


@dataclass
class Entry:
    """How a connection is made: settings, secrets, the way in, and for OAuth an access token."""

    auth: str
    settings: dict[str, Any]
    secrets: dict[str, Any] = field(default_factory=dict)
    access: str = ""


def services(role: Role) -> list[str]:
    """Those of the registry that the contract suite knows."""
    known = [spec.service for spec in registry.services() if spec.role is role]
    return [service for service in known if (CONTRACT / f"test_{service}.py").is_file()]


def module_of(service: str) -> ModuleType:
    return import_module(f"contract.test_{service}")


def case_of(service: str) -> Case:
    return next(v for v in vars(module_of(service)).values() if isinstance(v, Case) and v.service == service)


def entry(service: str, box: Sandbox) -> Entry:
    """What the service's Case opens a session with."""
    case, told = case_of(service), {}

    @asynccontextmanager
    async def opened(service: str, settings: Mapping[str, Any], **more: Any) -> AsyncIterator[None]:
        told.update(settings=dict(settings), **more)
        yield None

    async def ask() -> None:
        async with case.enters(box):
            pass

    places = [m for name, m in list(sys.modules.items()) if name.startswith("contract.") and hasattr(m, "opened")]
    kept = {place: place.opened for place in places}
    for place in places:  # their own names for the way in, for as long as we ask
        place.opened = opened  # type: ignore[attr-defined]
    try:
        asyncio.run(ask())
    finally:
        for place, real in kept.items():
            place.opened = real  # type: ignore[attr-defined]
    spec = registry.spec(service)
    bearing = bool(told.get("tokens") or told.get("renew"))
    headers = [way for way in spec.auth if way not in ("oauth", "client_credentials", "jwt_bearer", "session")]
    auth = told.get("auth") or ("oauth" if bearing else (headers or list(spec.auth))[0])
    access = (told["renew"]() if told.get("renew") else told["tokens"][0]) if bearing else ""
    return Entry(auth, told["settings"], dict(told.get("secrets") or {}), access)


# ------------------------------------------------------------------ worlds with few records


def _freee() -> World:
    """A few numbered deals, and of the masters their partners."""
    world = freee.new_world(None)
    tables = world.state["tables"]
    deals = tables[f"{freee.ENTERPRISE}/deals"]
    deals[:] = [deal for deal in deals if deal["type"] == "income" and deal["ref_number"]][:FEW]
    billed = {deal["partner_id"] for deal in deals}
    for name, rows in tables.items():
        if name.endswith(("/partners", "/tags")) or "/segments/" in name:
            rows[:] = [row for row in rows if row["id"] in billed]
    return world


def _kintone() -> World:
    now = datetime.now(UTC)
    world = World("kintone", empty(now))
    definition = [
        catalog.text("請求書番号", "Invoice number", required=True, unique=True),
        catalog.text("会計請求書ID", "Invoice ID", unique=True),
        catalog.text("取引先名", "Partner name"),
        catalog.text("件名", "Subject"),
        catalog.day("請求日", "Invoice date"),
        catalog.day("支払期限", "Due date"),
        catalog.number("小計", "Subtotal"),
        catalog.number("消費税", "Tax"),
        catalog.number("合計", "Total"),
        catalog.text("通貨", "Currency"),
        *catalog.system(),
    ]
    world.state["apps"][INVOICES] = _app(
        INVOICES, "請求書", "Invoices", "会計の請求書の写しです。", definition, now=now
    )
    world.state["tokens"][token(INVOICES)] = {"app": INVOICES, "permissions": ["view", "add", "edit"]}
    return world


SMALL: Mapping[str, Callable[[], World]] = {"freee": _freee, "kintone": _kintone}


@contextmanager
def sandbox(service: str) -> Iterator[Sandbox]:
    """The imitation of a service with few records, or as it is seeded. Ones that share a sandbox share its module."""
    case = case_of(service)
    world = SMALL[service]() if service in SMALL else case.sandbox.new_world(None, 1)
    with serve(case.sandbox.build(world)) as base_url:
        if service == "kintone":
            module_of(service).APPS = (catalog.PARTNER, INVOICES)  # type: ignore[attr-defined]  # what its entry is given
        yield Sandbox(base_url, world)
