"""Any CRM ↔ any accounting service: what both offer, and the setup proposed for one kind of record.

Pure: takes what the connections offer and two schemas, gives a draft. The left side is the CRM, the right side accounting.
What means the same is told by roles: of objects (``ObjectSpec.role``) and of fields (``partner.name``). Objects whose owner
makes them up (kintone's apps) may hold anything; their fields get their roles here, from their labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cache

from choai.connectors.contract import Idempotency, ObjectInfo, ObjectSpec
from choai.model.automap import Proposal, propose
from choai.model.check_mapping import Problem, check_mapping
from choai.model.mapping import Flow, MappingRow, MatchKey, Side
from choai.model.names import fold
from choai.model.schema import Choice, Field, Schema
from choai.model.values import Kind

PRESET = "any_pair"
SURE = 80  # a proposal below this waits until a person accepts it
WAYS = ("to_left", "to_right")
FREE = frozenset({"app", "custom"})  # roles of objects that may hold anything


@dataclass(slots=True, frozen=True)
class Topic:
    """Something to sync. ``roles``: of the objects that hold it, best first; ``noun``: the first part of its fields' roles;
    ``words``: how people call it in labels. ``both``: it usually goes both ways; else accounting tells the CRM."""

    key: str
    ja: str
    en: str
    roles: tuple[str, ...]
    words: str
    both: bool = False

    @property
    def noun(self) -> str:
        return self.key


TOPICS = (
    Topic("partner", "取引先", "Partners", ("partner", "account", "customer", "company"),
          "取引先|会社|顧客|得意先|partner|company|customer|contact", True),
    Topic("person", "担当者", "Contact persons", ("person", "contact_person", "contact"),
          "担当者|連絡先|person|contact", True),
    Topic("vendor", "仕入先", "Vendors", ("vendor", "supplier", "partner"), "仕入先|発注先|vendor|supplier", True),
    Topic("item", "品目・商品", "Items", ("item", "product", "service"), "品目|商品|製品|item|product", True),
    Topic("quote", "見積書", "Quotes", ("quote", "quotation", "estimate"), "見積書?|quote|estimate|quotation"),
    Topic("order", "受注", "Sales orders", ("order", "sales_order"), "受注|注文|order|sales order"),
    Topic("purchase_order", "発注", "Purchase orders", ("purchase_order",), "発注|発注書|purchase order"),
    Topic("invoice", "請求書", "Invoices", ("invoice", "billing", "deal"), "請求書?|invoice|bill"),
    Topic("expense", "経費", "Expenses", ("expense", "expense_report", "expense_application", "receipt", "deal_expense"),
          "経費|経費精算|expense"),
    Topic("tag", "タグ", "Tags", ("tag", "segment", "section"), "メモタグ|タグ|セグメント|部門|memo tag|tag|segment"),
)  # fmt: skip
BY_KEY = {topic.key: topic for topic in TOPICS}


@dataclass(slots=True, frozen=True)
class Offer:
    """One object of a connection: how the service names it, and what it can do."""

    info: ObjectInfo
    spec: ObjectSpec

    @property
    def writable(self) -> bool:
        return self.spec.can_create or self.spec.can_update


# ------------------------------------------------------------------ what both sides offer


def candidates(topic: Topic, offers: Sequence[Offer]) -> list[Offer]:
    """The objects of a side that may hold a topic, the likeliest first: by role, then objects that hold anything, those with
    the topic's name before the others."""
    named = [o for role in topic.roles for o in offers if o.spec.role == role]
    free = [o for o in offers if o.spec.role in FREE]
    return [*named, *sorted(free, key=lambda o: -_fits(topic, o.info))]


def _fits(topic: Topic, info: ObjectInfo) -> int:
    """How much an object's name says the topic: all of it, a part, nothing."""
    words = {fold(word) for word in (info.ja, info.en) if word}
    if any(re.fullmatch(f"({topic.words})s?( ?(マスタ|管理|一覧))?", word) for word in words):
        return 2
    return int(any(re.search(topic.words, word) for word in words))


def suggested(topic: Topic, offers: Sequence[Offer]) -> Offer | None:
    """The object that is meant unless a person says otherwise: none when nothing says which."""
    for offer in candidates(topic, offers):
        if offer.info.available and (offer.spec.role not in FREE or _fits(topic, offer.info)):
            return offer
    return None


def offered_ways(left: Offer, right: Offer) -> tuple[str, ...]:
    """The directions in which something can be written at all."""
    return tuple(way for way, target in zip(WAYS, (left, right), strict=True) if target.writable)


