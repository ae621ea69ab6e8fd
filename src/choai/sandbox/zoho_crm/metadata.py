"""What Zoho tells of itself: organisation, users, modules, fields, layouts, views, profiles, currencies."""

from __future__ import annotations

import zlib
from typing import Any

from choai.sandbox.core import World
from choai.sandbox.zoho_crm.schema import Json, fields

PROFILE = {"name": "Administrator", "id": "5843104000000026011"}
ROLE = {"name": "CEO", "id": "5843104000000026005"}
BEGUN = "2026-01-05T09:00:00+09:00"
SOMEONE = {"name": "青空 花子", "id": "982000000554041"}
_SIZES = {"text": 255, "email": 100, "phone": 30, "website": 450, "picklist": 120, "textarea": 32000, "currency": 16,
          "double": 16, "integer": 9, "bigint": 18}  # fmt: skip


def number_of(*words: str) -> str:
    """An id that belongs to a name for good."""
    return f"5843104009{zlib.crc32('/'.join(words).encode()) % 10**9:09}"


def organisation(world: World) -> Json:
    state = world.state
    plan = state["settings"].get("plan", "enterprise")
    return {
        "country": "日本", "photo_id": None, "city": None, "description": None, "type": "production", "created_time": BEGUN,
        "mc_status": bool(state["settings"].get("multi_currency", True)), "gapps_enabled": False, "translation_enabled": False,
        "street": None, "domain_name": f"org{state['zgid']}", "alias": None, "currency": "日本 円", "id": "5843104000000020005",
        "employee_count": "25", "state": None, "fax": None, "zip": None, "website": None, "currency_symbol": "¥", "mobile": None,
        "currency_locale": "ja_JP", "primary_zuid": "60001", "zia_portal_id": None, "time_zone": "Asia/Tokyo",
        "zgid": state["zgid"], "country_code": "JP", "deletable_org_account": False,
        "license_details": {"paid_expiry": None, "users_license_purchased": 5, "trial_type": None, "trial_expiry": None,
                            "paid": plan != "free", "paid_type": plan, "portal_users_license_purchased": 0},
        "hierarchy_preferences": {"type": "Role_Hierarchy", "strictly_reporting": None}, "phone": None,
        "company_name": state["company"], "privacy_settings": False, "primary_email": "hanako@example.jp", "iso_code": "JPY",
        "hipaa_compliance_enabled": False, "lite_users_enabled": False,
    }  # fmt: skip


def user(world: World, id: str) -> Json:
    held = world.state["users"][id]
    family, _, given = held["name"].partition(" ")
    return {
        "confirm": True, "email": held["email"], "first_name": given, "last_name": family, "full_name": held["name"], "id": id,
        "profile": PROFILE, "role": ROLE, "status": "active", "zuid": "60001", "locale": "ja_JP", "time_zone": "Asia/Tokyo",
        "language": "ja_JP", "created_time": BEGUN, "Modified_Time": BEGUN, "type__s": "Regular User",
        "date_format": "yyyy/MM/dd",
    }  # fmt: skip


def module(world: World, name: str, n: int) -> Json:
    held, settings = world.state["modules"][name], world.state["settings"]
    line, free = "parent" in held, name not in settings.get("forbidden", ())
    kind = "subform" if line else "custom" if held["custom"] else "default"
    return {
        "global_search_supported": not line, "public_fields_configured": False, "recycle_bin_on_delete": not line,
        "has_more_profiles": False, "sub_menu_available": not line, "profile_count": 1, "deletable": free, "description": None,
        "creatable": free, "editable": free, "viewable": free, "api_supported": True, "id": held["id"], "api_name": name,
        "module_name": held["tab"], "singular_label": held["label"], "plural_label": held["label"], "generated_type": kind,
        "visibility": 1, "show_as_tab": not line, "profiles": [PROFILE], "sequence_number": n,
        "status": "user_hidden" if name in settings.get("hidden", ()) else "visible", "modified_time": None, "modified_by": None,
        "parent_module": {"api_name": held["parent"], "id": world.state["modules"][held["parent"]]["id"]} if line else {},
    }  # fmt: skip


