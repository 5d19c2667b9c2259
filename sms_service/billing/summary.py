"""What an import is told and what it tells: options, progress, faults, the summary."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sms_service.billing.batches import Counts
from sms_service.billing.layouts import Kind
from sms_service.billing.reasons import Reason


class Outcome(StrEnum):
    DONE = "done"
    KNOWN = "known"
    """These very contents are in force already; nothing was done."""
    REFUSED = "refused"
    """Too little or too much was wrong in the files; nothing was changed."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    as_of: date | None = None
    """The day up to which the data are complete; found in the files when not given."""
    strict: bool = False
    """All or nothing: one bad row refuses the import."""
    again: bool = False
    """Import even contents that are in force already."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an import stands. ``file`` is empty while the rows read are put in force."""

    file: str
    rows: int
    bytes_done: int
    bytes_total: int


Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """A value that couldn't be read; private values are masked.

    ``kept``: the row went in without the value, else the whole row was left out.
    """

    file: str
    line: int
    field: str
    value: str
    reason: Reason
    kept: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of an import. ``seconds`` is its duration."""

    outcome: Outcome
    batch_id: int
    files: Sequence[str]
    seconds: float
    data_as_of: date | None = None
    as_of_given: bool = False
    """Whether the caller gave ``data_as_of``; else it is the newest day in the files."""
    replaces_as_of: date | None = None
    """The day of the data in force before."""
    counts: Mapping[Kind, Counts] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    """The first of them; ``rejected`` and ``values_left_out`` count all."""
    values_left_out: int = 0
    failure: str | None = None
    """Why the import was refused."""

    @property
    def rows(self) -> int:
        return sum(count.read for count in self.counts.values())

    @property
    def rejected(self) -> int:
        return sum(count.rejected for count in self.counts.values())

    @property
    def rows_per_second(self) -> int:
        return round(self.rows / self.seconds) if self.seconds else 0

    @property
    def goes_back(self) -> bool:
        """Whether the data are older than those that were in force."""
        new, old = self.data_as_of, self.replaces_as_of
        return new is not None and old is not None and new < old

    def to_dict(self) -> dict[str, Any]:
        """For JSON: plain values, days in ISO text."""
        kinds = {kind.value: self.counts.get(kind, Counts()) for kind in Kind}
        return {
            "outcome": self.outcome.value,
            "batch_id": self.batch_id,
            "files": list(self.files),
            "data_as_of": _iso(self.data_as_of),
            "as_of_from": "option" if self.as_of_given else "newest_day_in_files",
            "replaces_as_of": _iso(self.replaces_as_of),
            "rows": self.rows,
            "subscribers": kinds["branches"].accepted,
            "bills": kinds["bills"].accepted,
            "payments": kinds["payments"].accepted,
            "written": sum(count.written for count in kinds.values()),
            "rejected": self.rejected,
            "values_left_out": self.values_left_out,
            "faults": [asdict(fault) for fault in self.faults],
            "failure": self.failure,
            "seconds": round(self.seconds, 3),
            "rows_per_second": self.rows_per_second,
        }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
