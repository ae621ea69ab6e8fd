from __future__ import annotations

from collections.abc import Iterator

import pytest

from passwords import quick_passwords
from servers import serve
from web.site import PASSWORD, Cast, Person


@pytest.fixture
def quick() -> Iterator[None]:
    with quick_passwords():
        yield


@pytest.fixture
def site(sqlite_database: str, quick: None) -> Iterator[str]:
    """The product's address: an empty installation."""
    from choai.store import seal
    from choai.web.asgi import application

    seal.load_secrets()
    with serve(application) as base:
        yield base


@pytest.fixture
def cast(site: str) -> Cast:
    """An installation with two workspaces and people in them, all signed in but one."""
    owner = Person(site)
    owner.get("/api/session")
    first = {"workspace": "見本商事", "name": "持ち主", "email": "owner@example.com", "password": PASSWORD}
    started = owner.post("/api/first-start", first)
    assert started.status == 200, started.body
    people = {}
    for role in ("operator", "viewer"):
        body = {"email": f"{role}@example.com", "name": role, "role": role, "password": PASSWORD}
        assert owner.post("/api/users", body).status == 200
        people[role] = Person(site)
        assert people[role].sign_in(f"{role}@example.com").status == 200
    from choai.store.models import User
    from choai.store.people import add_workspace

    outsider = User.objects.create_user("stranger@example.com", PASSWORD, name="よそ者")
    other = add_workspace("他社", outsider.id)
    stranger = Person(site)
    assert stranger.sign_in("stranger@example.com").status == 200
    return Cast(
        base=site,
        owner=owner,
        operator=people["operator"],
        viewer=people["viewer"],
        stranger=stranger,
        nobody=Person(site),
        workspace_id=started.data["workspace"]["id"],
        other_id=other,
        owner_id=started.data["user"]["id"],
    )


@pytest.fixture
def furnished(cast: Cast) -> dict[str, int]:
    """Something of everything in the owner's workspace; the ids by their path parameter."""
    from web.furniture import furnish

    return furnish(cast)
