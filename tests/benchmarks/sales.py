"""Sale records of a made-up company, as an export by period lists them: any number, seeded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

from sms_service.domain.bill_id import check_digit
from sms_service.domain.calendar import gregorian_of

HEADER = (
    "bill_identifier,bill_serial,sale_year,sale_prd,bill_type,bill_status,process_status,"
    "issue_date,prev_reading_date,reading_date,reject_date,total_days,normal_cons,peak_cons,"
    "low_cons,friday_cons,react_cons,gross_amt,bill_amt,previous_energy_debit,payment_dead_line"
)
PERIODS_A_YEAR = 6
_FIRST_YEAR, _YEARS = 1397, 8
_BILLS_EACH = PERIODS_A_YEAR * _YEARS
_SPREAD = 7_654_321
"""Odd and no multiple of five: times it, numbers below 10⁸ stay different and lie all over."""

Row = tuple[str | int | None, ...]


@dataclass(frozen=True, slots=True)
class Sale:
    """One bill: as the export has it, and as the table ``bills`` takes it, without the batch."""

    line: str
    row: Row


def sales(count: int) -> Iterator[Sale]:
    """So many bills, eight years of each subscriber, period by period, subscribers mixed."""
    chance = Random(count)
    subscribers = [_bill_id(number) for number in range(1, -(-count // _BILLS_EACH) + 1)]
    made = 0
    for period in range(_BILLS_EACH):
        year, prd = _FIRST_YEAR + period // PERIODS_A_YEAR, period % PERIODS_A_YEAR + 1
        chance.shuffle(subscribers)
        for bill_id in subscribers[: count - made]:
            made += 1
            yield _sale(chance, bill_id, year, prd, made)


def write_csv(path: Path, count: int) -> None:
    """Write them as one export."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER + "\n")
        file.writelines(sale.line + "\n" for sale in sales(count))


def _bill_id(number: int) -> str:
    digits = f"{number * _SPREAD % 10**8:08d}0442"
    return digits + str(check_digit(digits))


def _sale(chance: Random, bill_id: str, year: int, prd: int, serial: int) -> Sale:
    draw = chance.random
    read_to = gregorian_of(year, 2 * prd - 1, 1) + timedelta(int(draw() * 60))
    days = 55 + int(draw() * 12)
    read_from = read_to - timedelta(days)
    issued, due = read_to + timedelta(3), read_to + timedelta(20)
    mid, peak, low = int(draw() * 600), int(draw() * 200), int(draw() * 250)
    amount = (mid + 3 * peak + low // 2) * (900 + int(draw() * 4000)) // 1000 * 1000
    debt = int(draw() * 5_000_000) if draw() < 0.1 else 0
    rejected = draw() < 0.001
    time = "T00:00:00Z"
    line = (
        f"{bill_id},{serial},{year},{prd},1,1,{-1 if rejected else 1},{issued}{time},"
        f"{read_from}{time},{read_to}{time},,{days},{mid},{peak},{low},{low // 7},0,"
        f"{amount + 123},{amount},{debt},{due}{time}"
    )
    row = (
        *(bill_id, str(serial), year, prd, amount, mid, peak, low, days),
        *(f"{issued}", f"{read_from}", f"{read_to}", f"{due}", debt, int(rejected)),
    )
    return Sale(line, row)
