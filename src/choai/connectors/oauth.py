"""OAuth 2.0: the consent address, and the form posts that exchange, refresh, revoke, and get a token for the app itself (client
credentials, JWT bearer).

What an answer means: invalid_grant → reauthorise · invalid_client → wrong_client_secret · access_denied → consent_refused ·
429 → throttled · 5xx or no JSON → unexpected_answer · a vendor's own words: OAuthSpec.errors. A lost reply raises ``timeout``: a
refresh may then have happened or not.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from yarl import URL

from choai import clock
from choai.connectors.addresses import filled
from choai.connectors.contract import OAuthSpec, Spec
from choai.connectors.http import decoded, send
from choai.errors import ChoaiError

TOKEN_SECONDS = 20.0  # for one answer of a token endpoint; two of them fit into the refresh lease

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SECRET_PARTS = ("access_token", "refresh_token", "id_token")


@dataclass(slots=True, frozen=True)
class Token:
    """A granted pair. ``expires_at`` is epoch seconds, counted from before the request; ``answer`` is the rest of the service's
    answer (company_id, scope …) without the tokens."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: float
    answer: dict[str, Any]


def new_state() -> str:
    """An unguessable mark for one round trip."""
    return secrets.token_urlsafe(32)


def new_verifier() -> str:
    """A PKCE code verifier (RFC 7636: 43–128 unreserved characters)."""
    return secrets.token_urlsafe(64)


def challenge(verifier: str) -> str:
    """The S256 code challenge of a verifier."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def authorize_url(spec: Spec, settings: Mapping[str, Any], state: str, redirect_uri: str, verifier: str) -> str:
    """The address of the consent page. Raises ``connection_not_ready`` when the client id or the address is missing."""
    oauth = _oauth(spec)
    query = {
        "response_type": "code",
        "client_id": _client_id(spec, settings),
        "redirect_uri": redirect_uri,
        "state": state,
        **oauth.extra_authorize,
    }
    if oauth.scopes:
        query["scope"] = oauth.scope_separator.join(oauth.scopes)
    if oauth.pkce:
        query |= {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
    address = filled(oauth.authorize_url, spec, settings)
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query, quote_via=quote)}"


async def exchange(
    spec: Spec,
    settings: Mapping[str, Any],
    client_secret: str,
    *,
    code: str,
    redirect_uri: str,
    verifier: str,
) -> Token:
    """The first pair, for the code that came back from the consent page."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    if _oauth(spec).pkce:
        form["code_verifier"] = verifier
    return await _token(spec, settings, client_secret, form, keep="")


