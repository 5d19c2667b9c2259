import pytest

from sms_service.simulator.kavenegar.rules import Text


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("ب" * 70, 1),
        ("ب" * 71, 2),
        ("ب" * 134, 2),
        ("ب" * 135, 3),
        ("a" * 69 + "ب", 1),
        ("a" * 70 + "ب", 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("a" * 140, 1),
        ("a" * 141, 2),
        ("a" * 154, 2),
    ],
)
def test_parts_are_counted_as_the_page_says(message: str, parts: int) -> None:
    assert Text("09121234567", "30001521", message).parts == parts


def test_persian_is_the_cheaper_tariff() -> None:
    persian = Text("09121234567", "30001521", "ب")
    latin = Text("09121234567", "30001521", "b")
    assert 0 < persian.cost < latin.cost
