"""The objects of the imitated org: the standard ones that matter to accounting, and one of its own with every type of field."""

from __future__ import annotations

from choai.sandbox.salesforce.fields import Json, address, external, field, identifier, sobject, system

# name → (probability, closed, won)
STAGES = {
    "見込み": (10, False, False),
    "評価": (20, False, False),
    "提案": (50, False, False),
    "交渉": (75, False, False),
    "受注": (100, True, True),
    "失注": (0, True, False),
}
QUOTE_STATUS = ("Draft=ドラフト", "In Review=レビュー中", "Presented=提示済み", "Accepted=受諾済み", "Denied=拒否")
ORDER_STATUS = ("Draft=ドラフト", "Activated=有効化済み")


def objects() -> dict[str, Json]:
    made = [
        *_people(),
        *_products(),
        *_documents(),
        *_inside(),
        _project(),
    ]
    return {one["name"]: one for one in made}


def _people() -> list[Json]:
    account = [
        identifier("取引先"), *system(),
        field("MasterRecordId", "主レコード ID", "reference", to="Account", given=True),
        field("Name", "取引先名", required=True),
        field("AccountNumber", "取引先番号", length=40),
        field("Type", "取引先 種別", "picklist", values=("Customer=顧客", "Partner=パートナー", "Other=その他")),
        field("Industry", "業種", "picklist", values=("製造", "小売", "情報通信", "建設", "その他"), restrictedPicklist=True),
        field("ParentId", "親取引先 ID", "reference", to="Account"),
        field("Phone", "電話", "phone"), field("Fax", "Fax", "phone"), field("Website", "Web サイト", "url"),
        *address("Billing", "請求先"), *address("Shipping", "納入先"),
        field("AnnualRevenue", "年間売上", "currency", scale=0), field("NumberOfEmployees", "従業員", "int", 8),
        field("Description", "取引先 説明", "textarea", 32000),
        external("AccountingId__c", "会計取引先ID"),
        external("CustomerCode__c", "取引先コード"),
        field("RegistrationNumber__c", "適格請求書発行事業者登録番号", length=14),
        field("Kana__c", "取引先名カナ"), field("BillingEmail__c", "メールアドレス", "email"),
        field("Score__c", "スコア(数式)", "double", given=True, calculated=True, calculatedFormula="NumberOfEmployees * 2"),
    ]  # fmt: skip
    contact = [
        identifier("取引先責任者"), *system(),
        field("AccountId", "取引先 ID", "reference", to="Account"),
        field("LastName", "姓", length=80, required=True), field("FirstName", "名", length=40),
        field("Name", "氏名", length=121, given=True, required=True),
        field("Email", "メール", "email"), field("Phone", "電話", "phone"), field("MobilePhone", "携帯", "phone"),
        field("Title", "役職", length=128), field("Department", "部署", length=80),
        *address("Mailing", "郵送先"),
        field("Description", "説明", "textarea", 32000),
        external("ContactKey__c", "担当者キー"),
    ]  # fmt: skip
    lead = [
        identifier("リード"), *system(),
        field("LastName", "姓", length=80, required=True), field("FirstName", "名", length=40),
        field("Name", "氏名", length=121, given=True, required=True),
        field("Company", "会社名", required=True), field("Email", "メール", "email"), field("Phone", "電話", "phone"),
        field("Status", "リード状況", "picklist", values=("Open=未対応", "Working=対応中", "Closed=完了"), required=True,
              defaultedOnCreate=True),
    ]  # fmt: skip
    return [
        sobject(
            "Account", "取引先", "001", account, mergeable=True, feedEnabled=True,
            children=(("Contact", "AccountId", "Contacts", True), ("Opportunity", "AccountId", "Opportunities", True)),
        ),
        sobject("Contact", "取引先責任者", "003", contact, mergeable=True),
        sobject("Lead", "リード", "00Q", lead, mergeable=True),
    ]  # fmt: skip


def _products() -> list[Json]:
    fixed: Json = {"required": True, "updateable": False}
    product = [
        identifier("商品"), *system(owner=False),
        field("Name", "商品名", required=True), field("ProductCode", "商品コード"),
        field("Description", "商品 説明", "textarea", 4000), field("IsActive", "有効", "boolean"),
        field("Family", "商品ファミリ", "picklist", values=("サービス", "物品", "保守")),
        field("QuantityUnitOfMeasure", "数量単位", "picklist", values=("式", "個", "時間")),
        field("StockKeepingUnit", "商品 SKU", length=180),
        external("ItemKey__c", "会計品目ID"),
    ]  # fmt: skip
    book = [
        identifier("価格表"), *system(owner=False),
        field("Name", "価格表名", required=True), field("IsActive", "有効", "boolean"),
        field("IsStandard", "標準価格表", "boolean", given=True),
    ]  # fmt: skip
    entry = [
        identifier("価格表エントリ"), *system(owner=False),
        field("Name", "商品名", given=True), field("ProductCode", "商品コード", given=True),
        field("Pricebook2Id", "価格表 ID", "reference", to="Pricebook2", **fixed),
        field("Product2Id", "商品 ID", "reference", to="Product2", **fixed),
        field("UnitPrice", "定価", "currency", required=True), field("IsActive", "有効", "boolean"),
        field("UseStandardPrice", "標準価格を使用", "boolean"),
    ]  # fmt: skip
    return [
        sobject("Product2", "商品", "01t", product),
        sobject("Pricebook2", "価格表", "01s", book),
        sobject("PricebookEntry", "価格表エントリ", "01u", entry),
    ]


