"""The requests of a month as CSV, streamed: nothing in it belongs to a person."""

import csv
import io
from collections.abc import Iterable, Iterator

from sms_service.domain.calendar import TEHRAN, tehran_day
from sms_service.service.agreement_counts import Judged, Wanted
from sms_service.service.agreement_report import instant, jalali
from sms_service.service.agreement_rules import Kind

HEAD = (
    *("id", "code", "channel", "kind", "day", "time", "received_at", "handed_at", "delivered_at"),
    *("seconds", "within_seconds", "in_time", "state", "apologised", "parts", "cost_rial"),
    *("fulfilment", "force_majeure"),
)
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LINES_AT_ONCE = 500


def events_csv(requests: Iterable[Judged], wanted: Wanted) -> Iterator[str]:
    """Lines in the order of ids, some hundreds at a time."""
    buffer = io.StringIO()
    lines = csv.writer(buffer)
    lines.writerow(HEAD)
    for number, one in enumerate(requests, start=1):
        lines.writerow([_safe(cell) for cell in _cells(one, wanted)])
        if number % _LINES_AT_ONCE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _cells(one: Judged, wanted: Wanted) -> list[object]:
    day = tehran_day(one.received_at)
    within = next(p.within_seconds for p in wanted.pieces if day <= p.last_day)
    handed, delivered = one.handed_at, one.delivered_at
    is_spared = any(begin <= one.received_at < end for begin, end in wanted.force_majeure)
    return [
        *(one.id, one.code, one.channel, str(one.kind), jalali(day)),
        f"{one.received_at.astimezone(TEHRAN):%H:%M:%S}",
        *(instant(one.received_at), instant(handed) if handed else None),
        instant(delivered) if delivered else None,
        f"{(handed - one.received_at).total_seconds():.3f}" if handed else None,
        f"{within:g}",
        int(one.is_in_time(within)) if one.kind is Kind.COUNTED else None,
        *(str(one.state), int(one.apologised), one.parts, one.cost_rial, one.fulfilment),
        int(is_spared),
    ]


def _safe(cell: object) -> str:
    """As text that no spreadsheet takes for a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def _taken(buffer: io.StringIO) -> str:
    told = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return told
