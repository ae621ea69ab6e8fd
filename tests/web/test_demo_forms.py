"""The demo's forms: as they are filled in they connect every service there is, over real HTTP, by its first way in."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from choai.connectors import registry
from choai.runtime import demo
from choai.sandbox import SERVICES
from web.site import Cast
from web.test_setup import consent, follow


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What a demo prefills, with its imitations at work."""
    with demo.imitations(tmp_path_factory.mktemp("demo"), 0) as services:
        yield demo.prefill(services)


def test_every_service_has_a_form(forms: dict[str, Any]) -> None:
    known = {spec.service for spec in registry.services()}
    assert known == {*SERVICES, "freee_invoice"} == known & forms.keys()
    assert forms["sandbox"].keys() == known


@pytest.mark.req("CC-04", "CC-29")
@pytest.mark.parametrize("service", [*SERVICES, "freee_invoice"])
def test_the_filled_in_form_connects(cast: Cast, forms: dict[str, Any], service: str) -> None:
    form, person = forms[service], cast.owner
    spec = registry.spec(service)
    asked = {s.name for s in spec.settings if not s.auth or form["auth"] in s.auth.split()}
    settings = {name: value for name, value in form["settings"].items() if name in asked}  # as the form sends it
    made = person.post("/api/connections", {"service": service, **form, "settings": settings})
    assert made.status == 200, made.body
    path = f"/api/connections/{made.data['id']}"
    if form["auth"] == "oauth":
        url = person.post(f"{path}/authorise", {"back": "/connections"}).data["url"]
        choice = forms["consent"] if service.startswith("freee") else {}
        back = follow(person, consent(url, decision="allow", **{k: str(v) for k, v in choice.items()}))
        assert back.headers["location"] == f"/connections?connection={made.data['id']}"
    tested = person.post(f"{path}/test")
    assert (tested.status, tested.data["state"]) == (200, "ready"), tested.body


def test_the_imitations_can_be_had_alone(tmp_path: Path) -> None:
    """Named ones only; a name that is none is told with those that are."""
    command = [sys.executable, "-m", "choai.cli", "--lang", "en", "sandbox"]
    done = subprocess.run([*command, "xer"], capture_output=True, timeout=60, check=False)
    assert done.returncode == 2
    assert b"zoho_expense" in done.stderr
    child = subprocess.Popen(
        [*command, "xero", "freee_invoice", "--port", "0", "--data", str(tmp_path / "new")], stdout=subprocess.PIPE
    )
    try:
        assert child.stdout is not None
        line = child.stdout.readline().decode()
    finally:
        child.terminate()
        child.wait(timeout=30)
        child.stdout.close()
    assert json.loads(line).keys() == {"xero", "freee", "freee_invoice"}
    assert (tmp_path / "new").is_dir()
