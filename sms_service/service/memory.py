"""What a phone is known for after an answer, and how far its request was met."""

from dataclasses import replace

from sms_service.domain.states import Fulfilment
from sms_service.language.context import Context, Wish
from sms_service.language.cursor import Cursor, Series
from sms_service.language.reading import Intent, Reading, Reply, Script
from sms_service.service.names import saved_after
from sms_service.service.questions import Question

_ASKS_OPINION = Wish(Intent.OPINION)


def remembered(question: Question, reading: Reading, reply: Reply) -> Context:
    """The phone's context once this reply is on its way.

    Help, opinions and wishes that can't be met leave «بعدی» and the list as they were.
    """
    context = _preferences(question.context, reading, reply)
    if reply.offered:
        wish = _wish(reading, question.context) if reading.intent is not Intent.LIST else None
        return replace(context, cursor=reply.cursor, offered=reply.offered, wish=wish)
    if reading.intent is Intent.OPINION:
        return _after_opinion(context, reply)
    if reading.problem or reading.bill_id is None:
        return context
    if reading.more_bill_ids:
        several = (reading.bill_id, *reading.more_bill_ids)
        return replace(context, last_bill_id=None, cursor=None, offered=several, wish=None)
    return replace(
        context,
        last_bill_id=reading.bill_id,
        cursor=reply.cursor,
        request=_request(question, reading),
        offered=(),
        wish=_ASKS_OPINION if "opinion" in reply.fillings else None,
    )


def obeyed(context: Context, reading: Reading) -> Context:
    """The context with what a phone may always say: that it wants less, or more again."""
    if reading.intent not in (Intent.STOP, Intent.START):
        return context
    return replace(context, opted_out=reading.intent is Intent.STOP)


def _after_opinion(context: Context, reply: Reply) -> Context:
    """A number alone is awaited after the question for one, unless a list awaits it."""
    if context.offered:
        return context
    return replace(context, wish=_ASKS_OPINION if reply.rung == "opinion_how" else None)


def told_so_far(
    question: Question, reading: Reading, reply: Reply
) -> tuple[Fulfilment | None, int | None]:
    """How far a history has been told with this reply, and the request that asked for it."""
    in_a_history = reply.cursor is not None and reply.cursor.series is Series.HISTORY
    if reading.problem or reading.summary or not in_a_history:
        return None, None
    fulfilment = Fulfilment.SHORTENED if reply.left_out else Fulfilment.COMPLETE
    return fulfilment, _request(question, reading)


def _request(question: Question, reading: Reading) -> int | None:
    """«بعدی» goes on for the request that began; every other text is a request of its own."""
    context = question.context
    same_bill = reading.bill_id == context.last_bill_id
    if reading.intent is Intent.NEXT and same_bill and _has_begun(context.cursor):
        return context.request
    return question.number


def _has_begun(cursor: Cursor | None) -> bool:
    return cursor is not None and (cursor.series is not Series.HISTORY or cursor.period is not None)


def _wish(reading: Reading, context: Context) -> Wish | None:
    """What is wanted of the bill that will be picked; a list's next page keeps it."""
    if reading.intent is None or reading.intent is Intent.NEXT:
        return context.wish
    return Wish(reading.intent, reading.from_year, reading.summary)


def _preferences(context: Context, reading: Reading, reply: Reply) -> Context:
    """The context with what outlives it: letters, names, opinion and opt-out."""
    context = obeyed(context, reading)
    saved = saved_after(context, reading, reply)
    if saved is not None:
        context = replace(context, saved=saved, changes_today=context.changes_today + 1)
    if reading.script is not None:
        context = replace(context, latin=reading.script is Script.LATIN)
    if "opinion" in reply.fillings:
        context = replace(context, opinion_asked=True)
    return context
