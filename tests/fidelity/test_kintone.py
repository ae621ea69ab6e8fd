"""Answers of the kintone imitation, and requests of the connector, against the vendor's OpenAPI file.

Known differences between that file and the service, which we follow (its own note calls it experimental and generated): ids,
revisions, counts and limits are texts of digits, or empty, where the file says integer; what is not set is null; rows of an
answer fit both forms of a oneOf; ``enabled`` of status fields, ``type`` of process actions and the shape of errors are missing.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from aiohttp import FormData

from choai.connectors.contract import Item, Op, Window
from choai.connectors.http import ServiceSession
from choai.connectors.kintone import api
from choai.sandbox import kintone
from choai.sandbox.kintone import DEAL, PARTNER
from connectors.session import opened
from sandbox.kintone_client import cells, client
from servers import Sandbox

Spec = dict[str, Any]
FILE = "kintone/openapi-20250423.yaml"
NULLABLE = {  # answers that the file describes without saying that they may be null
    "spaceId",
    "threadId",
    "space",
    "totalCount",
    "states",
    "actions",
    "recordUpdatedAt",
    "value",
}
MISSING_THERE = {"enabled", "type"}
FIELD_FORMS = {
    "SINGLE_LINE_TEXT": "SingleLineText",
    "MULTI_LINE_TEXT": "MultipleLineText",
    "NUMBER": "Decimal",
    "CALC": "Calc",
    "CHECK_BOX": "MultipleCheck",
    "RADIO_BUTTON": "SingleCheck",
    "DROP_DOWN": "SingleSelect",
    "MULTI_SELECT": "MultipleSelect",
    "LINK": "Link",
    "DATE": "Date",
    "DATETIME": "Datetime",
    "FILE": "File",
    "USER_SELECT": "UserSelect",
    "REFERENCE_TABLE": "ReferenceTable",
    "UPDATED_TIME": "ModifiedAt",
    "MODIFIER": "Modifier",
    "RECORD_NUMBER": "RecordId",
    "STATUS_ASSIGNEE": "StatusAssignee",
}


@cache
def loaded(path: Path) -> Spec:
    with path.open(encoding="utf-8") as file:
        found: Spec = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return found


@pytest.fixture
def spec() -> Spec:
    beside = Path(__file__).resolve().parents[3] / "shared" / "specs"
    path = Path(os.environ.get("CHOAI_SPECS") or beside) / FILE
    if not path.is_file():
        pytest.skip(f"the vendor's OpenAPI file {FILE} is not here; name its folder in CHOAI_SPECS")
    return loaded(path)


def _whole(_: Any, value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, str) and (value.isdigit() or not value)
    )


Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("integer", _whole),
)


def check(spec: Spec, schema: Any, value: Any) -> None:
    """Types as the file says, and no key that it does not know."""
    validator = Validator({**schema, "components": spec["components"]})
    wrong = [e for e in validator.iter_errors(value) if not _known_difference(e)]
    assert not wrong, [(list(e.absolute_path), e.message[:300]) for e in wrong]
    assert unknown(spec, schema, value) == []


def _known_difference(error: Any) -> bool:
    if error.validator == "oneOf" and not error.context:  # more than one form fits
        return True
    return error.instance is None and bool(error.absolute_path) and str(error.absolute_path[-1]) in NULLABLE


def unknown(spec: Spec, schema: Any, value: Any) -> list[str]:
    while "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    branches = schema.get("anyOf") or schema.get("oneOf")
    if branches:
        return min((unknown(spec, b, value) for b in branches), key=len)
    if isinstance(value, list):
        return [u for each in value for u in unknown(spec, schema.get("items", {}), each)]
    if not isinstance(value, dict) or not ("properties" in schema or "additionalProperties" in schema):
        return []
    known, rest = schema.get("properties", {}), schema.get("additionalProperties")
    out = []
    for key, each in value.items():
        if key in known:
            out += unknown(spec, known[key], each)
        elif isinstance(rest, dict):
            out += unknown(spec, rest, each)
        elif known and key not in MISSING_THERE:
            out.append(key)
    return out


def answer_schema(spec: Spec, method: str, resource: str) -> Any:
    found = spec["paths"][f"/k/v1/{resource}"][method.lower()]["responses"]["200"]
    return found.get("content", {}).get("application/json", {}).get("schema") or {}


def body_schema(spec: Spec, method: str, resource: str) -> Any:
    return spec["paths"][f"/k/v1/{resource}"][method.lower()]["requestBody"]["content"]["application/json"]["schema"]


READS: list[tuple[str, dict[str, Any]]] = [
    ("record.json", {"app": DEAL, "id": 1}),
    ("records.json", {"app": PARTNER, "totalCount": "true", "query": "limit 500"}),
    ("records.json", {"app": DEAL}),
    ("records/acl/evaluate.json", {"app": PARTNER, "ids": [1, 2]}),
    ("record/comments.json", {"app": PARTNER, "record": 1}),
    ("app.json", {"id": PARTNER}),
    ("apps.json", {}),
    ("apps/statistics.json", {}),
    ("app/form/fields.json", {"app": DEAL, "lang": "en"}),
    ("app/form/fields.json", {"app": PARTNER}),
    ("app/form/layout.json", {"app": DEAL}),
    ("app/views.json", {"app": DEAL}),
    ("app/status.json", {"app": DEAL}),
    ("app/settings.json", {"app": DEAL}),
    ("preview/app/form/fields.json", {"app": DEAL}),
    ("preview/app/deploy.json", {"apps": [DEAL]}),
]


@pytest.mark.parametrize(("resource", "query"), READS)
async def test_reads(spec: Spec, kintone_sandbox: Sandbox, resource: str, query: dict[str, Any]) -> None:
    async with client(kintone_sandbox) as box:
        person = box.person()
        await person.send("POST", "record/comment.json", app=PARTNER, record=1, comment={"text": "確認しました"})
        answer = await person.get(resource, **query)
    assert answer.status == 200, answer.text
    check(spec, answer_schema(spec, "GET", resource), answer.data)


async def test_every_form_field_has_the_properties_of_its_type(spec: Spec, kintone_sandbox: Sandbox) -> None:
    async with client(kintone_sandbox) as box:
        seen = set()
        for app in (PARTNER, DEAL):
            found = (await box.person().get("app/form/fields.json", app=app)).data["properties"]
            for props in [*found.values(), *(p for t in found.values() for p in t.get("fields", {}).values())]:
                name = "Lookup" if "lookup" in props else FIELD_FORMS.get(props["type"])
                if name is not None:
                    seen.add(name)
                    check(spec, spec["components"]["schemas"][f"AppFormFieldsGet{name}FieldForm"], props)
    assert seen == {*FIELD_FORMS.values(), "Lookup"}


async def test_records_of_a_process(spec: Spec, kintone_sandbox: Sandbox) -> None:
    kintone_sandbox.world.state["apps"][DEAL]["status"]["enable"] = True
    async with client(kintone_sandbox) as box:
        made = await box.of(DEAL).send("POST", "record.json", app=DEAL, record=cells(案件名="a"))
        check(spec, answer_schema(spec, "POST", "record.json"), made.data)
        move = {"app": DEAL, "id": made.data["id"], "action": "申請する", "assignee": "suzuki"}
        check(spec, body_schema(spec, "PUT", "record/status.json"), move)
        moved = await box.of(DEAL).send("PUT", "record/status.json", **move)
        check(spec, answer_schema(spec, "PUT", "record/status.json"), moved.data)
        read = await box.of(DEAL).get("record.json", app=DEAL, id=made.data["id"])
        assert read.data["record"]["ステータス"]["value"] == "承認待ち"
        check(spec, answer_schema(spec, "GET", "record.json"), read.data)
        check(
            spec,
            answer_schema(spec, "GET", "app/status.json"),
            (await box.person().get("app/status.json", app=DEAL)).data,
        )


async def test_writes(spec: Spec, kintone_sandbox: Sandbox) -> None:
    upsert = {"updateKey": {"field": "freee取引先ID", "value": "9"}, "record": cells(取引先名="b")}
    writes: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "records.json", {"app": PARTNER, "records": [cells(取引先名="a")]}),
        ("PUT", "record.json", {"app": PARTNER, "id": 1, "revision": 1, "record": cells(カナ="ア")}),
        ("PUT", "records.json", {"app": PARTNER, "records": [{"id": 2, "record": cells(カナ="イ")}]}),
        ("PUT", "records.json", {"app": PARTNER, "upsert": True, "records": [upsert]}),
        ("POST", "records/cursor.json", {"app": PARTNER, "size": 100, "fields": ["$id"], "query": "order by $id asc"}),
    ]
    async with client(kintone_sandbox) as box:
        tokens = box.of(PARTNER)
        for method, resource, body in writes:
            check(spec, body_schema(spec, method, resource), body)
            answer = await tokens.send(method, resource, **body)
            assert answer.status == 200, answer.text
            check(spec, answer_schema(spec, method, resource), answer.data)
        page = await tokens.get("records/cursor.json", id=answer.data["id"])
        check(spec, answer_schema(spec, "GET", "records/cursor.json"), page.data)
        removed = await box.person().get("records.json", app=PARTNER)
        assert removed.status == 200
        gone = await box.person().send("DELETE", "records.json", app=PARTNER, ids=[1, 2], revisions=[-1, -1])
        assert gone.data == {}


async def test_bulk_and_files(spec: Spec, kintone_sandbox: Sandbox) -> None:
    requests = [
        {"method": "POST", "api": "/k/v1/record.json", "payload": {"app": PARTNER, "record": cells(取引先名="c")}}
    ]
    async with client(kintone_sandbox) as box:
        check(spec, body_schema(spec, "POST", "bulkRequest.json"), {"requests": requests})
        answer = await box.of(PARTNER).send("POST", "bulkRequest.json", requests=requests)
        check(spec, answer_schema(spec, "POST", "bulkRequest.json"), answer.data)
        form = FormData()
        form.add_field("file", b"%PDF", filename="見積.pdf", content_type="application/pdf")
        uploaded = await box.of(DEAL).raw("POST", "/k/v1/file.json", data=form)
        check(spec, answer_schema(spec, "POST", "file.json"), uploaded.data)
        record = cells(案件名="x", 見積書=[{"fileKey": uploaded.data["fileKey"]}])
        made = await box.of(DEAL).send("POST", "record.json", app=DEAL, record=record)
        read = await box.of(DEAL).get("record.json", app=DEAL, id=made.data["id"])
        check(spec, answer_schema(spec, "GET", "record.json"), read.data)


async def test_errors_have_one_shape(kintone_sandbox: Sandbox) -> None:
    async with client(kintone_sandbox) as box:
        for error in (
            await box.get("records.json", app=PARTNER),
            await box.of(PARTNER).get("records.json", app=PARTNER, query="a ="),
            await box.of(PARTNER).send("POST", "record.json", app=PARTNER, record=cells(取引先名="")),
            await box.of(PARTNER).get("record.json", app=PARTNER, id=99999),
        ):
            assert {"code", "id", "message"} <= set(error.data) <= {"code", "id", "message", "errors"}
            assert error.headers["x-cybozu-error"] == error.code
            for entry in error.data.get("errors", {}).values():
                assert all(isinstance(m, str) for m in entry["messages"])


async def test_what_the_connector_sends(spec: Spec, kintone_sandbox: Sandbox) -> None:
    """Bodies against the file; queries are parsed by the imitation, parameter names are checked here."""
    sent: list[tuple[str, str, Any, Any]] = []
    apps = [{"id": PARTNER, "token": kintone.token(PARTNER)}]
    settings = {"base_url": kintone_sandbox.base_url, "apps": apps}
    async with opened("kintone", settings, secrets={"apps": apps}, identified=False) as session:
        watch(session, sent)
        name = f"app:{PARTNER}"
        await api.identify(session)
        await api.catalogue(session)
        await api.describe(session, name)
        await api.read(session, name, Window(since=datetime(2026, 1, 1, tzinfo=UTC), fields=["カナ"]), None)
        await api.read(session, name, Window(ids=[str(n) for n in range(1, 500)]), None)
        await api.find(session, name, "取引先名", ["a"])
        await api.write(session, name, Op.CREATE, [Item("1", {"取引先名": "新"})])
        await api.write(session, name, Op.UPDATE, [Item("1", {"カナ": "ア"}, id="1", revision="1")])
        await api.write(session, name, Op.UPSERT, [Item("1", {"取引先名": "え"}, key=("freee取引先ID", "5"))])
    for method, path, query, body in sent:
        resource = path.removeprefix("/k/v1/")
        if method == "GET":
            known = {p["name"].split("[")[0] for p in spec["paths"][path]["get"]["parameters"]}
            assert {n.split("[")[0] for n, _ in query} <= known, (path, query)
        elif method == "PUT":
            check(spec, body_schema(spec, "PUT", resource), body)
        elif "query" not in body:  # a POST that says it is a GET is not in the file
            check(spec, body_schema(spec, "POST", resource), body)
    assert {(m, p.rsplit("/", 1)[-1]) for m, p, _, _ in sent} == {
        ("GET", "app.json"),
        ("GET", "fields.json"),
        ("GET", "records.json"),
        ("POST", "records.json"),
        ("PUT", "records.json"),
    }


def watch(session: ServiceSession, sent: list[tuple[str, str, Any, Any]]) -> None:
    real = session.call

    async def call(method: str, path: str, **more: Any) -> Any:
        sent.append((method, path, more.get("query"), more.get("json")))
        return await real(method, path, **more)

    session.call = call  # type: ignore[method-assign]  # listens in
