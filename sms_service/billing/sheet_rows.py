"""The XML of a sheet, read row by row: each cell a text as a CSV export would have it.

Days come out in ISO, whole numbers without a point, formulas with their ``=``. The parser is
the standard library's, driven directly: a third of the time of a general reader, and no more
memory for a million rows than for one.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import IO
from xml.parsers import expat

from sms_service.billing.headers import WIDEST
from sms_service.billing.inputs import InputFault, TooMuch

MOST_TEXTS = 1_000_000
"""Different texts in a workbook; all of them are held in memory."""
_BLOCK = 1 << 16
_LONGEST_ROW = 16
"""Blocks within which a row must end."""
_LAST_ROW = 1 << 20
_LONGEST_INDEX = 10
_EXACT = 10**15
"""Excel keeps fifteen digits; a longer number was another one before it got there."""
_FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001  # a day, not a moment
_FIRST_DAY_1904 = datetime(1904, 1, 1)  # noqa: DTZ001  # the same
_DIGITS = "0123456789"

Attributes = dict[str, str]


def shared_texts(content: IO[bytes]) -> list[str]:
    """The texts that cells of a workbook refer to by number. Raises InputFault."""
    texts: list[str] = []
    parts: list[str] = []
    letters: list[str] = []
    spoken = 0

    def start(name: str, _: Attributes) -> None:
        nonlocal spoken
        letters.clear()
        if name == "si":
            parts.clear()
        elif name == "rPh":
            spoken += 1

    def end(name: str) -> None:
        nonlocal spoken
        if name == "t" and not spoken:
            parts.append("".join(letters))
        elif name == "rPh":
            spoken -= 1
        elif name == "si":
            texts.append("".join(parts))
            if len(texts) > MOST_TEXTS:
                raise TooMuch(f"more than {MOST_TEXTS:,} different texts: save it as CSV")

    for _ in _parsed(content, start, end, letters.append):
        pass
    return texts


def sheet_rows(
    content: IO[bytes], texts: Sequence[str], date_styles: frozenset[str], *, from_1904: bool
) -> Iterator[list[str]]:
    """The rows of a sheet from the first on, empty ones among them. Raises InputFault."""
    cells = _Cells(texts, date_styles, _FIRST_DAY_1904 if from_1904 else _FIRST_DAY)
    blocks = 0
    for _ in _parsed(content, cells.start, cells.end, cells.letters.append):
        blocks += 1
        if cells.rows:
            yield from cells.rows
            cells.rows.clear()
            blocks = 0
        elif blocks > _LONGEST_ROW:
            raise TooMuch("a row of a sheet is longer than a megabyte")
        if cells.ended:
            return
    yield from cells.rows


def _parsed(
    content: IO[bytes],
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None],
    letters: Callable[[str], object],
) -> Iterator[None]:
    """Parse a stream; comes back after each block. Names lose their prefix."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise InputFault("the workbook declares a document type, which Excel never does")

    def begin(name: str, attributes: Attributes) -> None:
        """The first element shows whether names have a prefix."""
        prefix, colon, _ = name.rpartition(":")
        cut = len(prefix) + len(colon)
        if cut:
            parser.StartElementHandler = lambda name, attributes: start(name[cut:], attributes)
            parser.EndElementHandler = lambda name: end(name[cut:])
        else:
            parser.StartElementHandler = start
            parser.EndElementHandler = end
        start(name[cut:], attributes)

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = begin
    parser.CharacterDataHandler = letters
    try:
        while block := content.read(_BLOCK):
            parser.Parse(block)
            yield
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError):
        # The last two: it says that it is in an encoding of Python's which no XML can be in.
        raise InputFault("the workbook is damaged") from None


class _Cells:
    """Gathers rows from the parser's calls."""

    def __init__(self, texts: Sequence[str], date_styles: frozenset[str], first: datetime) -> None:
        self.rows: list[list[str]] = []
        self.letters: list[str] = []
        self.ended = False
        self._texts = texts
        self._date_styles = date_styles
        self._first_day = first
        self._columns: dict[str, int] = {}
        self._number = 0
        self._row: list[str] = []
        self._attributes: Attributes = {}
        self._value = ""
        self._inline = ""
        self._formula: str | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        self.letters.clear()
        if name == "c":
            self._attributes = attributes
            self._value = self._inline = ""
            self._formula = None
        elif name == "row":
            self._begin_row(attributes.get("r", ""))

    def end(self, name: str) -> None:
        if name == "v":
            self._value = "".join(self.letters)
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self.rows.append(self._row)
        elif name == "t":
            self._inline += "".join(self.letters)
        elif name == "f":
            self._formula = "".join(self.letters)
        elif name == "sheetData":
            self.ended = True

    def _begin_row(self, written: str) -> None:
        is_number = written.isascii() and written.isdigit()
        number = int(written[:_LONGEST_INDEX]) if is_number else self._number + 1
        if number > _LAST_ROW or self._number >= _LAST_ROW:
            raise TooMuch(f"more than {_LAST_ROW:,} rows")
        self.rows.extend([] for _ in range(self._number + 1, number))
        self._number = max(number, self._number + 1)
        self._row = []

    def _end_cell(self) -> None:
        if not self._value and not self._inline and self._formula is None:
            return
        row = self._row
        column = self._column(self._attributes.get("r", ""))
        missing = column - len(row)
        if missing > 0:
            row.extend([""] * missing)
        if missing >= 0:
            row.append(self._text())
        else:
            row[column] = self._text()

    def _column(self, reference: str) -> int:
        """The place of a cell in its row, from 0."""
        if not reference:
            return len(self._row)
        letters = reference.rstrip(_DIGITS)
        column = self._columns.get(letters)
        if column is None:
            column = 0
            for letter in letters[:8]:
                column = column * 26 + (ord(letter) & 31)
            column -= 1
            self._columns[letters] = column
        if not 0 <= column < WIDEST:
            raise TooMuch(f"a row goes to column {letters[:8]}, at most {WIDEST:,} are read")
        return column

    def _text(self) -> str:
        if self._formula is not None:
            return f"={self._formula}"
        kind = self._attributes.get("t", "n")
        if kind == "s":
            return self._shared()
        if kind == "n":
            return self._number_or_day(self._value)
        return self._inline if kind == "inlineStr" else self._value

    def _shared(self) -> str:
        written = self._value
        if written.isdecimal() and len(written) < _LONGEST_INDEX:
            number = int(written)
            if number < len(self._texts):
                return self._texts[number]
        raise InputFault("the workbook is damaged: a cell's text is missing")

    def _number_or_day(self, written: str) -> str:
        if self._attributes.get("s") in self._date_styles:
            return self._day(written)
        if written.isdigit():
            return written
        try:
            number = float(written)
        except ValueError:
            return written
        if not abs(number) < _EXACT:
            return f"{number:.14E}"
        return str(int(number)) if number == int(number) else repr(number)

    def _day(self, written: str) -> str:
        try:
            moment = self._first_day + timedelta(seconds=round(float(written) * 86_400))
        except (ValueError, OverflowError):
            return written
        is_day = not (moment.hour or moment.minute or moment.second)
        return moment.date().isoformat() if is_day else moment.isoformat()
