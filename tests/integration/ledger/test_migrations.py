"""The schema that migrations make is the one that the code speaks of, and they go back."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, insert, inspect, select

from sms_service.database import db_now, make_engine, metadata, reading, writing
from sms_service.ledger.migrations.runner import downgrade, is_at_head, upgrade
from sms_service.ledger.tables import contexts


@pytest.fixture
def empty(database_url: str) -> Iterator[Engine]:
    """A database without tables."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def test_the_migrated_schema_is_that_of_the_tables(empty: Engine) -> None:
    upgrade(empty)
    with reading(empty) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_what_phones_are_known_for_survives_the_way_down_and_up(empty: Engine) -> None:
    upgrade(empty)
    row = {"phone_hash": b"h" * 32, "bill_id": "1234567804423", "intent": "debt"}
    with writing(empty) as connection:
        connection.execute(insert(contexts).values(**row, expires_at=db_now(60)))
    downgrade(empty, "0002")
    assert "saved_names" not in inspect(empty).get_table_names()
    upgrade(empty)
    assert is_at_head(empty)
    with reading(empty) as connection:
        kept = connection.execute(select(contexts)).one()
    assert (kept.bill_id, kept.intent, kept.offered) == ("1234567804423", "debt", None)
