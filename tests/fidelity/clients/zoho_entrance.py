"""How the clients of Zoho's products come in: a person's consent, and zohopy signed in with what it gave."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

from steps import SECONDS, Steps, consent, switch

CLIENT_ID, CLIENT_SECRET = "1000.CH0A1DEM0CH0A1DEM0CH0A1DEM00001", "choai-demo-secret"
CALLBACK = "http://localhost:8000/callback"


def granted(base_url: str, scopes: str) -> str:
    """A person allows; the code that the browser is sent back with."""
    asked = {
        "response_type": "code", "client_id": CLIENT_ID, "scope": scopes, "redirect_uri": CALLBACK, "access_type": "offline",
        "prompt": "consent",
    }  # fmt: skip
    return parse_qs(urlsplit(consent(f"{base_url}/oauth/v2/auth", asked)).query)["code"][0]


def refreshing(base_url: str, scopes: str) -> str:
    """The refresh token of a consent, for a client that begins with one."""
    form = {"grant_type": "authorization_code", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
            "redirect_uri": CALLBACK, "code": granted(base_url, scopes)}  # fmt: skip
    with urlopen(f"{base_url}/oauth/v2/token", urlencode(form).encode(), timeout=SECONDS) as answer:
        return str(json.load(answer)["refresh_token"])


def entered(step: Steps, base_url: str, scopes: str, organisation: str) -> Any:
    """A client of zohopy, after its own exchange of the code and its refresh. Its hosts stand in two tables of addresses by data
    centre: those of Japan are the imitation's here, and nothing else of it is changed. None when it did not come in."""
    from zohopy import SyncZohoClient, ZohoConfig, config
    from zohopy.setup import exchange_grant_token

    place = config.DataCenter.JP
    config._ACCOUNTS_URLS[place] = config._API_URLS[place] = base_url
    switch(base_url, api_domain=base_url)

    def exchanged() -> Any:
        return exchange_grant_token(
            client_id=CLIENT_ID, client_secret=CLIENT_SECRET, grant_token=granted(base_url, scopes), redirect_uri=CALLBACK,
            accounts_url=place.accounts_url,
        )  # fmt: skip

    tokens = step("sign in", exchanged, lambda told: told["api_domain"] == base_url)
    if tokens is None:
        return None
    known = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": tokens["refresh_token"]}
    return SyncZohoClient(ZohoConfig(**known, organization_id=organisation, data_center=place))
