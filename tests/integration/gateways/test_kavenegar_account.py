"""What is left of the account's credit, and how seldom it is asked for."""

from collections.abc import Callable

from sqlalchemy import Engine

from sms_service.gateways.kavenegar_account import KavenegarAccount
from sms_service.ledger.chores import ChoreLedger
from sms_service.ledger.lane_view import LaneView
from sms_service.service.crediting import Crediting
from sms_service.settings import Settings
from sms_service.simulator.kavenegar.harness import SimulatedKavenegar


def test_the_gateway_tells_what_is_left(
    simulator: SimulatedKavenegar, settings: Callable[..., Settings]
) -> None:
    account = KavenegarAccount(settings(KAVENEGAR_BASE_URL=simulator.base_url))
    left = account.credit_rial()
    assert left is not None
    assert left > 0


def test_a_gateway_that_is_away_tells_nothing(settings: Callable[..., Settings]) -> None:
    assert KavenegarAccount(settings(KAVENEGAR_BASE_URL="http://127.0.0.1:9")).credit_rial() is None


def test_it_is_asked_once_however_many_look(engine: Engine) -> None:
    asked: list[int] = []

    def ask() -> int:
        asked.append(1)
        return 7_000_000

    view = LaneView(engine)
    crediting = Crediting("kavenegar", ChoreLedger(engine, 30), view, ask)
    for _ in range(3):
        crediting.refresh()
    assert len(asked) == 1
    credit = view.credit("kavenegar")
    assert credit is not None
    assert credit.rial == 7_000_000


def test_an_answer_that_does_not_come_leaves_what_was_known(engine: Engine) -> None:
    view = LaneView(engine)
    view.note_credit("kavenegar", 5)
    Crediting("kavenegar", ChoreLedger(engine, 30), view, lambda: None).refresh()
    credit = view.credit("kavenegar")
    assert credit is not None
    assert credit.rial == 5
