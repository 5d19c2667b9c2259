"""The national billing interface (SAAPA) as a source: kept answers, else live, else older ones."""

import secrets
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from sms_service.billing.fetched import FetchedHistories, Kept
from sms_service.billing.saapa_client import OPEN, OVERDUE
from sms_service.billing.saapa_live import LiveSaapa
from sms_service.domain.records import History
from sms_service.service.ports import SourceDown

_CLAIM_MARGIN_SECONDS = 2.0
_FIRST_LOOK_SECONDS = 0.02
_LONGEST_LOOK_SECONDS = 0.2
_VANISHED = "saapa_vanished"


class SaapaSource:
    """A BillingSource. What it can't tell live it may tell as of a day.

    SourceDown then names the bill both in ``unanswered`` and, with its day, in ``had``.
    """

    def __init__(
        self,
        live: LiveSaapa,
        kept: FetchedHistories,
        lookup_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``lookup_seconds``: one look-up, of however many bills, takes no longer."""
        self.live = live
        self._kept = kept
        self.lookup_seconds = lookup_seconds
        self._clock = clock

    def close(self) -> None:
        """Let threads and connections go."""
        self.live.close()

    def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
        """Histories by canonical bill ID; unknown IDs are absent. Raises SourceDown."""
        if not bill_ids:
            return {}
        lookup = _Lookup(bill_ids)
        deadline = self._clock() + self.lookup_seconds
        with _down_when_it_fails(bill_ids):
            lookup.take(self._kept.read(bill_ids))
            if lookup.open and self.live.client.is_open:
                lookup.reason = OPEN
            elif lookup.open:
                self._fetch(lookup, deadline)
                self._wait_for_others(lookup, deadline)
        return lookup.result()

    def read_kept(self, bill_ids: Sequence[str]) -> Mapping[str, Kept]:
        """What is kept of these bills, without asking. Raises SourceDown."""
        with _down_when_it_fails(bill_ids):
            return self._kept.read(bill_ids)

    def bills_of_phone(self, phone_hash: bytes) -> Sequence[str]:
        """Bills whose branch record, as last fetched, holds this mobile (keyed hash)."""
        with _down_when_it_fails():
            return self._kept.bills_of_phone(phone_hash)

    def _fetch(self, lookup: "_Lookup", deadline: float) -> None:
        """Ask for what nobody else asks for."""
        free = [bill_id for bill_id in lookup.open if bill_id not in lookup.claimed]
        token = secrets.randbits(63)
        seconds = self.lookup_seconds + _CLAIM_MARGIN_SECONDS
        mine = self._kept.claim(free, token, seconds) if free else []
        if not mine:
            return
        told: Mapping[str, History] = {}
        unknown: Collection[str] = ()
        try:
            fetched = self.live.fetch(mine, deadline)
            told = fetched.histories
            unknown = [bill_id for bill_id in fetched.unknown if bill_id not in lookup.older]
            # Known a while ago, unknown now: rather the interface's fault than the bill's.
            vanished = dict.fromkeys(fetched.unknown - set(unknown), _VANISHED)
            lookup.settle(told, unknown, fetched.reasons | vanished)
        finally:
            left = set(mine) - told.keys() - set(unknown)
            self._kept.settle(token, told, unknown, left)

    def _wait_for_others(self, lookup: "_Lookup", deadline: float) -> None:
        """Until those who ask for the rest have their answers, or don't."""
        look = _FIRST_LOOK_SECONDS
        while lookup.open:
            lookup.take(self._kept.read(lookup.open))
            lookup.open = [bill_id for bill_id in lookup.open if bill_id in lookup.claimed]
            if not lookup.open or self._clock() + look > deadline:
                break
            time.sleep(look)
            look = min(2 * look, _LONGEST_LOOK_SECONDS)


class _Lookup:
    """One look-up on its way."""

    def __init__(self, bill_ids: Sequence[str]) -> None:
        self._asked = tuple(dict.fromkeys(bill_ids))
        self._told: dict[str, History] = {}
        self._unknown: set[str] = set()
        self.open = list(self._asked)
        """Bills of which there may yet be an answer."""
        self.claimed: set[str] = set()
        self.older: dict[str, History] = {}
        self.reason = OVERDUE

    def take(self, kept: Mapping[str, Kept]) -> None:
        """What is kept by now of the open bills."""
        self.claimed = {bill_id for bill_id, one in kept.items() if one.is_claimed}
        fresh = {bill_id: one.history for bill_id, one in kept.items() if one.is_fresh}
        self.older |= {
            bill_id: one.history
            for bill_id, one in kept.items()
            if one.history and not one.is_fresh
        }
        told = {bill_id: history for bill_id, history in fresh.items() if history}
        self.settle(told, fresh.keys() - told.keys(), {})

    def settle(
        self,
        told: Mapping[str, History],
        unknown: Collection[str],
        failed: Mapping[str, str],
    ) -> None:
        """Answers, and bills for which there will be none in this look-up."""
        self._told |= told
        self._unknown.update(unknown)
        self.reason = next(iter(failed.values()), self.reason)
        over = {*told, *unknown, *failed}
        self.open = [bill_id for bill_id in self.open if bill_id not in over]

    def result(self) -> Mapping[str, History]:
        """The histories. Raises SourceDown for the bills that are left."""
        settled = self._told.keys() | self._unknown
        missing = [bill_id for bill_id in self._asked if bill_id not in settled]
        if missing:
            older = {bill_id: self.older[bill_id] for bill_id in missing if bill_id in self.older}
            raise SourceDown(self.reason, unanswered=missing, had=self._told | older)
        return self._told


@contextmanager
def _down_when_it_fails(asked: Sequence[str] = ()) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise SourceDown(type(error).__name__, unanswered=asked) from error
