"""Logs: one JSON object a line, or plain lines on a terminal. Secrets are filtered on the way out (CC-21)."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

_NAMED = re.compile(
    r"(?i)((?:access_token|refresh_token|client_secret|api_token|password|passphrase|cookie|set-cookie"
    r"|x-cybozu-[a-z-]+|authorization)[\"']?\s*[=:]\s*[\"']?)(?:(?:bearer|basic)\s+)?[^\s\"'&,}]+"
)
_CODE = re.compile(r"(?i)([?&](?:code|state)=)[^&\s\"']+")  # of an OAuth round trip, in addresses only
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}")
_OURS = re.compile(r"\bchoai_[\w-]{20,}")
_PASSWORD_IN_URL = re.compile(r"(://[^:/@\s]+:)[^@/\s]+@")
HIDDEN = "***"


def hide(text: str) -> str:
    """The text without anything that looks like a secret."""
    text = _NAMED.sub(rf"\g<1>{HIDDEN}", text)
    text = _CODE.sub(rf"\g<1>{HIDDEN}", text)
    text = _BEARER.sub(rf"\g<1> {HIDDEN}", text)
    text = _OURS.sub(HIDDEN, text)
    return _PASSWORD_IN_URL.sub(rf"\g<1>{HIDDEN}@", text)


class JsonLines(logging.Formatter):
    """time, level, logger, message; run, code, id and facts where the caller gave them; error with its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": hide(record.getMessage()),
        }
        for name in ("run", "code", "id", "facts"):
            if hasattr(record, name):
                entry[name] = getattr(record, name)
        if record.exc_info:
            entry["error"] = hide(self.formatException(record.exc_info))
        return hide(json.dumps(entry, ensure_ascii=False, default=str))


class Lines(logging.Formatter):
    """For people at a terminal."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        extra = "".join(f" {n}={getattr(record, n)}" for n in ("run", "code", "id", "facts") if hasattr(record, n))
        return hide(super().format(record) + extra)


def set_up(level: str = "INFO", stream: TextIO | None = None) -> None:
    """All loggers write here. uvicorn's access log stays off: it would carry one-time codes of redirects."""
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    handler.setFormatter(Lines() if out.isatty() else JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("uvicorn.access").disabled = True
    for noisy in ("asyncio", "aiohttp", "sqlalchemy", "httptools", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))
