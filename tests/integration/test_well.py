"""Nothing is wrong: what the tests of the faults compare with."""

from __future__ import annotations

import pytest

from integration.scene import IN, OUT, Scene, codes, counts


@pytest.mark.req("FK-13", "FK-23", "FK-46")
def test_both_ways_and_silence(partners: Scene) -> None:
    s = partners
    theirs = s.book_companies(30)
    ours = s.card_companies(10, first=40)
    run = s.run(IN)
    assert (run.state, counts(run)) == ("succeeded", {"created": 30}), codes(run)
    s.told(run)
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {"created": 10}), codes(run)
    s.told(run)
    assert {r["name"] for r in s.rows()} == {*theirs, *ours}
    assert {r["取引先名"] for r in s.records()} == {*theirs, *ours}
    assert all(r["freee取引先ID"] for r in s.records())
    for way in (IN, OUT, IN):
        run = s.run(way)
        assert (run.state, counts(run)) == ("succeeded", {}), codes(run)
