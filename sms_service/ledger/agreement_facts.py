"""Each request of a time, with what the agreement asks about it, as one subquery.

Everything is as of a cut: what happened later is as if it hadn't. That rests on moments that
are written once and never again (answered, accepted, delivered), so that the same cut gives
the same facts for ever, whatever comes in afterwards and whatever is erased.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import (
    Boolean,
    ColumnElement,
    String,
    Subquery,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
)

from sms_service.database import Instant
from sms_service.domain.agreement import Piece
from sms_service.domain.states import Fulfilment, InboundState, OutboundState
from sms_service.language.reading import Problem
from sms_service.ledger.desk_tables import resends
from sms_service.ledger.ids import first_id_of
from sms_service.ledger.moments import later
from sms_service.ledger.tables import events, inbound, outbound
from sms_service.service.agreement_rules import (
    LOST,
    REFUSALS,
    WISHES,
    WRONG_IDS,
    Kind,
    State,
    Verdict,
)

Value = TypeVar("Value", int, float)

CLOCKS_APART = timedelta(hours=1)
"""How far the clock that draws ids may be from the database's: rows are looked for by id with
this margin, and ``received_at`` decides."""
_MOST_CODES = 10_000
"""Of lost answers that a query is told by name."""

answer = outbound.alias("answer")
"""A request's first answer: what is sent again later stands in rows of its own."""


@dataclass(frozen=True, slots=True)
class Cut:
    """From when until when requests came, and as of when they are seen."""

    begins_at: datetime
    ends_at: datetime
    as_of: datetime
    lost: Sequence[str] = ()
    """Codes of answers that were lost by then, for a cut in the past: a later receipt takes
    the place of the earlier one."""
    ids: tuple[int, int] | None = None
    """A part of its ids, from the first up to the second alone; None: all of them."""

    @property
    def id_range(self) -> tuple[int, int]:
        """Between these ids lies every request that is wanted, and few others."""
        low = first_id_of(self.begins_at - CLOCKS_APART)
        high = first_id_of(self.ends_at + CLOCKS_APART)
        return (low, high) if self.ids is None else (max(low, self.ids[0]), min(high, self.ids[1]))


def requests_of(cut: Cut) -> Subquery:
    """The requests of a cut, a row each."""
    handed = _handed(cut.as_of)
    delivered = _until(answer.c.ended_at, cut.as_of, answer.c.state == OutboundState.DELIVERED)
    lost = _lost(cut)
    told = select(
        *(inbound.c.id, inbound.c.code, inbound.c.channel, inbound.c.received_at),
        *(inbound.c.sent_at, inbound.c.promised_at),
        _kind(cut.as_of).label("kind"),
        _until(inbound.c.answered_at, cut.as_of).label("answered_at"),
        case((handed.is_not(None), answer.c.first_tried_at)).label("begun_at"),
        handed.label("handed_at"),
        delivered.label("delivered_at"),
        lost.label("lost"),
        is_true(_is_answered(cut.as_of) & (inbound.c.problem == Problem.SOURCE_DOWN)).label(
            "apologised"
        ),
        inbound.c.state.label("inbound_state"),
        answer.c.state.label("answer_state"),
        _state(handed, delivered, lost).label("state"),
        _end(handed, cut.as_of).label("end"),
        is_true(answer.c.ended_at > literal(cut.as_of, Instant())).label("overtaken"),
        case((_is_answered(cut.as_of), answer.c.parts)).label("parts"),
        case((answer.c.accepted_at <= cut.as_of, answer.c.cost_rial)).label("cost_rial"),
        _fulfilment(cut.as_of).label("fulfilment"),
        _asked_opinion().label("asked_opinion"),
    ).select_from(inbound.outerjoin(answer, _is_first_answer(cut)))
    return told.where(*within(cut)).subquery("told")


def within(cut: Cut) -> Sequence[ColumnElement[bool]]:
    """That a row of ``inbound`` is one of the cut's, in a way that its key finds."""
    low, high = cut.id_range
    came = inbound.c.received_at
    return (
        inbound.c.id >= low,
        inbound.c.id < high,
        # Wrapped, since the planner takes ids and moments for independent and expects a tenth.
        is_true(and_(came >= cut.begins_at, came < cut.ends_at)),
    )


def verdict(told: Subquery, pieces: Sequence[Piece], as_of: datetime) -> ColumnElement[str]:
    """What became of a counted request by the clock; for others it says nothing of use."""
    seconds = by_piece(told, pieces, lambda piece: piece.within_seconds)
    due_at = later(told.c.received_at, seconds)
    in_time = and_(told.c.handed_at <= due_at, ~told.c.lost, ~told.c.apologised)
    return case(
        (in_time, Verdict.IN_TIME),
        (and_(told.c.handed_at.is_(None), due_at > literal(as_of, Instant())), Verdict.OPEN),
        (told.c.answered_at.is_(None), _unanswered(told)),
        (told.c.apologised, Verdict.APOLOGY),
        (told.c.lost, Verdict.LOST),
        (told.c.handed_at.is_(None), _not_handed(told)),
        (told.c.promised_at.is_not(None), Verdict.LATE_DEFERRED),
        (told.c.answered_at > due_at, Verdict.LATE_ANSWER),
        (told.c.begun_at > due_at, Verdict.LATE_QUEUE),
        else_=Verdict.LATE_GATEWAY,
    )


