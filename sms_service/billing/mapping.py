"""A mapping file: where a report of one's own makes hold what an import needs.

TOML, a table for each kind of export; each key is one of the interface's column names, each
value the file's own, or a table of ``column``, ``value`` (a constant) and ``unit``.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sms_service.billing import names
from sms_service.billing.inputs import InputFault
from sms_service.billing.layouts import Field, Kind, Layout
from sms_service.billing.reasons import FieldFault

UNITS: Table[str, int] = {"rial": 1, "toman": 10, "thousand_rial": 1000}
NAMES: Table[Kind, frozenset[str]] = {
    kind: frozenset(name for sources in named.values() for (name, *_) in sources if name.isascii())
    for kind, named in (
        (Kind.BILLS, names.BILLS),
        (Kind.PAYMENTS, names.PAYMENTS),
        (Kind.BRANCHES, names.BRANCHES),
    )
}
"""What can be mapped: the interface's names of the columns that are read."""
_KEYS = frozenset({"column", "value", "unit"})
_TABLE = re.compile(r"\s*\[\s*\"?([A-Za-z_]+)\"?\s*\]")
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """Where one field comes from: a column, or a constant in every row."""

    column: str | None
    value: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class Mapping:
    """By kind and by the interface's name of a column."""

    kinds: Table[Kind, Table[str, Place]]
    digest: str
    """Of the file: with another mapping the same file says something else."""


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file; raises InputFault, one line that names file, line and key."""
    try:
        if path.stat().st_size > _LARGEST:
            raise InputFault(f"{path.name}: larger than a mapping can be")
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
        loaded = tomllib.loads(text)
    except OSError as error:
        raise InputFault(f"{path.name}: {error.strerror or 'unreadable'}") from None
    except UnicodeDecodeError:
        raise InputFault(f"{path.name}: not written in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise InputFault(f"{path.name}: {error}") from None
    try:
        kinds = _kinds(loaded)
    except _Wrong as wrong:
        line = _line_of(text, wrong.kind, wrong.key)
        where = ".".join(filter(None, (wrong.kind, wrong.key)))
        said = f"{path.name}:{line}: {where}: {wrong}"
        raise InputFault("".join(a if a.isprintable() else "?" for a in said)) from None
    if not kinds:
        raise InputFault(f"{path.name}: no table; it takes {', '.join(Kind)}")
    return Mapping(kinds, hashlib.sha256(content).hexdigest())


def mapping_from(tables: Table[str, object]) -> Mapping:
    """The mapping that a form describes, in the shape of a file's tables. Raises InputFault."""
    try:
        kinds = _kinds(tables)
    except _Wrong as wrong:
        where = ".".join(filter(None, (wrong.kind, wrong.key)))
        raise InputFault(f"{where}: {wrong}") from None
    written = json.dumps(tables, ensure_ascii=False, sort_keys=True)
    return Mapping(kinds, hashlib.sha256(written.encode()).hexdigest())


def _kinds(tables: Table[str, object]) -> Table[Kind, Table[str, Place]]:
    return {_kind(name): _places(name, entries) for name, entries in tables.items()}


def mapped(known: Sequence[Layout], mapping: Mapping) -> tuple[Layout, ...]:
    """The layouts that a mapping describes, in front of those known already.

    Raises InputFault for a constant that its field can't take.
    """
    first_of_kind = {layout.kind: layout for layout in reversed(known)}
    own = [_described(first_of_kind[kind], places) for kind, places in mapping.kinds.items()]
    return (*own, *known)


def _described(layout: Layout, places: Table[str, Place]) -> Layout:
    """The layout with the operator's columns; a file is of it when it has all of them."""
    for key, place in places.items():
        _check_constant(layout, key, place)
    columns = tuple(place.column for place in places.values() if place.column)
    fields = tuple(
        _placed(field, places[name]) if (name := _name_in(field, places)) else field
        for field in layout.fields
    )
    return replace(layout, tells=(columns,), fields=fields, mapped=True)


def _check_constant(layout: Layout, key: str, place: Place) -> None:
    for field in layout.fields:
        if place.column is None and any(source[0] == key for source in field.sources):
            try:
                field.read(place.value)
            except FieldFault as fault:
                raise InputFault(f"mapping: {layout.kind}.{key}: value: {fault}") from None


def _name_in(field: Field, places: Table[str, Place]) -> str | None:
    return next((s[0] for s in field.sources if s[0] in places), None)


def _placed(field: Field, place: Place) -> Field:
    sources = ((place.column,),) if place.column else ()
    read = field.read.times(place.times) if place.times > 1 else field.read
    required = field.required and bool(sources)
    return replace(field, sources=sources, read=read, required=required, absent=place.value)


class _Wrong(ValueError):
    def __init__(self, kind: str, key: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.key = key


def _kind(name: str) -> Kind:
    try:
        return Kind(name)
    except ValueError:
        raise _Wrong(name, "", f"no such table; there are {', '.join(Kind)}") from None


def _places(kind: str, entries: object) -> Table[str, Place]:
    if not isinstance(entries, dict):
        raise _Wrong("", kind, "must be a table")
    places = {key: _place(kind, key, entry) for key, entry in entries.items()}
    if not any(place.column for place in places.values()):
        raise _Wrong(kind, "", "names no column, so no file can be told by it")
    return places


def _place(kind: str, key: str, entry: Any) -> Place:
    if key not in NAMES[Kind(kind)]:
        raise _Wrong(kind, key, "no column that is read has this name")
    if isinstance(entry, str):
        entry = {"column": entry}
    if not isinstance(entry, dict):
        raise _Wrong(kind, key, "must be a column's name, or a table")
    if unknown := entry.keys() - _KEYS:
        raise _Wrong(kind, key, f"{min(unknown)} is unknown; there are {', '.join(sorted(_KEYS))}")
    if ("column" in entry) == ("value" in entry):
        raise _Wrong(kind, key, "takes either column or value")
    if not all(isinstance(part, str) and part.strip() for part in entry.values()):
        raise _Wrong(kind, key, "column, value and unit are texts, and not empty ones")
    unit = entry.get("unit", "rial")
    if unit not in UNITS:
        raise _Wrong(kind, key, f"unit {unit} is unknown; there are {', '.join(UNITS)}")
    if "unit" in entry and "_amt" not in key and "_deb" not in key:
        raise _Wrong(kind, key, "only amounts and debts have a unit")
    return Place(entry.get("column"), entry.get("value", ""), UNITS[unit])


def _line_of(text: str, kind: str, key: str) -> int:
    """The line of a key; of its table when it isn't found; 1 when there is neither."""
    inside, found = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        table = _TABLE.match(line)
        if table:
            inside = table[1]
            found = number if inside == kind else found
        elif inside == kind and key and re.match(rf'\s*"?{re.escape(key)}"?\s*[=.]', line):
            return number
    return found
