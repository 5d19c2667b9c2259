"""What somebody should look at now, each in a sentence and with the page that tells more."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from sms_service.billing.batches import Batch
from sms_service.console.access import needed_for
from sms_service.console.filters import number
from sms_service.console.site import Site
from sms_service.domain.agreement import Validity
from sms_service.domain.states import LaneState
from sms_service.ledger.lane_view import LaneSeen
from sms_service.ledger.queues import Queue, chores_done, wait_for_bills

OLD_SECONDS = 60.0
"""What waits longer in a lane is worth a look."""
_QUIET_SECONDS = 60.0
"""Longer without a tick, workers or beat have stopped."""
_WELL = (LaneState.WORKING, LaneState.PAUSED)
_FIRST_OF_ALL = ("lookup", "deliver")


@dataclass(frozen=True, slots=True)
class Alert:
    """One sentence; ``tone`` is danger or warning."""

    words: str
    tone: str
    address: str
    needed: str | None
    """What somebody must be allowed to do, to open it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the page has read anyway."""

    lanes: list[LaneSeen]
    every: LaneSeen
    queues: list[Queue]
    batch: Batch | None
    validity: Validity
    now: datetime


def alerts_of(site: Site, known: Known) -> list[Alert]:
    """All of them, the worst first."""
    found = [
        *_of_lanes(site, known),
        *_of_queues(site, known),
        *_of_workers(site, known),
        *_of_data(site, known),
        *_of_agreement(site, known),
    ]
    return sorted(found, key=lambda alert: alert.tone != "danger")


def _alert(site: Site, key: str, endpoint: str, tone: str = "warning", **facts: Any) -> Alert:
    place = {name: facts.pop(name) for name in ("lane",) if endpoint == "console.lane"}
    words = site.say(f"overview.{key}", **facts)
    return Alert(words, tone, url_for(endpoint, **place), needed_for(endpoint))


def _of_lanes(site: Site, known: Known) -> Iterator[Alert]:
    names = site.words["ops"]["lane"]
    if known.every.hold:
        yield _alert(site, "all_held", "console.gateways", "danger")
    for lane in known.lanes:
        facts = {"gateway": names.get(lane.name, lane.name), "lane": lane.name}
        if lane.hold:
            yield _alert(site, "lane_held", "console.lane", "danger", **facts)
        elif lane.health.state not in _WELL:
            state = site.states.state("lane", lane.health.state)
            yield _alert(site, "lane_ill", "console.lane", "danger", state=state, **facts)
        least = site.settings.credit_warning_rial
        if lane.credit and lane.credit.rial < least:
            told = number(lane.credit.rial)
            yield _alert(
                site, "credit_low", "console.gateways", rial=told, gateway=facts["gateway"]
            )


def _of_queues(site: Site, known: Known) -> Iterator[Alert]:
    for queue in known.queues:
        age = (known.now - queue.oldest).total_seconds() if queue.oldest else 0
        if queue.lane in _FIRST_OF_ALL and age > OLD_SECONDS:
            facts = {"count": number(queue.waiting), "minutes": number(max(1, age // 60))}
            yield _alert(site, f"old_{queue.lane}", "console.gateways", "danger", **facts)
    waiting = wait_for_bills(site.parts.service.engine)
    if waiting:
        yield _alert(site, "source_away", "console.gateways", count=number(waiting))


def _of_workers(site: Site, known: Known) -> Iterator[Alert]:
    done = chores_done(site.parts.service.engine)
    for name in ("worker", "beat"):
        chore = done.get(name)
        last = chore.finished_at if chore else None
        if last is None or (known.now - last).total_seconds() > _QUIET_SECONDS:
            tone = "danger" if name == "worker" else "warning"
            yield _alert(site, f"{name}_quiet", "console.gateways", tone)


def _of_data(site: Site, known: Known) -> Iterator[Alert]:
    if "sql" not in site.settings.billing_sources:
        return
    if known.batch is None or known.batch.data_as_of is None:
        yield _alert(site, "no_data", "console.imports", "danger")
        return
    days = (site.parts.service.today() - known.batch.data_as_of).days
    if days > site.settings.data_old_after_days:
        yield _alert(site, "old_data", "console.imports", days=number(days))


def _of_agreement(site: Site, known: Known) -> Iterator[Alert]:
    left = known.validity.days_left
    if left is None:
        yield _alert(site, "no_agreement", "console.agreement")
    elif known.validity.warned_of is not None:
        yield _alert(site, "agreement_ends", "console.agreement", days=number(left))
