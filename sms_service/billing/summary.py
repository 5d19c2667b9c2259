"""What an import is told and what it tells: options, progress, faults, the summary."""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Table
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from sms_service.billing.batches import Counts, Tally
from sms_service.billing.layouts import Kind
from sms_service.billing.long_work import LOCK_SECONDS
from sms_service.billing.mapping import Mapping
from sms_service.billing.reasons import Reason


class Outcome(StrEnum):
    DONE = "done"
    KNOWN = "known"
    """These very contents are in force already; nothing was done."""
    REFUSED = "refused"
    """Too little or too much was wrong in the files; nothing was changed."""


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


def _unheard(_fault: Fault) -> None:
    return


@dataclass(frozen=True, slots=True)
class ImportOptions:
    as_of: date | None = None
    """The day up to which the data are complete; found in the files when not given."""
    strict: bool = False
    """All or nothing: one bad row refuses the import."""
    again: bool = False
    """Import even contents that are in force already."""
    mapping: Mapping | None = None
    """Where exports of one's own making hold what an import needs."""
    on_fault: Callable[[Fault], None] = _unheard
    """Hears of everything in the files that isn't taken, in their order."""
    called: Table[Path, str] = field(default_factory=dict)
    """What people call files that have other names on disk."""
    lock_seconds: float = LOCK_SECONDS
    """How long another import, a rollback or a lock on the tables is waited for."""


class Step(StrEnum):
    """What an import does, in the words of its progress."""

    READING = "reading"
    ORDERING = "ordering"
    WAITING = "waiting for its turn"
    COMPARING = "comparing"
    WRITING = "putting in force"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an import stands."""

    step: Step
    what: str
    """The file being read, or the kind of the rows; empty for all."""
    rows: int
    """Read so far, or being dealt with in this step."""
    bytes_done: int
    bytes_total: int


Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of an import. ``seconds`` is its duration."""

    outcome: Outcome
    batch_id: int
    files: Sequence[str] = ()
    seconds: float = 0.0
    data_as_of: date | None = None
    as_of_given: bool = False
    """Whether the caller gave ``data_as_of``; else it is the newest day in the files."""
    replaces_as_of: date | None = None
    """The day of the data in force before."""
    tally: Tally = field(default_factory=Tally)
    faults: Sequence[Fault] = ()
    """The first of them; the tally counts all."""
    newer_batch: int | None = None
    """With ``KNOWN``: the newest batch in force, where these contents came before it."""
    failure: str | None = None
    """Why the import was refused."""

    @property
    def counts(self) -> Table[Kind, Counts]:
        return self.tally.counts

    @property
    def rows(self) -> int:
        return self.tally.total.read

    @property
    def rejected(self) -> int:
        return self.tally.total.rejected

    @property
    def values_left_out(self) -> int:
        return self.tally.values_left_out

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
        accepted = {kind: self.tally.counts.get(kind, Counts()).accepted for kind in Kind}
        total = self.tally.total
        return {
            "outcome": self.outcome.value,
            "batch_id": self.batch_id,
            "files": list(self.files),
            "data_as_of": _iso(self.data_as_of),
            "as_of_from": "option" if self.as_of_given else "newest_day_in_files",
            "replaces_as_of": _iso(self.replaces_as_of),
            "newer_batch": self.newer_batch,
            "rows": total.read,
            "subscribers": accepted[Kind.BRANCHES],
            "bills": accepted[Kind.BILLS],
            "payments": accepted[Kind.PAYMENTS],
            "written": total.written,
            "replaced": total.replaced,
            "repeated": total.repeated,
            "conflicting": total.conflicting,
            "rejected": total.rejected,
            "values_left_out": self.tally.values_left_out,
            "values_mended": self.tally.values_mended,
            "mended": {mend.value: count for mend, count in self.tally.mended.items()},
            "faults": [asdict(fault) for fault in self.faults],
            "failure": self.failure,
            "seconds": round(self.seconds, 3),
            "rows_per_second": self.rows_per_second,
        }


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
