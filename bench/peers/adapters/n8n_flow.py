"""Write the workflow for n8n: manual trigger → paged GET → Code (rename, batches) → POST.

python n8n_flow.py ADDRESS FILE PAGE BATCH      then: n8n import:workflow --input=FILE; n8n execute --id=bench0001
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path
from typing import Any

CODE = """const out = []; let rows = [];
for (const page of $input.all()) for (const r of page.json.data) {
  const o = {}; for (const k in r) if (k !== 'id') o['x_' + k] = r[k]; o.external_id = r.id; rows.push(o);
  if (rows.length === BATCH) { out.push({ json: { rows } }); rows = []; } }
if (rows.length) out.push({ json: { rows } });
return out;"""
PAGES = {
    "paginationMode": "responseContainsNextURL",
    "nextURL": "={{ $response.body.next }}",
    "paginationCompleteWhen": "other",
    "completeExpression": "={{ !$response.body.next }}",
}


def node(place: int, name: str, kind: str, version: float, **parameters: Any) -> dict[str, Any]:
    return {
        "id": str(place), "name": name, "type": f"n8n-nodes-base.{kind}", "typeVersion": version,
        "position": [place * 200, 0], "parameters": parameters,
    }  # fmt: skip


def flow(address: str, page: int, batch: int) -> dict[str, Any]:
    """Eight writes at a time: by default the HTTP node begins all of them at once."""
    nodes = [
        node(1, "Begin", "manualTrigger", 1),
        node(2, "Read", "httpRequest", 4.2, url=f"{address}/records?offset=0&limit={page}",
             options={"pagination": {"pagination": PAGES}}),
        node(3, "Map", "code", 2, jsCode=CODE.replace("BATCH", str(batch))),
        node(4, "Write", "httpRequest", 4.2, method="POST", url=f"{address}/batch", sendBody=True, contentType="raw",
             rawContentType="application/json", body="={{ JSON.stringify($json.rows) }}",
             options={"batching": {"batch": {"batchSize": 8, "batchInterval": 0}}}),
    ]  # fmt: skip
    names = [one["name"] for one in nodes]
    wires = {a: {"main": [[{"node": b, "type": "main", "index": 0}]]} for a, b in itertools.pairwise(names)}
    return {
        "id": "bench0001", "name": "bench", "nodes": nodes, "connections": wires, "active": False,
        "settings": {"executionOrder": "v1"}, "pinData": {}, "versionId": "00000000-0000-4000-8000-000000000001",
    }  # fmt: skip


Path(sys.argv[2]).write_text(json.dumps(flow(sys.argv[1], int(sys.argv[3]), int(sys.argv[4]))), "utf-8")
