"""What is kept of a dialogue between two keystrokes."""

import json

import pytest

from sms_service.language.screens import MOST_PAGES, SCREEN_UNITS
from sms_service.service.ussd.session import Kept, Session, Stage
from sms_service.service.ussd.views import LONGEST_NAME

MOST_BYTES = 16 * 1024
FULL = Session(
    stage=Stage.PAGES,
    bill_id="1234567804423",
    latin=True,
    bills=tuple((f"{number:013d}", "خ" * LONGEST_NAME) for number in range(20)),
    first=3,
    years=tuple(range(1405, 1370, -1)),
    pages=("پ" * SCREEN_UNITS,) * MOST_PAGES,
    back=Stage.YEARS,
    request=2**62,
    mistakes=2,
    fault="این گزینه نیست",
)


@pytest.mark.parametrize("session", [Session(), FULL])
def test_what_was_stored_comes_back_as_it_was(session: Session) -> None:
    kept = Kept(session, 7, "صفحه", ends=True)
    assert Kept.loaded(kept.dumped().encode()) == kept


def test_the_fullest_session_is_bounded() -> None:
    assert len(Kept(FULL, 99_999, "پ" * SCREEN_UNITS).dumped().encode()) < MOST_BYTES


@pytest.mark.parametrize(
    "stored",
    [
        None,
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 2000,
        b'[1,"x",false,null]',
        b'["x","x",false,{}]',
        b'[1,"x",false,{"stage":"of another release"}]',
        b'[1,"x",false,{"what":1}]',
        json.dumps([1, "x", False, {"bills": [1]}]).encode(),
    ],
)
def test_what_another_release_stored_counts_as_nothing(stored: bytes | None) -> None:
    assert Kept.loaded(stored) is None


def test_neither_bill_nor_page_shows_in_a_log() -> None:
    shown = repr(Kept(FULL, 1, "screen"))
    assert not any(secret in shown for secret in ("1234567804423", "پپ", "screen", "خخ"))
