"""Requests of a month written straight into the ledger, and what each of them must count as."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert

from sms_service.database import writing
from sms_service.domain.agreement import Agreement, Month, Piece, pieces
from sms_service.domain.calendar import TEHRAN, gregorian_of
from sms_service.ledger.desk_tables import resends
from sms_service.ledger.ids import first_id_of
from sms_service.ledger.tables import events, inbound, outbound
from sms_service.service.agreement_counts import Wanted

MONTH = Month(1405, 9)
TERMS = Agreement("توافق‌نامه", None, gregorian_of(1405, 12, 29), 10, 0.95)
LONG_AFTER = MONTH.ends_at + timedelta(days=30)


def at(day: int, clock: str = "12:00:00", month: Month = MONTH) -> datetime:
    """A moment of a day of the month, by Tehran's clock."""
    hours, minutes, seconds = clock.split(":")
    midnight = datetime.combine(gregorian_of(month.year, month.month, day), datetime.min.time())
    passed = timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))
    return (midnight + passed).replace(tzinfo=TEHRAN)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and its first answer; durations are seconds from receipt, None for never."""

    received_at: datetime
    channel: str = "sms"
    intent: str | None = "history"
    problem: str | None = None
    state: str = "answered"
    answered: float | None = 0.2
    begun: float | None = 0.5
    handed: float | None = 1.0
    ended: float | None = 5.0
    answer_state: str | None = "delivered"
    """None: there is no answer's row."""
    promised: float | None = None
    sent_before: float | None = 0.3
    """How long before we had it the gateway got it."""
    fulfilment: str | None = "complete"
    completed: float | None = None
    """When «بعدی» brought the rest."""
    parts: int = 2
    cost_rial: int | None = 1600
    fillings: str | None = None
    promise_parts: int | None = None
    resent: float | None = None
    """When it was handed over once more."""

    def after(self, seconds: float | None) -> datetime | None:
        return None if seconds is None else self.received_at + timedelta(seconds=seconds)


def never_answered(came: datetime, **more: Any) -> Asked:
    """A request that still waits."""
    nothing: dict[str, Any] = dict.fromkeys(
        ("answered", "begun", "handed", "ended", "answer_state", "fulfilment", "intent")
    )
    return Asked(came, state="received", **(nothing | more))


def shown(came: datetime, **more: Any) -> Asked:
    """A request that was answered on a screen."""
    nothing: dict[str, Any] = dict.fromkeys(("begun", "handed", "ended", "answer_state"))
    return Asked(came, channel="ussd", **(nothing | more))


def store(engine: Engine, asked: Iterable[Asked], *, first: int = 0) -> list[str]:
    """Write them; returns their codes, in order. ``first`` keeps a second call's ids apart."""
    texts, answers, happened, again, codes = [], [], [], [], []
    for place, one in enumerate(asked, start=first):
        row_id = first_id_of(one.received_at) + place
        code = f"{10_000_000 + place}"
        codes.append(code)
        texts.append(_text(one, row_id, code))
        answers += _answers(one, row_id, code)
        if one.completed is not None:
            happened.append(_happened(code, "complete", one.after(one.completed)))
        if one.resent is not None:
            again.append(_resent(one, row_id, code))
    with writing(engine) as connection:
        told = (inbound, texts), (outbound, answers), (events, happened), (resends, again)
        for table, rows in told:
            if rows:
                connection.execute(insert(table), rows)
    return codes


def _text(one: Asked, row_id: int, code: str) -> dict[str, Any]:
    return {
        "id": row_id,
        "code": code,
        "channel": one.channel,
        "gateway": "kavenegar",
        "line": "10001521",
        "phone_cipher": b"sealed",
        "phone_hash": code.encode().ljust(32, b"h"),
        "key_version": 1,
        "fingerprint": code.encode().ljust(32, b"f"),
        "state": one.state,
        "received_at": one.received_at,
        "answered_at": one.after(one.answered),
        "due_at": one.received_at,
        "attempts": 1,
        "intent": one.intent,
        "bill_id": "1234567804423" if one.problem is None else None,
        "problem": one.problem,
        "fulfilment": one.fulfilment,
        "promised_at": one.after(one.promised),
        "sent_at": one.after(None if one.sent_before is None else -one.sent_before),
    }


def _answers(one: Asked, row_id: int, code: str) -> list[dict[str, Any]]:
    rows = []
    if one.answer_state is not None:
        rows.append(_answer(one, row_id, code))
    if one.promise_parts is not None:
        promise = _answer(one, row_id, code)
        handed = one.after(one.promised)
        promise |= {"id": row_id + 1_000_000, "local_id": row_id + 1_000_000, "kind": "promise"}
        rows.append(promise | {"parts": one.promise_parts, "accepted_at": handed})
    if one.resent is not None:
        again = _answer(one, row_id, code)
        handed = one.after(one.resent)
        again |= {"id": row_id + 2_000_000, "local_id": row_id + 2_000_000}
        again |= {"parent_id": row_id if one.answer_state is not None else None}
        rows.append(again | {"accepted_at": handed, "state": "accepted", "ended_at": None})
    return rows


