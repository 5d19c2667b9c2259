"""The ledger's counts once more, the plain way: every row read, one after another."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, select

from sms_service.database import reading
from sms_service.ledger.desk_tables import resends
from sms_service.ledger.tables import events, inbound, opinions, outbound
from sms_service.metrics.catalogue import CLOCK_BOUNDS

Told = dict[tuple[str, tuple[tuple[str, str], ...]], float]
"""Values by the name of a sample and its labels, in the order of their names."""

_WISHES = {"history", "bill", "debt", "payments"}
_UNCOUNTED = {
    *("wrong_length", "bad_check_digit", "other_utility", "other_company", "unknown_bill"),
    *("limited", "not_allowed", "several_bills", "no_bill_id"),
}
_BY_REASON = {
    "repeated": ("sms_repeats_total", "same_id"),
    "put_back": ("sms_put_back_total", "none"),
    "unknown": ("sms_unknown_outcomes_total", "none"),
    "resent": ("sms_resent_total", "none"),
}
_ALONE = {
    "promised": "sms_promises_total",
    "no_receipt": "sms_no_receipt_total",
    "redriven": "sms_redriven_total",
    "complete": "sms_completed_total",
}
_BAD = {"unresolved", "expired", "refused", "undelivered", "cancelled", "blocked", "failed"}


def plain_counts(engine: Engine) -> Told:
    """Every counter that is of the ledger's requests, texts and events, and the clocks."""
    with reading(engine) as connection:
        requests = connection.execute(select(inbound)).all()
        texts = connection.execute(select(outbound)).all()
        happened = connection.execute(select(events)).all()
        said = connection.execute(select(opinions)).all()
        resent = set(connection.scalars(select(resends.c.outbound_id)))
    counts: defaultdict[Any, float] = defaultdict(float)
    for row in requests:
        counts[_key("sms_received_total", channel=row.channel, gateway=row.gateway)] += 1
        if row.state in ("answered", "folded", "ignored"):
            end = (row.problem or "answered") if row.state == "answered" else row.state
            labels = {"channel": row.channel, "intent": row.intent or "none", "end": end}
            counts[_key("sms_requests_total", **labels)] += 1
    for row in texts:
        for key, value in _of_text(row):
            counts[key] += value
    for row in happened:
        if (key := _of_event(row.what, row.reason)) is not None:
            counts[key] += 1
    for row in said:
        score = "none" if row.score is None else str(row.score)
        counts[_key("sms_opinions_total", score=score)] += 1
    first = {
        row.inbound_id: row
        for row in texts
        if row.kind == "answer" and row.parent_id is None and row.id not in resent
    }
    for row in requests:
        for key, value in _of_clocks(row, first.get(row.id)):
            counts[key] += value
    return {key: value for key, value in counts.items() if value}


def _of_text(row: Row[Any]) -> Iterator[tuple[Any, float]]:
    yield _key("sms_rungs_total", rung=row.rung, kind=row.kind), 1
    if row.accepted_at is None:
        return
    way = {"gateway": row.gateway, "kind": row.kind, "lane": row.lane}
    yield _key("sms_texts_accepted_total", **way), 1
    yield _key("sms_texts_delivered_total", **way), row.state == "delivered"
    yield _key("sms_parts_total", **way), row.parts
    yield _key("sms_cost_rial_total", gateway=row.gateway), row.cost_rial or 0
    yield _key("sms_unpriced_texts_total", gateway=row.gateway), row.cost_rial is None


def _of_event(what: str, reason: str | None) -> Any:
    if what in _BY_REASON:
        name, usual = _BY_REASON[what]
        return _key(name, **{"how" if what == "resent" else "reason": reason or usual})
    if what in _ALONE:
        return _key(_ALONE[what])
    if what == "queued" and reason is not None:
        return _key("sms_retries_total", reason=reason)
    if what in _BAD:
        return _key("sms_bad_ends_total", end=what, reason=reason or "none")
    return None


def _of_clocks(row: Row[Any], answer: Row[Any] | None) -> Iterator[tuple[Any, float]]:
    if row.state != "answered" or row.intent not in _WISHES or row.problem in _UNCOUNTED:
        return
    moments: dict[str, tuple[datetime | None, datetime | None]] = {
        "gateway_to_us": (row.sent_at, row.received_at)
    }
    if answer is not None and answer.accepted_at is not None:
        there = answer.ended_at if answer.state == "delivered" else None
        moments |= {
            "ours": (row.received_at, answer.first_tried_at),
            "us_to_gateway": (answer.first_tried_at, answer.accepted_at),
            "gateway_to_phone": (answer.accepted_at, there),
            "whole": (row.received_at, answer.accepted_at),
        }
    elif answer is None and row.channel != "sms":
        moments |= dict.fromkeys(("ours", "whole"), (row.received_at, row.answered_at))
    for clock, (since, until) in moments.items():
        if since is None or until is None:
            continue
        seconds = max(0.0, (until - since).total_seconds())
        labels = {"channel": row.channel, "clock": clock}
        yield _key("sms_clock_seconds_sum", **labels), seconds
        yield _key("sms_clock_seconds_count", **labels), 1
        for bound in (*CLOCK_BOUNDS, float("inf")):
            told = "+Inf" if bound == float("inf") else str(bound)
            yield _key("sms_clock_seconds_bucket", le=told, **labels), seconds <= bound


def _key(name: str, **labels: str) -> Any:
    return name, tuple(sorted(labels.items()))
