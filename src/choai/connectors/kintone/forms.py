"""The form of an app → schema.

An app's fields are its owner's: roles are guessed from the usual Japanese and English labels of a customer master, and are
hints only. Field codes are the names; labels come in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from choai.connectors.fields import Table
from choai.connectors.kintone.values import table
from choai.connectors.naming import word
from choai.model.schema import Choice, Field, Schema
from choai.model.values import Kind

Json = Mapping[str, Any]

KINDS = {
    **dict.fromkeys(("SINGLE_LINE_TEXT", "STATUS"), Kind.TEXT),
    **dict.fromkeys(("CHECK_BOX", "MULTI_SELECT"), Kind.CHOICES),
    **dict.fromkeys(("RADIO_BUTTON", "DROP_DOWN"), Kind.CHOICE),
    **dict.fromkeys(("DATETIME", "CREATED_TIME", "UPDATED_TIME"), Kind.DATETIME),
    **dict.fromkeys(("CREATOR", "MODIFIER"), Kind.REFERENCE),
    **dict.fromkeys(("USER_SELECT", "ORGANIZATION_SELECT", "GROUP_SELECT", "STATUS_ASSIGNEE"), Kind.REFERENCES),
    "MULTI_LINE_TEXT": Kind.LONG_TEXT,
    "RICH_TEXT": Kind.HTML,
    "NUMBER": Kind.DECIMAL,
    "DATE": Kind.DATE,
    "TIME": Kind.TIME,
    "FILE": Kind.FILES,
    "SUBTABLE": Kind.ROWS,
    "RECORD_NUMBER": Kind.IDENTIFIER,
}
_LINKS = {"WEB": Kind.URL, "CALL": Kind.PHONE, "MAIL": Kind.EMAIL}
_CALCULATED = {"NUMBER": Kind.DECIMAL, "NUMBER_DIGIT": Kind.DECIMAL, "DATETIME": Kind.DATETIME, "DATE": Kind.DATE}
_TARGETS = {
    **dict.fromkeys(("USER_SELECT", "CREATOR", "MODIFIER", "STATUS_ASSIGNEE"), "user"),
    "ORGANIZATION_SELECT": "organization",
    "GROUP_SELECT": "group",
}
_READ_ONLY = frozenset(
    "RECORD_NUMBER CREATOR MODIFIER CREATED_TIME UPDATED_TIME STATUS STATUS_ASSIGNEE CALC FILE".split()
)
RELATED = "REFERENCE_TABLE"  # shown with the schema so that nobody looks for it in vain; records have no such key
_SWITCHED = frozenset({"STATUS", "STATUS_ASSIGNEE"})  # in records only while process management is on
_MINUTE = frozenset({"DATETIME", "CREATED_TIME", "UPDATED_TIME"})

_ROLES = {
    "partner.name": "取引先名 会社名 顧客名 得意先名 partner_name company_name customer_name",
    "partner.code": "取引先コード 顧客コード 得意先コード partner_code customer_code",
    "partner.id": "freee取引先id freee取引先_id freee_partner_id",
    "partner.url": "freee_url freeeurl",
    "partner.kana": "カナ フリガナ ふりがな 取引先名カナ 会社名カナ 取引先名フリガナ kana",
    "partner.long_name": "正式名称 long_name legal_name",
    "partner.title": "敬称 honorific",
    "partner.zip": "郵便番号 postal_code zip zip_code zipcode",
    "partner.prefecture": "都道府県 prefecture",
    "partner.address1": "市区町村番地 市区町村・番地 市区町村 住所1 address1 city_and_street",
    "partner.address2": "建物名 建物名・部屋番号など 建物 住所2 address2 building",
    "partner.phone": "電話番号 電話 tel phone telephone",
    "partner.email": "メールアドレス メール eメール email e-mail",
    "partner.contact": "担当者名 担当者氏名 先方担当者 contact contact_person",
    "partner.registration_number": "登録番号 インボイス登録番号 適格請求書発行事業者登録番号 registration_number",
    "partner.kind": "事業所種別 法人個人区分 kind_of_business",
    "tag.name": "タグ名 メモタグ名 tag_name",
    "tag.id": "freeeタグid freee_tag_id",
    "segment.name": "セグメント名 セグメントタグ名 segment_name",
    "segment.id": "freeeセグメントid freee_segment_id",
    "partner.sync": "同期対象 連携対象 sync sync_target",
}


_ROLE_OF = {word(label): role for role, labels in _ROLES.items() for label in labels.split()}


@dataclass(slots=True, frozen=True)
class Form:
    """An app's schema, and the table that reads and writes it."""

    schema: Schema
    table: Table
    updated: str  # code of the UPDATED_TIME field: it follows the language of the app's maker and can be renamed

    def readable(self, name: str) -> bool:
        """Whether records have it."""
        known = self.schema.get(name)
        return known is not None and not known.reason


ID = Field("$id", Kind.IDENTIFIER, "レコードID", "Record id", on_create=False, on_update=False, unique=True)