def _answer(one: Asked, row_id: int, code: str) -> dict[str, Any]:
    return {
        "id": row_id,
        "local_id": row_id,
        "inbound_id": row_id,
        "parent_id": None,
        "kind": "answer",
        "code": code,
        "lane": "reply",
        "priority": 0,
        "phone_cipher": b"sealed",
        "phone_hash": code.encode().ljust(32, b"h"),
        "key_version": 1,
        "state": one.answer_state or "accepted",
        "encoding": "UCS-2",
        "units": 100,
        "parts": one.parts,
        "rung": "rows",
        "fillings": one.fillings,
        "cost_rial": one.cost_rial if one.handed is not None else None,
        "created_at": one.after(one.answered or 0),
        "valid_until": one.received_at + timedelta(hours=24),
        "due_at": one.received_at,
        "attempts": 0,
        "first_tried_at": one.after(one.begun),
        "accepted_at": one.after(one.handed),
        "ended_at": one.after(one.ended),
    }


def _resent(one: Asked, row_id: int, code: str) -> dict[str, Any]:
    return {
        "outbound_id": row_id + 2_000_000,
        "inbound_id": row_id,
        "code": code,
        "composed": "fresh",
        "receiver": "asker",
        "actor": "sara",
        "at": one.after(one.resent),
    }


def _happened(code: str, what: str, moment: datetime | None) -> dict[str, Any]:
    return {"code": code, "what": what, "at": moment, "reason": None}


def wanted(
    *terms: Agreement,
    as_of: datetime = LONG_AFTER,
    month: Month = MONTH,
    force_majeure: Sequence[tuple[datetime, datetime]] = (),
) -> Wanted:
    """What a report of the month is asked for."""
    return Wanted(month, pieces(month.days, terms or (TERMS,)), as_of, force_majeure)


_WISHES = ("history", "bill", "debt", "payments", "next", "help", "stop", "list", "opinion", None)
_PROBLEMS = (
    *(None, None, None, None, "bad_check_digit", "wrong_length", "unknown_bill", "no_bill_id"),
    *("no_data", "not_allowed", "limited", "source_down", "several_bills", "future_year"),
)
_ENDS = ("delivered", "undelivered", "failed", "blocked", "cancelled")


def invented(rng: random.Random, many: int, month: Month = MONTH) -> list[Asked]:
    """Requests of all sorts, some of them beside the month, in the order of their ids."""
    span = (month.ends_at - month.begins_at).total_seconds()
    moments = sorted(rng.uniform(-5400, span + 5400) for _ in range(many))
    edges = [-0.001, 0.0, span - 0.001, span]
    came = sorted(month.begins_at + timedelta(seconds=s) for s in (*moments, *edges))
    return [_invented(rng, moment.replace(microsecond=0)) for moment in came]


def _invented(rng: random.Random, came: datetime) -> Asked:
    one = Asked(
        came,
        channel=rng.choice(("sms", "sms", "sms", "ussd", "counter", "api")),
        intent=rng.choice(_WISHES),
        problem=rng.choice(_PROBLEMS),
        answered=rng.choice((0.1, 2.0, 9.0, 10.0, 40.0)),
        sent_before=rng.choice((None, 0.0, 1.5, -2.0)),
        fulfilment=rng.choice((None, "complete", "shortened")),
        completed=None,
        parts=rng.randint(1, 4),
        cost_rial=rng.choice((None, 800, 1600)),
        fillings=rng.choice((None, "change", "change,opinion")),
        promise_parts=None,
        promised=rng.choice((None, None, 6.0)),
        resent=rng.choice((None, None, None, 300.0)),
    )
    if one.promised:
        one = replace(one, promise_parts=1)
    if one.fulfilment == "complete" and rng.random() < 0.3:
        one = replace(one, completed=rng.choice((60.0, 3_000_000.0)))
    chance = rng.random()
    if chance < 0.06:
        return replace(one, state=rng.choice(("folded", "ignored")), **_WITHOUT_ANSWER, intent=None)
    if chance < 0.14:
        return replace(one, state=rng.choice(("received", "failed")), **_WITHOUT_ANSWER)
    if one.channel != "sms" and chance < 0.5:
        return replace(one, answer_state=None, begun=None, handed=None, ended=None)
    if chance < 0.2:
        state = rng.choice(("queued", "unknown", "refused", "expired", "unresolved"))
        return replace(one, answer_state=state, begun=None, handed=None, ended=None)
    handed = (one.answered or 0) + rng.choice((0.3, 1.0, 8.0, 100.0, 4_000_000.0))
    ended = rng.choice((None, handed + 2, handed + 90, 5_000_000.0))
    state = rng.choice(_ENDS) if ended else "accepted"
    return replace(one, begun=handed - 0.2, handed=handed, ended=ended, answer_state=state)


_WITHOUT_ANSWER: Mapping[str, Any] = dict.fromkeys(
    ("answered", "begun", "handed", "ended", "answer_state", "resent")
)


def piece_of(held: Sequence[Piece], day: date) -> Piece:
    """The piece that the day is in."""
    return next(piece for piece in held if piece.first_day <= day <= piece.last_day)
