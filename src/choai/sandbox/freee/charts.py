"""Masters that are only read: account items, taxes, wallets, expense templates, items, sections, and company facts."""

from __future__ import annotations

from choai.sandbox.freee.books import Row

COMPANY: Row = {
    "tax_at_source_calc_type": 0,
    "contact_name": "経理部",
    "head_count": 5,
    "corporate_number": "",
    "txn_number_format": "not_used",
    "default_wallet_account_id": None,
    "private_settlement": False,
    "minus_format": 0,
    "org_code": 1,
    "phone1": "03-0000-0000",
    "phone2": None,
    "fax": None,
    "zipcode": "100-0000",
    "prefecture_code": 12,
    "street_name1": "千代田区架空町1-1-1",
    "street_name2": None,
    "invoice_layout": "default_modern",
    "amount_fraction": 0,
    "industry_class": None,
    "industry_code": None,
    "workflow_setting": "disable",
}


def fiscal_year(company: int) -> Row:
    return {
        "id": company * 10,
        "use_industry_template": False,
        "indirect_write_off_method": True,
        "start_date": "2026-04-01",
        "end_date": "2027-03-31",
        "depreciation_record_method": 0,
        "tax_method": 1,
        "sales_tax_business_code": 0,
        "tax_fraction": 0,
        "tax_account_method": 1,
        "return_code": 0,
        "is_closed": False,
        "month_end_date": None,
        "temp_month_end_date": None,
    }


# name, category, category id, higher categories, stored tax code, tax code of today, shortcut
_ACCOUNTS: tuple[tuple[str, str, int, str, int, int, str], ...] = (
    ("現金", "現金・預金", 1, "資産/流動資産", 2, 2, "GENKIN"),
    ("普通預金", "現金・預金", 1, "資産/流動資産", 2, 2, "FUTSUU"),
    ("当座預金", "現金・預金", 1, "資産/流動資産", 2, 2, "TOUZA"),
    ("売掛金", "売上債権", 2, "資産/流動資産", 2, 2, "URIKAKE"),
    ("受取手形", "売上債権", 2, "資産/流動資産", 2, 2, "UKETORI"),
    ("商品", "棚卸資産", 4, "資産/流動資産", 2, 2, "SHOUHIN"),
    ("前払費用", "その他流動資産", 5, "資産/流動資産", 2, 2, "MAEBARAI"),
    ("立替金", "その他流動資産", 5, "資産/流動資産", 2, 2, "TATEKAE"),
    ("仮払金", "その他流動資産", 5, "資産/流動資産", 2, 2, "KARIBARAI"),
    ("建物附属設備", "有形固定資産", 6, "資産/固定資産", 34, 136, "TATEMONO"),
    ("工具器具備品", "有形固定資産", 6, "資産/固定資産", 34, 136, "KOUGU"),
    ("ソフトウェア", "無形固定資産", 7, "資産/固定資産", 34, 136, "SOFT"),
    ("敷金", "投資その他の資産", 8, "資産/固定資産", 2, 2, "SHIKIKIN"),
    ("買掛金", "仕入債務", 11, "負債/流動負債", 2, 2, "KAIKAKE"),
    ("未払金", "その他流動負債", 13, "負債/流動負債", 2, 2, "MIBARAI"),
    ("未払費用", "その他流動負債", 13, "負債/流動負債", 2, 2, "MIBARAIH"),
    ("預り金", "その他流動負債", 13, "負債/流動負債", 2, 2, "AZUKARI"),
    ("前受金", "その他流動負債", 13, "負債/流動負債", 2, 2, "MAEUKE"),
    ("長期借入金", "固定負債", 14, "負債/固定負債", 2, 2, "KARIIRE"),
    ("資本金", "資本金", 17, "純資産/株主資本", 2, 2, "SHIHON"),
    ("売上高", "売上高", 21, "損益/収益", 21, 129, "URIAGE"),
    ("受取利息", "営業外収益", 24, "損益/収益", 23, 23, "UKETORIR"),
    ("雑収入", "営業外収益", 24, "損益/収益", 21, 129, "ZATSUSHUU"),
    ("仕入高", "売上原価", 22, "損益/費用", 34, 136, "SHIIRE"),
    ("外注費", "売上原価", 22, "損益/費用", 34, 136, "GAICHUU"),
    ("役員報酬", "販売管理費", 23, "損益/費用", 2, 2, "YAKUIN"),
    ("給料手当", "販売管理費", 23, "損益/費用", 2, 2, "KYUURYOU"),
    ("法定福利費", "販売管理費", 23, "損益/費用", 37, 37, "HOUTEI"),
    ("福利厚生費", "販売管理費", 23, "損益/費用", 34, 136, "FUKURI"),
    ("旅費交通費", "販売管理費", 23, "損益/費用", 34, 136, "RYOHI"),
    ("通信費", "販売管理費", 23, "損益/費用", 34, 136, "TSUUSHIN"),
    ("消耗品費", "販売管理費", 23, "損益/費用", 34, 136, "SHOUMOU"),
    ("会議費", "販売管理費", 23, "損益/費用", 34, 136, "KAIGI"),
    ("交際費", "販売管理費", 23, "損益/費用", 34, 136, "KOUSAI"),
    ("広告宣伝費", "販売管理費", 23, "損益/費用", 34, 136, "KOUKOKU"),
    ("支払手数料", "販売管理費", 23, "損益/費用", 34, 136, "TESUURYOU"),
    ("地代家賃", "販売管理費", 23, "損益/費用", 34, 136, "YACHIN"),
    ("水道光熱費", "販売管理費", 23, "損益/費用", 34, 136, "SUIDOU"),
    ("新聞図書費", "販売管理費", 23, "損益/費用", 34, 136, "TOSHO"),
    ("租税公課", "販売管理費", 23, "損益/費用", 2, 2, "SOZEI"),
    ("支払利息", "営業外費用", 25, "損益/費用", 37, 37, "RISOKU"),
)

