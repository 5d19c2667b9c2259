"""Calls of the billing interface, with everything that it and the network do to them."""

import logging
import time
from collections.abc import Callable, Sequence

import pytest

from sms_service.billing.breaker import BreakerState
from sms_service.billing.saapa_answers import Away, Record
from sms_service.billing.saapa_client import SaapaClient, Subject
from sms_service.metrics.meters import meters
from sms_service.simulator.saapa.harness import SimulatedSaapa
from sms_service.simulator.saapa.traps import Trap
from tests.support.canary import CANARY_SAAPA_TOKEN
from tests.support.kavenegar import closed_port
from tests.support.saapa import UNKNOWN, client_of
from tests.support.scraping import samples_of
from tests.support.small_billing import BILL_IDS

BILL = BILL_IDS[0]


def ask(
    client: SaapaClient, bill_id: str = BILL, subject: Subject = Subject.SALES, seconds: float = 8
) -> Sequence[Record]:
    return client.ask(subject, bill_id, 1395, time.monotonic() + seconds)


def why_not(client: SaapaClient, seconds: float = 8) -> str:
    with pytest.raises(Away) as raised:
        ask(client, seconds=seconds)
    assert BILL not in str(raised.value)
    return raised.value.reason


@pytest.mark.parametrize("subject", Subject)
def test_each_subject_has_records_of_the_bill(interface: SimulatedSaapa, subject: Subject) -> None:
    records = ask(client_of(interface.base_url), subject=subject)
    assert {record["bill_identifier"] for record in records} == {BILL}
    assert interface.asked(subject) == [BILL]


@pytest.mark.parametrize("trap", [(), (Trap.ZEROED,)])
def test_an_unknown_bill_has_none_that_count(
    interface: SimulatedSaapa, trap: Sequence[Trap]
) -> None:
    interface.trap(*trap)
    assert ask(client_of(interface.base_url), UNKNOWN) == []


def test_the_year_goes_out_in_two_digits_and_bounds_what_comes(interface: SimulatedSaapa) -> None:
    client = client_of(interface.base_url)
    years = {
        since: {
            record["sale_year"]
            for record in client.ask(Subject.SALES, BILL, since, time.monotonic() + 8)
        }
        for since in (1395, 1405)
    }
    assert years[1405] == {"1405"}
    assert years[1395] == {"1403", "1404", "1405"}


@pytest.mark.parametrize(
    ("spelling", "mobile", "sent"),
    [
        ("small", None, ("bill_identifier", "from_year")),
        ("small", "02532000000", ("bill_identifier", "from_year", "mobile_number")),
        ("mixed", "02532000000", ("BILL_IDENTIFIER", "fromyear", "MobileNo")),
    ],
)
def test_questions_are_spelled_as_the_interface_wants(
    interface: SimulatedSaapa, spelling: str, mobile: str | None, sent: tuple[str, ...]
) -> None:
    client = client_of(interface.base_url, spelling=spelling, mobile=mobile)
    assert ask(client)
    assert ask(client, subject=Subject.BRANCH)
    assert [call.fields for call in interface.simulator.calls] == [sent, sent[:1]]


@pytest.mark.fault("F32")
@pytest.mark.parametrize(
    ("trap", "reason", "calls"),
    [
        (Trap.RESET, "saapa_connection_lost", 2),
        (Trap.CUT_BODY, "saapa_connection_lost", 2),
        (Trap.HTML, "saapa_status_502", 2),
        (Trap.STATUS_500_INSIDE, "saapa_status_500", 2),
        (Trap.TOKEN_EXPIRED, "saapa_token_refused", 1),
        (Trap.THROTTLED, "saapa_throttled", 1),
        (Trap.REDIRECT, "saapa_status_302", 1),
        (Trap.ERROR_LISTED, "saapa_error", 1),
        (Trap.HUGE, "saapa_no_json", 2),
    ],
)
def test_each_fault_is_told_and_asked_again_only_where_that_may_help(
    interface: SimulatedSaapa, trap: Trap, reason: str, calls: int
) -> None:
    interface.trap(trap)
    assert why_not(client_of(interface.base_url)) == reason
    assert len(interface.simulator.calls) == calls


@pytest.mark.fault("F32")
@pytest.mark.parametrize("trap", [Trap.HANG, Trap.SLOW])
def test_silence_ends_with_the_call_and_is_not_asked_again(
    interface: SimulatedSaapa, trap: Trap
) -> None:
    interface.trap(trap)
    interface.simulator.slow = 3
    began = time.monotonic()
    assert why_not(client_of(interface.base_url, call_seconds=0.4)) == "saapa_read_timeout"
    assert time.monotonic() - began < 1.5
    assert len(interface.simulator.calls) == 1


