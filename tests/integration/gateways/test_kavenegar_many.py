"""Many texts at once: ``sendarray`` where it has proven itself, single calls elsewhere."""

import pytest

from sms_service.gateways.each import held_back
from sms_service.gateways.kavenegar import KavenegarGateway
from sms_service.service.ports import Accepted, Blame, NotSent, OutgoingText, Unknown
from sms_service.simulator.kavenegar.harness import SimulatedKavenegar
from tests.support.kavenegar import QUICK, gateway_at, one_text, some_texts


def proven(gateway: KavenegarGateway) -> KavenegarGateway:
    gateway.send_many(some_texts(2))
    assert gateway.round_size == 100
    return gateway


def test_outcomes_come_in_the_order_of_the_texts(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    texts = some_texts(30)
    outcomes = gateway.send_many(texts)
    ids = {sent.localid: str(sent.messageid) for sent in simulator.outbox()}
    assert [o.remote_id for o in outcomes if isinstance(o, Accepted)] == [
        ids[text.local_id] for text in texts
    ]


def test_a_proven_lane_takes_a_hundred_texts_in_one_call(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    proven(gateway)
    assert all(isinstance(o, Accepted) for o in gateway.send_many(some_texts(100)))
    assert simulator.counters()["calls sms/sendarray"] == 2
    assert len(simulator.outbox()) == 102


def test_the_proof_risks_two_texts_and_asks_for_their_ids(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    assert gateway.round_size == 2
    gateway.send_many(some_texts(2))
    counters = simulator.counters()
    assert counters["calls sms/sendarray"] == counters["calls sms/statuslocalmessageid"] == 1


def test_a_lane_whose_ids_are_not_found_never_sends_arrays_again(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    simulator.fault("forget_localids", method="sms/sendarray", count=1)
    for _ in range(3):
        outcomes = gateway.send_many(some_texts(10))
        assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    counters = simulator.counters()
    assert counters["calls sms/sendarray"] == 1
    assert counters["calls sms/send"] == 28
    assert len(simulator.outbox()) == 30


@pytest.mark.parametrize("kind", ["wrong_count", "wrong_message"])
def test_a_lane_that_mixes_up_the_trial_never_sends_arrays_again(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar, kind: str
) -> None:
    simulator.fault(kind, method="sms/sendarray", count=1)
    assert isinstance(gateway.send_many(some_texts(2))[0], Unknown)
    gateway.send_many(some_texts(5))
    assert simulator.counters()["calls sms/sendarray"] == 1


def test_a_trial_that_taught_nothing_is_tried_again(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    simulator.fault("error", method="sms/statuslocalmessageid", count=1)
    gateway.send_many(some_texts(2))
    assert gateway.round_size == 2
    proven(gateway)


def test_an_account_without_arrays_sends_singly(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    simulator.fault("refuse", method="sms/sendarray", code=426)
    assert all(isinstance(o, Accepted) for o in gateway.send_many(some_texts(6)))
    assert simulator.counters()["calls sms/sendarray"] == 1


def test_a_text_without_a_line_goes_singly_since_arrays_demand_one(
    simulator: SimulatedKavenegar,
) -> None:
    gateway = KavenegarGateway(simulator.api_key, simulator.base_url)
    assert all(isinstance(o, Accepted) for o in gateway.send_many(some_texts(4)))
    assert "calls sms/sendarray" not in simulator.counters()
    gateway.close()


@pytest.mark.parametrize("kind", ["hang", "reset", "html", "error"])
def test_an_array_whose_call_ended_unknown_is_unknown_for_each(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar, kind: str
) -> None:
    proven(gateway)
    simulator.fault(kind, method="sms/sendarray", after=True)
    outcomes = gateway.send_many(some_texts(20))
    assert {type(outcome) for outcome in outcomes} == {Unknown}
    assert len(simulator.outbox()) == 22


def test_one_wrong_record_in_an_array_spoils_only_itself(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    proven(gateway)
    simulator.fault("wrong_receptor", method="sms/sendarray")
    first, *others = gateway.send_many(some_texts(5))
    assert first == Unknown("kavenegar_mismatch", askable=False)
    assert all(isinstance(outcome, Accepted) for outcome in others)


def test_an_array_refused_for_a_text_of_it_is_sent_singly(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    proven(gateway)
    simulator.fault("refuse", method="sms/sendarray", code=411)
    simulator.fault("refuse", method="sms/send", code=420, count=1)
    outcomes = gateway.send_many(some_texts(4))
    assert outcomes.count(NotSent(Blame.ROW, "kavenegar_420")) == 1
    assert sum(isinstance(outcome, Accepted) for outcome in outcomes) == 3


def test_texts_that_cant_be_sent_dont_keep_the_others(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    good, abroad = some_texts(3), OutgoingText(5, "+4915112345678", "x")
    outcomes = gateway.send_many([good[0], abroad, *good[1:]])
    assert outcomes[1] == NotSent(Blame.ROW, "kavenegar_411")
    assert sum(isinstance(outcome, Accepted) for outcome in outcomes) == 3


@pytest.mark.parametrize(("code", "blame"), [(418, Blame.STOP), (451, Blame.PAUSE)])
def test_a_verdict_on_the_lane_spares_the_gateway_further_calls(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar, code: int, blame: Blame
) -> None:
    proven(gateway)
    simulator.fault("refuse", code=code)
    outcomes = gateway.send_many(some_texts(250))
    assert set(outcomes) == {NotSent(blame, f"kavenegar_{code}")}
    assert simulator.counters()["faults refuse"] == 1


def test_a_silent_gateway_is_waited_for_once_a_thread_not_once_a_text(
    simulator: SimulatedKavenegar,
) -> None:
    gateway = KavenegarGateway(simulator.api_key, simulator.base_url, timeouts=QUICK, pool_size=4)
    simulator.fault("hang")
    outcomes = gateway.send_many(some_texts(40))
    assert outcomes.count(Unknown("kavenegar_read_timeout")) == 4
    assert outcomes.count(held_back("kavenegar")) == 36
    gateway.close()


def test_nothing_to_send_is_no_call() -> None:
    with gateway_at("http://127.0.0.1:9") as gateway:
        assert list(gateway.send_many([])) == []


def test_a_batch_said_again_after_an_unknown_is_sent_once(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    proven(gateway)
    texts = some_texts(50)
    simulator.fault("reset", method="sms/sendarray", after=True, count=1)
    gateway.send_many(texts)
    assert all(isinstance(outcome, Accepted) for outcome in gateway.send_many(texts))
    assert len(simulator.outbox()) == 52
    assert isinstance(gateway.send(one_text()), Accepted)
