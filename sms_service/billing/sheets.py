"""The sheets of a workbook: which of them are exports, and their rows in chunks."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sms_service.billing.headers import ROWS_SEARCHED, find_header, without_tail
from sms_service.billing.layouts import Layout
from sms_service.billing.rows import Chunk
from sms_service.billing.sheet_rows import shared_texts, sheet_rows
from sms_service.billing.workbooks import (
    LARGEST_SHEET,
    LARGEST_TEXTS,
    SheetPart,
    Workbook,
    damage_told,
    open_part,
    opened_workbook,
)

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Of old .xls files, and of new ones with a password."""
_ROWS_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet that isn't hidden or empty; ``header`` is empty where none is known."""

    title: str
    part: str
    size: int
    """Bytes of its XML."""
    header_at: int = 0
    """How many rows stand above the header."""
    header: tuple[str, ...] = ()


def examine_workbook(path: Path, known: Sequence[Layout]) -> tuple[list[Sheet], str]:
    """The sheets of a workbook, and the SHA-256 of the file. Raises InputFault."""
    with damage_told(), opened_workbook(path) as book:
        texts = _texts(book)
        shown = [part for part in book.sheets if not part.hidden]
        sheets = [_examined(book, part, texts, known) for part in shown]
    with path.open("rb") as raw:
        digest = hashlib.file_digest(raw, "sha256").hexdigest()
    return [sheet for sheet in sheets if sheet is not None], digest


def _texts(book: Workbook) -> list[str]:
    if book.texts_part is None:
        return []
    with open_part(book.archive, book.texts_part, LARGEST_TEXTS) as content:
        return shared_texts(content)


def _examined(
    book: Workbook, part: SheetPart, texts: Sequence[str], known: Sequence[Layout]
) -> Sheet | None:
    with open_part(book.archive, part.part, LARGEST_SHEET) as content:
        size = book.archive.getinfo(part.part).file_size
        rows = sheet_rows(content, texts, book.date_styles, from_1904=book.from_1904)
        first = list(islice(rows, ROWS_SEARCHED))
    if not any(map(any, first)):
        return None
    at = find_header(first, known)
    if at is None:
        return Sheet(part.title, part.part, size)
    return Sheet(part.title, part.part, size, at, without_tail(first[at]))


@contextmanager
def sheet_chunks(path: Path, sheet: Sheet) -> Iterator[tuple[Iterator[Chunk], Callable[[], float]]]:
    """The rows below the header, and which share of the sheet is done.

    The rows raise InputFault where the workbook is damaged.
    """
    with ExitStack() as stack:
        with damage_told():
            book = stack.enter_context(opened_workbook(path))
            texts = _texts(book)
            content = stack.enter_context(open_part(book.archive, sheet.part, LARGEST_SHEET))
        rows = sheet_rows(content, texts, book.date_styles, from_1904=book.from_1904)
        yield _told(_chunks(rows, sheet)), lambda: content.tell() / max(1, sheet.size)


def _told(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    with damage_told():
        yield from chunks


def _chunks(rows: Iterator[list[str]], sheet: Sheet) -> Iterator[Chunk]:
    above = sheet.header_at + 1
    for _ in islice(rows, above):
        pass
    first, width = above + 1, len(sheet.header)
    while chunk := [_fitted(row, width) for row in islice(rows, _ROWS_AT_ONCE)]:
        yield Chunk(first, chunk)
        first += len(chunk)


def _fitted(row: list[str], width: int) -> list[str]:
    """A sheet leaves out empty cells, also those at the end of a row."""
    missing = width - len(row)
    return row + [""] * missing if missing > 0 and row else row
