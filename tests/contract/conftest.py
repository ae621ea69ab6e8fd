from __future__ import annotations

import pytest

from contract.suite import Contract, offered


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test by subject runs for the subjects that can have it."""
    if metafunc.cls is None or not issubclass(metafunc.cls, Contract) or "subject" not in metafunc.fixturenames:
        return
    case = metafunc.cls.case
    fitting = [s for s in case.subjects if offered(case, s, metafunc.function.__name__)]
    metafunc.parametrize("subject", fitting, ids=[s.object for s in fitting])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that no subject can have are not skipped but not there; see test_what_is_left_out_is_declared."""
    out = [i for i in items if issubclass(getattr(i, "cls", None) or object, Contract) and "[NOTSET" in i.name]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [i for i in items if i not in out]
