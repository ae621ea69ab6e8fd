"""Calls that the rest is made of: paths with the version, JSON that is what it should be, one page of a query."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from choai.connectors.contract import Reply, Session
from choai.connectors.salesforce.faults import fault
from choai.connectors.salesforce.spec import VERSION
from choai.errors import ChoaiError

LONGEST_ADDRESS = 12_000  # beyond it a query travels in a body: an address with its headers ends at 16,384 bytes
IDENTIFIER = re.compile(r"[0-9A-Za-z]{15}([0-9A-Za-z]{3})?")


def path_of(session: Session, resource: str) -> str:
    return f"/services/data/v{session.settings.get('api_version') or VERSION}/{resource}"


async def asked(session: Session, method: str, resource: str, key: str, **more: Any) -> Any:
    """The JSON of a good answer. Raises ``unexpected_answer`` when it has no such key."""
    path = resource if resource.startswith("/") else path_of(session, resource)
    data = (await session.call(method, path, effect=False, **more)).data
    if not isinstance(data, dict) or key not in data:
        raise ChoaiError("unexpected_answer", detail=f"no {key}")
    return data


async def query(session: Session, soql: str, resource: str = "query") -> Any:
    """One page of a query. A long one travels inside a composite call, because addresses end at 16 KB."""
    address = urlencode({"q": soql})
    if len(address) <= LONGEST_ADDRESS:
        return _table(await asked(session, "GET", resource, "records", query={"q": soql}))
    inner = {"method": "GET", "url": f"{path_of(session, resource)}?{address}", "referenceId": "query"}
    body = {"compositeRequest": [inner]}
    told = (await asked(session, "POST", "composite", "compositeResponse", json=body))["compositeResponse"][0]
    if told["httpStatusCode"] != 200:
        raise fault(Reply(told["httpStatusCode"], {}, told["body"], "", "GET", resource))
    return _table(told["body"])


def _table(data: Any) -> Any:
    if not isinstance(data, dict) or not isinstance(data.get("records"), list) or "totalSize" not in data:
        raise ChoaiError("unexpected_answer", detail="no records")
    return data
