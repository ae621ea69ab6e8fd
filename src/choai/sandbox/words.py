"""Word lists of the invented world (people.py)."""

from __future__ import annotations

Word = tuple[str, str, str]  # written, katakana reading, romaji

_HEADS = """
青葉 アオバ aoba|朝凪 アサナギ asanagi|暁 アカツキ akatsuki|麻布台 アザブダイ azabudai|磯辺 イソベ isobe|一番星 イチバンボシ ichibanboshi
糸杉 イトスギ itosugi|宇津木 ウツギ utsugi|海風 ウミカゼ umikaze|梅園 ウメゾノ umezono|榎本 エノモト enomoto|桜井坂 サクライザカ sakuraizaka
大樹 タイジュ taiju|岡崎屋 オカザキヤ okazakiya|霞 カスミ kasumi|風見 カザミ kazami|金沢野 カナザワノ kanazawano|川辺 カワベ kawabe
菊水 キクスイ kikusui|北辰 ホクシン hokushin|絹川 キヌカワ kinukawa|久遠 クオン kuon|楠 クスノキ kusunoki|小春 コハル koharu
駒形 コマガタ komagata|彩雲 サイウン saiun|笹塚野 ササヅカノ sasazukano|早苗 サナエ sanae|潮見 シオミ shiomi|白樺 シラカバ shirakaba
新緑 シンリョク shinryoku|杉並木 スギナミキ suginamiki|鈴鹿野 スズカノ suzukano|瀬戸海 セトウミ setoumi|高千帆 タカチホ takachiho|橘 タチバナ tachibana
千歳丘 チトセオカ chitoseoka|椿 ツバキ tsubaki|鶴亀 ツルカメ tsurukame|常盤台 トキワダイ tokiwadai|豊穣 ホウジョウ hojo|七海 ナナミ nanami
南風 ミナミカゼ minamikaze|錦織 ニシキオリ nishikiori|虹橋 ニジバシ nijibashi|野分 ノワキ nowaki|萩野 ハギノ hagino|花水木 ハナミズキ hanamizuki
浜風 ハマカゼ hamakaze|光 ヒカリ hikari|日向丘 ヒナタオカ hinataoka|藤棚 フジダナ fujidana|双葉 フタバ futaba|穂高 ホダカ hodaka
松籟 ショウライ shorai|水無月 ミナヅキ minazuki|湊 ミナト minato|深山 ミヤマ miyama|武蔵丘 ムサシオカ musashioka|紅葉 モミジ momiji
八雲台 ヤクモダイ yakumodai|柳 ヤナギ yanagi|山吹 ヤマブキ yamabuki|雪華 セッカ sekka|若竹 ワカタケ wakatake|和光堂 ワコウドウ wakodo
ミライ ミライ mirai|ソラノネ ソラノネ soranone|サンライズ サンライズ sunrise|ブリッジ ブリッジ bridge|グリーンリーフ グリーンリーフ greenleaf
アルバトロス アルバトロス albatross|カナリア カナリア canaria|ノースウィンド ノースウィンド northwind|パレット パレット palette
ひまわり ヒマワリ himawari|つばさ ツバサ tsubasa|あすなろ アスナロ asunaro|HOSHIZORA ホシゾラ hoshizora|NAGISA ナギサ nagisa
"""

_CORES = """
東日本 ヒガシニホン higashinihon|西日本 ニシニホン nishinihon|中央 チュウオウ chuo|第一 ダイイチ daiichi|総合 ソウゴウ sogo|北関東 キタカントウ kitakanto
湘南 ショウナン shonan|関西 カンサイ kansai|九州 キュウシュウ kyushu|東海 トウカイ tokai|みなと ミナト minato|丸 マル maru
三和 サンワ sanwa|共栄 キョウエイ kyoei|大成堂 タイセイドウ taiseido|ホーム ホーム home|テクノ テクノ techno|エコ エコ eco
アーバン アーバン urban|フロンティア フロンティア frontier|グローバル グローバル global|メディカル メディカル medical|スマート スマート smart
ネクスト ネクスト next|ライフ ライフ life|プライム プライム prime|ベスト ベスト best|アクア アクア aqua|オーシャン オーシャン ocean
クラフト クラフト craft|デジタル デジタル digital|ユニバーサル ユニバーサル universal|シティ シティ city|フード フード food|ヘルス ヘルス health
"""

