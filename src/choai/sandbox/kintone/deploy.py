"""動作テスト環境: fields are added to a preview and go live with アプリを更新 (deploy)."""

from __future__ import annotations

import copy

from choai.sandbox.kintone import forms, params
from choai.sandbox.kintone.answers import BAD_SHAPE, DUPLICATE, ApiError, invalid
from choai.sandbox.kintone.records import Ask
from choai.sandbox.kintone.site import SYSTEM, Json


def fields(ask: Ask) -> Json:
    app = ask.app("admin")
    language = params.text(ask.params, "lang", "default")
    return {"properties": forms.properties(ask, app, _preview(app), language), "revision": str(app["revision"])}


def add(ask: Ask) -> Json:
    app = ask.app("admin")
    fresh = copy.deepcopy(_preview(app))
    for code, props in _sent(ask).items():
        if code in fresh:
            raise invalid(f"properties.{code}.code", DUPLICATE)
        if not isinstance(props, dict) or not props.get("type") or props["type"] in SYSTEM:
            raise invalid(f"properties.{code}.type", BAD_SHAPE)
        fresh[code] = _complete(code, props)
    return _keep(app, fresh)


def change(ask: Ask) -> Json:
    app = ask.app("admin")
    fresh = copy.deepcopy(_preview(app))
    for code, props in _sent(ask).items():
        if code not in fresh:
            raise ApiError("GAIA_FC01", field=code)
        fresh[code].update(props)
    return _keep(app, fresh)


def remove(ask: Ask) -> Json:
    app = ask.app("admin")
    fresh = copy.deepcopy(_preview(app))
    for code in params.array(ask.params, "fields"):
        if code not in fresh:
            raise ApiError("GAIA_FC01", field=code)
        del fresh[code]
    return _keep(app, fresh)


def deploy(ask: Ask) -> Json:
    """Answers at once; the state of the work is asked for with GET."""
    for each in params.array(ask.params, "apps"):
        app = ask.site.app(each.get("app"), ask.caller)
        ask.site.count(app)
        ask.site.allow(ask.caller, app, "admin")
        if app["pending"] is not None and not params.flag(ask.params, "revert"):
            app["fields"] = app["pending"]
            app["modified"] = ask.site.minute()
            ask.site.forget(app)
        app["pending"] = None
    return {}


def progress(ask: Ask) -> Json:
    out = []
    for each in params.array(ask.params, "apps"):
        app = ask.site.app(each, ask.caller)
        ask.site.count(app)
        ask.site.allow(ask.caller, app, "admin")
        out.append({"app": app["id"], "status": "SUCCESS"})
    return {"apps": out}


def _preview(app: Json) -> Json:
    shown: Json = app["fields"] if app["pending"] is None else app["pending"]
    return shown


def _sent(ask: Ask) -> Json:
    sent = ask.params.get("properties")
    if not isinstance(sent, dict):
        raise invalid("properties", BAD_SHAPE)
    return sent


def _keep(app: Json, fresh: Json) -> Json:
    app["pending"] = fresh
    app["revision"] += 1
    return {"revision": str(app["revision"])}


def _complete(code: str, props: Json) -> Json:
    usual: Json = {"code": code, "label": code, "noLabel": False, "required": False}
    if props["type"] in ("SINGLE_LINE_TEXT", "LINK"):
        usual |= {"unique": False, "minLength": "", "maxLength": "", "defaultValue": ""}
    if props["type"] == "NUMBER":
        usual |= {"unique": False, "minValue": "", "maxValue": "", "defaultValue": ""}
    return usual | props
