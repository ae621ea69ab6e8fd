"""Zoho's own SDK for CRM v8 (zohocrmsdk8-0) against an imitation of Zoho CRM."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from steps import Steps, switch, tell
from zoho_entrance import CALLBACK, CLIENT_ID, CLIENT_SECRET, granted

REQUIRES = ("zohocrmsdk8-0==7.0.0",)
SCOPES = (
    "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.org.READ,ZohoCRM.users.READ,ZohoCRM.coql.READ,ZohoCRM.bulk.ALL,"
    "ZohoCRM.notifications.ALL"
)


def told_of(got: Any) -> str:
    """An exception of the SDK is an object it returns."""
    code = getattr(got, "get_code", None)
    details = getattr(got, "get_details", None)
    return f"{code().get_value()} {details() if details else ''}" if code else repr(got)[:300]


def begin(base_url: str, folder: str, code: str) -> Any:
    from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
    from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
    from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
    from zohocrmsdk.src.com.zoho.crm.api.initializer import Initializer

    token = OAuthToken(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, grant_token=code, redirect_url=CALLBACK)
    place = DataCenter.Environment(base_url, f"{base_url}/oauth/v2/token", base_url)
    Initializer.initialize(place, token, FileStore(str(Path(folder, "tokens"))), resource_path=folder)
    return token


def object_of(answer: Any) -> Any:
    """What the SDK made of an answer; None for one without a body."""
    return None if answer is None else answer.get_object()


def drive(base_url: str) -> Steps:
    step = Steps("zoho_crm", "zohocrmsdk8-0", shows=told_of)
    switch(base_url, api_domain=base_url)  # the SDK calls the host that the token answer names
    with tempfile.TemporaryDirectory() as folder:
        token = step(
            "sign in", lambda: begin(base_url, folder, granted(base_url, SCOPES)), lambda t: t.get_refresh_token()
        )
        if token is not None:
            _settings(step)
            _records(step)
            _queries(step)
            _channels(step)
            _errors(step)

            def again() -> str:
                token.set_access_token("stale")
                token.set_expires_in("1")
                return _count("Accounts")

            step("refresh", again, lambda n: n > 0)
    return step


def _settings(step: Steps) -> None:
    from zohocrmsdk.src.com.zoho.crm.api import ParameterMap
    from zohocrmsdk.src.com.zoho.crm.api.currencies import CurrenciesOperations
    from zohocrmsdk.src.com.zoho.crm.api.fields import FieldsOperations, GetFieldsParam
    from zohocrmsdk.src.com.zoho.crm.api.modules import ModulesOperations
    from zohocrmsdk.src.com.zoho.crm.api.org import OrgOperations
    from zohocrmsdk.src.com.zoho.crm.api.users import GetUsersParam, UsersOperations

    step(
        "organisation",
        object_of(OrgOperations().get_organization()).get_org()[0].get_iso_code,
        lambda c: c == "JPY",
    )
    me = ParameterMap()
    me.add(GetUsersParam.type, "CurrentUser")
    step(
        "users",
        object_of(UsersOperations().get_users(me)).get_users()[0].get_full_name,
        lambda n: n == "青空 花子",
    )
    names = lambda: [m.get_api_name() for m in object_of(ModulesOperations().get_modules()).get_modules()]  # noqa: E731
    step("modules", names, lambda got: {"Accounts", "Quotes", "Projects"} <= set(got))
    of = ParameterMap()
    of.add(GetFieldsParam.module, "Accounts")
    fields = lambda: {f.get_api_name(): f for f in object_of(FieldsOperations().get_fields(of)).get_fields()}  # noqa: E731
    step(
        "fields",
        fields,
        lambda got: got["Account_Name"].get_length() == 200 and got["Accounting_Id"].get_custom_field(),
    )
    rates = lambda: [c.get_exchange_rate() for c in object_of(CurrenciesOperations().get_currencies()).get_currencies()]  # noqa: E731
    step("currencies", rates, lambda got: got == ["1.000000000", "0.006666667"])


def _record(**values: Any) -> Any:
    from zohocrmsdk.src.com.zoho.crm.api.record import Record

    made = Record()
    for name, value in values.items():
        made.add_key_value(name, value)
    return made


def _body(*records: Any) -> Any:
    from zohocrmsdk.src.com.zoho.crm.api.record import BodyWrapper

    made = BodyWrapper()
    made.set_data(list(records))
    made.set_trigger([])
    return made


def _entry(answer: Any, at: int = 0) -> Any:
    return object_of(answer).get_data()[at]


def _count(module: str) -> int:
    from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, ParameterMap
    from zohocrmsdk.src.com.zoho.crm.api.record import GetRecordsParam, RecordOperations

    found, token = 0, None
    while True:
        asked = ParameterMap()
        asked.add(GetRecordsParam.fields, "Account_Name,Owner,Modified_Time")
        asked.add(GetRecordsParam.per_page, 5)
        if token:
            asked.add(GetRecordsParam.page_token, token)
        page = object_of(RecordOperations(module).get_records(asked, HeaderMap()))
        found += len(page.get_data())
        token = page.get_info().get_next_page_token()
        if not page.get_info().get_more_records():
            return found


def _records(step: Steps) -> None:
    from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, ParameterMap
    from zohocrmsdk.src.com.zoho.crm.api.record import DeleteRecordsParam, GetDeletedRecordsParam, RecordOperations

    accounts = RecordOperations("Accounts")
    new = [_record(Account_Name=f"SDK商事{n}", Accounting_Id=f"sdk-{n}", Phone="03-0000-0000") for n in range(3)]
    made = step("create", lambda: accounts.create_records(_body(*new)), lambda a: a.get_status_code() == 201)
    if made is None:
        return
    id = int(_entry(made).get_details()["id"])
    step("list with page tokens", lambda: _count("Accounts"), lambda n: n == 15)
    single = lambda: _entry(accounts.get_record(id, ParameterMap(), HeaderMap()))  # noqa: E731
    step("get", single, lambda r: r.get_key_value("Account_Name") == "SDK商事0" and r.get_created_by().get_name())
    change = _record(Description="一行目\n二行目")
    step(
        "update",
        lambda: _entry(accounts.update_record(id, _body(change), HeaderMap())),
        lambda e: e.get_status().get_value() == "success",
    )
    step("get what was updated", single, lambda r: r.get_key_value("Description") == "一行目\n二行目")
    body = _body(_record(Account_Name="別名", Accounting_Id="sdk-0"))
    body.set_duplicate_check_fields(["Accounting_Id"])
    step(
        "upsert",
        lambda: _entry(accounts.upsert_records(body, HeaderMap())),
        lambda e: (e.get_action().get_value(), e.get_duplicate_field()) == ("update", "Accounting_Id"),
    )
    quotes = RecordOperations("Quotes")
    step("line items", lambda: _quoted(quotes), lambda rows: len(rows) == 2)
    gone = ParameterMap()
    gone.add(DeleteRecordsParam.ids, str(id))
    step(
        "delete",
        lambda: _entry(accounts.delete_records(gone, HeaderMap())),
        lambda e: e.get_code().get_value() == "SUCCESS",
    )
    listed = ParameterMap()
    listed.add(GetDeletedRecordsParam.type, "all")
    step(
        "deleted",
        lambda: object_of(accounts.get_deleted_records(listed, HeaderMap())).get_data(),
        lambda rows: [r.get_id() for r in rows] == [id],
    )
    step(
        "get what is gone",
        lambda: accounts.get_record(id, ParameterMap(), HeaderMap()),
        lambda a: a.get_status_code() == 204,
    )


def _quoted(quotes: Any) -> Any:
    from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, ParameterMap
    from zohocrmsdk.src.com.zoho.crm.api.record import GetRecordsParam

    asked = ParameterMap()
    asked.add(GetRecordsParam.fields, "Subject")
    first = object_of(quotes.get_records(asked, HeaderMap())).get_data()[0]
    return _entry(quotes.get_record(first.get_id(), ParameterMap(), HeaderMap())).get_key_value("Quoted_Items")


def _queries(step: Steps) -> None:
    from zohocrmsdk.src.com.zoho.crm.api.bulk_read import BodyWrapper as JobBody
    from zohocrmsdk.src.com.zoho.crm.api.bulk_read import BulkReadOperations, Query
    from zohocrmsdk.src.com.zoho.crm.api.coql import BodyWrapper, CoqlOperations
    from zohocrmsdk.src.com.zoho.crm.api.modules import MinifiedModule

    asked = BodyWrapper()
    asked.set_select_query(
        "select Account_Name, Owner from Accounts where Account_Name like 'SDK%' order by id asc limit 0, 10"
    )
    step("COQL", lambda: object_of(CoqlOperations().get_records(asked)).get_data(), lambda rows: len(rows) == 2)
    module, query, body = MinifiedModule(), Query(), JobBody()
    module.set_api_name("Accounts")
    query.set_module(module)
    query.set_fields(["Account_Name", "Owner"])
    body.set_query(query)
    body.set_file_type("csv")
    jobs = BulkReadOperations()

    def job() -> Any:
        number = int(_entry(jobs.create_bulk_read_job(body)).get_details()["id"])
        for _ in range(2):
            told = _entry(jobs.get_bulk_read_job_details(number))
        assert told.get_state().get_value() == "COMPLETED"
        return object_of(jobs.download_result(number)).get_file().get_stream().content

    step("bulk read", job, lambda content: content.startswith(b"PK"))


def _channels(step: Steps) -> None:
    from zohocrmsdk.src.com.zoho.crm.api import ParameterMap
    from zohocrmsdk.src.com.zoho.crm.api.notifications import (
        BodyWrapper,
        DeleteNotificationParam,
        Notification,
        NotificationsOperations,
    )

    channel, body = Notification(), BodyWrapper()
    channel.set_channel_id("1006800212")
    channel.set_events(["Accounts.all", "Deals.edit"])
    channel.set_notify_url("https://hub.example.jp/zoho")
    channel.set_token("conn-42")
    channel.set_channel_expiry(datetime.now(UTC).replace(microsecond=0) + timedelta(hours=20))
    body.set_watch([channel])
    calls = NotificationsOperations()
    entry = lambda answer: object_of(answer).get_watch()[0].get_status().get_value()  # noqa: E731
    step("watch", lambda: entry(calls.enable_notifications(body)), lambda s: s == "success")
    step("watched", lambda: object_of(calls.get_notifications(ParameterMap())).get_watch(), lambda got: len(got) == 1)
    step("renew", lambda: entry(calls.update_notifications(body)), lambda s: s == "success")
    ids = ParameterMap()
    ids.add(DeleteNotificationParam.channel_ids, "1006800212")
    step("unwatch", lambda: entry(calls.delete_notification(ids)), lambda s: s == "success")


def _errors(step: Steps) -> None:
    from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, ParameterMap
    from zohocrmsdk.src.com.zoho.crm.api.coql import BodyWrapper, CoqlOperations
    from zohocrmsdk.src.com.zoho.crm.api.record import RecordOperations

    accounts = RecordOperations("Accounts")
    code = lambda got: got.get_code().get_value()  # noqa: E731
    step(
        "error: mandatory field",
        lambda: _entry(accounts.create_records(_body(_record(Phone="1")))),
        lambda e: code(e) == "MANDATORY_NOT_FOUND",
    )
    twice = _body(_record(Account_Name="x", Accounting_Id="sdk-1"))
    step("error: duplicate", lambda: _entry(accounts.create_records(twice)), lambda e: code(e) == "DUPLICATE_DATA")
    step(
        "error: list without fields",
        lambda: object_of(accounts.get_records(ParameterMap(), HeaderMap())),
        lambda e: code(e) == "REQUIRED_PARAM_MISSING",
    )
    wrong = BodyWrapper()
    wrong.set_select_query("select Nothing from Accounts where id is not null")
    step(
        "error: unknown column",
        lambda: object_of(CoqlOperations().get_records(wrong)),
        lambda e: code(e) == "INVALID_QUERY",
    )


if __name__ == "__main__":
    tell(drive)
