"""Whose bill a number is, and whether a number is something else."""

from dataclasses import dataclass

from sms_service.domain import bill_id as ids
from sms_service.domain.bill_id import BILL_ID_LENGTH, Utility
from sms_service.language.reading import Problem
from sms_service.language.years import FIRST_YEAR_WITH_RECORDS, read_year

MOBILE_SHAPES = (
    ("09", 11, (4, 11)),
    ("989", 12, (2, 5, 12)),
    ("00989", 14, (4, 7, 14)),
    ("9", 10, (3,)),
)
"""How Iranian mobile numbers are written: beginning, digits, digits of the first piece."""
LANDLINE_SHAPES = (("025", 11, (3, 11)), ("021", 11, (3, 11)))
"""The same of landlines in Qom and Tehran."""
MOBILE_NETWORKS = frozenset("012349")
"""The digit after the beginning of a mobile number; 95 to 98 are none."""
SHORTEST_MOBILE = 10
PRINTED_CUTS = frozenset({1, 2, 5})
"""Digits after each gap of an ID in its printed groups, 8 3 1 1."""

_ELECTRICITY = str(Utility.ELECTRICITY.value)


@dataclass(frozen=True, slots=True)
class Judge:
    """Knows the company whose bills are looked for, and the year that it is."""

    company_code: str
    this_year: int

    def bears_our_marks(self, digits: str) -> bool:
        """Whether the digits end in our company's code, electricity and one more digit."""
        return digits[-5:-2] == self.company_code and digits[-2:-1] == _ELECTRICITY

    def is_ours(self, digits: str) -> bool:
        """Whether thirteen digits are an electricity bill of this company, check digit right."""
        return self.bears_our_marks(digits) and ids.check_digit(digits[:-1]) == int(digits[-1])

    def fault_of(self, digits: str) -> Problem | None:
        """Why thirteen digits are no bill ID of ours; None when they are one."""
        if len(digits) != BILL_ID_LENGTH:
            return Problem.WRONG_LENGTH
        if ids.check_digit(digits[:-1]) != int(digits[-1]):
            return Problem.BAD_CHECK_DIGIT
        if ids.utility(digits) is not Utility.ELECTRICITY:
            return Problem.OTHER_UTILITY
        return None if ids.company_code(digits) == self.company_code else Problem.OTHER_COMPANY

    def is_likely_year(self, digits: str) -> bool:
        """Whether people may have meant these digits as a start year."""
        year = read_year(digits)
        return year is not None and FIRST_YEAR_WITH_RECORDS <= year.value <= self.this_year


def is_mobile(digits: str) -> bool:
    """Whether the digits have the shape of a mobile number, its zero perhaps left out."""
    return any(
        len(digits) == size and digits.startswith(head) and digits[len(head)] in MOBILE_NETWORKS
        for head, size, _ in MOBILE_SHAPES
    )


def is_phone(digits: str) -> bool:
    """Whether the digits have the shape of a mobile number or of a landline nearby."""
    return is_mobile(digits) or any(
        len(digits) == size and digits.startswith(head) for head, size, _ in LANDLINE_SHAPES
    )
