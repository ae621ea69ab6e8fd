"""Making, changing and deleting records: field rights, types, required and unique fields, duplicate rules, cascades.

Settings read here: ``duplicate_rule`` ("off", "alert", "block": accounts with one name). The fault ``lock_row`` (match: an
object's name) fails one record with UNABLE_TO_LOCK_ROW.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from choai.sandbox.salesforce import rules
from choai.sandbox.salesforce.org import Json, Org, Problem
from choai.sandbox.salesforce.values import stored


@dataclass(frozen=True)
class Saved:
    id: str
    created: bool


def save(org: Org, held: Json, sent: Json, id: str | None = None, *, allow: bool = False) -> Saved:
    """Make a record, or change the one with this id. ``allow``: duplicate rules that only alert are passed. Raises Problem."""
    name = held["name"]
    if org.world.fault("lock_row", name):
        raise Problem(
            "UNABLE_TO_LOCK_ROW", f"unable to obtain exclusive access to this record or 1 records: {id or '001000000000000AAA'}"
        )  # fmt: skip
    old = None if id is None else _present(org, held, id)
    if not held["createable" if old is None else "updateable"]:
        raise Problem(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be inserted or updated: {held['label']}"
        )
    values = _values(org, held, sent, creating=old is None)
    rules.before(org, name, values, old)
    row = {**_defaults(held), **(old or {}), **values}
    _demand(held, row, values, creating=old is None)
    _unique(org, held, values, old)
    _duplicates(org, name, row, old, allow)
    rules.check(org, name, row)
    if old is None:
        row = {
            "Id": org.new_id(held["keyPrefix"]),
            **row,
            "CreatedDate": org.now(),
            "CreatedById": org.user,
            "IsDeleted": False,
        }
        if any(f["name"] == "OwnerId" for f in held["fields"]):
            row.setdefault("OwnerId", org.user)
    rules.after(org, name, row, values, old)
    put(org, name, row)
    rules.parents(org, name, row)
    return Saved(row["Id"], old is None)


def put(org: Org, name: str, row: Json) -> None:
    """Store a record with the stamps of a change now."""
    row |= {"LastModifiedDate": org.now(), "LastModifiedById": org.user, "SystemModstamp": org.now()}
    org.table(name)[row["Id"]] = row
    org.world.dirty = True


def delete(org: Org, held: Json, id: str) -> str:
    """Into the recycle bin, with what belongs to it. Answers the id."""
    row = _present(org, held, id)
    if not held["deletable"]:
        raise Problem("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
    remove(org, held["name"], row)
    return str(row["Id"])


def remove(org: Org, name: str, row: Json) -> None:
    put(org, name, {**row, "IsDeleted": True})
    org.world.state["deleted"].append({"object": name, "id": row["Id"], "deletedDate": org.now()})
    for child in org.world.state["objects"][name]["childRelationships"]:
        if child["cascadeDelete"]:
            for one in [r for r in org.rows(child["childSObject"]) if r.get(child["field"]) == row["Id"]]:
                remove(org, child["childSObject"], one)
    rules.parents(org, name, row)


def by_key(org: Org, held: Json, key: str, value: str) -> list[str]:
    """Ids of the records with this external id. Raises Problem when the field is none."""
    field = org.field(held, key)
    if field is None or not (field["externalId"] or field["idLookup"]):
        told = f"Provided external ID field does not exist or is not accessible: {key}"
        raise Problem("NOT_FOUND", told, status=404)
    if field["type"] == "id":
        found = org.get(held["name"], value)
        return [found["Id"]] if found else []
    return [r["Id"] for r in org.rows(held["name"]) if str(r.get(field["name"]) or "").casefold() == value.casefold()]


def _present(org: Org, held: Json, id: str) -> Json:
    owner = org.owner_of(id)
    if len(id) not in (15, 18) or owner != held["name"]:
        raise Problem("MALFORMED_ID", f"{held['label']} ID: id value of incorrect type: {id}", "Id")
    found = org.get(held["name"], id)
    if found is None:
        gone = any(row["Id"][:15] == id[:15] for row in org.table(held["name"]).values())
        if gone:
            raise Problem("ENTITY_IS_DELETED", "entity is deleted", status=404)
        raise Problem("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", status=404)
    return found


def _values(org: Org, held: Json, sent: Json, creating: bool) -> Json:
    out: Json = {}
    wrong = []
    for name, raw in sent.items():
        if name == "attributes":
            continue
        field = org.field(held, name)
        if field is None:
            name, raw, field = _related(org, held, name, raw)
        if not field["createable" if creating else "updateable"]:
            wrong.append(field["name"])
            continue
        value = stored(field, raw)
        if field["type"] == "reference" and value is not None:
            _demand_target(org, field, value)
        out[field["name"]] = value
    if wrong:
        told = f"Unable to create/update fields: {', '.join(wrong)}. Please check the security settings of this field and verify "
        told += "that it is read/write for your profile or permission set."
        raise Problem("INVALID_FIELD_FOR_INSERT_UPDATE", told, *wrong)
    return out


def _related(org: Org, held: Json, name: str, raw: Any) -> tuple[str, Any, Json]:
    """``"Account": {"AccountingId__c": "5"}`` names a parent by its external id."""
    by = next((f for f in held["fields"] if (f["relationshipName"] or "").lower() == name.lower()), None)
    if by is None or not isinstance(raw, dict):
        raise Problem("INVALID_FIELD", f"No such column '{name}' on sobject of type {held['name']}")
    if not raw:
        return by["name"], None, by
    target = org.object(by["referenceTo"][0])
    key, value = next((k, v) for k, v in raw.items() if k != "attributes")
    found = by_key(org, target, key, str(value))
    if len(found) != 1:
        told = f"Foreign key external ID: {value} not found for field {key} in entity {target['name']}"
        raise Problem("INVALID_FIELD", told)
    return by["name"], found[0], by


def _demand_target(org: Org, field: Json, id: str) -> None:
    targets = field["referenceTo"]
    if org.owner_of(id) not in targets:
        raise Problem("MALFORMED_ID", f"{field['label']}: id value of incorrect type: {id}", field["name"])
    if org.get(targets[0], id) is None:
        gone = id in org.table(targets[0])
        code, told = ("ENTITY_IS_DELETED", "entity is deleted") if gone else (
            "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "insufficient access rights on cross-reference id"
        )  # fmt: skip
        raise Problem(code, told, field["name"])


def _defaults(held: Json) -> Json:
    return {f["name"]: False for f in held["fields"] if f["type"] == "boolean" and not f["calculated"]}


def _demand(held: Json, row: Json, values: Json, creating: bool) -> None:
    missing = [
        f["name"]
        for f in held["fields"]
        if not f["nillable"] and not f["defaultedOnCreate"] and f["type"] not in ("boolean", "id")
        and row.get(f["name"]) is None and (creating or f["name"] in values)
    ]  # fmt: skip
    if missing:
        raise Problem("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", *missing)


def _unique(org: Org, held: Json, values: Json, old: Json | None) -> None:
    for field in held["fields"]:
        value = values.get(field["name"])
        if not field["unique"] or value is None:
            continue
        others = [id for id in by_key(org, held, field["name"], str(value)) if old is None or id != old["Id"]]
        if others:
            told = f"duplicate value found: {field['name']} duplicates value on record with id: {others[0]}"
            raise Problem("DUPLICATE_VALUE", told)


def _duplicates(org: Org, name: str, row: Json, old: Json | None, allow: bool) -> None:
    mode = org.settings.get("duplicate_rule", "off")
    if name != "Account" or mode == "off" or (mode == "alert" and allow):
        return
    same = [r for r in org.rows(name) if r["Name"] == row["Name"] and (old is None or r["Id"] != old["Id"])]
    if same:
        match = {"record": {"attributes": {"type": name}, "Id": same[0]["Id"]}, "matchConfidence": 100.0}
        result = {
            "allowSave": mode == "alert",
            "duplicateRule": "Standard_Account_Duplicate_Rule",
            "errorMessage": "Use one of these records?",
            "matchResults": [
                {"entityType": name, "matchRecords": [match], "rule": "Standard_Account_Match_Rule", "success": True}
            ],
        }
        raise Problem("DUPLICATES_DETECTED", "Use one of these records?", duplicateResult=result)
