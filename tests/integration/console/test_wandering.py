"""No query and no form breaks a page, whoever sends it; every route is tried by somebody."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from sms_service.domain.roles import Role
from sms_service.settings import Settings
from tests.support.access_table import rows
from tests.support.signing_in import Office, office_of
from tests.support.wandering import (
    EVERYTHING_ON,
    document_of,
    furnish,
    stranger,
    wander,
    wanderer_of,
    without_schema,
)


@pytest.fixture
def office(
    settings: Callable[..., Settings], sqlite_engine: Engine, sqlite_url: str
) -> Iterator[Office]:
    """The whole application with everything switched on."""
    given = settings(DATABASE_URL=sqlite_url, LOG_LEVEL="WARNING", **EVERYTHING_ON)
    with office_of(given) as office:
        yield office


def test_nothing_that_anybody_sends_breaks_a_page(office: Office) -> None:
    known = furnish(office)
    among = without_schema(document_of(office))
    everybody = wanderer_of(office, known, *Role)
    wander(everybody, among, examples=1, seed=None)
    for place, role in enumerate(Role):
        wander(
            wanderer_of(office, known, role), among[place :: 3 * len(Role)], examples=1, seed=None
        )
    wander(stranger(office, known), among[::6], examples=1, seed=None)

    assert everybody.statuses[200] > len(among) / 4, "hardly a page was seen"
    assert everybody.statuses.keys() <= {200, 204, 301, 302, 303, 308, 400, 403, 404, 405, 409, 422}


def test_each_route_is_tried_from_the_document_or_by_wandering(office: Office) -> None:
    document = document_of(office)
    wandered = {row.name for row in without_schema(document)}
    told = {path.split("{")[0] for path in document["paths"]}
    left = [
        str(row)
        for row in rows()
        if row.name not in wandered and row.path.split("<")[0] not in told
    ]
    # The dialects are told one by one; leaving ends a visit, and is tried where people sign in.
    of_dialects = ["GET /ussd/<dialect>/<secret>", "POST /ussd/<dialect>/<secret>"]
    assert sorted(left) == sorted(["POST /console/sign-out", *of_dialects])
    assert {"/ussd/json/", "/ussd/africastalking/", "/ussd/bonga/"} <= told
