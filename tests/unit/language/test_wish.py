"""What a text wants, by its words and by its numbers."""

import pytest

from sms_service.language.reading import Intent, Note
from tests.support.reading import OURS, read


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        (f"بدهی و سوابق {OURS}", Intent.HISTORY),
        (f"پرداخت و بدهی {OURS}", Intent.DEBT),
        (f"لیست بدهی {OURS}", Intent.DEBT),
        (f"ذخیره بدهی {OURS}", Intent.SAVE),
    ],
)
def test_of_several_wishes_the_strongest_is_met_unless_one_leads(text: str, intent: Intent) -> None:
    assert read(text).intent is intent


def test_a_misspelt_word_does_not_lead() -> None:
    assert read(f"ذخیره خانه {OURS}").intent is Intent.SAVE
    assert read(f"ذخیرع خانه {OURS}").intent is Intent.HISTORY


def test_a_misspelt_month_is_told() -> None:
    reading = read(f"{OURS} 1403 شهریوذ")
    assert (reading.intent, reading.month) == (Intent.BILL, 6)
    assert Note.SPELLING in reading.notes
    assert Note.SPELLING not in read(f"{OURS} 1403 شهریور").notes


@pytest.mark.parametrize("score", [1, 2, 3, 4, 5])
def test_an_opinion_is_one_to_five(score: int) -> None:
    assert read(f"نظر {score}").score == score


@pytest.mark.parametrize("text", ["نظر", "نظر 0", "نظر 6", "نظر 12", "نظر 05"])
def test_an_opinion_of_no_known_score_is_still_an_opinion(text: str) -> None:
    reading = read(text)
    assert (reading.intent, reading.score) == (Intent.OPINION, None)
