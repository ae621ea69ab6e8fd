"""Xero in the product: consent on Xero's page, rotation, and runs through the whole engine – nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from yarl import URL

from choai.connectors import http
from choai.connectors.contract import Window
from choai.engine import context
from choai.engine.run import advance
from choai.errors import ChoaiError
from choai.runtime import link
from choai.runtime.ports import RunPorts
from choai.sandbox import grants, xero
from choai.sandbox.xero.data import PKCE_CLIENT_ID
from choai.store import runs, seal
from choai.store.links import store_secrets
from choai.store.models import Connection, Item, Pairing, Run, Sync
from crash.stage import http as person
from servers import Sandbox, serve
from services.registered import registered
from services.shelf import app
from store.rows import a_connection, a_user, a_workspace

CALLBACK = "http://localhost:8420/api/oauth/callback"
MAPPING = [
    {"left": "name", "right": "Name"},
    {"left": "phone", "right": "Phone.DEFAULT"},
    {"left": "ext", "right": "id", "direction": "to_left", "write_back": True},
]
KEYS = [{"left": "ext", "right": "id"}, {"left": "name", "right": "Name", "how": "name"}]


@dataclass
class Scene:
    """A shelf of the test service (left) and Xero's contacts (right)."""

    box: Sandbox
    shelf: str
    workspace: Any
    user: Any
    right: Connection

    def authorise(self, tenant: str = xero.GLOBAL) -> None:
        """A person leaves for Xero's page, chooses an organisation, comes back."""

        async def trip() -> None:
            try:
                url = urlsplit(await link.begin_authorisation(self.right.id, self.user.id, CALLBACK, "/connections"))
                form = {**dict(parse_qsl(url.query)), "account": tenant, "decision": "allow"}
                client = await http.client()
                async with client.post(
                    f"{url.scheme}://{url.netloc}{url.path}", data=form, allow_redirects=False
                ) as answer:
                    back = dict(URL(answer.headers["Location"]).query)
                await link.finish_authorisation(back["state"], code=back["code"], user_id=self.user.id)
            finally:
                await http.close()

        asyncio.run(trip())
        self.right.refresh_from_db()

    def linked(self, **options: Any) -> Sync:
        left = Connection.objects.create(
            workspace=self.workspace, service="shelf", name="棚", auth="key", state="ready",
            settings={"base_url": self.shelf, "account": "left"},
            account={"id": "left", "name": "棚", "time_zone": "Asia/Tokyo"},
        )  # fmt: skip
        pairing = Pairing.objects.create(
            workspace=self.workspace, kind="partner", left_connection=left, left_object="external",
            right_connection=self.right, right_object="contact",
        )  # fmt: skip
        return Sync.objects.create(
            workspace=self.workspace, pairing=pairing, name="取引先", run_as=self.user, mapping=MAPPING, match_keys=KEYS,
            to_right=True, to_left=False, conflict_policy="left", duplicate_policy="bind",
            options={"recheck_seconds": 0, "outstanding_seconds": 0, **options},
        )  # fmt: skip

    def run(self, sync: Sync) -> Run:
        number = runs.create_run(sync.id, workspace_id=self.workspace.id, trigger="manual", user_id=self.user.id)

        async def loop() -> None:
            try:
                for _ in range(200):
                    if (await advance(number, RunPorts())).done:
                        return
                raise AssertionError("the run does not end")
            finally:
                await http.close()

        asyncio.run(loop())
        return Run.objects.get(id=number)

    def contacts(self) -> list[dict[str, Any]]:
        return list(self.box.world.state["organisations"][xero.GLOBAL]["tables"]["Contacts"].values())

    def writes(self) -> int:
        calls = self.box.world.calls
        return sum(count for line, count in calls.items() if line.startswith(("PUT /api", "POST /api")))


@pytest.fixture
def scene(sqlite_database: str, box: Sandbox) -> Iterator[Scene]:
    seal.load_secrets()
    context._ends.clear()
    context._parsed.clear()  # every test has a run 1
    address = dict.fromkeys(("base_url", "login_url", "identity_url"), box.base_url)
    with registered(), serve(app.build(app.new_world())) as shelf:
        workspace = a_workspace()
        user = a_user(workspace)
        right = a_connection(
            workspace, {"client_secret": xero.DEMO_CLIENT_SECRET}, service="xero", name="Xero", state="new",
            settings={**address, "client_id": xero.DEMO_CLIENT_ID},
        )  # fmt: skip
        yield Scene(box, f"{shelf}/left", workspace, user, right)


def test_consent_names_the_organisation(scene: Scene) -> None:
    scene.authorise(xero.STARTER)
    assert scene.right.state == "ready"
    assert scene.right.account["id"] == xero.STARTER
    # another one is authorised for another connection: this one stays where it was
    xero.sign_in(scene.box.world, tenant=xero.GLOBAL)
    account = asyncio.run(link.identify(scene.right.id, scene.user.id))
    assert account.id == xero.STARTER


