"""After an outage many answers are sent again by the whole service, each once."""

from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.roles import Role
from sms_service.domain.states import OutboundState
from sms_service.ledger.tables import inbound_keys, outbound
from sms_service.service.auditing import Actor
from sms_service.service.bulk_resending import Answer
from sms_service.service.bulk_terms import RunState, Wanted
from sms_service.wiring.console import ConsoleParts
from tests.support.service import Service

_OMID = Actor("omid", frozenset({Role.SUPERVISOR}))
_TEXTS = 60
_PACE = 600


def test_a_run_goes_on_over_a_pause_and_a_killed_worker(service: Service) -> None:
    # Other tests left answers that ended badly, and SMS of phones of their own.
    before, started = service.last_sms(), datetime.now(UTC)
    said = service.webhook.hand_over(service.new_texts(_TEXTS))
    assert service.audit(said, before) == {}
    messageids = [one.text.messageid for one in said]
    # No receipt is on its way any more that would tell of an arrival.
    service.wait_until(lambda: states(service, messageids) == {OutboundState.DELIVERED: _TEXTS})
    expire(service, messageids)
    parts = ConsoleParts(service.parts)
    since = service.last_sms()
    wish = Wanted(started, datetime.now(UTC), frozenset({"expired"}))
    run = parts.bulk_resending.preview(wish, _OMID, _PACE)
    assert isinstance(run, int)
    assert parts.bulk_resending.confirm(run, _OMID, "قطعی درگاه", _TEXTS) is Answer.DONE

    def sent() -> int:
        return len(service.sms_since(since))

    service.wait_until(lambda: sent() > 5, 60)
    assert parts.bulk_resending.pause(run, _OMID) is Answer.DONE
    # What is queued still goes: half a minute's texts at most.
    service.wait_until(lambda: parts.bulk_view.progress(run).queued == 0)
    served = parts.bulk_view.progress(run).served
    assert served < _TEXTS
    assert parts.bulk_resending.resume(run, _OMID) is Answer.DONE
    service.wait_until(lambda: parts.bulk_view.progress(run).served > served)
    service.kill("worker")
    service.launch("worker")
    service.wait_until(lambda: state(parts, run) is RunState.DONE, 60)
    service.wait_until(lambda: sent() >= _TEXTS, 60)
    service.wait_until(lambda: parts.bulk_view.progress(run).queued == 0, 60)

    receptors = Counter(sms.receptor for sms in service.sms_since(since))
    assert len(receptors) == _TEXTS
    assert set(receptors.values()) == {1}


def attempts_of(messageids: list[str]) -> ColumnElement[bool]:
    mine = select(inbound_keys.c.inbound_id).where(inbound_keys.c.remote_id.in_(messageids))
    return outbound.c.inbound_id.in_(mine)


def states(service: Service, messageids: list[str]) -> Counter[str]:
    """Of all attempts to answer these."""
    with reading(service.engine) as connection:
        wanted = select(outbound.c.state).where(attempts_of(messageids))
        return Counter(connection.execute(wanted).scalars())


def expire(service: Service, messageids: list[str]) -> None:
    """As if the gateway had been away until their validity was over."""
    ended = update(outbound).where(attempts_of(messageids))
    with writing(service.engine) as connection:
        connection.execute(
            ended.values(
                state=OutboundState.EXPIRED, reason="validity_over", ended_at=db_now(), ask_at=None
            )
        )


def state(parts: ConsoleParts, run: int) -> RunState:
    found = parts.bulk_runs.run(run)
    assert found is not None
    return found.state
