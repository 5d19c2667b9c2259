"""How long the desk's pages take with millions of requests in PostgreSQL: the time of the
server from a request to the last byte of its page, sessions and network left out."""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from sqlalchemy import Row, func, select

from sms_service.database import reading
from sms_service.domain.msisdn import national
from sms_service.domain.ranges import Preset
from sms_service.domain.roles import Role
from sms_service.language.reading import Intent, Problem
from sms_service.ledger.ids import first_id_of
from sms_service.ledger.tables import inbound
from sms_service.ledger.vault import Sealed
from sms_service.service.request_filter import CHANNELS, Pill, Standing
from sms_service.settings import load_settings
from sms_service.wiring import Parts
from tests.benchmarks.load import percentile
from tests.support.console import Desk
from tests.support.databases import make_schema
from tests.support.environment import service_environment
from tests.support.many_requests import fill_requests
from tests.support.postgres import Postgres

REQUESTS, FEW = 2_000_000, 100_000
GOAL_MS = 150.0
_ROUNDS, _SOME = 5, 60
_LIST = "/console/requests"

Visit = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Found:
    """A request to look for."""

    code: str
    phone: str
    bill_id: str


def main() -> int:
    """Fill, measure, print; 1 when a page took too long."""
    options = argparse.ArgumentParser(prog="make bench-desk", description=__doc__)
    options.add_argument("requests", type=int, nargs="?", default=REQUESTS)
    options.add_argument("--database", help="One that is filled already.")
    given = options.parse_args()
    took, table = measured(given.requests, given.database)
    Console().print(table)
    return int(max(took.values()) > GOAL_MS)


def measured(requests: int, database: str | None = None) -> tuple[Mapping[str, float], Table]:
    """The 95th percentile of each kind of visit in milliseconds, and the table of all."""
    with _parts(database) as parts:
        title = "with what was there"
        if database is None:
            began = time.perf_counter()
            filled = fill_requests(parts.engine, parts.vault, requests=requests)
            title = f"{filled.requests:,}, written in {time.perf_counter() - began:.0f} s"
        desk = Desk(parts)
        with desk.seat(Role.SUPERVISOR):
            took = {name: _timed(list(visits)) for name, visits in _kinds(desk, parts)}
    table = Table("page", "visits", "p50", "p95", "max", title=f"Requests in PostgreSQL: {title}")
    for name, each in took.items():
        shown = (percentile(each, 50), percentile(each, 95), 1000 * max(each))
        table.add_row(name, str(len(each)), *(f"{ms:.0f} ms" for ms in shown))
    return {name: percentile(each, 95) for name, each in took.items()}, table


@contextmanager
def _parts(database: str | None) -> Iterator[Parts]:
    server = None if database else Postgres(durable=True)
    if server:
        server.start()
    try:
        url = database or ""
        if server:
            url = server.url(server.create_database())
            make_schema(url)
        environ = service_environment(
            DATABASE_URL=url, REDIS_URL="redis://127.0.0.1:9/0", LOG_LEVEL="WARNING"
        )
        parts = Parts(load_settings(environ))
        yield parts
        parts.close()
    finally:
        if server:
            server.stop()


def _kinds(desk: Desk, parts: Parts) -> Iterator[tuple[str, Iterator[Visit]]]:
    some = _samples(parts)
    yield "list of today, each kind", _lists(desk, Preset.TODAY)
    yield "list of the month, each kind", _lists(desk, Preset.MONTH)
    yield "list of all days, each kind", _lists(desk, Preset.ALL)
    yield "list of all days, each filter", _filters(desk)
    yield "list, pages far back", _far_back(desk, parts)
    yield "list of one phone", _of_phones(desk, parts, some)
    yield "search by phone", (_search(desk, national(one.phone)) for one in some)
    yield "search by bill ID", (_search(desk, one.bill_id) for one in some)
    yield "search by tracking code", (_search(desk, one.code) for one in some)
    yield "phone that nothing came from", _silence(desk)
    yield "timeline", (_visit(desk, f"{_LIST}/{one.code}") for one in some)


def _lists(desk: Desk, preset: Preset) -> Iterator[Visit]:
    for _ in range(_ROUNDS):
        yield from (_visit(desk, _LIST, range=preset, pill=pill) for pill in Pill)


def _filters(desk: Desk) -> Iterator[Visit]:
    choices: Mapping[str, Sequence[str]] = {
        "channel": CHANNELS,
        "intent": [str(one) for one in Intent],
        "problem": [str(one) for one in Problem],
        "state": [str(one) for one in Standing],
    }
    for _ in range(2):
        for name, values in choices.items():
            yield from (_visit(desk, _LIST, range="all", **{name: value}) for value in values)
        yield _visit(desk, _LIST, range="all", pill="failed", channel="sms", intent="debt")
        yield _visit(desk, _LIST, range="month", pill="late", channel="ussd")


def _far_back(desk: Desk, parts: Parts) -> Iterator[Visit]:
    with reading(parts.engine) as connection:
        ends = select(func.min(inbound.c.received_at), func.max(inbound.c.received_at))
        first, last = connection.execute(ends).one()
    chance = random.Random(1)
    for number in range(_SOME):
        before = first_id_of(first + (last - first) * chance.random())
        pill = list(Pill)[number % len(Pill)]
        yield _visit(desk, _LIST, range="all", pill=pill, before=before)


def _of_phones(desk: Desk, parts: Parts, some: Sequence[Found]) -> Iterator[Visit]:
    for one in some:
        yield _visit(desk, _LIST, phone=parts.hash_phone(one.phone)[:16].hex())


def _silence(desk: Desk) -> Iterator[Visit]:
    for number in range(_SOME):
        answer = desk.post("/console/find", {"q": f"0935000{number:04}"})
        yield _visit(desk, answer.location)


def _visit(desk: Desk, path: str, **query: object) -> Visit:
    def look() -> None:
        answer = desk.get(path, **query)
        assert answer.status_code == 200, path
        answer.get_data()

    return look


def _search(desk: Desk, typed: str) -> Visit:
    def find() -> None:
        assert desk.post("/console/find", {"q": typed}).status_code == 303

    return find


def _samples(parts: Parts) -> Sequence[Found]:
    """Requests of the last weeks whose phone isn't erased, picked at random."""
    columns = inbound.c.code, inbound.c.phone_cipher, inbound.c.key_version, inbound.c.bill_id
    newest = select(*columns).where(inbound.c.bill_id.is_not(None))
    with reading(parts.engine) as connection:
        rows = connection.execute(newest.order_by(inbound.c.id.desc()).limit(100 * _SOME)).all()
    chosen = random.Random(2).sample([row for row in rows if row.phone_cipher], _SOME)
    return [_found(parts, row) for row in chosen]


def _found(parts: Parts, row: Row[str, bytes | None, int, str | None]) -> Found:
    phone = parts.vault.open(Sealed(row.key_version, row.phone_cipher or b"")).decode()
    return Found(row.code, phone, row.bill_id or "")


def _timed(visits: Sequence[Visit]) -> Sequence[float]:
    """Seconds of each, in an order of chance; the first visits of all only warm up."""
    mixed = list(visits)
    random.Random(3).shuffle(mixed)
    for visit in mixed[:3]:
        visit()
    seconds = []
    for visit in mixed:
        began = time.perf_counter()
        visit()
        seconds.append(time.perf_counter() - began)
    return seconds


if __name__ == "__main__":
    sys.exit(main())
