"""Addresses with ``{setting}`` placeholders, filled from a connection's settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from choai.connectors.contract import Spec
from choai.errors import ChoaiError


def base_address(spec: Spec, settings: Mapping[str, Any]) -> str:
    """The connection's base address: its own setting ``base_url``, else the vendor's. Raises ``connection_not_ready`` when a
    placeholder has no value."""
    own = settings.get("base_url")
    return str(own) if own else filled(spec.base_url, spec, settings)


def filled(template: str, spec: Spec, settings: Mapping[str, Any]) -> str:
    """An address with its ``{setting}`` placeholders filled: from the settings, their defaults, the addresses of the data centre
    that was chosen. ``{base_url}`` is the base address. Raises ``connection_not_ready`` when one has no value."""
    values: dict[str, Any] = {s.name: s.default for s in spec.settings}
    values |= {name: value for name, value in settings.items() if value}
    for name, (setting, addresses) in spec.places.items():
        values[name] = values.get(name) or addresses.get(str(values.get(setting) or ""))
    known = {name: str(value) for name, value in values.items() if value}
    if "{base_url}" in template:
        known["base_url"] = base_address(spec, settings).rstrip("/")
    try:
        return template.format_map(known)
    except KeyError as missing:
        raise ChoaiError("connection_not_ready", service=spec.ja, field=str(missing.args[0])) from None
