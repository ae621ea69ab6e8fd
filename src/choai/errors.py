"""One error type with a stable code; the texts and the recovery live in errors.toml.

    ChoaiError(code, **facts)
      recovery: retry | wait | reauthorise | skip | ask | stop     what the engine does
      who:      user | accounting_admin | crm_admin | host | nobody   who can fix it

A vendor's own text is kept in the fact ``detail`` for people; nothing branches on it (FK-62).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Recovery(StrEnum):
    RETRY = "retry"  # again, soon: a passing fault
    WAIT = "wait"  # again, after the time the fact ``until`` names
    REAUTHORISE = "reauthorise"  # a person must link the account again
    SKIP = "skip"  # this record fails, the run goes on (FK-61)
    ASK = "ask"  # a person decides
    STOP = "stop"  # the run ends


@dataclass(slots=True, frozen=True)
class Entry:
    """One catalogue entry. Texts may hold ``{fact}`` placeholders."""

    code: str
    recovery: Recovery
    who: str
    http: int
    ja: dict[str, str]  # title, cause, next
    en: dict[str, str]

    def text(self, language: str) -> dict[str, str]:
        return self.ja if language == "ja" else self.en


@cache
def catalogue() -> dict[str, Entry]:
    """All codes. Raises ValueError when the catalogue itself is broken."""
    raw = tomllib.loads(files("choai").joinpath("errors.toml").read_text("utf-8"))
    out = {}
    for code, entry in raw.items():
        out[code] = Entry(
            code=code,
            recovery=Recovery(entry["recovery"]),
            who=entry["who"],
            http=entry.get("http", 422),
            ja=entry["ja"],
            en=entry["en"],
        )
    return out


class _Facts(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "–"


class ChoaiError(Exception):
    """An error with a code of the catalogue. ``facts`` fill the texts and go to logs; never put a secret there."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    @property
    def entry(self) -> Entry:
        return catalogue()[self.code]

    @property
    def recovery(self) -> Recovery:
        return self.entry.recovery

    def text(self, language: str) -> dict[str, str]:
        """title, cause and next step in that language ("ja" or "en")."""
        return explain(self.code, self.facts, language)

    def __str__(self) -> str:
        facts = " ".join(f"{k}={v!r}" for k, v in self.facts.items())
        return f"{self.code} {facts}".rstrip()


def explain(code: str, facts: dict[str, object], language: str) -> dict[str, str]:
    """The texts of a stored code and its facts; an unknown code (from a newer version) explains itself.

    A fact ``field_ja`` or ``field_en`` stands for ``field`` in that language: people read labels, not field codes.
    """
    entry = catalogue().get(code) or catalogue()["unexpected"]
    told = {name.removesuffix(f"_{language}"): fact for name, fact in facts.items() if name.endswith(f"_{language}")}
    filled = _Facts({**facts, **told})
    return {name: text.format_map(filled) for name, text in entry.text(language).items()}
