"""``/console/ops``: lanes, queues, chores, credit and data as they are now."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, url_for

from sms_service.billing.batches import newest_in_force
from sms_service.console import access
from sms_service.console.ops.tones import lane_tone
from sms_service.console.site import Site, by_htmx, go
from sms_service.domain.roles import Ability
from sms_service.ledger.queues import Chore, Queue, chores_done, queues, wait_for_bills
from sms_service.queueing.doorbell import redis_answers
from sms_service.service.bulk_resending import BULK
from sms_service.service.daily_cap import ALL_LANES
from sms_service.service.lanes import EVERY_LANE

_LETTERS_SHOWN = 50
_CHORES = ("beat", "worker", "poll", "sweep", "bulk", "credit")
_QUIET_SECONDS = 60.0
"""Longer without a tick, workers or beat have stopped."""
_OLD_SECONDS = 60.0
"""What waits longer in a lane is worth a look."""


def add_now(desk: Blueprint, site: Site) -> None:
    """The page, and what it asks the gateway."""
    parts = site.parts

    @desk.get("/ops")
    @access.needs(Ability.WATCH)
    def gateways() -> str:
        """All of it; the piece that changes alone, where htmx asks."""
        if by_htmx():
            return site.show("ops/now.html", **_now(site))
        letters = parts.dead_letters
        return site.show(
            "ops/page.html",
            requests=letters.requests(_LETTERS_SHOWN),
            answers=letters.answers(_LETTERS_SHOWN),
            shown=_LETTERS_SHOWN,
            **_now(site),
        )

    @desk.get("/ops/credit")
    @access.needs(Ability.WATCH)
    def gateway_credit() -> Any:
        """What the account has left, asked of the gateway once a minute at most."""
        if parts.crediting is not None:
            parts.crediting.refresh()
        if not by_htmx():
            return go(url_for("console.gateways"))
        return site.show("ops/credit.html", **_credit(site))


def _now(site: Site) -> dict[str, object]:
    parts, engine = site.parts, site.parts.service.engine
    lanes = parts.lane_view.seen([*site.settings.gateways, EVERY_LANE, ALL_LANES])
    by_name = {lane.name: lane for lane in lanes}
    waiting = queues(engine)
    now = datetime.now(UTC)
    return {
        "lanes": [by_name[name] for name in site.settings.gateways],
        "every": by_name[EVERY_LANE],
        "cap": by_name[ALL_LANES].health.reason,
        "lane_tone": lane_tone,
        "paces": {name: _pace(site, name) for name in site.settings.gateways},
        "queues": waiting,
        "old_after": _OLD_SECONDS,
        "chores": _chores(site, waiting),
        "quiet_after": _QUIET_SECONDS,
        "redis": redis_answers(site.settings),
        "batch": newest_in_force(engine),
        "wait_for_bills": wait_for_bills(engine),
        "now": now,
        **_credit(site),
    }


def _chores(site: Site, waiting: Sequence[Queue]) -> Sequence[tuple[str, Chore]]:
    """Those that were ever done; the feeding of runs while there is one."""
    done = chores_done(site.parts.service.engine)
    is_fed = any(queue.lane == BULK and queue.waiting for queue in waiting)
    return [(name, done[name]) for name in _CHORES if name in done and (name != BULK or is_fed)]


def _credit(site: Site) -> dict[str, object]:
    credit = site.parts.lane_view.credit("kavenegar")
    return {
        "asks_credit": site.parts.crediting is not None,
        "credit": credit,
        "credit_is_low": credit is not None and credit.rial < site.settings.credit_warning_rial,
    }


def _pace(site: Site, gateway: str) -> float | None:
    """SMS parts a second that the lane keeps to."""
    pace: float | None = getattr(site.settings, f"{gateway}_parts_per_second", None)
    return pace
