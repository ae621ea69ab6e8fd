"""From nothing to linked masters and a saved schedule, through the API, against the imitation services."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest

from web.site import Answer, Cast, Person


def follow(person: Person, location: str) -> Answer:
    """The product's own address a service sent the browser back to."""
    parts = urllib.parse.urlsplit(location)
    assert f"{parts.scheme}://{parts.netloc}" == person.base
    return person.get(f"{parts.path}?{parts.query}")


def consent(url: str, **form: str) -> str:
    """Press a button of freee's consent page; the address it sends the browser to."""
    parts = urllib.parse.urlsplit(url)
    asked = dict(urllib.parse.parse_qsl(parts.query)) | form
    address = urllib.parse.urlunsplit((*parts[:3], "", ""))

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any) -> None:
            return None

    request = urllib.request.Request(address, urllib.parse.urlencode(asked).encode(), method="POST")
    with pytest.raises(urllib.error.HTTPError) as redirect:
        urllib.request.build_opener(Stay).open(request, timeout=30).close()
    with redirect.value as error:
        assert error.code == 302, error.read()
        return str(error.headers["Location"])


def connect_freee(person: Person, base: str, company: int) -> dict[str, Any]:
    from choai.sandbox import freee

    made = person.post("/api/connections", {
        "service": "freee", "name": "本社freee", "auth": "oauth",
        "settings": {"client_id": freee.DEMO_CLIENT_ID, "client_secret": freee.DEMO_CLIENT_SECRET,
                     "base_url": base, "accounts_url": base},
    })  # fmt: skip
    assert made.status == 200, made.body
    assert made.data["state"] == "new"
    assert not made.data["authorised"]
    path = f"/api/connections/{made.data['id']}"
    url = person.post(f"{path}/authorise", {"back": "/setup"}).data["url"]
    back = follow(person, consent(url, decision="allow", user=str(freee.USER_ADMIN), company=str(company)))
    assert back.status == 302
    assert back.headers["location"] == f"/setup?connection={made.data['id']}"
    return dict(person.get(path).data)


def connect_kintone(person: Person, base: str) -> dict[str, Any]:
    from choai.sandbox.kintone import data

    apps = [{"id": n, "token": data.token(n)} for n in sorted(kintone_apps())]
    made = person.post("/api/connections", {
        "service": "kintone", "name": "本社kintone", "auth": "api_token",
        "settings": {"domain": "demo.cybozu.com", "base_url": base, "apps": apps},
    })  # fmt: skip
    assert made.status == 200, made.body
    tested = person.post(f"/api/connections/{made.data['id']}/test")
    assert (tested.status, tested.data["state"]) == (200, "ready"), tested.body
    return dict(tested.data)


def kintone_apps() -> dict[str, str]:
    """App id → Japanese name, of the ones that do not live in a guest space."""
    from choai.sandbox.kintone import catalog

    return {n: found[0] for n, found in catalog.apps().items() if n != catalog.GUEST}


@pytest.fixture
def connected(cast: Cast, freee_sandbox: Any, kintone_sandbox: Any) -> dict[str, Any]:
    from choai.sandbox import freee

    books = connect_freee(cast.owner, freee_sandbox.base_url, freee.ENTERPRISE)
    return {"books": books, "crm": connect_kintone(cast.owner, kintone_sandbox.base_url)}


def app_named(person: Person, connection: int, name: str) -> str:
    rows = person.get(f"/api/connections/{connection}/objects").data["rows"]
    return next(r["name"] for r in rows if r["ja"] == name)


APPS = {
    "partner": "取引先マスタ", "tag": "メモタグ",
    "segment_1": "セグメント1", "segment_2": "セグメント2", "segment_3": "セグメント3",
    "item": "品目", "section": "部門", "account_item": "勘定科目", "tax_code": "税区分", "expense_category": "経費科目",
    "walletable": "口座",
}  # fmt: skip


def link(person: Person, connected: dict[str, Any], kind: str) -> Answer:
    crm, books = connected["crm"]["id"], connected["books"]["id"]
    return person.post(
        f"/api/masters/{kind}/link",
        {"left_connection": crm, "left_object": app_named(person, crm, APPS[kind]), "right_connection": books},
    )


