"""A list of bill IDs, as companies with many subscriptions bring it: read, asked, written down.

Each ID of the right form is a request of its own, with a tracking code, as if an operator
had asked for it alone; a wrong one is listed with what is wrong with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from sms_service.domain.bill_id import BILL_ID_LENGTH, BILL_ID_SHORTEST
from sms_service.domain.records import History
from sms_service.domain.states import Fulfilment
from sms_service.language.judge import Judge
from sms_service.language.normalise import fold
from sms_service.language.reading import Intent, Problem, Reading
from sms_service.service.auditing import Actor, Deed
from sms_service.service.counter import CHANNEL, Begun, CounterWords, Entry, request_key
from sms_service.service.messages import Answer, Waiting
from sms_service.service.ports import BillingSource, SourceDown

MOST = 2000
"""IDs of one list: more would keep a web process busy for too long."""
_AT_ONCE = 100
_BETWEEN = str.maketrans("", "", " -/._'\"\u200c")
_LONGEST_NUMBER = 16
_LONGEST_CELL = 80


class Fault(StrEnum):
    """What is wrong with a line, beside what is wrong with an ID (``Problem``)."""

    NO_ID = "no_id"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Listed:
    """One ID of the list as it was read."""

    line: int
    """From 1."""
    typed: str = field(repr=False)
    bill_id: str | None = field(default=None, repr=False)
    """None where it is wrong."""
    why: Problem | Fault | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one ID that was asked for."""

    listed: Listed
    code: str
    problem: Problem | None
    history: History | None = field(repr=False)


class ListBooks(Protocol):
    """The ledger, as lists need it."""

    def begin_many(self, count: int) -> list[Begun]:
        """So many new requests of this moment, of which nothing is stored yet."""

    def keep(self, entries: Sequence[Entry], deed: Deed) -> set[int] | None:
        """Store requests, answers and deed in one transaction; returns the ids of the new ones."""

    def codes_of(self, gateway: str, keys: Sequence[str]) -> Mapping[str, str]:
        """Tracking codes by key, of those that are stored."""

    def hash_phone(self, e164: str) -> bytes:
        """A keyed hash."""


def read_list(rows: Iterable[Sequence[str]], judge: Judge) -> list[Listed]:
    """The IDs of a list, in order, with the lines that hold none; empty lines are left out.

    A row may have other columns: what is an ID of ours is taken, and where nothing is, the
    first number that could have been meant as one is told as wrong. A first row without any
    number is a heading.
    """
    listed: list[Listed] = []
    seen: set[str] = set()
    for line, row in enumerate(rows, start=1):
        cells = [cell.strip() for cell in row if cell.strip()]
        for one in _read_row(line, cells, judge) if cells else ():
            if one.bill_id in seen:
                listed.append(Listed(line, one.typed, None, Fault.REPEATED))
                continue
            if one.why is Fault.NO_ID and not listed:
                continue
            listed.append(one)
            seen |= {one.bill_id} if one.bill_id else set()
    return listed


def _read_row(line: int, cells: Sequence[str], judge: Judge) -> list[Listed]:
    numbers = [(cell, digits) for cell in cells if (digits := _number(cell))]
    ours = [
        Listed(line, cell, digits.zfill(BILL_ID_LENGTH))
        for cell, digits in numbers
        if len(digits) <= BILL_ID_LENGTH and judge.is_ours(digits.zfill(BILL_ID_LENGTH))
    ]
    whole = [(cell, digits) for cell, digits in numbers if len(digits) == BILL_ID_LENGTH]
    right = {one.typed for one in ours}
    wrong = [(cell, digits) for cell, digits in whole if cell not in right]
    if not ours and not wrong:
        wrong = numbers[:1]
    told = [Listed(line, cell, None, judge.fault_of(digits)) for cell, digits in wrong]
    if not ours and not told:
        return [Listed(line, cells[0], None, Fault.NO_ID)]
    return [*ours, *told]


