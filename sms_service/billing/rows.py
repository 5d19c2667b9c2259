"""From the header and the split lines of one export to rows for its table.

Values are read column by column, a chunk of rows at a time: for plain values that is
several times faster than row by row.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from sms_service.billing.bulk import Value
from sms_service.billing.columns import Column, FaultsByRow, Texts, columns_of
from sms_service.billing.faults import RowFault
from sms_service.billing.headers import known_as
from sms_service.billing.layouts import Layout
from sms_service.billing.reasons import SET_ASIDE, Mend, Reason

Row = tuple[Value, ...]

_TOTALS = ("جمع", "مجموع", "total", "sum")
"""How the row of totals below a report begins, in the form that names are compared by."""

_FEWEST_TO_TELL = 3
"""Columns by which the lines of an address can be told from rows."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive rows of an export, blank ones among them."""

    first: int
    """The line or row of the file at which the first one stands."""
    rows: list[list[str]]
    faults: Sequence[tuple[int, RowFault]] = ()
    """Rows that were lost before they could be split."""

    lines: int | None = None
    """How many lines of the file they take, where a row may take several."""
    separator: str = ""
    """What stands between fields, where the rows were text."""

    @property
    def has_long_rows(self) -> bool:
        """Whether some of the rows take several lines."""
        return self.lines is not None and self.lines != len(self.rows)

    def numbers(self) -> Sequence[int]:
        """The line of the file at which each row begins."""
        if not self.has_long_rows:
            return range(self.first, self.first + len(self.rows))
        lengths = (1 + line_ends(row) for row in self.rows[:-1])
        return list(accumulate(lengths, initial=self.first))


@dataclass(slots=True)
class ReadRows:
    """What a chunk became. Blank rows, totals and the like are not counted as read."""

    read: int = 0
    accepted: list[Row] = field(default_factory=list)
    faults: list[tuple[int, RowFault]] = field(default_factory=list)
    """With the line of each."""


class RowReader:
    """Reads the rows of one export, whose header says where each field stands."""

    def __init__(self, layout: Layout, header: Sequence[str]) -> None:
        self._layout = layout
        self._header = [known_as(name) for name in header]
        self.mended: Counter[Mend] = Counter()
        """What was mended so far, rows that were left out included: how many values."""
        self._columns = columns_of(layout, self._header, self.mended)
        self._guard = Column.of_guard(layout.guard, self._header) if layout.guard else None
        self._guarded = layout.columns.index(layout.guard.against) if layout.guard else 0

    def read(self, chunk: Chunk) -> ReadRows:
        """The rows in the order of the layout's columns, and what couldn't be read."""
        faults: FaultsByRow = defaultdict(list)
        result = ReadRows(read=len(chunk.rows) + _lost(chunk.faults), faults=list(chunk.faults))
        width = len(self._header)
        indexes: Sequence[int] = range(len(chunk.rows))
        rows = chunk.rows
        if any(len(row) != width for row in rows):
            indexes = [i for i, row in enumerate(rows) if self._fits(i, row, faults)]
            result.read -= sum(not any(row) for row in rows)
            rows = [rows[i] for i in indexes]
        if chunk.has_long_rows:
            self._find_swallowed(chunk, faults)
        found = self._values(rows, indexes, faults)
        if not faults:
            result.accepted = found
            return result
        self._sort_out(chunk, dict(zip(indexes, found, strict=True)), faults, result)
        return result

    def _fits(self, index: int, row: list[str], faults: FaultsByRow) -> bool:
        """Whether the row has the header's width, or has it once empty fields are dropped."""
        width = len(self._header)
        if not any(row):
            return False
        if len(row) > width and not any(row[width:]):
            del row[width:]
        if len(row) == width:
            return True
        faults[index].append(RowFault("", f"{len(row)} ≠ {width}", Reason.WRONG_WIDTH))
        return False

    def _find_swallowed(self, chunk: Chunk, faults: FaultsByRow) -> None:
        """Rows of several lines are bad where a quote that isn't closed has made them long."""
        width = len(self._header)
        for index, row in enumerate(chunk.rows):
            if line_ends(row) and (len(row) != width or _has_rows(row, chunk.separator, width)):
                faults[index] = [RowFault("", "", Reason.UNSPLIT)]

    def _values(
        self, rows: Sequence[Sequence[str]], indexes: Sequence[int], faults: FaultsByRow
    ) -> list[Row]:
        if not rows:
            return []
        texts = Texts(list(zip(*rows, strict=True)), len(rows), indexes)
        values = [column.read(texts, faults) for column in self._columns]
        if self._guard:
            self._check(texts, values[self._guarded], faults)
        if self._layout.compute:
            values.append(self._layout.compute(values))
        return list(zip(*values, strict=True))

    def _check(self, texts: Texts, against: Sequence[Value], faults: FaultsByRow) -> None:
        guard, column = self._layout.guard, self._guard
        if guard is None or column is None or not column.is_there:
            return
        statuses = column.read(texts, faults)
        for place, (status, value) in enumerate(zip(statuses, against, strict=True)):
            if guard.contradicts(status, value):
                fault = RowFault(guard.name, str(status), guard.reason)
                faults[texts.indexes[place]].append(fault)

    def _sort_out(
        self,
        chunk: Chunk,
        found: dict[int, Row],
        faults: FaultsByRow,
        result: ReadRows,
    ) -> None:
        """Take rows whose faults all leave the row whole, and tell why the others aren't."""
        numbers = chunk.numbers()
        for index in sorted(faults):
            row = chunk.rows[index]
            of_row = self._judged(row, faults[index])
            if of_row and of_row[0].reason is Reason.UNSPLIT:
                last = numbers[index] + line_ends(row)
                of_row = [RowFault("", f"{numbers[index]}–{last}", Reason.UNSPLIT)]
            if not all(fault.kept for fault in of_row):
                found.pop(index, None)
                of_row = [replace(fault, kept=False) for fault in of_row]
            if not of_row or of_row[0].reason in SET_ASIDE:
                found.pop(index, None)
                result.read -= 1
            result.faults.extend((numbers[index], fault) for fault in of_row)
        result.accepted = list(found.values())

    def _judged(self, row: Sequence[str], faults: list[RowFault]) -> list[RowFault]:
        """The faults of a row, or the one that says what the row is instead of data."""
        names = [known_as(text) for text in row]
        told = [name for name in names if name]
        if not told:
            return []
        if names == self._header:
            return [RowFault("", "", Reason.REPEATED_HEADER)]
        if told[0].startswith(_TOTALS):
            return [RowFault("", "", Reason.TOTALS_ROW)]
        return faults


def _has_rows(row: Sequence[str], separator: str, width: int) -> bool:
    """Whether a field holds lines with as many separators as a row has."""
    if not separator or width < _FEWEST_TO_TELL:
        return False
    lines = (line for text in row for line in text.splitlines()[1:])
    return any(line.count(separator) >= width - 1 for line in lines)


def line_ends(row: Sequence[str]) -> int:
    """Line ends inside the fields of a row."""
    joined = " ".join(row)
    return joined.count("\n") + joined.count("\r") - joined.count("\r\n")


def _lost(faults: Sequence[tuple[int, RowFault]]) -> int:
    return sum(fault.reason not in SET_ASIDE for _, fault in faults)