async def refresh(spec: Spec, settings: Mapping[str, Any], client_secret: str, refresh_token: str) -> Token:
    """The next pair. A service that does not rotate answers without a refresh token: the present one stays."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return await _token(spec, settings, client_secret, form, keep=refresh_token)


async def client_credentials(spec: Spec, settings: Mapping[str, Any], client_secret: str) -> Token:
    """A token for the app itself. There is no refresh token: the next one is asked for in the same way."""
    oauth = _oauth(spec)
    form = {"grant_type": "client_credentials"}
    if oauth.client_scopes:
        form["scope"] = oauth.scope_separator.join(oauth.client_scopes)
    return await _token(spec, settings, client_secret, form, keep="")


async def jwt_bearer(spec: Spec, settings: Mapping[str, Any], private_key: str) -> Token:
    """A token for an app that proves itself by a certificate (RFC 7523, RS256). Raises ``wrong_client_secret`` for a key that is
    no RSA private key in PEM."""
    oauth = _oauth(spec)
    claims = {
        "iss": _client_id(spec, settings),
        "sub": str(settings.get(oauth.jwt_subject) or ""),
        "aud": filled(oauth.jwt_audience, spec, settings),
        "exp": int(clock.now().timestamp()) + oauth.jwt_seconds,
    }
    form = {"grant_type": JWT_BEARER, "assertion": _assertion(spec, claims, private_key)}
    return await _token(spec, settings, None, form, keep="")


async def revoke(spec: Spec, settings: Mapping[str, Any], client_secret: str, token: str) -> None:
    """Tell the service to forget a grant; nothing when it has no such address."""
    oauth = _oauth(spec)
    if oauth.revoke_url is None:
        return
    status, _, content = await _post(spec, settings, client_secret, oauth.revoke_url, {"token": token})
    if status >= HTTPStatus.BAD_REQUEST:
        raise fault(spec, status, {}, decoded(content))


def parse(spec: Spec, answer: Any, asked_at: datetime, keep: str) -> Token:
    """The pair of a good answer. ``keep`` is the refresh token to go on with when the answer has none."""
    if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
        raise ChoaiError("unexpected_answer", service=spec.ja, detail="no access_token")
    try:
        seconds = float(answer.get("expires_in") or _oauth(spec).access_seconds)
    except (TypeError, ValueError):
        seconds = float(_oauth(spec).access_seconds)
    rest = {k: v for k, v in answer.items() if k not in _SECRET_PARTS}
    new_refresh = answer.get("refresh_token")
    return Token(
        access=answer["access_token"],
        refresh=new_refresh if isinstance(new_refresh, str) and new_refresh else keep,
        expires_at=asked_at.timestamp() + seconds,
        answer=rest,
    )


def fault(spec: Spec, status: int, headers: Mapping[str, str], answer: Any) -> ChoaiError:
    """What a refusal of the token endpoint means."""
    error = answer.get("error") if isinstance(answer, dict) else None
    detail = str(answer.get("error_description") or error or "") if isinstance(answer, dict) else ""
    facts = {"service": spec.ja, "status": status, "detail": detail[:300]}
    own = _oauth(spec).errors.get(str(error))
    if status == HTTPStatus.TOO_MANY_REQUESTS or own == "throttled":
        return ChoaiError("throttled", **facts, until=retry_after(headers).isoformat())
    if own is not None:
        return ChoaiError(own, **facts)
    if error in ("invalid_client", "unauthorized_client"):
        return ChoaiError("wrong_client_secret", **facts)
    if error == "access_denied":
        return ChoaiError("consent_refused", **facts)
    if error == "invalid_grant" or (status == HTTPStatus.UNAUTHORIZED and answer is not None):
        return ChoaiError("reauthorise", **facts)
    return ChoaiError("unexpected_answer", **facts)


def refused(spec: Spec, error: str, description: str = "") -> ChoaiError:
    """What an ``error`` parameter on the way back from the consent page means."""
    code = "consent_refused" if error == "access_denied" else "unexpected_answer"
    if error in ("invalid_client", "unauthorized_client"):
        code = "wrong_client_secret"
    return ChoaiError(code, service=spec.ja, detail=(description or error)[:300])


def retry_after(headers: Mapping[str, str]) -> datetime:
    """The instant a Retry-After header names (seconds or a date); half a minute from now when there is none."""
    text = headers.get("retry-after", "").strip()
    if text.isdigit():
        return clock.now() + timedelta(seconds=int(text))
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (TypeError, ValueError):
        return clock.now() + timedelta(seconds=30)


async def _token(
    spec: Spec, settings: Mapping[str, Any], client_secret: str | None, form: dict[str, str], *, keep: str
) -> Token:
    asked_at = clock.now()
    status, headers, content = await _post(spec, settings, client_secret, _oauth(spec).token_url, form)
    answer = decoded(content)
    if status >= HTTPStatus.MULTIPLE_CHOICES or (isinstance(answer, dict) and "error" in answer):
        raise fault(spec, status, headers, answer)
    return parse(spec, answer, asked_at, keep)


async def _post(
    spec: Spec, settings: Mapping[str, Any], client_secret: str | None, address: str, form: dict[str, str]
) -> tuple[int, dict[str, str], bytes]:
    """``client_secret`` None: the form proves who we are by itself; empty: a client without a secret (PKCE only)."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    client_id = _client_id(spec, settings)
    if client_secret is None:
        pass
    elif not client_secret:
        form = {**form, "client_id": client_id}
    elif filled(_oauth(spec).client_auth, spec, settings) == "basic":
        pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"  # RFC 6749 §2.3.1 encodes both first
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
    else:
        form = {**form, "client_id": client_id, "client_secret": client_secret}
    url = URL(filled(address, spec, settings))
    body = urlencode(form).encode("ascii")
    return await send(
        "POST", url, headers=headers, body=body, effect=False, service=spec.ja, read_seconds=TOKEN_SECONDS
    )


def _assertion(spec: Spec, claims: Mapping[str, Any], private_key: str) -> str:
    """A signed JWT."""
    try:
        key = load_pem_private_key(private_key.encode(), password=None)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError(type(key).__name__)
    except (ValueError, TypeError, UnsupportedAlgorithm) as wrong:
        raise ChoaiError("wrong_client_secret", service=spec.ja, detail=type(wrong).__name__) from wrong
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in ({"alg": "RS256", "typ": "JWT"}, claims))
    text = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode("ascii") for part in parts)
    signature = key.sign(text.encode("ascii"), PKCS1v15(), SHA256())
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode('ascii')}"


def _client_id(spec: Spec, settings: Mapping[str, Any]) -> str:
    client_id = settings.get("client_id")
    if not client_id:
        raise ChoaiError("connection_not_ready", service=spec.ja, field="client_id")
    return str(client_id)


def _oauth(spec: Spec) -> OAuthSpec:
    if spec.oauth is None:
        raise ChoaiError("connection_not_ready", service=spec.ja, field="oauth")
    return spec.oauth
