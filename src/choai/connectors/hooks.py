"""Proofs that a webhook call is genuine. All comparisons take the same time whatever the texts are."""

from __future__ import annotations

import base64
import hashlib
import hmac

TOKEN = "hook_token"  # noqa: S105  (the name under which ``heard`` finds what a subscription's calls carry)


def same(told: str | None, known: str | None) -> bool:
    """Whether a told secret is the known one. An empty one is never right."""
    return bool(told) and bool(known) and hmac.compare_digest(str(told).encode(), str(known).encode())


def signed(body: bytes, key: str | None, told: str | None, *, form: str = "base64", digest: str = "sha256") -> bool:
    """Whether ``told`` is the HMAC of the body with the key, in base64 or hex."""
    if not key:
        return False
    made = hmac.new(key.encode(), body, getattr(hashlib, digest)).digest()
    return same(told, base64.b64encode(made).decode("ascii") if form == "base64" else made.hex())


def mark_of(body: bytes) -> str:
    """The same for a repetition of the same call."""
    return hashlib.sha256(body).hexdigest()[:32]
