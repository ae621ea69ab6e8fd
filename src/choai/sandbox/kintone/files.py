"""Attachments: an upload key works once; the key shown in a record is another one and changes at each save."""

from __future__ import annotations

import base64
import secrets
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from choai.sandbox.kintone.answers import ApiError
from choai.sandbox.kintone.site import Json, Site


async def upload(site: Site, request: Request) -> Json:
    """``POST file.json``: multipart with one part called ``file``."""
    kind = request.headers.get("content-type", "")
    body = await request.body()
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode("latin-1") + b"\r\n\r\n" + body)
    for part in message.iter_parts() if message.is_multipart() else ():
        disposition: Any = part["content-disposition"]
        if disposition is not None and disposition.params.get("name") == "file":
            data = part.get_payload(decode=True) or b""
            key = secrets.token_hex(16)
            site.state.setdefault("files", {})[key] = {
                "name": (part.get_filename() or "file").encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
                "contentType": part.get_content_type(),
                "size": str(len(data)),
                "data": base64.b64encode(data if isinstance(data, bytes) else b"").decode(),
                "uploaded": True,
            }
            return {"fileKey": key}
    raise ApiError("CB_IL02")


def download(site: Site, key: str) -> Response:
    found = site.state.get("files", {}).get(key)
    if found is None or found["uploaded"]:  # an upload key cannot be used for downloading
        raise ApiError("GAIA_BL01", id=key)
    return Response(base64.b64decode(found["data"]), media_type=found["contentType"])


def attach(site: Site, key: str, existing: dict[str, Json]) -> Json | None:
    """What the record keeps for this key: name, type, size and a fresh key. None for a key that is not usable here."""
    files = site.state.setdefault("files", {})
    found = files.get(key)
    if found is None or not (found["uploaded"] or key in existing):
        return None
    fresh = secrets.token_hex(16)
    files[fresh] = {**found, "uploaded": False}
    return {"fileKey": fresh, "name": found["name"], "contentType": found["contentType"], "size": found["size"]}
