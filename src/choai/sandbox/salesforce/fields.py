"""What describe says: fields in the shape of the vendor's own answers, objects with their flags and child relationships."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

SOAP = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int", "double": "xsd:double",
    "currency": "xsd:double", "percent": "xsd:double", "date": "xsd:date", "datetime": "xsd:dateTime", "time": "xsd:time",
    "address": "urn:address", "base64": "xsd:base64Binary",
}  # fmt: skip
LENGTHS = {
    "id": 18,
    "reference": 18,
    "string": 255,
    "textarea": 255,
    "email": 80,
    "phone": 40,
    "url": 255,
    "picklist": 255,
    "multipicklist": 4099,
}
NUMBERS = ("double", "currency", "percent")
FILTERLESS = ("address", "location", "base64")


_ALIKE: Json = {
    **dict.fromkeys(
        (
            "aiPredictionField", "autoNumber", "calculated", "cascadeDelete", "caseSensitive", "dependentPicklist",
            "deprecatedAndHidden", "displayLocationInDecimal", "encrypted", "externalId", "formulaTreatNullNumberAsZero",
            "highScaleNumber", "htmlFormatted", "nameField", "namePointing", "polymorphicForeignKey", "queryByDistance",
            "restrictedDelete", "restrictedPicklist", "searchPrefilterable", "unique", "writeRequiresMasterRead",
        ),
        False,
    ),
    **dict.fromkeys(
        (
            "calculatedFormula", "compoundFieldName", "controllerName", "defaultValueFormula", "extraTypeInfo",
            "filteredLookupInfo", "inlineHelpText", "mask", "maskType", "referenceTargetField", "relationshipName",
            "relationshipOrder",
        ),
        None,
    ),
}  # fmt: skip


def field(name: str, label: str, kind: str = "string", length: int | None = None, **more: Any) -> Json:
    """One field. ``more`` overrides; ``given``: only the platform writes it; ``required``: not nillable; ``values`` of a
    picklist: ``"value"`` or ``"value=label"``; ``to``: what a reference points to."""
    given, required, values, to = (more.pop(n, None) for n in ("given", "required", "values", "to"))
    custom = name.endswith("__c")
    size = length if length is not None else LENGTHS.get(kind, 0)
    number, text, plain = kind in NUMBERS, kind in LENGTHS, kind not in FILTERLESS
    made: Json = {
        **_ALIKE,
        "aggregatable": plain and kind != "boolean",
        "byteLength": size * 3 if text and kind not in ("id", "reference") else size,
        "createable": not given,
        "custom": custom,
        "defaultValue": False if kind == "boolean" else None,
        "defaultedOnCreate": kind == "boolean" or bool(given),
        "digits": length or 9 if kind == "int" else 0,
        "filterable": plain and size <= 4099,
        "groupable": not number and plain and size <= 255,
        "idLookup": kind == "id",
        "label": label,
        "length": size if text else 0,
        "name": name,
        "nillable": not required and kind not in ("boolean", "id"),
        "permissionable": custom and not required,
        "picklistValues": [_option(one) for one in values or ()],
        "precision": 18 if number else 0,
        "referenceTo": [to] if to else [],
        "scale": 2 if number else 0,
        "soapType": SOAP.get(kind, "xsd:string"),
        "sortable": plain and kind != "multipicklist" and size <= 4099,
        "type": kind,
        "updateable": not given,
    }
    if kind == "reference":
        made["relationshipName"] = name.replace("__c", "__r") if custom else name.removesuffix("Id")
    return {**made, **more}


def _option(text: str) -> Json:
    value, _, label = text.partition("=")
    return {"active": True, "defaultValue": False, "label": label or value, "validFor": None, "value": value}


def system(owner: bool = True) -> list[Json]:
    """The fields that nearly every object has."""
    day: Json = {"given": True, "required": True}
    who = {**day, "to": "User"}
    return [
        field("IsDeleted", "削除", "boolean", given=True),
        *([field("OwnerId", "所有者 ID", "reference", to="User", required=True, defaultedOnCreate=True)] if owner else []),
        field("CreatedDate", "作成日", "datetime", **day),
        field("CreatedById", "作成者 ID", "reference", **who),
        field("LastModifiedDate", "最終更新日", "datetime", **day),
        field("LastModifiedById", "最終更新者 ID", "reference", **who),
        field("SystemModstamp", "System Modstamp", "datetime", **day),
    ]  # fmt: skip


def identifier(label: str) -> Json:
    return field("Id", f"{label} ID", "id", given=True, required=True)


def external(name: str, label: str) -> Json:
    """A custom text that is an external id, unique without regard to capitals."""
    return field(name, label, externalId=True, idLookup=True, unique=True, groupable=True)


def address(prefix: str, label: str) -> list[Json]:
    """The parts of an address and the compound that only reads."""
    whole = f"{prefix}Address"
    return [
        field(f"{prefix}Street", f"町名・番地({label})", "textarea", compoundFieldName=whole),
        field(f"{prefix}City", f"市区郡({label})", length=40, compoundFieldName=whole),
        field(f"{prefix}State", f"都道府県({label})", length=80, compoundFieldName=whole),
        field(f"{prefix}PostalCode", f"郵便番号({label})", length=20, compoundFieldName=whole),
        field(f"{prefix}Country", f"国({label})", length=80, compoundFieldName=whole),
        field(whole, f"住所({label})", "address", given=True, aggregatable=False),
    ]


FLAGS = (
    "activateable", "createable", "custom", "customSetting", "deepCloneable", "deletable", "deprecatedAndHidden",
    "feedEnabled", "hasSubtypes", "isInterface", "isSubtype", "layoutable", "mergeable", "mruEnabled", "queryable",
    "replicateable", "retrieveable", "searchable", "triggerable", "undeletable", "updateable",
)  # fmt: skip
_ON = {
    "createable",
    "deletable",
    "layoutable",
    "mruEnabled",
    "queryable",
    "replicateable",
    "retrieveable",
    "searchable",
    "triggerable",
    "undeletable",
    "updateable",
}


def sobject(name: str, label: str, prefix: str, fields: list[Json], **more: Any) -> Json:
    """An object. ``more`` overrides flags; ``children``: (child, its field, relationship, cascades)."""
    children = more.pop("children", ())
    custom = name.endswith("__c")
    for one in fields:
        if one["name"] == more.get("title", "Name"):
            one["nameField"] = True
    more.pop("title", None)
    return {
        **{flag: flag in _ON for flag in FLAGS},
        "custom": custom,
        "keyPrefix": prefix,
        "label": label,
        "labelPlural": label,
        "name": name,
        "fields": fields,
        "childRelationships": [
            {
                "cascadeDelete": cascades,
                "childSObject": child,
                "deprecatedAndHidden": False,
                "field": by,
                "junctionIdListNames": [],
                "junctionReferenceTo": [],
                "relationshipName": relationship,
                "restrictedDelete": False,
            }
            for child, by, relationship, cascades in children
        ],
        **more,
    }


def urls(version: str, name: str) -> Json:
    base = f"/services/data/v{version}/sobjects/{name}"
    return {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"}


def described(version: str, held: Json) -> Json:
    """The whole answer of describe."""
    record_type = {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": True,
        "developerName": "Master",
        "master": True,
        "name": "マスタ",
        "recordTypeId": "012000000000000AAA",
        "urls": {"layout": f"/services/data/v{version}/sobjects/{held['name']}/describe/layouts/012000000000000AAA"},
    }
    return {
        **held,
        "actionOverrides": [],
        "compactLayoutable": held["layoutable"],
        "idEnabled": True,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": [record_type],
        "searchLayoutable": held["layoutable"],
        "supportedScopes": [{"label": "すべて", "name": "everything"}],
        "urls": urls(version, held["name"]),
    }


def summary(version: str, held: Json) -> Json:
    """An entry of the list of objects."""
    flags = {flag: held[flag] for flag in FLAGS}
    names = {name: held[name] for name in ("name", "label", "labelPlural", "keyPrefix")}
    return {**flags, **names, "urls": urls(version, held["name"])}
