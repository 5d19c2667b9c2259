"""Invented subscribers straight into the billing tables, as one batch in force.

One transaction holds all of it: a load that is killed leaves everything as it was, and on
PostgreSQL who reads meanwhile waits.
"""

import hashlib
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import Engine, exists, select, update

from sms_service.billing import batches
from sms_service.billing.batches import Counts, Tally
from sms_service.billing.layouts import Kind
from sms_service.billing.tables import (
    billing_batches,
    bills,
    branches,
    payments,
    replaced_bills,
    replaced_branches,
    replaced_payments,
)
from sms_service.database import make_engine, reading, writing
from sms_service.simulator.subscribers.copying import copy_all
from sms_service.simulator.subscribers.inserting import insert_all
from sms_service.simulator.subscribers.making import Filled, Filling

SOURCE = "generate"
_TABLES: Final = (bills, payments, branches)
_REPLACED: Final = (replaced_bills, replaced_payments, replaced_branches)
_LONGEST_SECONDS = 12 * 3600.0


class DataThere(Exception):
    """The database holds billing data already, and wasn't to be emptied; one line."""


def load(filling: Filling, engine: Engine, *, replace: bool = False) -> tuple[int, Filled]:
    """Put these subscribers in force; the id of their batch, and what it holds.

    Raises DataThere when the tables aren't empty, unless ``replace`` says to empty them
    first; then no batch of before can be rolled back any more.
    """
    if not replace and _holds_data(engine):
        raise DataThere("the database holds billing data already")
    address = engine.url.render_as_string(hide_password=False)
    patient = make_engine(address, statement_seconds=_LONGEST_SECONDS)
    wanted = filling.wanted
    name = f"{wanted.count} subscribers of seed {wanted.seed}"
    contents = hashlib.sha256(f"{name}, {wanted.span}".encode()).hexdigest()
    try:
        with writing(patient) as connection:
            batch_id = batches.begin(connection, SOURCE, [name], contents)
        try:
            return _put_in_force(filling, patient, batch_id)
        except BaseException as error:
            with suppress(Exception):
                batches.fail(patient, batch_id, Tally(), type(error).__name__)
            raise
    finally:
        patient.dispose()


def _holds_data(engine: Engine) -> bool:
    with reading(engine) as connection:
        return any(connection.scalar(select(exists().select_from(t))) for t in _TABLES)


def _put_in_force(filling: Filling, engine: Engine, begun: int) -> tuple[int, Filled]:
    fill = copy_all if engine.dialect.name == "postgresql" else insert_all
    with writing(engine) as connection:
        batches.take_turn(connection)
        batch_id = batches.number_in_turn(connection, begun)
        driver: Any = connection.connection.dbapi_connection
        filled = fill(filling, driver, batch_id, (*_TABLES, *_REPLACED))
        numbers = {
            Kind.BILLS: filled.bills,
            Kind.PAYMENTS: filled.payments,
            Kind.BRANCHES: filled.branches,
        }
        counts = {kind: Counts(number, number, number) for kind, number in numbers.items()}
        batches.put_in_force(connection, batch_id, Tally(counts), filling.wanted.span.as_of)
        connection.execute(update(billing_batches).values(reversible=False))
    return batch_id, filled
