"""Stored facts as the shapes of the API: texts in the reader's language, addresses a person can open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from choai.connectors import registry
from choai.connectors.contract import Account
from choai.engine.codec import plain
from choai.errors import ChoaiError
from choai.model.check_mapping import Problem
from choai.model.schema import Schema
from choai.runtime.probe import Report
from choai.store import connections
from choai.store.links import account_of
from choai.store.models import Connection, SchemaSnapshot
from choai.web.faults import Reader, problem, problem_or_none


class Places:
    """The connections of a workspace, looked up once per answer: names, labels of objects, addresses of records."""

    def __init__(self, workspace_id: int) -> None:
        self._rows = {row.id: row for row in Connection.objects.filter(workspace_id=workspace_id)}
        self._labels = connections.labels(workspace_id)
        self._accounts: dict[int, Account | None] = {}

    def row(self, connection_id: int) -> Connection:
        return self._rows[connection_id]

    def label(self, connection_id: int, object: str, reader: Reader) -> str:
        """What people call the object: the service's own word, else its technical name."""
        known = self._labels.get(connection_id, {}).get(object)
        if known:
            return known[reader.language] or known["ja"]
        for spec in registry.spec(self._rows[connection_id].service).objects:
            if spec.name == object:
                return spec.ja if reader.language == "ja" else spec.en
        return object

    def service(self, connection_id: int) -> dict[str, str]:
        """The facts by which texts name a connection's service."""
        row = self._rows.get(connection_id)
        spec = registry.spec(row.service) if row is not None else None
        return {"service": spec.ja, "service_en": spec.en} if spec is not None else {}

    def link(self, connection_id: int, object: str, id: str) -> str | None:
        """The address of a record in its own system, None where there is none."""
        row = self._rows.get(connection_id)
        if row is None or not id:
            return None
        if connection_id not in self._accounts:
            self._accounts[connection_id] = account_of(row)
        defaults = {s.name: s.default for s in registry.spec(row.service).settings if s.default is not None}
        settings = {**defaults, **row.settings}
        return registry.connector(row.service).link(settings, self._accounts[connection_id], object, id)

    def links(self, ends: Mapping[str, Mapping[str, Any]], row: Mapping[str, Any]) -> dict[str, str | None]:
        """``left_link`` and ``right_link`` of a row with ``left_id`` and ``right_id``."""
        return {
            f"{s}_link": self.link(ends[s]["connection"], ends[s]["object"], row[f"{s}_id"]) for s in ("left", "right")
        }


def connection(facts: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    """The facts of store.connections as a ConnectionRow."""
    state = facts["state"]
    wrong = problem_or_none(facts["code"], facts["facts"], reader) if state != "ready" else None
    return {**facts, "problem": wrong}


def run(facts: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    """The facts of store.history as a RunRow."""
    return {
        **facts,
        "problem": problem_or_none(facts["code"], facts["facts"], reader),
        "notes": [problem(note["code"], note.get("facts", {}), reader) for note in facts["notes"]],
    }


def item(
    facts: Mapping[str, Any], ends: Mapping[str, Mapping[str, Any]], places: Places, reader: Reader
) -> dict[str, Any]:
    """The facts of store.outcomes as an ItemRow. ``ends`` are the run's settings: where left and right are."""
    shown = {"name": facts["name"], "id": facts["right_id"] or facts["left_id"], **facts["facts"]}
    return {
        **facts,
        "problem": problem_or_none(facts["code"], shown, reader),
        **places.links(ends, facts),
    }


def changes(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The mapped fields of one item, side by side: what the target held, what it gets, what both agreed on last."""
    settings, side = found["settings"], found["side"]
    before, after, base = plain(found["before"]), plain(found["after"]), plain(found["base"])
    known = {f["name"]: f for f in (settings.get("schemas") or {}).get(side, {}).get("fields", [])}
    rows = [row for row in settings["mapping"] if row.get(side)]
    named = {row[side] for row in rows}
    rows += [{side: name} for name in after if name not in named]
    out = []
    for row in rows:
        name = row[side]
        if name not in before and name not in after and name not in base:
            continue
        labels = known.get(name, {})
        out.append(
            {
                "left": row.get("left"),
                "right": row.get("right"),
                "label_ja": labels.get("ja", name),
                "label_en": labels.get("en") or labels.get("ja", name),
                "before": before.get(name),
                "after": after.get(name, before.get(name)),
                "base": base.get(name),
                "changed": name in after and after[name] != before.get(name),
            }
        )
    return out


def schema(found: Schema, snapshot: SchemaSnapshot | None) -> dict[str, Any]:
    """A schema as a SchemaOut."""
    raw = msgspec.to_builtins(found)
    return {
        "object": found.object,
        "revision": found.revision,
        "fields": raw["fields"],
        "taken_at": snapshot.taken_at if snapshot else None,
    }


def mapping_problems(problems: Iterable[Problem], reader: Reader) -> list[dict[str, Any]]:
    return [{"severity": p.severity, "row": p.row, "problem": problem(p.code, p.facts, reader)} for p in problems]


def last_run(facts: Mapping[str, Any] | None, reader: Reader) -> dict[str, Any] | None:
    """The facts of a run as the four figures of FK-45."""
    if facts is None:
        return None
    counts = facts["counts"]
    return {
        "run_id": facts["id"],
        "state": facts["state"],
        "direction": facts["direction"],
        "trigger": facts["trigger"],
        "ran_at": facts["started_at"] or facts["created_at"],
        "targets": counts["targets"],
        "succeeded": counts["succeeded"],
        "failed": counts["failed"],
        "problem": problem_or_none(facts["code"], facts["facts"], reader),
    }


def error(raised: ChoaiError, reader: Reader) -> dict[str, Any]:
    return problem(raised.code, raised.facts, reader)


def looked(found: Report, reader: Reader) -> dict[str, Any]:
    """A look at an account, in the reader's language."""
    lang = reader.language
    return {
        "sound": found.sound,
        "objects": [
            {
                **{
                    k: getattr(one, k)
                    for k in ("name", "fields", "rows", "more", "total", "writes", "used", "available")
                },
                "label": getattr(one, lang),
                "problem": problem_or_none(one.code, one.facts, reader),
            }
            for one in found.objects
        ],
        "limits": found.limits,
        "headers": [{"name": name, "value": value} for name, value in found.headers.items()],
        "facts": [
            {
                "fact": one.fact,
                "state": one.state,
                "question": getattr(one, lang),
                **{k: getattr(one, f"{k}_{lang}") for k in ("answer", "assumed", "how")},
                "problem": problem_or_none(one.code, one.facts, reader),
                "wanted": [{k: w[k] for k in ("name", "now", "value")} | {"label": w[lang]} for w in one.set],
            }
            for one in found.facts
        ],
        "calls": found.calls,
    }
