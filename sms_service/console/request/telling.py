"""A case as the pages tell it: sentences, the agreement's clock, the bars of its timeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sms_service.domain import msisdn
from sms_service.domain.agreement import Agreement
from sms_service.domain.calendar import tehran_day
from sms_service.domain.masking import masked, shown_fields
from sms_service.sentences import sentence_of
from sms_service.service.case import Case, Hop, Sent
from sms_service.service.explaining import Explanation, explained
from sms_service.service.spans import Span, spans
from sms_service.words import Words

_LETTERS_SHOWN = 2000


@dataclass(frozen=True, slots=True)
class Clock:
    """How the request stands before the agreement of its day."""

    name: str
    """A sentence of ``[clock]``."""
    tone: str
    took: float = 0
    within: float = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What a page shows of a case. Phones and texts are masked unless ``revealed``."""

    case: Case
    explanation: Explanation
    sentence: str
    clock: Clock
    hops: Sequence[tuple[Hop, Span]]
    phone: str | None
    text: str | None
    raw: Sequence[tuple[str, str]]
    revealed: bool

    def words(self, sent: Sent) -> str | None:
        """An answer's words: they hold amounts, and numbers of bills in four digits at most."""
        return sent.text if self.revealed or sent.text is None else masked(sent.text)

    def receiver(self, sent: Sent) -> str | None:
        """Another phone that an answer went to; None for the one that asked."""
        if sent.phone is None or sent.phone == self.case.phone:
            return None
        return _number(sent.phone, revealed=self.revealed)


@dataclass(frozen=True, slots=True)
class Telling:
    """What cases are told with."""

    words: Mapping[str, Any]
    """Those of request.toml."""
    states: Words
    agreements: Sequence[Agreement]
    """Those that hold, each on its days."""


def told(case: Case, by: Telling, *, revealed: bool = False) -> Told:
    """The case as a page shows it."""
    explanation = explained(case)
    text = case.text if revealed or case.text is None else masked(case.text)
    return Told(
        case,
        explanation,
        sentence_of(explanation, by.words, by.states),
        _clock(case, by.agreements),
        list(zip(case.hops, spans([hop.at for hop in case.hops]), strict=True)),
        None if case.phone is None else _number(case.phone, revealed=revealed),
        text and text[:_LETTERS_SHOWN],
        list(shown_fields(case.raw)) if case.raw else (),
        revealed,
    )


def _clock(case: Case, agreements: Sequence[Agreement]) -> Clock:
    day = tehran_day(case.received_at)
    within = next((one.within_seconds for one in agreements if one.holds_on(day)), None)
    if within is None:
        return Clock("none", "quiet")
    took = case.answered_after
    if took is not None:
        seconds = took.total_seconds()
        is_met = seconds <= within
        return Clock("met" if is_met else "breach", "good" if is_met else "bad", seconds, within)
    passed = (case.now - case.received_at).total_seconds()
    if passed <= within:
        return Clock("runs", "moving", passed, within)
    return Clock("missed", "bad", passed, within)


def _number(e164: str, *, revealed: bool) -> str:
    national = msisdn.national(e164)
    return national if revealed else msisdn.masked(national)
