"""One message's way of speaking: its day, its one unit of money, its names for things."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from sms_service.domain.bill_id import short_name
from sms_service.domain.calendar import jalali_of
from sms_service.domain.money import Rial, Scale, exact_scale
from sms_service.domain.records import History
from sms_service.language.reading import Note, Reading
from sms_service.language.style import Style
from sms_service.language.wording import Wording
from sms_service.language.years import GREGORIAN_OFFSET

TIGHT = ""
LOOSE = " "


class Voice:
    """Speaks of one or more histories in one message."""

    def __init__(
        self,
        wording: Wording,
        style: Style,
        histories: Iterable[History] = (),
        *,
        asks_opinion: bool = False,
    ) -> None:
        self.wording = wording
        self.style = style
        self.asks_opinion = asks_opinion
        """Whether there may be a question what the phone thinks of the answer."""
        self.this_year = jalali_of(style.today).year
        debts = [debt_of(history) or Rial(0) for history in histories]
        self.scale: Scale = exact_scale(style.money_unit, debts)
        self.unit = wording.unit(self.scale)

    def exact(self, amount: Rial) -> str:
        """An exact amount, grouped; ValueError when it isn't whole in this message's unit."""
        return self.wording.number(self.scale.exact(amount), grouped_from=0)

    def amount(self, amount: Rial) -> str:
        """An amount to the nearest unit of this message, grouped."""
        return self.wording.number(self.scale.rounded(amount), grouped_from=0)

    def day(self, day: date, gap: str = TIGHT) -> str:
        """A day by its Jalali name, with its year unless that is this one."""
        return self.wording.day(jalali_of(day), self.this_year, gap=gap)

    def debt_lines(self, history: History, gap: str = TIGHT) -> list[str]:
        """What is owed now: always the first words of an answer, exact and dated."""
        debt = debt_of(history)
        say = self.wording.say
        if debt is None:
            return [say("debt_not_told")]
        as_of = self.day(history.as_of, gap) if history.as_of else None
        if debt > 0:
            return [say("debt", amount=self.exact(debt), unit=self.unit, day=as_of)]
        if debt == 0:
            return [say("no_debt", day=as_of)]
        credit = self.exact(Rial(-debt))
        return [say("no_debt", day=as_of), say("credit", amount=credit, unit=self.unit)]

    def due_lines(self, history: History, gap: str = TIGHT) -> list[str]:
        """Until when the debt is to be paid; nothing where nothing is owed or known."""
        branch = history.branch
        if branch is None or branch.due_on is None or (branch.debt_rial or 0) <= 0:
            return []
        overdue = branch.due_on < self.style.today
        return [self.wording.say("due", day=self.day(branch.due_on, gap), overdue=overdue)]

    def warning_lines(self, history: History) -> list[str]:
        """A line when the data are old."""
        oldest_fresh = self.style.today - timedelta(days=self.style.data_old_after_days)
        if history.as_of is None or history.as_of >= oldest_fresh:
            return []
        return [self.wording.say("old_data")]

    def note_lines(self, reading: Reading, from_year: int | None) -> list[str]:
        """What was understood, where the text did not say it literally; one line."""
        said = [*self._bill_notes(reading), *self._year_notes(reading, from_year)]
        return [" ".join(said)] if said else []

    def short_note_lines(self, reading: Reading) -> list[str]:
        """Which bill it is, in the fewest words, where the text did not say it literally."""
        if not self.note_lines(reading, None):
            return []
        return [self.wording.say("this_bill", name=short_name(reading.bill_id or ""))]

    def can_say(self, name: str) -> bool:
        """Whether a phone's own name for a bill can stand in this message's letters."""
        return self.wording.letters.issuperset(name)

    def _bill_notes(self, reading: Reading) -> Iterator[str]:
        if reading.name and reading.bill_id and self.can_say(reading.name):
            bill = short_name(reading.bill_id)
            yield self.wording.say("named_bill", name=reading.name, bill=bill)
            return
        for note, sentence in _BILL_NOTES.items():
            if note in reading.notes and reading.bill_id:
                yield self.wording.say(sentence, name=short_name(reading.bill_id))
                return
        if reading.name and reading.bill_id:
            yield self.wording.say("this_bill", name=short_name(reading.bill_id))

    def _year_notes(self, reading: Reading, from_year: int | None) -> Iterator[str]:
        if from_year is None:
            return
        year = str(from_year)
        if Note.GREGORIAN_YEAR in reading.notes:
            gregorian = str(from_year + GREGORIAN_OFFSET)
            yield self.wording.say("from_gregorian_year", year=year, gregorian=gregorian)
        elif Note.SHORT_YEAR in reading.notes or reading.from_year is None:
            yield self.wording.say("from_year", year=year)


_BILL_NOTES = {
    Note.PADDED_BILL_ID: "padded_bill",
    Note.CONTEXT_BILL_ID: "same_bill",
    Note.REGISTERED_BILL_ID: "registered_bill",
}


def debt_of(history: History) -> Rial | None:
    """The branch's figure; None when the source doesn't say."""
    return history.branch.debt_rial if history.branch else None
