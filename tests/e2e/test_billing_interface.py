"""Questions while the national billing interface is there, goes away and comes back."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sms_service.billing.sql import SqlBillingSource
from sms_service.domain.records import History
from sms_service.language.normalise import clean
from sms_service.service.desk import Question
from sms_service.service.ports import BillingSource
from sms_service.simulator.kavenegar.store import Sent
from sms_service.simulator.saapa.traps import MIXED, Trap
from sms_service.wiring.desks import make_desk
from tests.support.service import Service
from tests.support.small_billing import BILL_IDS
from tests.support.texting import Text, new_text

_PACE = {
    "SAAPA_CALL_SECONDS": "0.7",
    "SAAPA_LOOKUP_SECONDS": "2",
    # Nothing kept stands in for what is asked again.
    "SAAPA_FRESH_SECONDS": "0.001",
    "SAAPA_STALE_DAYS": "0.00000001",
}


class Connected(Service):
    """A service whose bills come from the simulated interface first, then from the import."""

    def __init__(self, folder: Path, database_url: str) -> None:
        super().__init__(folder, database_url, **_PACE)
        self._interface_traps = MIXED


class Live:
    """What was imported, told as if it were read live."""

    def __init__(self, source: BillingSource) -> None:
        self._source = source

    def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
        told = self._source.histories(bill_ids)
        return {bill_id: replace(history, as_of=None) for bill_id, history in told.items()}

    def bills_of_phone(self, phone_hash: bytes) -> Sequence[str]:
        return self._source.bills_of_phone(phone_hash)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def connected(
    request: pytest.FixtureRequest, process_logs: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Connected]:
    folder = tmp_path_factory.mktemp(f"connected-{request.param}", numbered=True)
    url = f"sqlite:///{folder / 'service.db'}"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres").server
        url = server.url(server.create_database())
    service = Connected(folder, url)
    with service:
        yield service


@pytest.fixture
def service(connected: Connected) -> Connected:
    """With the interface there and in its usual mood, and a worker that knows it so."""
    connected.kill("worker")
    connected.launch("worker")
    connected.interface.start()
    connected.interface.simulator.calls.clear()
    connected.interface.trap(*MIXED)
    connected.interface.simulator.delay = 0.0
    connected.let_words_be_new()
    return connected


class Answers:
    """What each question must be answered with: live, or as of the day of the import."""

    def __init__(self, service: Service) -> None:
        parts = service.parts
        imported = SqlBillingSource(parts.engine)
        self._desks = [
            make_desk(parts.settings, source, parts.today) for source in (Live(imported), imported)
        ]

    def live_and_imported(self, text: Text) -> list[str]:
        question = [Question(clean(text.message))]
        replies = [desk.answer(question)[0].reply for desk in self._desks]
        return [reply.text for reply in replies if reply]


def _texts(number: int) -> list[Text]:
    """Each from a phone of its own, about bills in turn."""
    return [new_text(f"بدهی {BILL_IDS[place % len(BILL_IDS)]}", "") for place in range(number)]


def _answered(service: Service, texts: Sequence[Text], since: int) -> dict[str, list[str]]:
    """The SMS that each phone got, once each has one."""
    phones = {text.phone for text in texts}

    def sms() -> list[Sent]:
        return [one for one in service.sms_since(since) if one.receptor in phones]

    service.wait_until(lambda: {one.receptor for one in sms()} == phones, 40)
    time.sleep(0.5)  # for any that comes twice
    got: dict[str, list[str]] = {phone: [] for phone in phones}
    for one in sms():
        got[one.receptor].append(one.message)
    return got


def test_with_the_interface_there_its_answers_are_told_as_live(service: Connected) -> None:
    texts, since = _texts(10), service.last_sms()
    service.webhook.hand_over(texts)
    got, answers = _answered(service, texts, since), Answers(service)
    for text in texts:
        live, imported = answers.live_and_imported(text)
        assert live != imported
        assert got[text.phone] == [live]


@pytest.mark.fault("F32")
def test_an_interface_that_ends_in_the_middle_costs_no_text_and_doubles_none(
    service: Connected,
) -> None:
    texts, since = _texts(60), service.last_sms()
    service.interface.simulator.delay = 0.05
    handing = threading.Thread(
        target=service.webhook.hand_over_until_taken, args=(texts,), kwargs={"seconds": 30}
    )
    handing.start()
    service.wait_until(lambda: len(service.interface.simulator.calls) > 20)
    service.interface.stop()
    handing.join()

    got, answers = _answered(service, texts, since), Answers(service)

    for text in texts:
        assert len(got[text.phone]) == 1
        assert got[text.phone][0] in answers.live_and_imported(text)
    told = {text.phone: answers.live_and_imported(text).index(got[text.phone][0]) for text in texts}
    assert 1 in told.values(), "none was answered from the import"


@pytest.mark.fault("F32")
@pytest.mark.parametrize("trap", [Trap.HANG, Trap.TOKEN_EXPIRED, Trap.STATUS_500_INSIDE])
def test_while_the_interface_fails_the_import_answers_with_its_day(
    service: Connected, trap: Trap
) -> None:
    service.interface.trap(trap)
    texts, since = _texts(6), service.last_sms()
    service.webhook.hand_over(texts)
    got, answers = _answered(service, texts, since), Answers(service)
    assert service.interface.simulator.calls
    for text in texts:
        assert got[text.phone] == answers.live_and_imported(text)[1:]


@pytest.mark.fault("F32")
def test_a_bill_that_only_the_interface_could_know_is_promised_and_told_of_once_it_is_back(
    service: Connected,
) -> None:
    service.interface.stop()
    stranger, known = new_text("بدهی 1234567804423", ""), _texts(1)[0]
    since = service.last_sms()
    service.webhook.hand_over([stranger, known])

    got = _answered(service, [stranger, known], since)
    assert got[known.phone] == Answers(service).live_and_imported(known)[1:]
    [promise] = got[stranger.phone]
    assert "پاسخ پیامک میشود" in promise

    service.interface.start()
    since = service.last_sms()
    [answer] = _answered(service, [stranger], since)[stranger.phone]
    assert "در پرونده های" in answer
