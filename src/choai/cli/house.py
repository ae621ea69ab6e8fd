"""backup, restore, key rotate."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from choai.cli import say, where
from choai.cli.say import command, tell

Data = Annotated[Path | None, typer.Option("--data", help="Data folder; default: CHOAI_DATA, else ./choai-data")]
File = Annotated[Path, typer.Argument(help="The backup file.")]
Sealed = Annotated[
    bool, typer.Option("--passphrase", help="Sealed file; the passphrase is asked for or read from stdin.")
]

keys = typer.Typer(help="The keys that seal the stored credentials.", no_args_is_help=True)


def _passphrase(wanted: bool, *, twice: bool) -> str:
    if not wanted:
        return ""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt(tell("パスフレーズ", "Passphrase"), hide_input=True, confirmation_prompt=twice))


@command
def backup(file: File, passphrase: Sealed = False, data: Data = None) -> None:
    """Back the whole installation up into one file, also while syncs run."""
    from choai.runtime import backup as work

    home = where.home(data)
    work.backup(home, file, _passphrase(passphrase, twice=True))
    say.out.print(tell(f"{file} にバックアップしました。", f"Backed up to {file}."))
    if not passphrase:
        say.err.print(
            tell(
                "注意: このファイルには、接続の認証情報を開く鍵が含まれています。安全な場所に保管してください。",
                "Careful: this file holds the keys that open the stored credentials. Keep it in a safe place.",
            )
        )


@command
def restore(
    file: File,
    passphrase: Sealed = False,
    force: Annotated[bool, typer.Option("--force", help="Throw the present data away.")] = False,
    data: Data = None,
) -> None:
    """Put a backup into an empty data folder. Choai must be stopped."""
    from choai.runtime import backup as work
    from choai.runtime import boot

    home = boot.prepare(data)
    with nullcontext() if home.postgres else boot.locked(home):
        about = work.restore(home, file, _passphrase(passphrase, twice=False), force=force)
        boot.ready(home)
    say.out.print(tell(f"{about['at']} のバックアップを復元しました。", f"Restored the backup of {about['at']}."))


@command
def rotate(data: Data = None) -> None:
    """Seal all stored credentials under a new key. Connections stay as they are; a server may be at work."""
    from choai.store import seal

    where.home(data)
    count = seal.rotate()
    say.out.print(tell(f"{count}件を新しい鍵で封印し直しました。", f"{count} entries are sealed under the new key."))


def add(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)
    keys.command("rotate")(rotate)
    app.add_typer(keys, name="key")
