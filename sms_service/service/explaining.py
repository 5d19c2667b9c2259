"""One sentence for how a request stands, and what its reader is to do: chosen here, worded in
templates/words/console/request.toml.

A pure function over the case: whoever gets the same case is told the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sms_service.domain.states import Fulfilment, InboundState, LaneState, OutboundState
from sms_service.service.case import Case, Sent
from sms_service.service.daily_cap import ALL_LANES
from sms_service.service.lanes import EVERY_LANE

__all__ = ["LATE", "SENTENCES", "Advice", "Explanation", "explained"]

LATE = timedelta(seconds=15)
"""After which a text or an answer that still waits is no longer told as on its way."""
_RECEIPT_LATE = timedelta(minutes=2)
_RECEIPT_GIVEN_UP = timedelta(minutes=10)
"""By then nearly every receipt has come: the page looks no longer by itself."""
WRONG_RECEPTOR = frozenset({"kavenegar_411", "kannel_bad_receptor", "kannel_denied"})
WRONG_TEXT = frozenset(
    {"kavenegar_413", "kavenegar_420", "kavenegar_422", "kannel_bad_text"}
    | {"kannel_empty_text", "kannel_too_long"}
)


class Advice(StrEnum):
    """What a reader may do about it."""

    NOTHING = "nothing"
    WAIT = "wait"
    RESEND = "resend"
    ASK = "ask"
    """Ask the subscriber whether it arrived, then send it again."""
    COUNTER = "counter"
    """Answer at the counter: this request can't be answered."""
    FIRST = "first"
    """Look at the request that answers this one."""
    OPERATE = "operate"
    """Tell whoever keeps the system running."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The name of a sentence and what to fill in, as machine words."""

    name: str
    advice: Advice
    tone: str
    """good, moving, warn, bad or quiet."""
    is_settled: bool
    """Whether it stays so unless somebody acts."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """``reason``, ``gateway``, ``limit``, ``problem``: words of states.toml; ``first``: a code."""
    since: datetime | None = None
    is_erased: bool = False
    """Its phone and text are gone: what would be advised can't be done any longer."""


@dataclass(frozen=True, slots=True)
class _Kind:
    advice: Advice
    tone: str
    is_settled: bool = True


_WAIT = _Kind(Advice.WAIT, "moving", is_settled=False)
_STUCK = _Kind(Advice.OPERATE, "warn", is_settled=False)
_BAD = _Kind(Advice.RESEND, "bad")
_TOLD = _Kind(Advice.NOTHING, "good")
_NO_ANSWER = _Kind(Advice.COUNTER, "quiet")

SENTENCES: Mapping[str, _Kind] = {
    "received": _WAIT,
    "received_late": _STUCK,
    "received_source_down": _Kind(Advice.WAIT, "warn", is_settled=False),
    "received_promised": _Kind(Advice.WAIT, "warn", is_settled=False),
    "received_error": _STUCK,
    "answering": _WAIT,
    "answering_late": _STUCK,
    "ignored_no_mobile": _NO_ANSWER,
    "ignored_own_line": _Kind(Advice.NOTHING, "quiet"),
    "ignored_too_old": _NO_ANSWER,
    "ignored_unreadable": _NO_ANSWER,
    "ignored": _NO_ANSWER,
    "folded": _Kind(Advice.FIRST, "quiet"),
    "failed": _BAD,
    "shown": _TOLD,
    "limited": _Kind(Advice.RESEND, "warn"),
    "silent": _Kind(Advice.RESEND, "warn"),
    "queued": _WAIT,
    "queued_late": _STUCK,
    "queued_lane": _STUCK,
    "queued_lane_stopped": _STUCK,
    "queued_held": _STUCK,
    "queued_daily_cap": _STUCK,
    "sending": _WAIT,
    "sending_late": _STUCK,
    "unknown": _Kind(Advice.WAIT, "warn", is_settled=False),
    "unresolved": _Kind(Advice.ASK, "bad"),
    "expired": _BAD,
    "superseded": _Kind(Advice.NOTHING, "quiet"),
    "refused": _Kind(Advice.OPERATE, "bad"),
    "refused_receptor": _Kind(Advice.COUNTER, "bad"),
    "refused_text": _BAD,
    "accepted": _WAIT,
    "accepted_late": _Kind(Advice.ASK, "warn"),
    "at_operator": _WAIT,
    "at_operator_late": _Kind(Advice.ASK, "warn"),
    "undelivered": _BAD,
    "cancelled": _Kind(Advice.RESEND, "bad"),
    "blocked": _Kind(Advice.COUNTER, "bad"),
    "failed_on_the_way": _BAD,
    "delivered": _TOLD,
    "delivered_shortened": _TOLD,
    "delivered_problem": _Kind(Advice.COUNTER, "good"),
}
"""Every sentence there is."""
_IGNORED = ("no_mobile", "own_line", "too_old", "unreadable")
_TAKES = (LaneState.WORKING, LaneState.RECOVERING)
_AT_REST = {
    str(LaneState.STOPPED): "queued_lane_stopped",
    str(LaneState.HELD): "queued_held",
}
_OPEN = (InboundState.RECEIVED, InboundState.ANSWERING)


