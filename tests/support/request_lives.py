"""What becomes of requests in a year of service, row by row as the service itself writes it.

Moments are whole microseconds since 1970. What would happen after ``until`` doesn't happen:
the newest requests are still on their way.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from sqlalchemy import Table

from sms_service.domain.bill_id import check_digit
from sms_service.ledger.tables import (
    events,
    inbound,
    inbound_keys,
    inbound_texts,
    opinions,
    outbound,
    outbound_texts,
    receipts,
)
from sms_service.ledger.vault import Vault

SECOND = 1_000_000
DAY = 86_400 * SECOND
LINE = "30001521"
TABLES = (
    *(inbound_keys, inbound, inbound_texts, outbound),
    *(outbound_texts, events, receipts, opinions),
)
_START_2024_MS = 1_704_067_200_000
_LOW_BITS = 22
_COPRIME = 40_692_019
"""To 90,000,000: steps by it meet every tracking code before they meet one again."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One way for a text to be understood, and how often that is so."""

    weight: float
    intent: str | None
    problem: str | None = None
    rung: str = "summary"
    fulfilment: str | None = None
    names_bill: bool = True


KINDS = (
    Kind(30, "debt"),
    Kind(21, "history", rung="rows_with_days", fulfilment="complete"),
    Kind(9, "history", rung="rows", fulfilment="shortened"),
    Kind(6, "bill", rung="bill"),
    Kind(5, "payments", rung="payments"),
    Kind(6, "next", rung="next_rows"),
    Kind(2, "help", rung="help", names_bill=False),
    Kind(1, "list", rung="list", names_bill=False),
    Kind(0.3, "stop", rung="stop", names_bill=False),
    Kind(0.1, "start", rung="start", names_bill=False),
    Kind(3, "opinion", rung="thanks", names_bill=False),
    Kind(4, None, "no_bill_id", "no_bill_id", names_bill=False),
    Kind(3, "history", "wrong_length", "wrong_length", names_bill=False),
    Kind(3, "history", "bad_check_digit", "bad_check_digit", names_bill=False),
    Kind(0.7, "history", "other_company", "other_company", names_bill=False),
    Kind(0.3, "history", "other_utility", "other_utility", names_bill=False),
    Kind(0.2, "history", "several_bills", "several_bills", names_bill=False),
    Kind(1.5, "history", "unknown_bill", "unknown_bill"),
    Kind(1.2, "history", "no_data", "no_data"),
    Kind(0.4, "history", "future_year", "future_year"),
    Kind(0.3, "history", "too_old_year", "too_old_year"),
    Kind(1, "history", "limited", "limited"),
)
CHANNELS = (("sms", 82), ("ussd", 13), ("counter", 3), ("api", 2))
ENDS = (
    *(("delivered", "kavenegar_status_10", 93.6), ("at_operator", "kavenegar_status_4", 2)),
    *(("undelivered", "kavenegar_status_11", 2.5), ("blocked", "kavenegar_status_14", 0.8)),
    *(("failed", "kavenegar_status_6", 0.5), ("refused", "kavenegar_411", 0.3)),
    *(("unresolved", "window_over", 0.15), ("expired", "validity_over", 0.1)),
    ("cancelled", "kavenegar_status_13", 0.05),
)
"""How an answer ends, why, and how often in a hundred."""
STATUS = {"delivered": 10, "at_operator": 4, "undelivered": 11, "blocked": 14, "failed": 6}
UNSENT = {"refused", "unresolved", "expired"}
PARTS = ((1, 55), (2, 25), (3, 12), (4, 8))
PART_RIAL = 1_150
ANSWER = "بدهی: ۲۴۵٬۰۰۰ تومان تا ۱۴۰۵/۰۹/۲۰\nمصرف: ۳۱۲ کیلووات‌ساعت\nآخرین پرداخت: ۱۴۰۵/۰۷/۱۱ " * 2


class Chosen:
    """Picks one of several by weight, faster than ``random.choices``."""

    def __init__(self, options: Sequence[tuple[Any, float]], chance: random.Random) -> None:
        self._options = [option for option, _ in options]
        self._bounds = list(accumulate(weight for _, weight in options))
        self._chance = chance

    def __call__(self) -> Any:
        return self._chance.choices(self._options, cum_weights=self._bounds)[0]


class People:
    """Phones and bills, some of them met far oftener than others."""

    def __init__(self, vault: Vault, size: int, chance: random.Random) -> None:
        self._vault, self._chance = vault, chance
        self.phones = max(40, size // 8)
        self.bills = max(50, size // 6)
        self._hashes: dict[int, bytes] = {}
        self._sealed: dict[str, bytes] = {}
        self.key_version = vault.seal(b"").key_version

    def any_phone(self) -> int:
        """The number of a phone; the lower, the oftener."""
        return int(self.phones * self._chance.random() ** 2)

    def any_bill(self) -> str:
        return bill_id(int(self.bills * self._chance.random() ** 1.5))

    def hash_of(self, phone: int) -> bytes:
        if phone not in self._hashes:
            self._hashes[phone] = self._vault.fingerprint(phone_number(phone))
        return self._hashes[phone]

    def sealed(self, text: str) -> bytes:
        """Sealed once however often: what it says is not what is measured."""
        if text not in self._sealed:
            self._sealed[text] = self._vault.seal(text.encode()).cipher
        return self._sealed[text]


def phone_number(number: int) -> str:
    """An E.164 mobile for each number."""
    return f"+98912{number:07}"


def bill_id(number: int) -> str:
    """A valid bill ID of company 044 for each number."""
    digits = f"{10_000_000 + number * 7 % 90_000_000}0442"
    return f"{digits}{check_digit(digits)}"


class Book:
    """The rows so far, and what is drawn for new ones."""

    def __init__(self, people: People, until: int, kept_since: int, chance: random.Random) -> None:
        """``kept_since``: texts and phones before it were erased, as retention does."""
        self.people, self.until, self.kept_since, self.chance = people, until, kept_since, chance
        self.rows: dict[Table, list[tuple[Any, ...]]] = {table: [] for table in TABLES}
        self._columns = {table: [column.name for column in table.columns] for table in TABLES}
        self._drawn = chance.randrange(90_000_000)
        self._texts = [f"{ANSWER}{mark}" for mark in range(200)]

    def id_at(self, at: int) -> int:
        """An id as ``ledger/ids.py`` draws them, at this moment."""
        self._drawn += 1
        low = self._drawn & ((1 << _LOW_BITS) - 1)
        return (at // 1000 - _START_2024_MS) << _LOW_BITS | low

    def code(self) -> str:
        self._drawn += 1
        return str(10_000_000 + self._drawn * _COPRIME % 90_000_000)

    def seconds(self, usual: float, spread: float = 0.5) -> int:
        """A duration about as long as usual, sometimes far longer."""
        return int(self.chance.lognormvariate(0, spread) * usual * SECOND)

    def put(self, table: Table, row: Row) -> None:
        self.rows[table].append(tuple(map(row.get, self._columns[table])))

    def happens(self, code: str, at: int, what: str, reason: str | None = None) -> bool:
        """Write an event; False when it lies in the future."""
        if at > self.until:
            return False
        self.put(events, {"code": code, "at": at, "what": what, "reason": reason})
        return True

    def keeps(self, at: int) -> bool:
        """Whether texts and phones of this moment aren't erased yet."""
        return at >= self.kept_since

    def answer_text(self) -> str:
        return self.chance.choice(self._texts)
