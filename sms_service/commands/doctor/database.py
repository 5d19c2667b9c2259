"""The database: what server it is, whether it keeps what it confirms, and what it holds."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, select, text

from sms_service.database import db_now, reading
from sms_service.ledger.lane_view import LaneView
from sms_service.ledger.migrations.runner import schema
from sms_service.ledger.queues import Queue, queues
from sms_service.service.health import Finding, of_clock, of_schema, warning, well, wrong
from sms_service.wiring import Parts
from sms_service.wiring.agreement import AgreementParts
from sms_service.wiring.health import how_it_goes

_OLDEST_POSTGRESQL = 14
_OLD_SECONDS = 60.0
"""What waits longer in a lane is worth a look."""
_SHORT_WAY = ("lookup", "deliver")
"""Lanes whose rows are people that wait."""


def of_server(engine: Engine) -> Sequence[Finding]:
    """Its version and settings, its clock, its schema. Raises where it doesn't answer."""
    with reading(engine) as connection:
        before = time.time()
        now = connection.execute(select(db_now())).scalar_one()
        here = (before + time.time()) / 2
        if engine.dialect.name == "postgresql":
            found = _of_postgresql(connection)
        else:
            version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
            said = f"SQLite {version} answers: for one host, and for trying out"
            found = [well("database", said)]
    ahead = (now - datetime.fromtimestamp(here, UTC)).total_seconds()
    return [*found, of_clock("clock", "the database", ahead), of_schema(schema(engine))]


def _of_postgresql(connection: Connection) -> list[Finding]:
    def shown(name: str) -> str:
        return str(connection.execute(text(f"SHOW {name}")).scalar_one())  # a name of our own

    version = shown("server_version")
    found = []
    if int(shown("server_version_num")) // 10_000 < _OLDEST_POSTGRESQL:
        said = f"PostgreSQL {version} is older than {_OLDEST_POSTGRESQL}"
        found.append(warning("database", said, "upgrade the server: ends of clients go unnoticed"))
    else:
        found.append(well("database", f"PostgreSQL {version} answers"))
    if (encoding := shown("server_encoding")) != "UTF8":
        said = f"its encoding is {encoding}"
        found.append(wrong("encoding", said, "make the database anew with ENCODING 'UTF8'"))
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        if shown(name) == "off":
            said = f"{name} is off: a text that was confirmed may be lost with the power"
            found.append(wrong("durability", said, f"set {name} = on (docs/how-to/operations.md)"))
    return found


def of_work(parts: Parts) -> Sequence[Finding]:
    """Ticks, lanes, bills, what waits, and what the gateway's account had left."""
    waiting = [_of_queue(queue) for queue in queues(parts.engine)]
    late = [finding for finding in waiting if finding]
    found = [*how_it_goes(parts, parts.engine), *late]
    if not late:
        found.append(well("queues", "nothing waits for long"))
    return [*found, *_of_credit(parts)]


def _of_queue(queue: Queue) -> Finding | None:
    if queue.oldest is None:
        return None
    seconds = (datetime.now(UTC) - queue.oldest).total_seconds()
    if seconds < _OLD_SECONDS:
        return None
    said = f"{queue.waiting} wait in {queue.lane}, the oldest for {seconds:.0f} s"
    remedy = "see worker and lanes above, and the desk's page of gateways"
    return (wrong if queue.lane in _SHORT_WAY else warning)("queues", said, remedy)


def _of_credit(parts: Parts) -> list[Finding]:
    known = LaneView(parts.engine).credit("kavenegar")
    if known is None or "kavenegar" not in parts.settings.gateways:
        return []
    return [of_credit(known.rial, parts.settings.credit_warning_rial, "had")]


def of_credit(rial: int, least: int, verb: str = "has") -> Finding:
    """What the gateway's account has left, or had when that was last asked."""
    said = f"the gateway's account {verb} {rial:,} rial left"
    if rial < least:
        return warning("credit", said, "pay the gateway; CREDIT_WARNING_RIAL names the least")
    return well("credit", said)


def of_agreement(parts: Parts) -> Sequence[Finding]:
    """How long the agreement still holds."""
    held = AgreementParts(parts).months.validity()
    remedy = "renew it, and enter the new one on the desk's page of the agreement"
    if held.days_left is None:
        return [wrong("agreement", "no agreement holds today", remedy)]
    said = f"it holds {held.days_left} more days"
    if held.warned_of is not None:
        return [warning("agreement", said, remedy)]
    return [well("agreement", said)]