_TRADES = """
商事 ショウジ shoji|商店 ショウテン shoten|物産 ブッサン bussan|産業 サンギョウ sangyo|工業 コウギョウ kogyo|製作所 セイサクショ seisakusho
電機 デンキ denki|電設 デンセツ densetsu|建設 ケンセツ kensetsu|工務店 コウムテン komuten|住建 ジュウケン juken|不動産 フドウサン fudosan
運輸 ウンユ unyu|物流 ブツリュウ butsuryu|倉庫 ソウコ soko|印刷 インサツ insatsu|紙業 シギョウ shigyo|化学 カガク kagaku
製薬 セイヤク seiyaku|食品 ショクヒン shokuhin|水産 スイサン suisan|農園 ノウエン noen|製菓 セイカ seika|酒造 シュゾウ shuzo
精機 セイキ seiki|金属 キンゾク kinzoku|鋼材 コウザイ kozai|硝子 ガラス glass|木材 モクザイ mokuzai|家具 カグ kagu
繊維 センイ seni|服飾 フクショク fukushoku|企画 キカク kikaku|広告 コウコク kokoku|出版 シュッパン shuppan|デザイン デザイン design
システム システム system|ソフト ソフト soft|情報サービス ジョウホウサービス joho|通信 ツウシン tsushin|設計 セッケイ sekkei|測量 ソクリョウ sokuryo
造園 ゾウエン zoen|清掃サービス セイソウサービス seiso|警備 ケイビ keibi|観光 カンコウ kanko|旅館 リョカン ryokan|写真館 シャシンカン shashinkan
クリニック クリニック clinic|調剤薬局 チョウザイヤッキョク yakkyoku|会計事務所 カイケイジムショ kaikei|法律事務所 ホウリツジムショ horitsu
ラボ ラボ labo|ワークス ワークス works|エンジニアリング エンジニアリング engineering|トレーディング トレーディング trading
コンサルティング コンサルティング consulting|ファーム ファーム farm|モータース モータース motors|スタジオ スタジオ studio
"""


def _words(text: str) -> tuple[Word, ...]:
    out: list[Word] = []
    for entry in text.replace("\n", "|").split("|"):
        if entry.strip():
            written, kana, romaji = entry.split()
            out.append((written, kana, romaji))
    return tuple(out)


HEADS = _words(_HEADS)
CORES = _words(_CORES)
TRADES = _words(_TRADES)

FORMS = (("株式会社", 62), ("有限会社", 15), ("合同会社", 10), ("一般社団法人", 2), ("", 11))
ALWAYS_FIRST = frozenset({"一般社団法人"})

FAMILY_NAMES = tuple(
    (n.split()[0], n.split()[1])
    for n in (
        "佐藤 sato|鈴木 suzuki|高橋 takahashi|田中 tanaka|伊藤 ito|渡辺 watanabe|山本 yamamoto|中村 nakamura|小林 kobayashi|加藤 kato|"
        "吉田 yoshida|山田 yamada|佐々木 sasaki|山口 yamaguchi|松本 matsumoto|井上 inoue|木村 kimura|林 hayashi|清水 shimizu|山崎 yamazaki|"
        "森 mori|池田 ikeda|橋本 hashimoto|阿部 abe|石川 ishikawa|前田 maeda|藤田 fujita|小川 ogawa|岡田 okada|長谷川 hasegawa|"
        "村上 murakami|近藤 kondo|石井 ishii|髙橋 takahashi|齋藤 saito|渡邉 watanabe|濵田 hamada|𠮷野 yoshino"
    ).split("|")
)
FIRST_NAMES = "太郎 花子 健一 美咲 翔太 陽子 大輔 由美子 拓也 恵 誠 直子 悠斗 結衣 隆 真由美 亮 さくら 浩二 彩 修 智子 和也 麻衣 剛 久美子".split()

