"""Months of the agreement: seen live, frozen when they are over, worked out again later."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from sms_service.domain.agreement import (
    Agreement,
    Month,
    Piece,
    Validity,
    begin_of,
    pieces,
    validity,
)
from sms_service.domain.calendar import tehran_day
from sms_service.service.agreement_counts import Figures, Time, Wanted
from sms_service.service.agreement_evidence import Evidence
from sms_service.service.agreement_report import Report, report_of, today_of
from sms_service.service.auditing import Actor

SETTLED = timedelta(minutes=1)
"""A month is frozen as of so long ago: what was done then has been committed by now."""


class NotOver(Exception):
    """The month isn't over, or its last requests still have time."""


class AlreadyFrozen(Exception):
    """Somebody froze the month before."""


class Unsure(Exception):
    """Counted twice, in two ways, the month gave two results; names the figures."""


class Terms(Protocol):
    """The agreements."""

    def holding(self) -> Sequence[Agreement]:
        """Those that haven't been ended, by their days. At least one."""


class Outages(Protocol):
    """Times of force majeure."""

    def standing(self, begins_at: datetime, ends_at: datetime) -> Sequence[Time]:
        """Those in this time that haven't been withdrawn, in order."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A month as it was closed."""

    month: Month
    report: Report
    hash: bytes
    frozen_by: str
    frozen_at: datetime


class FrozenMonths(Protocol):
    """Months that were closed."""

    def get(self, month: Month) -> Frozen | None:
        """The month as it was frozen; None when it wasn't."""

    def freeze(self, actor: Actor, month: Month, report: Report, evidence: bytes) -> Frozen:
        """Keep it, with the deed, in one transaction. Raises AlreadyFrozen."""


@dataclass(frozen=True, slots=True)
class AgreementMonths:
    """Reports of the agreement."""

    figures: Figures
    terms: Terms
    outages: Outages
    frozen: FrozenMonths

    def validity(self) -> Validity:
        """How long the agreement goes on from today."""
        return validity(self.terms.holding(), tehran_day(self.figures.now()))

    def this_month(self) -> Month:
        """The month of this moment."""
        return Month.of(tehran_day(self.figures.now()))

    def wanted(self, month: Month) -> Wanted:
        """What the month's report is asked for now, or was when it was frozen."""
        frozen = self.frozen.get(month)
        return self._now(month) if frozen is None else _as_frozen(frozen)

    def report(self, month: Month) -> Report:
        """As it was frozen, or as it is now."""
        frozen = self.frozen.get(month)
        return report_of(self.figures, self._now(month)) if frozen is None else frozen.report

    def today(self) -> tuple[dict[str, int], Validity]:
        """The counts of today, and how long the agreement goes on."""
        now = self.figures.now()
        day, terms = tehran_day(now), self.terms.holding()
        wanted = Wanted(Month.of(day), pieces([day], terms), now, self._outages(day, day))
        return today_of(self.figures, wanted), validity(terms, day)

    def freeze(self, month: Month, actor: Actor) -> Frozen:
        """Close a month that is over: count it twice, keep both.

        Raises NotOver, AlreadyFrozen, or Unsure when the two don't agree.
        """
        if self.frozen.get(month) is not None:
            raise AlreadyFrozen
        wanted = self._now(month)
        wanted = replace(wanted, as_of=wanted.as_of - SETTLED)
        if wanted.as_of < _decided_at(wanted):
            raise NotOver
        report, evidence = report_of(self.figures, wanted), self._evidence(wanted)
        lost = list(self.figures.lost(wanted))
        if unsure := evidence.disagreements(report):
            raise Unsure(", ".join(unsure))
        report |= {"evidence": evidence.to_dict() | {"lost": lost}}
        return self.frozen.freeze(actor, month, report, evidence.hash)

    def differences(self, month: Month) -> Sequence[str] | None:
        """What isn't any more as it was frozen; None when the month wasn't."""
        frozen = self.frozen.get(month)
        if frozen is None:
            return None
        found = self._evidence(_as_frozen(frozen)).differences(frozen.report)
        is_kept = frozen.report["evidence"]["hash"] == frozen.hash.hex()
        return found if is_kept else ["report", *found]

    def _evidence(self, wanted: Wanted) -> Evidence:
        return Evidence.of(wanted.pieces, self.figures.requests(wanted))

    def _now(self, month: Month) -> Wanted:
        held = pieces(month.days, self.terms.holding())
        outages = self._outages(month.first_day, month.last_day)
        return Wanted(month, held, self.figures.now(), outages)

    def _outages(self, first: date, last: date) -> Sequence[Time]:
        return self.outages.standing(begin_of(first), begin_of(last + timedelta(days=1)))


def _decided_at(wanted: Wanted) -> datetime:
    """When the last request of the month has been in time or hasn't."""
    last = wanted.pieces[-1]
    return last.ends_at + timedelta(seconds=last.within_seconds)


def _as_frozen(frozen: Frozen) -> Wanted:
    """The same question that the frozen report answered, by its own words."""
    report = frozen.report
    outages = [(_moment(one["from"]), _moment(one["until"])) for one in report["force_majeure"]]
    return Wanted(
        frozen.month,
        [_piece(one) for one in report["pieces"]],
        _moment(report["as_of"]),
        outages,
        report["evidence"]["lost"],
    )


def _piece(told: Report) -> Piece:
    first, last = date.fromisoformat(told["first_day"]), date.fromisoformat(told["last_day"])
    within, target = told["within_ms"] / 1000, told["target_ppm"]
    if told["agreement"] is None:
        return Piece(first, last, None, within)
    held = Agreement(told["agreement"], first, last, within, target / 1_000_000)
    return Piece(first, last, held, within)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def told_month(report: Report) -> dict[str, Any]:
    """The report as JSON for people's programs: without the names of single answers."""
    evidence = report.get("evidence")
    if evidence is None:
        return dict(report)
    return {**report, "evidence": {k: v for k, v in evidence.items() if k != "lost"}}
