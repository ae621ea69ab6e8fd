"""OAuth 2.0 of cybozu.com: the page where a person says 許可 or 拒否, and the token endpoint."""

from __future__ import annotations

import base64
import binascii
import secrets
from datetime import datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from choai.sandbox.kintone.pages import frame
from choai.sandbox.kintone.site import Json, Site

KNOWN_SCOPES = {
    "k:app_record:read": "アプリのレコードの閲覧",
    "k:app_record:write": "アプリのレコードの作成、編集、削除",
    "k:app_settings:read": "アプリの設定の閲覧",
    "k:app_settings:write": "アプリの設定の変更",
    "k:file:read": "ファイルのダウンロード",
    "k:file:write": "ファイルのアップロード",
}
CODE_LIFE = timedelta(minutes=10)
ACCESS_LIFE = timedelta(hours=1)


def routes(site: Site) -> list[BaseRoute]:
    async def authorization(request: Request) -> Response:
        asked = dict(request.query_params)
        if request.method == "POST":
            asked |= dict(parse_qsl((await request.body()).decode("utf-8"), keep_blank_values=True))
        return authorize(site, asked, decided=request.method == "POST")

    async def token(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8"), keep_blank_values=True))
        site.world.dirty = True
        return issue(site, form, request.headers.get("authorization", ""))

    return [
        Route("/oauth2/authorization", authorization, methods=["GET", "POST"]),
        Route("/oauth2/token", token, methods=["POST"]),
    ]


def authorize(site: Site, asked: dict[str, str], *, decided: bool) -> Response:
    """Show the page, or act on the button: ``user`` and ``decision`` (allow, deny) come with the POST."""
    client: Json | None = site.state["clients"].get(asked.get("client_id", ""))
    back = asked.get("redirect_uri", "")
    if client is None or not registered(client, back):
        text = "OAuthクライアントまたはリダイレクトエンドポイントが正しくありません。"
        return HTMLResponse(frame("エラー", f"<h1>認可エラー</h1><p>{text}</p>"), 400)
    scopes = asked.get("scope", "").split()
    if asked.get("response_type") != "code":
        return _back(asked, error="unsupported_response_type")
    if not scopes or any(s not in KNOWN_SCOPES for s in scopes):
        return _back(asked, error="invalid_scope")
    if not decided:
        return HTMLResponse(_page(site, client, asked, scopes))
    if asked.get("decision") != "allow":
        return _back(asked, error="access_denied")
    user = asked.get("user", "")
    allowed = client.get("users")
    if user not in site.state["users"] or (allowed is not None and user not in allowed):
        return _back(asked, error="access_denied", error_description="The user is not allowed to use this client.")
    code = secrets.token_urlsafe(24)
    site.state["codes"][code] = {
        "client": asked["client_id"],
        "user": user,
        "scopes": scopes,
        "redirect_uri": back,
        "until": (site.now() + CODE_LIFE).isoformat(),
    }
    site.world.dirty = True
    return _back(asked, code=code)


def registered(client: Json, uri: str) -> bool:
    """Exact match; a client with ``any_loopback`` (the demo's) takes every port of this machine."""
    if uri in client["redirect_uris"]:
        return True
    return bool(client.get("any_loopback")) and urlsplit(uri).hostname in ("127.0.0.1", "localhost", "::1")


def _back(asked: dict[str, str], **answer: str) -> Response:
    if "state" in asked:
        answer["state"] = asked["state"]
    back = asked["redirect_uri"]
    return RedirectResponse(back + ("&" if "?" in back else "?") + urlencode(answer), 302)


def _page(site: Site, client: Json, asked: dict[str, str], scopes: list[str]) -> str:
    allowed = client.get("users")
    people = "".join(
        f'<option value="{escape(u["code"])}">{escape(u["name"])}（{escape(u["code"])}）'
        f"{'' if allowed is None or u['code'] in allowed else ' ※利用を許可されていません'}</option>"
        for u in site.state["users"].values()
        if u.get("password")
    )
    hidden = "".join(f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">' for k, v in asked.items())
    rights = "".join(f"<li>{escape(KNOWN_SCOPES[s])} <small>{escape(s)}</small></li>" for s in scopes)
    body = f"""<h1>アクセス許可の確認</h1>
<p><b>{escape(client["name"])}</b> が、cybozu.com のデータへのアクセスを求めています。</p><ul>{rights}</ul>
<form method="post" action="/oauth2/authorization">{hidden}
<p><label>ログインするユーザー <select name="user">{people}</select></label></p>
<p><button name="decision" value="allow" class="main">許可</button> <button name="decision" value="deny">拒否</button></p></form>
<p><small>この画面は検証用の kintone です。実際のサービスではありません。</small></p>"""
    return frame("アクセス許可の確認", body)


def issue(site: Site, form: dict[str, str], header: str) -> Response:
    """The token endpoint. The refresh token does not change and is only sent with the first answer."""
    name, secret = _client_of(form, header)
    client = site.state["clients"].get(name)
    if client is None or not secrets.compare_digest(client["secret"].encode(), secret.encode()):
        return _refuse("invalid_client", 401)
    if form.get("grant_type") == "authorization_code":
        return _first(site, name, form)
    if form.get("grant_type") == "refresh_token":
        grant = site.state["refresh"].get(form.get("refresh_token", ""))
        if grant is None or grant["client"] != name or not _usable(site, client, grant["user"]):
            return _refuse("invalid_grant")
        return JSONResponse(_access(site, grant))
    return _refuse("unsupported_grant_type")


def _first(site: Site, client: str, form: dict[str, str]) -> Response:
    grant = site.state["codes"].pop(form.get("code", ""), None)
    if grant is None or grant["client"] != client or grant["redirect_uri"] != form.get("redirect_uri"):
        return _refuse("invalid_grant")
    if datetime.fromisoformat(grant.pop("until")) <= site.now():
        return _refuse("invalid_grant")
    refresh = secrets.token_urlsafe(48)
    site.state["refresh"][refresh] = grant
    return JSONResponse({**_access(site, grant), "refresh_token": refresh})


def _access(site: Site, grant: Json) -> dict[str, Any]:
    life = timedelta(seconds=site.settings.get("access_seconds", ACCESS_LIFE.total_seconds()))
    token = secrets.token_urlsafe(48)
    state = site.state
    until = (site.now() + life).isoformat()
    state["access"][token] = {"user": grant["user"], "scopes": grant["scopes"], "until": until}
    scope = " ".join(grant["scopes"])
    return {"access_token": token, "token_type": "bearer", "expires_in": int(life.total_seconds()), "scope": scope}


def _usable(site: Site, client: Json, user: str) -> bool:
    allowed = client.get("users")
    known = site.state["users"].get(user)
    return known is not None and not known.get("stopped") and (allowed is None or user in allowed)


def _client_of(form: dict[str, str], header: str) -> tuple[str, str]:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return name, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _refuse(error: str, status: int = 400) -> Response:
    return JSONResponse({"error": error}, status)
