"""Rules of writing in the kintone imitation: atomicity, exact error keys, unique, defaults, tables, lookups, calculation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import FormData

from choai.sandbox.kintone import DEAL, PARTNER, TAG
from sandbox.kintone_client import Answer, Client, cells, client
from servers import Sandbox


@pytest.fixture
async def box(kintone_sandbox: Sandbox) -> AsyncIterator[Client]:
    async with client(kintone_sandbox) as link:
        yield link.of(PARTNER, DEAL, TAG)


async def add(box: Client, app: str, **values: Any) -> Answer:
    return await box.send("POST", "record.json", app=app, record=cells(**values))


async def added(box: Client, app: str, **values: Any) -> dict[str, Any]:
    answer = await add(box, app, **values)
    assert answer.status == 200, answer.text
    return await held(box, app, answer.data["id"])


async def held(box: Client, app: str, id: str) -> dict[str, Any]:
    record = (await box.get("record.json", app=app, id=id)).data["record"]
    return {code: cell["value"] for code, cell in record.items()}


async def change(box: Client, app: str, id: object, **values: Any) -> Answer:
    return await box.send("PUT", "record.json", app=app, id=id, record=cells(**values))


# ---------------------------------------------------------------- errors and their keys


@pytest.mark.parametrize(
    ("app", "values", "key", "message"),
    [
        (PARTNER, {"取引先名": ""}, "record.取引先名.value", "必須です。"),
        (PARTNER, {}, "record.取引先名.value", "必須です。"),
        (PARTNER, {"取引先名": "x" * 256}, "record.取引先名.value", "256文字より短くなければなりません。"),
        (PARTNER, {"取引先名": "a", "敬称": "Z"}, "record.敬称.value", '"Z"は選択肢にありません。'),
        (PARTNER, {"取引先名": "a", "同期対象": ["Z"]}, "record.同期対象.values[0].value", '"Z"は選択肢にありません。'),
        (DEAL, {"案件名": "a", "見込日": "いつか"}, "record.見込日.value", "日付を正しく入力してください。"),
        (
            DEAL,
            {"案件名": "a", "担当": [{"code": "?"}]},
            "record.担当.values[0].value",
            "ユーザー（code：?）が見つかりません。",
        ),
    ],
)
async def test_one_record(box: Client, app: str, values: dict[str, Any], key: str, message: str) -> None:
    answer = await add(box, app, **values)
    assert (answer.status, answer.code) == (400, "CB_VA01")
    assert answer.errors == {key: [message]}


async def test_numbers(box: Client, kintone_sandbox: Sandbox) -> None:
    settings = kintone_sandbox.world.state["settings"]
    settings["form"] = [
        {"app": TAG, "code": "数", "type": "NUMBER", "required": True, "unique": True, "maxValue": "100"}
    ]
    wrong = await add(box, TAG, 名前="a", 数="1,000")
    assert wrong.errors == {"record[数].value": ["数字でなければなりません。"], "record.数.value": ["必須です。"]}
    assert (await add(box, TAG, 名前="a", 数="101")).errors == {"record.数.value": ["100以下である必要があります。"]}
    made = await added(box, TAG, 名前="a", 数=" 1.5e1 ")
    assert made["数"] == "15"
    in_table = await added(box, DEAL, 案件名="x", 明細=[{"value": cells(数量="abc", 単価="5")}])
    assert in_table["明細"][0]["value"]["数量"]["value"] == ""


async def test_a_batch_is_all_or_nothing(box: Client, kintone_sandbox: Sandbox) -> None:
    records = [cells(取引先名="一"), cells(取引先名="二", 敬称="?"), cells(取引先名="一")]
    answer = await box.send("POST", "records.json", app=PARTNER, records=records)
    assert set(answer.errors) == {"records[1].敬称.value", "records[2].取引先名.value"}
    assert len(kintone_sandbox.world.state["apps"][PARTNER]["records"]) == 480
    assert (await box.send("POST", "records.json", app=PARTNER, records=[])).data == {"ids": [], "revisions": []}
    many = await box.send("POST", "records.json", app=PARTNER, records=[{}] * 101)
    assert many.errors == {"records": ["一度に100件までのレコードを追加できます。"]}


async def test_messages_follow_the_language(box: Client) -> None:
    english = await box.raw(
        "POST",
        "/k/v1/record.json",
        json={"app": PARTNER, "record": {}},
        headers={"Accept-Language": "fr, en-US;q=0.8, ja;q=0.3"},
    )
    assert english.data["message"] == "Missing or invalid input."
    assert english.errors == {"record.取引先名.value": ["Required."]}


async def test_parameters(box: Client) -> None:
    assert (await box.send("POST", "record.json", record={})).errors == {"app": ["必須です。"]}
    assert (await box.get("records.json", app=0)).errors == {"app": ["最小でも1以上です。"]}
    assert (await box.get("record.json", app=PARTNER, id="x")).errors == {"id": ["整数値を指定してください。"]}
    assert (
        await box.raw("GET", f"/k/v1/records.json?app={PARTNER}", headers={"Content-Type": "application/json"})
    ).code == "CB_IL02"
    assert (await box.raw("POST", "/k/v1/record.json", data=b"{")).code == "CB_IL02"
    body = {"app": PARTNER, "query": "order by $id asc limit 1", "fields": ["$id"]}
    as_get = await box.raw("POST", "/k/v1/records.json", json=body, headers={"X-HTTP-Method-Override": "GET"})
    assert as_get.data["records"] == [{"$id": {"type": "__ID__", "value": "1"}}]
    assert (await box.raw("GET", "/k/v1/records.json", json=body)).data["records"] == as_get.data["records"]


# ---------------------------------------------------------------- unique, required, defaults


async def test_unique_values(box: Client) -> None:
    await added(box, PARTNER, 取引先名="甲", freee取引先ID="7")
    taken = await add(box, PARTNER, 取引先名="乙", freee取引先ID="7")
    assert taken.errors == {"record.freee取引先ID.value": ["値がほかのレコードと重複しています。"]}
    await added(box, PARTNER, 取引先名="乙", freee取引先ID="")  # empty is not a duplicate
    second = await added(box, PARTNER, 取引先名="丙", freee取引先ID="")
    assert (await change(box, PARTNER, second["$id"], 取引先名="丙")).status == 200  # its own value
    assert (await change(box, PARTNER, second["$id"], freee取引先ID="8")).status == 200
    assert (await change(box, PARTNER, second["$id"], freee取引先ID="9")).status == 200
    await added(box, PARTNER, 取引先名="丁", freee取引先ID="8")  # free again


async def test_two_records_can_swap_a_unique_value_one_after_the_other(box: Client) -> None:
    first = await added(box, PARTNER, 取引先名="甲", freee取引先ID="1")
    rows = [
        {"id": first["$id"], "record": cells(freee取引先ID="2")},
        {"id": 1, "record": cells(freee取引先ID="1")},
    ]
    assert (await box.send("PUT", "records.json", app=PARTNER, records=rows)).status == 200
    assert (await held(box, PARTNER, "1"))["freee取引先ID"] == "1"


async def test_required_is_checked_on_the_whole_record(box: Client, kintone_sandbox: Sandbox) -> None:
    kintone_sandbox.world.state["settings"]["form"] = [{"app": PARTNER, "code": "freee取引先ID", "required": True}]
    assert set((await change(box, PARTNER, 1, 備考="x")).errors) == {"record.freee取引先ID.value"}
    assert (await change(box, PARTNER, 1, freee取引先ID="1")).status == 200


async def test_defaults_only_when_absent_and_only_on_adding(box: Client) -> None:
    made = await added(box, PARTNER, 取引先名="甲", 同期対象=[])
    assert (made["敬称"], made["同期対象"], made["事業所種別"]) == ("御中", [], "法人")
    assert (await added(box, PARTNER, 取引先名="乙", 敬称="", 事業所種別=""))["敬称"] is None
    await change(box, PARTNER, made["$id"], 敬称="")
    assert (await held(box, PARTNER, made["$id"]))["敬称"] is None


async def test_unknown_codes_vanish_and_record_numbers_are_refused(box: Client) -> None:
    assert "無い" not in await added(box, PARTNER, 取引先名="甲", 無い="x")
    assert (await add(box, PARTNER, 取引先名="乙", レコード番号="5")).code == "GAIA_UN10"


async def test_system_times_need_an_administrator_and_a_new_record(box: Client) -> None:
    early = {"作成日時": "2020-01-01T00:00:30Z", "作成者": {"code": "suzuki"}}
    assert (await add(box, PARTNER, 取引先名="甲", **early)).code == "CB_NO02"
    made = await added(box.person("sato"), PARTNER, 取引先名="甲", **early)
    assert (made["作成日時"], made["作成者"]["code"]) == ("2020-01-01T00:00:00Z", "suzuki")


# ---------------------------------------------------------------- revisions and keys


async def test_revisions(box: Client, kintone_sandbox: Sandbox) -> None:
    kintone_sandbox.world.frozen = datetime(2026, 5, 1, 10, 20, 45, tzinfo=UTC)
    send = {"app": PARTNER, "id": 3, "record": cells(カナ="ア")}
    assert (await box.send("PUT", "record.json", **send, revision=1)).data == {"revision": "2"}
    assert (await box.send("PUT", "record.json", **send, revision="1")).code == "GAIA_CO02"
    assert (await box.send("PUT", "record.json", **send, revision=-1)).data == {"revision": "3"}
    now = await held(box, PARTNER, "3")
    assert (now["更新日時"], now["更新者"]["code"], now["$revision"]) == ("2026-05-01T10:20:00Z", "Administrator", "3")


async def test_update_keys(box: Client) -> None:
    made = await added(box, PARTNER, 取引先名="甲", freee取引先ID="5")

    async def put(**row: Any) -> Answer:
        return await box.send("PUT", "record.json", app=PARTNER, **row)

    key = {"field": "freee取引先ID", "value": "5"}
    assert (await put(updateKey=key, record=cells(カナ="ア"))).data == {"revision": "2"}
    assert (await put(updateKey={**key, "value": "404"}, record={})).code == "GAIA_RE20"
    assert set((await put(updateKey={"field": "カナ", "value": "x"}, record={})).errors) == {"updateKey.field"}
    assert set((await put(updateKey=key, record=cells(freee取引先ID="6"))).errors) == {"record.freee取引先ID"}
    assert set((await put(updateKey=key, id=made["$id"], record={})).errors) == {"updateKey"}
    assert (await put(updateKey={"field": "無い", "value": "x"}, record={})).code == "GAIA_FC01"


async def test_upsert(box: Client) -> None:
    rows = [
        {"updateKey": {"field": "freee取引先ID", "value": "1"}, "record": cells(取引先名="甲")},
        {"updateKey": {"field": "freee取引先ID", "value": ""}, "record": cells(取引先名="乙")},
        {"id": 99_999, "record": cells(取引先名="丙")},
        {"id": 2, "record": cells(カナ="ア")},
    ]
    answer = await box.send("PUT", "records.json", app=PARTNER, upsert=True, records=rows)
    assert [(r["id"], r["operation"]) for r in answer.data["records"]] == [
        ("481", "INSERT"),
        ("482", "INSERT"),
        ("483", "INSERT"),
        ("2", "UPDATE"),
    ]
    assert (await held(box, PARTNER, "481"))["freee取引先ID"] == "1"
    again = await box.send("PUT", "records.json", app=PARTNER, upsert=True, records=rows[:1])
    assert again.data["records"] == [{"id": "481", "revision": "2", "operation": "UPDATE"}]
    twice = await box.send("PUT", "records.json", app=PARTNER, records=[rows[3], rows[3]])
    assert set(twice.errors) == {"records[1].id"}


async def test_deletes(box: Client, kintone_sandbox: Sandbox) -> None:
    person = box.person()
    assert (await box.send("DELETE", "records.json", app=PARTNER, ids=[1])).code == "GAIA_NO01"
    assert (await person.send("DELETE", "records.json", app=PARTNER, ids=[1, 99_999])).code == "GAIA_RE01"
    assert (await person.send("DELETE", "records.json", app=PARTNER, ids=[1], revisions=[9])).code == "GAIA_CO02"
    assert (await person.send("DELETE", "records.json", app=PARTNER, ids=[])).errors["ids"]
    path = f"/k/v1/records.json?app={PARTNER}&ids[0]=1&ids[1]=2&revisions[0]=1&revisions[1]=-1"
    assert (await person.raw("DELETE", path)).data == {}
    assert (await person.get("record.json", app=PARTNER, id=1)).code == "GAIA_RE01"
    assert await person.ids(PARTNER, "$id < 4 order by $id asc") == [3]


# ---------------------------------------------------------------- tables, lookups, formulas, files


async def test_table_rows_live_by_their_ids(box: Client) -> None:
    rows = [{"value": cells(品名="a", 数量="2", 単価="10")}, {"value": cells(品名="b")}]
    made = await added(box, DEAL, 案件名="x", 明細=rows)
    first, second = (row["id"] for row in made["明細"])
    assert made["明細"][1]["value"]["税率"]["value"] == "10%"
    sent = [{"id": second, "value": {}}, {"id": "99999", "value": cells(品名="c")}]
    await change(box, DEAL, made["$id"], 明細=sent)
    now = (await held(box, DEAL, made["$id"]))["明細"]
    assert [row["value"]["品名"]["value"] for row in now] == ["b", "c"]
    assert now[0]["id"] == second
    assert now[1]["id"] not in (first, "99999")
    await change(box, DEAL, made["$id"], メモ="x")
    assert len((await held(box, DEAL, made["$id"]))["明細"]) == 2
    await change(box, DEAL, made["$id"], 明細=[])
    assert (await held(box, DEAL, made["$id"]))["明細"] == []
    bad = await add(box, DEAL, 案件名="x", 明細=[{"value": cells(税率="3%")}])
    assert set(bad.errors) == {"record.明細.value[0].value.税率.value"}


async def test_formulas(box: Client) -> None:
    rows = [{"value": cells(数量="1.5", 単価="333")}, {"value": cells(数量="2", 単価="100", 金額="9")}]
    made = await added(box, DEAL, 案件名="x", 明細=rows, 合計="1")
    assert [r["value"]["金額"]["value"] for r in made["明細"]] == ["499.5", "200"]
    assert (made["小計"], made["消費税"], made["合計"]) == ("699.5", "69", "768.5")
    assert (await added(box, DEAL, 案件名="y"))["合計"] == "0"


async def test_lookups_copy_once(box: Client) -> None:
    name = (await held(box, PARTNER, "5"))["取引先名"]
    await change(box, PARTNER, 5, 敬称="御中")
    made = await added(box, DEAL, 案件名="x", 取引先=name, 請求先敬称="?")
    assert made["請求先敬称"] == "御中"
    await change(box, PARTNER, 5, 敬称="様")
    assert (await held(box, DEAL, made["$id"]))["請求先敬称"] == "御中"
    await change(box, DEAL, made["$id"], 取引先=name)
    assert (await held(box, DEAL, made["$id"]))["請求先敬称"] == "様"
    await change(box, DEAL, made["$id"], 取引先="")
    assert (await held(box, DEAL, made["$id"]))["請求先敬称"] == ""
    assert (await add(box, DEAL, 案件名="x", 取引先="無い")).code == "GAIA_LO04"
    assert (await add(box.of(DEAL), DEAL, 案件名="x", 取引先=name)).code == "GAIA_LO04"  # may not view the source


async def test_a_lookup_needs_a_key_that_prohibits_duplicates(box: Client, kintone_sandbox: Sandbox) -> None:
    name = (await held(box, PARTNER, "5"))["取引先名"]
    kintone_sandbox.world.state["apps"][PARTNER]["fields"]["取引先名"]["unique"] = False
    assert (await add(box, DEAL, 案件名="x", 取引先=name)).code == "GAIA_LO03"
    assert (await add(box, DEAL, 案件名="x", 取引先="")).status == 200
    kintone_sandbox.world.state["apps"][DEAL]["fields"]["取引先"]["lookup"]["relatedKeyField"] = "レコード番号"
    assert (await add(box, DEAL, 案件名="x", 取引先="5")).status == 200


async def test_files_change_their_key_at_each_save(box: Client) -> None:
    form = FormData(quote_fields=False)
    form.add_field("file", "見積".encode(), filename="見積.txt", content_type="text/plain")
    key = (await box.raw("POST", "/k/v1/file.json", data=form)).data["fileKey"]
    assert (await box.get("file.json", fileKey=key)).code == "GAIA_BL01"
    made = await added(box, DEAL, 案件名="x", 見積書=[{"fileKey": key}])
    kept = made["見積書"][0]
    assert (kept["name"], kept["size"]) == ("見積.txt", "6")
    assert kept["fileKey"] != key
    assert (await box.get("file.json", fileKey=kept["fileKey"])).text == "見積"
    await change(box, DEAL, made["$id"], 見積書=[{"fileKey": kept["fileKey"]}])
    assert (await held(box, DEAL, made["$id"]))["見積書"][0]["fileKey"] != kept["fileKey"]
    assert (await add(box, DEAL, 案件名="x", 見積書=[{"fileKey": "?"}])).code == "GAIA_BL01"


async def test_dates_and_times(box: Client) -> None:
    made = await added(box, DEAL, 案件名="x", 見込日="2026-04", 次回訪問="2026-02-01T09:30:59+09:00")
    assert (made["見込日"], made["次回訪問"]) == ("2026-04-01", "2026-02-01T00:30:00Z")
    await change(box, DEAL, made["$id"], 見込日="", 次回訪問=None)
    now = await held(box, DEAL, made["$id"])
    assert (now["見込日"], now["次回訪問"]) == (None, "")


async def test_a_service_that_tidies_its_input(box: Client, kintone_sandbox: Sandbox) -> None:
    kintone_sandbox.world.switch("rewrite", match="POST")
    assert (await added(box, PARTNER, 取引先名=" ＡＢＣ㈱ "))["取引先名"] == "ABC(株)"


# ---------------------------------------------------------------- bulk, cursors, comments, process


async def test_bulk_requests_are_undone_together(box: Client, kintone_sandbox: Sandbox) -> None:
    def ask(method: str, resource: str, **payload: Any) -> dict[str, Any]:
        return {"method": method, "api": f"/k/v1/{resource}", "payload": payload}

    good = [
        ask("POST", "record.json", app=TAG, record=cells(名前="新しいタグ")),
        ask("PUT", "record.json", app=PARTNER, id=1, record=cells(freee取引先ID="1")),
    ]
    bad = ask("PUT", "records.json", app=PARTNER, records=[{"id": 99_999, "record": {}}])
    before = (await held(box, PARTNER, "1"))["$revision"]
    failed = await box.send("POST", "bulkRequest.json", requests=[*good, bad, good[0]])
    assert failed.status == 404
    assert [r.get("code") for r in failed.data["results"]] == [None, None, "GAIA_RE01", None]
    assert (await held(box, PARTNER, "1"))["$revision"] == before
    assert len(kintone_sandbox.world.state["apps"][TAG]["records"]) == 64
    assert await box.ids(PARTNER, 'freee取引先ID = "1"') == []
    done = await box.send("POST", "bulkRequest.json", requests=good)
    assert done.data["results"] == [{"id": "66", "revision": "1"}, {"revision": "2"}]
    assert (await box.send("POST", "bulkRequest.json", requests=[good[0]] * 21)).status == 400
    get = {"method": "GET", "api": "/k/v1/record.json", "payload": {}}
    assert (await box.send("POST", "bulkRequest.json", requests=[get])).data["results"][0]["code"] == "CB_IL02"


async def test_cursors(box: Client, kintone_sandbox: Sandbox) -> None:
    async def new(**more: Any) -> Answer:
        return await box.send("POST", "records/cursor.json", app=TAG, size=50, fields=["$id"], **more)

    first = await new(query="order by $id asc")
    assert first.data["totalCount"] == "64"
    page = await box.get("records/cursor.json", id=first.data["id"])
    rest = await box.get("records/cursor.json", id=first.data["id"])
    assert (len(page.data["records"]), page.data["next"]) == (50, True)
    assert (len(rest.data["records"]), rest.data["next"]) == (14, False)
    assert (await box.get("records/cursor.json", id=first.data["id"])).status == 404
    assert (await new(query="limit 5")).code == "CB_VA01"
    opened = [(await new()).data["id"] for _ in range(10)]
    assert (await new()).code == "GAIA_TM12"
    assert (await box.send("DELETE", "records/cursor.json", id=opened[0])).data == {}
    assert (await new()).status == 200
    kintone_sandbox.world.frozen = datetime(2100, 1, 1, tzinfo=UTC)
    assert (await box.get("records/cursor.json", id=opened[1])).status == 404
    assert (await new()).status == 200


async def test_comments_leave_the_record_alone(box: Client) -> None:
    before = (await held(box, TAG, "1"))["$revision"]
    for n in range(12):
        made = await box.send("POST", "record/comment.json", app=TAG, record=1, comment={"text": f"{n}"})
    assert made.data == {"id": "12"}
    page = (await box.get("record/comments.json", app=TAG, record=1)).data
    assert ([c["id"] for c in page["comments"]][:2], page["older"], page["newer"]) == (["12", "11"], True, False)
    assert (await box.send("DELETE", "record/comment.json", app=TAG, record=1, comment=12)).data == {}
    assert (await box.send("DELETE", "record/comment.json", app=TAG, record=1, comment=12)).code == "GAIA_RE02"
    assert (await held(box, TAG, "1"))["$revision"] == before


async def test_process(box: Client, kintone_sandbox: Sandbox) -> None:
    move = {"app": DEAL, "id": 1, "action": "申請する"}
    assert (await box.send("PUT", "record/status.json", **move)).code == "GAIA_ST02"
    assert "ステータス" not in await held(box, DEAL, "1")
    kintone_sandbox.world.state["apps"][DEAL]["status"]["enable"] = True
    made = await added(box, DEAL, 案件名="x")
    moved = await box.send("PUT", "record/status.json", **{**move, "id": made["$id"]}, assignee="suzuki")
    assert moved.data == {"revision": "3"}
    now = await held(box, DEAL, made["$id"])
    assert (now["ステータス"], now["作業者"][0]["code"]) == ("承認待ち", "suzuki")
    assert (await box.send("PUT", "record/status.json", **{**move, "id": made["$id"]})).code == "GAIA_IL03"
    assert await box.ids(DEAL, 'ステータス = "承認待ち" and 作業者 in ("suzuki")') == [int(made["$id"])]


# ---------------------------------------------------------------- forms


async def test_a_field_goes_live_with_the_deployment(box: Client) -> None:
    person = box.person()
    props = {"外部ID": {"type": "SINGLE_LINE_TEXT", "code": "外部ID", "label": "外部ID", "unique": True}}
    path = "preview/app/form/fields.json"
    assert (await box.send("POST", path, app=TAG, properties=props)).code == "GAIA_NO01"
    assert (await person.send("POST", path, app=TAG, properties=props)).data == {"revision": "5"}
    assert "外部ID" not in (await box.get("app/form/fields.json", app=TAG)).data["properties"]
    assert (await person.send("POST", "preview/app/deploy.json", apps=[{"app": TAG}])).data == {}
    progress = await person.get("preview/app/deploy.json", apps=[TAG])
    assert progress.data == {"apps": [{"app": TAG, "status": "SUCCESS"}]}
    assert "外部ID" in (await box.get("app/form/fields.json", app=TAG)).data["properties"]
    assert (await added(box, TAG, 名前="x", 外部ID="1"))["外部ID"] == "1"
    assert (await add(box, TAG, 名前="y", 外部ID="1")).code == "CB_VA01"


async def test_labels_by_language_and_hidden_fields(box: Client, kintone_sandbox: Sandbox) -> None:
    kintone_sandbox.world.state["settings"]["field_acl"] = {PARTNER: {"備考": {"token": "none"}, "カナ": {"*": "view"}}}
    found = (await box.get("app/form/fields.json", app=PARTNER, lang="en")).data["properties"]
    assert found["取引先名"]["label"] == "Partner name"
    assert "備考" not in found
    assert (await add(box, PARTNER, 取引先名="甲", カナ="x")).code == "CB_NO02"
    assert (await box.get("records.json", app=PARTNER, query="備考 is empty")).code == "GAIA_IQ11"


async def test_renamed_retyped_and_removed_fields(box: Client, kintone_sandbox: Sandbox) -> None:
    name = (await held(box, PARTNER, "1"))["カナ"]
    kintone_sandbox.world.state["settings"]["form"] = [
        {"app": PARTNER, "code": "カナ", "rename": "フリガナ"},
        {"app": PARTNER, "code": "備考", "remove": True},
        {"app": PARTNER, "code": "建物名", "type": "MULTI_LINE_TEXT"},
    ]
    now = await held(box, PARTNER, "1")
    assert now["フリガナ"] == name
    assert "カナ" not in now
    assert "備考" not in now
    assert (await box.get("app/form/fields.json", app=PARTNER)).data["revision"] == "7"
