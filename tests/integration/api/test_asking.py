"""Programs ask for subscribers: shown at once or sent by SMS, written down and counted once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from sms_service.database import reading
from sms_service.domain.roles import Scope
from sms_service.ledger.desk_tables import idempotency_keys
from tests.support.api import CALLS, ApiSite, by_sms, inline, told
from tests.support.counter import (
    BILL,
    UNKNOWN,
    WRONG,
    answers_of,
    deeds_of,
    requests_of,
)

Make = Callable[..., ApiSite]


def test_what_is_asked_inline_comes_with_its_text_and_every_bill(
    site: ApiSite, engine: Engine
) -> None:
    answer = site.post(CALLS, site.token(Scope.ASK), inline())
    assert answer.status_code == 201
    body = told(answer)
    (row,) = requests_of(engine)
    assert (row.channel, row.gateway, row.state) == ("counter", "api", "answered")
    assert body["code"] == row.code
    assert body["status_url"] == answer.headers["Location"] == f"{CALLS}/{row.code}"
    assert "۲۸۷,۳۰۰" in body["answer"]["text"]
    history = body["history"]
    assert (history["debt_rial"], len(history["bills"]), history["from_year"]) == (
        2_873_000,
        10,
        1404,
    )
    assert history["bills"][0]["amount_rial"] == 1_040_003
    assert history["payments"][0]["tracking"] == "896700105287"


def test_what_is_asked_by_sms_is_queued_and_its_words_aren_t_shown(
    site: ApiSite, engine: Engine
) -> None:
    answer = site.post(CALLS, site.token(Scope.ASK), by_sms())
    assert answer.status_code == 202
    body = told(answer)
    assert (body["answer"], body["history"], body["waits"]) == (None, None, False)
    assert [sms.code for sms in answers_of(engine)] == [body["code"]]


def test_the_token_s_name_goes_into_the_audit_and_nobody_s_data(
    site: ApiSite, engine: Engine
) -> None:
    site.post(CALLS, site.token(Scope.ASK), by_sms())
    deed = deeds_of(engine)[-1]
    assert (deed.actor, deed.role, deed.action) == ("api:portal", "token", "counter_ask")
    assert not any(secret in str(deeds_of(engine)) for secret in (BILL, "9121234567"))


def test_a_call_that_is_repeated_gets_its_first_answer_and_asks_nothing(
    site: ApiSite, engine: Engine
) -> None:
    token = site.token(Scope.ASK)
    first = site.post(CALLS, token, inline(), key="one")
    site.people.by_id.clear()
    again = site.post(CALLS, token, inline(), key="one")
    assert (again.status_code, again.get_data()) == (201, first.get_data())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(requests_of(engine)) == 1


def test_a_key_of_another_call_is_refused(site: ApiSite, engine: Engine) -> None:
    token = site.token(Scope.ASK)
    site.post(CALLS, token, inline(), key="one")
    other = site.post(CALLS, token, inline(from_year=1403), key="one")
    assert other.status_code == 422
    assert told(other)["errors"] == [{"field": "Idempotency-Key", "code": "other_call"}]
    assert len(requests_of(engine)) == 1


def test_two_tokens_may_use_the_same_key(site: ApiSite, engine: Engine) -> None:
    for name in ("portal", "app"):
        answer = site.post(CALLS, site.token(Scope.ASK, name=name), inline(), key="one")
        assert answer.status_code == 201
    assert len(requests_of(engine)) == 2


def test_what_is_kept_for_repeats_can_t_be_read_in_the_database(
    site: ApiSite, engine: Engine
) -> None:
    site.post(CALLS, site.token(Scope.ASK), inline())
    with reading(engine) as connection:
        row = connection.execute(idempotency_keys.select()).one()
    assert row.status == 201
    assert "bills" not in row.body
    assert "2873000" not in row.body


def test_an_unknown_bill_is_a_request_and_no_fault(site: ApiSite, engine: Engine) -> None:
    body = told(site.post(CALLS, site.token(Scope.ASK), inline(bill_id=UNKNOWN)))
    assert (body["problem"], body["history"]) == ("unknown_bill", None)
    assert requests_of(engine)[0].problem == "unknown_bill"


@pytest.mark.parametrize(
    ("body", "status", "field", "code"),
    [
        (inline(bill_id=WRONG), 422, "bill_id", "bad_check_digit"),
        (inline(bill_id="1234"), 400, "bill_id", "invalid"),
        (inline(bill_id=1234567804423), 400, "bill_id", "invalid"),
        (inline(from_year=1450), 422, "from_year", "future_year"),
        (inline(from_year="1404"), 400, "from_year", "invalid"),
        (inline(phone="09121234567"), 422, "phone", "unexpected"),
        (inline(colour="red"), 400, "", "unexpected"),
        (by_sms(phone=None), 422, "phone", "missing"),
        (by_sms(phone="02537777777"), 400, "phone", "invalid"),
        ({"deliver": "inline"}, 400, "bill_id", "missing"),
        ([], 400, "", "invalid"),
        ("{", 400, "", "undecodable"),
        (b"\xff\xfe", 400, "", "undecodable"),
    ],
)
def test_what_is_wrong_is_named_by_field_and_code_and_never_repeated(
    make_site: Make, body: object, status: int, field: str, code: str
) -> None:
    site = make_site()
    answer = site.post(CALLS, site.token(Scope.ASK), body)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert {"field": field, "code": code} in told(answer)["errors"]
    said = answer.get_data(as_text=True)
    assert not any(one in said for one in ("1234567", "red", "0912", "colour"))


def test_while_the_data_are_away_a_program_is_told_to_come_back_and_its_key_is_free(
    site: ApiSite,
) -> None:
    token = site.token(Scope.ASK)
    site.people.down = True
    away = site.post(CALLS, token, inline(), key="one")
    assert (away.status_code, told(away)["errors"][0]["code"]) == (503, "source_down")
    assert away.headers["Retry-After"]
    site.people.down = False
    assert site.post(CALLS, token, inline(), key="one").status_code == 201


def test_a_program_s_sms_obey_the_phone_s_limits(make_site: Make) -> None:
    site = make_site(PHONE_DAILY_ANSWERS="2")
    token = site.token(Scope.ASK)
    problems = [told(site.post(CALLS, token, by_sms()))["problem"] for _ in range(4)]
    assert problems == [None, None, "limited", "limited"]


def test_two_calls_at_once_with_one_key_are_one_request(
    postgresql_url: str, postgresql_engine: Engine, make_site: Make
) -> None:
    site = make_site(DATABASE_URL=postgresql_url)
    token = site.token(Scope.ASK)
    with ThreadPoolExecutor(8) as pool:
        made = [pool.submit(site.post, CALLS, token, by_sms(), "one") for _ in range(8)]
        statuses = [one.result().status_code for one in made]
    assert set(statuses) <= {202, 409}
    assert 202 in statuses
    assert len(requests_of(postgresql_engine)) == len(answers_of(postgresql_engine)) == 1
