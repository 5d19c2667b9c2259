"""Calls of the national billing interface (SAAPA): sales, payments and the branch of a bill."""

import json
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus

from pydantic import SecretStr

from sms_service.billing.breaker import Breaker, BreakerState
from sms_service.billing.saapa_answers import (
    TOKEN_REFUSED,
    Away,
    Malformed,
    Record,
    records_of,
)
from sms_service.logs.redaction import hide
from sms_service.metrics.meters import meters
from sms_service.transport import Answered, Failure, PooledAdapter, Timeouts, Transport, checked_url

log = logging.getLogger(__name__)

_MAX_BODY = 4 * 1024 * 1024
_LONGEST_CONNECT = 2.0
_SHORTEST_CALL = 0.05
"""Seconds left in which no call is begun any more."""
_REST = (0.1, 0.4)
_FAILURES_IN_A_ROW = 5
_OPEN_SECONDS = 15.0
OVERDUE = "saapa_overdue"
OPEN = "saapa_open"


class Subject(StrEnum):
    """What is asked of a bill."""

    SALES = "sales"
    PAYMENTS = "payments"
    BRANCH = "branch"


@dataclass(frozen=True, slots=True)
class Spelling:
    """How the interface in use names what it is asked by."""

    bill_id: str
    mobile: str
    from_year: str


SPELLINGS = {
    "small": Spelling("bill_identifier", "mobile_number", "from_year"),
    "mixed": Spelling("BILL_IDENTIFIER", "MobileNo", "fromyear"),
}


@dataclass(frozen=True, slots=True)
class Interface:
    """Where the interface is and how it wants to be asked."""

    base_url: str
    token: SecretStr
    paths: Mapping[Subject, str]
    spelling: Spelling = SPELLINGS["small"]
    mobile: str | None = field(default=None, repr=False)
    """Sent with each question about sales and payments where the interface demands one."""
    call_seconds: float = 3.0
    """For one call, in all."""
    connections: int = 8


class SaapaClient:
    """Asks, and tells who is away. Threads may share it, forked processes not.

    The bill ID travels in the body alone, the token in its header; neither reaches a log,
    an exception or an address.
    """

    def __init__(self, interface: Interface, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises ValueError for an address that isn't http(s)://host or a token unfit to send."""
        base, token = checked_url(interface.base_url), interface.token.get_secret_value()
        if not (token.isascii() and token.isprintable()):
            raise ValueError("the token must be of printable ASCII letters")
        self.connections = interface.connections
        self.breaker = Breaker(_FAILURES_IN_A_ROW, _OPEN_SECONDS, clock)
        self._urls = {
            subject: f"{base}/{path.lstrip('/')}" for subject, path in interface.paths.items()
        }
        self._interface = interface
        self._clock = clock
        self._transport = Transport(PooledAdapter(interface.connections), Timeouts(), _MAX_BODY)
        self._headers = {
            "Accept": "application/json",
            "Content-Type": "application/json; charset=utf-8",
            "Authorization": f"Bearer {token}",
        }
        self._was_understood = threading.Event()
        hide(token)

    def close(self) -> None:
        """Close the idle connections; a later call opens new ones."""
        self._transport.close()

    def ask(
        self, subject: Subject, bill_id: str, from_year: int, deadline: float
    ) -> Sequence[Record]:
        """The records on a bill; none where it isn't known.

        A call that may succeed the second time is made twice where the time is enough.
        Raises Away, also when the breaker is open or the deadline, by ``clock``, too near.
        """
        body = self._body(subject, bill_id, from_year)
        permit = self.breaker.admit()
        if permit is None:
            meters.count("sms_saapa_calls_total", subject, OPEN)
            raise Away(OPEN)
        try:
            with meters.timing("sms_saapa_call_seconds", subject):
                records = self._tried_twice(self._urls[subject], body, deadline)
        except Away as away:
            meters.count("sms_saapa_calls_total", subject, away.reason)
            if away.reason != OVERDUE:
                self._note_failure(permit, away)
            raise
        meters.count("sms_saapa_calls_total", subject, "answered")
        if self.breaker.succeed(permit):
            meters.breaker_is(is_open=False)
            log.warning("the billing interface answers again")
        return records

    def leave_alone(self) -> None:
        """Open the breaker: not one call of a whole look-up was answered in its time."""
        permit = self.breaker.admit()
        if permit is not None:
            self._note_failure(permit, Away(OVERDUE, pause=_OPEN_SECONDS))

    @property
    def is_open(self) -> bool:
        """Whether a call now would be refused unmade."""
        return self.breaker.state is BreakerState.OPEN

    def _tried_twice(self, url: str, body: bytes, deadline: float) -> Sequence[Record]:
        try:
            return self._call(url, body, deadline)
        except Away as away:
            rest = random.uniform(*_REST)  # noqa: S311  # no secret
            if not away.again or self._clock() + rest + self._interface.call_seconds > deadline:
                raise
        time.sleep(rest)
        return self._call(url, body, deadline)

    def _call(self, url: str, body: bytes, deadline: float) -> Sequence[Record]:
        seconds = min(self._interface.call_seconds, deadline - self._clock())
        if seconds < _SHORTEST_CALL:
            raise Away(OVERDUE)
        answer = self._transport.ask(url, body, self._headers, _timeouts(seconds))
        if isinstance(answer, Failure):
            if "timeout" in answer.word and seconds < self._interface.call_seconds:
                # It had less than a call's time: that says nothing of the interface.
                raise Away(OVERDUE)
            raise Away(f"saapa_{answer.word}", again="timeout" not in answer.word)
        return self._understood(answer)

    def _understood(self, answer: Answered) -> Sequence[Record]:
        try:
            records = records_of(answer)
        except Malformed:
            # Until something was found, it may be our way of asking that is malformed.
            if self._was_understood.is_set():
                return []
            raise Away(f"saapa_status_{HTTPStatus.BAD_REQUEST.value}") from None
        if records:
            self._was_understood.set()
        return records

    def _note_failure(self, permit: int, away: Away) -> None:
        if self.breaker.fail(permit, away.reason, away.pause):
            meters.breaker_is(is_open=True)
            level = logging.ERROR if away.reason == TOKEN_REFUSED else logging.WARNING
            log.log(level, "the billing interface is left alone for a while: %s", away.reason)

    def _body(self, subject: Subject, bill_id: str, from_year: int) -> bytes:
        names = self._interface.spelling
        fields = {names.bill_id: bill_id}
        if subject is not Subject.BRANCH:
            fields[names.from_year] = f"{from_year % 100:02d}"
            if self._interface.mobile:
                fields[names.mobile] = self._interface.mobile
        return json.dumps(fields).encode("ascii")


def _timeouts(seconds: float) -> Timeouts:
    return Timeouts(min(_LONGEST_CONNECT, seconds), seconds, whole=seconds)
