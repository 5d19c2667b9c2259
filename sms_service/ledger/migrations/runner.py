"""Runs the migrations that this release carries, without a configuration file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine, column, inspect, select, table

from sms_service.database import reading, writing
from sms_service.ledger.migrations.turns import change_in_turn
from sms_service.service.health import Schema, Standing

_VERSIONS = table("alembic_version", column("version_num"))
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Step:
    """One migration."""

    revision: str
    kind: str
    """``expand`` or ``contract``, see steps.py."""
    said: str


def upgrade(
    engine: Engine,
    patience: float = _PATIENCE_SECONDS,
    *,
    to: str = "head",
    config: Config | None = None,
) -> tuple[str | None, str | None]:
    """Bring the schema to head, or to a revision; returns the revisions before and after.

    Several hosts may do so at once. On PostgreSQL each migration is a transaction of its own
    that gives way to whoever uses a table. Raises SchemaBusy after ``patience`` seconds.
    """
    return _move(engine, lambda wanted: command.upgrade(wanted, to), patience, config)


def downgrade(
    engine: Engine,
    revision: str,
    patience: float = _PATIENCE_SECONDS,
    *,
    config: Config | None = None,
) -> tuple[str | None, str | None]:
    """Bring the schema back to a revision, with what only later ones can hold lost."""
    return _move(engine, lambda wanted: command.downgrade(wanted, revision), patience, config)


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
    return _scripts()[-1].revision


def steps_after(revision: str | None) -> Sequence[Step]:
    """What an upgrade from this revision would do, in its order."""
    known = [script.revision for script in _scripts()]
    begin = known.index(revision) + 1 if revision in known else 0
    return [_step(script) for script in _scripts()[begin:]]


def configuration(*more: Path) -> Config:
    """Alembic's settings, with the scripts that stand beside this file, and in ``more``."""
    here = Path(__file__).parent
    config = Config()
    config.set_main_option("script_location", _literal(here))
    config.set_main_option("path_separator", "newline")
    folders = [here / "versions", *more]
    config.set_main_option("version_locations", "\n".join(map(_literal, folders)))
    return config


def _literal(path: Path) -> str:
    return str(path).replace("%", "%%")


def _move(
    engine: Engine, move: Callable[[Config], None], patience: float, config: Config | None
) -> tuple[str | None, str | None]:
    before: list[str | None] = []
    config = config or configuration()

    def change(connection: Connection) -> None:
        before.append(_revision(connection))
        if engine.dialect.name == "postgresql":
            connection.rollback()  # what was read; each migration begins its own
        config.attributes["connection"] = connection
        move(config)

    if engine.dialect.name == "postgresql":
        change_in_turn(engine, change, patience)
    else:
        with writing(engine) as connection:
            change(connection)
    with reading(engine) as connection:
        return before[0], _revision(connection)


@cache
def _scripts() -> Sequence[Script]:
    """Every migration that this release knows, the oldest first."""
    return [*ScriptDirectory.from_config(configuration()).walk_revisions()][::-1]


def _step(script: Script) -> Step:
    return Step(script.revision, str(script.module.step), script.doc)


def _standing(found: str | None) -> Standing:
    known = [script.revision for script in _scripts()]
    if found is None:
        return Standing.EMPTY
    if found in known:
        return Standing.AT_HEAD if found == known[-1] else Standing.OLDER
    # Revisions are counted: what a later release calls its own is known by its number.
    is_counted = found.isascii() and found.isdigit() and len(found) == len(known[-1])
    return Standing.NEWER if is_counted and found > known[-1] else Standing.FOREIGN


def _revision(connection: Connection) -> str | None:
    # Alembic's own way writes two lines to the log each time, and /readyz asks for ever.
    if not inspect(connection).has_table(_VERSIONS.name):
        return None
    found: str | None = connection.execute(select(_VERSIONS.c.version_num)).scalar_one_or_none()
    return found
