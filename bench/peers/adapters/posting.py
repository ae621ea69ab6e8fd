"""Writing a batch with requests, as a destination written for one of the peers would do it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
import requests
from fields import project

_session = requests.Session()


def post(base: str, batch: int, records: Iterable[dict[str, Any]]) -> None:
    """Raises requests.HTTPError."""
    rows = [project(record) for record in records]
    address, body = (f"{base}/batch", rows) if batch > 1 else (f"{base}/record", rows[0])
    reply = _session.post(address, data=orjson.dumps(body, default=str), headers={"content-type": "application/json"})
    reply.raise_for_status()
