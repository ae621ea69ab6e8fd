"""Zoho's data centres and its OAuth: what all Zoho products have in common.

An account lives in one data centre, and a token of one is refused by the others. The consent page's way back names the centre
(``location``), which corrects the setting ``region``; the token is exchanged there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from choai.connectors.contract import OAuthSpec
from choai.connectors.declared import CLIENT_SECRET, address, api_address, choice, client_id, web_address

# region → host of the sign-in, host of the APIs, domain of the screens
CENTRES: Mapping[str, tuple[str, str, str]] = {
    "jp": ("https://accounts.zoho.jp", "https://www.zohoapis.jp", "zoho.jp"),
    "us": ("https://accounts.zoho.com", "https://www.zohoapis.com", "zoho.com"),
    "eu": ("https://accounts.zoho.eu", "https://www.zohoapis.eu", "zoho.eu"),
    "in": ("https://accounts.zoho.in", "https://www.zohoapis.in", "zoho.in"),
    "au": ("https://accounts.zoho.com.au", "https://www.zohoapis.com.au", "zoho.com.au"),
    "cn": ("https://accounts.zoho.com.cn", "https://www.zohoapis.com.cn", "zoho.com.cn"),
    "ca": ("https://accounts.zohocloud.ca", "https://www.zohoapis.ca", "zohocloud.ca"),
    "sa": ("https://accounts.zoho.sa", "https://www.zohoapis.sa", "zoho.sa"),
    "uk": ("https://accounts.zoho.uk", "https://www.zohoapis.uk", "zoho.uk"),
}
PLACES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "accounts_url": ("region", {region: hosts[0] for region, hosts in CENTRES.items()}),
    # the part of the API's host that differs, so that an address is seen to be Zoho's: https://www.zohoapis.{api_tld}
    "api_tld": (
        "region",
        {region: hosts[1].removeprefix("https://www.zohoapis.") for region, hosts in CENTRES.items()},
    ),
}
BASE_URL = "https://www.zohoapis.{api_tld}"
ERRORS = {
    "invalid_code": "reauthorise",
    "invalid_client": "wrong_client_secret",
    "invalid_client_secret": "wrong_client_secret",
    "access_denied": "consent_refused",
    "Access Denied": "throttled",  # ten access tokens of one refresh token in ten minutes
}
_REGIONS = (
    "jp=日本（zoho.jp）=Japan (zoho.jp)|us=米国（zoho.com）=United States (zoho.com)|eu=欧州（zoho.eu）=Europe (zoho.eu)"
    "|in=インド（zoho.in）=India (zoho.in)|au=オーストラリア（zoho.com.au）=Australia (zoho.com.au)"
    "|cn=中国（zoho.com.cn）=China (zoho.com.cn)|ca=カナダ（zohocloud.ca）=Canada (zohocloud.ca)"
    "|sa=サウジアラビア（zoho.sa）=Saudi Arabia (zoho.sa)|uk=英国（zoho.uk）=United Kingdom (zoho.uk)"
)
SETTINGS = (
    choice(
        "region", ("データセンター", "Data centre"), _REGIONS,
        "Zohoにログインするときのアドレスの末尾で選びます。認可のときに自動で正しい値になります。",
        "By the end of the address where you sign in. The consent puts it right.",
        required=True,
    ),
    client_id(
        "api-console.zoho.jpで作成した「Server-based Applications」のClient IDです。",
        "Of the “server-based application” that you made at the API console of your data centre.",
    ),
    CLIENT_SECRET,
    api_address(),
    address("accounts_url", "認証のアドレス", "Sign-in address"),
    web_address(),
)  # fmt: skip


def oauth(*scopes: str) -> OAuthSpec:
    """Consent with a refresh token that stays the same and lives until it is revoked."""
    return OAuthSpec(
        authorize_url="{accounts_url}/oauth/v2/auth",
        token_url="{accounts_url}/oauth/v2/token",  # noqa: S106  (an address)
        revoke_url="{accounts_url}/oauth/v2/token/revoke",
        scopes=scopes,
        scope_separator=",",
        access_seconds=3600,
        refresh_early_seconds=120,  # ten new tokens in ten minutes are refused
        extra_authorize={"access_type": "offline", "prompt": "consent"},
        errors=ERRORS,
        callback={"location": "region"},
    )


def authorise(settings: Mapping[str, Any], secrets: Mapping[str, Any], scope: str | None) -> dict[str, str]:
    """Zoho has a scheme of its own, although the token answer says Bearer."""
    token = secrets.get("access_token")
    return {"Authorization": f"Zoho-oauthtoken {token}"} if token else {}


def granted(token: Mapping[str, Any]) -> dict[str, Any]:
    """Nothing: the data centre is known from the way back."""
    return {}


def screens(settings: Mapping[str, Any], product: str) -> str:
    """The address of a product's screens (product: "books", "crm" …)."""
    own = settings.get("web_url")
    domain = CENTRES.get(str(settings.get("region")), CENTRES["jp"])[2]
    return str(own).rstrip("/") if own else f"https://{product}.{domain}"
