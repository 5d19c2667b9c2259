"""A question that an operator or a program asks for a subscriber: found, told, written down.

It is looked up first and written down with its answer in one transaction, so that nothing is
shown, and no SMS queued, that the ledger doesn't know. One form or call is one request,
however often it is sent.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from sms_service.domain.records import History
from sms_service.domain.states import Fulfilment
from sms_service.language.context import Context
from sms_service.language.normalise import fold
from sms_service.language.reading import Intent, Problem, Reading
from sms_service.service.auditing import Actor, Deed
from sms_service.service.desk import Finding, IfDown, Question
from sms_service.service.limiting import LimitedDesk
from sms_service.service.messages import Answer, Waiting
from sms_service.service.ports import BillingSource, Contexts, Doorbell

CHANNEL = "counter"
WISHES = (Intent.HISTORY, Intent.DEBT, Intent.PAYMENTS)
_TRIES = 3
_NEED_NO_YEAR = (Intent.DEBT,)


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked, for whom, and where the answer goes."""

    key: str
    """One key is one request."""
    text: str = field(repr=False)
    """The canonical words, see ``CounterWords``."""
    wish: Intent
    by: Actor
    phone: str | None = field(default=None, repr=False)
    """E.164: the answer goes there by SMS. None: it is shown to whoever asks."""
    gateway: str = CHANNEL
    """Whose keys they are: the counter's forms or the API's calls."""
    obeys_limits: bool = False
    """Whether the phone's limits hold, as they do for programs; an operator answers for it."""


@dataclass(frozen=True, slots=True)
class Begun:
    """Drawn from the ledger for a new request."""

    id: int
    code: str
    at: datetime
    """Now, by the ledger's clock."""


@dataclass(frozen=True, slots=True)
class Known:
    """This key was asked with before."""

    code: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A request with its answer, to be written down."""

    key: str
    gateway: str
    answer: Answer
    left_for: str | None = None
    """Why the workers answer it, by SMS; None: this is its answer."""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of an order."""

    code: str
    reading: Reading
    finding: Finding | None = None
    """None: the workers will answer it, as soon as they can."""
    history: History | None = field(default=None, repr=False)
    repeated: bool = False

    @property
    def is_down(self) -> bool:
        """Whether the billing data can't be read now: nothing was told."""
        return self.finding is None or self.finding.reading.problem is Problem.SOURCE_DOWN


def request_key(*parts: str) -> str:
    """The key of a request out of a form's or a call's own key and all that it asks.

    The same form that is sent twice is one request; one that was changed in between is two.
    """
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:48]


class CounterBooks(Protocol):
    """The ledger, as the counter needs it."""

    def begin(self, gateway: str, key: str) -> Begun | Known:
        """A new request, of which nothing is stored yet; or the one with this key."""

    def keep(self, entries: Sequence[Entry], deed: Deed) -> set[int] | None:
        """Store requests, answers and deed in one transaction; returns the ids of the new ones.

        None, and nothing stored: a phone was answered meanwhile by somebody else.
        """

    def hash_phone(self, e164: str) -> bytes:
        """The keyed hash under which a phone is found."""


class CounterWords:
    """The canonical words of what is asked, out of the templates."""

    def __init__(self, phrases: Mapping[str, str]) -> None:
        """``phrases`` by wish, with ``{bill}`` and ``{year}``."""
        self._phrases = phrases

    def text(self, typed: str, wish: Intent, from_year: int | None) -> str:
        """What a phone would text to ask the same of the bill whose ID was typed."""
        digits = "".join(one for one in fold(typed) if one.isascii() and one.isdigit())
        year = "" if from_year is None or wish in _NEED_NO_YEAR else str(from_year)
        return self._phrases[wish].format(bill=digits, year=year).strip()


