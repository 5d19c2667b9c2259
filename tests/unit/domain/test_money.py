import pytest

from sms_service.domain.money import RIAL, TOMAN, Rial, coarse_scale, exact_scale


def test_toman_is_told_where_every_amount_is_whole_toman() -> None:
    assert exact_scale("toman", [Rial(2_874_000), Rial(0)]) == TOMAN


def test_one_odd_rial_makes_the_whole_message_speak_rial() -> None:
    assert exact_scale("toman", [Rial(2_874_000), Rial(2_874_005)]) == RIAL


def test_a_company_that_prefers_rial_gets_rial() -> None:
    assert exact_scale("rial", [Rial(10)]) == RIAL


def test_an_exact_amount_is_never_rounded() -> None:
    assert TOMAN.exact(Rial(2_874_000)) == 287_400
    with pytest.raises(ValueError, match="whole number"):
        TOMAN.exact(Rial(2_874_005))


@pytest.mark.parametrize(
    ("rial", "thousand_toman"),
    [(0, 0), (4_999, 0), (5_000, 1), (14_999, 1), (15_000, 2), (-15_000, -2), (2_874_000, 287)],
)
def test_halves_are_rounded_away_from_zero(rial: int, thousand_toman: int) -> None:
    assert coarse_scale(TOMAN, [Rial(10_000)]).rounded(Rial(rial)) == thousand_toman


def test_demand_customers_are_told_millions() -> None:
    assert coarse_scale(TOMAN, [Rial(10**9), Rial(2 * 10**10)]).name == "million_toman"
    assert coarse_scale(RIAL, [Rial(10**8)]).name == "million_rial"


def test_one_small_amount_keeps_the_column_in_thousands() -> None:
    assert coarse_scale(TOMAN, [Rial(10**9 - 1), Rial(2 * 10**10)]).name == "thousand_toman"


def test_a_bill_of_nothing_has_no_say_in_the_unit() -> None:
    assert coarse_scale(TOMAN, [Rial(0), Rial(10**9)]).name == "million_toman"
    assert coarse_scale(TOMAN, []).name == "thousand_toman"
