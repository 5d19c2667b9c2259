"""``--by-turns``: tests of pages run on one of the two databases each, half of them on either.

What SQL does is tested with the ledger, on both. A page asks it the same questions whatever
the database is, so the gate, which has to be quick, meets every page once.
"""

from pathlib import Path
from zlib import crc32

import pytest

_PAGES = Path(__file__).parents[1] / "integration" / "console"
_OF = ("sqlite", "postgresql")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--by-turns", action="store_true", help="tests of pages on one database each")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--by-turns"):
        return
    left_out = [item for item in items if _PAGES in item.path.parents and not _has_its_turn(item)]
    items[:] = [item for item in items if item not in set(left_out)]
    config.hook.pytest_deselected(items=left_out)


def _has_its_turn(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    database = callspec.params.get("database_url") if callspec else None
    if database is None:
        return True
    name = item.nodeid.replace(database, "")
    return bool(_OF[crc32(name.encode()) % len(_OF)] == database)
