"""Put answers together: the one way from a reading and a history to a counted text."""

from collections.abc import Iterable, Mapping

from sms_service.domain.records import History
from sms_service.language.bill_answer import bill_drafts
from sms_service.language.history_answer import history_drafts
from sms_service.language.ladder import Draft, first_that_fits, polished
from sms_service.language.parts import count, ucs2_room
from sms_service.language.problem_answer import problem_text
from sms_service.language.reading import Intent, Reading, Reply
from sms_service.language.several_answer import several_drafts
from sms_service.language.small_answers import debt_drafts, message, payments_drafts
from sms_service.language.style import Style
from sms_service.language.summary_answer import summary_drafts
from sms_service.language.voice import Voice
from sms_service.language.wording import Wording, persian_digits

__all__ = ["Composer", "Style"]

HISTORY_PARTS = 3
BILL_PARTS = 2
ONE_PART = 1


class Composer:
    """Composes every answer. Holds the wording only, so one serves a whole process."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def answer(
        self, reading: Reading, history: History, style: Style, *, registered: bool = False
    ) -> Reply:
        """The answer to a wish that can be met, within its budget of parts.

        Three parts for a history or the payments, two for one bill in full, one for the
        rest, never more than the style allows. A wish without an answer here gets the help.
        ``registered`` is whether the asking phone is the one on the branch record.
        """
        voice = Voice(self._wording, style, [history])
        if reading.intent is Intent.HISTORY and not reading.summary:
            room = _room(HISTORY_PARTS, style)
            return self._fit(history_drafts(reading, history, voice, room), HISTORY_PARTS, style)
        if reading.intent is Intent.HISTORY:
            return self._fit(summary_drafts(reading, history, voice), ONE_PART, style)
        if reading.intent is Intent.BILL:
            return self._fit(bill_drafts(reading, history, voice), BILL_PARTS, style)
        if reading.intent is Intent.DEBT:
            return self._fit(debt_drafts(reading, history, voice), ONE_PART, style)
        if reading.intent is Intent.PAYMENTS:
            drafts = payments_drafts(reading, history, voice, registered=registered)
            return self._fit(drafts, HISTORY_PARTS, style)
        return self.help(style)

    def answers(self, reading: Reading, histories: Mapping[str, History], style: Style) -> Reply:
        """Two or three bills asked for in one text: a part's worth each, in one message."""
        voice = Voice(self._wording, style, histories.values())
        bill_ids = [reading.bill_id or "", *reading.more_bill_ids]
        return self._fit(several_drafts(bill_ids, histories, voice), len(bill_ids), style)

    def problem(
        self, reading: Reading, style: Style, *, history: History | None = None, code: str = ""
    ) -> Reply:
        """Why a wish can't be met, and what to send instead. ValueError without a problem."""
        voice = Voice(self._wording, style, [])
        return self._whole(*problem_text(reading, history, voice, code), style)

    def help(self, style: Style) -> Reply:
        """What can be asked, and how."""
        return self._whole("help", message("help", self._voice(style)), style)

    def stop(self, style: Style) -> Reply:
        """Confirms that nothing will come that wasn't asked for."""
        return self._whole("stop", message("stop", self._voice(style)), style)

    def start(self, style: Style) -> Reply:
        """Confirms that news will come again."""
        return self._whole("start", message("start", self._voice(style)), style)

    def apology(self, style: Style, code: str) -> Reply:
        """For an answer that could not be had within its validity."""
        return self._whole("apology", message("apology", self._voice(style), code=code), style)

    def _voice(self, style: Style) -> Voice:
        return Voice(self._wording, style, [])

    def _fit(self, drafts: Iterable[Draft], budget: int, style: Style) -> Reply:
        chosen = first_that_fits(drafts, _room(budget, style))
        text = "\n".join(polished(chosen, _reserved(style)))
        return _reply(text, style, chosen.rung, chosen.left_out)

    def _whole(self, rung: str, text: str, style: Style) -> Reply:
        return _reply(text, style, rung, ())


def _reserved(style: Style) -> int:
    """Units that the suffix and its line feed take."""
    return len(style.suffix) + 1 if style.suffix else 0


def _room(budget: int, style: Style) -> int:
    """Units that an answer of this budget of parts may take."""
    return ucs2_room(min(budget, style.max_parts)) - _reserved(style)


def _reply(text: str, style: Style, rung: str, left_out: tuple[str, ...]) -> Reply:
    if style.suffix:
        text = f"{text}\n{style.suffix}"
    if style.digits == "persian":
        text = persian_digits(text)
    counted = count(text)
    return Reply(text, counted.units, counted.parts, counted.encoding, rung, left_out)
