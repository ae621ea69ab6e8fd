"""The service that everybody is measured against: a paged JSON source and an upsert sink on a raw protocol, pages encoded
beforehand, so that its own work is small and the same for all.

    python -m bench.peers.mock [RECORDS]      prints {"port": N} when it listens on a free loopback port

    GET  /records?offset=&limit=&since=   {"data": […], "next": address or null, "total": n}, sorted by updated_at; also ?ids=
    POST /batch                           JSON list → upsert by "id" or "external_id", one result per record, in order
    POST /record                          the same for one record
    GET  /held?offset=&limit=             what the sink holds (ids only); also ?key=&values=
    GET  /whoami                          who the caller is

    POST /control/reset                   records as made, sink empty, counters zero
    POST /control/touch?n=                n records spread over all get a new updated_at (now) and another note
    POST /control/delay?ms=               every answer of the above waits so long from now on
    GET  /control/stats                   the counters, the sink's size and our own CPU seconds

``since`` is inclusive, as with most services. ``rewritten`` counts writes of records that the sink had already.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import msgspec

START = datetime(2024, 1, 1, tzinfo=UTC)
PREFECTURES = ("東京都", "大阪府", "愛知県", "福岡県", "北海道")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def made(number: int, amount: int) -> dict[str, Any]:
    """A record of 30 fields and its id; about 750 bytes of JSON. ``amount`` is money with two places, a number."""
    return {
        "id": number, "code": f"C{number:08d}", "name": f"株式会社サンプル{number}",
        "name_kana": f"カブシキガイシャサンプル{number}", "email": f"contact{number}@example.test",
        "phone": f"03-{number % 10000:04d}-{(number * 7) % 10000:04d}", "zip": f"{number % 1000:03d}-{number % 10000:04d}",
        "prefecture": PREFECTURES[number % 5], "city": "中央区",
        "address1": f"{number % 30 + 1}-{number % 9 + 1}-{number % 7 + 1}",
        "industry": "製造業" if number % 2 else "卸売業", "owner_id": number % 50, "owner_name": f"担当 {number % 50}",
        "status": ("open", "won", "lost")[number % 3], "amount": amount + (number % 100) / 100, "currency": "JPY",
        "tax_rate": 10, "tax_amount": amount // 10, "discount": 0, "due_date": "2025-03-31", "close_date": "2025-02-28",
        "created_at": stamp(START), "updated_at": stamp(START + timedelta(seconds=number * 10)),
        "is_active": number % 11 != 0, "tags": ["a", f"t{number % 9}"], "notes": "備考" + " 備考" * 5,
        "parent_id": number // 10, "score": number % 100 / 4 + 0.25, "web": f"https://c{number}.example.test/",
        "custom_1": f"値{number % 17}", "custom_2": None,
    }  # fmt: skip


@dataclass
class Store:
    """The records in order of change, the sink and the counters."""

    count: int
    rows: list[bytes] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    sink: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    delay: float = 0.0
    base: str = ""
    pages: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        chance = random.Random(7)
        originals = [made(n, chance.randrange(1, 10_000_000)) for n in range(1, self.count + 1)]
        self._rows = [_encode(row) for row in originals]
        self._changed = [row["updated_at"] for row in originals]
        self.reset()

    def reset(self) -> None:
        self.rows, self.changed = list(self._rows), list(self._changed)
        self.sink.clear()
        self.counts.clear()
        self.pages.clear()

    def show(self, other: Store) -> None:
        """Offer the other's records from now on; the sink stays."""
        self.rows, self.changed = list(other.rows), list(other.changed)
        self.pages.clear()

    def touch(self, count: int) -> None:
        """Records spread evenly change within the last hundred seconds."""
        step = max(1, len(self.rows) // max(count, 1))
        chosen = set(range(0, step * count, step))
        now = datetime.now(UTC).replace(microsecond=0)
        edited = []
        for position, index in enumerate(sorted(chosen)):
            row = _decode(self.rows[index])
            row["updated_at"] = stamp(now - timedelta(seconds=100 - position * 100 // count))
            row["notes"] += "x"
            edited.append(row)
        self.rows = [r for n, r in enumerate(self.rows) if n not in chosen] + [_encode(row) for row in edited]
        self.changed = [c for n, c in enumerate(self.changed) if n not in chosen] + [r["updated_at"] for r in edited]
        self.pages.clear()

    def page(self, target: str, query: dict[str, list[str]]) -> bytes:
        if "ids" in query:
            by_id = {str(_decode(row)["id"]): row for row in self.rows}
            return self._answer([by_id[i] for i in query["ids"][0].split(",") if i in by_id], None, len(by_id))
        if target not in self.pages:
            offset, limit = int(query.get("offset", ["0"])[0]), int(query.get("limit", ["200"])[0])
            since = query.get("since", [""])[0].replace("+00:00", "Z")
            since = since.split(".")[0] + "Z" if "." in since else since
            first = bisect_left(self.changed, since) if since else 0
            start = first + offset
            end = min(start + limit, len(self.rows))
            more = f"&since={quote(since)}" if since else ""
            following = (
                f"{self.base}/records?offset={offset + limit}&limit={limit}{more}" if end < len(self.rows) else None
            )
            self.pages[target] = self._answer(self.rows[start:end], following, len(self.rows) - first)
        return self.pages[target]

    def held(self, query: dict[str, list[str]]) -> bytes:
        if "values" in query:
            mark = "R" if query["key"][0] == "external_id" else ""
            found = [one for v in query["values"][0].split(",") if (one := mark + v) in self.sink]
            return self._answer([_held(one) for one in found], None, len(found))
        offset, limit = int(query["offset"][0]), int(query["limit"][0])
        ids = sorted(self.sink)
        more = offset + limit < len(ids)
        following = f"{self.base}/held?offset={offset + limit}&limit={limit}" if more else None
        return self._answer([_held(one) for one in ids[offset : offset + limit]], following, len(ids))

    @staticmethod
    def _answer(rows: list[bytes], following: str | None, total: int) -> bytes:
        return b'{"data":[' + b",".join(rows) + b'],"next":' + _encode(following) + b',"total":%d}' % total

    def write(self, row: dict[str, Any]) -> dict[str, str]:
        """``id`` is ours, ``external_id`` the caller's."""
        remote = str(row["id"]) if "id" in row else f"R{row['external_id']}"
        self.counts["rewritten"] += remote in self.sink
        self.counts["written"] += 1
        self.sink.add(remote)
        return {"id": remote[1:], "remote_id": remote}


def _held(remote: str) -> bytes:
    return _encode({"id": remote, "external_id": remote[1:]})


def answer(store: Store, method: str, target: str, body: bytes) -> bytes | None:
    """What the service says; None for an address it does not have."""
    url = urlsplit(target)
    query = parse_qs(url.query)
    if not url.path.startswith("/control/"):
        store.counts["reads" if method == "GET" else "writes"] += 1
    match url.path:
        case "/records":
            return store.page(target, query)
        case "/held":
            return store.held(query)
        case "/batch":
            rows = _decode(body)
            return _encode({"results": [store.write(row) for row in rows]})
        case "/record":
            return _encode(store.write(_decode(body)))
        case "/whoami":
            return b'{"id":"1","name":"bench"}'
        case _:
            return control(store, url.path, query)


def control(store: Store, path: str, query: dict[str, list[str]]) -> bytes | None:
    match path:
        case "/control/reset":
            store.reset()
        case "/control/touch":
            store.touch(int(query["n"][0]))
        case "/control/delay":
            store.delay = int(query["ms"][0]) / 1000
        case "/control/stats":
            size = sum(map(len, store.rows[:1000])) // max(1, len(store.rows[:1000]))
            return _encode({**store.counts, "sink": len(store.sink), "cpu": time.process_time(), "bytes_each": size})
        case _:
            return None
    return b"{}"


class Speaker(asyncio.Protocol):
    """HTTP/1.1 as far as clients of a JSON API use it: kept-alive connections and bodies with a length."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.buffer = bytearray()
        self.tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.buffer[:end])
            low = head.lower()
            if b"transfer-encoding: chunked" in low:
                raise ValueError("a body without a length")
            at = low.find(b"content-length:")
            need = int(low[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + need:
                return
            body = bytes(self.buffer[end + 4 : end + 4 + need])
            del self.buffer[: end + 4 + need]
            method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
            self._answer(method, target, body)

    def _answer(self, method: str, target: str, body: bytes) -> None:
        if not self.store.delay or target.startswith("/control/"):
            self._send(method, target, body)
            return

        async def later() -> None:
            await asyncio.sleep(self.store.delay)
            self._send(method, target, body)

        task = asyncio.ensure_future(later())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _send(self, method: str, target: str, body: bytes) -> None:
        content = answer(self.store, method, target, body)
        status = b"404 Not Found" if content is None else b"200 OK"
        content = b"{}" if content is None else content
        head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(content))
        if not self.transport.is_closing():
            self.transport.write(head + content)


async def listen(store: Store) -> asyncio.Server:
    """The service on a free loopback port; ``store.base`` is its address."""
    server = await asyncio.get_running_loop().create_server(lambda: Speaker(store), "127.0.0.1", 0, backlog=4096)
    store.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    return server


async def main(count: int) -> None:
    store = Store(count)
    server = await listen(store)
    print(_encode({"port": int(store.base.rsplit(":", 1)[1])}).decode(), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
