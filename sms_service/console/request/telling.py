"""A case as the pages tell it: sentences, the agreement's clock, the bars of its timeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sms_service.domain import msisdn
from sms_service.domain.masking import masked, shown_fields
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


def told(case: Case, words: Mapping[str, Any], states: Words, *, revealed: bool = False) -> Told:
    """The case as a page shows it."""
    explanation = explained(case)
    text = case.text if revealed or case.text is None else masked(case.text)
    return Told(
        case,
        explanation,
        sentence_of(explanation, words, states),
        _clock(case),
        list(zip(case.hops, spans([hop.at for hop in case.hops]), strict=True)),
        None if case.phone is None else _number(case.phone, revealed=revealed),
        text and text[:_LETTERS_SHOWN],
        list(shown_fields(case.raw)) if case.raw else (),
        revealed,
    )


def sentence_of(explanation: Explanation, words: Mapping[str, Any], states: Words) -> str:
    """The one Persian sentence; ``words``: those of request.toml."""
    wording = words["now"][explanation.name]
    known = explanation.facts
    reason = states.reason(known.get("reason"))
    facts = {
        "why": words["why"].format(reason=reason) if reason else "",
        "gateway": states.reason(known.get("gateway")) or words["any_gateway"],
        "limit": states.reason(known.get("limit")) or "",
        "problem": states.reason(known.get("problem")) or "",
        "first": known.get("first", ""),
    }
    say = wording["say"].format(**facts)
    step = words["do_erased"] if explanation.is_erased else wording.get("do")
    form = words["joined"] if step else words["alone"]
    return str(form.format(say=say, do=step))


def _clock(case: Case) -> Clock:
    within = case.within_seconds
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
