"""The statement of a reconciliation: dated, with fingerprints, signed by HMAC-SHA256.

Signed is the canonical JSON of everything but ``signature``: keys sorted, no spaces, UTF-8. ``key`` is a short mark of the key
that signed, so that a statement outlives a change of keys as long as the old one is kept.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

KIND = "choai.reconciliation"
VERSION = 1
VERDICTS = {"ja": {"agree": "一致", "differ": "不一致"}, "en": {"agree": "They agree", "differ": "They do not agree"}}


class Verdict(NamedTuple):
    """``reason``: "" | not_a_statement | unknown_key | changed."""

    valid: bool
    reason: str = ""


def canonical(value: Any) -> bytes:
    """The one spelling of a JSON value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def fingerprint(value: Any) -> str:
    """SHA-256 of the canonical JSON."""
    return sha256(canonical(value)).hexdigest()


def mark(key: bytes) -> str:
    """What names a key without telling it."""
    return sha256(b"choai statement key " + key).hexdigest()[:16]


def sign(body: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    """The statement with the mark of its key and its signature."""
    named = {**body, "key": mark(key)}
    named.pop("signature", None)
    return {**named, "signature": hmac.new(key, canonical(named), sha256).hexdigest()}


def verify(found: object, keys: Sequence[bytes]) -> Verdict:
    """Whether this installation signed exactly this statement."""
    if not isinstance(found, Mapping) or found.get("kind") != KIND or not isinstance(found.get("signature"), str):
        return Verdict(False, "not_a_statement")
    key = next((k for k in keys if mark(k) == found.get("key")), None)
    if key is None:
        return Verdict(False, "unknown_key")
    body = {name: value for name, value in found.items() if name != "signature"}
    wanted = hmac.new(key, canonical(body), sha256).hexdigest()
    if not hmac.compare_digest(wanted.encode(), str(found["signature"]).encode()):
        return Verdict(False, "changed")
    return Verdict(True)
