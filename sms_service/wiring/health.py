"""What is looked at to tell whether this process may be sent requests, and how it does."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Engine, select

from sms_service.billing.batches import newest_in_force
from sms_service.database import db_now, make_engine, reading
from sms_service.ledger.lanes import LaneLedger
from sms_service.ledger.migrations.runner import schema
from sms_service.ledger.queues import chores_done
from sms_service.queueing.doorbell import rabbitmq_answers, redis_answers
from sms_service.service.health import Finding, of_data, of_lanes, of_schema, of_ticks, well, wrong
from sms_service.service.lanes import EVERY_LANE
from sms_service.service.probing import Look, Probes
from sms_service.settings.addresses import AmqpAddress

if TYPE_CHECKING:
    from sms_service.settings import Settings
    from sms_service.wiring import Parts

VITAL = frozenset({"database", "schema"})
"""What a web process can't take a text without. Redis isn't: a text that is taken while it is
away is found by the workers' own ticks, so no balancer may turn texts away for it; nor are
workers, gateways or old data, which no other web process would do better without."""

ANSWER_SECONDS = 1.5
"""The longest that /readyz waits for all it looks at."""
_FRESH_SECONDS = 1.0
_STATEMENT_SECONDS = 1.0


def make_readiness(parts: "Parts") -> Probes:
    """What /readyz looks at."""
    settings = parts.settings

    def database() -> Sequence[Finding]:
        with own_engine(settings) as engine:
            return [database_answers(engine), of_schema(schema(engine))]

    def ledger() -> Sequence[Finding]:
        with own_engine(settings) as engine:
            return how_it_goes(parts, engine)

    looks: dict[str, Look] = {"database": database, "ledger": ledger}
    if settings.redis is not None:
        looks["redis"] = lambda: [_broker("redis", redis_answers(settings))]
    if isinstance(settings.broker, AmqpAddress):
        looks["rabbitmq"] = lambda: [_broker("rabbitmq", rabbitmq_answers(settings))]
    return Probes(looks, ANSWER_SECONDS, _FRESH_SECONDS)


@contextmanager
def own_engine(settings: "Settings") -> Iterator[Engine]:
    """For one look, on a connection made for it: those of the requests may all be busy.

    It also tells of a server that lets nobody in any more.
    """
    url = settings.database_url.get_secret_value()
    engine = make_engine(url, pool_size=1, patience=1.0, statement_seconds=_STATEMENT_SECONDS)
    try:
        yield engine
    finally:
        engine.dispose()


def database_answers(engine: Engine) -> Finding:
    """Well, unless asking it raises."""
    with reading(engine) as connection:
        connection.execute(select(db_now())).one()
    return well("database", "it answers")


def how_it_goes(parts: "Parts", engine: Engine) -> Sequence[Finding]:
    """Ticks, lanes and bills, as the tables tell of them."""
    settings = parts.settings
    with reading(engine) as connection:
        now = connection.execute(select(db_now())).scalar_one()
    done = chores_done(engine)
    ago = {
        name: (now - chore.finished_at).total_seconds()
        for name, chore in done.items()
        if chore.finished_at is not None
    }
    lanes = LaneLedger(engine).health([*settings.gateways, EVERY_LANE])
    found = [*of_ticks(ago), of_lanes(settings.gateways, lanes)]
    if "sql" in settings.billing_sources:
        batch = newest_in_force(engine)
        day = batch.data_as_of if batch else None
        found.append(of_data(day, parts.today(), settings.data_old_after_days))
    return found


def _broker(name: str, answers: bool | None) -> Finding:
    if answers:
        return well(name, "it answers")
    remedy = "see whether it runs; texts are answered all the same, some seconds later"
    return wrong(name, "it doesn't answer", remedy)