# ------------------------------------------------------------------ roles


@cache
def _parts(words: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Which field of a made-up object plays which part, by its label or code; the first pattern that fits decides."""
    service = r"(freee(会計|請求書)?|xero|zoho( ?(books|invoice|expense|billing))?|マネーフォワード|moneyforward|会計)"
    patterns = [
        ("id", rf"({service}[ _]?({words})?|({words})[ _]?)(id|外部id)"),
        ("url", rf"({service}[ _]?)?({words})?[ _]?url"),
        ("number", rf"({words})?(番号|no\.?|number)"),
        ("name", rf"名前|名称|name|({words})( ?(名|name))?"),
        ("code", rf"(({words}) ?)?(コード|code)"),
        ("date", rf"({words})?(日|日付|発行日| ?date)"),
        ("due", r"(支払|入金)?(期限|期日)|due( ?date)?"),
        ("title", r"件名|title|subject"),
        ("subtotal", r"小計|subtotal"),
        ("tax_total", r"消費税額?|tax"),
        ("total", r"(合計|請求)(金額|額)?|total( ?amount)?"),
        ("currency", r"通貨|currency"),
        ("status", r"状態|ステータス|status"),
        ("partner", r"取引先名?|顧客名?|partner|customer|contact"),
        ("email", r"(e-?|電子)?メール(アドレス)?|e-?mail"),
        ("phone", r"電話(番号)?|tel|phone"),
        ("price", r"単価|価格|unit ?price|price"),
        ("description", r"備考|説明|description|notes?"),
    ]
    return tuple((part, re.compile(pattern)) for part, pattern in patterns)


_UNTOUCHED = (Kind.ROWS, Kind.REFERENCES, Kind.FILES)


def cast(schema: Schema, topic: Topic, spec: ObjectSpec) -> Schema:
    """The fields with the roles they play for this topic. A made-up object is read by its labels; an object of another noun
    (a supplier that is kept as a contact) speaks of the topic from here on."""
    if spec.role in FREE:
        return _by_labels(schema, topic)
    nouns = {f.role.partition(".")[0] for f in schema.fields if f.role and f.role.endswith((".id", ".name", ".number"))}
    if topic.noun in nouns or len(nouns) != 1:
        return schema
    other = f"{nouns.pop()}."
    fields = tuple(
        replace(f, role=f"{topic.noun}.{f.role.removeprefix(other)}") if f.role and f.role.startswith(other) else f
        for f in schema.fields
    )
    return replace_fields(schema, fields)


_BRANDS = {
    "freee": re.compile("freee"),
    "xero": re.compile("xero"),
    "zoho": re.compile("zoho"),
    "moneyforward": re.compile("マネーフォワード|money ?forward"),
    "salesforce": re.compile("salesforce"),
    "kintone": re.compile("kintone"),
    "senses": re.compile("senses|mazrica"),
    "vtiger": re.compile("vtiger"),
}


def _ours(schema: Schema, spec: ObjectSpec, services: tuple[str, str]) -> Schema:
    """A made-up object without the fields whose label names a third service: freee's id is not the place for Xero's."""
    if spec.role not in FREE or not any(services):
        return schema
    own = {service.partition("_")[0] for service in services}
    strangers = [pattern for brand, pattern in _BRANDS.items() if brand not in own]
    kept = [
        known
        for known in schema.fields
        if not any(p.search(fold(word)) for p in strangers for word in (known.name, known.ja, known.en) if word)
    ]
    return replace_fields(schema, kept)


def replace_fields(schema: Schema, fields: Iterable[Field]) -> Schema:
    return Schema(schema.object, tuple(fields), schema.revision)


def _by_labels(schema: Schema, topic: Topic) -> Schema:
    taken = {f.role for f in schema.fields if f.role and f.role.startswith(f"{topic.noun}.")}
    fields = []
    for known in schema.fields:
        own = known.role is not None and known.role.partition(".")[0] == topic.noun
        if not own:
            role = _role_by_label(known, topic)
            if role in taken:
                role = None
            elif role is not None:
                taken.add(role)
            known = replace(known, role=role)
        fields.append(known)
    return replace_fields(schema, fields)


def _role_by_label(known: Field, topic: Topic) -> str | None:
    if not known.writable or known.kind in _UNTOUCHED:
        return None
    words = [fold(word) for word in (known.name, known.ja, known.en) if word]
    part = next((part for part, pattern in _parts(topic.words) if any(map(pattern.fullmatch, words))), None)
    return part and f"{topic.noun}.{part}"


# ------------------------------------------------------------------ the proposed setup


@dataclass(slots=True)
class Draft:
    """A proposed sync. ``rows`` are taken unless a person says otherwise, ``maybe`` only when one accepts them. ``offered`` are
    the directions that may be chosen at all, ``directions`` those proposed; the problems are about those."""

    rows: list[MappingRow]
    maybe: list[Proposal]
    match_keys: list[MatchKey]
    offered: tuple[str, ...]
    directions: tuple[str, ...]
    duplicate_policy: str = "bind"  # certain matches are tied; the preview shows which before anything is written
    conflict_policy: str = "ask"
    problems: list[Problem] = field(default_factory=list)


def draft(
    topic: Topic,
    left: tuple[Schema, Offer],
    right: tuple[Schema, Offer],
    tied: AbstractSet[tuple[str, str]] = frozenset(),
    services: tuple[str, str] = ("", ""),
) -> Draft:
    """The setup for one topic. ``tied``: objects (left, right) whose records are paired by other syncs already; only between
    those does a reference know its partner. ``services``: names of both, so that a field that says it belongs to a third one
    is left alone."""
    lefts = cast(_ours(left[0], left[1].spec, services), topic, left[1].spec)
    rights = cast(_ours(right[0], right[1].spec, services), topic, right[1].spec)
    known = tied | {(lefts.object, rights.object)}
    found = [p for p in (_safe(p, lefts, rights, known) for p in propose(lefts, rights)) if p is not None]
    rows = [p.row for p in found if _sure(p, lefts, rights)]
    maybe = [p for p in found if not _sure(p, lefts, rights)]
    keys = match_keys(topic, rows, lefts, rights)
    offered = offered_ways(left[1], right[1])
    clean = [way for way in offered if not _errors(check(rows, keys, left, right, (way,)))]
    chosen = tuple(clean) if topic.both and clean else tuple((clean or list(offered))[:1])
    return Draft(rows, maybe, keys, offered, chosen, problems=check(rows, keys, left, right, chosen))


def _sure(found: Proposal, left: Schema, right: Schema) -> bool:
    """A field whose meaning is known and one whose is not are no pair because of their labels alone: a customer's account number
    is not the number of a bank account."""
    a, b = left.get(found.row.left or ""), right.get(found.row.right or "")
    if a is not None and b is not None and bool(a.role) != bool(b.role) and found.why != "name":
        return False
    return found.why != "similar" or found.score >= SURE


def _errors(problems: Sequence[Problem]) -> list[Problem]:
    return [p for p in problems if p.severity == "error"]


def check(
    rows: Sequence[MappingRow],
    keys: Sequence[MatchKey],
    left: tuple[Schema, Offer],
    right: tuple[Schema, Offer],
    ways: Sequence[str],
) -> list[Problem]:
    """Everything that is wrong or doubtful about a mapping that goes these ways, and what a service must have to be written."""
    targets = {side for side in Side if f"to_{side.value}" in ways}
    problems = check_mapping(rows, left[0], right[0], targets, keys=keys)
    schemas = {Side.LEFT: left[0], Side.RIGHT: right[0]}
    for side, (schema, offer) in {Side.LEFT: left, Side.RIGHT: right}.items():
        if side in targets and offer.spec.idempotency is Idempotency.EXTERNAL_ID and not _keyed(rows, schemas, side):
            name = {"ja": offer.info.ja, "en": offer.info.en or offer.info.ja}
            facts = {"side": side.value, "app": name["ja"], "app_ja": name["ja"], "app_en": name["en"]}
            problems.append(Problem("key_field_missing", None, "error", {**facts, "object": schema.object}))
    return problems


def _keyed(rows: Sequence[MappingRow], schemas: Mapping[Side, Schema], target: Side) -> bool:
    """Whether a create can be recognised later: something unique of the source goes into something unique of the target."""
    for row in rows:
        into, out = (
            schemas[target].get(row.field(target) or ""),
            schemas[target.other].get(row.field(target.other) or ""),
        )
        if into is not None and out is not None and into.unique and out.unique and row.direction.feeds(target):
            return True
    return False


def _safe(found: Proposal, left: Schema, right: Schema, tied: AbstractSet[tuple[str, str]]) -> Proposal | None:
    row = _safe_row(found.row, left, right, tied)
    return None if row is None else replace(found, row=row)


def _safe_row(row: MappingRow, left: Schema, right: Schema, tied: AbstractSet[tuple[str, str]]) -> MappingRow | None:
    """The row as far as it can go without a person's knowledge: a reference only between paired objects, and into text by its
    label; no free text into a list of choices, no choice into a list that has none of it, a document's state only where each has
    a counterpart."""
    a, b = left.get(row.left or ""), right.get(row.right or "")
    if a is None or b is None:
        return row
    if a.kind is Kind.ROWS and b.kind is Kind.ROWS:
        return _safe_lines(row, a, b, tied)
    ways = [way for way in (Side.LEFT, Side.RIGHT) if row.direction.feeds(way)]
    pair = {Side.LEFT: a, Side.RIGHT: b}
    ways = [way for way in ways if row.converter or _flows(pair[way.other], pair[way], (a, b), tied)]
    if not ways:
        return None
    return replace(row, direction=Flow.BOTH if len(ways) == 2 else Flow(f"to_{ways[0].value}"))


_REFERRING = (Kind.REFERENCE, Kind.REFERENCES)
_TEXT = (Kind.TEXT, Kind.LONG_TEXT)
_LISTS = (Kind.CHOICE, Kind.CHOICES)


def _flows(source: Field, target: Field, ends: tuple[Field, Field], tied: AbstractSet[tuple[str, str]]) -> bool:
    if source.kind in _REFERRING and target.kind in _REFERRING:
        return (ends[0].target or "", ends[1].target or "") in tied
    if target.kind in _REFERRING:
        return False
    if source.kind in _REFERRING:
        return target.kind in _TEXT
    if target.kind in _LISTS and target.choices:
        if source.kind not in _LISTS:
            return source.kind is Kind.BOOLEAN
        if (target.role or "").endswith(
            ".status"
        ):  # a state without a counterpart would fail its document at every run
            known = _names(target)
            return bool(source.choices) and all(_words(choice) & known for choice in source.choices)
        return bool(_names(source) & _names(target))
    return True


def _names(known: Field) -> set[str]:
    return {word for choice in known.choices for word in _words(choice)}


def _words(choice: Choice) -> set[str]:
    return {fold(word) for word in (choice.value, choice.ja, choice.en) if word}


def _safe_lines(row: MappingRow, a: Field, b: Field, tied: AbstractSet[tuple[str, str]]) -> MappingRow | None:
    inner = (Schema(a.name, a.fields), Schema(b.name, b.fields))
    sure = [p.row for p in propose(*inner) if _sure(p, *inner)]
    rows = tuple(r for r in (_safe_row(r, *inner, tied) for r in sure) if r is not None)
    ways = [
        way
        for way, side in (("to_left", Side.LEFT), ("to_right", Side.RIGHT))
        if row.direction.feeds(side) and any(r.direction.feeds(side) for r in rows)
    ]
    if not ways:
        return None
    return replace(row, rows=rows, direction=Flow.BOTH if len(ways) == 2 else Flow(ways[0]))


# certain parts first; a person is known by the e-mail address, a document by nothing but its numbers
_KEYS = (
    ("id", "exact"), ("external_id", "exact"), ("code", "exact"), ("number", "exact"), ("email", "text"), ("name", ""),
)  # fmt: skip
_DOCUMENTS = ("quote", "order", "purchase_order", "invoice", "expense")


def match_keys(topic: Topic, rows: Sequence[MappingRow], left: Schema, right: Schema) -> list[MatchKey]:
    """How an unbound record finds its partner: what it carries of the other side, codes and numbers, then what is unique on both
    sides, then the name. Companies compare without their corporate form, other names without case and width."""
    keys: dict[tuple[str, str], MatchKey] = {}
    paired = [
        (a, b)
        for r in rows
        if (a := left.get(r.left or "")) is not None and (b := right.get(r.right or "")) is not None
    ]
    for part, how in _KEYS:
        if (part == "email" and topic.key != "person") or (part == "name" and topic.key in _DOCUMENTS):
            continue
        for a, b in paired:
            if a.role == b.role == f"{topic.noun}.{part}":
                named = "name" if topic.key in ("partner", "vendor") else "text"
                keys.setdefault((a.name, b.name), MatchKey(a.name, b.name, how or named))
    for a, b in paired:
        if not keys and a.unique and b.unique:
            keys[a.name, b.name] = MatchKey(a.name, b.name, "exact")
    return list(keys.values())
