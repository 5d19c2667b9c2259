"""``--by-turns``: what stands above SQL is tested on one of the two databases, half on either.

What SQL does is tested with ledger, bills and migrations, on both. Pages, verbs and channels
ask it the same questions whatever the database is, so the gate, which has to be quick, meets
each of them once.
"""

from pathlib import Path
from zlib import crc32

import pytest

_TESTS = Path(__file__).parents[1]
_ABOVE_SQL = {
    _TESTS / "e2e",
    *(
        _TESTS / "integration" / name
        for name in ("api", "channels", "commands", "console", "service")
    ),
}
_OF = ("sqlite", "postgresql")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--by-turns", action="store_true", help="tests above SQL on one database each")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--by-turns"):
        return
    left_out = [item for item in items if _is_above_sql(item) and not _has_its_turn(item)]
    items[:] = [item for item in items if item not in set(left_out)]
    config.hook.pytest_deselected(items=left_out)


def _is_above_sql(item: pytest.Item) -> bool:
    return not _ABOVE_SQL.isdisjoint(item.path.parents)


def _has_its_turn(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    told = callspec.params.values() if callspec else ()
    database = next((one for one in told if one in _OF), None)
    if database is None:
        return True
    name = item.nodeid.replace(database, "")
    return bool(_OF[crc32(name.encode()) % len(_OF)] == database)
