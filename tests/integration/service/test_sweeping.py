"""What nothing waits for any more goes by itself."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select, update

from sms_service.billing.fetched import Ages, FetchedHistories
from sms_service.billing.tables import fetched_histories
from sms_service.database import db_now, reading, writing
from sms_service.domain.records import History
from sms_service.settings import Settings
from sms_service.wiring import Parts

BILL_ID = "1234567804423"


@pytest.mark.parametrize(("days", "left"), [(29, 1), (31, 0)])
def test_the_sweep_deletes_fetched_histories_that_are_too_old_to_be_told(
    engine: Engine,
    database_url: str,
    settings: Callable[..., Settings],
    days: int,
    left: int,
) -> None:
    kept = FetchedHistories(engine, Ages())
    kept.claim([BILL_ID], 7, 60)
    kept.settle(7, {BILL_ID: History(BILL_ID)}, (), ())
    with writing(engine) as connection:
        aged = update(fetched_histories).values(fetched_at=db_now(-days * 86_400))
        connection.execute(aged)

    parts = Parts(settings(DATABASE_URL=database_url, REDIS_URL="redis://127.0.0.1:9"))
    assert "sweep" in parts.upkeep.due_lanes()
    parts.upkeep.work("sweep")
    parts.close()

    with reading(engine) as connection:
        rows = connection.execute(select(func.count()).select_from(fetched_histories))
        assert rows.scalar_one() == left
