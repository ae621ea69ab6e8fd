"""Ready-made setups. Each is a module with data and pure functions; what they make is stored by store/masters.py."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, frozen=True)
class Preset:
    """One card of the gallery. ``kinds`` are what it can link; ``module`` is empty for one that is not offered yet."""

    key: str
    ja: str
    en: str
    text_ja: str
    text_en: str
    crm: str
    accounting: str
    kinds: tuple[str, ...]


GALLERY = (
    Preset(
        "freee_kintone",
        "freee のタグを kintone と",
        "freee tags with kintone",
        "freee会計の取引先・メモタグ・セグメントと kintone のアプリを、定期的に、どちらの向きにも揃えます。"
        "品目や部門などのマスタの取り込みもできます。",
        "Keeps partners, memo tags and segments of freee and kintone apps in step, on a schedule, in either direction. "
        "Imports items, sections and other masters as well.",
        "kintone",
        "freee",
        ("partner", "tag", "segment_1", "segment_2", "segment_3", "item", "section", "account_item", "tax_code",
         "expense_category", "walletable"),
    ),
)  # fmt: skip
