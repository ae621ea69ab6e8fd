"""Typed description of an object's fields, as a connector discovers them."""

from __future__ import annotations

from dataclasses import dataclass, field

from choai.model.values import Kind


@dataclass(slots=True, frozen=True)
class Choice:
    """One option of a CHOICE or CHOICES field. ``value`` is what the service wants, the labels are for people."""

    value: str
    ja: str
    en: str = ""


def choices(text: str) -> tuple[Choice, ...]:
    """``value=日本語=English|…``; a value alone is its own label."""
    told = [one.split("=") for one in text.split("|")]
    return tuple(Choice(value, *(labels or [value])) for value, *labels in told)


@dataclass(slots=True, frozen=True)
class Field:
    """One field of an object.

    ``role`` ties fields of different services together ("partner.name", "tag.code", "line.quantity"); it is a hint
    for auto-mapping and documents, never a second data model. ``clearable`` says whether an empty value can be
    written at all. ``max_length`` counts characters.
    """

    name: str
    kind: Kind
    ja: str
    en: str
    role: str | None = None
    required: bool = False
    on_create: bool = True  # may be sent when a record is created
    on_update: bool = True  # may be sent when a record is changed
    clearable: bool = True
    unique: bool = False
    max_length: int | None = None
    min_length: int | None = None
    pattern: str | None = None
    minimum: str | None = None  # decimal text
    maximum: str | None = None  # decimal text
    decimals: int | None = None
    has_default: bool = False  # the service fills it when it is absent on create
    granularity: str | None = None  # "minute", "day": finer parts are cut by the service
    choices: tuple[Choice, ...] = ()
    target: str | None = None  # object that a REFERENCE points to
    fields: tuple[Field, ...] = ()  # fields of one row of a ROWS field
    note: str | None = None  # short English remark for the mapping editor
    reason: str | None = None  # error code why the service gives and takes no value of it: it stands in no mapping

    @property
    def writable(self) -> bool:
        return self.on_create or self.on_update


@dataclass(slots=True, frozen=True)
class Schema:
    """The fields of one object of one connection. ``revision`` changes when the service's definition changes."""

    object: str
    fields: tuple[Field, ...]
    revision: str = ""
    _by_name: dict[str, Field] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        self._by_name.update((f.name, f) for f in self.fields)

    def get(self, name: str) -> Field | None:
        return self._by_name.get(name)

    def with_role(self, role: str) -> Field | None:
        return next((f for f in self.fields if f.role == role), None)
