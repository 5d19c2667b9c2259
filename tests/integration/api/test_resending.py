"""Programs send answers again: once, and not otherwise than their scope allows."""

from collections.abc import Callable

from sqlalchemy import Engine, update

from sms_service.database import db_now, writing
from sms_service.domain.roles import Scope
from sms_service.domain.states import OutboundState
from sms_service.ledger.tables import outbound
from tests.support.api import CALLS, ApiSite, by_sms, told
from tests.support.counter import answers_of

Make = Callable[..., ApiSite]


def sent(site: ApiSite, engine: Engine, state: OutboundState = OutboundState.UNDELIVERED) -> str:
    """The code of a request whose answer came to an end an hour ago."""
    code = str(told(site.post(CALLS, site.token(Scope.ASK), by_sms()))["code"])
    ended = {"state": state, "accepted_at": db_now(-3600), "ended_at": db_now(-3600)}
    with writing(engine) as connection:
        connection.execute(update(outbound).values(**ended, created_at=db_now(-3600)))
    return code


def test_an_answer_is_sent_again_as_a_new_attempt_and_once_for_a_repeated_call(
    site: ApiSite, engine: Engine
) -> None:
    code, token = sent(site, engine), site.token(Scope.RESEND)
    body = {"reason": "خاموش بود"}
    first = site.post(f"{CALLS}/{code}/resend", token, body, key="one")
    again = site.post(f"{CALLS}/{code}/resend", token, body, key="one")
    assert (first.status_code, told(first)["composed"]) == (202, "fresh")
    assert again.get_data() == first.get_data()
    old, new = answers_of(engine)
    assert (old.state, new.state, new.parent_id) == ("undelivered", "queued", old.id)


def test_a_second_resend_while_the_first_is_under_way_is_a_conflict(
    site: ApiSite, engine: Engine
) -> None:
    code, token = sent(site, engine), site.token(Scope.RESEND)
    site.post(f"{CALLS}/{code}/resend", token, {})
    second = site.post(f"{CALLS}/{code}/resend", token, {})
    assert second.status_code == 409
    assert len(answers_of(engine)) == 2


def test_another_phone_is_for_those_who_may(site: ApiSite, engine: Engine) -> None:
    code = sent(site, engine)
    body = {"to": "09351234567", "reason": "گوشی گم شده"}
    refused = site.post(f"{CALLS}/{code}/resend", site.token(Scope.RESEND), body)
    assert (refused.status_code, told(refused)["scope"]) == (403, "requests:resend-otherwise")
    assert len(answers_of(engine)) == 1
    done = site.post(f"{CALLS}/{code}/resend", site.token(Scope.RESEND_OTHERWISE), body)
    assert (done.status_code, told(done)["receiver"]) == (202, "other")
    assert "0935" not in done.get_data(as_text=True)


def test_while_the_data_are_away_nothing_is_sent_again(site: ApiSite, engine: Engine) -> None:
    code = sent(site, engine)
    site.people.down = True
    away = site.post(f"{CALLS}/{code}/resend", site.token(Scope.RESEND), {})
    assert (away.status_code, told(away)["errors"][0]["code"]) == (503, "source_down")
    assert away.headers["Retry-After"]
    assert len(answers_of(engine)) == 1
