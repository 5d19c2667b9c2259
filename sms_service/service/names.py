"""The names that a phone gives its bills: at most so many, changed at most so often."""

from collections.abc import Mapping

from sms_service.domain.policy import MOST_SAVED_NAMES, NAME_CHANGES_A_DAY
from sms_service.language.compose import Composer, Style
from sms_service.language.context import Context
from sms_service.language.names import same_name
from sms_service.language.reading import Intent, Reading, Reply

_SAVED, _FORGOTTEN = "saved", "forgotten"


def name_reply(
    composer: Composer, context: Context, reading: Reading, style: Style
) -> Reply | None:
    """What a wish to save or drop a name is answered with; None when its bill is the problem."""
    known = _known(context, reading)
    if reading.intent is Intent.FORGET:
        return _forget(composer, context, reading, style)
    if reading.name is None or (reading.problem and reading.number is None):
        return composer.say("save_how", style)
    if reading.problem or reading.bill_id is None:
        return None
    if context.changes_today >= NAME_CHANGES_A_DAY:
        return _limited(composer, style)
    if known is None and len(context.saved) >= MOST_SAVED_NAMES:
        return composer.say("names_full", style, most=str(MOST_SAVED_NAMES))
    before = context.saved[known] if known else None
    return composer.saved(reading.name, reading.bill_id, before, style)


def saved_after(context: Context, reading: Reading, reply: Reply) -> Mapping[str, str] | None:
    """The phone's names once this reply is on its way; None when they don't change."""
    if reply.rung not in (_SAVED, _FORGOTTEN):
        return None
    known = _known(context, reading)
    rest = {name: bill for name, bill in context.saved.items() if name != known}
    if reply.rung == _SAVED and reading.name and reading.bill_id:
        return {**rest, reading.name: reading.bill_id}
    return rest


def _forget(composer: Composer, context: Context, reading: Reading, style: Style) -> Reply:
    known = _known(context, reading)
    if known is None:
        asked = reading.name or reading.number
        return composer.say("not_saved" if asked else "forget_how", style)
    if context.changes_today >= NAME_CHANGES_A_DAY:
        return _limited(composer, style)
    return composer.forgotten(known, style)


def _known(context: Context, reading: Reading) -> str | None:
    """The saved name that is spoken of: by itself, or by its bill ID."""
    if reading.name:
        return same_name(reading.name, context.saved)
    of_bill = (name for name, bill in context.saved.items() if bill == reading.bill_id)
    return next(of_bill, None)


def _limited(composer: Composer, style: Style) -> Reply:
    return composer.say("names_limited", style, changes=str(NAME_CHANGES_A_DAY))
