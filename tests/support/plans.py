"""How PostgreSQL would read for each query that a piece of code makes."""

from typing import Any

import pytest
from sqlalchemy import Connection, Select
from sqlalchemy.dialects import postgresql


def watch_plans(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """From now on, for each query: the tables that its plan reads from one end to the other."""
    plans: list[set[str]] = []
    execute = Connection.execute

    def explained(self: Connection, statement: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(statement, Select):
            told = statement.compile(
                dialect=self.dialect, compile_kwargs={"render_postcompile": True}
            )
            assert isinstance(told, postgresql.psycopg.PGCompiler_psycopg)
            explain = f"EXPLAIN (FORMAT JSON) {told}"
            (plan,) = self.exec_driver_sql(explain, told.construct_params()).scalar_one()
            plans.append(seq_scans(plan["Plan"]))
        return execute(self, statement, *rest, **more)

    monkeypatch.setattr(Connection, "execute", explained)
    return plans


def seq_scans(node: dict[str, Any]) -> set[str]:
    """Tables that a plan reads from one end to the other."""
    mine = {node["Relation Name"]} if node["Node Type"] == "Seq Scan" else set()
    return mine.union(*(seq_scans(one) for one in node.get("Plans", ())))
