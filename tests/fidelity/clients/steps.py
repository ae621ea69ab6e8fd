"""What the Python programs of this folder share: the list of what was tried, a person's consent, the line told at the end.

Only the standard library: each program runs in an environment of its own, with nothing in it but its client.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

SECONDS = 10  # for one call of a person's browser


class Steps:
    """What was tried with ``client`` (its name in the registry), and how it ended.

    ``catches`` is what a client may raise, ``shows`` how an unexpected answer is told.
    """

    def __init__(
        self,
        service: str,
        client: str,
        *,
        catches: type[BaseException] = Exception,
        shows: Callable[[Any], str] = repr,
    ) -> None:
        self.service, self.client, self.catches, self.shows = service, client, catches, shows
        self.done: list[str] = []
        self.deviations: list[str] = []

    def __call__(self, name: str, act: Callable[[], Any], holds: Callable[[Any], Any] = bool) -> Any:
        """What ``act`` gives, None when it raised; a step when ``holds`` says so."""
        try:
            got = act()
            if holds(got):
                self.done.append(name)
            else:
                self.deviations.append(f"{name}: {self.shows(got):.300}")
        except self.catches as wrong:
            more = getattr(wrong, "message", "")  # what some clients know beside their text
            self.deviations.append(f"{name}: {type(wrong).__name__} {wrong!s:.300} {more!s:.200}".rstrip())
            return None
        return got

    def raises(
        self, name: str, kind: Any, act: Callable[[], Any], holds: str | Callable[[Any], Any] = lambda told: True
    ) -> None:
        """A step when ``act`` raises a ``kind`` that holds: with that text in it, or by a function of it."""
        try:
            self.deviations.append(f"{name}: no error but {act()!r:.100}")
        except kind as told:
            text = f"{told} {getattr(told, 'content', '')}"
            if holds in text if isinstance(holds, str) else holds(told):
                self.done.append(name)
            else:
                self.deviations.append(f"{name}: {text:.300}")
        except self.catches as wrong:
            self.deviations.append(f"{name}: {type(wrong).__name__} {wrong!s:.300}")

    def told(self) -> dict[str, Any]:
        """The line for ``dev.py fidelity``."""
        known = {"service": self.service, "client": self.client, "version": version(self.client)}
        return {**known, "steps": self.done, "deviations": self.deviations}


class _Stays(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """No redirect is followed: where it leads is what is asked for."""


def consent(address: str, asked: Mapping[str, str], *, field: str = "decision") -> str:
    """A person opens the page at ``address`` with the query ``asked`` and allows; where the browser is sent back to."""
    browser = build_opener(_Stays)
    browser.open(f"{address}?{urlencode(asked)}", timeout=SECONDS).read()
    form = urlencode({**asked, field: "allow"}).encode()
    try:
        browser.open(Request(address, form), timeout=SECONDS)
    except HTTPError as answer:
        if back := answer.headers.get("location"):
            return str(back)
        raise
    raise RuntimeError(f"{address} sent nobody back")


def switch(base_url: str, **settings: Any) -> None:
    """Set switches of the imitation, as its operator may."""
    body = json.dumps(settings).encode()
    told = Request(f"{base_url}/_sandbox/state", body, {"content-type": "application/json"})
    build_opener().open(told, timeout=SECONDS).read()


def tell(*drives: Callable[[str], Steps]) -> None:
    """Drive each client against the address given to the program; one line of JSON for each."""
    for drive in drives:
        told = drive(sys.argv[1].rstrip("/")).told()
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