# prefecture, first three digits of the postal code, area code, municipalities, romaji, weight
PREFECTURES: tuple[tuple[str, str, str, tuple[str, ...], str, int], ...] = tuple(
    (ja, zip3, area, tuple(cities.split("/")), romaji, int(weight))
    for ja, zip3, area, cities, romaji, weight in (
        line.split()
        for line in """
北海道 060 011 札幌市中央区/札幌市北区/旭川市/函館市 hokkaido 10
青森県 030 017 青森市/八戸市/弘前市 aomori 3
岩手県 020 019 盛岡市/花巻市 iwate 3
宮城県 980 022 仙台市青葉区/仙台市泉区/石巻市 miyagi 6
秋田県 010 018 秋田市/横手市 akita 2
山形県 990 023 山形市/鶴岡市 yamagata 2
福島県 960 024 福島市/郡山市/いわき市 fukushima 4
茨城県 310 029 水戸市/つくば市/日立市 ibaraki 5
栃木県 320 028 宇都宮市/小山市 tochigi 4
群馬県 371 027 前橋市/高崎市 gumma 4
埼玉県 330 048 さいたま市大宮区/川口市/川越市/所沢市 saitama 10
千葉県 260 043 千葉市中央区/船橋市/柏市 chiba 9
東京都 100 03 千代田区/中央区/港区/新宿区/渋谷区/品川区/台東区/八王子市 tokyo 40
神奈川県 220 045 横浜市西区/横浜市港北区/川崎市川崎区/藤沢市 kanagawa 14
新潟県 950 025 新潟市中央区/長岡市 niigata 4
富山県 930 076 富山市/高岡市 toyama 3
石川県 920 076 金沢市/小松市 ishikawa 3
福井県 910 077 福井市/鯖江市 fukui 2
山梨県 400 055 甲府市/富士吉田市 yamanashi 2
長野県 380 026 長野市/松本市/上田市 nagano 4
岐阜県 500 058 岐阜市/大垣市 gifu 4
静岡県 420 054 静岡市葵区/浜松市中央区/沼津市 shizuoka 6
愛知県 450 052 名古屋市中区/名古屋市中村区/豊田市/岡崎市 aichi 14
三重県 514 059 津市/四日市市 mie 3
滋賀県 520 077 大津市/草津市 shiga 3
京都府 600 075 京都市下京区/京都市伏見区/宇治市 kyoto 7
大阪府 530 06 大阪市北区/大阪市中央区/大阪市淀川区/堺市堺区/東大阪市 osaka 22
兵庫県 650 078 神戸市中央区/姫路市/西宮市 hyogo 8
奈良県 630 074 奈良市/橿原市 nara 2
和歌山県 640 073 和歌山市/田辺市 wakayama 2
鳥取県 680 085 鳥取市/米子市 tottori 1
島根県 690 085 松江市/出雲市 shimane 1
岡山県 700 086 岡山市北区/倉敷市 okayama 4
広島県 730 082 広島市中区/福山市 hiroshima 6
山口県 753 083 山口市/下関市 yamaguchi 2
徳島県 770 088 徳島市/鳴門市 tokushima 1
香川県 760 087 高松市/丸亀市 kagawa 2
愛媛県 790 089 松山市/今治市 ehime 2
高知県 780 088 高知市/南国市 kochi 1
福岡県 810 092 福岡市中央区/福岡市博多区/北九州市小倉北区/久留米市 fukuoka 11
佐賀県 840 095 佐賀市/唐津市 saga 1
長崎県 850 095 長崎市/佐世保市 nagasaki 2
熊本県 860 096 熊本市中央区/八代市 kumamoto 3
大分県 870 097 大分市/別府市 oita 2
宮崎県 880 098 宮崎市/都城市 miyazaki 2
鹿児島県 890 099 鹿児島市/霧島市 kagoshima 3
沖縄県 900 098 那覇市/浦添市 okinawa 3
""".strip().splitlines()
    )
)

