"""What the pills and the states of the list of requests mean: one condition each.

A request's *answer* is a text of kind ``answer``; each further attempt names the one before it
(``parent_id``), the *newest* is the one that none follows, the *first* the one without parent.

- **all**: every request, also those without an answer (folded, ignored).
- **moving** («در جریان»): not answered yet, or its newest answer is queued, being handed over or
  of unknown outcome, or it was handed over and its report is still being asked for.
- **delivered** («تحویل‌شده»): its newest answer reached the phone.
- **failed** («ناموفق»): its answer could not be written, or its newest answer ended without
  reaching the phone: refused, expired, unresolved, undelivered, cancelled, blocked, failed.
- **no_data** («بدون داده»): the bill isn't in the records, or nothing of the years asked for is.
- **unclear** («نامفهوم»): no bill ID of this company could be read out of the text.
- **late** («خارج از تعهد»): counted by the agreement, and its first answer wasn't handed over
  (or shown) within the agreed seconds from ``received_at``: handed over later, lost on the way,
  not handed over at all, or an apology because the records could not be read. The agreement
  counts what asks for the records of a correct bill ID, and what nobody has read yet.
"""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import (
    ColumnElement,
    Interval,
    ScalarSelect,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
)

from sms_service.database import db_now
from sms_service.domain.states import InboundState, OutboundState, ReplyKind
from sms_service.language.reading import Problem
from sms_service.ledger.tables import inbound, outbound
from sms_service.service.agreement_rules import LOST, REFUSALS, WISHES, WRONG_IDS
from sms_service.service.request_filter import Pill, Standing

ENDED_BADLY = (
    OutboundState.UNRESOLVED,
    OutboundState.EXPIRED,
    OutboundState.REFUSED,
    OutboundState.UNDELIVERED,
    OutboundState.CANCELLED,
    OutboundState.BLOCKED,
    OutboundState.FAILED,
)
MOVING = (OutboundState.QUEUED, OutboundState.SENDING, OutboundState.UNKNOWN)
HANDED = (OutboundState.ACCEPTED, OutboundState.AT_OPERATOR)
WAITING = (InboundState.RECEIVED, InboundState.ANSWERING)
NO_DATA = (Problem.UNKNOWN_BILL, Problem.NO_DATA)
UNCLEAR = (
    Problem.NO_BILL_ID,
    Problem.WRONG_LENGTH,
    Problem.BAD_CHECK_DIGIT,
    Problem.OTHER_UTILITY,
    Problem.OTHER_COMPANY,
    Problem.SEVERAL_BILLS,
)
_NOT_COUNTED = (*WRONG_IDS, *REFUSALS, Problem.NO_BILL_ID)
_ANSWERED = inbound.c.state == InboundState.ANSWERED

_child = outbound.alias("following")
IS_NEWEST = ~exists().where(_child.c.parent_id == outbound.c.id)
"""That nothing was sent after this row of ``outbound``."""
IS_ANSWER = outbound.c.kind == ReplyKind.ANSWER


class Kinds:
    """The conditions, on rows of ``inbound``, for one database and one agreement."""

    def __init__(self, dialect: str, sla_seconds: float) -> None:
        self._on_postgresql = dialect == "postgresql"
        self.sla_seconds = sla_seconds
        # Built once: to build it takes longer than PostgreSQL does for a page.
        self._late = self._is_late()

    def of_pill(self, pill: Pill) -> ColumnElement[bool]:
        """That a request is of this kind."""
        if pill is Pill.LATE:
            return self._late
        return _OF_PILLS.get(pill, true())

    def _longer(
        self, since: ColumnElement[object], until: ColumnElement[object], seconds: float
    ) -> ColumnElement[bool]:
        """That more than so many seconds passed between two moments of a row."""
        passed = until.op("-")(since)
        if self._on_postgresql:
            return passed.op(">", is_comparison=True)(literal(timedelta(seconds=seconds), Interval))
        return passed.op(">", is_comparison=True)(literal(int(seconds * 1_000_000)))

    def _is_late(self) -> ColumnElement[bool]:
        seconds, came = self.sla_seconds, inbound.c.received_at
        overdue = came < select(db_now(-seconds)).scalar_subquery()
        never_left = outbound.c.accepted_at.is_(None)
        left_late = or_(
            and_(never_left, or_(outbound.c.state.not_in(MOVING), overdue)),
            self._longer(came, outbound.c.accepted_at, seconds),
            outbound.c.state.in_(LOST),
        )
        shown_late = and_(
            inbound.c.channel != "sms", self._longer(came, inbound.c.answered_at, seconds)
        )
        is_wish = and_(
            inbound.c.intent.in_(WISHES),
            or_(inbound.c.problem.is_(None), inbound.c.problem.not_in(_NOT_COUNTED)),
        )
        was_late = func.coalesce(_of_first(left_late), case((shown_late, 1), else_=0)) == 1
        apology = inbound.c.problem == Problem.SOURCE_DOWN
        return or_(
            and_(inbound.c.state.in_(WAITING), overdue),
            inbound.c.state == InboundState.FAILED,
            and_(_ANSWERED, is_wish, or_(apology, was_late)),
        )


