"""A month's report: plain counts summed up, as one value of JSON.

It holds counts, rial and milliseconds, all of them whole numbers: shares are worked out
where they are shown. docs/explanation/agreement.md defines each.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sms_service.domain.agreement import Agreement, Piece
from sms_service.domain.calendar import jalali_of
from sms_service.service.agreement_counts import Figures, Percentiles, Spent, Tally, Time, Wanted
from sms_service.service.agreement_rules import Kind, Verdict

FORM = 1
"""Of the report and of the evidence; a later one is told apart by it."""
Report = Mapping[str, Any]
_KEPT = (Verdict.IN_TIME, Verdict.OPEN)


def report_of(figures: Figures, wanted: Wanted) -> dict[str, Any]:
    """The report of a month, or of some days of one."""
    tallies = figures.tallies(wanted)
    counted = [tally for tally in tallies if tally.kind is Kind.COUNTED]
    return {
        "form": FORM,
        "month": str(wanted.month),
        "as_of": instant(wanted.as_of),
        "agreements": _agreements(wanted.pieces),
        "pieces": [_piece(piece, counted) for piece in wanted.pieces],
        "valid": _counts(_in(wanted.pieces, counted, valid=True)),
        "outside": _counts(_in(wanted.pieces, counted, valid=False)),
        "apart": _apart(tallies, figures.repeats(wanted)),
        "channels": _by(counted, lambda tally: tally.channel),
        "days": _by(counted, lambda tally: tally.day.isoformat()),
        "causes": _causes(counted),
        "ends": _ends(counted),
        "clocks": {name: _clock(told) for name, told in figures.clocks(wanted).items()},
        "mean_ms": _mean(counted),
        "fulfilment": {
            "complete": sum(tally.complete for tally in counted),
            "shortened": sum(tally.shortened for tally in counted),
        },
        "opinions": _opinions(tallies, figures.opinions(wanted)),
        "cost": _cost(tallies, figures.spent_beside(wanted)),
        "force_majeure": [_time(one) for one in wanted.force_majeure],
    }


def today_of(figures: Figures, wanted: Wanted) -> dict[str, int]:
    """The counts alone, which take one statement."""
    return _counts([one for one in figures.tallies(wanted) if one.kind is Kind.COUNTED])


def share(counts: Mapping[str, int]) -> float | None:
    """Share in time of those that are decided; None while none is."""
    decided = counts["counted"] - counts["open"]
    return counts["in_time"] / decided if decided else None


def spared_share(counts: Mapping[str, int]) -> float | None:
    """The same without what came in times of force majeure."""
    decided = counts["counted"] - counts["open"] - counts["spared"] + counts["spared_open"]
    kept = counts["in_time"] - counts["spared_in_time"]
    return kept / decided if decided else None


def late(counts: Mapping[str, int]) -> int:
    """Breaches."""
    return counts["counted"] - counts["open"] - counts["in_time"]


def instant(moment: datetime) -> str:
    """A moment as the report and the evidence write it: UTC, with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def jalali(day: Any) -> str:
    """A day as the report writes it, 1405-09-02."""
    told = jalali_of(day)
    return f"{told.year}-{told.month:02}-{told.day:02}"


def _agreements(pieces: Iterable[Piece]) -> list[dict[str, Any]]:
    held: dict[Agreement, None] = {p.agreement: None for p in pieces if p.agreement}
    return [
        {
            "title": one.title,
            "from": jalali(one.valid_from) if one.valid_from else None,
            "until": jalali(one.valid_until),
            "within_ms": round(one.within_seconds * 1000),
            "target_ppm": round(one.target * 1_000_000),
        }
        for one in held
    ]


def _piece(piece: Piece, counted: Sequence[Tally]) -> dict[str, Any]:
    mine = [one for one in counted if piece.first_day <= one.day <= piece.last_day]
    agreement = piece.agreement
    return {
        "first_day": piece.first_day.isoformat(),
        "last_day": piece.last_day.isoformat(),
        "agreement": agreement.title if agreement else None,
        "within_ms": round(piece.within_seconds * 1000),
        "target_ppm": round(agreement.target * 1_000_000) if agreement else None,
        **_counts(mine),
    }


