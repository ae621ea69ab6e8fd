"""The mock service as the product sees it. Limits are so wide that they never delay a call: their rows are kept all the same."""

from __future__ import annotations

from choai.connectors.contract import CursorKind, Idempotency, Limit, ObjectSpec, Role, SettingSpec, Spec

PAGE, BATCH = 200, 100

SOURCE = ObjectSpec(
    "contacts", "顧客", "Contacts", "partner", cursor=CursorKind.INSTANT, page_size=PAGE, keys=("id",)
)  # fmt: skip
SINK = ObjectSpec(
    "partners", "取引先", "Partners", "partner", can_create=True, can_update=True, page_size=PAGE, batch_size=BATCH,
    idempotency=Idempotency.EXTERNAL_ID, keys=("id", "external_id"),
)  # fmt: skip
ONE_BY_ONE = ObjectSpec(
    "partners_single", "取引先（1件ずつ）", "Partners, one per call", "partner", can_create=True, can_update=True,
    page_size=PAGE, batch_size=1, idempotency=Idempotency.EXTERNAL_ID, keys=("id", "external_id"),
)  # fmt: skip

SPEC = Spec(
    service="bench",
    role=Role.CRM,
    ja="計測",
    en="Bench",
    base_url="http://127.0.0.1",
    auth=("key",),
    settings=(
        SettingSpec("base_url", "アドレス", "Address", kind="url"),
        SettingSpec("key", "APIキー", "API key", secret=True),
    ),
    objects=(SOURCE, SINK, ONE_BY_ONE),
    limits=(Limit("minute", 1_000_000, 60), Limit("day", 100_000_000, 86_400)),
    concurrency=4,
)
