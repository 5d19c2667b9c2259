"""The checker must see what it is there for: each promise, broken once, shows."""

from collections.abc import Sequence

import pytest

from sms_service.domain.states import InboundState, OutboundState
from sms_service.simulator.kavenegar.store import Sent
from tests.support.four_ledgers import Books, Went, broken_promises
from tests.support.texting import Taken, Text

TEXT = Text("7", "09901234567", "6249849504428", "بدهی ندارد")
SAID = [Taken(TEXT, 200, 5.0)]
WENT = Went(OutboundState.ACCEPTED, 11, "21")


def sms(messageid: int = 21, *, localid: int = 11, phone: str = TEXT.phone) -> Sent:
    return Sent(messageid, localid, "30001521", phone, TEXT.answer, 1, 1, 116, 0.0)


def kept(
    came: Sequence[InboundState] = (InboundState.ANSWERED,), went: Sequence[Went] = (WENT,)
) -> Books:
    return Books({TEXT.messageid: came}, {TEXT.messageid: went})


def test_a_text_taken_kept_answered_and_sent_once_breaks_nothing() -> None:
    assert broken_promises(SAID, kept(), [sms()]) == {}


def test_50_answers_to_one_text_are_one_text() -> None:
    assert broken_promises(SAID * 50, kept(), [sms()]) == {}


def test_a_text_that_was_never_taken_owes_nothing() -> None:
    assert broken_promises([Taken(TEXT, 503, 900.0)], Books({}, {}), []) == {}


@pytest.mark.parametrize(
    ("books", "outbox"),
    [
        pytest.param(Books({}, {}), [], id="a 200 without a row"),
        pytest.param(kept([InboundState.ANSWERED] * 2), [sms()], id="two rows"),
        pytest.param(kept([InboundState.FAILED]), [sms()], id="given up"),
        pytest.param(kept(went=[]), [sms()], id="an SMS without a row"),
        pytest.param(kept(went=[WENT, WENT]), [sms()], id="two answers"),
        pytest.param(
            kept(went=[Went(OutboundState.UNKNOWN, 11, None)]), [sms()], id="left unknown"
        ),
        pytest.param(kept(), [], id="accepted but not sent"),
        pytest.param(kept(), [sms(), sms(22, localid=12)], id="sent twice"),
        pytest.param(kept(), [sms(22)], id="another SMS than the row's"),
        pytest.param(kept(), [sms(), sms(22, phone="09907654321")], id="to a stranger"),
    ],
)
def test_a_broken_promise_shows(books: Books, outbox: Sequence[Sent]) -> None:
    assert broken_promises(SAID, books, outbox) != {}


def test_another_persons_answer_shows() -> None:
    other = Taken(Text("8", TEXT.phone, "6385586104420", "بدهی ۲۸۷,۴۰۰ تومان"), 200, 5.0)

    assert "an SMS says what its phone didn't ask" in broken_promises([other], kept(), [sms()])
