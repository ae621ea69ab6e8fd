"""``choai demo --check``: walk the guided first sync through the HTTP API, exactly as the screens do, and judge it.

Sign in → both connections (freee by its consent page) → link the five masters → each way once as preview, then applied → the
schedules, each way run once more. It is right when every run ends well, the last runs write nothing, and neither side holds
anything twice that it did not hold twice before.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from yarl import URL

from choai.model.names import company_key, fold

KINDS = ("partner", "tag", "segment_1", "segment_2", "segment_3")
SCHEDULES = ("partner", "tag", "segment")
WAYS = ("import", "upload")
RUN_SECONDS = 300
ENDED = ("succeeded", "partly", "error", "stopped", "cancelled")


class NotRight(Exception):
    """What the walk met and should not have."""


def main(folder: Path | None = None) -> int:
    """Print one JSON line and answer the exit code: 0 when all is right."""
    begun = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="choai-check-") as temporary, _demo(folder or Path(temporary)) as told:
            answer = asyncio.run(_walk(told))
    except (NotRight, aiohttp.ClientError, TimeoutError, OSError) as error:
        answer = {"right": False, "wrong": [f"{type(error).__name__}: {error}"]}
    answer["seconds"] = round(time.monotonic() - begun, 1)
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return 0 if answer["right"] else 1


@contextmanager
def _demo(folder: Path) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "choai.cli", "demo", "--port", "0", "--no-open", "--data", str(folder)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603  our own module
    assert child.stdout is not None  # noqa: S101  it is a pipe
    try:
        line = child.stdout.readline()
        if not line:
            raise NotRight("the demo did not start")
        yield json.loads(line)
    finally:
        child.terminate()
        try:
            child.wait(timeout=60)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        child.stdout.close()


class _Api:
    """The API as a browser uses it: cookies, and the CSRF token in a header."""

    def __init__(self, http: aiohttp.ClientSession, address: str) -> None:
        self.http = http
        self.address = address

    async def __call__(self, method: str, path: str, body: Any = None) -> Any:
        cookies = self.http.cookie_jar.filter_cookies(URL(self.address))
        headers = {"X-CSRFToken": cookies["csrftoken"].value} if "csrftoken" in cookies else {}
        async with self.http.request(method, f"{self.address}/api{path}", json=body, headers=headers) as reply:
            answer = await reply.json()
            if reply.status >= 400:
                raise NotRight(f"{method} {path}: {reply.status} {answer.get('code')} {answer.get('facts')}")
            return answer

    async def reasons(self, run: dict[str, Any]) -> dict[str, int]:
        """Why items of a run failed: how often each code."""
        codes: Counter[str] = Counter()
        page = 1
        while page:
            found = await self("GET", f"/runs/{run['id']}/items?outcome=failed&page_size=200&page={page}")
            codes.update(_reason(row["problem"] or {}) for row in found["rows"])
            page = page + 1 if len(found["rows"]) == 200 else 0
        return dict(codes)

    async def ended(self, run_id: int, states: tuple[str, ...] = ENDED) -> dict[str, Any]:
        """The run when it is in one of these states."""
        until = time.monotonic() + RUN_SECONDS
        while time.monotonic() < until:
            row: dict[str, Any] = await self("GET", f"/runs/{run_id}")
            if row["state"] in states:
                return row
            if row["state"] in ENDED:
                raise NotRight(f"run {run_id} of {row['kind']}: {row['state']} {(row['problem'] or {}).get('code')}")
            await asyncio.sleep(0.1)
        raise NotRight(f"run {run_id} does not end")


async def _walk(told: dict[str, Any]) -> dict[str, Any]:
    jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address without a name
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        api = _Api(http, told["address"])
        await api("GET", "/session")
        await api("POST", "/session", {"email": told["email"], "password": told["password"]})
        demo = (await api("GET", "/session"))["demo"]
        before = await _twice(http, demo)
        await _connect(api, http, demo)
        runs = [run for kind in KINDS for run in await _first_sync(api, kind)]
        again = [run for kind in SCHEDULES for run in await _scheduled(api, kind)]
        after = await _twice(http, demo)
        reasons = {f"{r['kind']} {r['direction']}": await api.reasons(r) for r in runs if r["counts"]["failed"]}
        calls = [await _sandbox(http, demo["sandbox"][name], "/calls") for name in ("freee", "kintone")]
    return _judged(runs, again, before, after, calls) | {"reasons": reasons}


def _judged(
    runs: list[dict[str, Any]],
    again: list[dict[str, Any]],
    before: dict[str, int],
    after: dict[str, int],
    calls: list[dict[str, int]],
) -> dict[str, Any]:
    first, second = _sum(runs), _sum(again)
    duplicates = {side: after[side] - before[side] for side in ("left", "right")}
    wrong = [f"{r['kind']} {r['direction']}: {r['state']}" for r in [*runs, *again] if r["state"] != "succeeded"]
    if second["created"] or second["updated"]:
        wrong.append(f"the second runs wrote: {second}")
    wrong += [f"{count} duplicates on the {side}" for side, count in duplicates.items() if count]
    wrong += [
        f"{kind}: nothing was a target" for kind in KINDS if not _sum(r for r in runs if r["kind"] == kind)["targets"]
    ]
    return {
        "right": not wrong,
        "services": ["freee", "kintone"],
        **{name: first[name] for name in ("targets", "created", "updated", "unchanged", "failed")},
        "duplicates": duplicates,
        "second_run": {name: second[name] for name in ("targets", "created", "updated", "failed")},
        "calls": sum(sum(one.values()) for one in calls),
        "runs": [
            {"kind": r["kind"], "direction": r["direction"], "state": r["state"]}
            | {n: c for n, c in r["counts"].items() if c}
            for r in [*runs, *again]
        ],
        "wrong": wrong,
    }


def _reason(problem: dict[str, Any]) -> str:
    field = problem.get("facts", {}).get("field")
    return f"{problem.get('code')} {field}" if field else str(problem.get("code"))


def _sum(runs: Iterable[dict[str, Any]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for run in runs:
        total.update(run["counts"])
    return total


# ---------------------------------------------------------------- the steps of the guide


async def _connect(api: _Api, http: aiohttp.ClientSession, demo: dict[str, Any], kinds: Iterable[str] = KINDS) -> None:
    freee = await api("POST", "/connections", {"service": "freee", **demo["freee"]})
    back = f"/connections/{freee['id']}"
    url = (await api("POST", f"/connections/{freee['id']}/authorise", {"back": back}))["url"]
    ended = await _consent(http, url, demo["consent"])
    if ended.get("problem"):
        raise NotRight(f"freee was not authorised: {ended['problem']}")
    asked = demo["kintone"]["settings"]
    settings = {name: asked[name] for name in ("domain", "base_url", "apps")}
    kintone = await api("POST", "/connections", {**demo["kintone"], "service": "kintone", "settings": settings})
    for row in (freee, kintone):
        tested = await api("POST", f"/connections/{row['id']}/test")
        if tested["state"] != "ready":
            raise NotRight(f"{row['service']} is not ready: {(tested['problem'] or {}).get('code')}")
    for kind in kinds:
        body = {"left_connection": kintone["id"], "left_object": demo["objects"][kind], "right_connection": freee["id"]}
        linked = await api("POST", f"/masters/{kind}/link", body)
        errors = [p for p in linked["problems"] if p["severity"] == "error"]
        if errors:
            raise NotRight(f"{kind}: {[p['problem']['code'] for p in errors]}")


async def _consent(http: aiohttp.ClientSession, url: str, choice: dict[str, Any]) -> dict[str, str]:
    """Press 許可する on the consent page; answers what our own page is told at the end of the round trip."""
    async with http.get(url) as page:
        if page.status != 200:
            raise NotRight(f"the consent page answers {page.status}")
    parts = urlsplit(url)
    form = {**dict(parse_qsl(parts.query)), **{k: str(v) for k, v in choice.items()}, "decision": "allow"}
    address = parts._replace(query="").geturl()
    async with http.post(address, data=form, allow_redirects=False) as answer:
        callback = answer.headers.get("Location", "")
    async with http.get(callback, allow_redirects=False) as answer:
        return dict(parse_qsl(urlsplit(answer.headers.get("Location", "")).query))


async def _first_sync(api: _Api, kind: str) -> list[dict[str, Any]]:
    """Each way: the plan is shown, then exactly this plan is applied."""
    done = []
    for way in WAYS:
        run_id = (await api("POST", f"/masters/{kind}/{way}", {"preview": True}))["runs"][0]
        shown = await api.ended(run_id, ("planned",))
        if shown["counts"]["created"] + shown["counts"]["updated"]:
            raise NotRight(f"the preview of {kind} wrote")
        await api("POST", f"/runs/{run_id}/apply")
        done.append(await api.ended(run_id))
    return done


async def _scheduled(api: _Api, kind: str) -> list[dict[str, Any]]:
    """Each way the schedule is switched on, its next run is known, and it is run now: nothing is left to write."""
    done = []
    for direction in ("to_left", "to_right"):
        card = await api("GET", f"/schedules/{kind}")
        body = {"enabled": True, "direction": direction, "frequency": "daily", "version": card["version"]}
        if not (await api("PUT", f"/schedules/{kind}", body))["next_at"]:
            raise NotRight(f"{kind}: no next run")
        started = await api("POST", f"/schedules/{kind}/run", {"preview": False})
        done += [await api.ended(run_id) for run_id in started["runs"]]
    return done


# ---------------------------------------------------------------- what the services really hold


async def _sandbox(http: aiohttp.ClientSession, control: str, path: str) -> Any:
    async with http.get(control + path) as reply:
        return await reply.json()


async def _twice(http: aiohttp.ClientSession, demo: dict[str, Any]) -> dict[str, int]:
    """How many records too many each side holds, by name and by the accounting id noted in them."""
    freee = await _sandbox(http, demo["sandbox"]["freee"], "/state")
    kintone = await _sandbox(http, demo["sandbox"]["kintone"], "/state")
    company = str(demo["consent"]["company"])
    right = sum(_extra(key(name) for name in _freee_names(freee, company, kind)) for kind, key in _KEYS.items())
    left = 0
    for kind, key in _KEYS.items():
        app = demo["objects"][kind].removeprefix("app:")
        names, ids = _kintone_names(kintone, app)
        left += _extra(map(key, names)) + _extra(ids)
    return {"left": left, "right": right}


_KEYS = {kind: company_key if kind == "partner" else fold for kind in KINDS}


def _extra(keys: Iterable[str]) -> int:
    return sum(count - 1 for key, count in Counter(keys).items() if key)


def _freee_names(state: dict[str, Any], company: str, kind: str) -> list[str]:
    table = {"partner": "partners", "tag": "tags"}.get(kind) or f"segments/{kind.removeprefix('segment_')}"
    return [row["name"] for row in state["tables"][f"{company}/{table}"]]


def _kintone_names(state: dict[str, Any], app: str) -> tuple[list[str], list[str]]:
    """Names, and the accounting ids that are filled in."""
    rows = [record["values"] for record in state["apps"][app]["records"].values()]
    name = "取引先名" if rows and "取引先名" in rows[0] else "名前"
    identity = next((code for code in rows[0] if code.startswith("freee") and code.endswith("ID")), "") if rows else ""
    return [row[name] for row in rows], [str(row[identity] or "") for row in rows]
