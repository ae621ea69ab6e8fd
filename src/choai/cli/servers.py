"""serve, worker, demo, sandbox."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from choai.cli import say
from choai.cli.say import command, tell

Data = Annotated[Path | None, typer.Option("--data", help="Data folder; default: CHOAI_DATA, else ./choai-data")]
PublicUrl = Annotated[
    str | None, typer.Option("--public-url", help="The address people use; default: CHOAI_PUBLIC_URL")
]


@command
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8420,
    data: Data = None,
    public_url: PublicUrl = None,
    worker: Annotated[bool, typer.Option(help="Run syncs in this process too. Without: PostgreSQL only.")] = True,
) -> None:
    """Serve the web application and run the syncs, until it is stopped."""
    from choai.runtime import boot, logs
    from choai.runtime import serve as program

    logs.set_up()
    home = boot.prepare(data, public_url=public_url)

    def listening(address: str) -> None:
        if sys.stdout.isatty():
            say.out.print(
                tell(f"Choaiは {address} で動いています (Ctrl+Cで停止)", f"Choai is at {address} (Ctrl+C stops it)")
            )
        else:
            say.print_json({"address": address, "data": str(home.folder)})

    program.serve(home, host=host, port=port, with_worker=worker, listening=listening)


@command
def worker(data: Data = None) -> None:
    """Run syncs without the web application: any number of these beside ``choai serve``. PostgreSQL only."""
    from choai.runtime import boot, logs
    from choai.runtime import serve as program

    logs.set_up()
    home = boot.prepare(data)
    program.work(home, ready=lambda worker_id: say.print_json({"worker": worker_id}))


@command
def demo(
    port: Annotated[int, typer.Option(help="Port of the product; 0 takes a free one.")] = 8420,
    data: Annotated[Path | None, typer.Option("--data", help="Folder of the demo; default: ./choai-demo")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Walk the first sync through the API, print one line, end.")
    ] = False,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the browser when there is one.")] = True,
) -> None:
    """Choai with imitations of all services on this computer: nothing leaves it, no account is needed."""
    from choai.runtime import check as walk
    from choai.runtime import demo as show

    if check:
        raise typer.Exit(walk.main(data))
    show.run(port=port, folder=data, open_browser=open_browser)


def sandbox(
    services: Annotated[
        list[str] | None, typer.Argument(help="Services to imitate, such as xero; all when none is named.")
    ] = None,
    port: Annotated[int, typer.Option(help="Port of the first; each further one takes the next. 0: free ones.")] = 8421,
    data: Annotated[Path | None, typer.Option("--data", help="Folder to keep their records in.")] = None,
) -> None:
    """Only the imitation services, on loopback. One JSON line tells their addresses and how to sign in."""
    import asyncio

    from choai.sandbox import SERVICES
    from choai.sandbox.serve import serve as imitate

    names = list(dict.fromkeys("freee" if name == "freee_invoice" else name for name in services or SERVICES))
    if strange := [name for name in names if name not in SERVICES]:
        raise typer.BadParameter(f"{strange[0]}: {', '.join((*SERVICES, 'freee_invoice'))}", param_hint="SERVICES")
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
    asyncio.run(imitate({name: port + n if port else 0 for n, name in enumerate(names)}, data))


def add(app: typer.Typer) -> None:
    for fn in (serve, worker, demo, sandbox):
        app.command()(fn)
