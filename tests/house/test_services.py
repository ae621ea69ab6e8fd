"""Each connector declares what the screens, the engine and the documents are made from."""

from __future__ import annotations

import re

import pytest

from choai.connectors import registry
from choai.connectors.contract import Idempotency, Spec
from house.tree import ROOT

SPECS = registry.services()


@pytest.mark.req("CC-03")
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.service)
def test_a_service_declares_itself_in_full(spec: Spec) -> None:
    assert spec.base_url.startswith(("https://", "{"))  # or an address that the sign-in tells
    assert spec.auth
    assert spec.limits
    assert (spec.oauth is not None) == ("oauth" in spec.auth)
    assert spec.oauth is None or spec.oauth.authorize_url.startswith(
        ("https://", "{")
    )  # or under an address that is a setting
    for setting in spec.settings:
        assert setting.ja
        assert setting.en
        assert not (setting.secret and setting.default)
    for kind in spec.objects:
        assert kind.ja
        assert kind.en
        assert kind.page_size > 0
        assert kind.batch_size > 0


@pytest.mark.req("CC-06")
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.service)
def test_what_can_be_created_can_be_asked_about(spec: Spec) -> None:
    """Without a way to ask, a lost reply would leave every create to a person."""
    assert not [kind.name for kind in spec.objects if kind.can_create and kind.idempotency is Idempotency.NONE]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.service)
def test_a_connector_says_how_to_get_credentials(spec: Spec) -> None:
    readme = ROOT / "src" / "choai" / "connectors" / spec.service / "README.md"
    assert readme.read_text("utf-8").strip()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_way_in_is_named_on_the_form(language: str) -> None:
    """The ways are few and known to the screens; choices of settings bring their labels with them."""
    words = (ROOT / f"ui/src/i18n/{language}.ts").read_text("utf-8")
    named = re.search(r"^  auth: \{(.*)\},$", words, re.MULTILINE)
    assert named
    assert {way for spec in SPECS for way in spec.auth} <= set(re.findall(r"(\w+): '", named[1]))


def test_every_choice_has_labels_in_both_languages() -> None:
    """A value that is its own label is an address or a word of the service's own screens."""
    bare = {
        f"{spec.service} {setting.name} {choice.value}"
        for spec in SPECS
        for setting in spec.settings
        for choice in setting.choices
        if choice.ja == choice.value
    }
    own = ("https://", "御中", "様", "(空白)")
    assert not {one for one in bare if not one.split(" ", 2)[2].startswith(own)}
