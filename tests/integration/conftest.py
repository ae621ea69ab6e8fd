from __future__ import annotations

from collections.abc import Iterator

import pytest

from choai.engine import context
from choai.sandbox import freee, kintone
from choai.store import seal
from integration.scene import Scene, empty_worlds
from passwords import quick_passwords
from servers import Sandbox, serve


@pytest.fixture
def unstarted(sqlite_database: str) -> Iterator[Scene]:
    """Both imitations, empty, and an installation that nobody has begun to use."""
    seal.load_secrets()
    context._ends.clear()
    context._parsed.clear()  # every test has a run 1
    books, crm = empty_worlds()
    with quick_passwords(), serve(freee.build(books)) as books_url, serve(kintone.build(crm)) as crm_url:
        yield Scene(Sandbox(books_url, books), Sandbox(crm_url, crm))
    unused = [f"{fault.name} {fault.match}" for world in (books, crm) for fault in world.never_hit()]
    assert not unused, f"faults that were set and never hit: {unused}"


@pytest.fixture
def scene(unstarted: Scene) -> Scene:
    """A workspace with an owner and both connections ready."""
    unstarted.start()
    return unstarted


@pytest.fixture
def partners(scene: Scene) -> Scene:
    """… and partners linked."""
    scene.link("partner")
    return scene
