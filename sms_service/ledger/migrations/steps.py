"""What migrations are made of, so that the service goes on while they run.

Each migration says in ``step`` which kind it is (docs/how-to/upgrading.md):

- ``expand`` adds only: tables, columns that are nullable or have a default, indexes. The
  release before goes on working on the new schema.
- ``contract`` takes away, renames or narrows, and says in ``why`` what for. It is applied once
  no process of the release before runs any more.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic import op

EXPAND, CONTRACT = "expand", "contract"


@dataclass(frozen=True, slots=True)
class Where:
    """Which rows a partial index holds, as each database writes it."""

    on_postgresql: str
    on_sqlite: str


def add_index_beside_writers(
    name: str, table: str, columns: Sequence[str], where: Where | None = None
) -> None:
    """Build an index on a table that may be large, keeping no writer waiting on PostgreSQL.

    The migration must do nothing but build indexes this way: each is done outside a
    transaction, and one that was interrupted is begun anew.
    """
    chosen: dict[str, Any] = {
        "postgresql_where": sa.text(where.on_postgresql) if where else None,
        "sqlite_where": sa.text(where.on_sqlite) if where else None,
    }
    if op.get_bind().dialect.name != "postgresql":
        op.create_index(name, table, columns, **chosen)
        return
    with _patiently():
        if _is_left_half_built(name):
            op.drop_index(name, table, postgresql_concurrently=True)
        op.create_index(
            name, table, columns, postgresql_concurrently=True, if_not_exists=True, **chosen
        )


def drop_index_beside_writers(name: str, table: str) -> None:
    """Take such an index away again."""
    if op.get_bind().dialect.name != "postgresql":
        op.drop_index(name, table)
        return
    with _patiently():
        op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)


@contextmanager
def _patiently() -> Iterator[None]:
    """Outside a transaction, waiting for others however long: nobody waits for this."""
    with op.get_context().autocommit_block():
        bound = op.get_bind().execute(sa.text("SHOW lock_timeout")).scalar_one()
        op.get_bind().execute(sa.text("SET lock_timeout = 0"))
        try:
            yield
        finally:
            restored = sa.text("SELECT set_config('lock_timeout', :bound, false)")
            op.get_bind().execute(restored, {"bound": bound})


def _is_left_half_built(name: str) -> bool:
    found = op.get_bind().execute(
        sa.text("SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid"),
        {"name": name},
    )
    return found.first() is not None
