"""The service-level agreement: its days and targets, and the Jalali months it is judged by."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sms_service.domain.calendar import (
    TEHRAN,
    gregorian_of,
    jalali_of,
    month_length,
    tehran_day,
)

WARNED_DAYS = (60, 30, 7)
"""So many days before the last one, people are told that the agreement ends."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was promised, for days of Tehran, both of them included."""

    title: str
    valid_from: date | None
    """None: since ever."""
    valid_until: date
    within_seconds: float
    """«At once», from the moment we have a request to the moment its answer is handed over."""
    target: float
    """Share of requests whose answer must be."""
    number: int | None = None
    """Its row; None for the one that the settings tell."""

    def holds_on(self, day: date) -> bool:
        """Whether it is valid on this day."""
        return (self.valid_from is None or self.valid_from <= day) and day <= self.valid_until

    def overlaps(self, other: "Agreement") -> bool:
        """Whether both are valid on some day."""
        begins_before_end = other.valid_from is None or other.valid_from <= self.valid_until
        return begins_before_end and (
            self.valid_from is None or self.valid_from <= other.valid_until
        )


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A Jalali month, from midnight to midnight in Tehran."""

    year: int
    month: int

    @classmethod
    def read(cls, text: str) -> "Month":
        """The month that is written 1405-09. ValueError for anything else."""
        year, dash, month = text.partition("-")
        is_written_so = len(year) == 4 and dash and len(month) == 2
        if not (is_written_so and text.isascii() and (year + month).isdigit()):
            raise ValueError("a month is written like 1405-09")
        month_length(int(year), int(month))
        return cls(int(year), int(month))

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month of a Gregorian day."""
        told = jalali_of(day)
        return cls(told.year, told.month)

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"

    @property
    def first_day(self) -> date:
        return gregorian_of(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return gregorian_of(self.year, self.month, month_length(self.year, self.month))

    @property
    def days(self) -> Sequence[date]:
        """All of its days, in order."""
        first = self.first_day
        return [first + _DAY * at for at in range(month_length(self.year, self.month))]

    @property
    def begins_at(self) -> datetime:
        return begin_of(self.first_day)

    @property
    def ends_at(self) -> datetime:
        """The first moment that isn't its own any more."""
        return begin_of(self.last_day + _DAY)

    @property
    def before(self) -> "Month":
        return Month.of(self.first_day - _DAY)


@dataclass(frozen=True, slots=True)
class Piece:
    """Days in a row that one agreement, or none, holds on."""

    first_day: date
    last_day: date
    agreement: Agreement | None
    within_seconds: float
    """Outside of any agreement: those of the nearest one, so that figures can be told."""

    @property
    def begins_at(self) -> datetime:
        return begin_of(self.first_day)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return begin_of(self.last_day + _DAY)

    @property
    def offset_seconds(self) -> int:
        """How far Tehran is ahead of UTC on all of its days."""
        return _offset(self.first_day)


def begin_of(day: date) -> datetime:
    """Midnight in Tehran at which the day begins."""
    return datetime.combine(day, time.min, TEHRAN)


def holding(agreements: Iterable[Agreement], day: date) -> Agreement | None:
    """The agreement of a day; of several the newest row."""
    valid = [one for one in agreements if one.holds_on(day)]
    return max(valid, key=lambda one: one.number or 0, default=None)


def pieces(days: Sequence[date], agreements: Sequence[Agreement]) -> list[Piece]:
    """These days, which follow each other, cut where the agreement or Tehran's clock changes.

    There is at least one agreement.
    """
    return list(_pieces(days, agreements))


def _pieces(days: Sequence[date], agreements: Sequence[Agreement]) -> Iterator[Piece]:
    first = days[0]
    for day, following in zip(days, [*days[1:], None], strict=True):
        mine = holding(agreements, day)
        if (
            following is None
            or holding(agreements, following) != mine
            or _offset(following) != _offset(day)
        ):
            within = (mine or _nearest(agreements, day)).within_seconds
            yield Piece(first, day, mine, within)
            first = day + _DAY


def _offset(day: date) -> int:
    offset = datetime.combine(day, time(12), TEHRAN).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def _nearest(agreements: Sequence[Agreement], day: date) -> Agreement:
    """The last one that ended before the day, else the first to begin."""
    over = [one for one in agreements if one.valid_until < day]
    if over:
        return max(over, key=lambda one: one.valid_until)
    return min(agreements, key=lambda one: one.valid_from or date.min)


@dataclass(frozen=True, slots=True)
class Validity:
    """How long the agreement goes on."""

    today: date
    until: date | None
    """The last day that is covered from today on without a gap; None: today isn't."""

    @property
    def days_left(self) -> int | None:
        """0 on the last day; None outside of any agreement."""
        return None if self.until is None else (self.until - self.today).days

    @property
    def warned_of(self) -> int | None:
        """The mark of ``WARNED_DAYS`` that is reached; 0 when it is over; None: far off."""
        if self.days_left is None:
            return 0
        reached = [days for days in WARNED_DAYS if self.days_left <= days]
        return min(reached) if reached else None


def validity(agreements: Sequence[Agreement], today: date) -> Validity:
    """How long agreements go on from today, one following the other."""
    until: date | None = None
    day = today
    while (mine := holding(agreements, day)) is not None:
        until = mine.valid_until
        day = until + _DAY
    return Validity(today, until)


def month_of(moment: datetime) -> Month:
    """The month of a moment in Tehran."""
    return Month.of(tehran_day(moment))
