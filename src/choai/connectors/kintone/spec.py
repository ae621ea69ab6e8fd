"""What kintone is: its one kind of object (an app), settings, limits, OAuth addresses."""

from __future__ import annotations

from choai.connectors.contract import (
    CursorKind,
    HookSpec,
    Idempotency,
    Limit,
    OAuthSpec,
    ObjectSpec,
    Role,
    SettingSpec,
    Spec,
)
from choai.connectors.declared import address, choice, optional

PAGE = 500  # records per GET
BATCH = 100  # records per POST or PUT
DAILY = {"standard": 10_000, "wide": 100_000}  # calls per app and day; beyond it kintone warns, it does not refuse
OVERLAP_SECONDS = 180  # update times are whole minutes, and a record may show a moment after its stamp

APP = ObjectSpec(
    name="app:*",
    ja="アプリ",
    en="App",
    role="app",
    can_create=True,
    can_update=True,
    cursor=CursorKind.MINUTE,
    overlap_seconds=OVERLAP_SECONDS,
    page_size=PAGE,
    batch_size=BATCH,
    reads_by_id=True,
    has_revision=True,
    idempotency=Idempotency.EXTERNAL_ID,
    keys=("$id",),  # and every field that prohibits duplicate values: see the schema
)

SETTINGS = (
    SettingSpec(
        "domain", "ドメイン", "Domain", pattern=r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+",
        help_ja="kintoneを開くときのホスト名です（例：example.cybozu.com）。",
        help_en="The host name under which you open kintone, for example example.cybozu.com.",
    ),
    SettingSpec(
        "apps", "アプリとAPIトークン", "Apps and API tokens", kind="apps", auth="api_token",
        help_ja="アプリごとに、アプリIDとAPIトークン（閲覧・追加・編集）を入力します。トークンを作ったあとは「アプリを更新」が必要です。"
        "ルックアップの参照先のアプリも加えてください。ゲストスペースのアプリは、アプリIDを「12@3」（3はスペースID）と入力します。",
        help_en="For each app its id and an API token that may view, add and edit. After making a token, update the app. "
        "Add the apps that lookups refer to as well. An app of a guest space is entered as 12@3, where 3 is the space's id.",
    ),
    SettingSpec("login", "ログイン名", "Login name", auth="password"),
    SettingSpec("password", "パスワード", "Password", secret=True, auth="password"),
    SettingSpec(
        "client_id", "クライアントID", "Client ID", auth="oauth",
        help_ja="cybozu.com共通管理の「外部連携」で追加したOAuthクライアントのものです。使う人を「利用者の設定」で許可してください。",
        help_en="Of the OAuth client added under cybozu.com administration. Allow the people who use it in its user settings.",
    ),
    SettingSpec("client_secret", "クライアントシークレット", "Client secret", secret=True, auth="oauth"),
    optional(
        "guest_spaces", "ゲストスペースID", "Guest space ids",
        "ゲストスペースのアプリも使うときに、スペースIDをコンマ区切りで入力します。",
        "Ids of guest spaces whose apps are used too, separated by commas.",
        pattern=r"[0-9]+(\s*,\s*[0-9]+)*",
    ),
    choice(
        "course", ("コース", "Course"), "standard=スタンダードコース=Standard course|wide=ワイドコース=Wide course",
        "1日に呼び出せる回数の目安（1アプリあたり1万回、ワイドコースは10万回）に使います。",
        "Decides how many calls a day are planned for each app (10,000, or 100,000 on the wide course).",
    ),
    optional(
        "basic_user", "Basic認証のユーザー名", "Basic authentication user",
        "cybozu.comでBasic認証を有効にしているときだけ入力します。OAuthとは併用できません。",
        "Only when the environment has Basic authentication switched on. Cannot be combined with OAuth.",
    ),
    optional("basic_password", "Basic認証のパスワード", "Basic authentication password", secret=True),
    address(
        "base_url", "アドレス（通常は空欄）", "Address (usually left empty)",
        help_ja="ドメインの代わりに使う、http(s)から始まるアドレスです。",
        help_en="Used instead of the domain; starts with http or https.",
    ),
)  # fmt: skip

SPEC = Spec(
    service="kintone",
    role=Role.CRM,
    ja="kintone",
    en="kintone",
    base_url="https://{domain}",
    auth=("api_token", "oauth", "password"),
    settings=SETTINGS,
    objects=(APP,),
    limits=(
        Limit("concurrency", 100, 0),
        Limit("day", DAILY["standard"], 86_400, reset="09:00+09:00", scope="app", hard=False),
    ),
    oauth=OAuthSpec(
        authorize_url="{base_url}/oauth2/authorization",
        token_url="{base_url}/oauth2/token",  # noqa: S106  (an address)
        scopes=("k:app_record:read", "k:app_record:write", "k:app_settings:read"),
        client_auth="basic",
        access_seconds=3600,
    ),
    concurrency=6,
    hook=HookSpec(
        proof="address",
        help_ja="アプリの設定の「Webhook」に、表示されているアドレスを登録し、レコードの追加・編集・削除とステータスの更新を選んで、"
        "「アプリを更新」を押してください（スタンダードコース以上）。",
        help_en="Enter the address shown under Webhook in the app's settings, choose adding, editing and deleting records and "
        "status updates, and update the app (standard course or above).",
    ),
    docs="https://jp.kintone.help/k/ja/app/api/api_token.html",
)
