"""Understanding a text: intent, bill, start year, and what stands in the way.

The rule above all others: another bill or another year is never read without a word. What
was not literal is noted; what could be two things is refused or left unread.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sms_service.domain.calendar import JalaliDay
from sms_service.language.context import Context
from sms_service.language.judge import Judge
from sms_service.language.names import name_to_save, saved_names
from sms_service.language.normalise import fold
from sms_service.language.numbers import MOST_BILLS, Numbers, find_bill_ids
from sms_service.language.picks import find_pick
from sms_service.language.reading import Intent, Note, Problem, Reading, Script
from sms_service.language.tokens import Token, tokenise
from sms_service.language.when import When, find_when
from sms_service.language.wish import Wish, find_wish, opinion_score, shortcut
from sms_service.language.words import Kind, Said, Vocabulary, load_vocabulary, read_words
from sms_service.language.years import FIRST_YEAR_WITH_RECORDS, Certainty, Year

__all__ = ["Rules", "Vocabulary", "load_vocabulary", "parse"]

_NOTES_IN_ORDER = tuple(Note)
_NEED_NO_BILL = frozenset({Intent.HELP, Intent.STOP, Intent.START, Intent.LIST, Intent.OPINION})
_NEED_NO_YEAR = frozenset({Intent.NEXT, Intent.SAVE, Intent.FORGET})


@dataclass(frozen=True, slots=True)
class Rules:
    """What a reading depends on beside the text and its sender."""

    today: JalaliDay
    company_code: str
    """Three digits, e.g. ``044``."""
    default_years: int
    """Years before this one from which records are told when no year was typed."""
    vocabulary: Vocabulary


class _Meant(NamedTuple):
    """The bill that a text speaks of, and how it was found."""

    bill_id: str | None = None
    note: Note | None = None
    name: str | None = None
    """What the phone calls it."""
    more: tuple[str, ...] = ()
    """Bills of other names in the same text."""


def parse(text: str, context: Context, rules: Rules) -> Reading:
    """What a text asks for. Never raises, whatever the text; time grows with its length."""
    folded = fold(text)
    tokens = tokenise(folded)
    intent = shortcut(tokens) if tokens else _wordless(folded)
    if intent in _NEED_NO_BILL:
        return Reading(intent)
    if score := _awaited_opinion(tokens, context):
        return Reading(Intent.OPINION, score=score)
    said = read_words(tokens, rules.vocabulary)
    script = _script(said) if Kind.SCRIPT in said.present else None
    judge = Judge(rules.company_code, rules.today.year)
    numbers = find_bill_ids(tokens, said.kinds, judge)
    pick = find_pick(tokens, said, numbers, len(context.offered)) if context.offered else None
    if pick is not None:
        numbers = replace(numbers, taken=numbers.taken | {pick.place})
    when = find_when(tokens, said, numbers, rules.today.year)
    wish = Wish(intent) if intent else find_wish(said, when, numbers.typed is not None)
    if script and wish.intent is None:
        return Reading(Intent.HELP, script=script)
    if wish.intent in _NEED_NO_BILL:
        return replace(_command(wish, tokens), script=script)
    if pick is not None:
        wish, when = _as_wished(wish, when, context)
        meant = _Meant(context.offered[pick.number - 1], Note.CONTEXT_BILL_ID)
    else:
        meant = _meant(wish, numbers, (tokens, said), context)
    if wish.intent in _NEED_NO_YEAR:
        when = When()
    reading = _reading(wish, numbers, when, meant, rules)
    if wish.intent is Intent.SAVE or (wish.intent is Intent.FORGET and meant.name is None):
        reading = replace(reading, name=name_to_save(text, tokens, said))
    return replace(reading, script=script) if script else reading


def _command(wish: Wish, tokens: Sequence[Token]) -> Reading:
    return Reading(
        intent=wish.intent,
        notes=(Note.SPELLING,) if wish.misspelt else (),
        score=opinion_score(tokens) if wish.intent is Intent.OPINION else None,
    )


def _awaited_opinion(tokens: Sequence[Token], context: Context) -> int | None:
    """The score of a number alone, where the last answer asked for one."""
    is_asked = context.wish is not None and context.wish.intent is Intent.OPINION
    return opinion_score(tokens) if is_asked and len(tokens) == 1 else None


def _wordless(folded: str) -> Intent | None:
    marks = folded.strip()
    if not marks or "?" in marks:
        return Intent.HELP
    return Intent.NEXT if marks == "+" else None


def _script(said: Said) -> Script | None:
    """The letters asked for; None when two kinds are named."""
    scripts = {word.script for word in said.words if word and word.kind is Kind.SCRIPT}
    return scripts.pop() if len(scripts) == 1 else None


def _as_wished(wish: Wish, when: When, context: Context) -> tuple[Wish, When]:
    """What is wanted of a picked bill: what the pick says, else what was asked before."""
    before = context.wish
    if before is None or wish.is_said:
        return (wish if wish.intent else Wish(Intent.HISTORY)), when
    if when.year is None and before.from_year is not None:
        when = replace(when, year=Year(before.from_year, Certainty.FULL))
    is_summary = before.summary and when.year is None
    return Wish(before.intent, is_said=not is_summary), when


def _meant(
    wish: Wish, numbers: Numbers, text: tuple[Sequence[Token], Said], context: Context
) -> _Meant:
    """The bill that is meant: typed, named, the last one asked for, or the only one."""
    if numbers.typed is not None:
        return _of(numbers.bill_ids)
    if context.saved and wish.intent is not Intent.SAVE:
        tokens, said = text
        names = saved_names(tokens, context.saved)
        if names or Kind.PLACE in said.present:  # a name that isn't saved is no other bill's
            return _named(names, context.saved)
    if wish.intent in (None, Intent.FORGET):
        return _Meant()
    if context.last_bill_id is not None:
        return _Meant(context.last_bill_id, Note.CONTEXT_BILL_ID)
    if len(context.registered_bill_ids) == 1:
        return _Meant(context.registered_bill_ids[0], Note.REGISTERED_BILL_ID)
    return _Meant()


def _of(bill_ids: tuple[str, ...], name: str | None = None) -> _Meant:
    return _Meant(bill_ids[0], name=name, more=bill_ids[1:]) if bill_ids else _Meant()


def _named(names: Sequence[str], saved: Mapping[str, str]) -> _Meant:
    bill_ids = tuple(dict.fromkeys(saved[name] for name in names))[:MOST_BILLS]
    return _of(bill_ids, name=names[0] if len(bill_ids) == 1 else None)


def _reading(wish: Wish, numbers: Numbers, when: When, meant: _Meant, rules: Rules) -> Reading:
    problem = numbers.problem or _problem(wish, when, meant.bill_id, rules.today.year)
    year = when.year.value if when.year else None
    is_default = wish.intent is Intent.HISTORY and year is None and meant.bill_id and not problem
    noted = {
        when.year.note if when.year else None,
        Note.DEFAULT_YEAR if is_default else None,
        Note.PADDED_BILL_ID if numbers.padded and meant.bill_id else None,
        meant.note,
        Note.SPELLING if wish.misspelt else None,
    }
    is_bare = not (wish.is_said or year is not None or when.competing or when.is_range)
    one_bill = wish.intent is Intent.BILL
    return Reading(
        intent=wish.intent,
        bill_id=meant.bill_id,
        from_year=year,
        problem=problem,
        notes=tuple(note for note in _NOTES_IN_ORDER if note in noted),
        number=numbers.typed,
        more_bill_ids=meant.more,
        summary=wish.intent is Intent.HISTORY and is_bare,
        period=when.period if one_bill else None,
        month=when.month if one_bill else None,
        name=meant.name,
    )


def _problem(wish: Wish, when: When, bill_id: str | None, this_year: int) -> Problem | None:
    if bill_id is None and wish.intent is not Intent.FORGET:
        return Problem.NO_BILL_ID
    if when.year and when.year.value > this_year:
        return Problem.FUTURE_YEAR
    if when.year and when.year.value < FIRST_YEAR_WITH_RECORDS:
        return Problem.TOO_OLD_YEAR
    return None