@dataclass(frozen=True, slots=True)
class Counter:
    """The use case."""

    books: CounterBooks
    desk: LimitedDesk
    contexts: Contexts
    doorbell: Doorbell
    words: CounterWords
    validity: timedelta

    def read(self, typed: str, wish: Intent, from_year: int | None) -> tuple[str, Reading]:
        """The canonical words, and how they are understood; its problem says what to correct."""
        text = self.words.text(typed, wish, from_year)
        return text, self.desk.desk.read(Question(text))

    def fault(self, reading: Reading) -> str | None:
        """What an SMS would say is wrong with the question itself; None: it can be asked."""
        if reading.problem is None and reading.bill_id:
            return None
        desk = self.desk.desk
        wrong = replace(reading, problem=reading.problem or Problem.NO_BILL_ID)
        return desk.composer.problem(wrong, desk.style(desk.today())).text

    def ask(self, order: Order) -> Told:
        """Find the answer, and write request and answer down together."""
        for _ in range(_TRIES):
            begun = self.books.begin(order.gateway, order.key)
            if isinstance(begun, Known):
                return self._again(order, begun.code)
            told, entry = self._found(order, begun)
            stored = self.books.keep([entry], _deed(order, begun.code))
            if stored is not None:
                return self._done(order, told) if stored else self._again(order, None)
        begun = self.books.begin(order.gateway, order.key)
        if isinstance(begun, Known):
            return self._again(order, begun.code)
        told, entry = self._left(order, begun, "overtaken")
        self.books.keep([entry], _deed(order, begun.code))
        return self._done(order, told)

    def look(self, text: str, code: str) -> Told:
        """The answer to what was asked and written down before; counts nothing."""
        source = OneLook(self.desk.desk.source)
        question = Question(text, code=code, if_down=IfDown.APOLOGISE, at_counter=True)
        (finding,) = replace(self.desk.desk, source=source).answer([question])
        return Told(code, finding.reading, finding, source.had.get(finding.reading.bill_id or ""))

    def _again(self, order: Order, code: str | None) -> Told:
        if code is None:
            known = self.books.begin(order.gateway, order.key)
            if isinstance(known, Begun):
                raise RuntimeError("a request that was stored isn't there")
            code = known.code
        if order.phone is None:
            return replace(self.look(order.text, code), repeated=True)
        return Told(code, self.desk.desk.read(Question(order.text)), repeated=True)

    def _found(self, order: Order, begun: Begun) -> tuple[Told, Entry]:
        source = OneLook(self.desk.desk.source)
        desk = replace(self.desk.desk, source=source)
        waiting = self._waiting(order, begun)
        if order.phone is None:
            before = Context()
            (finding,) = desk.answer([_question(order, waiting, before, IfDown.APOLOGISE)])
            answer = _shown(waiting, finding, self.validity)
        else:
            before = self.contexts.recall([waiting.phone_hash]).get(waiting.phone_hash, Context())
            asked = _question(order, waiting, before, IfDown.WAIT)
            (finding,) = replace(self.desk, desk=desk).batch().answer([asked])
            if finding.reading.problem is Problem.SOURCE_DOWN:
                return self._left(order, begun, "source_down")
            answer = _sent(waiting, before, finding, self.validity)
        history = source.had.get(finding.reading.bill_id or "")
        told = Told(begun.code, finding.reading, finding, history)
        return told, Entry(order.key, order.gateway, answer)

    def _left(self, order: Order, begun: Begun, why: str) -> tuple[Told, Entry]:
        """Left to the workers: they answer by SMS as soon as they can."""
        waiting = self._waiting(order, begun)
        reading = self.desk.desk.read(Question(order.text))
        answer = Answer(waiting, reading, None, begun.at + self.validity)
        told = Told(begun.code, reading)
        return told, Entry(order.key, order.gateway, answer, left_for=why)

    def _waiting(self, order: Order, begun: Begun) -> Waiting:
        phone_hash = self.books.hash_phone(order.phone or f"{order.gateway}:{order.key}")
        return Waiting(
            begun.id,
            begun.code,
            CHANNEL,
            order.phone or "",
            phone_hash,
            order.text,
            begun.at,
            0,
            begun.at,
            promised=not order.obeys_limits,
        )

    def _done(self, order: Order, told: Told) -> Told:
        if order.phone is not None:
            self.doorbell.ring("lookup" if told.finding is None else "deliver")
        return told


class OneLook:
    """A billing source that keeps what it told: the read-out needs more of it than a text."""

    def __init__(self, source: BillingSource) -> None:
        self._source = source
        self.had: dict[str, History] = {}

    def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
        """As the source tells them. Raises SourceDown."""
        found = self._source.histories(bill_ids)
        self.had.update(found)
        return found

    def bills_of_phone(self, phone_hash: bytes) -> Sequence[str]:
        """As the source tells them. Raises SourceDown."""
        return self._source.bills_of_phone(phone_hash)


def _question(order: Order, row: Waiting, context: Context, if_down: IfDown) -> Question:
    return Question(
        order.text,
        row.phone_hash if order.phone else None,
        context,
        row.code,
        row.id,
        row.received_at,
        if_down,
        promised=not order.obeys_limits,
        at_counter=order.phone is None,
    )


def _shown(waiting: Waiting, finding: Finding, validity: timedelta) -> Answer:
    reading = finding.reading
    told_whole = reading.problem is None and reading.intent is Intent.HISTORY
    return Answer(
        waiting,
        reading,
        None,
        waiting.claimed_at + validity,
        fulfilment=Fulfilment.COMPLETE if told_whole else None,
        request=waiting.id,
        shown=True,
    )


def _sent(waiting: Waiting, before: Context, finding: Finding, validity: timedelta) -> Answer:
    return Answer(
        waiting,
        finding.reading,
        finding.reply,
        waiting.claimed_at + validity,
        before,
        finding.context,
        finding.fulfilment,
        finding.request,
        finding.limit,
    )


def _deed(order: Order, code: str) -> Deed:
    goes = "shown" if order.phone is None else "phone"
    return Deed(order.by, "counter_ask", "request", code, details={"goes": goes, "of": order.wish})
