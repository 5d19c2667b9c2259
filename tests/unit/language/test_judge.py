"""Whose bill a number is, and what else it may be."""

import pytest

from sms_service.language.judge import Judge, is_mobile
from sms_service.language.reading import Problem

OURS = "1234567804423"
judge = Judge(company_code="044", this_year=1405)


def test_a_bill_of_ours_has_no_fault() -> None:
    assert judge.is_ours(OURS)
    assert judge.fault_of(OURS) is None


@pytest.mark.parametrize(
    ("digits", "fault"),
    [
        ("123456780442", Problem.WRONG_LENGTH),
        ("1234567804424", Problem.BAD_CHECK_DIGIT),
        ("1234567804431", Problem.OTHER_UTILITY),
        ("1234567804121", Problem.OTHER_COMPANY),
    ],
)
def test_a_bill_that_is_not_ours_is_told_why(digits: str, fault: Problem) -> None:
    assert judge.fault_of(digits) is fault


@pytest.mark.parametrize(
    ("digits", "likely"),
    [("1369", False), ("1370", True), ("1405", True), ("1406", False), ("5", True), ("6", False)],
)
def test_a_start_year_is_likely_from_the_first_records_to_this_year(
    digits: str, likely: bool
) -> None:
    assert judge.is_likely_year(digits) is likely


@pytest.mark.parametrize("digits", ["09121234567", "989121234567", "00989121234567", "9121234567"])
def test_a_mobile_is_known_by_its_shape(digits: str) -> None:
    assert is_mobile(digits)


@pytest.mark.parametrize("digits", ["0912123456", "98912123456", "912123456", "02537000000", ""])
def test_other_numbers_are_no_mobiles(digits: str) -> None:
    assert not is_mobile(digits)