@pytest.mark.req("FK-03", "FK-04", "FK-05", "FK-06", "CC-29")
def test_a_look_at_an_account_reads_and_tells(connected: dict[str, Any], cast: Cast, freee_sandbox: Any) -> None:
    books = connected["books"]["id"]
    before = {kind: len(rows) for kind, rows in freee_sandbox.world.state.items() if isinstance(rows, (dict, list))}
    found = cast.owner.post(f"/api/connections/{books}/check?everything=true")
    assert found.status == 200, found.data
    told = found.data
    assert told["sound"], [(o["name"], o["problem"]) for o in told["objects"] if o["problem"]]
    partner = next(o for o in told["objects"] if o["name"] == "partner")
    assert partner["fields"] > 10
    assert partner["rows"] > 0
    assert not partner["used"]
    facts = {f["fact"]: f for f in told["facts"]}
    assert facts["segment_2"]["state"] == "settled"
    assert facts["shortcuts_cleared"]["how"].startswith("試験用の事業所で"), "in the reader's language"
    assert {limit["name"] for limit in told["limits"]} >= {"day"}
    assert {k: len(v) for k, v in freee_sandbox.world.state.items() if isinstance(v, (dict, list))} == before


def test_the_checklist_leads_through_the_set_up(cast: Cast, freee_sandbox: Any, kintone_sandbox: Any) -> None:
    from choai.sandbox import freee

    owner = cast.owner

    def states() -> list[str]:
        return [s["state"] for s in owner.get("/api/setup").data["stages"]]

    assert states() == ["now", "locked", "locked"]
    assert owner.get("/api/setup").data["next"]["route"] == "/connections/new?service=freee"
    books = connect_freee(owner, freee_sandbox.base_url, freee.ENTERPRISE)
    assert books["state"] == "ready"
    assert books["account"]["name"] == "株式会社帳合商会"
    assert books["authorised"]
    assert books["people"] == {"authorised": 1, "missing": 2}
    people = {p["user"]["name"]: p for p in owner.get(f"/api/connections/{books['id']}/people").data["rows"]}
    assert people["持ち主"]["authorised"]
    assert people["持ち主"]["service_user"]
    assert not people["operator"]["authorised"]
    crm = connect_kintone(owner, kintone_sandbox.base_url)
    assert states() == ["done", "now", "locked"]
    connected = {"books": books, "crm": crm}
    for kind in ("partner", "tag", "segment_1", "segment_2", "segment_3"):
        linked = link(owner, connected, kind)
        assert linked.status == 200, linked.body
        errors = [p for p in linked.data["problems"] if p["severity"] == "error"]
        assert errors == [], errors
    assert states() == ["done", "done", "now"]
    for kind in ("partner", "tag", "segment"):
        found = owner.get(f"/api/schedules/{kind}").data
        assert found["can_enable"]
        assert found["run_as"] == {"user": "持ち主", "user_id": cast.owner_id, "state": "ok"}
        body = {"enabled": True, "direction": "to_left", "frequency": "daily", "version": found["version"]}
        assert owner.put(f"/api/schedules/{kind}", body).data["next_at"]
    assert states() == ["done", "done", "done"]


@pytest.mark.req("FK-13", "FK-14", "FK-17")
def test_every_master_can_be_linked_and_goes_only_its_ways(cast: Cast, connected: dict[str, Any]) -> None:
    for kind in APPS:
        linked = link(cast.owner, connected, kind)
        assert linked.status == 200, (kind, linked.body)
        assert [p for p in linked.data["problems"] if p["severity"] == "error"] == [], kind
    rows = {r["kind"]: r for r in cast.owner.get("/api/masters").data["rows"]}
    assert {r["state"] for r in rows.values()} == {"linked"}
    assert rows["partner"]["left"]["label"] == "取引先マスタ"
    both = {k for k, r in rows.items() if set(r["directions"]) == {"to_left", "to_right"}}
    assert both == {"partner", "tag", "segment_1", "segment_2", "segment_3"}
    for kind in rows:
        answer = cast.operator.post(f"/api/masters/{kind}/upload", {"preview": True})
        assert (answer.status == 200) == (kind in both), (kind, answer.body)
        if kind not in both:
            assert answer.code == "direction_not_offered"
            assert cast.operator.post(f"/api/masters/{kind}/import").status == 200
    started = cast.owner.get("/api/runs", kind="partner").data["rows"][0]
    assert (started["direction"], started["preview"], started["trigger"]) == ("to_right", True, "preview")


