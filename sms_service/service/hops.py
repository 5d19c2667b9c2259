"""The way of a request, told hop by hop under its tracking code: to the logs, to traces.

Queue messages carry nothing, so the code of the row is what joins the lines of all processes.
Each function is called once what it tells is durable. With nobody listening a call costs a
test; docs/reference/logs.md says what each line holds.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from structlog.contextvars import bound_contextvars

from sms_service.domain.states import OutboundState

if TYPE_CHECKING:
    from sms_service.service.messages import Answer, Arrival, Recorded, Verdict


class Logger(Protocol):
    """Writes one line a call."""

    def info(self, event: str, **fields: object) -> object:
        """Write it."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One thing that happened to one request."""

    name: str
    request: str
    """Its tracking code."""
    fields: Mapping[str, object]
    ms: int | None = None
    """How long it took, up to now."""


Watch = Callable[[Hop], None]


class _Told:
    """Who listens in this process."""

    log: Logger | None = None
    watch: Watch | None = None


def tell_logs(log: Logger | None) -> None:
    """Write each hop as a line of this logger; None: write none."""
    _Told.log = log


def tell_traces(watch: Watch | None) -> None:
    """Let ``watch`` see each hop; None: nobody does."""
    _Told.watch = watch


@contextmanager
def working_on(request: str) -> Iterator[None]:
    """Put the tracking code on every line that is logged meanwhile, whichever library's."""
    with bound_contextvars(request=request):
        yield


def received(arrival: "Arrival", recorded: "Recorded") -> None:
    """A text came: for the first time, or again."""
    if _is_heard():
        ignored = {"ignored": arrival.ignored} if arrival.ignored else {}
        fields = {"channel": arrival.channel, "gateway": arrival.gateway}
        _tell("received", recorded.code, {**fields, "repeated": recorded.repeated, **ignored})


def asked(answer: "Answer", gateway: str) -> None:
    """An operator or a program asked, for a subscriber or for itself."""
    if _is_heard():
        fields = {"channel": answer.waiting.channel, "gateway": gateway, "repeated": False}
        _tell("received", answer.waiting.code, fields)


def answered(answers: "Iterable[Answer]") -> None:
    """Texts have their answers, or were told that these will come: ``promised``.

    ``ms`` count from when the text was stored.
    """
    if _is_heard():
        for answer in answers:
            name = "answered" if answer.again_in is None else "promised"
            _tell(name, answer.waiting.code, _of_answer(answer), _age_ms(answer))


def handed_over(verdicts: "Sequence[Verdict]", gateway: str, seconds: float) -> None:
    """A gateway was called with these answers; ``seconds``: how long the call took."""
    if _is_heard():
        ms = round(seconds * 1000)
        for one in verdicts:
            row = one.departing
            fields = {"lane": gateway, "attempt": row.attempts, "outcome": one.state}
            _tell("handed_over", row.code, {**fields, **_why(one.reason), "parts": row.parts}, ms)
            if one.state is OutboundState.UNRESOLVED:
                given_up([row.code], "delivery", one.reason)


def looked_up(verdicts: "Sequence[Verdict]", gateway: str) -> None:
    """A gateway was asked what became of hand-overs whose outcome was unknown."""
    if _is_heard():
        for one in verdicts:
            fields = {"lane": gateway, "outcome": one.state, **_why(one.reason)}
            _tell("looked_up", one.departing.code, fields)
            if one.state is OutboundState.UNRESOLVED:
                given_up([one.departing.code], "delivery", one.reason)


def receipt(request: str, state: str, gateway: str, seconds: float | None) -> None:
    """A gateway told what became of an answer; ``seconds``: since it accepted it."""
    if _is_heard():
        ms = None if seconds is None else round(seconds * 1000)
        _tell("receipt", request, {"state": state, "gateway": gateway}, ms)


def resent(request: str, composed: str, receiver: str, parts: int) -> None:
    """Somebody had the answer sent again."""
    if _is_heard():
        _tell("resent", request, {"composed": composed, "receiver": receiver, "parts": parts})


def put_back(requests: Iterable[str], reason: str) -> None:
    """Texts wait again."""
    _each("put_back", requests, {"reason": reason})


def given_up(requests: Iterable[str], side: str, reason: str | None) -> None:
    """Nothing more is tried by itself: with the ``text``, the ``delivery`` or the ``receipt``."""
    _each("given_up", requests, {"side": side, **_why(reason)})


def expired(requests: Iterable[str]) -> None:
    """Answers weren't handed over while they were worth it."""
    _each("expired", requests, {})


def _is_heard() -> bool:
    return _Told.log is not None or _Told.watch is not None


def _each(name: str, requests: Iterable[str], fields: Mapping[str, object]) -> None:
    if _is_heard():
        for request in requests:
            _tell(name, request, fields)


def _tell(name: str, request: str, fields: Mapping[str, object], ms: int | None = None) -> None:
    if _Told.log is not None:
        timed = fields if ms is None else {**fields, "ms": ms}
        _Told.log.info(name, request=request, **timed)
    if _Told.watch is not None:
        _Told.watch(Hop(name, request, fields, ms))


def _of_answer(answer: "Answer") -> dict[str, object]:
    reading, reply = answer.reading, answer.reply
    told: dict[str, object] = {"intent": reading.intent, "problem": reading.problem}
    if answer.limit is not None:
        told["limit"] = answer.limit
    if answer.shown:
        told["shown"] = True
    if reply is not None:
        told |= {"rung": reply.rung, "parts": reply.parts}
    return told


def _age_ms(answer: "Answer") -> int:
    """By the database's clock until the text was taken, from there on by ours."""
    row = answer.waiting
    waited = (row.claimed_at - row.received_at).total_seconds()
    return max(0, round((waited + monotonic() - row.held_since) * 1000))


def _why(reason: str | None) -> dict[str, object]:
    return {} if reason is None else {"reason": reason}
