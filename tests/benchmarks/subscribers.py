"""The demo's subscribers, asking for exactly so many bills, and what they are answered."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache

from sms_service.domain.records import History
from sms_service.language.compose import Composer
from sms_service.language.reading import Intent, Reading, Reply, Script
from sms_service.language.style import Style
from sms_service.templates import templates_dir
from tests.support.billing import TODAY, plainly_read
from tests.support.histories import newest_bills

BILLS = (1, 3, 6, 12, 18, 24)
DAYS = "rows_with_days"
ALL_ROWS = frozenset({DAYS, "rows_with_states", "rows_without_states"})
"""Rungs with a row for every bill."""
ROWS_OR_YEARS = ALL_ROWS | {"rows_and_years"}
"""Rungs with a row for every bill, or for the newest ones and a total for each other year."""

_COMPOSER = Composer.load(templates_dir() / "sms")
_STYLE = Style(today=TODAY)
_UNLIMITED_PARTS = 30


@dataclass(frozen=True, slots=True)
class Asked:
    """One subscriber whose records begin with the bills that are asked for."""

    reading: Reading
    history: History

    def answer(self, budget_parts: int | None = None, script: Script = Script.PERSIAN) -> Reply:
        """What is sent; within the service's own budget for a history unless one is given."""
        style = _STYLE.in_script(script)
        return _COMPOSER.answer(self.reading, self.history, style, budget_parts=budget_parts)

    def shortest(self, rungs: Collection[str], script: Script = Script.PERSIAN) -> Reply:
        """The answer in the fewest parts, however many, that is of one of these rungs."""
        style = replace(_STYLE, script=script, max_parts=_UNLIMITED_PARTS)
        for parts in range(1, _UNLIMITED_PARTS + 1):
            reply = _COMPOSER.answer(self.reading, self.history, style, budget_parts=parts)
            if reply.rung in rungs:
                return reply
        raise ValueError(f"none of {', '.join(rungs)} in {_UNLIMITED_PARTS} parts")


@cache
def everybody() -> Sequence[History]:
    """Every subscriber of the demo data."""
    return tuple(plainly_read().values())


@cache
def asking_for(bills: int) -> Sequence[Asked]:
    """Those who have so many bills, each asking from the year of the first of them on."""
    cut = (newest_bills(history, bills) for history in everybody())
    return tuple(_asking_from(of.bills[0].sale_year, of) for of in cut if of is not None)


def asking_from(year: int) -> Sequence[Asked]:
    """Everybody, with all the records there are, asking from this year on."""
    return tuple(_asking_from(year, of) for of in everybody())


def _asking_from(year: int, of: History) -> Asked:
    return Asked(Reading(Intent.HISTORY, of.bill_id, from_year=year), of)
