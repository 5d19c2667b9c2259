"""A server that takes what it is sent and stays silent holds nobody for ever."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import OperationalError

from sms_service.database import make_engine, once_more, reading
from tests.support.proxy import Mode, Proxy

_STATEMENT_SECONDS = 0.5
_GIVES_UP_WITHIN = 4.0


@pytest.fixture
def way(postgresql_url: str) -> Iterator[Proxy]:
    port = make_url(postgresql_url).port or 0
    with Proxy(lambda: port) as proxy:
        yield proxy


@pytest.fixture
def far(postgresql_url: str, way: Proxy) -> Iterator[Engine]:
    """An engine that reaches its server through ``way``."""
    url = make_url(postgresql_url).set(port=way.port).render_as_string(hide_password=False)
    engine = make_engine(url, statement_seconds=_STATEMENT_SECONDS)
    try:
        yield engine
    finally:
        engine.dispose()


def _one(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(text("SELECT 1")).scalar_one())


def test_a_silent_server_is_an_error_soon(far: Engine, way: Proxy) -> None:
    assert _one(far) == 1
    way.behave(Mode.SWALLOW)
    started = time.monotonic()
    with pytest.raises(OperationalError):
        _one(far)
    assert time.monotonic() - started < _GIVES_UP_WITHIN


def test_the_next_try_takes_another_connection(far: Engine, way: Proxy) -> None:
    assert _one(far) == 1
    way.behave(Mode.SWALLOW)
    with pytest.raises(OperationalError):
        _one(far)
    way.behave()
    assert once_more(lambda: _one(far)) == 1


def test_the_server_itself_ends_a_statement_that_takes_too_long(far: Engine) -> None:
    with pytest.raises(OperationalError, match="statement timeout"), reading(far) as connection:
        connection.execute(text("SELECT pg_sleep(5)"))
