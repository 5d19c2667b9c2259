"""The header of an export: its names brought to one form, and the row that it stands in."""

from collections import Counter
from collections.abc import Container, Sequence

from sms_service.billing.layouts import Layout
from sms_service.billing.names import Sources
from sms_service.language.normalise import fold

WIDEST = 1000
"""Columns that an export may have."""
ROWS_SEARCHED = 20
"""Titles may stand above the header, but not more than that."""
_BETWEEN = str.maketrans("", "", " _-.:‌()")


class HeaderFault(ValueError):
    """The header is of no known export, or lacks a required column; one line."""


def known_as(name: str) -> str:
    """What names are compared by: capitals, blanks, marks and ي or ی make no difference."""
    return fold(name).translate(_BETWEEN)


def layout_of(header: Sequence[str], known: Sequence[Layout]) -> Layout:
    """The layout that a header is of; raises HeaderFault."""
    names = Counter(map(known_as, header))
    found = [layout for layout in known if brings(names, layout.tells)]
    found = [layout for layout in found if layout.mapped] or found
    if len(found) != 1:
        tells = ", ".join(dict.fromkeys(layout.tells[0][0] for layout in known))
        raise HeaderFault(f"no known export: exactly one column of {tells} tells its kind")
    for field in found[0].fields:
        if field.required and not brings(names, field.sources):
            wanted = " and ".join(field.sources[0])
            raise HeaderFault(f"column {wanted} is missing{field.hint}")
    _refuse_twins(found[0], names)
    return found[0]


def brings(names: Container[str], sources: Sources) -> bool:
    """Whether all columns of one of these sources are among the names."""
    return any(all(known_as(name) in names for name in source) for source in sources)


def _refuse_twins(layout: Layout, names: Counter[str]) -> None:
    for field in layout.fields:
        for source in field.sources:
            for name in source:
                if names[known_as(name)] > 1:
                    raise HeaderFault(f"column {name} is there {names[known_as(name)]} times")


def find_header(rows: Sequence[Sequence[str]], known: Sequence[Layout]) -> int | None:
    """Which of the first rows is the header: the first that tells a kind; None when none does.

    Raises HeaderFault for a row of too many columns.
    """
    for index, row in enumerate(rows[:ROWS_SEARCHED]):
        if len(row) > WIDEST:
            raise HeaderFault(f"{len(row):,} columns, at most {WIDEST:,} are read")
        names = Counter(map(known_as, row))
        if any(brings(names, layout.tells) for layout in known):
            return index
    return None


def without_tail(row: Sequence[str]) -> tuple[str, ...]:
    """The header without empty names at its end, which stand for no columns."""
    width = max((index for index, name in enumerate(row, 1) if name.strip()), default=0)
    return tuple(row[:width])
