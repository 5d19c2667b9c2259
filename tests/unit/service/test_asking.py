"""When the gateway is asked for a receipt, and what its answers make of it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from sms_service.service.asking import Asking, next_question
from sms_service.service.messages import Receipt
from tests.support.fakes import FakeDoorbell, FakeGateway

ACCEPTED = datetime(2026, 11, 24, tzinfo=UTC)


class Told(FakeGateway):
    """A gateway that tells these codes."""

    def __init__(self, codes: Mapping[str, int] | None) -> None:
        super().__init__()
        self._codes = codes

    def statuses(self, remote_ids: Sequence[str]) -> Mapping[str, int] | None:
        return self._codes


class FakeQuestions:
    """Some rows with a question due."""

    def __init__(self, *remote_ids: str, due: int | None = None) -> None:
        self._taken = due if due is not None else len(remote_ids), remote_ids
        self.sooner: list[str] = []

    def take_due(self, gateway: str, limit: int) -> tuple[int, Sequence[str]]:
        return self._taken

    def ask_sooner(self, gateway: str, remote_ids: Sequence[str], seconds: float) -> None:
        self.sooner += remote_ids


class FakeTray:
    """Keeps receipts."""

    def __init__(self) -> None:
        self.parked: list[Receipt] = []

    def park(self, arrived: Sequence[Receipt]) -> None:
        self.parked += arrived


@pytest.mark.parametrize(
    ("age", "next_age"),
    [(1 / 6, 1), (0.5, 1), (1, 6), (6, 24), (30, 47), (47, 48), (47.9, 48)],
)
def test_the_next_question_comes_at_the_next_age(age: float, next_age: float) -> None:
    now = ACCEPTED + timedelta(hours=age)
    assert next_question(ACCEPTED, now) == ACCEPTED + timedelta(hours=next_age)


@pytest.mark.parametrize("age", [48, 60])
def test_after_two_days_nothing_is_asked(age: float) -> None:
    assert next_question(ACCEPTED, ACCEPTED + timedelta(hours=age)) is None


def test_what_the_gateway_tells_is_parked_as_receipts() -> None:
    tray, bell = FakeTray(), FakeDoorbell()
    asking = Asking(FakeQuestions("7", "8"), tray, Told({"7": 10}), bell)
    assert asking.run() == 1
    assert tray.parked == [Receipt("kavenegar", "7", 10)]
    assert bell.rung == ["receipts"]


def test_silence_costs_no_question() -> None:
    questions, tray = FakeQuestions("7"), FakeTray()
    assert Asking(questions, tray, Told(None), FakeDoorbell()).run() == 0
    assert (questions.sooner, tray.parked) == (["7"], [])


def test_a_full_batch_rings_for_the_next() -> None:
    bell = FakeDoorbell()
    Asking(FakeQuestions("7", due=500), FakeTray(), Told({}), bell).run()
    assert bell.rung == ["ask"]
