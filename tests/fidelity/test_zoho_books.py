"""Zoho Books' imitation and connector against Zoho's OpenAPI files."""

from __future__ import annotations

import aiohttp
import pytest

from choai.sandbox import grants, zoho_books
from choai.sandbox.zoho.accounts import CLIENT_ID, RULES, SCHEME, USER
from contract.test_zoho_books import CASE
from fidelity.zoho import exercised, needed, operation, problems
from servers import sandbox


async def test_what_is_sent_and_answered() -> None:
    needed("books")
    watch = await exercised("books", CASE)
    assert sorted(set(watch.wrong)) == []
    assert watch.missing == set()
    assert {method for method, _ in watch.seen} == {"GET", "POST", "PUT"}


@pytest.mark.parametrize(
    "path", ["organizations", "settings/taxes", "settings/currencies", "users", "users/me", "chartofaccounts"]
)
async def test_masters(path: str) -> None:
    needed("books")
    with sandbox(zoho_books) as box:
        grant = grants.new_grant(box.world, CLIENT_ID, user=USER)
        token = grants.issue(box.world, RULES, grant)["access_token"]
        query = {"organization_id": zoho_books.ORGANISATION}
        headers = {"Authorization": f"{SCHEME} {token}"}
        address = f"{box.base_url}/books/v3/{path}"
        async with aiohttp.ClientSession(headers=headers) as client, client.get(address, params=query) as answer:
            assert answer.status == 200
            spec, told = operation("books", "GET", f"/{path}")
            schema = told["responses"]["200"]["content"]["application/json"]["schema"]
            assert problems(spec, schema, await answer.json()) == []