_TAXES: tuple[tuple[int, str, str, str | None, bool], ...] = (
    (0, "tax_undefined", "未選択", None, False),
    (2, "non_taxable_out_of_scope", "対象外", None, True),
    (21, "sales_with_tax_5", "課税売上5%", "tax_5", False),
    (23, "sales_non_taxable", "非課税売上", None, True),
    (34, "purchase_with_tax_5", "課対仕入5%", "tax_5", False),
    (37, "purchase_non_taxable", "非課税仕入", None, True),
    (22, "sales_export", "輸出売上0%", None, True),
    (101, "sales_with_tax_8", "課税売上8%", "tax_8", True),
    (108, "purchase_with_tax_8", "課対仕入8%", "tax_8", True),
    (129, "sales_with_tax_10", "課税売上10%", "tax_10", True),
    (136, "purchase_with_tax_10", "課対仕入10%", "tax_10", True),
    (156, "sales_with_tax_reduced_8", "課税売上8%（軽）", "tax_r8", True),
    (163, "purchase_with_tax_reduced_8", "課対仕入8%（軽）", "tax_r8", True),
    (189, "purchase_with_tax_10_exempt_80", "課対仕入（控80）10%", "tax_10_e80", True),
    (187, "purchase_with_tax_reduced_8_exempt_80", "課対仕入（控80）8%（軽）", "tax_r8_e80", True),
)

_WALLETS: tuple[tuple[str, str, int | None], ...] = (
    ("架空みらい銀行 本店 普通", "bank_account", 9901),
    ("例示中央信用金庫 普通", "bank_account", 9902),
    ("例示カード（法人）", "credit_card", 9903),
    ("現金", "wallet", None),
    ("小口現金", "wallet", None),
    ("役員立替", "wallet", None),
)

_ITEMS = (
    "コンサルティング料 システム開発料 保守サポート料 ライセンス利用料 初期導入費 研修講師料 制作費 デザイン費 "
    "印刷費 送料 部品代 商品売上 サンプル品 レンタル料 倉庫保管料 検査料 清掃費 警備費 "
    "家賃 駐車場代 電気代 水道代 電話代 クラウド利用料 書籍代 接待飲食費"
).split()
_SECTIONS: tuple[tuple[str, int | None], ...] = (
    ("本社", None), ("管理本部", 0), ("経理課", 1), ("人事総務課", 1), ("情報システム課", 1), ("営業本部", 0),
    ("第一営業部", 5), ("第二営業部", 5), ("大阪営業所", 5), ("福岡営業所", 5), ("開発本部", 0), ("製品開発部", 10),
    ("品質保証部", 10), ("カスタマーサクセス部", 0),
)  # fmt: skip
_TEMPLATES = (
    ("電車・バス", "旅費交通費"), ("タクシー", "旅費交通費"), ("宿泊費", "旅費交通費"), ("航空券", "旅費交通費"),
    ("会議用飲食", "会議費"), ("取引先との会食", "交際費"), ("贈答品", "交際費"), ("文房具", "消耗品費"),
    ("PC周辺機器", "消耗品費"), ("書籍・資料", "新聞図書費"),
    ("携帯電話料金", "通信費"), ("郵送・宅配", "通信費"), ("懇親会", "福利厚生費"),
)  # fmt: skip