TOWNS = "本町 栄町 緑町 中町 若葉町 桜台 元町 港町 東町 西町 南町 旭町 大手町通 駅前 新町 上町 平和町 富士見".split()
BUILDINGS = (
    "第一ビル{floor}階",
    "センタービル {floor}F",
    "サンシティ{floor}01号室",
    "みなとタワー{floor}階",
    "駅前プラザ {floor}F",
    "グリーンコート{floor}02",
)

TAGS: tuple[str, ...] = tuple(
    (
        "展示会 Web集客 紹介案件 既存深耕 新規開拓 リピート キャンペーン2025春 キャンペーン2025秋 補助金対象 IT導入補助金 設備更新 保守契約 "
        "年間契約 スポット 代理店経由 直販 オンライン商談 出張費 会食 手土産 研修 採用広告 求人媒体 福利厚生 健康診断 社内イベント 周年記念 "
        "オフィス移転 什器購入 在宅勤務 通信費見直し クラウド利用料 サーバー保守 ドメイン更新 セキュリティ対策 外部監査 内部監査 税務相談 "
        "法務相談 商標登録 特許出願 翻訳 通訳 印刷物 カタログ制作 動画制作 写真撮影 サンプル提供 返品対応 クレーム対応 納期遅延 立替精算 "
        "前払 分割請求 合算請求 相殺 現金払い 海外送金 為替差損益 輸入関税 源泉対象 インボイス未登録 免税事業者 要確認 "
        "見込A 見込B 失注理由確認 再提案 年度末駆け込み 紹介元へ謝礼 契約書回収中 与信確認中 請求先変更予定 住所変更予定 担当引継 "
        "重点顧客 休眠顧客 パートナー候補 セミナー参加 資料請求 無償トライアル 有償トライアル 導入支援 追加開発 解約予告 更新交渉中 "
        "アンケート回答済 事例掲載可 ロゴ使用許諾"
    ).split()
)

SEGMENTS: dict[int, tuple[str, ...]] = {
    1: tuple(
        (
            "北海道支社 東北支社 北関東支社 南関東支社 甲信越支社 北陸支社 東海支社 関西支社 中国支社 四国支社 九州支社 沖縄営業所 "
            "札幌営業所 仙台営業所 宇都宮営業所 大宮営業所 千葉営業所 東京本社 横浜営業所 新潟営業所 金沢営業所 静岡営業所 名古屋支店 "
            "京都営業所 大阪支店 神戸営業所 岡山営業所 広島支店 高松営業所 福岡支店 "
            "熊本営業所 鹿児島営業所 盛岡出張所 長野出張所 浜松出張所 姫路出張所 松山出張所 長崎出張所 海外 オンライン"
        ).split()
    ),
    2: tuple(
        (
            "受託開発 自社サービス 保守運用 導入支援 コンサルティング 教育研修 機器販売 機器レンタル 部品販売 修理 施工 設計 物流受託 "
            "倉庫保管 広告運用 コンテンツ制作 イベント運営 店舗小売 通信販売 卸売 輸出 輸入 飲食 宿泊 不動産賃貸 不動産仲介 "
            "ライセンス サブスクリプション データ分析 人材紹介 "
            "派遣 清掃 警備 造園 再生エネルギー 農産加工 医療機器 介護用品 印刷 共通管理"
        ).split()
    ),
    3: tuple(
        (
            "基幹刷新2025 顧客管理更改 新倉庫立上げ 横浜新店 名古屋増床 海外展開準備 物流改善 工場自動化 脱炭素推進 採用強化 人事制度改定 "
            "会計システム統合 電帳法対応 インボイス対応 Webサイト刷新 ECサイト構築 アプリ開発 新製品A 新製品B 新製品C 共同研究 "
            "産学連携 展示会出展 周年事業 本社移転 支店統合 品質改善 原価低減 調達見直し 省エネ改修 "
            "災害対策 情報セキュリティ強化 内部統制整備 ブランド刷新 会員制度 データ基盤 問合せ窓口統合 車両入替 研修体系整備 社史編纂"
        ).split()
    ),
}
