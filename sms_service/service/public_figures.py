"""What anybody may know of the service: months in a few round figures, nobody's data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sms_service.domain.agreement import Month
from sms_service.service.agreement_report import Report, share

FEWEST = 20
"""Fewer requests aren't told of: a share of them could be somebody's."""


@dataclass(frozen=True, slots=True)
class PublicMonth:
    """One month; figures are None where there are too few requests."""

    month: str
    state: str
    """``current``, ``over`` or ``frozen``."""
    as_of: datetime
    within_agreement: bool
    within_seconds: float
    target: float | None
    requests: int | None
    in_time: float | None
    """Share, rounded down to a thousandth."""
    mean_seconds: float | None
    usual_seconds: float | None
    slow_seconds: float | None
    """Nineteen of twenty are sooner."""

    def to_dict(self) -> dict[str, Any]:
        """As /service/status.json tells it."""
        return {
            "month": self.month,
            "state": self.state,
            "within_agreement": self.within_agreement,
            "within_seconds": self.within_seconds,
            "target": self.target,
            "requests": self.requests,
            "in_time": self.in_time,
            "mean_seconds": self.mean_seconds,
            "usual_seconds": self.usual_seconds,
            "slow_seconds": self.slow_seconds,
        }


def public_month(report: Report, this_month: Month) -> PublicMonth:
    """The month's report in what everybody may see."""
    is_valid = report["valid"]["counted"] > 0 or report["outside"]["counted"] == 0
    counts = report["valid"] if is_valid else report["outside"]
    last = report["pieces"][-1]
    return PublicMonth(
        report["month"],
        _state(report, this_month),
        datetime.fromisoformat(report["as_of"]),
        is_valid and last["target_ppm"] is not None,
        last["within_ms"] / 1000,
        None if last["target_ppm"] is None else last["target_ppm"] / 1_000_000,
        *_figures(report, counts),
    )


def _state(report: Report, this_month: Month) -> str:
    if "evidence" in report:
        return "frozen"
    return "current" if report["month"] == str(this_month) else "over"


def _figures(
    report: Report, counts: Mapping[str, int]
) -> tuple[int | None, float | None, float | None, float | None, float | None]:
    if counts["counted"] < FEWEST:
        return None, None, None, None, None
    met = share(counts)
    whole = report["clocks"]["whole"]
    times = (report["mean_ms"], whole["p50"], whole["p95"])
    mean, usual, slow = (None if ms is None else round(ms / 1000, 1) for ms in times)
    in_time = None if met is None else int(met * 1000 + 1e-9) / 1000
    return counts["counted"], in_time, mean, usual, slow