def explained(case: Case) -> Explanation:
    """The sentence for a case as it stands at ``case.now``."""
    latest = case.latest
    if case.state in _OPEN or latest is None:
        return _of_request(case)
    return _of_answer(case, latest)


def _of_request(case: Case) -> Explanation:
    match case.state:
        case InboundState.RECEIVED:
            name = _received(case)
        case InboundState.ANSWERING:
            name = "answering_late" if _age(case, case.received_at) > LATE else "answering"
        case InboundState.IGNORED:
            name = f"ignored_{case.reason}" if case.reason in _IGNORED else "ignored"
        case InboundState.FOLDED | InboundState.FAILED:
            name = str(case.state)
        case InboundState.ANSWERED:
            name = _without_a_text(case)
    return _told(name, case, case.reason, case.received_at)


def _received(case: Case) -> str:
    if case.reason == "source_down":
        return "received_source_down" if case.promised_at is None else "received_promised"
    if case.reason == "error":
        return "received_error"
    return "received_late" if _age(case, case.received_at) > LATE else "received"


def _without_a_text(case: Case) -> str:
    if case.is_shown:
        return "shown"
    return "limited" if case.limit is not None else "silent"


def _of_answer(case: Case, latest: Sent) -> Explanation:
    waits_since = latest.accepted_at or latest.created_at
    waited = _age(case, waits_since)
    name = {
        OutboundState.QUEUED: _queued,
        OutboundState.REFUSED: _refused,
        OutboundState.DELIVERED: _delivered,
    }.get(latest.state, _by_its_state)(case, latest)
    late = _LATE_AFTER.get(latest.state)
    if late is not None and waited > late:
        name = f"{name}_late"
    told = _told(name, case, latest.reason, latest.ended_at or waits_since, latest.gateway)
    if latest.state in (OutboundState.ACCEPTED, OutboundState.AT_OPERATOR):
        # Told as late after two minutes, the receipt may come for some minutes more.
        is_settled = waited > _RECEIPT_GIVEN_UP
        return replace(told, is_settled=is_settled)
    return told


def _by_its_state(_case: Case, latest: Sent) -> str:
    # A request can fail, too; that is another sentence.
    return "failed_on_the_way" if latest.state is OutboundState.FAILED else str(latest.state)


def _queued(case: Case, latest: Sent) -> str:
    lanes = {name: lane.state for name, lane in case.lanes.items()}
    if lanes.pop(EVERY_LANE, None) == LaneState.HELD:
        return "queued_held"
    if lanes.pop(ALL_LANES, None) == LaneState.STOPPED:
        return "queued_daily_cap"
    mine = lanes.get(latest.gateway or "")
    ways = {mine} if mine is not None else set(lanes.values())
    if ways and ways.isdisjoint(_TAKES):
        return _AT_REST.get(next(iter(ways)), "queued_lane") if len(ways) == 1 else "queued_lane"
    return "queued_late" if _age(case, latest.created_at) > LATE else "queued"


def _refused(_case: Case, latest: Sent) -> str:
    if latest.reason in WRONG_RECEPTOR:
        return "refused_receptor"
    return "refused_text" if latest.reason in WRONG_TEXT else "refused"


def _delivered(case: Case, _latest: Sent) -> str:
    if case.problem is not None:
        return "delivered_problem"
    if case.fulfilment is Fulfilment.SHORTENED:
        return "delivered_shortened"
    return "delivered"


def _told(
    name: str, case: Case, reason: str | None, since: datetime, gateway: str | None = None
) -> Explanation:
    kind = SENTENCES[name]
    is_too_late = case.is_erased and kind.advice in (Advice.RESEND, Advice.ASK)
    advice = Advice.COUNTER if is_too_late else kind.advice
    words = {
        "reason": reason,
        "gateway": gateway,
        "limit": case.limit,
        "problem": case.problem,
        "first": case.first_code,
    }
    facts = {key: str(word) for key, word in words.items() if word}
    return Explanation(name, advice, kind.tone, kind.is_settled, facts, since, is_too_late)


def _age(case: Case, since: datetime) -> timedelta:
    return case.now - since


_LATE_AFTER = {
    OutboundState.SENDING: LATE,
    OutboundState.ACCEPTED: _RECEIPT_LATE,
    OutboundState.AT_OPERATOR: _RECEIPT_LATE,
}