def _of_first(condition: ColumnElement[bool]) -> ScalarSelect[int]:
    """1 where it holds of a request's first answer, 0 where not, NULL where there is none.

    Not an EXISTS, which a plan may turn round and read all answers for.
    """
    of_it = outbound.c.inbound_id == inbound.c.id, outbound.c.parent_id.is_(None)
    told = select(case((condition, 1), else_=0)).where(*of_it, IS_ANSWER)
    return told.correlate(inbound).scalar_subquery()


def newest_is(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """That a request is answered, and this holds of its newest answer."""
    return _of_newest(condition) == 1


def _of_newest(condition: ColumnElement[bool]) -> ScalarSelect[int]:
    """The same of its newest answer."""
    told = select(func.max(case((condition, 1), else_=0)))
    of_it = told.where(outbound.c.inbound_id == inbound.c.id, IS_ANSWER, IS_NEWEST)
    return of_it.correlate(inbound).scalar_subquery()


def of_standing(standing: Standing) -> ColumnElement[bool]:
    """That a request stands so."""
    if standing in _OF_INBOUND:
        return inbound.c.state.in_(_OF_INBOUND[standing])
    if standing is Standing.SHOWN:
        return and_(_ANSWERED, inbound.c.channel != "sms", _of_newest(true()).is_(None))
    if standing is Standing.SILENT:
        is_limited = inbound.c.problem == Problem.LIMITED
        return and_(_ANSWERED, inbound.c.channel == "sms", is_limited, _of_newest(true()).is_(None))
    states = states_of(standing)
    return newest_is(outbound.c.state.in_(states)) if states else false()


def states_of(standing: Standing) -> tuple[OutboundState, ...]:
    """The states of a newest answer that make a request stand so; none for other standings."""
    if standing is Standing.HANDED:
        return HANDED
    if standing in _OF_INBOUND or standing in (Standing.SHOWN, Standing.SILENT):
        return ()
    return (OutboundState(standing.value),)


_OF_INBOUND: Mapping[Standing, tuple[InboundState, ...]] = {
    Standing.WAITING: WAITING,
    Standing.GIVEN_UP: (InboundState.FAILED,),
    Standing.IGNORED: (InboundState.IGNORED,),
    Standing.FOLDED: (InboundState.FOLDED,),
}


def standing_of(inbound_state: str, answer_state: str | None, channel: str) -> Standing:
    """Where a request stands by its own state and that of its newest answer."""
    for standing, states in _OF_INBOUND.items():
        if inbound_state in states:
            return standing
    if answer_state is None:
        return Standing.SILENT if channel == "sms" else Standing.SHOWN
    is_told_apart = answer_state in set(Standing) and answer_state not in HANDED
    return Standing(answer_state) if is_told_apart else Standing.HANDED


_OF_PILLS: Mapping[Pill, ColumnElement[bool]] = {
    Pill.MOVING: or_(
        inbound.c.state.in_(WAITING),
        newest_is(
            or_(
                outbound.c.state.in_(MOVING),
                and_(outbound.c.state.in_(HANDED), outbound.c.ask_at.is_not(None)),
            )
        ),
    ),
    Pill.DELIVERED: newest_is(outbound.c.state == OutboundState.DELIVERED),
    Pill.FAILED: or_(
        inbound.c.state == InboundState.FAILED, newest_is(outbound.c.state.in_(ENDED_BADLY))
    ),
    Pill.NO_DATA: inbound.c.problem.in_(NO_DATA),
    Pill.UNCLEAR: inbound.c.problem.in_(UNCLEAR),
}
