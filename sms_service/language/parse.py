"""Understanding a text: intent, bill, start year, and what stands in the way.

The rule above all others: another bill or another year is never read without a word. What
was not literal is noted; what could be two things is refused or left unread.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sms_service.domain.calendar import JalaliDay
from sms_service.language.judge import Judge
from sms_service.language.normalise import fold
from sms_service.language.numbers import Numbers, find_bill_ids
from sms_service.language.reading import Context, Intent, Note, Problem, Reading
from sms_service.language.tokens import Token, tokenise
from sms_service.language.when import When, find_when
from sms_service.language.wish import (
    Wish,
    find_wish,
    opinion_score,
    possible_names,
    shortcut,
)
from sms_service.language.words import Said, Vocabulary, load_vocabulary, read_words
from sms_service.language.years import FIRST_YEAR_WITH_RECORDS

__all__ = ["Rules", "Vocabulary", "load_vocabulary", "parse"]

_NOTES_IN_ORDER = tuple(Note)
_NEED_NO_BILL = frozenset({Intent.HELP, Intent.STOP, Intent.START, Intent.LIST, Intent.OPINION})


@dataclass(frozen=True, slots=True)
class Rules:
    """What a reading depends on beside the text and its sender."""

    today: JalaliDay
    company_code: str
    """Three digits, e.g. ``044``."""
    default_years: int
    """Years before this one from which records are told when no year was typed."""
    vocabulary: Vocabulary


def parse(text: str, context: Context, rules: Rules) -> Reading:
    """What a text asks for. Never raises, whatever the text; time grows with its length."""
    folded = fold(text)
    tokens = tokenise(folded)
    intent = shortcut(tokens) if tokens else _wordless(folded)
    if intent in _NEED_NO_BILL:
        return Reading(intent)
    said = read_words(tokens, rules.vocabulary)
    judge = Judge(rules.company_code, rules.today.year)
    numbers = find_bill_ids(tokens, said.kinds, judge)
    when = find_when(tokens, said, numbers, rules.today.year)
    wish = Wish(intent) if intent else find_wish(said, when, numbers.typed is not None)
    if wish.intent in _NEED_NO_BILL:
        return _command(wish, tokens)
    bill_id, source = _bill(wish, numbers, tokens, said, context)
    reading = _reading(wish, numbers, when, bill_id, source, rules)
    if wish.intent in (Intent.SAVE, Intent.FORGET):
        names = possible_names(tokens, said)
        return replace(reading, name=names[0] if names else None)
    return reading


def _command(wish: Wish, tokens: Sequence[Token]) -> Reading:
    return Reading(
        intent=wish.intent,
        notes=(Note.SPELLING,) if wish.misspelt else (),
        score=opinion_score(tokens) if wish.intent is Intent.OPINION else None,
    )


def _wordless(folded: str) -> Intent | None:
    marks = folded.strip()
    if not marks or "?" in marks:
        return Intent.HELP
    return Intent.NEXT if marks == "+" else None


def _bill(
    wish: Wish,
    numbers: Numbers,
    tokens: Sequence[Token],
    said: Said,
    context: Context,
) -> tuple[str | None, Note | None]:
    """The bill that is meant: typed, named, the last one asked for, or the only one."""
    if numbers.typed is not None:
        return (numbers.bill_ids[0] if numbers.bill_ids else None), None
    if context.saved:
        for name in possible_names(tokens, said):
            if name in context.saved:
                return context.saved[name], None
    if wish.intent in (None, Intent.FORGET):
        return None, None
    if context.last_bill_id is not None:
        return context.last_bill_id, Note.CONTEXT_BILL_ID
    if len(context.registered_bill_ids) == 1:
        return context.registered_bill_ids[0], Note.REGISTERED_BILL_ID
    return None, None


def _reading(
    wish: Wish,
    numbers: Numbers,
    when: When,
    bill_id: str | None,
    source: Note | None,
    rules: Rules,
) -> Reading:
    problem = numbers.problem or _problem(wish, when, bill_id, rules.today.year)
    year = when.year.value if when.year else None
    is_default = wish.intent is Intent.HISTORY and year is None and bill_id and not problem
    noted = {
        when.year.note if when.year else None,
        Note.DEFAULT_YEAR if is_default else None,
        Note.PADDED_BILL_ID if numbers.padded and bill_id else None,
        source,
        Note.SPELLING if wish.misspelt else None,
    }
    is_bare = not (wish.is_said or year is not None or when.competing or when.is_range)
    one_bill = wish.intent is Intent.BILL
    return Reading(
        intent=wish.intent,
        bill_id=bill_id,
        from_year=year,
        problem=problem,
        notes=tuple(note for note in _NOTES_IN_ORDER if note in noted),
        number=numbers.typed,
        more_bill_ids=numbers.bill_ids[1:],
        summary=wish.intent is Intent.HISTORY and is_bare,
        period=when.period if one_bill else None,
        month=when.month if one_bill else None,
    )


def _problem(wish: Wish, when: When, bill_id: str | None, this_year: int) -> Problem | None:
    if bill_id is None and wish.intent is not Intent.FORGET:
        return Problem.NO_BILL_ID
    if when.year and when.year.value > this_year:
        return Problem.FUTURE_YEAR
    if when.year and when.year.value < FIRST_YEAR_WITH_RECORDS:
        return Problem.TOO_OLD_YEAR
    return None