def test_the_proposed_partner_mapping(cast: Cast, connected: dict[str, Any]) -> None:
    sync_id = link(cast.owner, connected, "partner").data["sync_id"]
    found = cast.owner.get(f"/api/syncs/{sync_id}/mapping").data
    rows = {r["left"]: r for r in found["rows"]}
    assert rows["freee取引先ID"]["right"] == "id"
    assert rows["freee取引先ID"]["write_back"]
    assert rows["取引先名"]["right"] == "name"
    assert rows["取引先名"]["direction"] == "both"
    assert rows["都道府県"]["converter"] == "prefecture"
    assert found["problems"] == [] or all(p["severity"] == "warning" for p in found["problems"])
    assert [k["left"] for k in found["match_keys"]] == ["freee取引先ID", "取引先名"]  # no partner codes in this company
    detail = cast.owner.get(f"/api/syncs/{sync_id}").data
    assert detail["selection"]["left"] == [{"field": "同期対象", "values": ["同期する"]}]
    assert detail["duplicate_policy"] == "fail"
    proposed = cast.owner.post(f"/api/syncs/{sync_id}/mapping/propose").data["rows"]
    assert all(60 <= p["score"] <= 100 for p in proposed)
    # dropping a required field is found before the first run (FK-66) …
    without = [r for r in found["rows"] if r["left"] != "取引先名"]
    body = {"rows": without, "match_keys": []}
    codes = [
        p["problem"]["code"] for p in cast.owner.post(f"/api/syncs/{sync_id}/mapping/check", body).data["problems"]
    ]
    assert "required_unmapped" in codes
    refused = cast.owner.put(f"/api/syncs/{sync_id}/mapping", {**body, "version": found["version"]})
    assert refused.code == "mapping_invalid"
    # … and of two people who save, the second is told
    kept = {"rows": found["rows"], "match_keys": found["match_keys"], "version": found["version"]}
    assert cast.owner.put(f"/api/syncs/{sync_id}/mapping", kept).status == 200
    assert cast.owner.put(f"/api/syncs/{sync_id}/mapping", kept).code == "conflict_edit"


@pytest.mark.req("FK-65")
def test_an_app_without_a_unique_field_is_refused(cast: Cast, connected: dict[str, Any]) -> None:
    crm = connected["crm"]["id"]
    refused = cast.owner.post(
        "/api/masters/partner/link",
        {"left_connection": crm, "left_object": app_named(cast.owner, crm, "案件管理"),
         "right_connection": connected["books"]["id"]},
    )  # fmt: skip
    assert refused.code == "key_field_missing"
    assert "案件管理" in refused.data["cause"]
    assert cast.owner.get("/api/masters").data["rows"][0]["state"] == "unlinked"


@pytest.mark.req("FK-03")
def test_masters_wait_for_the_connections(cast: Cast) -> None:
    from choai.store.models import Connection
    from web.furniture import connections

    crm, books = connections(cast.workspace_id, cast.owner_id)
    Connection.objects.filter(id=crm.id).update(state="new")
    body = {"left_connection": crm.id, "left_object": "app:1", "right_connection": books.id}
    assert cast.owner.post("/api/masters/partner/link", body).code == "setup_incomplete"


@pytest.mark.req("FK-01", "FK-02", "FK-19")
def test_a_plan_that_is_not_eligible(cast: Cast, freee_sandbox: Any, kintone_sandbox: Any) -> None:
    from choai.sandbox import freee

    books = connect_freee(cast.owner, freee_sandbox.base_url, freee.STARTER)
    connected = {"books": books, "crm": connect_kintone(cast.owner, kintone_sandbox.base_url)}
    refused = link(cast.owner, connected, "segment_2")
    assert refused.code == "freee_plan_limit"
    rows = {r["kind"]: r for r in cast.owner.get("/api/masters").data["rows"]}
    assert rows["segment_2"]["state"] == "unavailable"
    assert rows["segment_2"]["reason"]["code"] == "freee_plan_limit"
    assert link(cast.owner, connected, "partner").status == 200
    screen = cast.owner.get("/api/schedules/partner").data
    assert not screen["can_enable"]
    assert screen["reason"]["code"] == "plan_not_eligible"
    body = {"enabled": True, "direction": "to_left", "frequency": "daily", "version": screen["version"]}
    assert cast.owner.put("/api/schedules/partner", body).code == "plan_not_eligible"
    assert cast.owner.post("/api/masters/partner/import").status == 200  # by hand it goes


