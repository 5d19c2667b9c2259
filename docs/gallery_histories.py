"""Subscribers made up by hand for the gallery: each shows one thing that data can hold.

Their bill IDs pass the check digit and name company 044; nobody's are meant.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sms_service.domain.bill_id import check_digit, make_payment_id
from sms_service.domain.calendar import JalaliDay, gregorian_of, month_length
from sms_service.domain.money import Rial
from sms_service.domain.records import Bill, Branch, History, Payment

TODAY = gregorian_of(1405, 9, 2)
YESTERDAY = TODAY - timedelta(days=1)
PHONE = b"a registered phone"

_USE = (248, 390, 512, 479, 245, 255)
"""kWh of a home's six periods: much in summer, when coolers run."""
_MONTHLY_USE = (118, 130, 188, 202, 260, 252, 250, 229, 120, 125, 122, 133)
_TRACKING = 896_700_105_287
_DUE = (1405, 9, 12)


def bill_id(file_number: int, company: str = "044", utility: int = 2) -> str:
    """A bill ID of thirteen digits that passes its check digit."""
    body = f"{file_number:08d}{company}{utility}"
    return f"{body}{check_digit(body)}"


def bill(
    when: tuple[int, int], kwh: int, rial: int | None = None, read: JalaliDay | None = None
) -> Bill:
    """A bill of two months, read on the 20th of the last one unless told otherwise."""
    year, period = when
    read_to = gregorian_of(*(read or (year, 2 * period, 20)))
    return Bill(
        serial=f"{year}{period:02d}",
        sale_year=year,
        sale_period=period,
        amount_rial=Rial(_price(kwh) if rial is None else rial),
        mid_kwh=kwh,
        days=60,
        issued_on=read_to + timedelta(days=2),
        read_from=read_to - timedelta(days=60),
        read_to=read_to,
        due_on=read_to + timedelta(days=22),
    )


def home(first: tuple[int, int], last: tuple[int, int] = (1405, 4)) -> list[Bill]:
    """A home's bills of two months each, a little less of them in earlier years."""
    return [
        bill((year, period), _USE[period - 1] - 9 * (1405 - year) + (year * period) % 7)
        for year in range(first[0], last[0] + 1)
        for period in range(1, 7)
        if first <= (year, period) <= last
    ]


