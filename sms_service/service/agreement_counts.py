"""Plain counts of a month's requests, as the ledger makes them and the report sums them up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from sms_service.domain.agreement import Month, Piece
from sms_service.service.agreement_rules import Kind, State, Verdict

Time = tuple[datetime, datetime]
"""From, until (not included)."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Requests that have all of these in common."""

    day: date
    channel: str
    kind: Kind
    verdict: Verdict
    """Of counted ones and continuations; of others it says nothing."""
    end: str | None
    """What is known of the answer since it was handed over."""
    in_force_majeure: bool
    requests: int
    seconds: float
    """From receipt to hand-over, added up over those handed over."""
    complete: int
    shortened: int
    parts: int
    cost_rial: int
    unpriced: int
    """Answers handed over whose price the gateway didn't tell."""
    asked_opinion: int


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Of so many durations; seconds, nearest rank."""

    count: int
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """Texts beside the first answers: promises, resends."""

    texts: int = 0
    parts: int = 0
    cost_rial: int = 0
    unpriced: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A month as of a moment."""

    month: Month
    pieces: Sequence[Piece]
    as_of: datetime
    force_majeure: Sequence[Time] = ()
    lost: Sequence[str] = ()
    """Codes of answers that were lost as of a moment in the past."""

    @property
    def time(self) -> Time:
        """From the first moment of its pieces to the end of the last."""
        return self.pieces[0].begins_at, self.pieces[-1].ends_at


@dataclass(frozen=True, slots=True)
class Judged:
    """One request as the evidence holds it: nothing that is erased later."""

    id: int
    code: str
    channel: str
    kind: Kind
    received_at: datetime
    handed_at: datetime | None
    delivered_at: datetime | None
    state: State
    apologised: bool
    parts: int | None
    cost_rial: int | None
    fulfilment: str | None

    def is_in_time(self, within_seconds: float) -> bool:
        """Whether its answer was handed over soon enough, and not lost afterwards."""
        if self.handed_at is None or self.apologised or self.state is State.LOST:
            return False
        return self.handed_at - self.received_at <= timedelta(seconds=within_seconds)


@dataclass(frozen=True, slots=True)
class Breach:
    """A counted request that the agreement wasn't kept for."""

    id: int
    code: str
    channel: str
    received_at: datetime
    handed_at: datetime | None
    verdict: Verdict
    in_force_majeure: bool
    was_resent: bool


class Figures(Protocol):
    """What the ledger counts."""

    def now(self) -> datetime:
        """The ledger's clock."""

    def tallies(self, wanted: Wanted) -> Sequence[Tally]:
        """All requests of the month, counted in groups."""

    def clocks(self, wanted: Wanted) -> Mapping[str, Percentiles]:
        """How long each stretch of the way took, of counted requests."""

    def opinions(self, wanted: Wanted) -> Mapping[int | None, int]:
        """Opinions that came in the month, by score; None: words alone."""

    def repeats(self, wanted: Wanted) -> int:
        """How often a gateway told a text once more that we had."""

    def spent_beside(self, wanted: Wanted) -> Mapping[str, Spent]:
        """``promise`` and ``resend``, for requests of the month."""

    def lost(self, wanted: Wanted) -> Sequence[str]:
        """Codes of answers that were lost as of the moment wanted."""

    def requests(self, wanted: Wanted) -> Iterable[Judged]:
        """Each request of the month, in the order of ids."""
