"""The desk on each database, with the whole schema and nothing in it."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from sms_service.domain.roles import Role
from sms_service.settings import Settings
from sms_service.wiring import Parts
from tests.support.console import Desk
from tests.support.signing_in import Office, make_user, office_of


@pytest.fixture
def desk(settings: Callable[..., Settings], engine: Engine, database_url: str) -> Iterator[Desk]:
    """Nobody sits at it yet."""
    parts = Parts(settings(DATABASE_URL=database_url, REDIS_URL="redis://127.0.0.1:9/0"))
    yield Desk(parts)
    parts.close()


@pytest.fixture
def desk_on_sqlite(
    settings: Callable[..., Settings], sqlite_engine: Engine, sqlite_url: str
) -> Iterator[Desk]:
    """The desk where one database is as good as two."""
    parts = Parts(settings(DATABASE_URL=sqlite_url, REDIS_URL="redis://127.0.0.1:9/0"))
    yield Desk(parts)
    parts.close()


@pytest.fixture
def office(
    settings: Callable[..., Settings], engine: Engine, database_url: str
) -> Iterator[Office]:
    """Sara is an operator, Reza the only admin; nobody has or needs a second factor."""
    given = settings(
        DATABASE_URL=database_url,
        REDIS_URL="redis://127.0.0.1:9/0",
        CONSOLE_SECOND_FACTOR="off",
        LOG_LEVEL="WARNING",
    )
    with office_of(given) as office:
        make_user(office.parts, "sara", Role.OPERATOR)
        make_user(office.parts, "reza", Role.ADMIN)
        yield office
