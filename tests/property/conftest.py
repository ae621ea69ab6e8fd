"""Nothing here asserts on wall time: a slow machine is no counter-example."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("choai", deadline=None, print_blob=True)
settings.load_profile("choai")