def by_piece(
    told: Subquery, pieces: Sequence[Piece], value: Callable[[Piece], Value]
) -> ColumnElement[Value]:
    """What holds for the piece that a request came in."""
    values = [value(piece) for piece in pieces]
    if len(set(values)) == 1:
        return literal(values[0])
    came_before = [(told.c.received_at < piece.ends_at, value(piece)) for piece in pieces[:-1]]
    return case(*came_before, else_=values[-1])


def touched_by(told: Subquery, times: Sequence[tuple[datetime, datetime]]) -> ColumnElement[bool]:
    """Whether a request came in one of these times."""
    came = told.c.received_at
    return or_(false(), *(and_(came >= begin, came < end) for begin, end in times))


def is_true(condition: ColumnElement[Any]) -> ColumnElement[bool]:
    """False where it is unknown."""
    return func.coalesce(condition, false(), type_=Boolean())


def _is_first_answer(cut: Cut) -> ColumnElement[bool]:
    low, high = cut.id_range
    return and_(
        answer.c.inbound_id == inbound.c.id,
        answer.c.inbound_id >= low,
        answer.c.inbound_id < high,
        # Written out, so that the partial index is seen to hold them all.
        answer.c.kind == literal_column("'answer'", String),
        answer.c.parent_id.is_(None),
        ~exists().where(resends.c.outbound_id == answer.c.id),
    )


def _is_answered(as_of: datetime) -> ColumnElement[bool]:
    return is_true(inbound.c.answered_at <= literal(as_of, Instant()))


def _until(
    moment: ColumnElement[datetime | None],
    as_of: datetime,
    condition: ColumnElement[bool] | None = None,
) -> ColumnElement[datetime | None]:
    """The moment, where it isn't after the cut."""
    is_seen = moment <= literal(as_of, Instant())
    return case((is_seen if condition is None else and_(condition, is_seen), moment))


def _kind(as_of: datetime) -> ColumnElement[str]:
    intent, problem = inbound.c.intent, inbound.c.problem
    return case(
        (inbound.c.state == InboundState.FOLDED, Kind.DUPLICATE),
        (inbound.c.state == InboundState.IGNORED, Kind.IGNORED),
        # What nobody has answered may have had a correct ID: it isn't kept out of the count.
        (~_is_answered(as_of), Kind.COUNTED),
        (problem.in_(WRONG_IDS), Kind.WRONG_ID),
        (problem.in_(REFUSALS), Kind.REFUSED),
        (or_(problem == Problem.NO_BILL_ID, intent.is_(None)), Kind.WITHOUT_ID),
        (intent == "next", Kind.CONTINUATION),
        (intent.in_(WISHES), Kind.COUNTED),
        else_=Kind.OTHER_WISH,
    )


def _handed(as_of: datetime) -> ColumnElement[datetime | None]:
    is_shown = and_(inbound.c.channel != "sms", answer.c.id.is_(None))
    return case(
        (is_shown, _until(inbound.c.answered_at, as_of)),
        else_=_until(answer.c.accepted_at, as_of),
    )


def _lost(cut: Cut) -> ColumnElement[bool]:
    lost = answer.c.state.in_(LOST) & (answer.c.ended_at <= literal(cut.as_of, Instant()))
    if cut.lost:
        was_lost = inbound.c.code.in_(list(cut.lost[:_MOST_CODES]))
        lost |= was_lost & (answer.c.ended_at > literal(cut.as_of, Instant()))
    return is_true(lost)


def _state(
    handed: ColumnElement[Any], delivered: ColumnElement[Any], lost: ColumnElement[bool]
) -> ColumnElement[str]:
    return case(
        (handed.is_(None), State.NONE),
        (answer.c.id.is_(None), State.SHOWN),
        (delivered.is_not(None), State.DELIVERED),
        (lost, State.LOST),
        else_=State.HANDED,
    )


def _end(handed: ColumnElement[Any], as_of: datetime) -> ColumnElement[str | None]:
    """What is known of an answer that was handed over, in the gateway's words."""
    return case(
        (handed.is_(None), null()),
        (answer.c.id.is_(None), State.SHOWN),
        (answer.c.ended_at <= literal(as_of, Instant()), answer.c.state),
        else_=OutboundState.ACCEPTED,
    )


def _fulfilment(as_of: datetime) -> ColumnElement[str | None]:
    """How far the records were told by then: «بعدی» may have brought the rest since."""
    completed_since = select(events.c.code).where(
        events.c.what == literal_column("'complete'", String),
        events.c.at > literal(as_of, Instant()),
    )
    was_shortened = (inbound.c.fulfilment == Fulfilment.COMPLETE) & inbound.c.code.in_(
        completed_since
    )
    return case(
        (~_is_answered(as_of), null()),
        (was_shortened, Fulfilment.SHORTENED),
        else_=inbound.c.fulfilment,
    )


def _asked_opinion() -> ColumnElement[bool]:
    return is_true(answer.c.fillings.contains("opinion"))


def _unanswered(told: Subquery) -> ColumnElement[str]:
    return case(
        (told.c.inbound_state == InboundState.FAILED, Verdict.FAILED),
        (told.c.promised_at.is_not(None), Verdict.DEFERRED),
        else_=Verdict.WAITING,
    )


def _not_handed(told: Subquery) -> ColumnElement[str]:
    held = (OutboundState.SENDING, OutboundState.UNKNOWN)
    return case(
        (told.c.answer_state == OutboundState.REFUSED, Verdict.REFUSED),
        (told.c.answer_state == OutboundState.EXPIRED, Verdict.EXPIRED),
        (told.c.answer_state == OutboundState.UNRESOLVED, Verdict.UNRESOLVED),
        (told.c.answer_state.in_(held), Verdict.UNKNOWN),
        else_=Verdict.QUEUED,
    )