def masters(company: int) -> dict[str, list[Row]]:
    """Tables by kind, without update dates."""
    first = company * 1000
    accounts = [_account(company, first + i, row) for i, row in enumerate(_ACCOUNTS)]
    by_name = {row["name"]: row for row in accounts}
    return {
        "account_items": accounts,
        "taxes": [
            {"id": place, "code": code, "name": name, "name_ja": ja, "display_category": category, "available": on}
            for place, (code, name, ja, category, on) in enumerate(_TAXES)
        ],
        "walletables": [
            {
                "id": first + 200 + place,
                "name": name,
                "bank_id": bank,
                "type": kind,
                "last_synced_at": None,
                "sync_status": "unsupported",
                "last_balance": 0,
                "walletable_balance": 1_200_000 + 10_000 * place,
            }
            for place, (name, kind, bank) in enumerate(_WALLETS)
        ],
        "items": [_item(company, first + 300 + place, place, name) for place, name in enumerate(_ITEMS)],
        "sections": [_section(company, first + 400, place) for place in range(len(_SECTIONS))],
        "templates": [
            _template(first + 500 + place, name, by_name[account], place)
            for place, (name, account) in enumerate(_TEMPLATES)
        ],
    }


def _account(company: int, number: int, row: tuple[str, str, int, str, int, int, str]) -> Row:
    name, category, category_id, above, stored, current, shortcut = row
    return {
        "id": number,
        "company_id": company,
        "name": name,
        "tax_code": stored,
        "default_tax_code": current,
        "account_category": category,
        "account_category_id": category_id,
        "categories": [*above.split("/"), category],
        "shortcut": shortcut,
        "shortcut_num": f"{number % 1000 + 100}",
        "code": None,
        "searchable": 2,
        "accumulated_dep_account_item_id": None,
        "accumulated_dep_account_item_name": "",
        "available": True,
        "walletable_id": None,
        "group_name": name,
        "group_id": number + 50_000,
        "corresponding_income_name": "売掛金",
        "corresponding_income_id": company * 1000 + 3,
        "corresponding_expense_name": "買掛金",
        "corresponding_expense_id": company * 1000 + 13,
    }


def _item(company: int, number: int, place: int, name: str) -> Row:
    return {
        "id": number,
        "company_id": company,
        "name": name,
        "available": place % 12 != 11,
        "shortcut1": f"ITEM{place + 1:02d}" if place % 3 == 0 else None,
        "shortcut2": None,
        "code": f"I-{place + 1:03d}" if place % 2 == 0 else None,
        "_used": place % 2 == 0,
    }


def _section(company: int, first: int, place: int) -> Row:
    name, parent = _SECTIONS[place]
    indent, above = 0, parent
    while above is not None:
        indent, above = indent + 1, _SECTIONS[above][1]
    return {
        "id": first + place,
        "company_id": company,
        "name": name,
        "available": True,
        "long_name": None,
        "shortcut1": f"B{place + 1:02d}",
        "shortcut2": None,
        "code": f"D{place + 1:03d}",
        "indent_count": indent,
        "parent_id": None if parent is None else first + parent,
        "_used": place < 3,
    }


def _template(number: int, name: str, account: Row, place: int) -> Row:
    return {
        "id": number,
        "source_line_template_id": place,
        "name": name,
        "account_item_id": account["id"],
        "account_item_name": account["name"],
        "tax_code": account["default_tax_code"],
        "tax_name": next(ja for code, _, ja, _, _ in _TAXES if code == account["default_tax_code"]),
        "description": None,
        "line_description": "行き先と目的" if account["name"] == "旅費交通費" else None,
        "required_receipt": account["name"] != "旅費交通費",
        "_screen_only": place == 12,
    }