def monthly(first: tuple[int, int], last: tuple[int, int], *, scale: int = 1) -> list[Bill]:
    """Bills of one month each; ``scale`` makes a factory of the home."""
    told: list[Bill] = []
    for year in range(first[0], last[0] + 1):
        for month in range(1, 13):
            if not first <= (year, month) <= last:
                continue
            kwh = scale * (_MONTHLY_USE[month - 1] - 3 * (1405 - year)) + scale // 7
            read = JalaliDay(year, month, month_length(year, month) - 1)
            one = bill((year, 1), kwh, _price(kwh // scale) * scale, read)
            begin = gregorian_of(year, month, 1)
            serial = f"{year}{month:02d}"
            told.append(one._replace(serial=serial, sale_period=month, days=30, read_from=begin))
    return told


def in_bands(one: Bill) -> Bill:
    """The bill with its consumption told by band."""
    peak, low = one.mid_kwh // 5, one.mid_kwh // 4
    return one._replace(mid_kwh=one.mid_kwh - peak - low, peak_kwh=peak, low_kwh=low)


def paid(one: Bill, after: int = 12, rial: int | None = None, *, linked: bool = True) -> Payment:
    """A payment of this bill so many days after its issue, by its payment ID unless unlinked."""
    amount = one.amount_rial if rial is None else rial
    on = min((one.issued_on or TODAY) + timedelta(days=after), YESTERDAY)
    payment_id = payment_id_of(one, amount) if linked else None
    tracking = str(_TRACKING + 7919 * one.sale_period + one.sale_year + after)
    return Payment(on, Rial(amount), payment_id, tracking=tracking)


def payment_id_of(one: Bill, rial: int, whose: str = "0") -> str:
    """The payment ID by which this much of a bill is paid."""
    return make_payment_id(whose, Rial(abs(rial)), one.sale_year, one.sale_period)


def each_paid(bills: Iterable[Bill]) -> list[Payment]:
    """Every bill paid in full, after a different number of days."""
    return [paid(one, 5 + (7 * number) % 17) for number, one in enumerate(bills)]


def history(  # noqa: PLR0913  # a case names what it is about
    file_number: int,
    bills: Sequence[Bill],
    payments: Sequence[Payment] = (),
    debt: int | None = 0,
    *,
    due: tuple[int, int, int] | None = None,
    as_of: date | None = YESTERDAY,
    agrees: bool = True,
    phone: bytes | None = None,
) -> History:
    """A subscriber whose first bill carries over what makes the rows add up to the debt."""
    told, whose = list(bills), bill_id(file_number)
    if told and agrees and debt is not None:
        counting = [one for one in told if not one.rejected]
        billed = sum(one.amount_rial for one in counting)
        opening = debt - billed + sum(payment.amount_rial for payment in payments)
        first = told.index(counting[0])
        told[first] = told[first]._replace(previous_debt_rial=Rial(opening))
    owes = told and debt is not None and debt > 0
    branch = Branch(
        debt_rial=None if debt is None else Rial(debt),
        payment_id=payment_id_of(told[-1], debt, whose) if owes and debt else None,
        due_on=gregorian_of(*due) if due else None,
        phone_hash=phone,
    )
    by_day = sorted(payments, key=lambda payment: payment.paid_on)
    return History(whose, tuple(told), tuple(by_day), branch, as_of)


def _price(kwh: int) -> int:
    """Rial, in whole thousands: the more is used, the dearer it is."""
    return round((2200 * kwh + 4 * kwh * kwh) / 1000) * 1000


def _owed(bills: Iterable[Bill]) -> int:
    return sum(one.amount_rial for one in bills)


_TEN = home((1404, 1))
_SIX = home((1404, 5))
_FOUR = home((1405, 1))

PAID = history(12347173, _TEN, each_paid(_TEN), phone=PHONE)
PAID_THIS_YEAR = history(12348021, _FOUR, each_paid(_FOUR))
DEBTOR = history(23456204, _SIX, each_paid(_SIX[:-1]), _owed(_SIX[-1:]), due=_DUE)
OVERDUE = history(23451366, _SIX, each_paid(_SIX[:-2]), _owed(_SIX[-2:]), due=(1405, 8, 11))
CREDIT = history(34569147, _SIX, [*each_paid(_SIX), paid(_SIX[-1], 9, 1_500_000)], -1_500_000)
PART_PAID = history(
    34560428,
    _SIX,
    [*each_paid(_SIX[:-1]), paid(_SIX[-1], 6, 1_000_000)],
    _owed(_SIX[-1:]) - 1_000_000,
    due=_DUE,
)
NO_BILLS = history(45671935, [])
NEW = history(45673310, _FOUR[-1:], each_paid(_FOUR[-1:]))
NEW_DEBTOR = history(45678852, _FOUR[-1:], [], _owed(_FOUR[-1:]), due=_DUE)
OLD_DATA = history(
    56782490, _TEN[:-1], each_paid(_TEN[:-1]), as_of=gregorian_of(1405, 7, 1), due=_DUE
)
LIVE = history(56784613, _SIX, each_paid(_SIX[:-1]), _owed(_SIX[-1:]), due=_DUE, as_of=None)
NOT_TOLD = history(67895071, _SIX, each_paid(_SIX), None)
DISAGREES = history(67899238, _SIX, each_paid(_SIX[:-2]), 3_120_000, agrees=False)

DISAGREES_LONG = history(67893547, home((1403, 1)), each_paid(_SIX), 3_120_000, agrees=False)
PREPAID = history(67890816, _SIX, [paid(_SIX[0], 3, _owed(_SIX), linked=False)])
LEADING_ZERO = history(347628, _SIX, each_paid(_SIX))

_WRONG = paid(_SIX[3], 6)
REVERSAL = history(
    78906154,
    _SIX,
    [
        *each_paid(_SIX),
        _WRONG,
        _WRONG._replace(paid_on=_WRONG.paid_on + timedelta(days=2), amount_rial=Rial(-_WRONG[1])),
    ],
)
LOST_REVERSAL = history(
    78903706,
    _SIX,
    [*each_paid(_SIX), paid(_SIX[3], 20, -450_000, linked=False)],
    450_000,
    due=_DUE,
)
_REISSUED = _SIX[3]._replace(
    serial="wrong", rejected=True, mid_kwh=1390, amount_rial=Rial(9_870_000)
)
REISSUED = history(89014825, [*_SIX[:3], _REISSUED, *_SIX[3:]], each_paid(_SIX))
_LOOSE = [paid(one, 15, linked=False) for one in _SIX[:-1]]
_ARREARS = paid(_SIX[0], 1, 640_000, linked=False)
OPENING = history(89010347, _SIX, [_ARREARS, *_LOOSE], _owed(_SIX[-1:]), due=_DUE)
_BOTH = [paid(_SIX[-2], 67, _owed(_SIX[-2:]))]
ONE_FOR_TWO = history(90127590, _SIX, [*each_paid(_SIX[:-2]), *_BOTH])
_MERGED = [
    *_TEN[2:5],
    _TEN[6]._replace(days=120, mid_kwh=530, amount_rial=Rial(2_289_000)),
    *_TEN[8:],
]
GAPS = history(90124082, _MERGED, each_paid(_MERGED))
_AFTER_NOWRUZ = [*_SIX[:1], bill((1404, 6), 251, None, JalaliDay(1405, 1, 6)), *_SIX[2:]]
AFTER_NOWRUZ = history(13572617, _AFTER_NOWRUZ, each_paid(_AFTER_NOWRUZ))
_TWINS = [
    *_FOUR[:1],
    bill((1405, 2), 402, None, JalaliDay(1405, 6, 3)),
    bill((1405, 3), 377, None, JalaliDay(1405, 6, 28)),
    *_FOUR[3:],
]
TWINS = history(13574299, _TWINS, each_paid(_TWINS))
_ZERO = [bill((1405, 2), 0, 42_000), bill((1405, 3), 0, 42_000), *_FOUR[3:]]
EMPTY_HOME = history(24688364, _ZERO, each_paid(_ZERO))
_ODD = [one._replace(amount_rial=Rial(one.amount_rial + 7)) for one in _FOUR]
ODD_RIALS = history(24681752, _ODD, each_paid(_ODD[:-1]), _owed(_ODD[-1:]), due=_DUE)

_MONTHS = monthly((1405, 1), (1405, 8))
MONTHLY = history(35792541, _MONTHS, each_paid(_MONTHS))
_PLANT = [in_bands(one) for one in monthly((1405, 3), (1405, 8), scale=2100)]
FACTORY = history(35795836, _PLANT, each_paid(_PLANT[:-1]), _owed(_PLANT[-1:]), due=(1405, 9, 10))

_EIGHTEEN = home((1402, 5))
EIGHTEEN = history(46805903, _EIGHTEEN, each_paid(_EIGHTEEN))
_YEARS = home((1379, 1))
LONG = history(46801178, _YEARS, each_paid(_YEARS[:-1]), _owed(_YEARS[-1:]), due=_DUE)
_MONTHLY_YEARS = monthly((1401, 1), (1405, 8), scale=2100)
BIG_FACTORY = history(
    57916420, _MONTHLY_YEARS, each_paid(_MONTHLY_YEARS[:-1]), _owed(_MONTHLY_YEARS[-1:])
)
ENDED = history(57913384, home((1402, 1), (1403, 6)), each_paid(home((1402, 1), (1403, 6))))
_LATE_YEAR = home((1403, 1), (1404, 6))
ENDED_OWING = history(57913392, home((1402, 1), (1403, 6)), [], 500_000, due=(1404, 1, 20))
_GAP = [*home((1402, 1), (1402, 6)), *home((1405, 3))]
AFTER_A_GAP = history(68024411, _GAP, each_paid(_GAP))
NOT_THIS_YEAR = history(68022709, _LATE_YEAR, each_paid(_LATE_YEAR))
FATHER = history(68027561, _SIX, each_paid(_SIX[:-1]), _owed(_SIX[-1:]), due=_DUE, phone=PHONE)
NEVER_PAID = history(79134093, _FOUR[-2:], [], _owed(_FOUR[-2:]), due=(1405, 7, 11))
_HUGE = [in_bands(one) for one in monthly((1405, 5), (1405, 8), scale=90_000)]
SMELTER = history(79137845, _HUGE, each_paid(_HUGE[:-1]), _owed(_HUGE[-1:]), due=(1405, 9, 10))

HALF_PAID_SMELTER = history(
    79135563,
    _HUGE,
    [*each_paid(_HUGE[:-1]), paid(_HUGE[-1], 1, 13_579_013_570)],
    _owed(_HUGE[-1:]) - 13_579_013_570,
)

SIXTY = tuple(bill_id(20_000_000 + 137 * number) for number in range(1, 59))
"""Bills of a building's manager, of which no data are needed until one is picked."""
TWIN_NAMES = (bill_id(11110500), bill_id(22220500))
"""Two bills whose short names are the same."""