def test_no_call_outlives_the_deadline(interface: SimulatedSaapa) -> None:
    interface.trap(Trap.HANG)
    began = time.monotonic()
    client = client_of(interface.base_url)
    assert [why_not(client, seconds=0.1) for _ in range(8)] == ["saapa_overdue"] * 8
    assert why_not(client, seconds=0) == "saapa_overdue"
    assert time.monotonic() - began < 2.5
    assert client.breaker.state is BreakerState.CLOSED, "the deadline was ours"


def test_one_lost_connection_is_made_good_by_the_second_call(interface: SimulatedSaapa) -> None:
    client = client_of(interface.base_url)
    ask(client)
    interface.stop()
    interface.start()
    assert ask(client)


def test_nothing_listening_is_told_and_opens_the_breaker() -> None:
    client = client_of(f"http://127.0.0.1:{closed_port()}")
    assert [why_not(client) for _ in range(6)] == ["saapa_unreachable"] * 5 + ["saapa_open"]


def test_after_failures_in_a_row_no_call_is_made_until_a_trial_is_answered(
    interface: SimulatedSaapa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sms_service.billing.saapa_client._OPEN_SECONDS", 0.3)
    client = client_of(interface.base_url)
    interface.trap(Trap.ERROR_LISTED)
    for _ in range(5):
        assert why_not(client) == "saapa_error"
    made = len(interface.simulator.calls)
    assert why_not(client) == "saapa_open"
    assert len(interface.simulator.calls) == made
    interface.trap()
    time.sleep(0.35)
    assert ask(client)
    assert client.breaker.state is BreakerState.CLOSED


@pytest.mark.parametrize("wait", ["1", "100"])
def test_a_throttled_client_is_silent_for_as_long_as_it_was_told(
    interface: SimulatedSaapa, wait: str
) -> None:
    interface.simulator.retry_after = wait
    interface.trap(Trap.THROTTLED)
    client = client_of(interface.base_url)
    assert [why_not(client), why_not(client)] == ["saapa_throttled", "saapa_open"]
    interface.trap()
    time.sleep(1.1)
    assert client.is_open is (wait == "100")


def test_an_expired_token_is_an_alarm_once(
    interface: SimulatedSaapa, caplog: pytest.LogCaptureFixture
) -> None:
    interface.trap(Trap.TOKEN_EXPIRED)
    client = client_of(interface.base_url)
    assert [why_not(client), why_not(client)] == ["saapa_token_refused", "saapa_open"]
    errors = [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]
    assert errors == ["the billing interface is left alone for a while: saapa_token_refused"]


def test_malformed_is_unknown_only_once_the_interface_has_understood_us(
    interface: SimulatedSaapa,
) -> None:
    client = client_of(interface.base_url)
    interface.trap(Trap.MALFORMED)
    assert why_not(client) == "saapa_status_400"
    interface.trap()
    ask(client)
    interface.trap(Trap.MALFORMED)
    assert ask(client) == []


def test_a_wrong_token_brings_nothing(interface: SimulatedSaapa) -> None:
    assert why_not(client_of(interface.base_url, token="not the token")) == "saapa_token_refused"


def test_neither_token_nor_bill_id_reaches_a_log_or_an_address(
    interface: SimulatedSaapa, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = client_of(interface.base_url)
    ask(client)
    for trap in (Trap.RESET, Trap.HTML, Trap.TOKEN_EXPIRED):
        interface.trap(trap)
        why_not(client_of(interface.base_url))
    assert "POST /get-sale-bills" in caplog.text
    assert CANARY_SAAPA_TOKEN not in caplog.text
    assert BILL not in caplog.text
    assert BILL.lstrip("0") not in caplog.text


def test_an_address_that_is_none_is_refused() -> None:
    make: Callable[[], SaapaClient] = lambda: client_of("billing.example")  # noqa: E731
    with pytest.raises(ValueError):
        make()


def test_calls_are_counted_by_outcome_and_an_open_breaker_is_told(
    interface: SimulatedSaapa,
) -> None:
    before = samples_of(meters.families())
    ask(client_of(interface.base_url))
    client = client_of(f"http://127.0.0.1:{closed_port()}")
    client.leave_alone()
    assert why_not(client) == "saapa_open"
    now = samples_of(meters.families())
    assert now["sms_saapa_breakers_open", (("role", "other"),)] == 1
    calls = {key: now[key] - before.get(key, 0) for key in now if key[0] == "sms_saapa_calls_total"}
    assert {dict(labels)["outcome"]: value for (_, labels), value in calls.items() if value} == {
        "answered": 1,
        "saapa_open": 1,
    }
