"""A table of an object's fields, from which its Schema, its records and the bodies of its writes follow.

    PARTNER = Table(
        "partner",
        (
            column("ContactID", Kind.IDENTIFIER, "ID", "ID", given=True, unique=True),
            column("Name", Kind.TEXT, "取引先名", "Name", role="partner.name", required=True, max_length=255),
            column("Phones[PhoneType=DEFAULT].PhoneNumber", Kind.PHONE, "電話番号", "Telephone", name="phone"),
            column("UpdatedDateUTC", Kind.DATETIME, "更新日時", "Updated at", given=True),
            lines("LineItems", "明細", "Lines", (column("Description", Kind.TEXT, "摘要", "Description"), …), id="LineItemID"),
        ),
        id="ContactID", changed="UpdatedDateUTC", wires=WIRES,
    )
    PARTNER.schema()   PARTNER.record(row)   PARTNER.body(values, creating=True)

A path names keys from the outside in, joined by points; ``list[key=value]`` is the element of a list of objects whose ``key`` is
``value``. Fields found at run time: ``table.extended(column(…), …)``, once per describe.

A key that is not in the service's answer is *absent*, null and "" are *empty*. Services that leave out what is empty say so by
``omits`` (of the table or of one column). Of a column that only answers for one record are sure to tell (``single``) a list
that leaves it out says nothing: it is absent there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from choai.connectors.wires import JSON, Wire, Wires
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Ref, Row, Value, is_empty

Json = Mapping[str, Any]
ABSENT: Any = object()
_NO_TYPE: Any = object()
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError)


@dataclass(slots=True, frozen=True)
class Pick:
    """A step of a path: the element of the list under ``list`` whose ``key`` is ``value``."""

    list: str
    key: str
    value: Any


Step = str | Pick
Path = tuple[Step, ...]
_STEP = re.compile(r"([^.\[\]]+)(?:\[([^=\[\]]+)=([^\[\]]*)\])?(?:\.|$)")


def path(text: str | Path) -> Path:
    """The steps of a path's text. Names that hold a point or a bracket are given as a tuple."""
    if not isinstance(text, str):
        return text
    steps = tuple(Pick(m[1], m[2], m[3]) if m[2] else m[1] for m in _STEP.finditer(text))
    if not steps:
        raise ValueError(text)
    return steps


@dataclass(slots=True, frozen=True)
class Column:
    """A field and where it is. ``send``: where it is written when that is elsewhere; ``wire`` other than its kind's; ``label``:
    key beside it that names what a reference points to; ``omits``: left out means empty (None: as the table)."""

    field: Field
    path: Path
    send: Path | None = None
    wire: Wire | None = None
    label: str | None = None
    single: bool = False
    omits: bool | None = None
    inner: tuple[Column, ...] = ()
    row_id: Path = ()

    @property
    def name(self) -> str:
        return self.field.name


def column(
    at: str | Path,
    kind: Kind,
    ja: str,
    en: str,
    *,
    name: str | None = None,
    given: bool = False,
    send: str | Path | None = None,
    wire: Wire | None = None,
    label: str | None = None,
    single: bool = False,
    omits: bool | None = None,
    **more: Any,
) -> Column:
    """A column. The field is called after its path unless ``name`` says otherwise; ``given``: only the service writes it;
    ``more`` are options of Field."""
    if given:
        more = {"on_create": False, "on_update": False, **more}
    called = name or (at if isinstance(at, str) else ".".join(str(step) for step in at))
    made = Field(called, kind, ja, en, **more)
    return Column(made, path(at), None if send is None else path(send), wire, label, single, omits)


def of(made: Field, **more: Any) -> Column:
    """The column of a field whose name is its path."""
    return Column(made, path(made.name), **more)


def linked(ja: str, en: str, *, name: str = "url", role: str | None = None) -> Column:
    """The address of a record's page, made by the connector's ``link``; in no answer of the service."""
    return Column(Field(name, Kind.URL, ja, en, role=role, on_create=False, on_update=False), ())


def lines(
    at: str | Path,
    ja: str,
    en: str,
    columns: Sequence[Column],
    *,
    id: str | Path | None = None,
    name: str | None = None,
    **more: Any,
) -> Column:
    """A column of rows. ``id``: where a row's own identity is, where rows have one."""
    outer = column(at, Kind.ROWS, ja, en, name=name, fields=tuple(c.field for c in columns), **more)
    return replace(outer, inner=tuple(columns), row_id=path(id) if id else ())


Link = Callable[[str], str | None]  # id → address of its page


class RowReader(Protocol):
    def __call__(self, row: Json, link: Link | None = None) -> Record: ...


