"""freee's authorisation server: consent, codes, rotating refresh tokens.

A grant is what one user gave one client for one company (None: every company, without ``prompt=select_company``). Its
refresh token works once; presenting a used one revokes the whole grant. A new access token ends the earlier ones of the
same client, user and company while the setting ``single_access_token`` is true. Lifetimes: ``access_seconds``,
``refresh_days``; a code lives ten minutes. The fault ``revoke_family`` revokes the grant at its next token request.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from choai.sandbox.core import World
from choai.sandbox.freee.answers import answer, oauth_error
from choai.sandbox.freee.books import Row, books
from choai.sandbox.freee.pages import consent_page, message_page

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
CODE_SECONDS = 600


async def form(request: Request) -> dict[str, str]:
    """An urlencoded body."""
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))


def redirect_allowed(client: Row, uri: str) -> bool:
    """Registered exactly, or any loopback address where the client says so (the demo's)."""
    if uri in client["redirect_uris"] or uri == OUT_OF_BAND:
        return True
    parts = urlsplit(uri)
    if not client.get("any_loopback") or parts.scheme not in ("http", "https"):
        return False
    host = parts.hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _objection(world: World, asked: dict[str, str]) -> Response | None:
    """Why the consent page cannot be shown; nothing is sent to an address that is not registered."""
    client = world.state["clients"].get(asked.get("client_id", ""))
    if client is None:
        return HTMLResponse(message_page("アプリが見つかりません", "client_id が正しくありません。"), 401)
    if not redirect_allowed(client, asked.get("redirect_uri", "")):
        return HTMLResponse(
            message_page("認可できません", "redirect_uri がアプリに登録されたコールバックURLと一致しません。"), 400
        )
    if asked.get("response_type") != "code":
        return _back(asked, {"error": "unsupported_response_type"})
    return None


def _back(asked: dict[str, str], values: dict[str, str]) -> Response:
    if "state" in asked:
        values["state"] = asked["state"]
    uri = asked["redirect_uri"]
    if uri == OUT_OF_BAND:
        title, text = ("認可コード", values["code"]) if "code" in values else ("認可されませんでした", values["error"])
        return HTMLResponse(message_page(title, text))
    return RedirectResponse(uri + ("&" if "?" in uri else "?") + urlencode(values), 302)


def show_consent(world: World, asked: dict[str, str]) -> Response:
    """GET /public_api/authorize."""
    objection = _objection(world, asked)
    if objection is not None:
        return objection
    return HTMLResponse(consent_page(world, asked))


def decide(world: World, asked: dict[str, str]) -> Response:
    """POST /public_api/authorize: the form of the page. ``user`` and ``company`` are ids, ``decision`` allow or deny."""
    objection = _objection(world, asked)
    if objection is not None:
        return objection
    if asked.get("decision") != "allow":
        return _back(
            asked,
            {"error": "access_denied", "error_description": "リソースの所有者または認可サーバーが要求を拒否しました。"},
        )
    user = world.state["users"].get(asked.get("user", ""))
    if user is None:
        return HTMLResponse(message_page("ログインできません", "ユーザーを選んでください。"), 400)
    company = None
    if asked.get("prompt") == "select_company":
        company = int(asked.get("company") or 0)
        if str(company) not in user["roles"]:
            return HTMLResponse(message_page("認可できません", "この事業所のメンバーではありません。"), 400)
    code = secrets.token_urlsafe(24)
    world.state["codes"][code] = {
        "client": asked["client_id"],
        "user": user["id"],
        "company": company,
        "redirect_uri": asked["redirect_uri"],
        "challenge": asked.get("code_challenge"),
        "method": asked.get("code_challenge_method", "plain"),
        "expires": world.now().timestamp() + CODE_SECONDS,
        "grant": None,
    }
    return _back(asked, {"code": code})


def token(world: World, asked: dict[str, str]) -> Response:
    """POST /public_api/token."""
    client = world.state["clients"].get(asked.get("client_id", ""))
    if client is None or not secrets.compare_digest(client["secret"], asked.get("client_secret", "")):
        return oauth_error("invalid_client", "クライアント認証に失敗しました。", 401)
    kind = asked.get("grant_type")
    if kind == "authorization_code":
        return _exchange(world, asked)
    if kind == "refresh_token":
        return _refresh(world, asked)
    return oauth_error("unsupported_grant_type", "この grant_type はサポートされていません。", 400)


def _exchange(world: World, asked: dict[str, str]) -> Response:
    code = world.state["codes"].get(asked.get("code", ""))
    refused = oauth_error("invalid_grant", "指定された認可グラントは不正か、有効期限切れか、無効です。", 400)
    if code is None or code["client"] != asked["client_id"] or code["redirect_uri"] != asked.get("redirect_uri"):
        return refused
    if code["grant"] is not None:  # a code seen twice: what it gave is taken back
        revoke_grant(world, code["grant"])
        return refused
    if code["expires"] < world.now().timestamp() or not _verified(code, asked.get("code_verifier", "")):
        return refused
    grant = code["grant"] = new_grant(world, asked["client_id"], code["user"], code["company"])
    return answer(issue(world, grant), headers={"cache-control": "no-store"})


def _verified(code: Row, verifier: str) -> bool:
    if not code["challenge"]:
        return True
    if code["method"] == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        verifier = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return secrets.compare_digest(code["challenge"].encode(), verifier.encode())


def _refresh(world: World, asked: dict[str, str]) -> Response:
    refused = oauth_error("invalid_grant", "指定された認可グラントは不正か、有効期限切れか、無効です。", 401)
    held = world.state["refresh"].get(asked.get("refresh_token", ""))
    if held is None or world.state["grants"][held["grant"]]["client"] != asked["client_id"]:
        return refused
    if held["used"] or world.fault("revoke_family", "POST /public_api/token"):
        revoke_grant(world, held["grant"])
        return refused
    if world.state["grants"][held["grant"]]["revoked"] or held["expires"] < world.now().timestamp():
        return refused
    held["used"] = True
    return answer(issue(world, held["grant"]), headers={"cache-control": "no-store"})


def revoke(world: World, asked: dict[str, str]) -> Response:
    """POST /public_api/revoke: an access or refresh token; the whole grant ends. Unknown tokens are no error."""
    given = asked.get("token", "")
    held = world.state["access"].get(given) or world.state["refresh"].get(given)
    if held is not None:
        revoke_grant(world, held["grant"])
    return answer({})


def new_grant(world: World, client: str, user: int, company: int | None) -> str:
    """A grant as after consent; returns its id."""
    number = secrets.token_hex(8)
    version = books(world).setting("permissions_version") or 1
    world.state["grants"][number] = {
        "client": client,
        "user": user,
        "company": company,
        "version": version,
        "revoked": False,
    }
    return number


def revoke_grant(world: World, number: str) -> None:
    """No token of this grant works any more."""
    world.state["grants"][number]["revoked"] = True
    access = world.state["access"]
    for name in [name for name, held in access.items() if held["grant"] == number]:
        del access[name]


def issue(world: World, number: str) -> dict[str, Any]:
    """A new pair of tokens for a grant, as the token endpoint answers them."""
    state, shelf = world.state, books(world)
    grant = state["grants"][number]
    now = world.now().timestamp()
    if shelf.setting("single_access_token"):
        same = (grant["client"], grant["user"], grant["company"])
        for name in list(state["access"]):
            other = state["grants"][state["access"][name]["grant"]]
            if (other["client"], other["user"], other["company"]) == same:
                del state["access"][name]
    seconds = int(shelf.setting("access_seconds"))
    access, refresh = secrets.token_hex(32), secrets.token_hex(32)
    state["access"][access] = {"grant": number, "expires": now + seconds}
    days = float(shelf.setting("refresh_days"))
    state["refresh"][refresh] = {"grant": number, "expires": now + days * 86400, "used": False}
    body: dict[str, Any] = {
        "access_token": access,
        "token_type": "bearer",
        "expires_in": seconds,
        "refresh_token": refresh,
        "scope": "read write",
        "created_at": int(now),
    }
    if grant["company"] is not None:
        number_of_company = state["companies"][str(grant["company"])]["company_number"]
        body |= {"company_id": str(grant["company"]), "external_cid": number_of_company}
    world.dirty = True
    return body
