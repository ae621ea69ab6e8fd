"""Modules and their fields, as an organisation of Japan has them.

A field is ``api_name label type [length] [words]``: ``must`` (mandatory), ``unique``, ``ro``, ``custom``, ``to:Module``, ``dp:n``
(decimals), ``of:a/b`` (choices), ``sub:Module`` (line items).
"""

from __future__ import annotations

from typing import Any

from choai.sandbox.core import World

Json = dict[str, Any]

_MONEY = "Currency 通貨 picklist of:JPY/USD|Exchange_Rate 為替レート double dp:9"
_ADDRESS = """{0}Street 町名・番地 text 250|{0}City 市区町村 text 100|{0}State 都道府県 text 100|{0}{1} 郵便番号 text 30
{0}Country 国 text 100"""
_KEY = "Accounting_Id 会計ID text 100 unique custom"
_NOTE = "Description 詳細情報 textarea 32000"
_SUMS = f"""
Sub_Total 小計 currency ro|Discount 割引 currency|Tax 税金 currency ro|Adjustment 調整 currency|Grand_Total 総計 currency ro
Terms_and_Conditions 利用条件 textarea 32000|{_NOTE}|{_KEY}|{_MONEY}"""
_STATUS = "Status ステータス picklist of:Created/Approved/Delivered/Cancelled"
_STAGES = "of:Qualification/Needs_Analysis/Proposal/Negotiation/Closed_Won/Closed_Lost"  # a space is written as _
_PARTY = "Account_Name 取引先名 lookup to:Accounts"
_PERSON = "Contact_Name 連絡先名 lookup to:Contacts"
_MAIL = "Email メール email 100"
_PHONE = "Phone 電話 phone 30"

