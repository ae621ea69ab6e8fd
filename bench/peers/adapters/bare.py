"""The practical floor, by hand: aiohttp, asyncio, orjson, and what a sync hub must at least keep – a binding and a hash for
each record and a cursor, in SQLite. No mapping by settings, no merge, no journal, no retries, no limits, no exact numbers.

    python bare.py ADDRESS FOLDER PAGE BATCH [scan]      scan: ignore the cursor, read everything, write what changed
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import sys
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import uvloop
from fields import project

AT_ONCE = 4
JSON = {"content-type": "application/json"}
TABLES = """
pragma journal_mode=wal; pragma synchronous=normal;
create table if not exists binding(source text primary key, target text not null, hash blob not null) without rowid;
create table if not exists cursor(name text primary key, value text);
"""
BIND = "insert into binding values(?,?,?) on conflict(source) do update set target=excluded.target, hash=excluded.hash"


class Sink:
    """Batches on their way, a few at once; each is bound in one transaction when it is answered."""

    def __init__(self, client: aiohttp.ClientSession, base: str, batch: int, database: sqlite3.Connection) -> None:
        self.client, self.batch, self.database = client, batch, database
        self.address = f"{base}/batch" if batch > 1 else f"{base}/record"
        self.gate = asyncio.Semaphore(AT_ONCE)
        self.tasks: set[asyncio.Task[None]] = set()

    async def send(self, rows: list[dict[str, Any]], hashes: list[bytes]) -> None:
        body = orjson.dumps(rows if self.batch > 1 else rows[0])
        async with self.gate, self.client.post(self.address, data=body, headers=JSON) as reply:
            answer = orjson.loads(await reply.read())
        results = answer["results"] if self.batch > 1 else [answer]
        self.database.execute("begin")
        bound = [(one["id"], one["remote_id"], mark) for one, mark in zip(results, hashes, strict=True)]
        self.database.executemany(BIND, bound)
        self.database.execute("commit")

    async def put(self, rows: list[dict[str, Any]], hashes: list[bytes]) -> None:
        for start in range(0, len(rows), self.batch):
            part = slice(start, start + self.batch)
            task = asyncio.ensure_future(self.send(rows[part], hashes[part]))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        while len(self.tasks) > 2 * AT_ONCE:
            await asyncio.wait(self.tasks, return_when=asyncio.FIRST_COMPLETED)

    async def end(self) -> None:
        await asyncio.gather(*self.tasks)


async def main(base: str, folder: str, page: int, batch: int, *, scan: bool) -> None:
    database = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
    database.executescript(TABLES)
    row = database.execute("select value from cursor").fetchone()
    newest = since = row[0] if row else ""
    async with aiohttp.ClientSession() as client:

        async def get(url: str) -> Any:
            async with client.get(url) as reply:
                return orjson.loads(await reply.read())

        sink = Sink(client, base, batch, database)
        only = f"&since={since}" if since and not scan else ""
        coming: asyncio.Future[Any] | None = asyncio.ensure_future(get(f"{base}/records?offset=0&limit={page}{only}"))
        while coming is not None:
            answer = await coming
            coming = asyncio.ensure_future(get(answer["next"])) if answer["next"] else None
            records = answer["data"]
            marks = ",".join("?" * len(records))
            ids = [str(r["id"]) for r in records]
            known = dict(database.execute(f"select source, hash from binding where source in ({marks})", ids))
            rows, hashes = [], []
            for record in records:
                newest = max(newest, record["updated_at"])
                made = project(record)
                text = orjson.dumps(made, option=orjson.OPT_SORT_KEYS)
                mark = hashlib.blake2b(text, digest_size=16).digest()
                if known.get(str(record["id"])) != mark:
                    rows.append(made)
                    hashes.append(mark)
            await sink.put(rows, hashes)
        await sink.end()
    database.execute(
        "insert into cursor values('since',?) on conflict(name) do update set value=excluded.value", (newest,)
    )


if __name__ == "__main__":
    address, state, page_size, batch_size = sys.argv[1:5]
    uvloop.run(main(address, state, int(page_size), int(batch_size), scan="scan" in sys.argv[5:]))
