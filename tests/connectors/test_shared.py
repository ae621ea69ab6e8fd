"""What connectors share beside the table of fields: batches, page tokens, bodies, addresses, webhook proofs."""

from __future__ import annotations

import base64
import hashlib
import hmac
from email.parser import BytesParser
from typing import Any

import pytest

from choai.connectors.addresses import base_address, filled
from choai.connectors.batches import each, mixed, sifted
from choai.connectors.bodies import encoded
from choai.connectors.contract import Done, Item, Part, Refused, Result, SettingSpec, Unknown, Untried
from choai.connectors.hooks import mark_of, same, signed
from choai.connectors.paging import following, header_int, mark, marks, more_of, next_path, number
from choai.errors import ChoaiError
from choai.model.record import Record
from connectors.fake import spec

ITEMS = [Item(str(n), {"n": n}) for n in range(4)]


def done(item: Item) -> Result:
    return Done(item.ref, Record(item.ref, {}), created=True)


def failing(**by_ref: str) -> Any:
    called: list[str] = []

    async def call(item: Item) -> Result:
        called.append(item.ref)
        code = by_ref.get(f"r{item.ref}")
        if code is not None:
            raise ChoaiError(code)
        return done(item)

    call.called = called  # type: ignore[attr-defined]  # for the tests
    return call


def kinds(results: list[Result]) -> list[str]:
    return [type(r).__name__ for r in results]


# ---------------------------------------------------------------- batches


async def test_a_refused_record_does_not_stop_the_next() -> None:
    assert kinds(await each(ITEMS, failing(r1="validation_rejected"))) == ["Done", "Refused", "Done", "Done"]


async def test_a_lost_reply_stops_and_says_so() -> None:
    call = failing(r1="unknown_result")
    results = await each(ITEMS, call)
    assert kinds(results) == ["Done", "Unknown", "Untried", "Untried"]
    assert call.called == ["0", "1"]
    assert [r.ref for r in results] == ["0", "1", "2", "3"]


async def test_what_stops_the_call_leaves_the_rest_untried() -> None:
    call = failing(r2="throttled")
    assert kinds(await each(ITEMS, call)) == ["Done", "Done", "Untried", "Untried"]
    assert call.called == ["0", "1", "2"]


@pytest.mark.parametrize("code", ["throttled", "maintenance", "reauthorise"])
async def test_what_stops_the_first_is_raised(code: str) -> None:
    with pytest.raises(ChoaiError, match=code):
        await each(ITEMS, failing(r0=code))


async def test_a_single_lost_reply_is_raised() -> None:
    with pytest.raises(ChoaiError, match="unknown_result"):
        await each(ITEMS[:1], failing(r0="unknown_result"))


def test_a_mixed_answer_is_judged_in_order() -> None:
    def judge(item: Item, answer: Any) -> Result:
        if answer == "no":
            raise ChoaiError("validation_rejected")
        return done(item)

    results = mixed(ITEMS, ["yes", "no", "yes", "yes"], judge)
    assert kinds(results) == ["Done", "Refused", "Done", "Done"]
    for short in (["yes"], None, {"data": []}):
        with pytest.raises(ChoaiError, match="unknown_result"):
            mixed(ITEMS, short, judge)


async def test_what_cannot_be_sent_is_sifted_out() -> None:
    def prepare(item: Item) -> int:
        if item.ref in ("0", "2"):
            raise ChoaiError("value_not_convertible", field="数量")
        return int(item.ref) * 10

    sent: list[Any] = []

    async def send(ready: list[Item], bodies: list[Any]) -> list[Result]:
        sent.append(bodies)
        return [Unknown(i.ref, ChoaiError("unknown_result")) if i.ref == "1" else Untried(i.ref) for i in ready]

    results = await sifted(ITEMS, prepare, send)
    assert kinds(results) == ["Refused", "Unknown", "Refused", "Untried"]
    assert sent == [[10, 30]]
    results = await sifted(ITEMS[:1], prepare, send)
    assert kinds(results) == ["Refused"]
    assert len(sent) == 1

    def drift(item: Item) -> int:
        raise ChoaiError("field_not_found", field="x", object="y")

    with pytest.raises(ChoaiError, match="field_not_found"):
        await sifted(ITEMS, drift, send)
    assert isinstance(results[0], Refused)


# ---------------------------------------------------------------- pages


