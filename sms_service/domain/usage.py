"""What one phone has had of late: all that its limits are judged by.

Moments are whole seconds since 1970 by the ledger's clock. They never run backwards: a
text that is answered after a later one counts at the later one's moment.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from zlib import crc32

from sms_service.domain.calendar import tehran_day

MISSES_WINDOW = 3600
EQUAL_WINDOW = 600
MOST_MISSES = 60
"""More aren't remembered, so that what is written stays short."""
_MOST_SENT = 32
_MARK_BITS = 0xFFFF
_LONGEST = 1200


class Limit(StrEnum):
    """What stops an answer; the names are stored with events."""

    LOCKED = "locked"
    """Too many IDs that led nowhere."""
    PHONE_ANSWERS = "phone_answers"
    PHONE_PARTS = "phone_parts"
    EQUAL_ANSWERS = "equal_answers"
    """The same words again and again: a machine may be answering us."""
    BILL_ANSWERS = "bill_answers"


@dataclass(frozen=True, slots=True)
class Usage:
    """Counted until ``at``; ``usage_at`` tells what of it still holds at a later moment."""

    at: int = 0
    answers: int = 0
    """On the Tehran day of ``at``, as are ``parts``."""
    parts: int = 0
    locked_until: int = 0
    """0 while the phone isn't locked."""
    told: frozenset[Limit] = frozenset()
    """Limits that the phone was told of and that still hold."""
    misses: tuple[int, ...] = ()
    """Moments of IDs that led nowhere, of the last hour."""
    sent: tuple[tuple[int, int], ...] = ()
    """Moments and marks of the answers of the last ten minutes, the newest at the end."""


def mark_of(text: str) -> int:
    """Equal for equal texts, and too short to tell which text it was."""
    return crc32(text.encode("utf-8", "surrogatepass")) & _MARK_BITS


def usage_at(usage: Usage, moment: datetime) -> Usage:
    """What of it still counts at this moment. ValueError for one without a time zone."""
    now = max(usage.at, int(moment.timestamp()))
    if not usage.at:
        return Usage(at=now)
    if now == usage.at:
        return usage
    lasting = replace(
        usage,
        at=now,
        misses=tuple(at for at in usage.misses if at > now - MISSES_WINDOW),
        sent=tuple(one for one in usage.sent if one[0] > now - EQUAL_WINDOW),
    )
    if usage.locked_until and now >= usage.locked_until:
        lasting = replace(lasting, locked_until=0, told=lasting.told - {Limit.LOCKED})
    if _day(usage.at) != _day(now):
        lasting = replace(lasting, answers=0, parts=0, told=lasting.told & {Limit.LOCKED})
    return lasting


def with_answer(usage: Usage, text: str, parts: int) -> Usage:
    """The usage once a text of so many parts is on its way."""
    sent = (*usage.sent, (usage.at, mark_of(text)))[-_MOST_SENT:]
    return replace(usage, answers=usage.answers + 1, parts=usage.parts + parts, sent=sent)


def written(usage: Usage) -> str:
    """A short JSON text for ``read_usage``; at most 1,200 characters."""
    now = usage.at
    return json.dumps(
        [
            now,
            usage.answers,
            usage.parts,
            usage.locked_until,
            " ".join(sorted(usage.told)),
            [now - at for at in usage.misses[-MOST_MISSES:]],
            [number for at, mark in usage.sent[-_MOST_SENT:] for number in (now - at, mark)],
        ],
        separators=(",", ":"),
    )


def read_usage(text: str | None) -> Usage:
    """What was written; nothing counted where there is no text or none that can be read."""
    if text is None or len(text) > _LONGEST:
        return Usage()
    try:
        now, answers, parts, locked_until, told, misses, sent = json.loads(text)
        return Usage(
            now,
            answers,
            parts,
            locked_until,
            frozenset(map(Limit, told.split())),
            tuple(now - ago for ago in misses),
            tuple((now - ago, mark) for ago, mark in zip(sent[::2], sent[1::2], strict=True)),
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        return Usage()


def _day(at: int) -> int:
    return tehran_day(datetime.fromtimestamp(at, UTC)).toordinal()
