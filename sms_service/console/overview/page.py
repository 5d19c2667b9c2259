"""The page, and the piece of it that looks again every ten seconds."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, request

from sms_service.billing.batches import newest_in_force
from sms_service.console import access
from sms_service.console.agreement.remembered import Remembered
from sms_service.console.ops.tones import lane_tone
from sms_service.console.overview import chart
from sms_service.console.overview.alerts import OLD_SECONDS, Known, alerts_of
from sms_service.console.site import Site, by_htmx
from sms_service.domain.agreement import Agreement, begin_of, holding, pieces, validity
from sms_service.domain.calendar import TEHRAN, tehran_day
from sms_service.domain.roles import Ability
from sms_service.ledger.overview import Hour, OverviewLedger
from sms_service.ledger.queues import queues
from sms_service.service.lanes import EVERY_LANE

_HOURS = 24
_REMEMBERED_SECONDS = 5.0
"""However many look at it, it is counted once in so long by a process."""
_WAITING = ("lookup", "deliver")


def add_overview(desk: Blueprint, site: Site) -> None:
    """How the service does now."""
    counted: Remembered[dict[str, Any]] = Remembered(_REMEMBERED_SECONDS)

    @desk.get("/overview")
    @access.needs(Ability.OVERVIEW)
    def overview() -> str:
        """The first page of the desk; a piece that changes alone, where htmx asks."""
        facts = counted.get("now", lambda: _facts(site))
        piece = "table" if request.args.get("piece") == "table" else "now"
        return site.show(f"overview/{piece if by_htmx() else 'page'}.html", **facts)


def _facts(site: Site) -> dict[str, Any]:
    parts, engine = site.parts, site.parts.service.engine
    now, terms = parts.agreement.figures.now(), parts.agreement.terms.holding()
    day, hour = tehran_day(now), _hour_of(now)
    midnight = begin_of(day)
    since = min(midnight, hour - timedelta(hours=_HOURS - 1))
    ledger = OverviewLedger(engine)
    told = ledger.hours(since, now, pieces([tehran_day(since), day], terms))
    lanes = list(parts.lane_view.seen([*site.settings.gateways, EVERY_LANE]))
    waiting = [one for one in queues(engine) if one.lane in _WAITING]
    known = Known(
        lanes[:-1], lanes[-1], waiting, newest_in_force(engine), validity(terms, day), now
    )
    return {
        "now": now,
        "today": _sum([one for one in told if one.begins_at >= midnight]),
        "hours": told[-_HOURS:],
        "chart": chart.chart_of(told[-_HOURS:]),
        "place": chart,
        "failing": ledger.failed(now - timedelta(hours=_HOURS)),
        "waiting": sum(one.waiting for one in waiting),
        "oldest": min((one.oldest for one in waiting if one.oldest), default=None),
        "old_seconds": OLD_SECONDS,
        "within_seconds": pieces([day], terms)[0].within_seconds,
        "target": _target(terms, day),
        "lanes": known.lanes,
        "lane_tone": lane_tone,
        "batch": known.batch,
        "alerts": alerts_of(site, known),
    }


def _hour_of(now: datetime) -> datetime:
    """When the hour of now began in Tehran."""
    return now.astimezone(TEHRAN).replace(minute=0, second=0, microsecond=0)


def _sum(hours: Sequence[Hour]) -> Hour:
    names = ("received", "counted", "in_time", "still_open")
    sums = [sum(getattr(hour, name) for hour in hours) for name in names]
    return Hour(hours[0].begins_at, *sums)


def _target(terms: Sequence[Agreement], day: date) -> float | None:
    mine = holding(terms, day)
    return mine.target if mine else None
