"""The audit trail is a chain: whoever changes, removes or cuts an entry is found."""

from __future__ import annotations

from threading import Thread

import pytest

from choai.store import audit
from choai.store.models import AuditEntry, AuditHead, User, Workspace

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.req("CC-11")]


def trail(n: int = 5) -> Workspace:
    place = Workspace.objects.create(name="帳合商事")
    user = User.objects.create_user(f"owner{place.id}@example.jp")
    for i in range(n):
        audit.note(place.id, user.id, "sync.change", f"取引先{i}", {"share": 0.25, "n": i}, {"share": 0.5, "n": i + 1})
    return place


def test_an_untouched_trail_is_intact_and_numbered_without_gaps() -> None:
    place, other = trail(), trail(2)
    found = audit.verify(place.id)
    assert (found.intact, found.entries) == (True, 5)
    assert list(AuditEntry.objects.filter(workspace=place).order_by("id").values_list("number", flat=True)) == [
        1,
        2,
        3,
        4,
        5,
    ]
    assert audit.verify(other.id).entries == 2
    assert audit.verify(Workspace.objects.create(name="空").id).intact


@pytest.mark.parametrize(
    ("tamper", "broken", "reason"),
    [
        (lambda rows: rows.filter(number=3).update(subject="別の取引先"), 3, "changed"),
        (lambda rows: rows.filter(number=2).update(after={"n": 99}), 2, "changed"),
        (lambda rows: rows.filter(number=4).update(actor="somebody@example.jp"), 4, "changed"),
        (lambda rows: rows.filter(number=3).delete(), 3, "missing"),
        (lambda rows: rows.filter(number=5).delete(), 5, "cut"),
        (lambda rows: rows.filter(number=1).delete(), 1, "missing"),
        (lambda rows: rows.all().delete(), 1, "cut"),
    ],
)
def test_tampering_is_found_at_its_first_link(tamper: object, broken: int, reason: str) -> None:
    place = trail()
    tamper(AuditEntry.objects.filter(workspace=place))  # type: ignore[operator]  # one of the lambdas above
    found = audit.verify(place.id)
    assert (found.broken, found.reason) == (broken, reason)


def test_a_rewritten_entry_with_a_fitting_digest_breaks_the_next_link() -> None:
    place = trail()
    entry = AuditEntry.objects.get(workspace=place, number=3)
    entry.subject = "別"
    entry.digest = audit.digest(entry)
    entry.save()
    assert (audit.verify(place.id).broken, audit.verify(place.id).reason) == (4, "unlinked")


def test_a_person_who_is_gone_breaks_no_link_and_stays_named() -> None:
    place = trail()
    User.objects.all().delete()
    assert audit.verify(place.id).intact
    rows = audit.entries(place.id, page=1, page_size=10).rows
    assert {r["user"] for r in rows} == {f"owner{place.id}@example.jp"}


def test_entries_written_at_once_form_one_chain() -> None:
    from django.db import connection

    place = trail(0)

    def write() -> None:
        for n in range(10):
            audit.note(place.id, None, "run.end", str(n), after={"n": n})
        connection.close()

    threads = [Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = audit.verify(place.id)
    assert (found.intact, found.entries) == (True, 30)
    assert AuditHead.objects.get(workspace=place).number == 30
