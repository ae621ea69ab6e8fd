"""The imitation of Vtiger keeps the defects that make the service what it is. tests/fidelity replays the recordings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from choai.sandbox import vtiger
from choai.sandbox.core import World
from servers import Sandbox, serve

Json = dict[str, Any]
OWNER = {"assigned_user_id": "19x1"}


@dataclass
class Client:
    """A plain client of webservice.php. Answers are (status, result or error)."""

    http: aiohttp.ClientSession
    box: Sandbox
    session: str = ""

    async def send(self, method: str, **told: Any) -> tuple[int, Any]:
        more = {k: v if isinstance(v, str) else json.dumps(v) for k, v in told.items()}
        more = {"sessionName": self.session, **more} if self.session else more
        where: Json = {"params": more} if method == "GET" else {"data": more}
        async with self.http.request(method, f"{self.box.base_url}/webservice.php", **where) as answer:
            text = await answer.text()
        data = json.loads(text) if text else {}
        return answer.status, data.get("result", data.get("error"))

    async def get(self, operation: str, **told: Any) -> Any:
        return (await self.send("GET", operation=operation, **told))[1]

    async def post(self, operation: str, **told: Any) -> Any:
        return (await self.send("POST", operation=operation, **told))[1]

    async def query(self, text: str) -> Any:
        return await self.get("query", query=text)

    async def code(self, text: str) -> Any:
        return (await self.query(text))["code"]

    async def enter(self, name: str = vtiger.USER) -> Any:
        users = self.box.world.state["users"].values()
        key = next((u["accesskey"] for u in users if u["user_name"] == name), "")
        token = (await self.get("getchallenge", username=name))["token"]
        digest = hashlib.md5(f"{token}{key}".encode(), usedforsecurity=False).hexdigest()
        told = await self.post("login", username=name, accessKey=digest)
        self.session = told.get("sessionName", "")
        return told


@asynccontextmanager
async def client(box: Sandbox) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http:
        yield Client(http, box)


@pytest.fixture
async def vt() -> AsyncIterator[Client]:
    world = vtiger.new_world(None, 1)
    with serve(vtiger.build(world)) as base_url:
        async with client(Sandbox(base_url, world)) as made:
            await made.enter()
            yield made


@pytest.fixture
async def bare() -> AsyncIterator[Client]:
    """A new installation in dollars."""
    world = vtiger.fresh(World("vtiger", {}))
    with serve(vtiger.build(world)) as base_url:
        async with client(Sandbox(base_url, world)) as made:
            await made.enter("admin")
            yield made


# ---------------------------------------------------------------- the door


async def test_one_challenge_lives_per_user(vt: Client) -> None:
    token = (await vt.get("getchallenge", username=vtiger.USER))["token"]
    digest = hashlib.md5(f"{token}{vtiger.ACCESS_KEY}".encode(), usedforsecurity=False).hexdigest()
    told = [await vt.post("login", username=name, accessKey=digest) for name in (vtiger.USER, vtiger.USER.upper())]
    assert len({one["sessionName"] for one in told}) == 2  # a token may be used until another replaces it
    await vt.get("getchallenge", username=vtiger.USER)
    assert (await vt.post("login", username=vtiger.USER, accessKey=digest))["code"] == "INVALID_USER_CREDENTIALS"


async def test_a_challenge_and_a_session_grow_old(vt: Client) -> None:
    await vt.get("getchallenge", username=vtiger.USER)
    vt.box.world.state["settings"]["session_seconds"] = 1000
    for _ in range(3):
        vt.box.world.shift += timedelta(seconds=900)
        assert isinstance(await vt.query("SELECT id FROM Currency;"), list)  # it is used, so it lives
    told = await vt.post("login", username=vtiger.USER, accessKey="x")
    assert told["code"] == "INVALID_AUTH_TOKEN"
    vt.box.world.shift += timedelta(seconds=1001)
    assert await vt.code("SELECT id FROM Currency;") == "INVALID_SESSIONID"
    vt.session = ""
    assert await vt.code("SELECT id FROM Currency;") == "AUTHENTICATION_REQUIRED"


async def test_the_wrong_method_looks_like_missing_parameters(vt: Client) -> None:
    assert (await vt.post("getchallenge", username="x"))["message"] == "No username given"
    assert (await vt.post("query", query="SELECT id FROM Accounts;"))["message"].endswith("denied for query")
    assert (await vt.get("login", username="x", accessKey="y"))["code"] == "INVALID_AUTH_TOKEN"
    assert (await vt.send("GET", operation="create", elementType="Accounts", element={}))[0] == 500


@pytest.mark.parametrize("operation", ["bogus", "sync", "files_retrieve", "retrieve_inventory"])
async def test_php_ends_with_an_empty_500(vt: Client, operation: str) -> None:
    assert await vt.send("GET", operation=operation, elementType="Accounts", modifiedTime="0") == (500, None)


async def test_a_body_of_json_is_not_read(vt: Client) -> None:
    async with vt.http.post(f"{vt.box.base_url}/webservice.php", json={"operation": "query"}) as answer:
        assert (answer.status, await answer.text()) == (500, "")


async def test_logout_is_broken_and_the_session_stays(vt: Client) -> None:
    assert (await vt.send("POST", operation="logout"))[0] == 500
    assert await vt.query("SELECT id FROM Currency;")
    vt.box.world.state["settings"]["sync"] = True
    assert (await vt.send("POST", operation="logout"))[0] == 200
    assert await vt.code("SELECT id FROM Currency;") == "INVALID_SESSIONID"


async def test_texts_travel_escaped_and_labels_in_html(bare: Client) -> None:
    told = {"operation": "create", "elementType": "Accounts", "sessionName": bare.session}
    form = {**told, "element": json.dumps({"accountname": "Süd & Nord", **OWNER})}
    async with bare.http.post(f"{bare.box.base_url}/webservice.php", data=form) as answer:
        text = await answer.text()
    assert "S\\u00fcd & Nord" in text
    assert "S&uuml;d &amp; Nord" in text


# ---------------------------------------------------------------- queries


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT id FROM Accounts", "QUERY_SYNTAX_ERROR"),
        ("SELECT id FROM accounts;", "ACCESS_DENIED"),
        ("SELECT nope FROM Accounts;", "ACCESS_DENIED"),
        ("SELECT label FROM Accounts;", "ACCESS_DENIED"),
        ("SELECT tax1 FROM Products;", "ACCESS_DENIED"),
        ("SELECT id FROM Accounts WHERE phone = '';", "INTERNAL_SERVER_ERROR"),
        ('SELECT id FROM Accounts WHERE phone = "1";', "INTERNAL_SERVER_ERROR"),
        ("SELECT id FROM Accounts WHERE phone <> '1';", "QUERY_SYNTAX_ERROR"),
        ("SELECT id FROM Accounts WHERE phone IS NULL;", "QUERY_SYNTAX_ERROR"),
        ("SELECT id FROM Accounts WHERE (phone = '1');", "QUERY_SYNTAX_ERROR"),
        ("SELECT id FROM Accounts WHERE accountname = 'L\\'A';", "QUERY_SYNTAX_ERROR"),
        ("SELECT id FROM Accounts ORDER BY phone DESC, id ASC;", "QUERY_SYNTAX_ERROR"),
        ("SELECT id FROM Accounts LIMIT 2 OFFSET 1;", "QUERY_SYNTAX_ERROR"),
        ("SELECT id FROM Contacts WHERE account_id = '2';", "INVALID_ID_ATTRIBUTE"),
        ("DELETE FROM Accounts;", "QUERY_SYNTAX_ERROR"),
    ],
)
async def test_what_a_query_cannot_be(vt: Client, text: str, code: str) -> None:
    assert await vt.code(text) == code


async def test_an_unknown_order_is_an_empty_success(vt: Client) -> None:
    assert await vt.query("SELECT id FROM Accounts ORDER BY nope;") == []


async def test_a_page_has_a_hundred_rows_at_most(bare: Client) -> None:
    for n in range(103):
        await bare.post("create", elementType="Vendors", element={"vendorname": f"V{n}", **OWNER})
    rows = await bare.query("SELECT vendorname FROM Vendors ORDER BY id LIMIT 500;")
    assert len(rows) == 100
    rest = await bare.query(f"SELECT id FROM Vendors WHERE id > '{rows[-1]['id']}' ORDER BY id LIMIT 100;")
    assert len(rest) == 3
    assert await bare.query("SELECT id FROM Vendors ORDER BY id LIMIT 300,100;") == []


async def test_lines_make_pages_of_documents_short(vt: Client) -> None:
    wide = await vt.query("SELECT * FROM Invoice ORDER BY id LIMIT 0,3;")
    following = await vt.query("SELECT * FROM Invoice ORDER BY id LIMIT 3,3;")
    assert len(wide) == 2
    assert wide[-1]["id"] == following[0]["id"]
    assert len(await vt.query("SELECT subject, hdnGrandTotal FROM Invoice ORDER BY id LIMIT 0,3;")) == 3


async def test_8_3_counts_nothing_and_tells_null(vt: Client) -> None:
    assert await vt.query("SELECT count(*) FROM Tax;") == [{"count": "2"}]
    assert (await vt.query("SELECT birthday FROM Contacts LIMIT 1;"))[0]["birthday"] == ""
    vt.box.world.state["settings"]["version"] = "8.3.0"
    assert await vt.query("SELECT count(*) FROM Tax;") == []
    assert (await vt.query("SELECT birthday FROM Contacts LIMIT 1;"))[0]["birthday"] is None


async def test_markup_is_escaped_in_queries_only(bare: Client) -> None:
    made = await bare.post("create", elementType="Vendors", element={"vendorname": "<b>x</b> &amp;", **OWNER})
    assert made["vendorname"] == "<b>x</b> &"
    assert (await bare.query("SELECT vendorname FROM Vendors;"))[0]["vendorname"] == "&lt;b&gt;x&lt;/b&gt; &amp;"


# ---------------------------------------------------------------- writing


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"annual_revenue": "1234.5678"}, {"annual_revenue": "1234.57000000"}),
        ({"annual_revenue": "1,000.45"}, {"annual_revenue": "1.00000000"}),
        ({"employees": "abc"}, {"employees": "0"}),
        ({"emailoptout": "true"}, {"emailoptout": "0"}),
        ({"emailoptout": True}, {"emailoptout": "1"}),
        ({"industry": "Not In List"}, {"industry": "Not In List"}),
        ({"phone": "😀"}, {"phone": "????"}),
        ({"account_id": "11x99999"}, {"account_id": ""}),
        ({"assigned_user_id": "19x999"}, {"assigned_user_id": "999"}),
        ({"createdtime": "2001-01-01 00:00:00", "nosuchfield": "1"}, {}),
    ],
)
async def test_nearly_everything_is_accepted(bare: Client, sent: Json, kept: Json) -> None:
    made = await bare.post("create", elementType="Accounts", element={"accountname": "A", **OWNER, **sent})
    assert kept.items() <= made.items()
    assert "nosuchfield" not in made
    assert not made["createdtime"].startswith("2001")


async def test_money_without_the_preference_is_whole(bare: Client) -> None:
    bare.box.world.state["users"]["1"]["decimals"] = None
    made = await bare.post(
        "create", elementType="Accounts", element={"accountname": "A", "annual_revenue": "2.5", **OWNER}
    )
    assert made["annual_revenue"] == "3.00000000"


async def test_update_spoils_descriptions(bare: Client) -> None:
    made = await bare.post(
        "create", elementType="Accounts", element={"accountname": "A", "description": "it's", **OWNER}
    )
    again = {"id": made["id"], "accountname": "A", **OWNER}
    assert (await bare.post("update", element=again))["description"] == "it's"
    await bare.post("update", element=again)
    assert (await bare.get("retrieve", id=made["id"]))["description"] == "it&amp;#039;s"


async def test_ids_that_are_wrong(vt: Client) -> None:
    number = next(iter(vt.box.world.state["records"]["Accounts"]))
    for id, message in (
        ("11x99999", "denied"),
        ("garbage", "denied for id"),
        ("999x1", "denied for id"),
        ("5", "denied"),
    ):
        told = await vt.get("retrieve", id=id)
        assert (told["code"], told["message"].endswith(message)) == ("ACCESS_DENIED", True)
    assert (await vt.get("retrieve", id=f"12x{number}"))["code"] == "INVALID_ID_ATTRIBUTE"


async def test_a_deleted_account_leaves_its_contacts(vt: Client) -> None:
    rows = vt.box.world.state["records"]["Contacts"]
    number, row = next(iter(rows.items()))
    before = row["modifiedtime"]
    assert await vt.post("delete", id=row["account_id"]) == {"status": "successful"}
    told = await vt.get("retrieve", id=f"12x{number}")
    assert (told["account_id"], told["modifiedtime"]) == ("", before)


async def test_a_revise_of_8_2_loses_prices(bare: Client) -> None:
    made = await bare.post(
        "create", elementType="Products", element={"productname": "P", "unit_price": "5", "tax1": "20", **OWNER}
    )
    told = await bare.post("revise", element={"id": made["id"], "productcode": "P-1"})
    assert (told["unit_price"], told["currency1"], "tax1" in told) == ("5.00000000", 0, False)
    told = await bare.post("revise", element={"id": made["id"], "currency_id": "21x1"})
    assert told["unit_price"] == "0.00000000"


async def test_stock_moves_unseen_and_numbers_repeat(vt: Client) -> None:
    number, row = next(iter(vt.box.world.state["records"]["Products"].items()))
    before = (row["qtyinstock"], row["modifiedtime"])
    head = {"subject": "S", "account_id": "11x2", "bill_street": "a", "ship_street": "a", "hdnTaxType": "group"}
    lines = [{"productid": f"14x{number}", "quantity": "10", "listprice": "1"}]
    element = {**head, "productid": f"14x{number}", "LineItems": lines, **OWNER}
    first = await vt.post("create", elementType="Invoice", element=element)
    assert float(row["qtyinstock"]) == float(before[0]) - 10
    assert row["modifiedtime"] == before[1]
    vt.box.world.switch("same_number")
    second = await vt.post("create", elementType="Invoice", element=element)
    assert (first["invoice_no"], first["id"] != second["id"]) == (second["invoice_no"], True)


async def test_changed_lines_clear_what_is_not_sent_with_them(vt: Client) -> None:
    number = next(iter(vt.box.world.state["records"]["Invoice"]))
    row = vt.box.world.state["records"]["Invoice"][number]
    await vt.post("revise", element={"id": f"7x{number}", "txtAdjustment": "3"})
    assert row["txtAdjustment"] == "3.00000000"
    told = await vt.post(
        "revise", element={"id": f"7x{number}", "LineItems": [{"productid": "", "quantity": "1", "listprice": "7"}]}
    )
    assert (told["hdnTaxType"], told["txtAdjustment"], told["hdnGrandTotal"]) == ("", "0.00000000", 7)
    assert told["LineItems"][0]["parent_id"] == "7xArray"


async def test_8_3_0_damages_documents(vt: Client) -> None:
    vt.box.world.state["settings"]["version"] = "8.3.0"
    number = next(iter(vt.box.world.state["records"]["Invoice"]))
    element = {"id": f"7x{number}", "LineItems": [{"quantity": "1", "listprice": "7"}]}
    assert await vt.send("POST", operation="revise", element=element) == (500, None)
    told = await vt.get("retrieve", id=f"7x{number}")
    assert (told["hdnGrandTotal"], told["LineItems"][0]["parent_id"]) == ("0.00000000", f"7x{number}")


# ---------------------------------------------------------------- the cloud


def basic(key: str = vtiger.ACCESS_KEY) -> dict[str, str]:
    return {"Authorization": aiohttp.encode_basic_auth(vtiger.USER, key)}


async def test_the_cloud_takes_name_and_key(vt: Client) -> None:
    url = f"{vt.box.base_url}{vtiger.REST}"
    auth = basic()
    async with vt.http.get(f"{url}/me", headers=auth) as answer:
        assert (await answer.json())["result"]["id"] == "19x1"
        assert answer.headers["X-FloodControl-MinuteLimit"] == "60"
        assert int(answer.headers["X-FloodControl-Reset"]) > vt.box.world.now().timestamp() - 1
    async with vt.http.get(f"{url}/me", headers=basic("x")) as answer:
        assert answer.status == 401
    async with vt.http.get(f"{url}/retrieve", params={"id": "11x999"}, headers=auth) as answer:
        assert answer.status == 400
    vt.box.world.state["settings"]["limit_minute"] = 2
    async with vt.http.get(f"{url}/me", headers=auth) as answer:
        assert (answer.status, answer.headers["X-FloodControl-Remaining"]) == (429, "0")


async def test_the_cloud_has_none_of_these_defects(vt: Client) -> None:
    """That is not known: the imitation takes the better side, and the connector relies on neither."""
    url, auth = f"{vt.box.base_url}{vtiger.REST}", basic()
    number = next(iter(vt.box.world.state["records"]["Products"]))
    form = {"element": json.dumps({"id": f"14x{number}", "serial_no": "1"})}
    async with vt.http.post(f"{url}/revise", data=form, headers=auth) as answer:
        assert (await answer.json())["result"]["tax1"] == "10.000"
    asked = {"modifiedTime": "0", "elementType": "Vendors", "syncType": "application"}
    async with vt.http.get(f"{url}/sync", params=asked, headers=auth) as answer:
        assert len((await answer.json())["result"]["updated"]) == 4
