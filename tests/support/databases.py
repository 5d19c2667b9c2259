"""Fresh databases, empty or with the whole schema, faster than making the schema each time."""

import shutil
from functools import cached_property
from pathlib import Path

import pytest

from sms_service.database import make_engine
from sms_service.ledger.migrations.runner import upgrade
from tests.support.postgres import Postgres


def make_schema(url: str) -> None:
    """Create every table and trigger of the service in an empty database, as its migrations do."""
    engine = make_engine(url)
    try:
        upgrade(engine)
    finally:
        engine.dispose()


class PostgresDatabases:
    """Databases of one server; copies of a first one that holds the schema."""

    def __init__(self, server: Postgres) -> None:
        self.server = server

    def create(self, *, schema: bool) -> str:
        """The name of a fresh database."""
        return self.server.create_database(self._template if schema else "template0")

    @cached_property
    def _template(self) -> str:
        name = self.server.create_database()
        make_schema(self.server.url(name))
        return name


class SqliteDatabases:
    """Database files; copies of a first one that holds the schema."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def create(self, path: Path, *, schema: bool) -> str:
        """The address of a fresh database at this path."""
        if schema:
            shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"

    @cached_property
    def _template(self) -> Path:
        path = self._directory / "template.db"
        make_schema(f"sqlite:///{path}")
        return path


def wants_schema(request: pytest.FixtureRequest, engine_fixture: str) -> bool:
    """Whether the test asks for an engine too: its database then holds the schema."""
    return engine_fixture in request.fixturenames
