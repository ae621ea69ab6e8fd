"""What a service declares beside its objects: ways in, inputs of the form, limits, actions, webhooks. All data; import the kinds
from contract.py, and from here what services declare alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from choai.model.schema import Choice, Field
from choai.model.schema import choices as choices_of

# auth kinds by which a connection gets its tokens itself, without a person's consent
OWN_WAYS = ("client_credentials", "jwt_bearer", "session")


class Answers(StrEnum):
    """What an action answers."""

    RECORD = "record"  # the record as it is afterwards
    DOCUMENT = "document"  # a file
    CREATED = "created"  # another record: an invoice made of a quote
    NOTHING = "nothing"


@dataclass(slots=True, frozen=True)
class ActionSpec:
    """Something a record can be told to do besides being written. ``states``: the values of the object's state field
    (``ObjectSpec.state``) from which the service allows it; empty: from all."""

    name: str  # "void", "send", "pdf", "convert" …
    ja: str
    en: str
    args: tuple[Field, ...] = ()  # what a person fills in; required ones by Field.required
    answers: Answers = Answers.RECORD
    effect: bool = True  # False: changes nothing (a PDF)
    idempotent: bool = False  # doing it twice is as good as once
    asks: bool = True  # a person confirms first: it cannot be taken back, or it reaches a customer
    states: tuple[str, ...] = ()
    makes: str | None = None  # object of the record that Answers.CREATED answers
    plan_gate: str | None = None  # capability name in Account.capabilities that must be true


@dataclass(slots=True, frozen=True)
class OAuthSpec:
    """OAuth 2.0: the authorization code of a person (auth kind "oauth"), and what an app may get by itself ("client_credentials",
    "jwt_bearer"). Addresses, ``client_auth`` and ``jwt_audience`` may hold ``{setting}`` placeholders of the connection."""

    authorize_url: str
    token_url: str
    scopes: tuple[str, ...] = ()
    scope_separator: str = " "
    client_auth: str = "body"  # "body" or "basic"; without a client secret (PKCE only) the id travels in the body
    pkce: bool = False
    rotates: bool = False  # the refresh token changes at each use
    access_seconds: int = 3600
    refresh_days: int | None = None  # life of an idle refresh token
    refresh_early_seconds: int = 300
    extra_authorize: Mapping[str, str] = field(default_factory=dict)
    revoke_url: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)  # the vendor's words beyond RFC 6749 → our codes
    callback: Mapping[str, str] = field(default_factory=dict)  # parameter of the way back → choice setting it corrects
    client_scopes: tuple[str, ...] = ()  # client credentials, where they must be named
    jwt_subject: str = "username"  # setting that holds the JWT's ``sub``
    jwt_audience: str = ""
    jwt_seconds: int = 180


@dataclass(slots=True, frozen=True)
class SignInSpec:
    """A session of the service's own, got by the function ``sign_in`` and renewed like a token (auth kind "session").
    ``parameter``: its name in the query of a GET and in the form of a POST; None: ``authorise`` makes a header of
    ``secrets["access_token"]``."""

    parameter: str | None = None
    seconds: int = 3600  # of life, when the service does not say
    early_seconds: int = 60


@dataclass(slots=True, frozen=True)
class HookSpec:
    """How the service tells of changes: function ``heard``. ``proof`` is what shows that a call is genuine: "signature" (of the
    body with the secret setting ``secret``), "token" (told in the body) or "address" (a secret part of the address only).
    ``subscribes``: the service has an API for it, functions ``subscribe`` and ``unsubscribe``; else a person enters the address,
    as ``help`` says. ``renew_seconds``: a subscription that ends by itself is renewed so often."""

    proof: str
    secret: str | None = None  # name of the secret setting
    subscribes: bool = False
    renew_seconds: int | None = None
    help_ja: str = ""
    help_en: str = ""


@dataclass(slots=True, frozen=True)
class SettingSpec:
    """One input of the connection form. Secret ones are sealed and never shown again."""

    name: str
    ja: str
    en: str
    required: bool = True
    secret: bool = False
    default: str | None = None
    pattern: str | None = None
    help_ja: str = ""
    help_en: str = ""
    kind: str = "text"  # "text", "url", "choice", "apps" (list of {"id","token"} for kintone tokens)
    choices: tuple[Choice, ...] = ()
    auth: str | None = None  # only for these auth kinds, joined by spaces
    learnt: bool = False  # found out by ``granted`` or ``identify``; not on the form


@dataclass(slots=True, frozen=True)
class Limit:
    """``count`` calls in any ``seconds``, or at once when ``seconds`` is 0. 86400 is a vendor day; ``reset`` is its
    ``HH:MM+zz:zz``. Plans may override by name through Account.limits."""

    name: str
    count: int
    seconds: int
    reset: str = "00:00+09:00"
    scope: str = "connection"  # "connection" or "app" (one counter per object)
    hard: bool = True  # False: the vendor only warns


# ---------------------------------------------------------------- what services declare alike

PDF = ActionSpec("pdf", "PDFを取得する", "Get the PDF", answers=Answers.DOCUMENT, effect=False, asks=False)

# action, ja, en, how the service is told it (a status, a path), the states it is allowed from
Move = tuple[str, str, str, str, tuple[str, ...]]


def steps(moves: Iterable[Move]) -> tuple[ActionSpec, ...]:
    """Actions that lead a document from one state to another, and may be done again."""
    return tuple(ActionSpec(name, ja, en, idempotent=True, states=states) for name, ja, en, _, states in moves)


def optional(name: str, ja: str, en: str, *help: str, **more: Any) -> SettingSpec:
    """An input that may stay empty. ``help``: in Japanese and in English."""
    help_ja, help_en = help or ("", "")
    return SettingSpec(name, ja, en, **{"required": False, "help_ja": help_ja, "help_en": help_en, **more})


def choice(name: str, labels: tuple[str, str], choices: str, *help: str, **more: Any) -> SettingSpec:
    """A choice of ``value=日本語=English|…``; the first one unless ``default`` says otherwise."""
    known = choices_of(choices)
    return optional(name, *labels, *help, **{"kind": "choice", "choices": known, "default": known[0].value, **more})


def address(name: str, ja: str, en: str, default: str | None = None, **more: Any) -> SettingSpec:
    """An address, the vendor's own unless somebody says otherwise."""
    return optional(name, ja, en, kind="url", default=default, **more)


def api_address(default: str | None = None) -> SettingSpec:
    return address("base_url", "APIのアドレス", "API address", default)


def web_address(default: str | None = None) -> SettingSpec:
    return address("web_url", "画面のアドレス", "Address of the screens", default)


def client_id(help_ja: str, help_en: str) -> SettingSpec:
    """Of the app that was registered at the vendor."""
    return SettingSpec("client_id", "Client ID", "Client ID", help_ja=help_ja, help_en=help_en)


CLIENT_SECRET = SettingSpec("client_secret", "Client Secret", "Client secret", secret=True)
