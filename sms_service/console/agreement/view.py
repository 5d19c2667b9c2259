"""A report as its pages show it: shares, tones, the month as a calendar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sms_service.domain.agreement import Month, month_of
from sms_service.domain.calendar import jalali_of
from sms_service.service.agreement_report import Report, late, share, spared_share

_SATURDAY = 5
_NOTHING = dict.fromkeys(
    ("counted", "in_time", "open", "spared", "spared_in_time", "spared_open"), 0
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar; ``heat`` 0 no request, 1 far below the target … 4 all in time."""

    day: date
    counts: Mapping[str, int]
    share: float | None
    heat: int

    @property
    def number(self) -> int:
        return jalali_of(self.day).day


def facts(report: Report) -> dict[str, Any]:
    """What every page of a report's figures is given."""
    return {
        "report": report,
        "share": share,
        "late": late,
        "spared_share": spared_share,
        "weeks": weeks(report),
        "as_of": datetime.fromisoformat(report["as_of"]),
        "moment_of": datetime.fromisoformat,
        "day_of": date.fromisoformat,
        "tone": tone,
    }


def tone(met: float | None, target_ppm: int | None) -> str:
    """How a share looks beside its target."""
    if met is None:
        return "quiet"
    if target_ppm is None:
        return "moving"
    return "good" if met >= target_ppm / 1_000_000 else "bad"


def weeks(report: Report) -> Sequence[Sequence[Day | None]]:
    """The days of the month in weeks from Saturday on; None beside the month."""
    month = Month.read(report["month"])
    days: list[Day | None] = [None] * ((month.first_day.weekday() - _SATURDAY) % 7)
    days += [_day(report, day) for day in month.days]
    days += [None] * (-len(days) % 7)
    return [days[at : at + 7] for at in range(0, len(days), 7)]


def _day(report: Report, day: date) -> Day:
    counts = report["days"].get(day.isoformat(), _NOTHING)
    met = share(counts)
    return Day(day, counts, met, _heat(met, _target(report, day)))


def _target(report: Report, day: date) -> float:
    for piece in report["pieces"]:
        if piece["first_day"] <= day.isoformat() <= piece["last_day"]:
            return float(piece["target_ppm"] or 0) / 1_000_000
    return 0.0


def _heat(met: float | None, target: float) -> int:
    if met is None:
        return 0
    if met >= target:
        return 4 if met == 1 else 3
    return 2 if met >= 0.9 * target else 1


def months_since(first: datetime | None, last: Month) -> list[Month]:
    """The months from that of a moment up to this one, the latest first."""
    oldest = last if first is None else min(month_of(first), last)
    months = [last]
    while months[-1] > oldest:
        months.append(months[-1].before)
    return months
