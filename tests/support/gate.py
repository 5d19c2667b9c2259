"""``--gate``: the tests that the gate, which has to be quick, leaves to ``make test``.

What SQL does is tested with ledger, bills and migrations, on both databases. Pages, verbs,
channels and whole services ask it the same questions whatever the database is: the gate meets
each of their tests on one of the two, half of them on either. What is marked slow it leaves out.
"""

from pathlib import Path
from zlib import crc32

import pytest

_TESTS = Path(__file__).parents[1]
_ABOVE_SQL = {
    _TESTS / "e2e",
    _TESTS / "faults",
    *(
        _TESTS / "integration" / name
        for name in ("api", "channels", "commands", "console", "service")
    ),
}
_OF = ("sqlite", "postgresql")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--gate", action="store_true", help="without twins and slow tests")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--gate"):
        return
    left_out = {item for item in items if _is_slow(item) or not _has_its_turn(item)}
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=list(left_out))


def _is_slow(item: pytest.Item) -> bool:
    return item.get_closest_marker("slow") is not None


def _has_its_turn(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    told = callspec.params.values() if callspec else ()
    database = next((one for one in told if one in _OF), None)
    if database is None or _ABOVE_SQL.isdisjoint(item.path.parents):
        return True
    name = item.nodeid.replace(database, "")
    return bool(_OF[crc32(name.encode()) % len(_OF)] == database)
