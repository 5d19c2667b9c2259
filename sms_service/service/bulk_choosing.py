"""Which of many requests are sent again, and which are left out, and why: pure judgement."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sms_service.domain.states import OutboundState
from sms_service.service.bulk_terms import (
    FAILED_REQUEST,
    NO_GATEWAY,
    Candidate,
    Chosen,
    LeftOut,
    Wanted,
)

_ON_ITS_WAY = (
    OutboundState.QUEUED,
    OutboundState.SENDING,
    OutboundState.UNKNOWN,
    OutboundState.ACCEPTED,
    OutboundState.AT_OPERATOR,
)


@dataclass(frozen=True, slots=True)
class Answered:
    """A later request of some phone that got its answer."""

    inbound_id: int
    phone_hash: bytes = field(repr=False)
    bill_id: str | None = field(repr=False)
    intent: str | None


@dataclass(frozen=True, slots=True)
class Around:
    """What else is known of some candidates."""

    opted_out: Collection[bytes]
    """Phones."""
    in_other_runs: Collection[int]
    """Requests."""
    answered: Mapping[bytes, Sequence[Answered]]
    """What the candidates' phones asked and had answered, by phone."""


@dataclass(slots=True)
class Choosing:
    """Judges candidates, the newest first, some at a time."""

    wanted: Wanted
    _items: list[Candidate] = field(default_factory=list)
    _left_out: Counter[LeftOut] = field(default_factory=Counter)
    _asked: set[tuple[bytes, str, str | None]] = field(default_factory=set)
    """What phones ask in this run already."""

    def add(self, candidates: Sequence[Candidate], around: Around) -> None:
        """Judge these."""
        for candidate in filter(self._fits, candidates):
            why = left_out_for(candidate, around)
            if why is None and _question(candidate) in self._asked:
                why = LeftOut.ASKED_AGAIN
            if why is None:
                self._take(candidate)
            else:
                self._left_out[why] += 1

    def chosen(self) -> Chosen:
        """What it comes to."""
        return Chosen(list(reversed(self._items)), dict(self._left_out))

    def _fits(self, one: Candidate) -> bool:
        """Whether it is what was wished for, or would be had it not moved on."""
        wanted = self.wanted
        if wanted.channel not in (None, one.channel):
            return False
        gateway = (one.last.gateway if one.last else None) or NO_GATEWAY
        if wanted.gateway not in (None, gateway):
            return False
        return _moved_on(one) is not None or _end_of(one) in wanted.states

    def _take(self, one: Candidate) -> None:
        self._items.append(one)
        question = _question(one)
        if question is not None:
            self._asked.add(question)


def left_out_for(one: Candidate, around: Around) -> LeftOut | None:
    """Why a request isn't sent again now; None when it is."""
    later = around.answered.get(one.phone_hash, ())
    reasons: Sequence[tuple[bool, LeftOut]] = (
        (one.is_erased, LeftOut.ERASED),
        (one.phone_hash in around.opted_out, LeftOut.OPTED_OUT),
        (one.inbound_id in around.in_other_runs, LeftOut.OTHER_RUN),
        (any(_serves(other, one) for other in later), LeftOut.ASKED_AGAIN),
    )
    return _moved_on(one) or next((why for holds, why in reasons if holds), None)


def _moved_on(one: Candidate) -> LeftOut | None:
    """What became of it since it ended badly."""
    if one.is_open:
        return LeftOut.IN_FLIGHT
    if one.last is None:
        return None
    if one.last.state is OutboundState.DELIVERED:
        return LeftOut.DELIVERED
    return LeftOut.IN_FLIGHT if one.last.state in _ON_ITS_WAY else None


def _end_of(one: Candidate) -> str | None:
    if one.last is None:
        return FAILED_REQUEST if one.is_failed else None
    return one.last.state


def _question(one: Candidate) -> tuple[bytes, str, str | None] | None:
    """What makes two requests the same; None where nobody knows what it asks."""
    return None if one.bill_id is None else (one.phone_hash, one.bill_id, one.intent)


def _serves(other: Answered, one: Candidate) -> bool:
    if other.inbound_id <= one.inbound_id:
        return False
    return one.bill_id is None or (other.bill_id, other.intent) == (one.bill_id, one.intent)
