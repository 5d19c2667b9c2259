"""``make fuzz``: texts of known meaning, mistyped and in noise, and how often each is misread.

A misreading is another bill, or another year, without a word: neither a problem nor a note.
``python -m tests.fuzz 300000 --seed 7`` takes so many texts, the same ones every time.
"""

import argparse
import random
import sys
from collections import Counter
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from sms_service.domain.bill_id import check_digit, is_valid
from sms_service.language.context import Context
from sms_service.language.parse import parse
from sms_service.language.reading import Note, Reading
from tests.support.reading import RULES

_KNOWN = Context(last_bill_id="9876543204426")
_SAID_OF_THE_BILL = frozenset({Note.CONTEXT_BILL_ID, Note.PADDED_BILL_ID})
_SAID_OF_THE_YEAR = frozenset({Note.SHORT_YEAR, Note.GREGORIAN_YEAR})
_WORDS = (
    *("سلام", "لطفا", "قبض", "برق", "سوابق", "ممنون", "شناسه", "من", "رو", "بفرستید", "خانم"),
    *("رضایی", "آقای", "مهر", "تیر", "دی", "بهمن", "منزل", "مغازه", "قم", "پردیسان", "واحد"),
    *("طبقه", "پلاک", "کوچه", "خیابان", "asdf", "ghabz", "salam", "mersi"),
)
_GAPS = (" ", "  ", "\n", ", ")
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Meant:
    """A text and what its sender meant by it."""

    text: str
    bill_id: str
    year: int | None


class Sender:
    """Types as people do, from a seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def text(self) -> Meant:
        """One bill, often a year, and up to two things that mean neither."""
        chance = self._chance
        bill_id = self._bill_id()
        year = chance.randrange(1385, 1406) if chance.random() < 0.7 else None
        pieces = [self._typed(bill_id), *([self._year(year)] if year else [])]
        pieces += [self._noise() for _ in range(chance.randrange(3))]
        chance.shuffle(pieces)
        return Meant(chance.choice(_GAPS).join(pieces), bill_id, year)

    def _bill_id(self) -> str:
        body = f"{self._chance.randrange(10**8):08}0442"
        return body + str(check_digit(body))

    def _typed(self, bill_id: str) -> str:
        chance = self._chance
        if chance.random() < 0.3:
            return self._with_slip(bill_id)
        in_groups = f"{bill_id[:8]} {bill_id[8:11]} {bill_id[11]} {bill_id[12]}"
        halves = f"{bill_id[:8]}-{bill_id[8:]}"
        forms = (in_groups, halves, bill_id.lstrip("0"), *[bill_id] * 6)
        return chance.choice(forms)

    def _with_slip(self, digits: str) -> str:
        """One digit changed, lost or added, or two swapped; never into another valid ID."""
        chance = self._chance
        while True:
            i, other = chance.randrange(len(digits)), chance.choice("0123456789")
            slipped = chance.choice(
                (
                    digits[:i] + other + digits[i + 1 :],
                    digits[:i] + digits[i + 1 :],
                    digits[:i] + other + digits[i:],
                    digits[:i] + digits[i : i + 2][::-1] + digits[i + 2 :],
                )
            )
            if slipped == digits or len(slipped) != len(digits) or not is_valid(slipped):
                return slipped

    def _year(self, year: int) -> str:
        forms = (f"{year}", f"سال {year}", f"از {year}", f"{year % 100:02}", f"{year + 621}")
        return self._chance.choice(forms)

    def _noise(self) -> str:
        number = self._chance.randrange
        day = f"{number(1395, 1406)}/{number(1, 13)}/{number(1, 30)}"
        return self._chance.choice(
            (
                f"09{number(10**9):09}",
                f"0912 {number(1000):03} {number(10**4):04}",
                f"025{number(10**8):08}",
                f"{number(10**4, 10**8):,} ریال",
                f"{number(1, 999)} هزار تومان",
                f"پلاک {number(1, 300)}",
                f"خیابان {number(1, 30)} {self._chance.choice(('تیر', 'مهر', 'آبان'))}",
                f"مهلت پرداخت {day}",
                f"{number(24)}:{number(60):02}",
                f"کد ملی {number(10**10):010}",
                *(" ".join(self._chance.sample(_WORDS, k=number(1, 4))) for _ in range(3)),
            )
        )


def verdict(meant: Meant, reading: Reading) -> str:
    """What became of a text, in the words of the table."""
    if reading.problem:
        return "refused"
    if reading.bill_id != meant.bill_id:
        said = not _SAID_OF_THE_BILL.isdisjoint(reading.notes)
        return "another bill, said" if said else "ANOTHER BILL"
    if reading.from_year == meant.year:
        return "right"
    if reading.from_year is None:
        return "year unread"
    said = not _SAID_OF_THE_YEAR.isdisjoint(reading.notes)
    return "another year, said" if said else "ANOTHER YEAR"


def main() -> int:
    """Read so many texts; 1 if any was misread without a word."""
    options = argparse.ArgumentParser(prog="make fuzz")
    options.add_argument("texts", type=int, nargs="?", default=200_000)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = options.parse_args()
    sender, console = Sender(given.seed), Console()
    verdicts: Counter[str] = Counter()
    for _ in range(given.texts):
        meant = sender.text()
        found = verdict(meant, parse(meant.text, _KNOWN, RULES))
        verdicts[found] += 1
        if found.isupper() and sum(n for v, n in verdicts.items() if v.isupper()) <= _SHOWN:
            console.print(repr(meant), markup=False)
    table = Table("verdict", "texts", title=f"{given.texts} texts, seed {given.seed}")
    for name, number in verdicts.most_common():
        table.add_row(name, str(number))
    console.print(table)
    return int(any(name.isupper() for name in verdicts))


if __name__ == "__main__":
    sys.exit(main())
