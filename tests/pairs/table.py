"""Every CRM with every accounting service, set up as the wizard does it, run, and run again.

    python3 dev.py pairs [--only CRM,ACCOUNTING] [--json]

Partners go both ways where both sides allow it, invoices from accounting to the CRM (or where that cannot be, the other way).
Each cell has its own imitations and its own empty database. "asked" are records that wait for
a person's answer (the same name with another code). Exit 1 when a second run wrote, or something failed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "choai.web.settings")

TOPICS = ("partner", "invoice")
HEAD = ("CRM", "accounting", "what", "ways", "created", "updated", "asked", "failed", "2nd run writes", "")
WAYS = {("to_left",): "←", ("to_right",): "→", ("to_left", "to_right"): "↔"}


@dataclass
class Line:
    crm: str
    accounting: str
    topic: str
    ways: str = ""
    created: int = 0
    updated: int = 0
    asked: int = 0
    failed: int = 0
    second_writes: int = 0
    note: str = ""
    wrong: bool = False

    def cells(self) -> tuple[str, ...]:
        if not self.ways:
            return (self.crm, self.accounting, self.topic, "–", "", "", "", "", "", self.note)
        counts = (self.created, self.updated, self.asked, self.failed, self.second_writes)
        return (self.crm, self.accounting, self.topic, self.ways, *map(str, counts), self.note)


def lines_of(crm: str, accounting: str, template: Path, folder: Path) -> list[Line]:
    """One cell in an empty database."""
    from databases import sqlite_copy
    from pairs.cell import stage

    folder.mkdir()
    found = []
    try:
        with sqlite_copy(template, folder), stage(crm, accounting) as cell:
            for topic in TOPICS:
                got = cell.sync(topic)
                noted = [got.why] if got.why else []
                noted += [f"{code} ×{count}" for code, count in sorted(got.codes.items())]
                noted += [state for state in got.states if state not in ("", "succeeded", "partly")]
                told = Line(crm, accounting, topic, WAYS.get(got.ways, ""), note=", ".join(noted), wrong=got.wrong)
                told.created, told.updated = got.first.get("created", 0), got.first.get("updated", 0)
                told.asked, told.failed = got.asked, sum(got.faults.values())
                told.second_writes = got.second_writes
                found.append(told)
    except Exception as error:  # noqa: BLE001  a cell that cannot be set up is a line of the table, not its end
        traceback.print_exc()
        found.append(Line(crm, accounting, "–", note=f"{type(error).__name__}: {error}"[:160], wrong=True))
    return found


def show(lines: list[Line]) -> None:
    rows = [HEAD, *(line.cells() for line in lines)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(HEAD))]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    cells = {(line.crm, line.accounting) for line in lines}
    wrong = {(line.crm, line.accounting) for line in lines if line.wrong}
    writes = sum(line.second_writes for line in lines)
    print(f"{len(cells)} pairs, {len(cells - wrong)} right, {writes} writes in second runs")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="dev.py pairs", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", default="", help="services by name, joined by commas: only pairs of these")
    parser.add_argument("--json", action="store_true", help="one JSON object per line instead of the table")
    given = parser.parse_args()
    import django

    django.setup()
    from django.conf import settings

    from choai.connectors.contract import Role
    from databases import sqlite_template
    from pairs.entries import services

    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # for an owner whom nobody signs in as
    wanted = {name.strip() for name in given.only.split(",") if name.strip()}
    crms, books = services(Role.CRM), services(Role.ACCOUNTING)
    unknown = wanted - {*crms, *books}
    if unknown:
        parser.error(f"not there: {', '.join(sorted(unknown))} (there are {', '.join((*crms, *books))})")
    crms = [name for name in crms if not wanted & set(crms) or name in wanted]
    books = [name for name in books if not wanted & set(books) or name in wanted]
    with tempfile.TemporaryDirectory(prefix="choai-pairs-") as temporary:
        folder = Path(temporary)
        (folder / "template").mkdir()
        template = sqlite_template(folder / "template")
        lines: list[Line] = []
        for crm in crms:
            for accounting in books:
                print(f"· {crm} ↔ {accounting}", file=sys.stderr, flush=True)
                lines += lines_of(crm, accounting, template, folder / f"{crm}-{accounting}")
    if given.json:
        for line in lines:
            print(json.dumps(asdict(line), ensure_ascii=False))
    else:
        show(lines)
    return int(any(line.wrong for line in lines))


if __name__ == "__main__":
    sys.exit(main())
