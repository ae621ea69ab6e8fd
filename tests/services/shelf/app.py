"""The test service: shelves of cards over HTTP, with the rules switched per shelf. Its state outlives its clients.

    GET    /{account}/{shelf}             records, paged; ``since``, ``ids``, or ``key`` and ``value`` choose
    POST   /{account}/{shelf}             create {"records": [{"values"}]}; honours an Idempotency-Key
    PUT    /{account}/{shelf}             change {"records": [{"id", "revision"?, "values"}]}; "upsert": field → by that field
    PATCH  /{account}/{shelf}/{id}        what a person does there: never counted, never lost
    DELETE /{account}/{shelf}/{id}
    PUT    /{account}                     the account's whole state; GET answers it

Rules of an account (``rules``): ``unique`` fields by shelf, ``partial`` shelves whose answers hold ids only, ``lose`` every
so many-th write's answer after acting, ``slow`` seconds between a write's arrival and its effect, ``rewrite`` field → trim,
upper or nfkc, ``key_seconds`` for which a key is remembered.
"""

from __future__ import annotations

import asyncio
import json
import sys
import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from choai.sandbox.core import Imitation, World, _drop, control_routes

REWRITES: dict[str, Callable[[str], str]] = {
    "trim": str.strip,
    "upper": str.upper,
    "nfkc": lambda v: unicodedata.normalize("NFKC", v),
}


def new_world() -> World:
    return World("shelf", {"accounts": {}})


def account(world: World, name: str) -> dict[str, Any]:
    """An account; made at first sight."""
    fresh: dict[str, Any] = {"shelves": {}, "keys": {}, "rules": {}, "counts": {}, "next": 1, "writes": 0}
    found: dict[str, Any] = world.state["accounts"].setdefault(name, fresh)
    return found


