"""A ledger of a year on SQLite whose finished days are closed, made once for all tests."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from sms_service.database import make_engine
from sms_service.ledger.measures.days import ClosingDays
from tests.support.databases import SqliteDatabases
from tests.support.ledger import VAULT
from tests.support.many_requests import fill_requests


def close_all(engine: Engine) -> None:
    """Close every day that is finished."""
    closing = ClosingDays(engine)
    while closing.sweep():
        pass


@pytest.fixture(scope="session")
def _closed_file(sqlite: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("closed-ledger") / "closed.db"
    engine = make_engine(sqlite.create(path, schema=True))
    fill_requests(engine, VAULT, requests=800)
    close_all(engine)
    engine.dispose()
    return path


@pytest.fixture
def closed_url(_closed_file: Path, tmp_path: Path) -> str:
    """The address of a copy of one's own."""
    path = tmp_path / "closed.db"
    shutil.copyfile(_closed_file, path)
    return f"sqlite:///{path}"


@pytest.fixture
def closed_engine(closed_url: str) -> Iterator[Engine]:
    """An engine on it."""
    engine = make_engine(closed_url)
    yield engine
    engine.dispose()
