"""Runs the migrations that this release carries, without a configuration file."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from sms_service.database import reading, writing


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
    with reading(engine) as connection:
        head = ScriptDirectory.from_config(configuration()).get_current_head()
        return _revision(connection) == head


def configuration() -> Config:
    """Alembic's settings, with the scripts that stand beside this file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
