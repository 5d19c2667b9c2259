"""Asking the gateway what it has: by our ids for 12 hours, by its ids for 48."""

import pytest

from sms_service.gateways.kavenegar import KavenegarGateway
from sms_service.gateways.kavenegar_codes import DELIVERY_STATES
from sms_service.service.ports import Accepted
from sms_service.simulator.kavenegar.harness import SimulatedKavenegar
from tests.support.kavenegar import one_text, some_texts

HOUR = 3600


def test_a_text_of_unknown_outcome_is_found_by_its_id(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    simulator.fault("hang", after=True, count=1)
    text, never_sent = some_texts(2)
    gateway.send(text)
    (sent,) = simulator.outbox()
    found = gateway.look_up([text.local_id, never_sent.local_id])
    assert found is not None
    assert {one: record.remote_id for one, record in found.items()} == {
        text.local_id: str(sent.messageid)
    }


def test_more_ids_than_a_call_takes_are_asked_for_in_several(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    texts = some_texts(600)
    for start in range(0, 600, 100):
        gateway.send_many(texts[start : start + 100])
    before = simulator.counters()["calls sms/statuslocalmessageid"]
    found = gateway.look_up([text.local_id for text in texts])
    assert found is not None
    assert len(found) == 600
    assert simulator.counters()["calls sms/statuslocalmessageid"] == before + 2


@pytest.mark.parametrize("kind", ["hang", "reset", "error", "html", "half_json", "refuse"])
def test_no_answer_is_told_apart_from_not_there(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar, kind: str
) -> None:
    simulator.fault(kind)
    assert gateway.look_up([one_text().local_id]) is None
    assert gateway.statuses(["797866275"]) is None


def test_after_the_window_a_text_reads_as_not_there(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    text = one_text()
    accepted = gateway.send(text)
    assert isinstance(accepted, Accepted)
    simulator.advance_clock(13 * HOUR)
    assert gateway.look_up([text.local_id]) == {}
    assert gateway.statuses([accepted.remote_id]) != {}
    simulator.advance_clock(36 * HOUR)
    assert gateway.statuses([accepted.remote_id]) == {}


def test_statuses_are_told_by_remote_id_and_foreign_ids_left_out(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    simulator.plan_receipts(steps=[])
    accepted = gateway.send(one_text())
    assert isinstance(accepted, Accepted)
    assert gateway.statuses([accepted.remote_id, "797866275"]) == {accepted.remote_id: 1}


def test_asking_for_nothing_is_answered_without_a_call(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    assert gateway.look_up([]) == {}
    assert gateway.statuses([]) == {}
    assert simulator.counters() == {}


def test_status_100_is_no_delivery_result() -> None:
    assert 100 not in DELIVERY_STATES
    assert set(DELIVERY_STATES) == {1, 2, 4, 5, 6, 10, 11, 13, 14}
