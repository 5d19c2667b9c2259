"""From the header and the split lines of one export file to rows for its table."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from sms_service.billing.fields import FieldFault, Value
from sms_service.billing.layouts import Field, Layout

Row = tuple[Value, ...]

_SHOWN = 40
_SHORTEST_MASKED = 8


class HeaderFault(ValueError):
    """The header is of no known export, or lacks a required column; one line."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """A value that couldn't be read. ``kept``: the row went in without it."""

    field: str
    value: str
    """As it stood in the file; IDs, phones and payment references masked."""
    reason: str
    kept: bool = False


def layout_of(header: Sequence[str], known: Sequence[Layout]) -> Layout:
    """The layout that a header is of; raises HeaderFault."""
    found = [layout for layout in known if layout.tell in header]
    if len(found) != 1:
        tells = ", ".join(layout.tell for layout in known)
        raise HeaderFault(f"no known export: exactly one column of {tells} tells its kind")
    for field in found[0].fields:
        if field.required and not any(name in header for name in field.names):
            raise HeaderFault(f"column {field.names[0]} is missing")
    return found[0]


class RowReader:
    """Reads the rows of one file, whose header says where each field stands."""

    def __init__(self, layout: Layout, header: Sequence[str]) -> None:
        self._fields = layout.fields
        self._compute = layout.compute
        self._width = len(header)
        self._names = [_name_in(header, field) for field in layout.fields]
        # An absent column is read from the empty text that read() puts behind the row.
        places = [header.index(name) if name in header else self._width for name in self._names]
        self._pick = itemgetter(*places)
        self._readers = [field.read for field in layout.fields]

    def read(self, texts: list[str]) -> tuple[Row | None, Sequence[RowFault]]:
        """The row in the order of the layout's columns, or None; and what couldn't be read."""
        if len(texts) != self._width:
            return None, (RowFault("", "", f"{len(texts)} fields instead of {self._width}"),)
        texts.append("")
        picked = self._pick(texts)
        try:
            values = [read(text) for read, text in zip(self._readers, picked, strict=True)]
        except FieldFault:
            return self._read_with_faults(picked)
        return self._completed(values), ()

    def _completed(self, values: list[Value]) -> Row:
        if self._compute is not None:
            values.append(self._compute(values))
        return tuple(values)

    def _read_with_faults(self, texts: Sequence[str]) -> tuple[Row | None, Sequence[RowFault]]:
        values: list[Value] = []
        faults: list[RowFault] = []
        for field, name, text in zip(self._fields, self._names, texts, strict=True):
            try:
                values.append(field.read(text))
            except FieldFault as fault:
                faults.append(RowFault(name, _shown(field, text), str(fault), field.soft))
                values.append(field.read("") if field.soft else None)
        whole = all(fault.kept for fault in faults)
        return self._completed(values) if whole else None, faults


def _name_in(header: Sequence[str], field: Field) -> str:
    return next((name for name in field.names if name in header), field.names[0])


def _shown(field: Field, text: str) -> str:
    if field.private:
        return f"{text[:2]}…{text[-2:]}" if len(text) > _SHORTEST_MASKED else "…"
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_SHOWN])
