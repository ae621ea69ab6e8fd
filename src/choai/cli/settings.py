"""services, check, user."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from choai.cli import say, where
from choai.cli.check import check
from choai.cli.say import command, tell
from choai.errors import ChoaiError

if TYPE_CHECKING:
    from choai.connectors.contract import ObjectSpec, Spec

Data = Annotated[Path | None, typer.Option("--data", help="Data folder; default: CHOAI_DATA, else ./choai-data")]
Json = Annotated[bool, typer.Option("--json", help="JSON for a script.")]
WorkspaceOption = Annotated[str | None, typer.Option("--workspace", help="Id or name, where there are several.")]

users = typer.Typer(help="People and their roles.", no_args_is_help=True)


@command
def services(as_json: Json = False) -> None:
    """Which services Choai speaks to, and what it can do with their objects."""
    from choai.connectors import registry

    facts = [_service(spec) for spec in registry.services()]
    if as_json:
        say.print_json(facts)
        return
    rows = []
    for service in facts:
        for o in service["objects"]:
            can = tell("読み書き", "read, write") if o["create"] or o["update"] else tell("読み取り", "read")
            rows.append([service["service"], service["role"], o["name"], o[say.language()], can])
    say.table([tell("サービス", "Service"), tell("役割", "Role"), tell("種類", "Object"), "", ""], rows)


def _service(spec: Spec) -> dict[str, Any]:
    """A service as a script sees it. A limit of 0 seconds is of calls at once."""
    return {
        "service": spec.service,
        "role": str(spec.role),
        "ja": spec.ja,
        "en": spec.en,
        "auth": list(spec.auth),
        "webhooks": spec.hook is not None,
        "limits": [
            {"name": x.name, "count": x.count, "seconds": x.seconds, "hard": x.hard, "scope": x.scope}
            for x in spec.limits
        ],
        "unsure": [{"fact": u.code, "ja": u.ja, "en": u.en, "by_reading": u.by_reading} for u in spec.unsure],
        "objects": [_object(o) for o in spec.objects],
    }


def _object(o: ObjectSpec) -> dict[str, Any]:
    return {
        "name": o.name,
        "ja": o.ja,
        "en": o.en,
        "role": o.role,
        "create": o.can_create,
        "update": o.can_update,
        "idempotency": str(o.idempotency),
        "cursor": str(o.cursor),
        "deletes": str(o.deletes),
        "page_size": o.page_size,
        "batch_size": o.batch_size,
        "reads_by_id": o.reads_by_id,
        "has_revision": o.has_revision,
        "keys": list(o.keys),
        "actions": [a.name for a in o.actions],
        "plan_gate": o.plan_gate,
    }


# ---------------------------------------------------------------- people


def _password(given: str | None) -> str:
    """From the option, from standard input when it is no terminal, else asked for twice."""
    if given is not None:
        return given
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt(tell("パスワード", "Password"), hide_input=True, confirmation_prompt=True))


Password = Annotated[str | None, typer.Option("--password", help="Default: asked for, or read from standard input.")]
Email = Annotated[str, typer.Argument(help="E-mail address.")]


@command
def user_add(  # noqa: PLR0917  options, passed by name
    email: Email,
    name: Annotated[str, typer.Option(help="Name as it is shown.")] = "",
    role: Annotated[
        str, typer.Option(help="viewer | operator | configurer | connection_owner | administrator")
    ] = "viewer",
    language: Annotated[str, typer.Option("--language", help="ja | en")] = "ja",
    password: Password = None,
    workspace: WorkspaceOption = None,
    data: Data = None,
) -> None:
    """Add a person. On an empty installation they become its owner, in a workspace of that name."""
    _known_role(role)
    where.home(data)
    from choai.store import people

    if people.nobody_yet():
        people.first_start(
            workspace=workspace or "Choai",
            name=name or email,
            email=email,
            password=_password(password),
            language=language,
        )
    else:
        workspace_id = where.workspace(workspace)
        people.add_member(
            workspace_id,
            _administrator(workspace_id),
            email=email,
            name=name or email,
            role=role,
            password=_password(password),
            language=language,
        )
    say.out.print(tell(f"{email} を追加しました。", f"{email} is added."))


@command
def user_list(workspace: WorkspaceOption = None, data: Data = None, as_json: Json = False) -> None:
    """Everyone in the workspace."""
    where.home(data)
    from choai.store import people

    found = people.members(where.workspace(workspace))
    if as_json:
        say.print_json(found)
        return
    rows = [[m["email"], m["name"], m["role"], "" if m["is_active"] else tell("無効", "inactive")] for m in found]
    say.table([tell("メール", "E-mail"), tell("名前", "Name"), tell("権限", "Role"), ""], rows)


@command
def user_password(email: Email, password: Password = None, data: Data = None) -> None:
    """Set a new password; the person's sessions end."""
    where.home(data)
    from choai.store import people
    from choai.store.models import User

    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        raise ChoaiError("not_found", what="user", id=email)
    people.set_password(user, _password(password))
    say.out.print(tell("パスワードを変更しました。", "The password is changed."))


@command
def user_role(
    email: Email,
    role: Annotated[str, typer.Argument(help="viewer | operator | configurer | connection_owner | administrator")],
    workspace: WorkspaceOption = None,
    data: Data = None,
) -> None:
    """Change a person's role in the workspace."""
    _known_role(role)
    where.home(data)
    from choai.store import people

    workspace_id = where.workspace(workspace)
    found = next((m["id"] for m in people.members(workspace_id) if m["email"] == email.lower()), None)
    if found is None:
        raise ChoaiError("not_found", what="user", id=email)
    people.change_member(workspace_id, _administrator(workspace_id), found, role=role, name=None, password=None)
    say.out.print(tell("権限を変更しました。", "The role is changed."))


def _known_role(role: str) -> None:
    known = ("viewer", "operator", "configurer", "connection_owner", "administrator")
    if role not in known:
        raise typer.BadParameter(" | ".join(known), param_hint="role")


def _administrator(workspace_id: int) -> int:
    """In whose name the audit records what the host does."""
    from choai.store.models import Member

    admins = Member.objects.filter(workspace_id=workspace_id, role="administrator").order_by("id")
    found = admins.values_list("user_id", flat=True).first()
    if found is None:
        raise ChoaiError("not_found", what="administrator", id=workspace_id)
    return int(found)


def add(app: typer.Typer) -> None:
    app.command()(services)
    app.command()(check)
    for name, fn in (("add", user_add), ("list", user_list), ("password", user_password), ("role", user_role)):
        users.command(name)(fn)
    app.add_typer(users, name="user")
