"""The operations besides records and queries, and the table of all of them.

``sync`` works on old PHP, on repaired servers and in the cloud; ``sync_type``: whether it hears ``syncType``, which the
open-source operation does not.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from choai.sandbox.vtiger import query, records
from choai.sandbox.vtiger.catalog import MODULES, PREFIX, TABLES, Json
from choai.sandbox.vtiger.site import Broken, Site, Wrong, denied, id_of

Operation = Callable[[Site, Json], Any]
# label of a relation of Accounts: module and the field that refers to the account
RELATED = {
    "Contacts": ("Contacts", "account_id"), "Potentials": ("Potentials", "related_to"), "Quotes": ("Quotes", "account_id"),
    "Sales Order": ("SalesOrder", "account_id"), "Invoice": ("Invoice", "account_id"),
}  # fmt: skip
APART = ("LineItem", "Tax", "ProductTaxes")


def parsed(told: Json, name: str) -> Any:
    """A structured parameter: JSON text in one form field."""
    if name not in told:
        raise Broken
    try:
        return json.loads(told[name])
    except ValueError:
        raise Wrong(*query.UNKNOWN) from None


def list_types(site: Site, told: Json) -> Json:
    wanted = json.loads(told.get("fieldTypeList") or "null")
    names = [m for m in (*MODULES, *TABLES) if site.visible(m)]
    if wanted:
        names = [m for m in names if any(f["type"]["name"] in wanted for f in site.fields(m)) and m in MODULES]
    plural = {"PurchaseOrder": "Purchase Orders", "SalesOrder": "Sales Orders", "Invoice": "Invoices"}
    info = {
        m: {
            "isEntity": m in MODULES or m == "Users",
            "label": plural.get(m) or (MODULES[m][1] if m in MODULES else m),
            "singular": MODULES[m][2] if m in MODULES else {"Users": "User"}.get(m, m),
        }
        for m in names
    }
    return {"types": names, "information": info}


def describe(site: Site, told: Json) -> Json:
    module = str(told.get("elementType") or "")
    site.demand(module)
    rights = dict.fromkeys(("createable", "updateable", "deleteable", "retrieveable"), True)
    own = {"idPrefix": PREFIX[module], "isEntity": module in MODULES, "fields": site.fields(module)}
    if module in MODULES:
        _, label, _, names, _ = MODULES[module]
        return {"label": label, "name": module, **rights, **own, "allowDuplicates": False, "labelFields": names}
    return {"label": module, "name": module, **rights, **own, "labelFields": TABLES[module][1]}


def retrieve(site: Site, told: Json) -> Json:
    return records.shown(site, *site.find(told.get("id")))


def sync(site: Site, told: Json) -> Json:
    """Changes after a mark; without ``syncType`` only the caller's own records. A page ends with the second of its 100th row."""
    module = told.get("elementType")
    if not module or (site.quirk("broken_php") and not site.settings.get("sync")):
        raise Broken
    mark = int("".join(c for c in str(told.get("modifiedTime", "0")).split("-")[0] if c.isdigit()) or 0)
    if module == "Users":
        return {"updated": [], "deleted": [], "lastModifiedTime": mark, "more": False}
    if module not in MODULES:
        raise denied()
    kind = told.get("syncType") if site.cloud or site.settings.get("sync_type", True) else None
    if kind == "application" and not site.admin:
        raise Wrong("ACCESS_DENIED", "Only admin users can perform application sync")
    rows = [
        (_seconds(row.get("_deleted") or row["modifiedtime"]), n, row)
        for n, row in site.rows(module).items()
        if kind == "application" or row.get("assigned_user_id") == site.user_id
    ]
    rows = sorted((r for r in rows if r[0] > mark), key=lambda r: (r[0], int(r[1])))
    end = rows[99][0] if len(rows) > 99 else rows[-1][0] if rows else mark
    page = sorted((r for r in rows if r[0] <= end), key=lambda r: int(r[1]))
    known = {f["name"]: f for f in records.columns(site, module)}
    told_rows = [_synced(site, module, known, n, row) for _, n, row in page if not row.get("_deleted")]
    gone = [id_of(module, n) for _, n, row in page if row.get("_deleted")]
    return {"updated": told_rows, "deleted": gone, "more": len(page) < len(rows), "lastModifiedTime": end}