# api_name → label, tab in addresses, field that names a record, fields
MODULES: dict[str, tuple[str, str, str, str]] = {
    "Accounts": ("取引先", "Accounts", "Account_Name", f"""
        Account_Name 取引先名 text 200 must|Account_Number 取引先番号 bigint 18|{_PHONE}|Fax Fax phone 30
        Account_Type 取引先の種類 picklist of:顧客/パートナー/見込み客|Website Webサイト website 255|Employees 従業員数 integer 9
        Annual_Revenue 年間売上 currency|Parent_Account 親取引先 lookup to:Accounts|{_ADDRESS.format("Billing_", "Code")}
        {_NOTE}|{_KEY}|Customer_Code 取引先コード text 50 unique custom|Registration_Number 登録番号 text 14 custom
        Kana フリガナ text 200 custom|Billing_Email 請求メール email 100 custom|Key_Account 重要顧客 boolean custom
        Regions 地域 multiselectpicklist of:東日本/西日本/海外 custom|Contract_Date 契約日 date custom
        Checked_At 確認日時 datetime custom|Rank_Point 評価 double dp:2 custom|{_MONEY}"""),
    "Contacts": ("連絡先", "Contacts", "Full_Name", f"""
        First_Name 名 text 40|Last_Name 姓 text 80 must|Full_Name 氏名 text 120 ro|{_PARTY}|{_MAIL}|{_PHONE}
        Mobile 携帯電話 phone 30|Title 職位 text 100|Department 部署 text 50|Email_Opt_Out メール配信停止 boolean
        {_NOTE}|{_KEY}"""),
    "Vendors": ("仕入先", "Vendors", "Vendor_Name", f"""
        Vendor_Name 仕入先名 text 120 must|{_PHONE}|{_MAIL}|Website Webサイト website 255|{_ADDRESS.format("", "Zip_Code")}
        {_NOTE}|{_KEY}|{_MONEY}"""),
    "Products": ("商品", "Products", "Product_Name", f"""
        Product_Name 商品名 text 200 must|Product_Code 商品コード text 40 unique|Product_Active 有効 boolean
        Unit_Price 単価 currency|Usage_Unit 単位 picklist of:個/式/時間/人日|Vendor_Name 仕入先名 lookup to:Vendors
        Taxable 課税 boolean|{_NOTE}|{_KEY}|{_MONEY}"""),
    "Deals": ("商談", "Potentials", "Deal_Name", f"""
        Deal_Name 商談名 text 120 must|Stage ステージ picklist must {_STAGES}|Closing_Date 完了予定日 date|Amount 金額 currency
        Probability 確度 integer 3|{_PARTY}|{_PERSON}|Next_Step 次のステップ text 100|{_NOTE}|{_KEY}|{_MONEY}"""),
    "Quotes": ("見積書", "Quotes", "Subject", f"""
        Quote_Number 見積番号 autonumber ro|Subject 件名 text 300 must|Valid_Till 有効期限 date|Deal_Name 商談名 lookup to:Deals
        Quote_Stage 見積ステージ picklist of:Draft/Negotiation/Delivered/Confirmed|{_PARTY} must|{_PERSON}
        Quoted_Items 見積商品 subform must sub:Quoted_Items|{_SUMS}"""),
    "Sales_Orders": ("受注書", "SalesOrders", "Subject", f"""
        SO_Number 受注番号 autonumber ro|Subject 件名 text 300 must|{_STATUS}|Due_Date 期日 date
        Quote_Name 見積書名 lookup to:Quotes|{_PARTY} must|{_PERSON}
        Ordered_Items 受注商品 subform must sub:Ordered_Items|{_SUMS}"""),
    "Purchase_Orders": ("発注書", "PurchaseOrders", "Subject", f"""
        PO_Number 発注番号 text 100|Subject 件名 text 300 must|Vendor_Name 仕入先名 lookup to:Vendors must|PO_Date 発注日 date
        Due_Date 期日 date|{_STATUS}|Purchase_Items 発注商品 subform must sub:Purchase_Items|{_SUMS}"""),
    "Invoices": ("請求書", "Invoices", "Subject", f"""
        Invoice_Number 請求書番号 autonumber ro|Subject 件名 text 300 must|Invoice_Date 請求書日付 date
        Due_Date 支払期日 date|{_STATUS}|Sales_Order 受注書 lookup to:Sales_Orders|{_PARTY} must|{_PERSON}
        Invoiced_Items 請求商品 subform must sub:Invoiced_Items|{_SUMS}"""),
    "Projects": ("案件", "CustomModule1", "Name", """
        Name 案件名 text 120 must|Code 案件コード text 40 unique custom|Account 取引先 lookup to:Accounts custom
        Budget 予算 currency custom|Note 備考 textarea 2000 custom"""),
}  # fmt: skip
LINES = {
    "Quoted_Items": "Quotes",
    "Ordered_Items": "Sales_Orders",
    "Purchase_Items": "Purchase_Orders",
    "Invoiced_Items": "Invoices",
}
_LINE = """
Product_Name 商品名 lookup to:Products must|Description 説明 textarea 2000|Quantity 数量 double must dp:3
List_Price 表示価格 currency|Total 金額 currency ro|Discount 割引 currency
Total_After_Discount 割引後の金額 currency ro|Tax 税金 currency ro
Net_Total 合計 currency ro|Sequence_Number 番号 integer ro"""
_SYSTEM = """
Owner 担当者 ownerlookup|Created_By 作成者 ownerlookup ro|Modified_By 更新者 ownerlookup ro
Created_Time 作成日時 datetime ro|Modified_Time 更新日時 datetime ro"""
_JSON_TYPES = {
    "integer": "integer", "double": "double", "currency": "double", "boolean": "boolean", "bigint": "string",
    "subform": "jsonarray", "lookup": "jsonobject", "ownerlookup": "jsonobject", "multiselectpicklist": "jsonarray",
}  # fmt: skip


def parsed(text: str) -> list[Json]:
    return [_field(one.strip()) for one in text.replace("\n", "|").split("|") if one.strip()]


def _field(text: str) -> Json:
    name, label, kind, *words = text.split(" ")
    made: Json = {"api_name": name, "label": label, "type": kind, "json": _JSON_TYPES.get(kind, "string")}
    for word in words:
        key, _, value = word.partition(":")
        if word.isdigit():
            made["length"] = int(word)
        elif key == "of":
            made["choices"] = value.replace("_", " ").split("/")
        elif value:
            made[key] = int(value) if key == "dp" else value
        else:
            made[word] = True
    return made


def modules() -> dict[str, Json]:
    """As the state keeps them: label, tab, the naming field, fields."""
    made: dict[str, Json] = {}
    for name, (label, tab, naming, text) in MODULES.items():
        own = tab.startswith("CustomModule")
        made[name] = {"label": label, "tab": tab, "name": naming, "custom": own, "fields": parsed(f"{text}|{_SYSTEM}")}
    for name, parent in LINES.items():
        label = next(f["label"] for f in made[parent]["fields"] if f.get("sub") == name)
        made[name] = {"label": label, "tab": name, "name": "Product_Name", "parent": parent, "fields": parsed(_LINE)}
    return made


def fields(world: World, module: str) -> list[Json]:
    found: list[Json] = world.state["modules"][module]["fields"]
    return found


def add_field(world: World, module: str, text: str) -> str:
    """A person adds a field of their own; its API name."""
    made = _field(f"{text} custom")
    fields(world, module).append(made)
    return str(made["api_name"])
