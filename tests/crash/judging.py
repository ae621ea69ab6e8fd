"""What should exist at the services after a story, and what is wrong with what does."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from crash.stage import Stage

FIGURES = ("kills", "repeats", "duplicates", "lost", "ambiguous", "noise", "miscounted")


@dataclass
class Tally:
    """The figures of a stage; ``wrong`` tells each failure with the story that shows it again."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def fault(self, figure: str, by: int, told: str) -> None:
        if by:
            self.counts[figure] += by
            self.wrong.append(f"{figure}: {told}")


def wanted_of(stage: Stage) -> dict[str, dict[str, str]]:
    """What both sides should hold in the end, by name. New cards of the right side count in both ways only."""
    out: dict[str, dict[str, str]] = {}
    for side in ("right", "left") if stage.way == "twoway" else ("left",):
        for row in stage.cards(side).values():
            known = out.setdefault(row["name"], {})
            for name, mine in (("phone", "left"), ("note", "right" if stage.way == "twoway" else "left")):
                if side == mine or name not in known:
                    known[name] = row.get(name) or ""
    return out


def edit(stage: Stage, rng: random.Random, wanted: dict[str, dict[str, str]]) -> list[str]:
    """Somebody edits a card or two: telephones on the left, notes on the right."""
    done = []
    for side, name in (("left", "phone"), ("right", "note")):
        if side == "right" and stage.way == "oneway":
            continue
        cards = sorted(stage.cards(side).items())
        id, row = rng.choice(cards)
        value = f"編集{rng.randrange(10**6)}"
        stage.edit(side, id, **{name: value})
        wanted[row["name"]][name] = value
        done.append(f"{side} {row['name']} {name}")
    return done


def judge(
    stage: Stage,
    told: dict[str, Any],
    wanted: dict[str, dict[str, str]],
    tally: Tally,
    where: str,
    *,
    edits: bool = False,
) -> None:
    """Add to the tally what is wrong with the services' cards and the runs' books."""
    parked = set(told["parked"])
    sides = {side: list(stage.cards(side).values()) for side in ("left", "right")}
    for side, rows in sides.items():
        names = Counter(row["name"] for row in rows)
        tally.fault("duplicates", sum(n - 1 for n in names.values()), f"{where}: {side} {_many(names)}")
        missing = set(wanted) - set(names) - parked
        tally.fault("lost", len(missing), f"{where}: {side} lacks {sorted(missing)}")
        tally.fault("miscounted", len(set(names) - set(wanted)), f"{where}: {side} has {set(names) - set(wanted)}")
        for row in rows:
            other = {k: row.get(k) or "" for k in ("phone", "note")}
            if row["name"] in wanted and row["name"] not in parked and other != wanted[row["name"]]:
                tally.fault("lost", 1, f"{where}: {side} {row['name']} holds {other}, not {wanted[row['name']]}")
    tally.counts["ambiguous"] += len(parked)
    if stage.kind != "none" and not (stage.kind == "natural" and edits):  # edited meanwhile, a namesake may be another
        tally.fault("miscounted", len(parked), f"{where}: parked although it can be asked: {parked}")
    tally.counts["repeats"] += stage.counted("replayed") + stage.counted("repeated")
    tally.fault("noise", told["noise"], f"{where}: {told['runs']}")
    tally.fault("miscounted", told["unsettled"], f"{where}: intents without an end")
    for run in told["runs"]:
        counts = {k: v for k, v in run["counts"].items() if v and k in _OUTCOMES}
        fine = run["state"] in ("succeeded", "partly") and counts == run["items"]
        tally.fault("miscounted", not fine, f"{where}: {run}")
    last = told["runs"][-1]
    if not parked:
        tally.fault("miscounted", last["state"] != "succeeded", f"{where}: the last run ended as {last}")


_OUTCOMES = ("created", "updated", "unchanged", "skipped", "failed", "blocked", "not_reached", "not_counted")


def _many(names: Counter[str]) -> list[str]:
    return [name for name, n in names.items() if n > 1]
