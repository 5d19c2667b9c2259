"""How requests of a filter are come by: which rows an index yields, newest first.

A way may yield too much, and several ways the same: the filter's own conditions decide, unless
the way implies them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Select,
    TextClause,
    and_,
    bindparam,
    case,
    literal_column,
    select,
)

from sms_service.domain.states import InboundState, OutboundState
from sms_service.language.reading import Intent, Problem
from sms_service.ledger.ids import first_id_of
from sms_service.ledger.predicates import IS_SLOW_TO_ANSWER, IS_SLOW_TO_LEAVE
from sms_service.ledger.request_kinds import (
    ENDED_BADLY,
    HANDED,
    IS_ANSWER,
    IS_NEWEST,
    MOVING,
    NO_DATA,
    UNCLEAR,
    WAITING,
    Kinds,
    of_standing,
    states_of,
)
from sms_service.ledger.tables import inbound, outbound
from sms_service.service.agreement_rules import LOST
from sms_service.service.request_filter import Pill, RequestFilter, Standing

_SURELY_SLOW_SECONDS = 4.0
"""Of two spans that make more than so many seconds one is longer than two."""
_SELDOM = (
    *(Intent.HELP, Intent.STOP, Intent.START, Intent.SAVE),
    *(Intent.LIST, Intent.FORGET, Intent.OPINION),
)
"""Wishes that an index holds; of the others many a request is."""
_OF_MANY = (Pill.DELIVERED, Pill.FAILED, Standing.DELIVERED, Standing.HANDED)
"""Of these there are so many that another filter's index leads to them sooner."""
_UNANSWERED = (OutboundState.UNRESOLVED, OutboundState.EXPIRED, OutboundState.REFUSED, *LOST)

Condition = ColumnElement[bool] | TextClause


@dataclass(frozen=True, slots=True)
class Way:
    """Rows of one table, by one index."""

    where: tuple[Condition, ...] = ()
    by_answer: bool = False
    """Over ``outbound``; else straight over ``inbound``."""
    implied: frozenset[Pill | Standing] = frozenset()
    """Whose conditions hold of all of its rows."""
    narrow: bool = True
    """False: most rows of the table, of which the filter's conditions may leave few."""

    @property
    def key(self) -> ColumnElement[int]:
        """The request's id, in the order of which rows come."""
        return outbound.c.inbound_id if self.by_answer else inbound.c.id


