"""freee's webhooks (beta): expense applications, approval and payment requests. Nothing is told of partners, tags or deals.

A call carries the app's verification token as it is in a header; one app's calls are about all its companies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from choai.connectors.contract import Forged, Heard
from choai.connectors.hooks import mark_of, same


def heard(
    settings: Mapping[str, Any], secrets: Mapping[str, Any], headers: Mapping[str, str], body: bytes
) -> Heard | Forged:
    """Which record of the connection's company changed; nothing for another company's."""
    if not same(headers.get("x-freee-token"), secrets.get("verification_token")):
        return Forged(401, "x-freee-token")
    try:
        told = json.loads(body)
        product, _, object = str(told["resource"]).partition(":")
        record = told.get(object)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Forged(400, "no webhook of freee")
    mark = str(told.get("id") or mark_of(body))
    if product != "accounting" or not isinstance(record, dict):
        return Heard({}, mark)
    company = settings.get("company_id")
    if company and str(record.get("company_id")) != str(company):
        return Heard({}, mark)
    return Heard({object: [str(record["id"])] if record.get("id") else []}, mark)
