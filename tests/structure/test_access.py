"""Every route says who may use it, in one table; what each row says is tried in test_access of
the desk."""

from collections.abc import Callable

import pytest
from apiflask import APIFlask

from sms_service import create_app
from sms_service.domain.roles import Ability, Scope
from sms_service.settings import Settings
from tests.support.access_table import FOLDER, Row, rows

_WORDS = {"anybody", "signed_in", "secret", "simulator", "any_token"}
_NOT_ASKED_FOR = {"HEAD", "OPTIONS"}


@pytest.fixture
def app(settings: Callable[..., Settings]) -> APIFlask:
    """The application with everything switched on that can be."""
    return create_app(
        settings(
            REDIS_URL="redis://127.0.0.1:9/0",
            USSD_CODE="*1521#",
            SIMULATOR="true",
            SIMULATOR_URL="http://127.0.0.1:9",
        )
    )


def test_each_route_has_its_row_and_each_row_its_route(app: APIFlask) -> None:
    routes = {
        (method, str(rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - _NOT_ASKED_FOR
    }
    told = {row.name for row in rows()}
    assert sorted(routes - told) == [], f"add rows to a file of {FOLDER.name}/"
    assert sorted(told - routes) == []


@pytest.mark.parametrize("row", rows(), ids=str)
def test_each_row_speaks_of_something_that_can_be_had(row: Row) -> None:
    scopes = {f"scope:{scope}" for scope in Scope}
    assert row.needs in {*Ability, *scopes} | _WORDS
    assert "<" not in row.address or row.needs in ("secret", "simulator", "anybody")


def test_each_ability_opens_something() -> None:
    opened = {row.needs for row in rows()}
    # That one widens what may be posted to a route that is open to more people.
    assert set(Ability) - opened == {Ability.RESEND_OTHERWISE}
