"""HTML of the consent page, the control page and short notices. Plain markup, no outside resources."""

from __future__ import annotations

import json
from html import escape

from choai.sandbox.core import World
from choai.sandbox.freee.plans import PLANS
from choai.sandbox.markup import page

FAULTS = (
    ("maintenance", "メンテナンス / maintenance"),
    ("ip_block", "IPアドレス制限 / IP block"),
    ("throttle", "429"),
    ("burst", "403 連続アクセス / burst"),
    ("late", "遅い応答 / late"),
    ("lost_reply", "処理後に応答が消える / lost reply"),
    ("refuse", "接続できない / refused"),
    ("garbage", "JSONでない応答 / garbage"),
    ("revoke_family", "リフレッシュ拒否 / grant revoked"),
    ("rewrite", "値の自動整形 / values rewritten"),
    ("empty_page", "空の一覧 / empty page"),
    ("partial", "一覧の欠落 / partial page"),
)


def message_page(title: str, text: str) -> str:
    body = f'<main><div class="card narrow"><h1>{escape(title)}</h1><p><code>{escape(text)}</code></p></div></main>'
    return page(title, body)


def consent_page(world: World, asked: dict[str, str]) -> str:
    """Who signs in, for which company, and the two buttons. ``asked`` must be a checked authorisation request."""
    state = world.state
    client = state["clients"][asked["client_id"]]
    hidden = "".join(
        f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">'
        for k, v in asked.items()
        if k not in ("user", "company")
    )
    roles = {
        "admin": "管理者",
        "simple_accounting": "一般（経理）",
        "workflow": "申請・承認のみ（取引先などの権限なし）",
    }
    users = "".join(
        f'<label><input type="radio" name="user" value="{user["id"]}"{" checked" if place == 0 else ""}> '
        f"{escape(user['display_name'])} <span class=small>"
        f"{escape(roles.get(next(iter(user['roles'].values())), ''))} {escape(user['email'])}</span></label>"
        for place, user in enumerate(state["users"].values())
    )
    companies = ""
    if asked.get("prompt") == "select_company":
        choices = "".join(
            f'<label><input type="radio" name="company" value="{number}"{" checked" if place == 0 else ""}> '
            f"{escape(company['display_name'])} <span class=small>{escape(PLANS[company['settings']['plan']].ja)}</span></label>"
            for place, (number, company) in enumerate(state["companies"].items())
        )
        companies = f"<h2>連携する事業所</h2>{choices}"
    body = f"""<header><b>freee（模擬環境）</b></header><main><div class="card narrow">
<h1>{escape(client["name"])} が連携を求めています</h1>
<p class="small">許可すると、このアプリが選択した事業所の次の情報を参照・更新できます：<br>
取引先、メモタグ、セグメント、品目、部門、勘定科目、税区分、口座、経費科目。</p>
<form method="post" action="/public_api/authorize">{hidden}
<h2>ログインするユーザー</h2>{users}{companies}
<p class="row"><button class="main" name="decision" value="allow">許可する</button>
<button name="decision" value="deny">許可しない</button></p></form>
<p class="small">これは模擬環境のページです。freee株式会社のサービスではありません。</p></div></main>"""
    return page("アプリ連携の許可", body)


_SCRIPT = """
const send=(path,method,body)=>fetch(path,{method,headers:{'content-type':'application/json'},
 body:body===undefined?undefined:JSON.stringify(body)}).then(()=>location.reload());
document.addEventListener('click',e=>{const b=e.target.closest('button[data-do]');if(!b)return;e.preventDefault();
 const d=b.dataset;
 if(d.do==='on')send('/_sandbox/faults','POST',{name:d.name,times:document.getElementById('forever').checked?null:1});
 if(d.do==='off')fetch('/_sandbox/faults',{method:'DELETE'}).then(()=>send('/_sandbox/state','POST',{burst_until:0}));
 if(d.do==='set'){const s={};s[d.name]=JSON.parse(d.value);send('/_sandbox/state','POST',s);}
 if(d.do==='company'){const c=JSON.parse(document.getElementById('companies').textContent);const o=c[d.company]||{};
  const f=document.getElementById(d.field);o[d.key]=f.type==='checkbox'?f.checked:f.value;c[d.company]=o;
  send('/_sandbox/state','POST',{companies:c});}
});
"""


