"""What people ask in the tests, and the one right answer to each."""

from collections.abc import Sequence
from itertools import cycle

from sms_service.language.normalise import clean
from sms_service.service.desk import Question
from sms_service.wiring import Parts
from tests.support.small_billing import BILL_IDS
from tests.support.texting import Text, new_text

_MESSAGES = [f"{bill_id} {year}".strip() for year in ("1404", "1405", "") for bill_id in BILL_IDS]


class Questions:
    """Texts about the small billing's bills, each with the answer that the service owes."""

    def __init__(self, parts: Parts) -> None:
        """``parts`` over a database that is filled already."""
        self._parts = parts
        findings = parts.desk.answer([Question(message) for message in _MESSAGES])
        self._answers = {
            message: finding.reply.text
            for message, finding in zip(_MESSAGES, findings, strict=True)
            if finding.reply
        }
        if len(set(self._answers.values())) < len(_MESSAGES):
            raise ValueError("two of the questions have one answer: a mix-up wouldn't show")
        self._next = cycle(_MESSAGES)

    def new_texts(self, number: int) -> list[Text]:
        """Questions from ever new phones about changing bills."""
        messages: Sequence[str] = [next(self._next) for _ in range(number)]
        return [new_text(message, self._answers[message]) for message in messages]

    def new_text(self, message: str) -> Text:
        """A text of one's own words, from a new phone."""
        reply = self._parts.desk.answer([Question(clean(message))])[0].reply
        return new_text(message, reply.text if reply else "")
