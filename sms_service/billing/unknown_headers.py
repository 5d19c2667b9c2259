"""What a file of no known kind has for a header, so that a person can say what it means."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from sms_service.billing.exports import is_workbook
from sms_service.billing.headers import ROWS_SEARCHED, WIDEST, without_tail
from sms_service.billing.inputs import InputFault
from sms_service.billing.previews import plain_name
from sms_service.billing.sheets import examine_workbook, sheet_chunks
from sms_service.billing.text_files import SEPARATORS, Writing, examine_text, text_chunks


def guessed_headers(path: Path) -> list[tuple[str, ...]]:
    """For each sheet the row that is likely its header; none where nothing looks like one.

    Raises InputFault.
    """
    found = _of_workbook(path) if is_workbook(path) else [_of_text(path)]
    return [header for header in found if header]


def _of_text(path: Path) -> tuple[str, ...]:
    writing, _ = examine_text(path, ())
    guesses = []
    for separator in SEPARATORS:
        trial = Writing(writing.encoding, separator, -1, ())
        with text_chunks(path, trial) as (chunks, _done):
            rows = next((chunk.rows for chunk in chunks), [])
        guesses.append(_likeliest(rows[:ROWS_SEARCHED]))
    return max(guesses, key=len)


def _of_workbook(path: Path) -> list[tuple[str, ...]]:
    sheets, _ = examine_workbook(path, ())
    return [_likeliest(list(islice(_rows(path, i), ROWS_SEARCHED))) for i in range(len(sheets))]


def _rows(path: Path, index: int) -> Iterator[Sequence[str]]:
    sheet = examine_workbook(path, ())[0][index]
    with sheet_chunks(path, replace(sheet, header_at=-1)) as (chunks, _done):
        for chunk in chunks:
            yield from chunk.rows


def _likeliest(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The first of the rows that hold most words: data are numbers and days mostly."""
    if any(len(row) > WIDEST for row in rows):
        raise InputFault(f"more than {WIDEST:,} columns")
    best = max(rows, key=_words, default=())
    return tuple(map(plain_name, without_tail(best))) if _words(best) > 1 else ()


def _words(row: Sequence[str]) -> int:
    return sum(any(letter.isalpha() for letter in cell) for cell in row)
