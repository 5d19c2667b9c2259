"""What was read and billed: a subscriber's bills before anybody pays."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from sms_service.simulator.subscribers.customer import Chance, Customer, Tariff
from sms_service.simulator.subscribers.span import FIRST_YEAR, Span, month_ends

ISSUED_AFTER_READING = 2
DUE_AFTER_ISSUE = 20
_CORRECTED_AFTER = 15
USUAL, REVISION = 1, 3
"""``bill_type``."""


class Metered(NamedTuple):
    """One bill, by day numbers of the span."""

    year: int
    period: int
    amount: int
    mid_kwh: int
    peak_kwh: int
    low_kwh: int
    read_from: int
    read_to: int
    issued: int
    kind: int = USUAL
    rejected: bool = False


_SEASONS = {
    Tariff.HOME: (0.7, 0.9, 1.8, 2.3, 2.4, 1.7, 0.9, 0.7, 0.8, 0.9, 0.9, 0.8),
    Tariff.TRADE: (0.8, 0.9, 1.4, 1.6, 1.6, 1.4, 0.9, 0.8, 0.9, 0.9, 0.9, 0.9),
    Tariff.PUBLIC: (0.8, 0.9, 1.3, 1.5, 1.5, 1.3, 0.9, 0.8, 0.9, 1.0, 1.0, 0.9),
    Tariff.FARM: (1.2, 1.6, 1.8, 1.8, 1.7, 1.4, 1.0, 0.5, 0.2, 0.1, 0.2, 0.6),
    Tariff.INDUSTRY: (0.8, 1.0, 1.0, 0.8, 0.8, 1.0, 1.1, 1.1, 1.1, 1.0, 1.0, 0.9),
}
"""Use against the year's average, by Jalali month."""
_RIAL_A_KWH_IN_1402 = {
    Tariff.HOME: 1600.0,
    Tariff.TRADE: 2600.0,
    Tariff.PUBLIC: 1900.0,
    Tariff.FARM: 700.0,
    Tariff.INDUSTRY: 2400.0,
}
_A_YEAR_DEARER = 1.32
_PATTERN_KWH_A_DAY = 12.0
"""A home pays half as much again for each kWh when it uses this much."""
_FEE_RIAL = 12_000
_SPREAD_OF_READINGS = 10
_MERGED, _MISSING, _NO_KWH, _NOTHING, _REISSUED, _REVISED, _SPLIT = (
    *(0.006, 0.010, 0.016, 0.017),
    *(0.0176, 0.0196, 0.0202),
)
"""Below which draw a reading is of which fate; above all of them a bill is as usual."""


def metered(who: Customer, span: Span, chance: Chance) -> list[Metered]:
    """All bills in order of period, rejected ones before those that replace them."""
    bills: list[Metered] = []
    begin = span.begin + int((span.until - span.begin) * who.joined)
    spread = 3 if who.monthly else _SPREAD_OF_READINGS
    months = 12 // who.periods
    before = 0
    for year, period in _periods(who, span):
        ends = month_ends(year)
        read_to = ends[period * months] + who.reading_day + int(chance() * spread)
        issued = read_to + ISSUED_AFTER_READING
        if issued > span.until:
            break
        fate = chance()
        if issued <= begin or not before:
            before = read_to
        elif fate >= _MERGED:
            if fate >= _MISSING:
                use = _use(who, (year, period * months), before, read_to, chance)
                bills.extend(_billed(use, fate) if fate < _SPLIT else (use,))
            before = read_to
    return [bill for bill in bills if bill.issued <= span.until]


def _periods(who: Customer, span: Span) -> Iterator[tuple[int, int]]:
    """From a year before the span, whose last reading is the first bill's previous one."""
    for year in range(max(span.first_year - 1, FIRST_YEAR), span.last_year + 1):
        for period in range(1, who.periods + 1):
            yield year, period


def _use(
    who: Customer, when: tuple[int, int], read_from: int, read_to: int, chance: Chance
) -> Metered:
    year, month = when
    season = _SEASONS[who.tariff][month - 1]
    a_day = who.kwh_a_day * season * (0.75 + 0.5 * chance())
    kwh = int(a_day * (read_to - read_from))
    peak, low = kwh * 20 // 100, kwh * 28 // 100
    price = _rial_a_kwh(who.tariff, year)
    if who.tariff is Tariff.HOME:
        price *= 1 + a_day / (2 * _PATTERN_KWH_A_DAY)
    gross = int(kwh * price) + _FEE_RIAL
    return Metered(
        year,
        month * who.periods // 12,
        gross if who.odd_rials else gross - gross % 1000,
        kwh - peak - low,
        peak,
        low,
        read_from,
        read_to,
        read_to + ISSUED_AFTER_READING,
    )


@cache
def _rial_a_kwh(tariff: Tariff, year: int) -> float:
    price = _RIAL_A_KWH_IN_1402[tariff]
    for _ in range(year, 1402):
        price /= _A_YEAR_DEARER
    for _ in range(1402, year):
        price *= _A_YEAR_DEARER
    return price


def _billed(use: Metered, fate: float) -> Sequence[Metered]:
    """The bills of a reading that something is odd about."""
    return next(bill for end, bill in _FATES if fate < end)(use)


def _empty_home(use: Metered) -> Sequence[Metered]:
    return (use._replace(amount=_FEE_RIAL, mid_kwh=0, peak_kwh=0, low_kwh=0),)


def _free_of_charge(use: Metered) -> Sequence[Metered]:
    return (use._replace(amount=0, mid_kwh=0, peak_kwh=0, low_kwh=0),)


def _reissued(use: Metered) -> Sequence[Metered]:
    """Rejected for a reading that was too high, and issued again."""
    return use._replace(amount=use.amount * 3, mid_kwh=use.mid_kwh * 3, rejected=True), use


def _revised(use: Metered) -> Sequence[Metered]:
    """Too much was billed; a revision gives a tenth of it back."""
    back = use._replace(
        amount=-(use.amount // 10_000) * 1000,
        mid_kwh=-(use.mid_kwh // 10),
        peak_kwh=0,
        low_kwh=0,
        issued=use.issued + _CORRECTED_AFTER,
        kind=REVISION,
    )
    return use, back


def _split(use: Metered) -> Sequence[Metered]:
    """Read twice in one period: two bills of it."""
    middle = (use.read_from + use.read_to) // 2
    half = Metered(
        use.year,
        use.period,
        use.amount // 2000 * 1000,
        use.mid_kwh // 2,
        use.peak_kwh // 2,
        use.low_kwh // 2,
        use.read_from,
        middle,
        middle + ISSUED_AFTER_READING,
    )
    rest = use._replace(
        amount=use.amount - half.amount,
        mid_kwh=use.mid_kwh - half.mid_kwh,
        peak_kwh=use.peak_kwh - half.peak_kwh,
        low_kwh=use.low_kwh - half.low_kwh,
        read_from=middle,
    )
    return half, rest


_FATES: Sequence[tuple[float, Callable[[Metered], Sequence[Metered]]]] = (
    (_NO_KWH, _empty_home),
    (_NOTHING, _free_of_charge),
    (_REISSUED, _reissued),
    (_REVISED, _revised),
    (_SPLIT, _split),
)
