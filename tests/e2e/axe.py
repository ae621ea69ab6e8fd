"""What axe-core finds on the page as it stands."""

from __future__ import annotations

from typing import Any

from house.tree import ROOT

_SOURCE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"


def faults(page: Any) -> list[str]:
    """Serious and critical findings of axe, with the places."""
    if page.evaluate("() => typeof axe") == "undefined":
        page.evaluate(_SOURCE.read_text("utf-8"))
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
    return [
        f"{v['id']}: {', '.join(str(n['target'][0]) for n in v['nodes'][:5])}"
        for v in found
        if v["impact"] in {"serious", "critical"}
    ]
