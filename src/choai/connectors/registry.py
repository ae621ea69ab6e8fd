"""Which services there are. One line each; other packages add theirs by an entry point of the group ``choai.connectors``."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import cast

from choai.connectors.contract import Connector, Spec
from choai.errors import ChoaiError

SERVICES: dict[str, str] = {
    "freee": "choai.connectors.freee",
    "freee_invoice": "choai.connectors.freee_invoice",
    "kintone": "choai.connectors.kintone",
    "moneyforward": "choai.connectors.moneyforward",
    "salesforce": "choai.connectors.salesforce",
    "senses": "choai.connectors.senses",
    "vtiger": "choai.connectors.vtiger",
    "xero": "choai.connectors.xero",
    "zoho_billing": "choai.connectors.zoho_billing",
    "zoho_books": "choai.connectors.zoho_books",
    "zoho_crm": "choai.connectors.zoho_crm",
    "zoho_expense": "choai.connectors.zoho_expense",
    "zoho_invoice": "choai.connectors.zoho_invoice",
}


@cache
def modules() -> dict[str, str]:
    """service → module path. Our own win over an entry point of the same name."""
    others = {point.name: point.value for point in entry_points(group="choai.connectors")}
    return {**others, **SERVICES}


@cache
def spec(service: str) -> Spec:
    """Raises ``not_found`` for a service that is not installed."""
    return cast("Spec", import_module(f"{_module(service)}.spec").SPEC)


@cache
def connector(service: str) -> Connector:
    """The service's ``api`` module. Raises ``not_found`` for a service that is not installed."""
    return cast("Connector", import_module(f"{_module(service)}.api"))


def services() -> list[Spec]:
    """All installed services, in the order of the registry."""
    return [spec(service) for service in modules()]


def names() -> dict[str, dict[str, str]]:
    """What people call the services, by service and language."""
    return {one.service: {"ja": one.ja, "en": one.en} for one in services()}


def _module(service: str) -> str:
    try:
        return modules()[service]
    except KeyError:
        raise ChoaiError("not_found", name=service) from None
