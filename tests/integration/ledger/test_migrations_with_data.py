"""Every step up, down and up again, on tables that hold something: what both schemas know stays."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import Engine

from sms_service.database import make_engine
from sms_service.ledger.migrations.runner import downgrade, steps_after, upgrade
from tests.support.migration_rows import Rows, fill, rows, tables_of

REVISIONS = [step.revision for step in steps_after(None)]
MADE_ANEW = {"0004": {"lanes"}}
"""A rest that is under way is begun anew: it lasts a minute at most."""
RENAMED = {"0004": {("receipts", "applied_at"): "ended_at"}}


@pytest.fixture
def empty(database_url: str, caplog: pytest.LogCaptureFixture) -> Iterator[Engine]:
    """A database without tables; its ten thousand statements are logged nowhere."""
    caplog.set_level(logging.WARNING, logger="sqlalchemy")
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def test_what_two_revisions_know_survives_each_way_between_them(empty: Engine) -> None:
    known: Rows = {}
    keys: dict[str, Sequence[str]] = {}
    for number, revision in enumerate(REVISIONS):
        upgrade(empty, to=revision)
        assert_kept(known, rows(empty, keys), revision, RENAMED.get(revision, {}))
        tables = tables_of(empty)
        keys |= {table.name: [column.name for column in table.primary_key] for table in tables}
        fill(empty, tables, begin=1 + 10 * number)
        if number:
            back_and_forth(empty, keys, REVISIONS[number - 1], revision)
            fill(empty, tables, begin=5 + 10 * number)
        known = rows(empty, keys)
    assert set(known) >= {"inbound", "outbound", "bills", "audit", "bulk_runs"}
    assert all(known.values()), "a table that no row was tried in"


def back_and_forth(
    engine: Engine, keys: Mapping[str, Sequence[str]], before: str, revision: str
) -> None:
    known = rows(engine, keys)
    downgrade(engine, before)
    there = rows(engine, keys)
    renamed = RENAMED.get(revision, {})
    back = {(table, new): old for (table, old), new in renamed.items()}
    assert_kept(what_both_can_tell(known, revision), there, revision, back)
    upgrade(engine, to=revision)
    assert_kept(there, rows(engine, keys), revision, renamed)


def what_both_can_tell(known: Rows, revision: str) -> Rows:
    """Without what the revision before has no words for, and says so in its migration."""
    if revision != "0005":
        return known
    answers = {key: row for key, row in known["outbound"].items() if row["kind"] == "answer"}
    return {**known, "outbound": answers}


def assert_kept(
    known: Rows, found: Rows, revision: str, renamed: Mapping[tuple[str, str], str]
) -> None:
    """Each row of ``known`` is among ``found``, in all columns that both have."""
    for table in (known.keys() & found.keys()) - MADE_ANEW.get(revision, set()):
        for key, row in known[table].items():
            assert key in found[table], f"{revision}: a row of {table} is gone"
            now = found[table][key]
            assert _common(row, now, table, renamed) == [], f"{revision}: {table} {key}"


def _common(
    row: Mapping[str, Any],
    now: Mapping[str, Any],
    table: str,
    renamed: Mapping[tuple[str, str], str],
) -> list[str]:
    names = {name: renamed.get((table, name), name) for name in row}
    return [old for old, new in names.items() if new in now and row[old] != now[new]]
