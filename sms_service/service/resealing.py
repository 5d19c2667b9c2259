"""Moving everything that is sealed to the newest key, a part at a time, beside running work."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sms_service.service.auditing import Actor, Deed

log = logging.getLogger(__name__)

DEED = "keys_rotated"
_AT_ONCE = 200
_REST_MOST = 0.2


@dataclass(frozen=True, slots=True)
class Part:
    """What came of a part of a table."""

    done: int
    unreadable: int
    """Rows whose key isn't here, or that don't open with it: left as they are."""
    after: Sequence[Any] | None
    """Where the next part begins; None when there is none."""


class SealedRows(Protocol):
    """The ledger, as rotation needs it."""

    @property
    def newest(self) -> int:
        """The version that everything is to have."""

    def tables(self) -> Sequence[str]:
        """The tables that hold anything sealed."""

    def part(self, table: str, after: Sequence[Any] | None, most: int) -> Part:
        """Seal some rows of a table anew."""

    def note(self, deed: Deed) -> None:
        """Write down that it was done."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation came to, by table."""

    version: int
    done: Mapping[str, int]
    unreadable: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Resealing:
    """Rotates keys."""

    rows: SealedRows
    clock: Callable[[], float] = time.monotonic
    rest: Callable[[float], None] = time.sleep

    def run(self, actor: Actor, tell: Callable[[str, int], None]) -> Rotated:
        """Go through all tables once; ``tell`` hears each that is done, with how many rows.

        After each part it rests as long as that took. Rows that a process still seals with an
        older key meanwhile are left for the next run.
        """
        done, unreadable = Counter[str](), Counter[str]()
        for table in self.rows.tables():
            for part in self._parts(table):
                done[table] += part.done
                unreadable[table] += part.unreadable
            tell(table, done[table])
        rotated = Rotated(self.rows.newest, dict(done), dict(+unreadable))
        details = {"rows": done.total(), "unreadable": unreadable.total()}
        self.rows.note(Deed(actor, DEED, "ledger", f"key {rotated.version}", details=details))
        log.info("keys: %d rows sealed anew with version %d", done.total(), rotated.version)
        return rotated

    def _parts(self, table: str) -> Any:
        after: Sequence[Any] | None = None
        while True:
            began = self.clock()
            part = self.rows.part(table, after, _AT_ONCE)
            yield part
            if (after := part.after) is None:
                return
            self.rest(min(self.clock() - began, _REST_MOST))