def _synced(site: Site, module: str, known: Json, n: str, row: Json) -> Json:
    shared = {"hdnDiscountPercent": "discount_percent", "hdnDiscountAmount": "discount_amount"}
    return {**{shared.get(name, name): row.get(name, "") for name in known}, "id": id_of(module, n)}


def _seconds(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp())


def related_types(site: Site, told: Json) -> Json:
    site.demand(str(told.get("elementType") or ""))
    known = RELATED if told["elementType"] == "Accounts" else {}
    info = {label: {"name": module, "label": label, "isEntity": "1"} for label, (module, _) in known.items()}
    return {"types": [module for module, _ in known.values()], "information": info}


def _relation(site: Site, told: Json) -> str:
    """The condition that the related records fulfil."""
    module, n, _ = site.find(told.get("id"))
    label = str(told.get("relatedLabel") or "")
    if module != "Accounts" or label not in RELATED:
        raise Wrong("UNKOWN_ENTITY", "Relation specified is incorrect")
    return f"{RELATED[label][1]} = '{id_of(module, n)}'"


def retrieve_related(site: Site, told: Json) -> list[Json]:
    condition = _relation(site, told)
    module = RELATED[str(told["relatedLabel"])][0]
    return query.run(site, f"SELECT * FROM {module} WHERE {condition};")


def query_related(site: Site, told: Json) -> list[Json]:
    """A query without semicolon; WHERE in capitals."""
    condition = _relation(site, told)
    text = str(told.get("query") or "")
    head, where, rest = text.partition(" WHERE ")
    return query.run(site, f"{head} WHERE {condition}{' AND ' + rest if where else ''};")


def add_related(site: Site, told: Json) -> Json:
    for name in ("sourceRecordId", "relatedRecordId"):
        site.find(told.get(name))
    return {"message": "successfull"}


def broken(site: Site, told: Json) -> Any:
    raise Broken


def logout(site: Site, told: Json) -> Json:
    if site.quirk("broken_php") and not site.settings.get("sync"):
        raise Broken
    site.state["sessions"].pop(told["sessionName"], None)
    return {"message": "successfull"}


def me(site: Site, told: Json) -> Json:
    return {
        "id": site.user_id,
        **{name: site.user[name] for name in ("user_name", "first_name", "last_name", "email1")},
    }


def tags(site: Site, told: Json, act: str) -> Json:
    _, _, row = site.find(told.get("id"))
    held = row.setdefault("_tags", [])
    given = json.loads(told.get("tags") or "[]")
    if act == "add":
        held.extend(t for t in given if t not in held)
    if act == "delete":
        held[:] = [] if told.get("delete_all") == "1" else [t for t in held if t not in given]
    return {"tags": held}


GET: dict[str, Operation] = {
    "listtypes": list_types,
    "describe": describe,
    "retrieve": retrieve,
    "query": lambda site, told: query.run(site, str(told.get("query") or "")),
    "sync": sync,
    "relatedtypes": related_types,
    "retrieve_related": retrieve_related,
    "query_related": query_related,
    "files_retrieve": broken,
    "retrieve_inventory": broken,
}
POST: dict[str, Operation] = {
    "create": lambda site, told: records.create(site, str(told.get("elementType") or ""), parsed(told, "element")),
    "revise": lambda site, told: records.revise(site, parsed(told, "element")),
    "update": lambda site, told: records.update(site, parsed(told, "element")),
    "delete": lambda site, told: records.delete(site, told.get("id")),
    "add_related": add_related,
    "convertlead": broken,
}
CLOUD_GET = {**GET, "me": me}
CLOUD_POST: dict[str, Operation] = {
    **POST,
    "delete_related": add_related,
    "tags_add": lambda site, told: tags(site, told, "add"),
    "tags_retrieve": lambda site, told: tags(site, told, ""),
    "tags_delete": lambda site, told: tags(site, told, "delete"),
}
