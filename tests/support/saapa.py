"""The simulated billing interface, and our source of histories over it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pydantic import SecretStr
from sqlalchemy import Engine

from sms_service.billing.fetched import Ages, FetchedHistories
from sms_service.billing.saapa import SaapaSource
from sms_service.billing.saapa_client import SPELLINGS, Interface, SaapaClient, Subject
from sms_service.billing.saapa_live import LiveSaapa
from sms_service.billing.saapa_records import RecordReader
from sms_service.simulator.saapa.harness import SimulatedSaapa
from tests.support.billing import hash_phone
from tests.support.canary import CANARY_SAAPA_TOKEN

PATHS = {
    Subject.SALES: "get-sale-bills",
    Subject.PAYMENTS: "/get-paid-bills",
    Subject.BRANCH: "get-branch-info",
}
UNKNOWN = "1234567804423"
"""A bill ID in order, of nobody."""
FIRST_YEAR = 1395


def simulated() -> SimulatedSaapa:
    """One with the demo's records, that demands the canary token."""
    return SimulatedSaapa(token=CANARY_SAAPA_TOKEN)


def client_of(
    base_url: str,
    *,
    token: str = CANARY_SAAPA_TOKEN,
    call_seconds: float = 3.0,
    connections: int = 8,
    mobile: str | None = None,
    spelling: str = "small",
) -> SaapaClient:
    """A client of the interface at this address."""
    names = SPELLINGS[spelling]
    secret = SecretStr(token)
    return SaapaClient(Interface(base_url, secret, PATHS, names, mobile, call_seconds, connections))


@contextmanager
def source_of(
    engine: Engine,
    base_url: str,
    *,
    lookup_seconds: float = 8.0,
    call_seconds: float = 3.0,
    ages: Ages | None = None,
) -> Iterator[SaapaSource]:
    """A source that keeps what it fetches in this database."""
    client = client_of(base_url, call_seconds=call_seconds)
    live = LiveSaapa(client, RecordReader(hash_phone), lambda: FIRST_YEAR)
    source = SaapaSource(live, FetchedHistories(engine, ages or Ages()), lookup_seconds)
    try:
        yield source
    finally:
        source.close()


OpenSource = Callable[..., SaapaSource]