@dataclass(slots=True, frozen=True)
class Table:
    """Columns of one object. ``id``, ``changed`` and ``revision`` are paths; ``changed`` is read as ``changed_kind``;
    ``archived`` looks at a row of the service; ``sends_empty``: empty values go into creates too, where the service would fill
    in defaults."""

    object: str
    columns: tuple[Column, ...]
    id: str | Path = "id"
    changed: str | Path | None = None
    changed_kind: Kind = Kind.DATETIME
    revision: str | Path | None = None
    archived: Callable[[Json], bool] | None = None
    wires: Wires = field(default_factory=lambda: JSON)
    omits: bool = False
    sends_empty: bool = False
    _kept: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def get(self, name: str) -> Column | None:
        if "columns" not in self._kept:
            self._kept["columns"] = {c.name: c for c in self.columns}
        found: Column | None = self._kept["columns"].get(name)
        return found

    def extended(self, *columns: Column) -> Table:
        """With fields that were found at run time; a column of the same name is replaced."""
        names = {c.name for c in columns}
        return replace(self, columns=(*(c for c in self.columns if c.name not in names), *columns), _kept={})

    def schema(self, revision: str | None = None) -> Schema:
        """The schema; its revision is the service's own, or a digest of the fields."""
        if ("schema", revision) not in self._kept:
            fields = tuple(c.field for c in self.columns)
            mark = revision or hashlib.sha256(repr(fields).encode()).hexdigest()[:16]
            self._kept["schema", revision] = Schema(self.object, fields, mark)
        made: Schema = self._kept["schema", revision]
        return made

    def wire(self, of: Column) -> Wire:
        return of.wire or self.wires[of.field.kind]

    # ------------------------------------------------------------ from the service

    def record(self, row: Json, *, single: bool = True, link: Link | None = None) -> Record:
        """One row as a record. ``single``: the answer of a call for one record."""
        return self.reader(single=single)(row, link)

    def reader(self, *, single: bool = False, wished: Collection[str] | None = None) -> RowReader:
        """A function (row, link) → Record, kept for many rows. ``wished`` leaves out other fields. It raises
        ``unexpected_answer`` for what a field's kind cannot hold."""
        key = ("reader", single, None if wished is None else frozenset(wished))
        if key not in self._kept:
            self._kept[key] = self._reader(single, wished)
        made: RowReader = self._kept[key]
        return made

    def _reader(self, single: bool, wished: Collection[str] | None) -> RowReader:
        own = path(self.id)
        wanted = [c for c in self.columns if wished is None or c.name in wished or c.path == own]
        takes = [(c.name, self._take(c, single)) for c in wanted if c.path]
        urls = [c.name for c in wanted if not c.path]
        number = taker(own, False)
        changed = None if self.changed is None else self._stamp(path(self.changed), self.changed_kind)
        revision = None if self.revision is None else taker(path(self.revision), False)
        archived = self.archived

        def read(row: Json, link: Link | None = None) -> Record:
            name = "id"
            try:
                id = str(row[self.id] if len(own) == 1 and isinstance(self.id, str) else number(row))
                values: dict[str, Value] = {}
                for name, take in takes:
                    value = take(row)
                    if value is not ABSENT:
                        values[name] = value
                for name in urls:
                    values[name] = link(id) if link else None
                name = "changed"
                made = Record(id, values, changed_at=changed(row) if changed else None)
            except UNREADABLE as wrong:
                facts = {"object": self.object, "field": name, "detail": type(wrong).__name__}
                raise ChoaiError("unexpected_answer", **facts) from wrong
            told = revision(row) if revision else None
            made.revision = None if told is None or told is ABSENT else str(told)
            made.archived = archived is not None and archived(row)
            return made

        return read

    def _stamp(self, at: Path, kind: Kind) -> Callable[[Json], Any]:
        take, read = taker(at, False), self.wires[kind].read

        def stamp(row: Json) -> date | None:
            raw = take(row)
            made = None if raw is ABSENT or raw in (None, "") else read(raw) if read else raw
            return made if isinstance(made, date) else None

        return stamp

    def _take(self, of: Column, single: bool = True) -> Callable[[Json], Any]:
        """What gets a column's value out of a row, chosen once for many rows."""
        omits = (self.omits if of.omits is None else of.omits) and (single or not of.single)
        take, wire = taker(of.path, omits), self._wire_of(of)
        read, nothing, label, same = wire.read, wire.nothing, of.label, wire.same or _NO_TYPE
        if nothing != ("",):
            same = _NO_TYPE

        def value(row: Json) -> Any:
            raw = take(row)
            if raw.__class__ is same:
                return None if raw == "" else raw
            if raw is None or raw is ABSENT:
                return raw
            if raw in nothing:
                return None
            made = raw if read is None else read(raw)
            if label is not None and isinstance(made, Ref):
                told = row.get(label)
                return Ref(made.id, None if told is None else str(told))
            return made

        return value

    def _wire_of(self, of: Column) -> Wire:
        if of.field.kind is not Kind.ROWS or of.wire is not None:
            return self.wire(of)
        takes = [(c.name, self._take(c)) for c in of.inner]
        number = taker(of.row_id, True) if of.row_id else None

        def rows(raw: Any) -> list[Row]:
            made = []
            for row in raw:
                values = {name: value for name, take in takes if (value := take(row)) is not ABSENT}
                told = number(row) if number else None
                made.append(Row(None if told in (None, "") else str(told), values))
            return made

        return Wire(rows, lambda value: [self._sent_row(of, row) for row in value], [], ("", []))

    # ------------------------------------------------------------ to the service

    def body(self, values: Mapping[str, Value], *, creating: bool) -> dict[str, Any]:
        """What to send. Empty values are left out of a create (see ``sends_empty``). Raises ``field_not_found``,
        ``not_writable`` and ``value_not_convertible`` with the field's label."""
        out: dict[str, Any] = {}
        for name, value in values.items():
            found = self.get(name)
            if found is None:
                raise ChoaiError("field_not_found", object=self.object, field=name)
            if not (found.field.on_create if creating else found.field.on_update) or not found.path:
                raise ChoaiError("not_writable", field=found.field.ja)
            if is_empty(value) and creating and not self.sends_empty:
                continue
            put(out, found.send or found.path, self.sent(found, value))
        return out

    def sent(self, to: Column, value: Value) -> Any:
        """One value as the service wants it. Raises ``value_not_convertible``."""
        wire = self._wire_of(to)
        if is_empty(value):
            return wire.empty
        try:
            return value if wire.write is None else wire.write(value)
        except UNREADABLE:
            raise ChoaiError("value_not_convertible", field=to.field.ja, value=str(value)[:100]) from None

    def _sent_row(self, of: Column, row: Row) -> dict[str, Any]:
        """A row, with its identity where it has one. Columns that cannot be written stay out; so do empty ones of a new row."""
        out: dict[str, Any] = {}
        if row.id is not None and of.row_id:
            put(out, of.row_id, row.id)
        inner = {c.name: c for c in of.inner}
        for name, value in row.values.items():
            found = inner.get(name)
            if found is None or not found.field.writable:
                continue
            if is_empty(value) and row.id is None and not self.sends_empty:
                continue
            put(out, found.send or found.path, self.sent(found, value))
        return out