def test_page_tokens() -> None:
    assert (number(None), number("3"), following(3, True), following(3, False)) == (1, 3, "4", None)
    assert [more_of(1, 100, 101, 100), more_of(2, 100, 101, 1), more_of(1, 100, 200, 0)] == [True, False, False]
    token = mark(job="j1", offset=0, nothing=None, last="名前")
    assert marks(token) == {"job": "j1", "offset": 0, "last": "名前"}
    assert marks(None) == {}
    assert (header_int({"a": " 7 "}, "a"), header_int({"a": "x"}, "a"), header_int({}, "a")) == (7, None, None)


def test_a_next_page_on_another_host_is_not_followed() -> None:
    base = "https://acme.my.salesforce.com/x"
    assert next_path("/services/data/v65.0/query/01g-2000", base) == "/services/data/v65.0/query/01g-2000"
    assert next_path("https://acme.my.salesforce.com/q?page=2", base) == "/q?page=2"
    assert next_path(None, base) is None
    for odd in ("https://evil.example/q", "//evil.example/q", "https://acme.my.salesforce.com.evil.example/"):
        with pytest.raises(ChoaiError, match="unexpected_answer"):
            next_path(odd, base)


# ---------------------------------------------------------------- bodies and addresses


def test_bodies() -> None:
    assert encoded(json={"a": 1}) == (b'{"a":1}', {"Content-Type": "application/json"})
    form, kind = encoded(form=[("a", "日本"), ("a", "x y&z")])
    assert (form, kind["Content-Type"]) == (b"a=%E6%97%A5%E6%9C%AC&a=x+y%26z", "application/x-www-form-urlencoded")
    assert encoded(body=b"raw") == (b"raw", {})
    assert encoded() == (None, {})
    with pytest.raises(ValueError, match="one body"):
        encoded(json={}, form={})


def test_a_multipart_body_is_read_as_it_was_meant() -> None:
    parts = [Part("JSONString", '{"名":1}'), Part("file", b"\x00\r\n--x", '見"積.zip', "application/zip")]
    body, headers = encoded(parts=parts)
    assert body is not None
    message = BytesParser().parsebytes(b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n\r\n" + body)
    first, second = message.get_payload()  # type: ignore[misc]  # a list for multipart
    assert first.get_payload(decode=True) == '{"名":1}'.encode()  # type: ignore[union-attr]  # a message
    assert b"\x00\r\n--x" in body
    assert second.get_content_type() == "application/zip"  # type: ignore[union-attr]  # a message
    assert "見%22積.zip".encode() in body


ZOHO = spec(
    "{api_domain}/crm/v8",
    settings=(
        SettingSpec("region", "地域", "Region", kind="choice", choices=("jp", "us"), default="jp"),
        SettingSpec("api_domain", "API", "API", learnt=True, required=False),
    ),
    places={
        "accounts_url": ("region", {"jp": "https://accounts.zoho.jp", "us": "https://accounts.zoho.com"}),
        "api_domain": ("region", {"jp": "https://www.zohoapis.jp", "us": "https://www.zohoapis.com"}),
    },
)


def test_addresses_of_data_centres() -> None:
    assert filled("{accounts_url}/oauth", ZOHO, {}) == "https://accounts.zoho.jp/oauth"
    assert filled("{accounts_url}/oauth", ZOHO, {"region": "us"}) == "https://accounts.zoho.com/oauth"
    assert filled("{accounts_url}/oauth", ZOHO, {"accounts_url": "http://127.0.0.1:1"}) == "http://127.0.0.1:1/oauth"
    assert base_address(ZOHO, {"api_domain": "https://www.zohoapis.eu"}) == "https://www.zohoapis.eu/crm/v8"
    assert base_address(ZOHO, {}) == "https://www.zohoapis.jp/crm/v8"
    with pytest.raises(ChoaiError, match="connection_not_ready"):
        filled("{accounts_url}", ZOHO, {"region": "cn"})


# ---------------------------------------------------------------- webhooks


def test_signatures() -> None:
    body, key = b'{"events":[]}', "secret"
    digest = hmac.new(key.encode(), body, hashlib.sha256).digest()
    assert signed(body, key, base64.b64encode(digest).decode())
    assert signed(body, key, digest.hex(), form="hex")
    assert not signed(body + b" ", key, base64.b64encode(digest).decode())
    assert not signed(body, "other", base64.b64encode(digest).decode())
    for told in (None, "", "日本"):
        assert not signed(body, key, told)
    assert not signed(body, "", base64.b64encode(digest).decode())
    assert same("a", "a")
    assert not same("", "")
    assert mark_of(body) == mark_of(bytes(body)) != mark_of(b"")
