"""The forms of an upload, read."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sms_service.billing.headers import known_as
from sms_service.billing.layouts import Kind
from sms_service.billing.previews import NAMES_OF
from sms_service.domain.calendar import gregorian_of

_DAY = re.compile(r"(\d{4})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{1,2})")
_LONGEST = 120


class BadDay(ValueError):
    """No day that the data can be of; ``why``: ``no_such_day`` or ``future_day``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class UnknownColumns(ValueError):
    """Names that no column of the files has; ``names``: the fields of the form."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__("no column has this name")
        self.names = names


def day_of(told: str, today: date) -> date | None:
    """A Jalali day, in whatever digits; None for an empty field. Raises BadDay."""
    if not told.strip():
        return None
    parts = _DAY.fullmatch(told.strip())
    if parts is None:
        raise BadDay("no_such_day")
    try:
        day = gregorian_of(*(int(part) for part in parts.groups()))
    except ValueError:
        raise BadDay("no_such_day") from None
    if day > today:
        raise BadDay("future_day")
    return day


def tables_of(form: Mapping[str, str], columns: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The mapping that a form describes; empty where every field is left to the service.

    Raises UnknownColumns.
    """
    known = {known_as(name) for name in columns}
    tables: dict[str, dict[str, Any]] = {}
    wrong: list[str] = []
    for kind in Kind:
        for sources in NAMES_OF[kind].values():
            name = sources[0][0]
            field = f"{kind}.{name}"
            column = form.get(f"column.{field}", "").strip()[:_LONGEST]
            value = form.get(f"value.{field}", "").strip()[:_LONGEST]
            unit = form.get(f"unit.{field}", "")
            if column and known_as(column) not in known:
                wrong.append(f"column.{field}")
            elif column:
                entry = {"column": column} | ({"unit": unit} if unit not in ("", "rial") else {})
                tables.setdefault(kind.value, {})[name] = entry
            elif value:
                tables.setdefault(kind.value, {})[name] = {"value": value}
    if wrong:
        raise UnknownColumns(wrong)
    return tables