def _number(cell: str) -> str | None:
    """The digits of a cell that could be an ID: nothing but digits, and what parts them."""
    if len(cell) > _LONGEST_CELL:
        return None  # the beginning of a number is another number
    digits = fold(cell).translate(_BETWEEN)
    is_number = digits.isascii() and digits.isdigit()
    return digits if is_number and BILL_ID_SHORTEST <= len(digits) <= _LONGEST_NUMBER else None


@dataclass(frozen=True, slots=True)
class BillLists:
    """The use case."""

    books: ListBooks
    source: BillingSource
    words: CounterWords

    def ask(self, listed: Sequence[Listed], from_year: int, key: str, by: Actor) -> list[Found]:
        """What is known of each right ID, written down together before it is told.

        Raises SourceDown, with nothing written down, where nothing at all can be read now.
        The same list under the same key is written down once.
        """
        asked = [(one, one.bill_id) for one in listed if one.bill_id]
        had, unanswered = self._histories([bill_id for _, bill_id in asked])
        if asked and not had and len(unanswered) == len(asked):
            raise SourceDown("nothing of the list can be read", unanswered=unanswered)
        found, entries = [], []
        for (one, bill_id), begun in zip(asked, self.books.begin_many(len(asked)), strict=True):
            history = had.get(bill_id)
            problem = _problem(history, from_year, is_down=bill_id in unanswered)
            entries.append(self._entry(begun, bill_id, (from_year, problem), key))
            found.append(Found(one, begun.code, problem, history))
        new = self.books.keep(entries, _deed(by, entries)) if entries else set()
        if new is None:
            return self.ask(listed, from_year, key, by)  # a code was another's: all drawn anew
        if len(new) < len(entries):
            return self._as_stored(found, entries)
        return found

    def _as_stored(self, found: Sequence[Found], entries: Sequence[Entry]) -> list[Found]:
        """With the codes under which they were written down the first time."""
        codes = self.books.codes_of(CHANNEL, [entry.key for entry in entries])
        pairs = zip(found, entries, strict=True)
        return [replace(one, code=codes.get(entry.key, one.code)) for one, entry in pairs]

    def _histories(self, bill_ids: Sequence[str]) -> tuple[dict[str, History], set[str]]:
        had: dict[str, History] = {}
        unanswered: set[str] = set()
        for first in range(0, len(bill_ids), _AT_ONCE):
            some = bill_ids[first : first + _AT_ONCE]
            try:
                had |= self.source.histories(some)
            except SourceDown as down:
                had |= down.had
                unanswered |= set(some) - had.keys()
        return had, unanswered

    def _entry(
        self, begun: Begun, bill_id: str, asked: tuple[int, Problem | None], key: str
    ) -> Entry:
        from_year, problem = asked
        once = request_key(key, bill_id, str(from_year))
        text = self.words.text(bill_id, Intent.HISTORY, from_year)
        phone_hash = self.books.hash_phone(f"{CHANNEL}:{once}")
        waiting = Waiting(
            begun.id, begun.code, CHANNEL, "", phone_hash, text, begun.at, 0, begun.at
        )
        reading = Reading(Intent.HISTORY, bill_id, from_year, problem)
        fulfilment = Fulfilment.COMPLETE if problem is None else None
        answer = Answer(
            waiting,
            reading,
            None,
            begun.at,
            fulfilment=fulfilment,
            request=begun.id,
            shown=True,
        )
        return Entry(once, CHANNEL, answer)


def _problem(history: History | None, from_year: int, *, is_down: bool) -> Problem | None:
    if history is None:
        return Problem.SOURCE_DOWN if is_down else Problem.UNKNOWN_BILL
    has_bills = any(bill.sale_year >= from_year and not bill.rejected for bill in history.bills)
    return None if has_bills else Problem.NO_DATA


def _deed(by: Actor, entries: Sequence[Entry]) -> Deed:
    codes = [entry.answer.waiting.code for entry in entries]
    details = {"requests": len(entries), "last": codes[-1]}
    return Deed(by, "counter_list", "request", codes[0], details=details)