def _lines(parent: str, label: str) -> list[Json]:
    return [
        identifier(label), *system(owner=False),
        field(f"{parent}Id", f"{parent} ID", "reference", to=parent, required=True, updateable=False),
        field("PricebookEntryId", "価格表エントリ ID", "reference", to="PricebookEntry", required=True, updateable=False),
        field("Product2Id", "商品 ID", "reference", to="Product2", given=True),
        field("ProductCode", "商品コード", given=True), field("Name", "品目名", length=376, given=True),
        field("Quantity", "数量", "double", required=True, precision=12),
        field("UnitPrice", "販売価格", "currency"), field("TotalPrice", "合計金額", "currency"),
        field("ListPrice", "定価", "currency", given=True), field("Subtotal", "小計", "currency", given=True),
        field("Discount", "割引", "percent", precision=5),
        field("ServiceDate", "日付", "date"), field("Description", "内容"),
    ]  # fmt: skip


def _documents() -> list[Json]:
    fixed: Json = {"updateable": False, "required": True}
    stages = tuple(STAGES)
    deal = [
        identifier("商談"), *system(),
        field("AccountId", "取引先 ID", "reference", to="Account"),
        field("Name", "商談名", length=120, required=True),
        field("StageName", "フェーズ", "picklist", values=stages, required=True),
        field("CloseDate", "完了予定日", "date", required=True),
        field("Amount", "金額", "currency"),
        field("Probability", "確度 (%)", "percent", scale=0, precision=3, defaultedOnCreate=True),
        field("ExpectedRevenue", "期待収益", "currency", given=True),
        field("NextStep", "次のステップ"), field("Description", "説明", "textarea", 32000),
        field("IsClosed", "完了", "boolean", given=True), field("IsWon", "成立", "boolean", given=True),
        field("HasOpportunityLineItem", "品目あり", "boolean", given=True),
        field("Pricebook2Id", "価格表 ID", "reference", to="Pricebook2"),
        external("DealKey__c", "会計請求書ID"),
    ]  # fmt: skip
    quote = [
        identifier("見積"), *system(),
        field("QuoteNumber", "見積番号", length=30, given=True, autoNumber=True),
        field("Name", "見積名", required=True),
        field("OpportunityId", "商談 ID", "reference", to="Opportunity", **fixed),
        field("AccountId", "取引先 ID", "reference", to="Account", given=True),
        field("Pricebook2Id", "価格表 ID", "reference", to="Pricebook2"),
        field("Status", "状況", "picklist", values=QUOTE_STATUS), field("ExpirationDate", "有効期限", "date"),
        field("Subtotal", "小計", "currency", given=True), field("Tax", "税", "currency"),
        field("GrandTotal", "総計", "currency", given=True), field("Description", "説明", "textarea", 32000),
        external("QuoteKey__c", "会計見積ID"),
    ]  # fmt: skip
    order = [
        identifier("注文"), *system(),
        field("OrderNumber", "注文番号", length=30, given=True, autoNumber=True), field("Name", "注文名", length=80),
        field("AccountId", "取引先 ID", "reference", to="Account", required=True),
        field("Pricebook2Id", "価格表 ID", "reference", to="Pricebook2"),
        field("Status", "状況", "picklist", values=ORDER_STATUS, required=True),
        field("EffectiveDate", "注文開始日", "date", required=True),
        field("TotalAmount", "注文金額", "currency", given=True), field("Description", "説明", "textarea", 32000),
        external("OrderKey__c", "会計受注ID"),
    ]  # fmt: skip
    return [
        sobject(
            "Opportunity", "商談", "006", deal,
            children=(
                ("OpportunityLineItem", "OpportunityId", "OpportunityLineItems", True),
                ("Quote", "OpportunityId", "Quotes", True),
            ),
        ),
        sobject("OpportunityLineItem", "商談商品", "00k", _lines("Opportunity", "品目名"), layoutable=True, mruEnabled=False),
        sobject("Quote", "見積", "0Q0", quote, children=(("QuoteLineItem", "QuoteId", "QuoteLineItems", True),)),
        sobject("QuoteLineItem", "見積品目名", "0QL", _lines("Quote", "見積品目名"), mruEnabled=False),
        sobject("Order", "注文", "801", order, title="OrderNumber",
                children=(("OrderItem", "OrderId", "OrderItems", True),)),
        sobject("OrderItem", "注文商品", "802", _lines("Order", "注文商品"), mruEnabled=False),
    ]  # fmt: skip


