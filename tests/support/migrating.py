"""What a migration does, step by step, as recorded while it runs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.operations import ops
from alembic.operations.base import AbstractOperations

NEXT_RELEASE = Path(__file__).parents[1] / "data" / "next_release"
"""Migrations of a release that doesn't exist: an expand step of every sort."""


@contextmanager
def recorded() -> Iterator[list[ops.MigrateOperation]]:
    """The operations of whatever migrates within the block."""
    done: list[ops.MigrateOperation] = []
    invoke = AbstractOperations.invoke

    def noted(self: AbstractOperations, operation: Any) -> Any:
        done.append(operation)
        return invoke(self, operation)

    AbstractOperations.invoke = noted  # type: ignore[method-assign]
    try:
        yield done
    finally:
        AbstractOperations.invoke = invoke  # type: ignore[method-assign]


def narrowing(done: Sequence[ops.MigrateOperation]) -> list[str]:
    """What of it the release before couldn't live with."""
    new = {one.table_name for one in done if isinstance(one, ops.CreateTableOp)}
    return [why for one in done if (why := _narrows(one, new))]


def _narrows(one: ops.MigrateOperation, new: set[str]) -> str | None:
    table = str(getattr(one, "table_name", ""))
    if table in new or isinstance(one, ops.CreateTableOp | ops.BulkInsertOp):
        return None
    if isinstance(one, ops.ExecuteSQLOp):
        return _statement_narrows(str(one.sqltext), new)
    if isinstance(one, ops.CreateIndexOp):
        if one.unique:
            return f"{table}: {one.index_name} is unique"
        is_beside = one.kw.get("postgresql_concurrently")
        return None if is_beside else f"{table}: writers wait for {one.index_name}"
    if isinstance(one, ops.AddColumnOp):
        column = one.column
        has_room = column.nullable or column.server_default is not None
        return None if has_room else f"{table}.{column.name} must be given"
    return f"{table}: {type(one).__name__}"


def _statement_narrows(statement: str, new: set[str]) -> str | None:
    """Functions are harmless; triggers and rows are, where nobody knows the table yet."""
    words = statement.split()
    if words[:2] == ["CREATE", "FUNCTION"] or words[:2] == ["INSERT", "INTO"]:
        return None
    if words[:2] == ["CREATE", "TRIGGER"] and new & {word.strip('"') for word in words}:
        return None
    return " ".join(words[:6])
