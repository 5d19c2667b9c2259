"""Rows of a file that holds bill IDs: a workbook, a CSV export, or lines of text."""

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from sms_service.billing.inputs import InputFault
from sms_service.billing.sheet_rows import shared_texts, sheet_rows
from sms_service.billing.sheets import OLE_MAGIC, ZIP_MAGIC
from sms_service.billing.workbooks import (
    LARGEST_TEXTS,
    Workbook,
    damage_told,
    open_part,
    opened_workbook,
)

_MOST_ROWS = 20_000
_LARGEST_SHEET = 16 << 20
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
_PARTING = str.maketrans({"؛": ",", "،": ",", ";": ",", "\t": ",", "\r": "\n"})


def rows_of_file(path: Path) -> list[list[str]]:
    """The rows of all sheets that are shown, or of the text. Raises InputFault."""
    with path.open("rb") as raw:
        begin = raw.read(8)
    if begin.startswith(OLE_MAGIC):
        raise InputFault("an old workbook, or one with a password: save it as XLSX")
    if begin.startswith(ZIP_MAGIC):
        return _rows_of_workbook(path)
    return rows_of_text(_decoded(path.read_bytes()))


def rows_of_text(text: str) -> list[list[str]]:
    """Lines, parted by commas, semicolons and tabs of either script."""
    lines = text.replace("\0", " ").translate(_PARTING).split("\n")
    return [_cells(line) for line in islice(lines, _MOST_ROWS)]


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return line.split(",")


def _decoded(content: bytes) -> str:
    charset = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(charset)
    except UnicodeDecodeError:
        return content.decode("cp1256", "replace")


def _rows_of_workbook(path: Path) -> list[list[str]]:
    with damage_told(), opened_workbook(path) as book:
        return list(islice(_rows(book), _MOST_ROWS))


def _rows(book: Workbook) -> Iterator[list[str]]:
    texts: list[str] = []
    if book.texts_part is not None:
        with open_part(book.archive, book.texts_part, LARGEST_TEXTS) as content:
            texts = shared_texts(content)
    for part in book.sheets:
        if part.hidden:
            continue
        with open_part(book.archive, part.part, _LARGEST_SHEET) as content:
            yield from sheet_rows(content, texts, book.date_styles, from_1904=book.from_1904)
