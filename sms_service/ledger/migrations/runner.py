"""Runs the migrations that this release carries, without a configuration file."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, column, inspect, select, table

from sms_service.database import reading, writing
from sms_service.service.health import Schema, Standing

_VERSIONS = table("alembic_version", column("version_num"))


def upgrade(engine: Engine) -> tuple[str | None, str | None]:
    """Bring the schema to head; returns the revisions before and after."""
    config = configuration()
    with writing(engine) as connection:
        before = _revision(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return before, _revision(connection)


def prepare_if_new(engine: Engine) -> None:
    """Create the schema in a database that holds none; leave any other as it is.

    An old schema is upgraded by ``sms-service db upgrade`` only: when that happens is for
    the administrator to say.
    """
    with reading(engine) as connection:
        holds_tables = inspect(connection).get_table_names()
    if not holds_tables:
        upgrade(engine)


def is_at_head(engine: Engine) -> bool:
    """Whether the schema is this release's."""
    return schema(engine).standing is Standing.AT_HEAD


def schema(engine: Engine) -> Schema:
    """The database's revision beside this release's."""
    with reading(engine) as connection:
        found = _revision(connection)
    return Schema(_standing(found), found, head())


def head() -> str:
    """The revision that this release wants."""
    return _revisions()[-1]


@cache
def _revisions() -> Sequence[str]:
    """Every revision that this release knows, the oldest first."""
    scripts = ScriptDirectory.from_config(configuration())
    return [script.revision for script in scripts.walk_revisions()][::-1]


def _standing(found: str | None) -> Standing:
    if found is None:
        return Standing.EMPTY
    if found in _revisions():
        return Standing.AT_HEAD if found == head() else Standing.OLDER
    # Revisions are counted: what a later release calls its own is known by its number.
    is_counted = found.isascii() and found.isdigit() and len(found) == len(head())
    return Standing.NEWER if is_counted and found > head() else Standing.FOREIGN


def configuration() -> Config:
    """Alembic's settings, with the scripts that stand beside this file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _revision(connection: Connection) -> str | None:
    # Alembic's own way writes two lines to the log each time, and /readyz asks for ever.
    if not inspect(connection).has_table(_VERSIONS.name):
        return None
    found: str | None = connection.execute(select(_VERSIONS.c.version_num)).scalar_one_or_none()
    return found
