from __future__ import annotations

import json
import os
from pathlib import Path

from fidelity import tally
from sandbox.conftest import freee_admin, freee_box

__all__ = ["freee_admin", "freee_box"]

if os.environ.get("CHOAI_FIDELITY"):
    tally.begin()


def pytest_sessionfinish() -> None:
    """What was looked at, for ``dev.py fidelity``."""
    if os.environ.get("CHOAI_FIDELITY"):
        Path(os.environ["CHOAI_FIDELITY"]).write_text(json.dumps(tally.told()), "utf-8")
