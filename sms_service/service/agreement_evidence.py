"""What a frozen month rests on: a line for each request, hashed, and counted by themselves.

Lines hold nothing that retention erases, and nothing that changes after the cut. Their form
is told in docs/explanation/agreement.md, so that anybody can work the hash out again.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sms_service.domain.agreement import Piece
from sms_service.domain.calendar import tehran_day
from sms_service.service.agreement_counts import Judged
from sms_service.service.agreement_report import Report, instant
from sms_service.service.agreement_rules import Kind

_TALKED_OF = ("valid", "outside")


def line_of(one: Judged) -> bytes:
    """A request's line, without its end."""
    told = [
        *(one.id, one.code, one.channel, str(one.kind), instant(one.received_at)),
        *(_moment(one.handed_at), _moment(one.delivered_at), str(one.state)),
        *(one.apologised, one.parts, one.cost_rial, one.fulfilment),
    ]
    return json.dumps(told, separators=(",", ":")).encode("ascii")


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else instant(moment)


class Evidence:
    """Grows by one request after the other, in the order of their ids."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = {
            day: piece
            for piece in pieces
            for day in map(date.fromordinal, range(*_ordinals(piece)))
        }
        self._whole = hashlib.sha256()
        self._days: dict[date, Any] = {}
        self._counts: Counter[str] = Counter()

    @classmethod
    def of(cls, pieces: Sequence[Piece], requests: Iterable[Judged]) -> "Evidence":
        """The evidence of all of these."""
        evidence = cls(pieces)
        for one in requests:
            evidence.add(one)
        return evidence

    def add(self, one: Judged) -> None:
        """Take the next request in."""
        line = line_of(one) + b"\n"
        day = tehran_day(one.received_at)
        self._whole.update(line)
        self._days.setdefault(day, hashlib.sha256()).update(line)
        self._counts["requests"] += 1
        if one.kind is not Kind.COUNTED:
            self._counts[f"apart.{one.kind}"] += 1
            return
        piece = self._pieces[day]
        place = _TALKED_OF[0] if piece.agreement else _TALKED_OF[1]
        self._counts[f"{place}.counted"] += 1
        if one.is_in_time(piece.within_seconds):
            self._counts[f"{place}.in_time"] += 1

    @property
    def hash(self) -> bytes:
        """SHA-256 over all lines, each with its line feed."""
        return self._whole.digest()

    def to_dict(self) -> dict[str, Any]:
        """What a frozen report holds of it."""
        return {
            "hash": self.hash.hex(),
            "requests": self._counts["requests"],
            "days": {day.isoformat(): hashed.hexdigest() for day, hashed in self._sorted()},
        }

    def disagreements(self, report: Report) -> list[str]:
        """Figures of the report that aren't those of these requests, by their names."""
        figures = {
            f"{place}.{name}": report[place][name]
            for place in _TALKED_OF
            for name in ("counted", "in_time")
        } | {f"apart.{kind}": report["apart"][kind] for kind in Kind if kind is not Kind.COUNTED}
        return [name for name, figure in figures.items() if figure != self._counts[name]]

    def differences(self, report: Report) -> list[str]:
        """What isn't as it was when this report was frozen; days by their date."""
        frozen = report["evidence"]
        mine = self.to_dict()
        if mine["hash"] == frozen["hash"]:
            return self.disagreements(report)
        days = sorted({*mine["days"], *frozen["days"]})
        changed = [day for day in days if mine["days"].get(day) != frozen["days"].get(day)]
        many = [] if mine["requests"] == frozen["requests"] else ["requests"]
        return [*many, *self.disagreements(report), *changed] or ["order"]

    def _sorted(self) -> list[tuple[date, Any]]:
        return sorted(self._days.items(), key=lambda pair: pair[0])


def _ordinals(piece: Piece) -> tuple[int, int]:
    return piece.first_day.toordinal(), piece.last_day.toordinal() + 1