def field(world: World, of: str, props: Json) -> Json:
    """All that Zoho tells of a field."""
    name, kind, line = props["api_name"], props["type"], props.get("sub")
    fixed, state = bool(props.get("ro")), world.state["modules"]
    lookup: Json = {}
    if "to" in props:
        to = {"api_name": props["to"], "id": state[props["to"]]["id"], "crypt": False}
        lookup = {"display_label": props["label"], "api_name": name, "module": to, "id": number_of(of, name, "list"),
                  "revalidate_filter_during_edit": False}  # fmt: skip
    may = {"web_update": not fixed, "api_create": not fixed, "web_create": not fixed, "api_update": not fixed}
    return {
        "associated_module": {"module": line, "id": state[line]["id"]} if line else None, "webhook": True, "operation_type": may,
        "colour_code_enabled_by_system": False, "field_label": props["label"], "tooltip": None, "type": "used",
        "field_read_only": fixed, "display_label": props["label"], "read_only": fixed, "association_details": None,
        "businesscard_supported": True, "multi_module_lookup": {}, "id": number_of(of, name), "created_time": None,
        "filterable": True, "visible": True, "profiles": [{"permission_type": "read_write", **PROFILE}],
        "view_type": {"view": True, "edit": not fixed, "quick_create": False, "create": not fixed}, "separator": False,
        "searchable": True, "history_tracking_enabled": False, "external": None, "api_name": name,
        "unique": {"case_sensitive": False} if props.get("unique") else {}, "enable_colour_code": False,
        "pick_list_values": [_choice(of, name, n, one) for n, one in enumerate(["-None-", *props.get("choices", ())], 1)]
        if "choices" in props else [],
        "system_mandatory": bool(props.get("must")) and name != "Account_Name", "virtual_field": False,
        "json_type": props["json"],
        "crypt": None, "range": None, "created_source": "default", "display_type": -1, "ui_type": 1, "modified_time": None,
        "public": False, "email_parser": {"fields_update_supported": True, "record_operations_supported": True},
        "currency": {"rounding_option": "round_off", "precision": 0} if kind == "currency" else {},
        "custom_field": bool(props.get("custom")), "lookup": lookup, "convert_mapping": {}, "rollup_summary": {},
        "length": props.get("length", _SIZES.get(kind, 255)), "column_name": name, "display_field": False,
        "pick_list_values_sorted_lexically": False, "sortable": True, "data_type": kind, "formula": {},
        "decimal_place": props.get("dp", 2) if kind in ("currency", "double") else None, "mass_update": not fixed,
        "multiselectlookup": {}, "auto_number": {"prefix": "", "start_number": 1} if kind == "autonumber" else {},
    }  # fmt: skip


def _choice(of: str, name: str, n: int, value: str) -> Json:
    id = number_of(of, name, value)
    return {"display_value": value, "sequence_number": n, "reference_value": value, "actual_value": value,
            "id": id, "type": "used"}  # fmt: skip


def layouts(world: World, name: str) -> list[Json]:
    """The standard layout. It demands a name of an account, which the field itself does not."""
    told = [
        {"api_name": f["api_name"], "id": number_of(name, f["api_name"]), "required": bool(f.get("must"))}
        for f in fields(world, name)
    ]
    section: Json = {"name": "Information", "api_name": "Information", "sequence_number": 1, "fields": told}
    return [{"id": number_of(name, "layout"), "name": "Standard", "display_label": "スタンダード", "visible": True,
             "status": "active", "sections": [section], "profiles": []}]  # fmt: skip


def views(world: World, name: str) -> list[Json]:
    found = [v for v in world.state["views"] if v["module"] == name]
    return [
        {"id": v["id"], "name": v["name"], "display_value": v["name"], "system_name": None, "category": "public_views",
         "default": False, "system_defined": False, "locked": False, "favorite": None, "access_type": "public",
         "created_time": BEGUN, "modified_time": BEGUN, "created_by": SOMEONE, "modified_by": SOMEONE,
         "module": {"api_name": name, "id": world.state["modules"][name]["id"]}}
        for v in found
    ]  # fmt: skip


def profiles() -> list[Json]:
    common: Json = {"created_time": None, "modified_time": None, "modified_by": None, "created_by": None, "description": None,
                    "custom": False, "type": "normal_profile"}  # fmt: skip
    return [
        {
            **common,
            "id": PROFILE["id"],
            "name": "Administrator",
            "api_name": "Administrator",
            "display_label": "管理者",
        },
        {**common, "id": "5843104000000026014", "name": "Standard", "api_name": "Standard", "display_label": "標準"},
    ]


def currency(code: str, name: str, symbol: str, rate: str, **more: Any) -> Json:
    return {
        "prefix_symbol": True, "exchange_rate": rate, "is_active": True, "exchange_rate_auto_update": False, "iso_code": code,
        "symbol": symbol, "name": name, "is_base": False, "id": number_of("currency", code), "created_by": SOMEONE,
        "modified_by": SOMEONE, "modified_time": BEGUN, "created_time": BEGUN, "exchange_rate_updated_time": BEGUN,
        "format": {"numeral_system": "International", "decimal_places": "2", "decimal_separator": "Period",
                   "thousand_separator": "Comma"},
        **more,
    }  # fmt: skip