class Ways:
    """Writes the ids of a filter's requests as statements, for one database."""

    def __init__(self, dialect: str, sla_seconds: float) -> None:
        self._slow = 0 if dialect == "postgresql" else 1
        self.kinds = Kinds(dialect, sla_seconds)

    def ids(self, wanted: RequestFilter, way: Way) -> Select[int]:
        """The ids by one way, without order and limit; some of them perhaps twice."""
        query = select(way.key.label("id")).where(*way.where, *_times(wanted, way.key))
        rest = list(self._rest(wanted, way))
        return query.where(_of_request(rest)) if way.by_answer and rest else query.where(*rest)

    def of(self, wanted: RequestFilter) -> Sequence[Way]:
        """The ways to all requests of a filter."""
        if wanted.is_of_one:
            return [Way()]
        if _is_indexed(wanted) and (wanted.pill in _OF_MANY or wanted.standing in _OF_MANY):
            return [Way(narrow=False)]
        if wanted.standing is not None:
            return list(self._of_standing(wanted.standing))
        return [Way()] if wanted.pill is Pill.ALL else list(self._of_pill(wanted.pill))

    def are_exact(self, wanted: RequestFilter) -> bool:
        """Whether the ways yield what is wanted and little else: then all of it may be counted."""
        if wanted.is_of_one:
            return True
        if wanted.pill is Pill.ALL and wanted.standing is None:
            return _is_indexed(wanted) or not _is_filtered(wanted)
        is_one_kind = wanted.standing is None or wanted.pill is Pill.ALL
        is_narrow = all(way.narrow for way in self.of(wanted))
        return is_one_kind and is_narrow and not _is_filtered(wanted)

    def may_search_long(self, wanted: RequestFilter) -> bool:
        """Whether a page of it may lie far apart."""
        is_dense = wanted.pill is Pill.DELIVERED and wanted.standing is None
        return not self.are_exact(wanted) and (_is_filtered(wanted) or not is_dense)

    def _of_standing(self, standing: Standing) -> Iterator[Way]:
        implied = frozenset([standing])
        if standing is Standing.WAITING:
            yield Way((inbound.c.state.in_(_said(WAITING)),), implied=implied)
        elif standing is Standing.GIVEN_UP:
            yield Way((_is(inbound.c.state, InboundState.FAILED),), implied=implied)
        elif standing in (Standing.IGNORED, Standing.FOLDED):
            yield Way((_is(inbound.c.state, standing),), implied=implied)
        elif standing is Standing.SILENT:
            yield Way((_is(inbound.c.problem, Problem.LIMITED),), narrow=False)
        elif standing is Standing.SHOWN:
            yield Way(narrow=False)
        else:
            states = states_of(standing)
            where = outbound.c.state.in_(_said(states)), IS_ANSWER, IS_NEWEST
            yield Way(where, True, implied, narrow=set(states) <= {*ENDED_BADLY, *MOVING})

    def _of_pill(self, pill: Pill) -> Iterator[Way]:
        implied = frozenset([pill])
        if pill is Pill.MOVING:
            yield Way((inbound.c.state.in_(_said(WAITING)),), implied=implied)
            moving = outbound.c.state.in_(_said(MOVING))
            awaited = outbound.c.ask_at.is_not(None), outbound.c.state.in_(_said(HANDED))
            yield Way((moving, IS_ANSWER, IS_NEWEST), True, implied)
            yield Way((*awaited, IS_ANSWER, IS_NEWEST), True, implied)
        elif pill is Pill.FAILED:
            yield Way((_is(inbound.c.state, InboundState.FAILED),), implied=implied)
            for state in ENDED_BADLY:
                yield Way((_is(outbound.c.state, state), IS_ANSWER, IS_NEWEST), True, implied)
        elif pill in (Pill.NO_DATA, Pill.UNCLEAR):
            for problem in NO_DATA if pill is Pill.NO_DATA else UNCLEAR:
                yield Way((_is(inbound.c.problem, problem),), implied=implied)
        elif pill is Pill.DELIVERED:
            delivered = _is(outbound.c.state, OutboundState.DELIVERED)
            yield Way((delivered, IS_ANSWER, IS_NEWEST), True, implied, narrow=False)
        elif pill is Pill.LATE and self.kinds.sla_seconds >= _SURELY_SLOW_SECONDS:
            yield from self._late()
        else:
            yield Way(narrow=False)

    def _late(self) -> Iterator[Way]:
        yield Way((inbound.c.state.in_(_said(WAITING)),))
        yield Way((_is(inbound.c.state, InboundState.FAILED),))
        yield Way((_is(inbound.c.problem, Problem.SOURCE_DOWN),))
        yield Way((IS_SLOW_TO_ANSWER[self._slow],))
        yield Way((IS_SLOW_TO_LEAVE[self._slow],), by_answer=True)
        yield Way((outbound.c.state.in_(_said(MOVING)),), by_answer=True)
        for state in _UNANSWERED:
            yield Way((_is(outbound.c.state, state),), by_answer=True)

    def _rest(self, wanted: RequestFilter, way: Way) -> Iterator[ColumnElement[bool]]:
        yield from _plain(wanted)
        if wanted.phone_hash is not None:
            yield inbound.c.phone_hash == wanted.phone_hash
        if wanted.bill_id is not None:
            yield inbound.c.bill_id == wanted.bill_id
        if wanted.code is not None:
            yield inbound.c.code == wanted.code
        if wanted.pill is not Pill.ALL and wanted.pill not in way.implied:
            yield self.kinds.of_pill(wanted.pill)
        if wanted.standing is not None and wanted.standing not in way.implied:
            yield of_standing(wanted.standing)


def _is_filtered(wanted: RequestFilter) -> bool:
    return not (wanted.channel is None and wanted.intent is None and wanted.problem is None)


def _is_indexed(wanted: RequestFilter) -> bool:
    """Whether one of these filters has an index of its own."""
    is_seldom = wanted.intent in _SELDOM or wanted.channel not in (None, "sms")
    return is_seldom or wanted.problem is not None


def _of_request(rest: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """That all of it holds of the request of an answer.

    Asked for each answer by its key: of a join a plan may make one that reads all requests.
    """
    told = select(case((and_(*rest), 1), else_=0)).where(inbound.c.id == outbound.c.inbound_id)
    return told.correlate(outbound).scalar_subquery() == 1


def _plain(wanted: RequestFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.channel is not None:
        yield _is(inbound.c.channel, wanted.channel)
    if wanted.intent is not None:
        yield _is(inbound.c.intent, wanted.intent)
    if wanted.problem is not None:
        yield _is(inbound.c.problem, wanted.problem)


def _times(wanted: RequestFilter, key: ColumnElement[int]) -> Iterator[ColumnElement[bool]]:
    """That a request came in the time that is wanted: its id tells, to the millisecond."""
    if wanted.since is not None:
        yield key >= number(first_id_of(wanted.since))
    if wanted.until is not None:
        yield key < number(first_id_of(wanted.until))


def _is(column: ColumnElement[str], value: str) -> ColumnElement[bool]:
    """Written out, so that a partial index is seen to hold the rows. Never a user's words."""
    return column == word(value)


def _said(values: Sequence[str]) -> Sequence[ColumnElement[str]]:
    return [word(value) for value in values]


def word(value: str) -> ColumnElement[str]:
    """A machine word written out in the statement. ValueError for what is none."""
    if not value.isascii() or not value.replace("_", "").isalpha():
        raise ValueError("a machine word is of letters")
    return literal_column(f"'{value}'")


def number(value: int) -> ColumnElement[int]:
    """A number written out in the statement: the plan for a day isn't that for a year."""
    return bindparam(None, value, literal_execute=True)
