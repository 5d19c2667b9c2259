"""Why a value or a row of an export isn't taken, and what was mended in those that are.

The Persian words for them are in ``templates/words/billing.toml``; a test fails while one
has none.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum


class Reason(StrEnum):
    """Why something in an export isn't taken; the names go into reports."""

    EMPTY = "empty"
    NOT_A_BILL_ID = "not_a_bill_id"
    WRONG_CHECK_DIGIT = "wrong_check_digit"
    NOT_WHOLE = "not_whole"
    AMBIGUOUS_POINT = "ambiguous_point"
    """``295.000``: thousands to one program, a fraction to the next."""
    OUT_OF_RANGE = "out_of_range"
    NO_JALALI_YEAR = "no_jalali_year"
    NO_SUCH_DAY = "no_such_day"
    DAY_FAR_OFF = "day_far_off"
    NOT_A_CODE = "not_a_code"
    TOO_LONG = "too_long"
    NOT_A_PAYMENT_ID = "not_a_payment_id"
    NOT_A_MOBILE = "not_a_mobile"
    LOST_DIGITS = "lost_digits"
    """``1.23457E+12``: a spreadsheet has rounded a number that is a name."""
    FORMULA = "formula"
    EXCEL_ERROR = "excel_error"
    REVERSAL_UNCLEAR = "reversal_unclear"
    """Status −1, which marks reversals, beside an amount above zero."""
    WRONG_WIDTH = "wrong_width"
    UNSPLIT = "unsplit"
    TOTALS_ROW = "totals_row"
    REPEATED_HEADER = "repeated_header"
    SHEET_LEFT_OUT = "sheet_left_out"


SET_ASIDE = frozenset({Reason.TOTALS_ROW, Reason.REPEATED_HEADER, Reason.SHEET_LEFT_OUT})
"""What is no row of data and so no bad row either: told, but never counted against a file."""


class Mend(StrEnum):
    """What was set right in a value that was taken."""

    DIGITS = "digits"
    MARKS = "marks"
    """Blanks and invisible marks."""
    SEPARATORS = "separators"
    FRACTION = "fraction"
    """``.0`` behind a whole number, or a whole number with an exponent."""
    ROUNDED = "rounded"
    """A fraction of a kWh."""
    SIGN = "sign"
    """A minus at the end, or parentheses."""
    ZEROS = "zeros"
    EXCEL_TEXT = "excel_text"
    """``="0012"`` or ``'0012``, as people keep zeros in Excel."""
    EMPTY_WORD = "empty_word"
    JALALI_DAY = "jalali_day"
    SHORT_YEAR = "short_year"
    COMPACT_DAY = "compact_day"
    PHONE = "phone"


Note = Callable[[Mend], None]
"""Told of each kind of mending that a value needed."""


def unnoted(_mend: Mend) -> None:
    """For who doesn't count."""


class FieldFault(ValueError):
    """A value can't be taken; says why, without the value."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(english(reason))
        self.reason = reason


_ENGLISH: Mapping[Reason, str] = {
    Reason.NOT_A_BILL_ID: "not a bill ID",
    Reason.NOT_WHOLE: "not a whole number",
    Reason.AMBIGUOUS_POINT: "a point that may mean thousands or a fraction",
    Reason.NO_JALALI_YEAR: "no Jalali year",
    Reason.DAY_FAR_OFF: "a day before 1370 or more than a year ahead",
    Reason.NOT_A_CODE: "not a code",
    Reason.NOT_A_PAYMENT_ID: "not a payment ID",
    Reason.NOT_A_MOBILE: "not a mobile number",
    Reason.LOST_DIGITS: "rounded by a spreadsheet, digits are lost",
    Reason.FORMULA: "a formula instead of a value",
    Reason.EXCEL_ERROR: "an error value of a spreadsheet",
    Reason.REVERSAL_UNCLEAR: "marked as cancelled, but the amount is above zero",
    Reason.WRONG_WIDTH: "more or fewer fields than the header",
    Reason.UNSPLIT: "the lines can't be split into fields",
    Reason.TOTALS_ROW: "a row of totals",
    Reason.REPEATED_HEADER: "the header once more",
    Reason.SHEET_LEFT_OUT: "a sheet of no known kind",
}


def english(reason: Reason) -> str:
    """The reason for the terminal."""
    return _ENGLISH.get(reason) or reason.value.replace("_", " ")
