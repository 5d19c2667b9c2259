"""A history as programs get it: whole rial, days as ISO dates, nothing shortened."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sms_service.ledger.timelines import Answered, Hop, Timeline
from sms_service.service.readout import ReadOut
from sms_service.words import Words


def history_told(told: ReadOut) -> dict[str, Any]:
    """The facts of a read-out."""
    return {
        "from_year": told.from_year,
        "as_of": _day(told.as_of),
        "debt_rial": told.debt_rial,
        "due_on": _day(told.due_on),
        "payment_id": told.payment_id,
        "bills": [_bill(one) for one in told.bills],
        "payments": [_payment(one) for one in told.payments],
        "kwh": told.kwh,
        "billed_rial": told.billed_rial,
        "paid_rial": told.paid_rial,
    }


def request_told(found: Timeline, words: Words) -> dict[str, Any]:
    """A request's state in machine words and in Persian, without anybody's data."""
    return {
        "code": found.code,
        "channel": found.channel,
        "state": found.state,
        "reason": found.reason,
        "words": words.state("inbound", found.state),
        "next_step": words.next_step("inbound", found.state),
        "intent": found.intent,
        "problem": found.problem,
        "folded_into": found.folded_into,
        "attempts": [_attempt(one, words) for one in found.answers],
        "events": _events(found.hops, words),
    }


def _bill(one: Any) -> Mapping[str, Any]:
    return {
        "year": one.bill.sale_year,
        "period": one.bill.sale_period,
        "from": _day(one.bill.read_from),
        "to": _day(one.bill.read_to),
        "kwh": one.bill.kwh,
        "amount_rial": one.bill.amount_rial,
        "state": str(one.state),
        "left_rial": one.left_rial,
        "paid_on": _day(one.paid_on),
    }


def _payment(one: Any) -> Mapping[str, Any]:
    return {
        "paid_on": _day(one.paid_on),
        "amount_rial": one.amount_rial,
        "tracking": one.tracking,
        "bank_code": one.bank_code,
        "channel": one.channel,
    }


def _attempt(one: Answered, words: Words) -> Mapping[str, Any]:
    return {
        "kind": one.kind,
        "state": one.state,
        "reason": one.reason,
        "words": words.state("outbound", one.state),
        "next_step": words.next_step("outbound", one.state),
        "gateway": one.gateway,
        "parts": one.parts,
        "cost_rial": one.cost_rial,
        "tries": one.attempts,
    }


def _events(hops: Sequence[Hop], words: Words) -> list[Mapping[str, Any]]:
    return [
        {
            "at": _moment(hop.at),
            "what": hop.what,
            "reason": hop.reason,
            "words": words.happened(hop.what),
        }
        for hop in hops
    ]


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _moment(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds")