def shelf_of(place: dict[str, Any], shelf: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = place["shelves"].setdefault(shelf, {})
    return found


class Refusal(Exception):
    """Nothing was written: one record of the call is at fault."""

    def __init__(self, at: int, code: str, field: str = "") -> None:
        self.answer = {"code": code, "at": at, "field": field}


def put(world: World, place: dict[str, Any], shelf: str, values: dict[str, Any], id: str | None = None) -> str:
    """Make or change a card."""
    rows = shelf_of(place, shelf)
    rewrite = place["rules"].get("rewrite", {})
    kept = {k: REWRITES[rewrite[k]](v) if k in rewrite and isinstance(v, str) else v for k, v in values.items()}
    if id is None:
        id = f"{shelf[:1]}{place['next']}"
        place["next"] += 1
        rows[id] = {"revision": 0, "values": {}}
    row = rows[id]
    row["values"].update(kept)
    row["revision"] += 1
    row["changed_at"] = world.now().isoformat()
    return id


def _count(place: dict[str, Any], name: str, by: int = 1) -> None:
    place["counts"][name] = place["counts"].get(name, 0) + by


def _told(rows: dict[str, dict[str, Any]], id: str, *, full: bool = True) -> dict[str, Any]:
    row = rows[id]
    told = {"id": id, "revision": str(row["revision"]), "changed_at": row["changed_at"]}
    return {**told, "values": row["values"]} if full else {"id": id, "revision": told["revision"]}


def _demand_unique(place: dict[str, Any], shelf: str, at: int, id: str | None, values: dict[str, Any]) -> None:
    for field in place["rules"].get("unique", {}).get(shelf, ()):
        value = values.get(field)
        if value and any(i != id and r["values"].get(field) == value for i, r in shelf_of(place, shelf).items()):
            raise Refusal(at, "taken", field)


def _create(world: World, place: dict[str, Any], shelf: str, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for at, record in enumerate(records):
        _demand_unique(place, shelf, at, None, record["values"])
    made = [put(world, place, shelf, record["values"]) for record in records]
    _count(place, "created", len(made))
    return [{**_told(shelf_of(place, shelf), id), "created": True} for id in made]


def _change(
    world: World, place: dict[str, Any], shelf: str, records: list[dict[str, Any]], upsert: str | None
) -> list[dict[str, Any]]:
    rows = shelf_of(place, shelf)
    todo: list[tuple[str | None, dict[str, Any]]] = []
    for at, record in enumerate(records):
        id, values = record.get("id"), record["values"]
        if upsert is not None:
            hits = [i for i, r in rows.items() if r["values"].get(upsert) == values.get(upsert)]
            id = hits[0] if hits and values.get(upsert) else None
        elif id not in rows:
            raise Refusal(at, "gone")
        elif record.get("revision") and str(rows[id]["revision"]) != record["revision"]:
            raise Refusal(at, "conflict")
        _demand_unique(place, shelf, at, id, values)
        todo.append((id, values))
    answers = []
    for id, values in todo:
        same = id is not None and all(rows[id]["values"].get(k) == v for k, v in values.items())
        _count(place, "created" if id is None else "repeated" if same else "updated")
        made = put(world, place, shelf, values, id)
        answers.append({**_told(rows, made), "created": id is None})
    return answers


def build(world: World) -> Imitation:
    async def whole(request: Request) -> Response:
        name = request.path_params["account"]
        if request.method == "PUT":
            world.state["accounts"][name] = await request.json()
        return JSONResponse(account(world, name))

    async def cards(request: Request) -> Response:
        rows = shelf_of(account(world, request.path_params["account"]), request.path_params["shelf"])
        asked = request.query_params
        ids = sorted(rows, key=lambda i: int(i[1:]))
        if "ids" in asked:
            ids = [i for i in asked["ids"].split(",") if i in rows]
        if "key" in asked:
            key, wanted = asked["key"], set(asked.getlist("value"))
            ids = [i for i in ids if (i if key == "id" else str(rows[i]["values"].get(key))) in wanted]
        if "since" in asked:
            since = datetime.fromisoformat(asked["since"])
            ids = [i for i in ids if datetime.fromisoformat(rows[i]["changed_at"]) >= since]
        start, limit = int(asked.get("start", 0)), int(asked.get("limit", 100))
        part = ids[start : start + limit]
        end = start + limit
        return JSONResponse({"records": [_told(rows, i) for i in part], "next": end if end < len(ids) else None})

    async def write(request: Request) -> Response:
        name, shelf = request.path_params["account"], request.path_params["shelf"]
        body = await request.json()
        if slow := account(world, name)["rules"].get(
            "slow"
        ):  # the effect comes whether or not the client is still there
            await asyncio.sleep(slow)
        place = account(world, name)
        rules = place["rules"]
        place["writes"] += 1
        lost = rules.get("lose") and place["writes"] % rules["lose"] == 0
        answer = _answer(world, place, shelf, request, body)
        if lost:
            await _drop(request.receive)
        return answer

    async def person(request: Request) -> Response:
        place, shelf = account(world, request.path_params["account"]), request.path_params["shelf"]
        id = request.path_params["id"]
        if request.method == "DELETE":
            del shelf_of(place, shelf)[id]
            return JSONResponse({})
        put(world, place, shelf, await request.json(), None if id == "new" else id)
        return JSONResponse({})

    routes = [
        *control_routes(world),
        Route("/{account}", whole, methods=["GET", "PUT"]),
        Route("/{account}/{shelf}", cards, methods=["GET"]),
        Route("/{account}/{shelf}", write, methods=["POST", "PUT"]),
        Route("/{account}/{shelf}/{id}", person, methods=["PATCH", "DELETE"]),
    ]
    return Imitation(Starlette(routes=routes), world)


def _answer(world: World, place: dict[str, Any], shelf: str, request: Request, body: dict[str, Any]) -> Response:
    key = request.headers.get("idempotency-key", "")
    same = json.dumps(body, sort_keys=True)
    known = place["keys"].get(key) if key else None
    if known is not None:
        age = (world.now() - datetime.fromisoformat(known["at"])).total_seconds()
        if age <= place["rules"].get("key_seconds", 360):
            if known["body"] != same:
                return JSONResponse({"code": "key_reused"}, 400)
            _count(place, "replayed", len(body["records"]))
            return JSONResponse(known["answer"], known["status"])
    try:
        if request.method == "POST":
            records = _create(world, place, shelf, body["records"])
        else:
            records = _change(world, place, shelf, body["records"], body.get("upsert"))
        status, answer = 200, {"records": records}
    except Refusal as refusal:
        status, answer = 422, refusal.answer
    if shelf in place["rules"].get("partial", ()):
        answer = {"records": [{k: v for k, v in r.items() if k != "values"} for r in answer.get("records", ())]}
    if key:
        place["keys"][key] = {
            "body": same,
            "answer": json.loads(json.dumps(answer)),
            "status": status,
            "at": world.now().isoformat(),
        }
    return JSONResponse(answer, status)


# ---------------------------------------------------------------- what hostile people type


def hostile(number: int) -> dict[str, Any]:
    """Values that break careless programs: formulas, emoji, invisible characters, very long notes."""
    names = (
        '=HYPERLINK("http://x")',
        "👩‍👩‍👧‍👦商店",
        "ｶﾌﾞｼｷ\u200b会社",
        "名前\u0301",
        "a\\\"b'c<b>",
        "\u202e逆",
        "  空白  ",
        "NULL",
    )
    note = "長" * 10_000 if number % 8 == 0 else f"+{number}-@cmd\t\n|"
    return {"name": f"{names[number % len(names)]} {number}", "phone": f"０３-{number:04}", "note": note}


def main(port: int) -> None:
    """Serve on loopback until killed; tells the address on the first line."""
    from servers import serve

    with serve(build(new_world())) as address:
        print(json.dumps({"address": address}), flush=True)
        sys.stdin.read()  # until the parent is gone


if __name__ == "__main__":
    main(0)
