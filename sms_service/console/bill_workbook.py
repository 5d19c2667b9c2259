"""The workbook of a list of bills: what each owes, all bills and payments since the year.

Identifiers are texts and amounts numbers; nothing that was typed can become a formula.
"""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

import xlsxwriter

from sms_service.domain.calendar import jalali_of
from sms_service.language.style import Style
from sms_service.service.bill_lists import Found, Listed
from sms_service.service.readout import ReadOut, read_out

_OPTIONS = {
    # Rows go to temporary files at once: a long list would take half a gigabyte otherwise.
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_WIDE, _NARROW = 22, 14
_LONGEST_TYPED = 60
_TEXT_COLUMNS = frozenset({"bill_id", "payment_id", "code", "typed", "problem", "state"})


def write_workbook(
    listed: Sequence[Listed], found: Sequence[Found], from_year: int, look: "Look"
) -> bytes:
    """The file, ready to be sent."""
    target = BytesIO()
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        sheets = _Sheets(book, look.words)
        answers = {id(one.listed): one for one in found}
        told = {
            id(one): read_out(one.history, from_year, look.style)
            for one in found
            if one.history is not None
        }
        summary = sheets.add("summary")
        for one in listed:
            answer = answers.get(id(one))
            facts = told.get(id(answer)) if answer else None
            summary.put(_summary(one, answer, facts, look))
        bills, payments = sheets.add("bills"), sheets.add("payments")
        for answer in found:
            if facts := told.get(id(answer)):
                bills.put_all(_bills(facts, look))
                payments.put_all(_payments(facts))
        for sheet in (summary, bills, payments):
            sheet.finish()
    return target.getvalue()


class Look:
    """Words and style that the workbook is written with."""

    def __init__(self, words: Mapping[str, Any], problems: Mapping[str, str], style: Style) -> None:
        """``problems``: words by the machine word of what is wrong."""
        self.words = words
        self.problems = problems
        self.style = style

    def problem(self, why: str | None) -> str:
        """What is wrong, in words; empty where nothing is."""
        return "" if why is None else self.problems.get(why, why)


class _Sheets:
    def __init__(self, book: Any, words: Mapping[str, Any]) -> None:
        self._book, self._words = book, words
        self._head = book.add_format({"bold": True, "bottom": 1})
        self._number = book.add_format({"num_format": "#,##0"})
        self._text = book.add_format({"num_format": "@", "align": "right"})

    def add(self, name: str) -> "_Sheet":
        sheet = self._book.add_worksheet(self._words["sheets"][name])
        sheet.right_to_left()
        columns: Mapping[str, str] = self._words[name]
        for at, (key, label) in enumerate(columns.items()):
            sheet.set_column(at, at, _WIDE if key in _TEXT_COLUMNS else _NARROW)
            sheet.write_string(0, at, label, self._head)
        sheet.freeze_panes(1, 1)
        return _Sheet(sheet, list(columns), (self._number, self._text))


class _Sheet:
    def __init__(self, sheet: Any, columns: list[str], formats: tuple[Any, Any]) -> None:
        self._sheet, self._columns = sheet, columns
        self._number, self._text = formats
        self._row = 0

    def put(self, values: Mapping[str, int | str | None]) -> None:
        self._row += 1
        for at, name in enumerate(self._columns):
            value = values.get(name)
            if isinstance(value, int):
                self._sheet.write_number(self._row, at, value, self._number)
            elif value:
                self._sheet.write_string(self._row, at, value, self._text)

    def put_all(self, rows: Iterable[Mapping[str, int | str | None]]) -> None:
        for row in rows:
            self.put(row)

    def finish(self) -> None:
        self._sheet.autofilter(0, 0, max(self._row, 1), len(self._columns) - 1)


def _summary(
    one: Listed, answer: Found | None, told: ReadOut | None, look: Look
) -> dict[str, int | str | None]:
    if answer is None:
        wrong = look.problem(one.why)
        return {"line": one.line, "bill_id": one.typed[:_LONGEST_TYPED], "problem": wrong}
    row: dict[str, int | str | None] = {
        "line": one.line,
        "bill_id": one.bill_id,
        "code": answer.code,
        "problem": look.problem(answer.problem),
    }
    if told is None:
        return row
    last = told.bills[0] if told.bills else None
    paid = next((payment for payment in told.payments if payment.amount_rial > 0), None)
    return row | {
        "debt": told.debt_rial,
        "due": _day(told.due_on),
        "payment_id": told.payment_id,
        "last_period": f"{last.bill.sale_year}/{last.bill.sale_period:02}" if last else None,
        "last_amount": last.bill.amount_rial if last else None,
        "last_state": look.words["states"][last.state] if last else None,
        "last_paid_on": _day(paid.paid_on) if paid else None,
        "last_paid": paid.amount_rial if paid else None,
        "bills": len(told.bills),
        "kwh": told.kwh,
        "billed": told.billed_rial,
        "paid": told.paid_rial,
        "as_of": _day(told.as_of),
    }


def _bills(told: ReadOut, look: Look) -> Iterable[dict[str, int | str | None]]:
    for one in told.bills:
        yield {
            "bill_id": told.bill_id,
            "year": one.bill.sale_year,
            "period": one.bill.sale_period,
            "from": _day(one.bill.read_from),
            "to": _day(one.bill.read_to),
            "kwh": one.bill.kwh,
            "amount": one.bill.amount_rial,
            "due": _day(one.bill.due_on),
            "state": look.words["states"][one.state],
            "left": one.left_rial,
            "paid_on": _day(one.paid_on),
        }


def _payments(told: ReadOut) -> Iterable[dict[str, int | str | None]]:
    for one in told.payments:
        yield {
            "bill_id": told.bill_id,
            "paid_on": _day(one.paid_on),
            "amount": one.amount_rial,
            "tracking": one.tracking,
            "payment_id": one.payment_id,
            "bank": one.bank_code,
            "channel": one.channel,
        }


def _day(value: Any) -> str | None:
    if value is None:
        return None
    told = jalali_of(value)
    return f"{told.year}/{told.month:02}/{told.day:02}"
