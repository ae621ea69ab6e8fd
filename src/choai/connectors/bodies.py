"""Request bodies: JSON, urlencoded forms, multipart, raw bytes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec

from choai.connectors.contract import Pairs, Part

FORM = "application/x-www-form-urlencoded"
_json = msgspec.json.Encoder(decimal_format="number").encode
_QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})  # as browsers do


def pairs_of(pairs: Pairs) -> list[tuple[str, str]]:
    return list(pairs.items() if isinstance(pairs, Mapping) else pairs)


def encoded(
    json: Any = None, form: Pairs | None = None, parts: Sequence[Part] | None = None, body: bytes | None = None
) -> tuple[bytes | None, dict[str, str]]:
    """The bytes of the one body that is given, and the header that says what they are (raw bytes: none)."""
    if sum(one is not None for one in (json, form, parts, body)) > 1:
        raise ValueError("one body at most")
    if json is not None:
        return _json(json), {"Content-Type": "application/json"}
    if form is not None:
        return urlencode(pairs_of(form)).encode("ascii"), {"Content-Type": FORM}
    if parts is not None:
        boundary = secrets.token_hex(16)
        return _multipart(parts, boundary), {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return body, {}


def _multipart(parts: Sequence[Part], boundary: str) -> bytes:
    out = bytearray()
    for part in parts:
        kind = f'form-data; name="{part.name.translate(_QUOTED)}"'
        if part.filename is not None:
            kind += f'; filename="{part.filename.translate(_QUOTED)}"'
        out += f"--{boundary}\r\nContent-Disposition: {kind}\r\n".encode()
        if part.content_type:
            out += f"Content-Type: {part.content_type}\r\n".encode("ascii")
        content = part.content.encode() if isinstance(part.content, str) else part.content
        out += b"\r\n" + content + b"\r\n"
    return bytes(out + f"--{boundary}--\r\n".encode("ascii"))
