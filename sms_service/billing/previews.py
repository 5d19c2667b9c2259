"""What an import would make of an export, without a database: columns, rows, faults, counts.

No value of a subscriber leaves here in clear.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from sms_service.billing import names
from sms_service.billing.bulk import Value
from sms_service.billing.exports import Export, records
from sms_service.billing.faults import shown
from sms_service.billing.headers import known_as
from sms_service.billing.layouts import Field, Kind, Layout
from sms_service.billing.rows import Row, RowReader
from sms_service.billing.staging import DAYS_OF_DATA
from sms_service.billing.summary import Fault

ROWS_SHOWN = 20
FAULTS_SHOWN = 50
ROWS_TRIED = 300_000
"""Rows that are read; beyond, the counts are those of a part."""

_LONGEST_NAME = 120
_WITHIN_WORDS = "\u200c"

Cell = str | int | bool | None
"""``True`` stands for a phone that can be read."""

NAMES_OF = {
    Kind.BILLS: names.BILLS,
    Kind.PAYMENTS: names.PAYMENTS,
    Kind.BRANCHES: names.BRANCHES,
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of our tables, and the export's own columns that it is read from."""

    column: str
    name: str
    """The interface's name, by which a mapping speaks of it."""
    sources: Sequence[str]
    """Empty where the export has no such column."""
    required: bool


@dataclass(slots=True)
class Preview:
    """One export, or the first rows of a large one."""

    name: str
    kind: Kind
    header: Sequence[str]
    fingerprint: str
    columns: Sequence[Column]
    rows: list[list[Cell]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    read: int = 0
    accepted: int = 0
    mended: int = 0
    is_whole: bool = True
    """Whether every row was read."""
    newest_day: str | None = None
    """In ISO; none of the future counted."""


def fingerprint(header: Sequence[str]) -> str:
    """The same for headers of equal names, however they are written and ordered."""
    told = "\n".join(sorted(filter(None, map(known_as, header))))
    return sha256(told.encode()).hexdigest()[:32]


def plain_name(text: str) -> str:
    """A column's name by which it is still found: without marks that nobody sees."""
    return "".join(a for a in text if a.isprintable() or a == _WITHIN_WORDS)[:_LONGEST_NAME]


def preview(export: Export, today: date, beat: Callable[[int], None]) -> Preview:
    """Read an export as an import would. ``beat`` hears of the rows, and may raise.

    Raises InputFault where the file breaks off.
    """
    layout, reader = export.layout, RowReader(export.layout, export.header)
    found = Preview(
        *(export.name, export.kind, [plain_name(name) for name in export.header]),
        *(fingerprint(export.header), _columns(export)),
    )
    days = [index for index, one in enumerate(layout.columns) if one in DAYS_OF_DATA]
    with records(export) as (chunks, _):
        for chunk in chunks:
            read = reader.read(chunk)
            found.read += read.read
            found.accepted += len(read.accepted)
            _note_newest(found, read.accepted, days, today)
            room = ROWS_SHOWN - len(found.rows)
            found.rows.extend(_cells(layout, row) for row in read.accepted[:room])
            room = FAULTS_SHOWN - len(found.faults)
            found.faults.extend(
                Fault(export.name, line, one.field, one.value, one.reason, one.kept)
                for line, one in read.faults[:room]
            )
            beat(found.read)
            if found.read >= ROWS_TRIED:
                found.is_whole = False
                break
    found.mended = Counter(reader.mended).total()
    return found


def _columns(export: Export) -> list[Column]:
    header = {known_as(name): name for name in export.header}
    return [_column(export.kind, one, header) for one in export.layout.fields]


def _column(kind: Kind, one: Field, header: dict[str, str]) -> Column:
    source = next((s for s in one.sources if all(known_as(n) in header for n in s)), ())
    name = NAMES_OF[kind][one.column][0][0]
    own = [plain_name(header[known_as(n)]) for n in source]
    return Column(one.column, name, own, one.required)


def _cells(layout: Layout, row: Row) -> list[Cell]:
    return [_cell(one, value) for one, value in zip(layout.fields, row, strict=False)]


def _cell(one: Field, value: Value) -> Cell:
    if isinstance(value, bytes):
        return True
    if value is None or isinstance(value, bool):
        return value
    if one.private:
        return shown(str(value), private=True) if value else None
    return value if isinstance(value, int) else shown(str(value), private=False)


def _note_newest(found: Preview, rows: Sequence[Row], days: Sequence[int], today: date) -> None:
    latest = today.isoformat()
    told = (row[index] for row in rows for index in days)
    newest = max((day for day in told if isinstance(day, str) and day <= latest), default=None)
    if newest is not None and (found.newest_day is None or newest > found.newest_day):
        found.newest_day = newest