def test_an_app_without_a_secret_proves_itself_by_pkce(scene: Scene) -> None:
    scene.right.settings = {**scene.right.settings, "client_id": PKCE_CLIENT_ID}
    scene.right.save()
    store_secrets(scene.right.id, {"client_secret": ""})
    scene.authorise()
    assert scene.right.state == "ready"
    (code,) = scene.box.world.state["oauth"]["codes"].values()
    assert code["challenge"]


def test_the_refresh_token_rotates_and_is_kept(scene: Scene) -> None:
    scene.authorise()

    async def read() -> int:
        try:
            opened = await link.open_link(scene.workspace.id, scene.right.id, scene.user.id)
            return len((await opened.connector.read(opened.session, "contact", Window(), None)).records)
        finally:
            await http.close()

    for _ in range(3):
        grants.expire(scene.box.world)
        assert asyncio.run(read()) == 120
    used = [held for held in scene.box.world.state["oauth"]["refresh"].values() if held["used"] is not None]
    assert len(used) == 3
    for one in scene.box.world.state["oauth"]["grants"].values():
        one["revoked"] = True
    grants.expire(scene.box.world)
    with pytest.raises(ChoaiError) as caught:
        asyncio.run(read())
    assert caught.value.code == "reauthorise"


def cards(scene: Scene, *names: str) -> None:
    for name in names:
        edit(scene, "new", name=name, phone="03-1111-2222")


def edit(scene: Scene, number: str, **values: str) -> None:
    person("PATCH", f"{scene.shelf}/external/{number}", values)


def test_a_second_run_writes_nothing(scene: Scene) -> None:
    scene.authorise()
    sync = scene.linked()
    cards(scene, "新規商事", "㈱新規物産", "Bluebird Software GmbH")
    before = len(scene.contacts())
    first = scene.run(sync)
    assert (first.state, Item.objects.filter(run=first, outcome="created").count()) == ("succeeded", 2)
    assert len(scene.contacts()) == before + 2
    (bound,) = [row for row in scene.contacts() if row["Name"] == "Bluebird Software GmbH"]
    assert next(p for p in bound["Phones"] if p["PhoneType"] == "DEFAULT")["PhoneNumber"] == "03-1111-2222"
    written = scene.writes()
    second = scene.run(sync)
    assert second.state == "succeeded"
    assert scene.writes() == written, "nothing has changed"
    held = person("GET", scene.shelf)["shelves"]["external"]
    edit(scene, next(id for id, row in held.items() if row["values"]["name"] == "新規商事"), phone="06-9999-0000")
    third = scene.run(sync)
    assert (third.state, scene.writes()) == ("succeeded", written + 1)
    assert len(scene.contacts()) == before + 2


def test_a_lost_reply_makes_nothing_twice(scene: Scene) -> None:
    scene.authorise()
    sync = scene.linked()
    cards(scene, "一番商事", "二番商事", "三番商事")
    before = len(scene.contacts())
    scene.box.world.switch("lost_reply", match="PUT /api.xro/2.0/Contacts", times=1)
    first = scene.run(sync)
    if first.state != "succeeded":
        assert scene.run(sync).state == "succeeded"
    assert len(scene.contacts()) == before + 3
    assert scene.run(sync).state == "succeeded"
    assert len(scene.contacts()) == before + 3


def test_one_refused_record_stops_no_other(scene: Scene) -> None:
    scene.authorise()
    sync = scene.linked()
    cards(scene, "良い商事", "<悪い商事>", "次の商事")
    before = len(scene.contacts())
    run = scene.run(sync)
    assert run.state == "partly"
    (failed,) = Item.objects.filter(run=run, outcome="failed")
    assert failed.code in ("validation_rejected", "pattern_mismatch")
    assert len(scene.contacts()) == before + 2


def test_archived_contacts_are_left_alone(scene: Scene) -> None:
    scene.authorise()
    sync = scene.linked()
    sync.to_left = True
    sync.save()
    old, other = (row["ContactID"] for row in scene.contacts()[:2])
    xero.edit(scene.box.world, "Contacts", old, ContactStatus="ARCHIVED")
    cards(scene, scene.box.world.state["organisations"][xero.GLOBAL]["tables"]["Contacts"][old]["Name"])
    before = len(scene.contacts())
    assert scene.run(sync).state == "succeeded"
    held = person("GET", scene.shelf)["shelves"]["external"]
    names = [row["values"]["name"] for row in held.values()]
    assert len(names) == len(set(names)) == before, "the archived one is not imported"
    assert len(scene.contacts()) == before + 1, "and nobody's partner: its namesake is new"
    xero.edit(scene.box.world, "Contacts", other, ContactStatus="ARCHIVED", FirstName="x")
    assert scene.run(sync).state == "succeeded"
    assert len(person("GET", scene.shelf)["shelves"]["external"]) == len(held)
