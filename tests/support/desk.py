"""A real desk over histories held in memory."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

from sms_service.domain.calendar import jalali_of
from sms_service.domain.money import Rial
from sms_service.domain.records import Bill, Branch, History
from sms_service.language.compose import Composer, Style
from sms_service.language.context import Context
from sms_service.language.parse import Rules, Vocabulary, load_vocabulary, parse
from sms_service.language.reading import Reading
from sms_service.service.desk import Desk
from sms_service.service.ports import SourceDown
from sms_service.templates import templates_dir
from tests.support.ledger import BILL

TODAY = date(2026, 11, 23)
_BILL = Bill(
    "1", 1405, 4, Rial(1_535_000), 161, 61, 70, 60, date(2026, 11, 5), date(2026, 9, 1), TODAY
)
HISTORY = History(BILL, (_BILL,), (), Branch(Rial(1_535_000), "153550420", TODAY), TODAY)


class FakeSource:
    """Histories in memory; ``down`` makes every look-up fail."""

    def __init__(
        self,
        *histories: History,
        down: bool = False,
        phones: Mapping[bytes, Sequence[str]] | None = None,
    ) -> None:
        self._histories = {history.bill_id: history for history in histories or (HISTORY,)}
        self._down = down
        self._phones = phones or {}
        self.asked: list[list[str]] = []

    def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
        if self._down:
            raise SourceDown("switched off", unanswered=bill_ids)
        self.asked.append(list(bill_ids))
        return {one: self._histories[one] for one in bill_ids if one in self._histories}

    def bills_of_phone(self, phone_hash: bytes) -> Sequence[str]:
        if self._down:
            raise SourceDown("switched off")
        return self._phones.get(phone_hash, ())


@cache
def _words() -> Vocabulary:
    return load_vocabulary((templates_dir() / "sms" / "vocabulary.toml").read_text("utf-8"))


@cache
def _composer() -> Composer:
    return Composer.load(templates_dir() / "sms")


def desk(source: FakeSource) -> Desk:
    """A desk with the real language, on a fixed day."""

    def read(text: str, context: Context, today: date) -> Reading:
        return parse(text, context, Rules(jalali_of(today), "044", 1, _words()))

    return Desk(source, read, _composer(), lambda today: Style(today=today), lambda: TODAY)
