"""Adding, changing and deleting records: all checks of a call first, then all changes, or none."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from choai.sandbox.kintone import calc, fields
from choai.sandbox.kintone.answers import DUPLICATE, REQUIRED, ApiError
from choai.sandbox.kintone.fields import Write, is_blank
from choai.sandbox.kintone.lookups import copied_fields, look_up
from choai.sandbox.kintone.site import NOT_IN_RECORDS, SYSTEM, Caller, Index, Json, Site, stamp, unique_fields
from choai.sandbox.kintone.tables import store_table

Undo = Callable[[], None]


@dataclass(slots=True)
class Change:
    """One record that will be added (``before`` is None) or changed."""

    before: Json | None
    values: Json
    stamps: Json = field(default_factory=dict)


@dataclass(slots=True)
class Batch:
    """One write call on one app."""

    write: Write
    caller: Caller
    changes: list[Change] = field(default_factory=list)
    claims: dict[tuple[str, Any], int] = field(default_factory=dict)  # unique values taken by earlier rows
    freed: set[tuple[str, Any]] = field(default_factory=set)

    def add(self, payload: object, before: Json | None, path: str) -> None:
        """Check one row and remember it. Problems of values gather in ``write.errors``; others raise."""
        if payload is None:
            payload = {}
        if not isinstance(payload, dict):
            raise ApiError("CB_IL02")
        change = Change(before, copy.deepcopy(before["values"]) if before else {})
        write, app = self.write, self.write.app
        write.files = {f["fileKey"]: f for f in _attachments(app, change.values)}
        skipped = copied_fields(app["fields"])
        for code, cell in payload.items():
            if code in app["fields"] and code not in skipped:
                self.take(change, code, cell, f"{path}.{code}")
        if before is None:
            for code, props in app["fields"].items():
                if code not in payload and props["type"] not in SYSTEM | NOT_IN_RECORDS | {"CALC", "CATEGORY"}:
                    change.values[code] = _initial(write, props)
        look_up(write.site, self.caller, app, change.values, payload, created=before is None)
        calc.fill(app["fields"], change.values)
        self.check(change, path)
        self.changes.append(change)

    def take(self, change: Change, code: str, cell: object, path: str) -> None:
        site, app = self.write.site, self.write.app
        props = app["fields"][code]
        kind = props["type"]
        if not isinstance(cell, dict):
            raise ApiError("CB_IL02")
        if kind == "RECORD_NUMBER":
            raise ApiError("GAIA_UN10")
        if kind in fields.STAMPS:
            change.stamps[kind] = self.stamped(kind, cell.get("value"), change.before is None)
        elif kind in fields.SERVER_MADE or kind in NOT_IN_RECORDS or props.get("expression"):
            return
        elif site.field_right(self.caller, app, code) != "edit":
            raise ApiError("CB_NO02")
        elif kind == "SUBTABLE":
            change.values[code] = store_table(self.write, props, cell.get("value"), path, change.values.get(code) or [])
        else:
            change.values[code] = fields.store(self.write, props, cell.get("value"), path)

    def stamped(self, kind: str, value: Any, adding: bool) -> str:
        """Creator and times can only be given when a record is added, by an administrator of the app."""
        site, app = self.write.site, self.write.app
        if not adding or not site.may(self.caller, app, "admin"):
            raise ApiError("CB_NO02")
        if kind in ("CREATOR", "MODIFIER"):
            return str(value["code"])
        return stamp(datetime.fromisoformat(str(value)))

    def check(self, change: Change, path: str) -> None:
        """Required and unique, on the record as it will be."""
        write, app = self.write, self.write.app
        for code, props in app["fields"].items():
            enforced = props.get("required") and props["type"] not in fields.NEVER_MISSING | SYSTEM | NOT_IN_RECORDS
            if enforced and is_blank(change.values.get(code)):
                write.wrong(f"{path}.{code}{fields.required_key(props)}", REQUIRED)
            if props["type"] == "SUBTABLE":
                _check_rows(write, props, change.values.get(code) or [], f"{path}.{code}")
        mine = change.before["id"] if change.before else 0
        for code in unique_fields(app):
            value = change.values.get(code)
            old = change.before["values"].get(code) if change.before else None
            if value == old or is_blank(value):
                if change.before is not None and value != old:
                    self.freed.add((code, old))
                continue
            holder = write.site.holder(app, code, value)
            taken = holder not in (None, mine) and (code, value) not in self.freed
            if taken or (code, value) in self.claims:
                write.wrong(f"{path}.{code}.value", DUPLICATE)
            self.claims[code, value] = mine
            self.freed.add((code, old))

    def commit(self) -> tuple[list[Json], list[Undo]]:
        """Make the changes. Raises CB_VA01 with everything that was wrong."""
        write = self.write
        if write.errors:
            raise ApiError("CB_VA01", errors=write.errors)
        done, undo = [], []
        for change in self.changes:
            record, back = _apply(write.site, write.app, self.caller, change)
            done.append(record)
            undo.append(back)
        return done, undo


def _initial(write: Write, props: Json) -> Any:
    if props["type"] != "SUBTABLE":
        return fields.default(write.site, props)
    return store_table(write, props, props.get("defaultRows", []), "", [])


def _check_rows(write: Write, table: Json, rows: list[Json], path: str) -> None:
    for at, row in enumerate(rows):
        for code, props in table["fields"].items():
            missing = props.get("required") and props["type"] not in fields.NEVER_MISSING
            if missing and is_blank(row["value"].get(code)):
                write.wrong(f"{path}.value[{at}].value.{code}{fields.required_key(props)}", REQUIRED)


def _attachments(app: Json, values: Json) -> Iterator[Json]:
    for code, props in app["fields"].items():
        if props["type"] == "FILE":
            yield from values.get(code) or ()
        elif props["type"] == "SUBTABLE":
            inner = [c for c, p in props["fields"].items() if p["type"] == "FILE"]
            for row in values.get(code) or ():
                for each in inner:
                    yield from row["value"].get(each) or ()


def _apply(site: Site, app: Json, caller: Caller, change: Change) -> tuple[Json, Undo]:
    index = site.index(app)
    given = change.stamps
    if change.before is None:
        minute = site.minute()
        record: Json = {
            "id": app["next_record"],
            "rev": 1,
            "created": given.get("CREATED_TIME", minute),
            "updated": given.get("UPDATED_TIME", minute),
            "creator": given.get("CREATOR", caller.user),
            "modifier": given.get("MODIFIER", caller.user),
            "values": change.values,
        }
        if app["status"]["enable"]:
            record["state"] = app["status"]["first"]
            record["assignees"] = []
        app["next_record"] += 1
        app["records"][str(record["id"])] = record
        index.add(record["id"])
        _link(app, index, record)
        return record, lambda: _erase(site, app, record)
    record, before = change.before, dict(change.before)
    _unlink(index, record)
    record.update(values=change.values, rev=record["rev"] + 1, updated=site.minute(), modifier=caller.user)
    _link(app, index, record)
    return record, lambda: _restore(site, app, record, before)


def touch(site: Site, caller: Caller, record: Json, *, steps: int = 1) -> Undo:
    """A change that is not one of values (status, assignees): new revision and stamp."""
    before = dict(record)
    record.update(rev=record["rev"] + steps, updated=site.minute(), modifier=caller.user)

    def back() -> None:
        record.clear()
        record.update(before)

    return back


def erase(site: Site, app: Json, record: Json) -> Undo:
    """Delete one record."""
    _erase(site, app, record)

    def back() -> None:
        app["records"][str(record["id"])] = record
        site.forget(app)

    return back


def _erase(site: Site, app: Json, record: Json) -> None:
    index = site.index(app)
    del app["records"][str(record["id"])]
    index.remove(record["id"])
    _unlink(index, record)


def _restore(site: Site, app: Json, record: Json, before: Json) -> None:
    index = site.index(app)
    _unlink(index, record)
    record.clear()
    record.update(before)
    _link(app, index, record)


def _link(app: Json, index: Index, record: Json) -> None:
    for code in unique_fields(app):
        value = record["values"].get(code)
        if not is_blank(value):
            index.unique.setdefault(code, {})[value] = record["id"]


def _unlink(index: Index, record: Json) -> None:
    for code, held in index.unique.items():
        value = record["values"].get(code)
        if not is_blank(value) and held.get(value) == record["id"]:
            del held[value]