def _in(pieces: Sequence[Piece], counted: Sequence[Tally], *, valid: bool) -> list[Tally]:
    days = [(p.first_day, p.last_day) for p in pieces if (p.agreement is not None) == valid]
    return [one for one in counted if any(first <= one.day <= last for first, last in days)]


def _counts(tallies: Iterable[Tally]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for tally in tallies:
        names = ["counted"]
        if tally.verdict in _KEPT:
            names.append(str(tally.verdict))
        if tally.in_force_majeure:
            names += ["spared", *(f"spared_{name}" for name in names[1:])]
        for name in names:
            counts[name] += tally.requests
    kinds = ("counted", "in_time", "open", "spared", "spared_in_time", "spared_open")
    return {kind: counts[kind] for kind in kinds}


def _by(tallies: Sequence[Tally], key: Callable[[Tally], str]) -> dict[str, dict[str, int]]:
    groups: dict[str, list[Tally]] = {}
    for tally in tallies:
        groups.setdefault(key(tally), []).append(tally)
    return {name: _counts(groups[name]) for name in sorted(groups)}


def _apart(tallies: Sequence[Tally], repeats: int) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for tally in tallies:
        counts[tally.kind] += tally.requests
        if tally.kind is Kind.CONTINUATION and tally.verdict not in _KEPT:
            counts["late_continuation"] += tally.requests
    kinds = [kind for kind in Kind if kind is not Kind.COUNTED]
    apart = {str(kind): counts[kind] for kind in kinds}
    return apart | {"late_continuation": counts["late_continuation"], "repeated": repeats}


def _causes(counted: Iterable[Tally]) -> dict[str, int]:
    causes: Counter[str] = Counter()
    for tally in counted:
        if tally.verdict not in _KEPT:
            causes[str(tally.verdict)] += tally.requests
    return dict(sorted(causes.items()))


def _ends(counted: Iterable[Tally]) -> dict[str, int]:
    ends: Counter[str] = Counter()
    for tally in counted:
        if tally.end is not None:
            ends[tally.end] += tally.requests
    return dict(sorted(ends.items()))


def _clock(told: Percentiles) -> dict[str, int | None]:
    shares = {"p50": told.p50, "p95": told.p95, "p99": told.p99}
    in_ms = {name: None if s is None else round(s * 1000) for name, s in shares.items()}
    return {"count": told.count, **in_ms}


def _mean(counted: Sequence[Tally]) -> int | None:
    handed = [one for one in counted if one.end is not None]
    many = sum(one.requests for one in handed)
    return round(1000 * sum(one.seconds for one in handed) / many) if many else None


def _opinions(tallies: Iterable[Tally], scores: Mapping[int | None, int]) -> dict[str, Any]:
    told = {str(score): scores.get(score, 0) for score in range(1, 6)}
    return {
        "scores": told,
        "words_alone": scores.get(None, 0),
        "asked": sum(tally.asked_opinion for tally in tallies),
    }


def _cost(tallies: Sequence[Tally], beside: Mapping[str, Spent]) -> dict[str, dict[str, int]]:
    texts = [one for one in tallies if one.end not in (None, "shown")]
    answers = Spent(
        sum(one.requests for one in texts),
        sum(one.parts for one in tallies),
        sum(one.cost_rial for one in tallies),
        sum(one.unpriced for one in tallies),
    )
    spent = {"answer": answers, "promise": Spent(), "resend": Spent()} | dict(beside)
    return {
        name: {
            "texts": one.texts,
            "parts": one.parts,
            "rial": one.cost_rial,
            "unpriced": one.unpriced,
        }
        for name, one in spent.items()
    }


def _time(time: Time) -> dict[str, str]:
    begin, end = time
    return {"from": instant(begin), "until": instant(end)}
