"""Histories read live from the national interface, many bills side by side."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field

from sms_service.billing.breaker import BreakerState
from sms_service.billing.saapa_answers import Away, Record
from sms_service.billing.saapa_client import OPEN, OVERDUE, SaapaClient, Subject
from sms_service.billing.saapa_records import RecordReader, Unreadable
from sms_service.domain.records import History

log = logging.getLogger(__name__)

_Call = Future[Sequence[Record]]
_UNREADABLE = "saapa_unreadable"


@dataclass(slots=True)
class Fetched:
    """What the interface said of the bills that it was asked for."""

    histories: dict[str, History] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    reasons: dict[str, str] = field(default_factory=dict)
    """Of bills that can't be told now: a machine word why."""


class LiveSaapa:
    """Asks for whole histories. Threads may share it, forked processes not."""

    def __init__(
        self,
        client: SaapaClient,
        reader: RecordReader,
        first_year: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``first_year``: the Jalali year from which records are asked for, today."""
        self.client = client
        self._reader = reader
        self._first_year = first_year
        self._clock = clock
        self._threads = ThreadPoolExecutor(client.connections, thread_name_prefix="saapa")

    def close(self) -> None:
        """Let threads and connections go."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.client.close()

    def fetch(self, bill_ids: Sequence[str], deadline: float) -> Fetched:
        """All that can be told of these bills until the deadline, by ``clock``.

        After a time of silence one call is tried alone, so that the others aren't refused
        for its sake.
        """
        year = self._first_year()
        if self.client.breaker.state is BreakerState.HALF_OPEN:
            trial = self._threads.submit(
                self.client.ask, Subject.BRANCH, bill_ids[0], year, deadline
            )
            self._wait_for([trial], deadline)
        calls = {
            bill_id: [
                self._threads.submit(self.client.ask, subject, bill_id, year, deadline)
                for subject in Subject
            ]
            for bill_id in bill_ids
        }
        self._wait_for([call for three in calls.values() for call in three], deadline)
        return self._told(calls)

    def _wait_for(self, calls: Sequence[_Call], deadline: float) -> None:
        """Until all are answered, the time is over, or there is no sense in waiting."""
        with suppress(TimeoutError):
            for _ in as_completed(calls, deadline - self._clock()):
                if self.client.is_open:
                    break
        if not any(call.done() for call in calls):
            # Answers that drip in, line by line, outlast any time-out of a socket.
            self.client.leave_alone()
        for late in calls:
            late.cancel()

    def _told(self, calls: Mapping[str, Sequence[_Call]]) -> Fetched:
        fetched = Fetched()
        for bill_id, three in calls.items():
            try:
                sales, paid, branch = map(_records, three)
                history = self._reader.history(bill_id, sales, paid, branch)
            except Away as away:
                fetched.reasons[bill_id] = self._reason(away)
            except Unreadable:
                fetched.reasons[bill_id] = _UNREADABLE
            else:
                if history is None:
                    fetched.unknown.add(bill_id)
                else:
                    fetched.histories[bill_id] = history
        for reason, count in Counter(fetched.reasons.values()).items():
            log.info("bills that the interface couldn't tell of: %d, %s", count, reason)
        return fetched

    def _reason(self, away: Away) -> str:
        """Why; of calls that weren't made or awaited any more, what the others met."""
        unmade = away.reason in (OPEN, OVERDUE)
        return (self.client.breaker.reason if unmade else None) or away.reason


def _records(call: _Call) -> Sequence[Record]:
    if call.cancelled() or not call.done():
        raise Away(OVERDUE)
    return call.result()