def _inside() -> list[Json]:
    """What the org says of itself. Their rows are made in data.py and nobody writes them here."""
    off = dict.fromkeys(("createable", "deletable", "undeletable", "updateable"), False)
    stamps = [one for one in system(owner=False) if one["name"] != "IsDeleted"]
    given: Json = {"given": True}
    user = [
        identifier("ユーザー"), *stamps,
        field("Username", "ユーザー名", length=80, **given), field("Email", "メール", "email", **given),
        field("LastName", "姓", length=80, **given), field("FirstName", "名", length=40, **given),
        field("Name", "氏名", length=121, **given), field("IsActive", "有効", "boolean", **given),
        field("TimeZoneSidKey", "タイムゾーン", length=40, **given), field("LanguageLocaleKey", "言語", length=40, **given),
    ]  # fmt: skip
    organization = [
        identifier("組織"), *stamps,
        field("Name", "名前", length=80, **given), field("OrganizationType", "エディション", length=40, **given),
        field("InstanceName", "インスタンス名", length=5, **given), field("IsSandbox", "Sandbox", "boolean", **given),
        field("DefaultLocaleSidKey", "ロケール", length=40, **given),
        field("TimeZoneSidKey", "タイムゾーン", length=40, **given),
    ]  # fmt: skip
    stage = [
        identifier("商談フェーズ"), *stamps,
        field("ApiName", "API 参照名", **given), field("MasterLabel", "マスタ表示ラベル", **given),
        field("IsActive", "有効", "boolean", **given), field("IsClosed", "完了", "boolean", **given),
        field("IsWon", "成立", "boolean", **given), field("SortOrder", "並び順", "int", **given),
        field("DefaultProbability", "確度", "percent", **given),
    ]  # fmt: skip
    history = [
        identifier("取引先履歴"),
        field("IsDeleted", "削除", "boolean", **given), field("AccountId", "取引先 ID", "reference", to="Account", **given),
        field("Field", "変更された項目", length=255, **given), field("CreatedDate", "作成日", "datetime", **given),
    ]  # fmt: skip
    plain = {**off, "layoutable": False, "replicateable": False, "searchable": False, "mruEnabled": False}
    return [
        sobject("User", "ユーザー", "005", user, **off),
        sobject("Organization", "組織", "00D", organization, **plain),
        sobject("OpportunityStage", "商談フェーズ", "01J", stage, **plain, title="MasterLabel"),
        sobject("AccountHistory", "取引先履歴", "017", history, **plain, title="Field"),
    ]


def _project() -> Json:
    """An object that the org made."""
    fields = [
        identifier("案件"), *system(),
        field("Name", "案件名", length=80, defaultedOnCreate=True),
        external("ProjectCode__c", "案件コード"),
        field("Account__c", "取引先", "reference", to="Account"),
        field("Billable__c", "請求対象", "boolean"), field("Budget__c", "予算", "currency"),
        field("Rate__c", "進捗率", "percent", precision=5), field("Hours__c", "工数", "double", precision=12, scale=1),
        field("People__c", "人数", "double", precision=4, scale=0),
        field("StartDate__c", "開始日", "date"), field("EndDate__c", "終了日", "date"),
        field("Meeting__c", "定例", "time"), field("Kickoff__c", "キックオフ", "datetime"),
        field("Kind__c", "区分", "picklist", values=("受託", "準委任", "派遣"), restrictedPicklist=True),
        field("Regions__c", "地域", "multipicklist", values=("東日本", "西日本", "海外"), restrictedPicklist=True),
        field("Url__c", "URL", "url"), field("Mail__c", "連絡先メール", "email"), field("Tel__c", "連絡先電話", "phone"),
        field("Note__c", "備考", "textarea", 32768), field("Memo__c", "メモ"),
        field("Rich__c", "説明", "textarea", 32768, extraTypeInfo="richtextarea", htmlFormatted=True),
        field("Secret__c", "暗号化項目", "encryptedstring", given=True, encrypted=True, filterable=False, sortable=False),
        field("Total__c", "合計(数式)", "currency", given=True, calculated=True, calculatedFormula="Budget__c * 1.1"),
        field("Serial__c", "連番", length=30, given=True, autoNumber=True),
    ]  # fmt: skip
    return sobject("Project__c", "案件", "a00", fields)
