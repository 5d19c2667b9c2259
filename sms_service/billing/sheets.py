"""Workbooks (XLSX): their sheets as rows of texts, as a CSV export would have them.

Everything behind is then the same for both. Cells come out as people would type them: days
in ISO, whole numbers without a point, formulas with their ``=``.
"""

import hashlib
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError  # what defusedxml raises

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from sms_service.billing.headers import ROWS_SEARCHED, WIDEST, find_header
from sms_service.billing.inputs import InputFault, TooMuch
from sms_service.billing.layouts import Layout
from sms_service.billing.rows import Chunk
from sms_service.billing.workbook_guard import refuse_bombs

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Of old .xls files, and of new ones with a password."""
_ROWS_AT_ONCE = 1_000
_LAST_ROW = 1 << 20
_EXACT = 10**15
"""Excel keeps fifteen digits; a longer number was another one before it got there."""
_VISIBLE = "visible"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet that isn't hidden or empty; ``header`` is empty where none is known."""

    title: str
    rows: int
    header_at: int
    header: tuple[str, ...]


def examine_workbook(path: Path, known: Sequence[Layout]) -> tuple[list[Sheet], str]:
    """The sheets of a workbook, and the SHA-256 of the file. Raises InputFault."""
    refuse_bombs(path)
    with path.open("rb") as raw:
        digest = hashlib.file_digest(raw, "sha256").hexdigest()
    with _opened(path) as book:
        sheets = [_examined(sheet, known) for sheet in book.worksheets]
    return [sheet for sheet in sheets if sheet is not None], digest


def _examined(sheet: Any, known: Sequence[Layout]) -> Sheet | None:
    if sheet.sheet_state != _VISIBLE:
        return None
    rows = max(sheet.max_row or 1, 1)
    first: list[list[str]] = []
    for row in _texts(sheet):
        first.append(row)
        if len(first) == ROWS_SEARCHED:
            break
    if not any(any(row) for row in first):
        return None
    at = find_header(first, known)
    header = () if at is None else _without_tail(first[at])
    return Sheet(sheet.title, rows, at or 0, header)


def _without_tail(row: Sequence[str]) -> tuple[str, ...]:
    """The row without the empty cells at its end."""
    last = max(index for index, text in enumerate(row) if text)
    return tuple(row[: last + 1])


@contextmanager
def sheet_chunks(path: Path, sheet: Sheet) -> Iterator[tuple[Iterator[Chunk], Callable[[], int]]]:
    """The rows below the header, and how many rows of the sheet are done."""
    done = sheet.header_at + 1

    def chunks(rows: Iterator[list[str]]) -> Iterator[Chunk]:
        nonlocal done
        width = len(sheet.header)
        for _ in range(done):
            next(rows, None)
        while True:
            chunk: list[list[str]] = []
            for row in rows:
                chunk.append(_fitted(row, width))
                if len(chunk) == _ROWS_AT_ONCE:
                    break
            if not chunk:
                return
            yield Chunk(done + 1, chunk)
            done += len(chunk)

    with _opened(path) as book:
        yield chunks(_texts(book[sheet.title])), lambda: done


def _fitted(row: list[str], width: int) -> list[str]:
    """A sheet leaves out empty cells at the end of a row."""
    missing = width - len(row)
    return row + [""] * missing if missing > 0 and any(row) else row


def _texts(sheet: Any) -> Iterator[list[str]]:
    """The rows from the first on, those between filled ones included."""
    sheet.reset_dimensions()  # programs write wrong ones
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        if number > _LAST_ROW:
            raise TooMuch(f"more than {_LAST_ROW:,} rows")
        if len(row) > WIDEST:
            raise TooMuch(f"a row of {len(row):,} columns, at most {WIDEST:,} are read")
        yield [text if type(text) is str else _text(text) for text in row]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    formula = getattr(value, "text", None)  # array formulas and data tables
    return f"={formula}" if formula else str(value)


def _number(value: float) -> str:
    if abs(value) >= _EXACT:
        return f"{value:.14E}"
    return str(int(value)) if value == int(value) else repr(value)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that nobody reads
        try:
            book = load_workbook(path, read_only=True, keep_links=False)
        except _DAMAGED:
            raise InputFault("the workbook is damaged, or no XLSX") from None
        try:
            yield book
        except _DAMAGED:
            raise InputFault("the workbook is damaged") from None
        finally:
            book.close()


_DAMAGED = (
    AttributeError,
    EOFError,
    IndexError,
    InvalidFileException,
    KeyError,
    OSError,
    ParseError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
)
"""What openpyxl raises for files that break its expectations; it has no class for them."""
