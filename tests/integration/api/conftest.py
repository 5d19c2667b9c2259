"""The API on each database, on 2 Azar 1405."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from sms_service.settings import Settings
from sms_service.wiring import Parts
from tests.support.api import ApiSite

NOWHERE = "redis://127.0.0.1:9/0"


@pytest.fixture
def site(settings: Callable[..., Settings], engine: Engine, database_url: str) -> Iterator[ApiSite]:
    parts = Parts(settings(DATABASE_URL=database_url, REDIS_URL=NOWHERE, TODAY="1405-09-02"))
    yield ApiSite(parts)
    parts.close()


@pytest.fixture
def make_site(
    settings: Callable[..., Settings], sqlite_engine: Engine, sqlite_url: str
) -> Iterator[Callable[..., ApiSite]]:
    """Sites with settings of their own, where one database is as good as two."""
    made: list[Parts] = []

    def make(**more: str) -> ApiSite:
        usual = {"DATABASE_URL": sqlite_url, "REDIS_URL": NOWHERE, "TODAY": "1405-09-02"}
        parts = Parts(settings(**usual | more))
        made.append(parts)
        return ApiSite(parts)

    yield make
    for parts in made:
        parts.close()
