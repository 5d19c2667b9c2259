"""The audit log as its page shows it: the newest first, a page at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Select, func, select

from sms_service.database import reading
from sms_service.ledger.desk_tables import audit
from sms_service.service.auditing import Entry

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; None: whichever."""

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that isn't wanted any more."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Some entries, and the number to go on below; None: there are no more."""

    entries: Sequence[Entry]
    below: int | None


class AuditView:
    """Reads the log; who does so writes a deed of its own where it must."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def page(self, wanted: Wanted, below: int | None, limit: int) -> Slice:
        """The newest entries below this number."""
        newest = _matching(wanted).order_by(audit.c.number.desc()).limit(limit + 1)
        if below is not None:
            newest = newest.where(audit.c.number < below)
        with reading(self._engine) as connection:
            rows = connection.execute(newest).all()
        entries = [Entry(*row) for row in rows[:limit]]
        return Slice(entries, entries[-1].number if len(rows) > limit else None)

    def everything(self, wanted: Wanted, most: int) -> Iterator[Entry]:
        """The newest entries, so many at most, read a part at a time."""
        below: int | None = None
        left = most
        while left > 0:
            part = self.page(wanted, below, min(left, _AT_ONCE))
            yield from part.entries
            if part.below is None:
                return
            below, left = part.below, left - len(part.entries)

    def newest(self) -> int:
        """The number of the newest entry; 0 for none."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.max(audit.c.number))).scalar_one() or 0

    def last_check(self) -> Entry | None:
        """The deed of the last check of the whole chain."""
        checked = (audit.c.subject_kind == "audit", audit.c.action == "audit_check")
        last = select(audit).where(*checked).order_by(audit.c.number.desc()).limit(1)
        with reading(self._engine) as connection:
            row = connection.execute(last).first()
        return Entry(*row) if row else None


def _matching(wanted: Wanted) -> Select[Any]:
    found = select(audit)
    for name in ("actor", "action", "subject"):
        value = getattr(wanted, name)
        if value is not None:
            found = found.where(audit.c[name] == value)
    if wanted.since is not None:
        found = found.where(audit.c.at >= wanted.since)
    if wanted.until is not None:
        found = found.where(audit.c.at < wanted.until)
    return found
