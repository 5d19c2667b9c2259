"""No call out of the document, right or wrong, gets an answer that the document doesn't tell."""

from collections.abc import Callable

from sqlalchemy import Engine

from sms_service.domain.roles import Scope
from sms_service.service.auditing import Actor
from sms_service.settings import Settings
from sms_service.wiring import Parts
from tests.support.api import ApiSite
from tests.support.contract import served, try_contract

SEED = 1405


def test_every_answer_is_one_that_the_document_tells(
    settings: Callable[..., Settings],
    postgresql_engine: Engine,
    postgresql_url: str,
    redis_url: str,
) -> None:
    usual = {"TODAY": "1405-09-02", "API_CALLS_PER_MINUTE": "100000", "USSD_CODE": "*1521#"}
    parts = Parts(settings(DATABASE_URL=postgresql_url, REDIS_URL=redis_url, **usual))
    site = ApiSite(parts)
    token = site.parts.tokens.create("contract", Scope, None, Actor("admin"))[1]
    with served(parts) as address:
        outcome = try_contract(address, token, seed=SEED, examples=8)
    parts.close()
    assert outcome.failures == {}
    assert not [status for status in outcome.statuses if status >= 500]
    assert {"POST /api/v1/requests", "GET /api/v1/requests/{code}"} <= outcome.calls.keys()
    assert any("/webhooks/kannel" in call for call in outcome.calls)
    assert {200, 201, 202, 400, 401, 404, 405, 415, 422} <= outcome.statuses.keys()