# ---------------------------------------------------------------- paths


def taker(at: Path, omits: bool) -> Callable[[Json], Any]:
    """What gets the value at a path: ABSENT where a key is not there (None when ``omits``), None where a group is null."""
    missing = None if omits else ABSENT
    if len(at) == 1 and isinstance(at[0], str):
        key = at[0]
        return lambda row: row.get(key, missing)
    if len(at) == 2 and isinstance(at[0], str) and isinstance(at[1], str):
        return _second(at[0], at[1], missing)

    def take(row: Any) -> Any:
        for step in at:
            if row is None:
                return None
            name = step if isinstance(step, str) else step.list
            row = row.get(name, ABSENT)
            if row is ABSENT:
                return missing
            if isinstance(step, Pick) and row is not None:
                wanted = str(step.value)
                row = next((one for one in row if str(one.get(step.key)) == wanted), None)
        return row

    return take


def _second(group: str, member: str, missing: Any) -> Callable[[Json], Any]:
    def take(row: Json) -> Any:
        held = row.get(group, ABSENT)
        return missing if held is ABSENT else None if held is None else held.get(member, missing)

    return take


def put(body: dict[str, Any], at: Path, value: Any) -> None:
    """Write a value at a path, making what is not there."""
    for step in at[:-1]:
        body = _held(body, step)
    last = at[-1]
    if isinstance(last, Pick):
        raise TypeError(f"a value cannot stand for the list element {last}")
    body[last] = value


def _held(body: dict[str, Any], step: Step) -> dict[str, Any]:
    if isinstance(step, str):
        held: dict[str, Any] = body.setdefault(step, {})
        return held
    held_in: list[dict[str, Any]] = body.setdefault(step.list, [])
    found = next((one for one in held_in if one.get(step.key) == step.value), None)
    if found is None:
        found = {step.key: step.value}
        held_in.append(found)
    return found
