"""From the rows of all rounds to one document and one table: medians, and ratios to the hub floor and to the fastest peer."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from bench.peers.engines import Engine

Rows = Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]
SCENARIOS = {
    "full_load": "everything is new",
    "no_change": "the cursor finds nothing; a process started for it",
    "no_change_warm": "the cursor finds nothing; the third run of a worker that is up",
    "no_change_scan": "everything is read again, nothing has changed (peers would write it all again)",
    "one_percent": "one record in a hundred changed, with cursor",
    "single": "full load, one record per write call",
    "delay": "full load, every call takes 100 ms",
}
FLOOR = "hub-floor"
DELAY_S = 0.1


def middle(rows: Sequence[Mapping[str, Any]], name: str) -> float:
    return round(float(statistics.median(row[name] for row in rows)), 3)


def summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One engine in one scenario. Calls and memory are of the worst round."""
    out: dict[str, Any] = {"cpu_s": middle(rows, "cpu_s"), "wall_s": middle(rows, "wall_s")}
    out["peak_rss_mb"] = max(row["peak_rss_mb"] for row in rows)
    out |= {name: max(row[name] for row in rows) for name in ("reads", "writes", "written")}
    if "server_cpu_s" in rows[0]:
        out["server_cpu_s"] = middle(rows, "server_cpu_s")
    if "inside" in rows[0]:
        out["run_cpu_s"] = round(statistics.median(row["inside"]["cpu_s"] for row in rows), 3)
    out["cpu_s_of_rounds"] = [row["cpu_s"] for row in rows]
    problems = sorted({row["problem"] for row in rows if "problem" in row})
    return out | ({"problems": problems} if problems else {})


def ratios(found: dict[str, dict[str, Any]], measure: str, peers: Sequence[str]) -> None:
    """Adds how often the floor's and the fastest peer's figure goes into each one's; below 1 is less than theirs."""
    floor = found.get(FLOOR, {}).get(measure)
    fastest = min((found[name][measure] for name in peers if name in found), default=None)
    for one in found.values():
        if floor:
            one["to_floor"] = round(one[measure] / floor, 2)
        if fastest:
            one["to_fastest_peer"] = round(one[measure] / fastest, 2)


def document(
    rows: Rows, broken: Mapping[str, Mapping[str, str]], engines: Sequence[Engine], unavailable: Mapping[str, str],
    options: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    peers = [engine.name for engine in engines if engine.peer]
    scenarios: dict[str, Any] = {}
    for name, means in SCENARIOS.items():
        found = {engine: summary(each) for engine, each in rows.get(name, {}).items()}
        ratios(found, "wall_s" if name == "delay" else "cpu_s", peers)
        for one in found.values():
            if name == "single":
                one["cpu_ms_per_call"] = round(one["cpu_s"] * 1000 / (one["reads"] + one["writes"]), 3)
            if name == "delay":
                one["to_reads_alone"] = round(one["wall_s"] / (DELAY_S * pages(one["written"])), 2)
        if found or name in broken:
            scenarios[name] = {
                "means": means,
                "engines": found,
                **({"broke": dict(broken[name])} if name in broken else {}),
            }
    return {
        "options": {"records": options["records"], "rounds": options["rounds"], "page": 200, "batch": 100},
        "engines": {engine.name: engine.version for engine in engines},
        "not_measured": dict(unavailable),
        "scenarios": scenarios,
        "memory": memory(rows),
        "budgets": budgets(scenarios, options["records"]),
    }


def pages(records: int) -> int:
    return -(-records // 200)


def memory(rows: Rows) -> dict[str, Any]:
    """engine → size → peak MB of a full load, and the largest by the smallest size."""
    sizes = {int(name.split()[1]): found for name, found in rows.items() if name.startswith("memory ")}
    out: dict[str, Any] = {}
    for size, found in [*sorted(sizes.items()), (0, rows.get("full_load", {}))]:
        for engine, each in found.items():
            count = size or each[0]["written"]
            out.setdefault(engine, {})[str(count)] = max(row["peak_rss_mb"] for row in each)
    for each in out.values():
        by_size = [each[size] for size in sorted(each, key=int)]
        each["growth"] = round(by_size[-1] / by_size[0], 2)
    return out


BUDGETS = (  # scenario, figure, at most; for 100,000 records. Start-up counts in the full load only: workers are up
    ("full_load", "cpu_s", 7.0),
    ("full_load", "peak_rss_mb", 160.0),
    ("no_change_warm", "wall_s", 0.5),
    ("no_change_warm", "writes", 0.0),
    ("no_change_warm", "reads", 1.0),
    ("no_change_scan", "run_cpu_s", 4.0),
    ("no_change_scan", "writes", 0.0),
    ("one_percent", "run_cpu_s", 1.0),
    ("delay", "to_reads_alone", 1.2),
    ("single", "cpu_ms_per_call", 0.4),
)


def budgets(scenarios: Mapping[str, Any], records: int) -> list[dict[str, Any]]:
    """Choai's figures beside what they should be at most. With another number of records than 100,000 they say little."""
    out = []
    for name, figure, most in BUDGETS:
        for engine, one in scenarios.get(name, {}).get("engines", {}).items():
            if engine.startswith("choai-") and figure in one:
                entry = {"scenario": name, "engine": engine, "figure": figure, "budget": most, "is": one[figure]}
                out.append(entry | {"kept": one[figure] <= most})
    return out if records == 100_000 else [dict(one, records=records) for one in out]


def table(answer: Mapping[str, Any]) -> str:
    """For people."""
    lines = []
    head = f"{'':24}{'CPU s':>8}{'wall s':>8}{'MB':>6}{'reads':>7}{'writes':>8}{'×floor':>8}{'×peer':>7}"
    for name, scenario in answer["scenarios"].items():
        lines += ["", f"{name}: {scenario['means']}", head]
        for engine, one in sorted(scenario["engines"].items(), key=lambda pair: float(pair[1]["cpu_s"])):
            more = [f"{one['run_cpu_s']:.2f} without start-up"] if "run_cpu_s" in one else []
            more += [f"server {one['server_cpu_s']:.1f} CPU s"] if "server_cpu_s" in one else []
            more += [f"{one['cpu_ms_per_call']:.2f} ms CPU a call"] if "cpu_ms_per_call" in one else []
            more += [f"{one['to_reads_alone']:.2f} × the reads alone"] if "to_reads_alone" in one else []
            more += one.get("problems", [])
            lines.append(
                f"  {engine:22}{one['cpu_s']:8.2f}{one['wall_s']:8.1f}{one['peak_rss_mb']:6.0f}{one['reads']:7}{one['writes']:8}"
                f"{one.get('to_floor', '–'):>8}{one.get('to_fastest_peer', '–'):>7}  {', '.join(more)}"
            )
        lines += [f"  {engine:22} broke: {why}" for engine, why in scenario.get("broke", {}).items()]
    lines += ["", "memory of a full load, MB"]
    lines += [f"  {engine:22}{each}" for engine, each in answer["memory"].items()]
    lines += ["", "budgets (100,000 records)"]
    for one in answer["budgets"]:
        mark = "kept" if one["kept"] else "MISSED"
        lines.append(
            f"  {one['scenario']:16} {one['engine']:18} {one['figure']:16} {one['is']:>9} ≤ {one['budget']:<6} {mark}"
        )
    lines += [f"  {name} not measured: {why}" for name, why in answer["not_measured"].items()]
    return "\n".join(lines)
