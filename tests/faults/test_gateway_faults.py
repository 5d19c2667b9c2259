"""A gateway that hangs, fails and refuses: when it is well again, each text has its one SMS."""

import time
from collections.abc import Callable

import pytest
from sqlalchemy import select

from sms_service.database import reading
from sms_service.ledger.upkeep_tables import lanes
from tests.support.service import Service

_SURELY_ONCE = {"count": 1}
_LONGEST_RESTS_SECONDS = 270
_KINDS = {"hang", "error", "refuse"}


@pytest.mark.fault("F18", "F19")
@pytest.mark.long
@pytest.mark.timeout(300)
def test_each_text_gets_one_sms_from_a_gateway_that_hangs_fails_and_refuses(
    service: Service, figure: Callable[[str], None]
) -> None:
    since, started = service.last_sms(), time.monotonic()
    _start_worker_anew(service)
    # Without arrays each text is a call of its own, and so meets a fault of its own.
    service.gateway.fault("refuse", "sms/sendarray", code=404)
    # Each fault once for sure, then by chance.
    for chance in (_SURELY_ONCE, {"probability": 0.10}):
        service.gateway.fault("hang", "sms/send", after=True, **chance)
        service.gateway.fault("refuse", "sms/send", code=409, **chance)
    for chance in (_SURELY_ONCE, {"probability": 0.05}):
        service.gateway.fault("error", "sms/send", after=True, **chance)
    before = {kind: _times(service, kind) for kind in _KINDS}
    said = service.webhook.hand_over(service.new_texts(160))
    service.wait_until(lambda: len(service.sms_since(since)) >= 80, 100)
    _run_out_of_credit(service)
    said += service.webhook.hand_over(service.new_texts(40))
    service.wait_until(lambda: _rest_reason(service) == "kavenegar_418", 100)
    gone = len(service.sms_since(since))

    service.gateway.clear_faults()
    service.end_rest()
    broken = service.audit(said, since, seconds=200)
    figure(
        f"200 texts through a failing gateway, {gone} gone before it was well,"
        f" {service.engine.dialect.name}: {time.monotonic() - started:.0f} s"
    )

    met = {kind for kind in _KINDS if _times(service, kind) > before[kind]}
    assert met == _KINDS
    assert gone < len(said)
    assert broken == {}


@pytest.mark.long
@pytest.mark.fault("F19")
@pytest.mark.timeout(400)
def test_an_empty_account_is_tried_again_by_itself(on_sqlite: Service) -> None:
    since = on_sqlite.last_sms()
    on_sqlite.gateway.set_credit(0)
    try:
        said = on_sqlite.webhook.hand_over(on_sqlite.new_texts(30))
        on_sqlite.wait_until(lambda: on_sqlite.gateway.counters().get("refused 418", 0) > 0)
        assert on_sqlite.sms_since(since) == []
    finally:
        on_sqlite.gateway.set_credit(10**9)

    assert on_sqlite.audit(said, since, seconds=_LONGEST_RESTS_SECONDS) == {}


def _start_worker_anew(service: Service) -> None:
    """A worker that knows nothing of the gateway yet."""
    service.kill("worker")
    service.launch("worker")


def _times(service: Service, kind: str) -> int:
    """How many calls met this fault so far."""
    return service.gateway.counters().get(f"faults {kind}", 0)


def _run_out_of_credit(service: Service) -> None:
    service.gateway.clear_faults()
    service.gateway.fault("refuse", "sms/send", code=418)
    service.gateway.fault("refuse", "sms/sendarray", code=418)


def _rest_reason(service: Service) -> str | None:
    with reading(service.engine) as connection:
        return connection.execute(select(lanes.c.reason)).scalar_one_or_none()