def test_consent_refused_and_secret_wrong(cast: Cast, freee_sandbox: Any) -> None:
    from choai.sandbox import freee

    owner = cast.owner
    settings = {"client_id": freee.DEMO_CLIENT_ID, "client_secret": "wrong", "base_url": freee_sandbox.base_url,
                "accounts_url": freee_sandbox.base_url}  # fmt: skip
    made = owner.post("/api/connections", {"service": "freee", "name": "f", "auth": "oauth", "settings": settings}).data
    path = f"/api/connections/{made['id']}"
    url = owner.post(f"{path}/authorise", {"back": "/connections"}).data["url"]
    back = follow(owner, consent(url, decision="deny"))
    assert back.headers["location"] == f"/connections?connection={made['id']}&problem=consent_refused"
    url = owner.post(f"{path}/authorise", {"back": "https://evil.example.com/"}).data["url"]
    form = {"decision": "allow", "user": str(freee.USER_ADMIN), "company": str(freee.ENTERPRISE)}
    location = consent(url, **form)
    stolen = follow(cast.operator, location)  # somebody else's browser
    assert stolen.headers["location"] == "/?problem=consent_expired"
    back = follow(owner, location)
    assert back.headers["location"] == f"/?connection={made['id']}&problem=wrong_client_secret"
    assert (
        owner.get("/api/oauth/callback", state="nonsense", code="x").headers["location"] == "/?problem=consent_expired"
    )
    nobody = cast.nobody.get("/api/oauth/callback", state="x", code="y")
    assert nobody.headers["location"] == "/?problem=not_signed_in"


@pytest.mark.req("FK-08", "RK-11", "RK-12", "CC-05")
def test_a_connection_in_use(cast: Cast, connected: dict[str, Any], freee_sandbox: Any) -> None:
    from choai.clock import now
    from choai.sandbox import freee
    from choai.store.models import Binding

    sync_id = link(cast.owner, connected, "partner").data["sync_id"]
    pairing = cast.owner.get(f"/api/syncs/{sync_id}").data["pairing"]
    Binding.objects.create(
        workspace_id=cast.workspace_id, pairing_id=pairing, left_id="1", right_id="2", name="x", created_at=now()
    )
    books = connected["books"]
    path = f"/api/connections/{books['id']}"
    refused = cast.owner.delete(path)
    assert (refused.status, refused.code) == (409, "connection_in_use")
    assert "取引先" in refused.data["cause"]
    assert cast.owner.delete(path, force="true").status == 200
    assert cast.owner.get(path).code == "not_found"
    assert cast.owner.get("/api/masters").data["rows"][0]["state"] == "disabled"
    # the same company linked again takes the pairs up again
    again = connect_freee(cast.owner, freee_sandbox.base_url, freee.ENTERPRISE)
    assert link(cast.owner, {**connected, "books": again}, "partner").data["pairing_id"] == pairing
    assert cast.owner.get("/api/masters").data["rows"][0]["bindings"] == 1


def test_connection_input_is_checked(cast: Cast) -> None:
    def make(**settings: Any) -> Answer:
        body = {"service": "kintone", "name": "k", "auth": "api_token", "settings": settings}
        return cast.owner.post("/api/connections", body)

    for settings, field in (
        ({"domain": "x"}, "settings.domain"),
        ({"domain": "example.cybozu.com"}, "settings.apps"),
        ({"domain": "example.cybozu.com", "apps": [{"id": "1"}]}, "settings.apps"),
        ({"domain": "example.cybozu.com", "apps": [{"id": "1", "token": "t"}], "passwd": "x"}, "settings.passwd"),
    ):
        refused = make(**settings)
        assert (refused.code, [f["field"] for f in refused.data["fields"]]) == ("bad_request", [field])
    unknown = cast.owner.post("/api/connections", {"service": "nobody", "name": "k", "auth": "oauth", "settings": {}})
    assert unknown.code == "not_found"
    made = make(domain="example.cybozu.com", apps=[{"id": "1", "token": "very-secret"}]).data
    assert made["settings"]["apps"] == [{"id": "1"}]
    assert made["secrets"] == ["apps"]
    path = f"/api/connections/{made['id']}"
    changed = cast.owner.patch(path, {"name": "新しい名前", "version": made["version"]})
    assert changed.data["name"] == "新しい名前"
    assert changed.data["secrets"] == ["apps"]
    assert cast.owner.patch(path, {"name": "遅い人", "version": made["version"]}).code == "conflict_edit"
    assert cast.owner.get(path).data["name"] == "新しい名前"


def test_a_service_that_is_down_is_a_problem_of_the_connection(cast: Cast) -> None:
    apps = [{"id": "1", "token": "t"}]
    settings = {"domain": "example.cybozu.com", "base_url": "http://127.0.0.1:9", "apps": apps}
    body = {"service": "kintone", "name": "k", "auth": "api_token", "settings": settings}
    made = cast.owner.post("/api/connections", body).data
    tested = cast.owner.post(f"/api/connections/{made['id']}/test").data
    assert tested["state"] == "error"
    assert tested["problem"]["code"] == "unreachable"
    assert tested["problem"]["next"]


@pytest.mark.req("FK-09")
def test_outbound_addresses(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOAI_OUTBOUND", "203.0.113.7, 203.0.113.8")
    assert cast.owner.get("/api/outbound").data == {"addresses": ["203.0.113.7", "203.0.113.8"]}
