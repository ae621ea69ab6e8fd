"""What one step of a run works with: the run, its two ends, its mapping and schemas."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from choai.connectors.contract import ObjectSpec, Page, Spec
from choai.engine.ports import End, Ports, RunRow
from choai.errors import ChoaiError
from choai.model.mapping import ConflictPolicy, DuplicatePolicy, MappingRow, MatchKey, Side
from choai.model.record import Record
from choai.model.schema import Schema
from choai.model.values import Values

_SIDES = (Side.LEFT, Side.RIGHT)


@dataclass(slots=True)
class Settings:
    """The run's copy of the sync's settings, parsed once per process."""

    rows: tuple[MappingRow, ...]
    keys: tuple[MatchKey, ...]
    targets: frozenset[Side]
    schemas: dict[Side, Schema]
    names: dict[Side, tuple[str, ...]]  # mapped fields, sorted: what fingerprints and bases cover
    known: dict[Side, frozenset[str]]  # the same, to look them up
    conflict: ConflictPolicy
    duplicates: dict[Side, DuplicatePolicy]  # by target side
    selection: dict[Side, list[dict[str, Any]]]
    whole: frozenset[Side]  # sides of which all records are targets each time, changed or not (FK-26)
    options: dict[str, Any]
    wished: dict[Side, list[str]]  # fields worth reading: mapped, matched and selected ones
    bare: dict[Side, bool]  # whether those are the mapped ones and no more: then what is staged is what a base keeps
    titles: dict[Side, tuple[str, ...]]  # the field that names a record, else the fields it is matched by


@dataclass(slots=True)
class Context:
    """One step's surroundings."""

    run: RunRow
    ends: dict[Side, End]
    ports: Ports
    settings: Settings
    deltas: dict[str, int] = field(default_factory=dict)
    refusals: int = 0  # records of this step that we had no permission to write
    wait_until: datetime | None = None  # a service is still preparing the next page

    def count(self, name: str, by: int = 1) -> None:
        self.deltas[name] = self.deltas.get(name, 0) + by

    def waits_for(self, page: Page) -> Page:
        """The page; when it is not ready yet, the run goes on after the time that the service needs."""
        if page.wait_seconds is not None:
            self.wait_until = self.ports.now() + timedelta(seconds=page.wait_seconds)
        return page

    @property
    def sources(self) -> list[Side]:
        """The sides that are read for changes, in order."""
        return [s for s in _SIDES if s.other in self.settings.targets]

    def schema(self, side: Side) -> Schema:
        return self.settings.schemas[side]

    def mapped(self, side: Side, values: Values) -> dict[str, Any]:
        """The part of a record that the base keeps."""
        return {name: values[name] for name in self.settings.names[side] if name in values}

    def title(self, side: Side, values: Values) -> str:
        """A name for people: the field whose role is a name, else the first match key, else nothing."""
        return next((str(value)[:255] for name in self.settings.titles[side] if (value := values.get(name))), "")

    def wished(self, side: Side) -> list[str]:
        """Fields worth reading: mapped, matched and selected ones, and the stamp."""
        stamp = self.stamp_field(side)
        return self.settings.wished[side] if stamp is None else [*self.settings.wished[side], stamp]

    def stamp_field(self, side: Side) -> str | None:
        """The field that new records of a side are stamped in; None where the service has none or the sync uses it itself."""
        name = self.ends[side].spec.stamp_field
        free = name is not None and name not in self.settings.wished[side] and self.schema(side).get(name) is not None
        return name if free else None


def object_spec(spec: Spec, name: str) -> ObjectSpec:
    """The ObjectSpec that an object follows; ``app:*`` serves every app. Raises object_not_found."""
    for candidate in spec.objects:
        if candidate.name == name:
            return candidate
    for candidate in spec.objects:
        if "*" in candidate.name and fnmatchcase(name, candidate.name):
            return candidate
    raise ChoaiError("object_not_found", object=name, service=spec.service)


