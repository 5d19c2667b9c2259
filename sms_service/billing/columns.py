"""One column of an export, read for many rows at once.

A column of plain values is read in one go. Else each text is read once and remembered, since
most texts of an export come again and again; what was mended is counted from what is
remembered, so that counting costs nothing where nothing was mended.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from sms_service.billing.bulk import Value
from sms_service.billing.faults import RowFault, shown
from sms_service.billing.fields import Reader
from sms_service.billing.headers import known_as
from sms_service.billing.layouts import Field, Guard, Layout
from sms_service.billing.reasons import FieldFault, Mend

FaultsByRow = dict[int, list[RowFault]]

_REMEMBERED = 1 << 17


@dataclass(frozen=True, slots=True)
class Texts:
    """The columns of a chunk, and which row of it each of their values belongs to."""

    columns: Sequence[Sequence[str]]
    count: int
    indexes: Sequence[int]


class Memory(dict[str, Value]):
    """What texts say, each read once."""

    def __init__(self, read: Reader) -> None:
        super().__init__()
        self._read = read
        self.mends: dict[str, Sequence[Mend]] = {}
        """What was mended, of the texts that needed it."""

    def __missing__(self, text: str) -> Value:
        mends: list[Mend] = []
        value = self._read(text, mends.append)
        self[text] = value
        if mends:
            self.mends[text] = tuple(dict.fromkeys(mends))
        return value

    def trim(self) -> None:
        """Forget all rather than grow without end; called between chunks."""
        if len(self) > _REMEMBERED:
            self.clear()
            self.mends.clear()


class Column:
    """Reads one field of a layout. ``is_there``: whether the export has it."""

    def __init__(self, field: Field, header: Sequence[str], mended: Counter[Mend]) -> None:
        source = next((s for s in field.sources if all(known_as(n) in header for n in s)), ())
        self._field = field
        self._names = source
        self._places = [header.index(known_as(name)) for name in source]
        self._memory = Memory(field.read)
        self._mended = mended
        self.is_there = bool(source)

    @classmethod
    def of_guard(cls, guard: Guard, header: Sequence[str]) -> "Column":
        """The column that a guard looks at; mending in it is not counted."""
        field = Field("", ((guard.name,),), guard.read, required=False)
        return cls(field, header, Counter())

    def read(self, texts: Texts, faults: FaultsByRow) -> Sequence[Value]:
        """The value of each row; faults go to their rows, the value then being None or empty."""
        if not self._places:
            return [self._memory[self._field.absent]] * texts.count
        values = self._read_place(0, texts, faults)
        for number in range(1, len(self._places)):
            more = self._read_place(number, texts, faults)
            values = [_sum(a, b) for a, b in zip(values, more, strict=True)]
        self._memory.trim()
        return values

    def _read_place(self, number: int, texts: Texts, faults: FaultsByRow) -> Sequence[Value]:
        column = texts.columns[self._places[number]]
        if self._field.read.at_once:
            plain = self._field.read.at_once(column)
            if plain is not None:
                return plain
        try:
            values: Sequence[Value] = list(map(self._memory.__getitem__, column))
        except FieldFault:
            values = self._one_by_one(self._names[number], column, texts.indexes, faults)
        mends = self._memory.mends
        if mends:
            self._mended.update(chain.from_iterable(mends[t] for t in column if t in mends))
        return values

    def _one_by_one(
        self, name: str, column: Sequence[str], indexes: Sequence[int], faults: FaultsByRow
    ) -> Sequence[Value]:
        values: list[Value] = []
        field = self._field
        for index, text in zip(indexes, column, strict=True):
            try:
                values.append(self._memory[text])
            except FieldFault as fault:
                value = shown(text, private=field.private)
                faults[index].append(RowFault(name, value, fault.reason, field.soft))
                values.append(field.read("") if field.soft else None)
        return values


def columns_of(layout: Layout, header: Sequence[str], mended: Counter[Mend]) -> list[Column]:
    """The columns of a layout in an export of this header, names as ``known_as`` gives them."""
    return [Column(field, header, mended) for field in layout.fields]


def _sum(one: Value, other: Value) -> Value:
    if isinstance(one, int) and isinstance(other, int):
        return one + other
    return None
