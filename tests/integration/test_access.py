"""Secrets, consent, the right company, plans and addresses: what keeps a run from being executed at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from choai.errors import ChoaiError
from choai.sandbox import freee, kintone
from choai.store import connections
from choai.store.models import Connection, Member
from choai.web.faults import problem
from integration.scene import APPS, IN, OUT, READERS, Scene, codes, complete, counts, once_written

BLOCKED = ["10.9.8.0/24"]


def refused(call: Callable[[], object], code: str) -> ChoaiError:
    """The error of a call, with its texts looked at in both languages."""
    with pytest.raises(ChoaiError) as caught:
        call()
    assert caught.value.code == code, str(caught.value)
    for reader in READERS:
        complete(problem(code, caught.value.facts, reader))
    return caught.value


def state_of(connection: int) -> tuple[str, str]:
    row = Connection.objects.get(id=connection)
    return row.state, row.state_code


# ------------------------------------------------------------------ while connecting


@pytest.mark.req("FK-04", "CC-21")
def test_a_wrong_client_secret_is_told_at_the_consent_and_can_be_corrected(scene: Scene) -> None:
    row = scene.connect_books(client_secret="not-this-one")
    refused(lambda: scene.authorise(connection=row.id), "wrong_client_secret")
    assert state_of(row.id)[0] == "new"
    connections.change(
        scene.workspace_id, scene.user_id, row.id, version=row.version, name=None,
        settings={"client_secret": freee.DEMO_CLIENT_SECRET},
    )  # fmt: skip
    scene.authorise(connection=row.id)
    assert state_of(row.id) == ("ready", "")


@pytest.mark.req("FK-04")
def test_a_refused_consent_changes_nothing(scene: Scene) -> None:
    row = scene.connect_books()
    refused(lambda: scene.authorise("deny", connection=row.id), "consent_refused")
    assert state_of(row.id)[0] == "new"
    scene.authorise(connection=row.id)
    assert state_of(row.id) == ("ready", "")


@pytest.mark.req("FK-04", "FK-08")
def test_another_company_at_the_consent_is_refused_and_the_sync_goes_on_with_its_own(partners: Scene) -> None:
    partners.book("青空商事")
    error = refused(lambda: partners.authorise(company=freee.STARTER), "wrong_company")
    assert error.facts["name"] == "株式会社帳合商会"
    assert Connection.objects.get(id=partners.right).settings["company_id"] == str(freee.ENTERPRISE)
    run = partners.run(IN)
    assert (run.state, counts(run)) == ("succeeded", {"created": 1})


@pytest.mark.req("FK-09")
def test_a_wrong_api_token_is_told_by_the_test(scene: Scene) -> None:
    row = scene.connect_crm({APPS["partner"]: "x" * 40})
    refused(lambda: scene.identify(row.id), "api_token_invalid")
    assert state_of(row.id) == ("reauthorise", "api_token_invalid")


# ------------------------------------------------------------------ while running


@pytest.mark.req("FK-08", "FK-31", "FK-57")
def test_a_client_secret_changed_at_freee_stops_the_runs_until_it_is_entered(partners: Scene) -> None:
    s = partners
    s.book("青空商事")
    s.books.world.state["clients"][freee.DEMO_CLIENT_ID]["secret"] = "changed"
    s.books.world.state["access"].clear()
    run = s.run(IN)
    assert (run.state, run.error_code, counts(run)) == ("error", "wrong_client_secret", {})
    s.told(run)
    assert not s.records()
    row = Connection.objects.get(id=s.right)
    connections.change(
        s.workspace_id, s.user_id, s.right, version=row.version, name=None, settings={"client_secret": "changed"}
    )
    s.authorise()
    run = s.run(IN)
    assert (run.state, counts(run)) == ("succeeded", {"created": 1})
    s.told(run)


@pytest.mark.req("FK-08", "FK-57")
def test_a_consent_revoked_at_freee_is_an_error_until_somebody_authorises_again(partners: Scene) -> None:
    s = partners
    s.card("青空商事")
    s.books.world.state["access"].clear()
    s.books.world.switch("revoke_family")
    run = s.run(OUT)
    assert (run.state, run.error_code, counts(run)) == ("error", "reauthorise", {})
    s.told(run)
    assert state_of(s.right)[0] == "reauthorise"
    mapping = s.sync().mapping
    again = s.run(OUT)  # nobody has done anything: the same end, told by ourselves
    assert (again.state, again.error_code) == ("error", "reauthorise")
    s.told(again)
    s.authorise()
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {"created": 1})
    assert s.sync().mapping == mapping
    s.told(run)


@pytest.mark.req("FK-56", "FK-57")
def test_a_consent_revoked_in_the_middle_keeps_what_was_written(partners: Scene) -> None:
    s = partners
    s.card_companies(60)

    def revoke() -> None:
        s.books.world.state["access"].clear()
        s.books.world.switch("revoke_family")

    run = s.run(OUT, between=once_written(revoke))
    assert (run.state, run.error_code) == ("error", "reauthorise")
    assert counts(run) == {"created": 36, "not_reached": 24}
    assert len(s.rows()) == 36
    s.told(run)
    s.authorise()
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {"created": 24})
    assert len(s.rows()) == 60
    s.told(run)


@pytest.mark.req("FK-57")
@pytest.mark.parametrize("way", [IN, OUT])
def test_a_revoked_api_token_is_an_error_until_a_new_one_is_entered(partners: Scene, way: str) -> None:
    s = partners
    s.book("青空商事")
    s.card("海山工業")
    held = s.crm.world.state["tokens"][kintone.token(APPS["partner"])]
    held["revoked"] = True
    run = s.run(way)
    assert (run.state, run.error_code, counts(run)) == ("error", "api_token_invalid", {})
    s.told(run)
    assert (len(s.rows()), len(s.records())) == (1, 1)
    held["revoked"] = False  # the same token, made valid again
    s.identify(s.left)
    run = s.run(way)
    assert (run.state, counts(run)) == ("succeeded", {"created": 1})
    s.told(run)


@pytest.mark.req("FK-58")
def test_a_token_that_may_only_view_names_what_is_missing(partners: Scene) -> None:
    s = partners
    s.book("青空商事")
    held = s.crm.world.state["tokens"][kintone.token(APPS["partner"])]
    held["permissions"] = ["view"]
    run = s.run(IN)
    assert (run.state, run.error_code) == ("error", "token_permission_missing")
    assert counts(run) == {"not_reached": 1}
    s.told(run)
    held["permissions"] = ["view", "add", "edit"]
    s.identify(s.left)
    assert counts(s.run(IN)) == {"created": 1}


# ------------------------------------------------------------------ plans


@pytest.mark.req("FK-02", "FK-19")
def test_a_plan_without_segments_ends_that_kind_and_no_other(scene: Scene) -> None:
    s = scene
    s.link("segment_1")
    s.link("partner")
    s.book("東日本", "segment_1")
    s.book("青空商事", "partner")
    s.books_settings(plan="starter")
    run = s.run(IN, "segment_1")
    assert (run.state, run.error_code, counts(run)) == ("error", "freee_plan_limit", {})
    s.told(run)
    assert counts(s.run(IN, "partner")) == {"created": 1}
    account = s.identify(s.right)  # the next look knows before it asks
    assert account.capabilities["segment_1"] is False
    run = s.run(IN, "segment_1")
    assert (run.state, run.error_code, counts(run)) == ("error", "freee_plan_limit", {})
    s.told(run)
    s.books_settings(plan="enterprise")
    s.identify(s.right)
    assert counts(s.run(IN, "segment_1")) == {"created": 1}


@pytest.mark.req("FK-19")
def test_a_plan_with_one_segment_keeps_it(scene: Scene) -> None:
    s = scene
    s.books_settings(plan="advance")
    account = s.identify(s.right)
    assert [account.capabilities[f"segment_{n}"] for n in (1, 2, 3)] == [True, False, False]
    s.link("segment_1")
    s.book("東日本", "segment_1")
    assert counts(s.run(IN)) == {"created": 1}


@pytest.mark.req("FK-01", "FK-02")
def test_a_schedule_on_a_plan_without_it_is_not_executed(partners: Scene) -> None:
    s = partners
    s.book("青空商事")
    s.adjust(s.right, plan="starter")
    s.identify(s.right)
    run = s.run(IN, trigger="schedule")
    assert (run.state, run.error_code, counts(run)) == ("error", "plan_not_eligible", {})
    s.told(run)
    assert counts(s.run(IN)) == {"created": 1}, "by hand it goes on (FK-17)"


# ------------------------------------------------------------------ addresses


@pytest.mark.req("FK-09", "FK-57")
@pytest.mark.parametrize("way", [IN, OUT])
@pytest.mark.parametrize("service", ["freee", "kintone"])
def test_an_address_block_at_the_start(partners: Scene, service: str, way: str) -> None:
    s = partners
    s.book("青空商事")
    s.card("海山工業")
    block(s, service, True)
    run = s.run(way)
    assert (run.state, run.error_code, counts(run)) == ("error", "ip_blocked", {})
    s.told(run)
    row = s.right if service == "freee" else s.left
    refused(lambda: s.identify(row), "ip_blocked")
    assert state_of(row) == ("blocked", "ip_blocked")
    block(s, service, False)
    run = s.run(way)
    assert (run.state, counts(run)) == ("succeeded", {"created": 1})
    s.told(run)


@pytest.mark.req("FK-57")
@pytest.mark.parametrize("service", ["freee", "kintone"])
def test_an_address_block_in_the_middle(partners: Scene, service: str) -> None:
    s = partners
    s.card_companies(60)
    run = s.run(OUT, between=once_written(lambda: block(s, service, True)))
    assert (run.state, run.error_code) == ("error", "ip_blocked")
    after = (
        {"not_reached": 24} if service == "freee" else {"failed": 24}
    )  # these are at freee, and kintone does not know
    assert counts(run) == {"created": 36, **after}
    assert len(s.rows()) == (36 if service == "freee" else 60)
    s.told(run)
    block(s, service, False)
    run = s.run(OUT)
    assert run.state == "succeeded", codes(run)
    assert len(s.rows()) == 60
    assert all(r["freee取引先ID"] for r in s.records())
    s.told(run)


def block(s: Scene, service: str, closed: bool) -> None:
    if service == "freee":
        s.books_settings(allow_ips=BLOCKED if closed else None)
    else:
        s.crm.world.state["settings"]["allow_ips"] = ["10.9.8.7"] if closed else None


@pytest.mark.req("FK-07")
def test_a_run_as_user_who_left_is_named(partners: Scene) -> None:
    s = partners
    s.book("青空商事")
    Member.objects.filter(user_id=s.user_id).update(role="viewer")
    run = s.run(IN)
    assert (run.state, run.error_code, counts(run)) == ("error", "run_as_without_authority", {})
    s.told(run)
    Member.objects.filter(user_id=s.user_id).update(role="administrator")
    assert counts(s.run(IN)) == {"created": 1}