def control_page(world: World) -> str:
    """/_sandbox for people: counts, faults, settings, last calls."""
    body = f"""<header><b>freee（模擬環境）</b>{_links(world)}<a href="/_sandbox">操作盤</a></header><main>
<h1>操作盤 / Control</h1><p class="small">時計 / clock: {escape(world.now().isoformat(timespec="seconds"))}</p>
<h2>件数 / Records</h2>{_counts(world)}
<h2>障害 / Faults</h2>{_faults(world)}
<h2>設定 / Settings</h2>{_settings(world)}
<h2>最近の呼び出し / Last calls</h2>{_log(world)}</main>"""
    return page("freee 模擬環境", body, script=_SCRIPT)


def _links(world: World) -> str:
    company = next(iter(world.state["companies"]))
    links = [("取引先", "partners"), ("メモタグ", "tags"), *((f"セグメント{n}", f"segments/{n}") for n in (1, 2, 3))]
    return "".join(f'<a href="/{path}?company_id={company}">{name}</a>' for name, path in links)


def _counts(world: World) -> str:
    tables, companies = world.state["tables"], world.state["companies"]
    kinds = sorted({name.split("/", 1)[1] for name in tables})
    head = "".join(f"<th>{escape(c['display_name'])} <span class=small>{n}</span></th>" for n, c in companies.items())
    rows = ""
    for kind in kinds:
        cells = "".join(f'<td class="n">{len(tables.get(f"{number}/{kind}", []))}</td>' for number in companies)
        rows += f"<tr><td>{escape(kind)}</td>{cells}</tr>"
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"


def _faults(world: World) -> str:
    on = "".join(
        f"<tr><td>{escape(f.name)}</td><td>{escape(f.match)}</td><td class=n>{'∞' if f.times is None else f.times}</td>"
        f"<td class=n>{f.hits}</td></tr>"
        for f in world.faults
    )
    table = f"<table><tr><th>入 / on</th><th>対象 / match</th><th>回数</th><th>発生</th></tr>{on}</table>" if on else ""
    buttons = "".join(f'<button data-do="on" data-name="{name}">{escape(label)}</button>' for name, label in FAULTS)
    return (
        f'<div class="card"><div class="row">{buttons}</div><label><input type="checkbox" id="forever"> '
        f'解除するまで続ける / until off</label>{table}<p><button data-do="off">すべて解除 / all off</button></p></div>'
    )


def _settings(world: World) -> str:
    state = world.state
    standing = bool(state["settings"].get("maintenance"))
    text = "メンテナンスを終える" if standing else "メンテナンスを始める"
    rows = ""
    for number, company in state["companies"].items():
        own = {**company["settings"], **state["settings"].get("companies", {}).get(number, {})}
        options = "".join(
            f'<option value="{key}"{" selected" if own["plan"] == key else ""}>{escape(plan.ja)}</option>'
            for key, plan in PLANS.items()
        )
        checked = " checked" if own["use_partner_code"] else ""
        rows += (
            f"<tr><td>{escape(company['display_name'])}</td>"
            f"<td><select id='plan{number}'>{options}</select> {_change(number, 'plan', f'plan{number}')}</td>"
            f"<td><label><input type='checkbox' id='code{number}'{checked}> 取引先コードを使う</label> "
            f"{_change(number, 'use_partner_code', f'code{number}')}</td></tr>"
        )
    known = _json(state["settings"].get("companies", {})).replace("<", "\\u003c")
    return (
        f"<table><tr><th>事業所</th><th>プラン</th><th>取引先コード</th></tr>{rows}</table>"
        f'<p><button data-do="set" data-name="maintenance" data-value="{str(not standing).lower()}">{text}</button></p>'
        f'<script type="application/json" id="companies">{known}</script>'
        f'<details><summary class="small">JSON</summary><pre>{escape(_json(state["settings"]))}</pre></details>'
    )


def _change(company: str, key: str, field: str) -> str:
    return f"<button data-do='company' data-company='{company}' data-key='{key}' data-field='{field}'>変更</button>"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _log(world: World) -> str:
    rows = "".join(
        f"<tr><td>{escape(c['at'])}</td><td>{escape(c['line'])}</td><td class=n>{c['status']}</td></tr>"
        for c in reversed(world.log[-30:])
    )
    return f"<table><tr><th>時刻 (UTC)</th><th>呼び出し</th><th>結果</th></tr>{rows}</table>"
