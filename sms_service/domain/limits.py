"""How much a phone may get, and all phones together about one bill.

Each function takes a usage that was brought to the moment in question by ``usage_at``.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sms_service.domain.usage import EQUAL_WINDOW, Limit, Usage, mark_of, with_answer

__all__ = [
    "EQUAL_ANSWERS",
    "EQUAL_WINDOW",
    "LOCK_SECONDS",
    "Candidate",
    "Limits",
    "after_answer",
    "after_notice",
    "after_stop",
    "is_told",
    "reopens_at",
    "shut_by",
    "stopped_by",
]

EQUAL_ANSWERS = 5
"""Equal answers that a phone gets within ``EQUAL_WINDOW``."""
LOCK_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Limits:
    """Days are Tehran's; an hour is the last sixty minutes."""

    phone_daily_answers: int = 20
    phone_daily_parts: int = 40
    bill_daily_answers: int = 30
    misses_per_hour: int = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer that could leave."""

    text: str
    parts: int
    misses: int = 0
    """IDs in the question that lead nowhere."""
    bill_answers: int = 0
    """Answers of today about its bill, this one not counted; the highest of several bills."""


def shut_by(usage: Usage, limits: Limits) -> Limit | None:
    """The limit that stops any answer, whatever it says; None while there is room for one."""
    if usage.locked_until:
        return Limit.LOCKED
    if Limit.PHONE_PARTS in usage.told or usage.parts >= limits.phone_daily_parts:
        return Limit.PHONE_PARTS
    return Limit.PHONE_ANSWERS if usage.answers >= limits.phone_daily_answers else None


def stopped_by(usage: Usage, candidate: Candidate, limits: Limits) -> Limit | None:
    """The limit that stops this answer; None when it may leave.

    One that would tell of more misses than an hour allows is stopped before it tells any.
    """
    if limit := shut_by(usage, limits):
        return limit
    mark = mark_of(candidate.text)
    if sum(sent == mark for _, sent in usage.sent) >= EQUAL_ANSWERS:
        return Limit.EQUAL_ANSWERS
    if candidate.misses and len(usage.misses) + candidate.misses > limits.misses_per_hour:
        return Limit.LOCKED
    if candidate.bill_answers >= limits.bill_daily_answers:
        return Limit.BILL_ANSWERS
    fits = usage.parts + candidate.parts <= limits.phone_daily_parts
    return None if fits else Limit.PHONE_PARTS


def after_answer(usage: Usage, candidate: Candidate, limits: Limits) -> Usage:
    """The usage once the answer is on its way; the last miss that is allowed locks the phone."""
    usage = with_answer(usage, candidate.text, candidate.parts)
    if not candidate.misses:
        return usage
    misses = (*usage.misses, *[usage.at] * candidate.misses)
    usage = replace(usage, misses=misses)
    return _locked(usage) if len(misses) >= limits.misses_per_hour else usage


def after_stop(usage: Usage, limit: Limit) -> Usage:
    """The usage once an answer was stopped: misses that were too many lock the phone."""
    return _locked(usage) if limit is Limit.LOCKED and not usage.locked_until else usage


def is_told(usage: Usage, limit: Limit) -> bool:
    """Whether there is silence about this limit: it was told, or must never be."""
    return limit is Limit.EQUAL_ANSWERS or limit in usage.told


def after_notice(usage: Usage, limit: Limit, text: str, parts: int) -> Usage:
    """The usage once the phone was told of this limit, which counts as an answer."""
    return replace(with_answer(usage, text, parts), told=usage.told | {limit})


def reopens_at(usage: Usage, limit: Limit) -> datetime | None:
    """When a lock ends; None for limits of the day, which end with it."""
    if limit is not Limit.LOCKED:
        return None
    return datetime.fromtimestamp(usage.locked_until, UTC)


def _locked(usage: Usage) -> Usage:
    return replace(usage, locked_until=usage.at + LOCK_SECONDS, misses=())
