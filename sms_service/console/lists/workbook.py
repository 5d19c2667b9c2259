"""A list of requests as a workbook in which no cell is a formula, whatever is in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import xlsxwriter

from sms_service.console.filters import moment
from sms_service.domain.msisdn import masked
from sms_service.ledger.request_list import Listed
from sms_service.words import Words

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_WIDTHS = (20, 12, 10, 14, 16, 24, 34, 14, 26)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The words that the cells are written in."""

    words: Mapping[str, Any]
    states: Words

    def row(self, line: Listed) -> Sequence[str | float | None]:
        """The cells of a line, in the order of the columns."""
        return (
            moment(line.received_at),
            line.code,
            self.words["channels"].get(line.channel, line.channel),
            masked(line.phone) if line.phone else None,
            line.bill_id,
            self.states.reason(line.intent),
            self._result(line),
            None if line.seconds is None else round(line.seconds, 3),
            self.words["standings"][line.standing],
        )

    def _result(self, line: Listed) -> str | None:
        if line.problem:
            return self.states.reason(line.problem)
        if line.fulfilment:
            return str(self.words["fulfilment"][line.fulfilment])
        return None


def write_workbook(file: IO[bytes], lines: Iterable[Listed], sheet: Sheet) -> None:
    """Write the lines as they come; a text stays a text even where it begins with «=»."""
    book = xlsxwriter.Workbook(file, _OPTIONS)
    page = book.add_worksheet(str(sheet.words["sheet"]))
    page.right_to_left()
    page.freeze_panes(1, 0)
    bold = book.add_format({"bold": True})
    for column, width in enumerate(_WIDTHS):
        page.set_column(column, column, width)
    for column, title in enumerate(sheet.words["columns"]):
        page.write_string(0, column, str(title), bold)
    for number, line in enumerate(lines, start=1):
        for column, value in enumerate(sheet.row(line)):
            if isinstance(value, str):
                page.write_string(number, column, value)
            elif value is not None:
                page.write_number(number, column, value)
    book.close()
