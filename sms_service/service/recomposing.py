"""An answer written anew: what was asked, told of today's data, without acting on it again."""

import logging
from dataclasses import dataclass, replace
from datetime import date

from sms_service.domain.calendar import tehran_day
from sms_service.language.context import Context
from sms_service.language.reading import Intent, Note, Problem, Reading
from sms_service.service.desk import Desk, Finding, Parse
from sms_service.service.ports import Contexts
from sms_service.service.questions import IfDown, Question
from sms_service.service.resend_terms import Attempt, Refusal, Standing

log = logging.getLogger(__name__)

_TELLS_OF_A_BILL = (Intent.HISTORY, Intent.BILL, Intent.DEBT, Intent.PAYMENTS, Intent.NEXT)
_ACTS_ON_THE_PHONE = (Intent.SAVE, Intent.FORGET)
_TELLS_NO_DATA = (
    *_ACTS_ON_THE_PHONE,
    *(Intent.HELP, Intent.STOP, Intent.START, Intent.OPINION),
)
_OF_THE_YEAR = (Problem.FUTURE_YEAR, Problem.TOO_OLD_YEAR)


@dataclass(frozen=True, slots=True)
class Recomposed:
    """A finding that has a reply."""

    finding: Finding
    instead: bool = False


@dataclass(frozen=True, slots=True)
class Recomposing:
    """Writes the answers of requests anew."""

    desk: Desk
    contexts: Contexts

    def fresh(self, asked: Standing, phone_hash: bytes) -> Recomposed | Refusal:
        """What this phone is told today of what was asked.

        To a phone that didn't ask it is told as if that phone had asked: what isn't for it by
        the company's policy isn't told.
        """
        is_other = phone_hash != asked.phone_hash
        if asked.intent in _ACTS_ON_THE_PHONE:
            return Refusal.ONLY_OLD_TEXT
        if is_other and (asked.bill_id is None or asked.intent not in _TELLS_OF_A_BILL):
            return Refusal.NOT_FOR_ANOTHER
        if asked.text is None and _rebuilt(asked) is None:
            return Refusal.NO_QUESTION
        known = self.contexts.recall([asked.phone_hash, phone_hash])
        context = replace(
            _as_it_was(asked, known.get(asked.phone_hash, Context())),
            latin=known.get(phone_hash, Context()).latin,
            opinion_asked=True,
        )
        finding = self._found(self.desk, asked, phone_hash, context)
        if isinstance(finding, Refusal):
            return finding
        is_other_wish = asked.intent is not None and finding.reading.intent is not asked.intent
        return Recomposed(finding, instead=is_other_wish)

    def unchanged(self, asked: Standing, old: Attempt) -> Finding | Refusal:
        """The finding that gives the old words still; else why it isn't known that one does.

        Today's data are told as on the day on which the old answer was written. The very same
        words come of it only when nothing that they tell has changed since: days pass, and
        with them what is written about them, but no amount, no payment, no reading.
        """
        if asked.intent in _TELLS_NO_DATA:
            return Finding(Reading(asked.intent), old.reply)
        # Counted back, since a setting may fix the day that the desk takes for today.
        day = self.desk.today() - (tehran_day(asked.now) - tehran_day(old.created_at))
        known = self.contexts.recall([asked.phone_hash]).get(asked.phone_hash, Context())
        context = _as_it_was(asked, known)
        if "opinion" in old.reply.fillings:
            context = replace(
                context, last_bill_id=asked.bill_id, opinion_asked=False, opted_out=False
            )
        else:
            context = replace(context, opinion_asked=True)
        desk = replace(self.desk, today=lambda: day)
        finding = self._found(desk, asked, asked.phone_hash, context)
        if isinstance(finding, Refusal):
            return finding
        is_same = finding.reply is not None and finding.reply.text == old.reply.text
        return finding if is_same else Refusal.DATA_CHANGED

    def _found(
        self, desk: Desk, asked: Standing, phone_hash: bytes, context: Context
    ) -> Finding | Refusal:
        """A finding with a reply; else why there is none."""
        is_other = phone_hash != asked.phone_hash
        question = Question(
            asked.text or "",
            phone_hash,
            context,
            asked.code,
            asked.inbound_id,
            asked.received_at,
            IfDown.WAIT,
            at_counter=asked.channel == "counter" and not is_other,
        )
        parse = _as_read_then(desk.parse, asked)
        if is_other:
            parse = _without_names(parse)
        try:
            finding = replace(desk, parse=parse).answer([question])[0]
        except Exception as error:  # what a request was given up for must not break its page
            return _broken(asked, error)
        is_down = finding.reading.problem is Problem.SOURCE_DOWN
        return Refusal.SOURCE_DOWN if is_down or finding.reply is None else finding


def _broken(asked: Standing, error: Exception) -> Refusal:
    # Its message could hold the text or the phone; what kind it was can't.
    kind, named = type(error).__name__, {"request": asked.code}
    log.error("an answer can't be written anew: %s", kind, extra=named)
    return Refusal.ERROR


def _as_it_was(asked: Standing, now: Context) -> Context:
    """What the phone is known for, as far as it was when it asked: its names, and the bill
    that its text left unsaid. Where its later answers ended has nothing to do with it."""
    bills = (asked.bill_id,) if asked.bill_id else ()
    return Context(
        last_bill_id=asked.bill_id if Note.CONTEXT_BILL_ID in asked.notes else None,
        registered_bill_ids=bills if Note.REGISTERED_BILL_ID in asked.notes else (),
        saved=now.saved,
        latin=now.latin,
        opted_out=now.opted_out,
    )


def _as_read_then(parse: Parse, asked: Standing) -> Parse:
    """Reads the text as it was read when it came.

    What depended on a moment that is over (a number picked from a list, a year that has
    become another by its two digits) is taken from the record of that reading.
    """
    rebuilt = _rebuilt(asked)

    def read(text: str, context: Context, today: date) -> Reading:
        reading = parse(text, context, today)
        was = asked.intent, asked.bill_id, asked.from_year
        is_as_then = (reading.intent, reading.bill_id, reading.from_year) == was
        goes_on = asked.intent is Intent.NEXT
        if rebuilt is None or (is_as_then and asked.text is not None and not goes_on):
            return reading
        return replace(rebuilt, script=reading.script)

    return read


def _rebuilt(asked: Standing) -> Reading | None:
    """The reading by its record alone; None where that doesn't tell enough.

    The record doesn't hold which bill of a year was asked for, nor where «ادامه» went on:
    the history stands in for both.
    """
    if asked.bill_id is None:
        return Reading(asked.intent) if asked.intent in (Intent.HELP, Intent.LIST) else None
    if asked.intent not in _TELLS_OF_A_BILL:
        return None
    stands_in = asked.intent in (Intent.BILL, Intent.NEXT)
    first = asked.attempts[0].reply if asked.attempts else None
    problem = asked.problem if asked.problem in _OF_THE_YEAR else None
    return Reading(
        Intent.HISTORY if stands_in else asked.intent,
        asked.bill_id,
        asked.from_year,
        problem,
        summary=asked.intent is Intent.HISTORY
        and first is not None
        and "history" in first.left_out,
    )


def _without_names(parse: Parse) -> Parse:
    """What one phone calls a bill is none of another's business."""

    def read(text: str, context: Context, today: date) -> Reading:
        return replace(parse(text, context, today), name=None)

    return read