def parse(run: RunRow) -> Settings:
    """Settings of a run that has passed its opening (schemas are in its settings then)."""
    raw = run.settings
    rows = tuple(msgspec.convert(raw["mapping"], list[MappingRow]))
    schemas = {s: load_schema(raw["schemas"][s.value]) for s in _SIDES if "schemas" in raw}
    targets = frozenset(s for s in _SIDES if raw[f"to_{s.value}"])
    options = dict(raw.get("options") or {})
    duplicate = DuplicatePolicy(raw["duplicate_policy"])
    selection = raw.get("selection") or {}
    selected: dict[Side, list[dict[str, Any]]] = {s: list(selection.get(s.value) or []) for s in _SIDES}
    names = {s: _names(rows, s) for s in _SIDES}
    keys = tuple(msgspec.convert(raw["match_keys"], list[MatchKey]))
    by = {s: tuple(k.left if s is Side.LEFT else k.right for k in keys) for s in _SIDES}
    saved = (raw.get("draft") or {}).get("selection") or {}  # a draft tells who comes in by its conditions
    rules = {s: [*selected[s], *(saved.get(s.value) or ())] for s in _SIDES}
    wished = {
        s: sorted(n for n in {*names[s], *by[s], *(str(r["field"]) for r in rules[s])} if known.get(n))
        for s, known in schemas.items()
    }
    return Settings(
        rows=rows,
        keys=keys,
        targets=targets,
        schemas=schemas,
        names=names,
        known={s: frozenset(found) for s, found in names.items()},
        conflict=ConflictPolicy(raw["conflict_policy"]),
        duplicates={s: DuplicatePolicy(options.get(f"duplicate_policy_{s.value}") or duplicate) for s in _SIDES},
        selection=selected,
        whole=frozenset(Side(s) for s in selection.get("all") or ()),
        options=options,
        wished=wished,
        bare={s: set(fields) == set(names[s]) for s, fields in wished.items()},
        titles={s: _titles(s, rows, schemas) or by[s] for s in schemas},
    )


def _titles(side: Side, rows: tuple[MappingRow, ...], schemas: dict[Side, Schema]) -> tuple[str, ...]:
    """The mapped field whose role, or whose counterpart's, is a name; or nothing."""
    for told_by in (side, side.other):
        for row in rows:
            mine, theirs = row.field(side), row.field(told_by)
            found = schemas[told_by].get(theirs) if theirs is not None and told_by in schemas else None
            if mine is not None and found is not None and found.role is not None and found.role.endswith(".name"):
                return (mine,)
    return ()


def _names(rows: tuple[MappingRow, ...], side: Side) -> tuple[str, ...]:
    return tuple(sorted({name for row in rows if (name := row.field(side)) is not None}))


def dump_schema(schema: Schema) -> dict[str, Any]:
    """JSON-able form of a schema."""
    raw: dict[str, Any] = msgspec.to_builtins(schema)
    raw.pop("_by_name", None)
    return raw


def load_schema(raw: dict[str, Any]) -> Schema:
    """The schema of ``dump_schema``."""
    return msgspec.convert(raw, Schema)


_parsed: OrderedDict[int, Settings] = OrderedDict()
_ends: OrderedDict[int, dict[Side, End]] = OrderedDict()
_KEEP = 32


def settings_for(run: RunRow) -> Settings:
    """``parse``, remembered per run: the settings of a run do not change after its opening."""
    if run.id not in _parsed:
        _parsed[run.id] = parse(run)
        while len(_parsed) > _KEEP:
            _parsed.popitem(last=False)
    return _parsed[run.id]


_paces: dict[int, float] = {}
SOON = timedelta(seconds=1)  # progress and a cancel are to be seen within about this time


def pace(run_id: int, most: int) -> float:
    """Rounds of batches that a wave of the run may take, so that it ends soon."""
    return min(_paces.get(run_id, float(most)), float(most))


def set_pace(run_id: int, took: timedelta) -> None:
    """A wave took that long: the next one takes less when it was long, more when it was short."""
    if took > SOON * 1.5:
        _paces[run_id] = max(_paces.get(run_id, 10.0) / 2, 0.25)
    elif took < SOON / 2 and run_id in _paces:
        _paces[run_id] = _paces[run_id] * 2


@dataclass(slots=True, frozen=True)
class Look:
    """A list of a source side that was read while its records were written. ``whole``: a record that is not in it is gone."""

    at: datetime
    records: dict[str, Record]
    whole: bool


_looks: dict[int, dict[Side, Look]] = {}


def last_look(run_id: int, side: Side) -> Look | None:
    return _looks.get(run_id, {}).get(side)


def keep_look(run_id: int, side: Side, look: Look) -> None:
    _looks.setdefault(run_id, {})[side] = look


def forget(run_id: int) -> None:
    """Drop what is remembered of a run that has ended."""
    _parsed.pop(run_id, None)
    _paces.pop(run_id, None)
    _looks.pop(run_id, None)
    _ends.pop(run_id, None)


async def ends_for(run: RunRow, ports: Ports) -> dict[Side, End]:
    """Both ends, opened once per run and process. Raises what Ports.open raises."""
    if run.id not in _ends:
        ends: dict[Side, End] = {}
        for side in _SIDES:
            at = run.settings[side.value]
            link = await ports.open(run.workspace_id, at["connection"], run.run_as_id, run.id)
            label = await ports.call(ports.ledger.label_of, at["connection"], at["object"])
            ends[side] = End(side, at["object"], link, object_spec(link.spec, at["object"]), label)
        _ends[run.id] = ends
        while len(_ends) > _KEEP:
            _ends.popitem(last=False)
    return _ends[run.id]