def form(object: str, japanese: Json, english: Json) -> Form:
    """From the two answers of the form API (``lang=ja`` and ``lang=en``)."""
    properties: Json = japanese["properties"]
    others: Json = english["properties"]
    copied = _copied(properties)
    space = object.partition("@")[2]
    fields = [ID]
    taken: set[str] = set()
    for code, props in properties.items():
        made = _field(code, props, others.get(code, props), copied)
        if made is not None:
            if space and (made.target or "").startswith("app:"):  # a guest space's lookups stay inside it
                made = replace(made, target=f"{made.target}@{space}")
            role = _role(made) if made.kind not in (Kind.ROWS, Kind.FILES) else None
            if role is not None and role not in taken:
                taken.add(role)
                made = replace(made, role=role)
            fields.append(made)
    updated = next((c for c, p in properties.items() if p["type"] == "UPDATED_TIME"), "")
    schema = Schema(object, tuple(fields), str(japanese["revision"]))
    return Form(schema, table(schema, updated), updated)


def reused(known: Schema, japanese: Json) -> Form:
    """The form of a schema that is still current."""
    updated = next((c for c, p in japanese["properties"].items() if p["type"] == "UPDATED_TIME"), "")
    return Form(known, table(known, updated), updated)


def _role(field: Field) -> str | None:
    words = (field.name, field.ja, field.en)
    return next((_ROLE_OF[w] for w in map(word, words) if w in _ROLE_OF), None)


def _copied(properties: Json) -> dict[str, str]:
    """Code of a field that a lookup fills → code of that lookup."""
    found = {}
    for code, props in properties.items():
        for inner, each in ((code, props), *props.get("fields", {}).items()):
            for mapping in each.get("lookup", {}).get("fieldMappings", ()):
                found[mapping["field"]] = inner
    return found


def _field(code: str, ja: Json, en: Json, copied: Mapping[str, str]) -> Field | None:
    """None for what is no part of a record (labels, groups) or is switched off."""
    if ja["type"] == RELATED:
        return _related(code, ja, en)
    kind = _kind(ja)
    if kind is None or (ja["type"] in _SWITCHED and not ja.get("enabled")):
        return None
    writable = not (ja["type"] in _READ_ONLY or ja.get("expression") or code in copied)
    radio = ja["type"] == "RADIO_BUTTON"
    return Field(
        name=code,
        kind=kind,
        ja=ja["label"] or code,
        en=en["label"] or code,
        # a radio button always has a value, whatever its setting says
        required=bool(ja.get("required")) and not radio and writable,
        on_create=writable,
        on_update=writable,
        clearable=not radio and not ja.get("required"),
        unique=bool(ja.get("unique")),
        max_length=_whole(ja.get("maxLength")),
        min_length=_whole(ja.get("minLength")),
        minimum=ja.get("minValue") or None,
        maximum=ja.get("maxValue") or None,
        has_default=bool(ja.get("defaultValue")) or bool(ja.get("defaultNowValue")) or radio,
        granularity="minute" if ja["type"] in _MINUTE or kind is Kind.DATETIME else None,
        choices=_choices(ja, en),
        target=_target(ja),
        fields=_inner(ja, en, copied),
        note=_note(code, ja, copied),
    )


def _related(code: str, ja: Json, en: Json) -> Field:
    """関連レコード一覧: a view of another app's records, of which kintone's API tells nothing."""
    app = (ja.get("referenceTable") or {}).get("relatedApp", {}).get("app", "–")
    return Field(
        code,
        Kind.ROWS,
        ja["label"] or code,
        en["label"] or code,
        on_create=False,
        on_update=False,
        note=f"related records of app {app}: not in kintone's API; map that app instead",
        reason="related_records",
    )


def _kind(props: Json) -> Kind | None:
    if props["type"] == "LINK":
        return _LINKS.get(props.get("protocol", "WEB"), Kind.URL)
    if props["type"] == "CALC":
        return _CALCULATED.get(props.get("format", "NUMBER"), Kind.TEXT)
    return KINDS.get(props["type"])


def _choices(ja: Json, en: Json) -> tuple[Choice, ...]:
    """Options are addressed by the label of the app's default language, which is the key."""
    options: Json = ja.get("options") or {}
    others: Json = en.get("options") or {}
    ordered = sorted(options.items(), key=lambda o: int(o[1]["index"]))
    return tuple(Choice(key, o["label"], others.get(key, o)["label"]) for key, o in ordered)


def _inner(ja: Json, en: Json, copied: Mapping[str, str]) -> tuple[Field, ...]:
    if ja["type"] != "SUBTABLE":
        return ()
    labels: Json = en.get("fields", {})
    made = (_field(code, props, labels.get(code, props), copied) for code, props in ja["fields"].items())
    return tuple(f for f in made if f is not None)


def _target(props: Json) -> str | None:
    if "lookup" in props:
        return f"app:{props['lookup']['relatedApp']['app']}"
    return _TARGETS.get(props["type"])


def _note(code: str, props: Json, copied: Mapping[str, str]) -> str | None:
    if code in copied:
        return f"filled by the lookup {copied[code]}"
    if "lookup" in props:
        lookup = props["lookup"]
        return f"lookup of {lookup['relatedKeyField']} in app {lookup['relatedApp']['app']}; write the key only"
    if props.get("expression"):
        return "calculated by kintone"
    return None


def _whole(text: Any) -> int | None:
    return int(text) if text not in (None, "") else None
