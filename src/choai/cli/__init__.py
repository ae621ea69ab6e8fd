"""The command line. ``choai --help`` says it all.

    serve, worker, demo, sandbox                   servers.py
    plan, run                                      runs.py
    reconcile                                      reconcile.py
    services, check, user                          settings.py
    backup, restore, key                           house.py
    audit                                          audit.py

Exit codes: 0 done, 1 finished with failures, 2 wrong usage, 3 not executed, 4 stopped or waiting for a decision.
"""

from __future__ import annotations

from typing import Annotated

import typer

from choai import __version__
from choai.cli import audit, house, reconcile, runs, say, servers, settings

app = typer.Typer(
    name="choai",
    help="帳合 Choai: two-way sync between a CRM and an accounting service.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"choai {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    lang: Annotated[str | None, typer.Option(help="ja | en; default: CHOAI_LANG, else the system's language")] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    say.set_language(lang)


for module in (servers, runs, reconcile, settings, house, audit):
    module.add(app)


def main() -> None:
    """Entry point of the program."""
    app()
