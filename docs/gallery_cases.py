"""The gallery's talks: what is sent, by whom, and which case that shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import gallery_histories as of

from sms_service.domain.bill_id import printed
from sms_service.domain.records import History
from sms_service.language.context import Context
from sms_service.language.wording import persian_digits


@dataclass(frozen=True, slots=True)
class Talk:
    """Texts that one phone sends, one after another."""

    case: str
    texts: tuple[str, ...]
    context: Context = field(default_factory=Context)
    """What the phone is known for before the first of them."""
    phone: bytes | None = None
    """Its hash, where the phone matters."""
    bills: tuple[str, ...] = ()
    """Bill IDs for which it is registered."""
    style: Mapping[str, str | int] = field(default_factory=dict)
    """The company's options, where they differ from the defaults."""
    registered_only: bool = False
    """Bills are told to their registered phones alone."""


def _one(case: str, *texts: str, **style: str | int) -> Talk:
    return Talk(case, texts, style=style)


def _id(history: History) -> str:
    return history.bill_id


def _fa(history: History) -> str:
    return persian_digits(history.bill_id)


_HOUSE, _SHOP, _FATHER = _id(of.PAID), _id(of.OVERDUE), _id(of.FATHER)
_SAVED = {"خانه": _HOUSE}
_TEN_NAMES = dict(zip("ابپتجچحخدر", of.SIXTY, strict=False))
_KNOWN = Context(last_bill_id=_id(of.DEBTOR))
_MISTYPED = f"{_HOUSE[:-1]}{(int(_HOUSE[-1]) + 3) % 10}"
_BARE = (
    _one("All bills paid", _fa(of.PAID)),
    _one("A debt that is the last bill, not due yet", _fa(of.DEBTOR)),
    _one("Overdue, two bills unpaid", _fa(of.OVERDUE)),
    _one("The last bill is paid in part", _fa(of.PART_PAID)),
    _one("Credit", _fa(of.CREDIT)),
    _one("A customer in its first period", _fa(of.NEW)),
    _one("No bills yet", _fa(of.NO_BILLS)),
    _one("Nothing was ever paid", _fa(of.NEVER_PAID)),
    _one("Data older than 45 days", _fa(of.OLD_DATA)),
    _one("Data read live: the debt has no date", _fa(of.LIVE)),
    _one("The source tells no debt", _fa(of.NOT_TOLD)),
    _one("A factory's debt in billions", _fa(of.FACTORY)),
    _one("A smelter's, longer still", _fa(of.SMELTER)),
    _one("No bill this year: last year stands for it", _fa(of.NOT_THIS_YEAR)),
    _one("In the groups of the printed bill", persian_digits(printed(_HOUSE))),
    _one("Leading zeros left out", persian_digits(_id(of.LEADING_ZERO).lstrip("0"))),
)
_HISTORIES = (
    _one("All paid: the day of each payment", f"{_fa(of.PAID_THIS_YEAR)} ۱۴۰۵"),
    _one("Six bills, the last one unpaid", f"*1*{_id(of.DEBTOR)}*1404#"),
    _one("Two unpaid and overdue", f"{_fa(of.OVERDUE)} ۱۴۰۵"),
    _one("Paid in part", f"{_fa(of.PART_PAID)} ۱۴۰۵"),
    _one("Credit", f"{_fa(of.CREDIT)} ۱۴۰۵"),
    _one("A payment that was reversed; the bill was paid again", f"{_fa(of.REVERSAL)} ۱۴۰۵"),
    _one(
        "A reversal that matches no payment: states are not told", f"{_fa(of.LOST_REVERSAL)} ۱۴۰۵"
    ),
    _one("A bill rejected and issued anew", f"{_fa(of.REISSUED)} ۱۴۰۵"),
    _one("A debt carried over from before, payments without ID", f"{_fa(of.OPENING)} ۱۴۰۴"),
    _one("One payment for two bills", f"{_fa(of.ONE_FOR_TWO)} ۱۴۰۵"),
    _one("A period missing, two periods on one bill", f"{_fa(of.GAPS)} ۱۴۰۴"),
    _one("Ten bills: days only where they are not paid", f"{_fa(of.PAID)} ۱۴۰۴"),
    _one("A home billed monthly", f"{_fa(of.MONTHLY)} ۱۴۰۵"),
    _one("A factory in billions of rial", f"{_fa(of.FACTORY)} ۱۴۰۵"),
    _one("A smelter", f"{_fa(of.SMELTER)} ۱۴۰۵"),
    _one("A factory's years", f"{_fa(of.BIG_FACTORY)} ۱۴۰۱"),
    _one("A factory's years, one fewer", f"{_fa(of.BIG_FACTORY)} ۱۴۰۲"),
    _one("A debt that is not a multiple of ten rial", f"{_fa(of.ODD_RIALS)} ۱۴۰۵"),
    _one("Nothing consumed", f"{_fa(of.EMPTY_HOME)} ۱۴۰۵"),
    _one("One bill only", f"{_fa(of.NEW)} ۱۴۰۵"),
    _one("One bill only, unpaid", f"{_fa(of.NEW_DEBTOR)} ۱۴۰۵"),
    _one("No bills yet", f"سوابق {_fa(of.NO_BILLS)}"),
    _one("Rows and branch disagree: states are not told", f"{_fa(of.DISAGREES)} ۱۴۰۵"),
    _one("The source tells no debt", f"{_fa(of.NOT_TOLD)} ۱۴۰۵"),
    _one("Data older than 45 days", f"{_fa(of.OLD_DATA)} ۱۴۰۵"),
    _one("Period 6 was read after Nowruz", f"{_fa(of.AFTER_NOWRUZ)} ۱۴۰۴"),
    _one("Two bills read in one month", f"{_fa(of.TWINS)} ۱۴۰۵"),
    _one("18 bills", f"{_fa(of.EIGHTEEN)} از سال ۱۴۰۲"),
    _one("27 years", f"{_fa(of.LONG)} ۱۳۷۹"),
    _one("No year: last year and this", f"سلام، سوابق {_fa(of.EIGHTEEN)} را بدهید"),
    _one("No year, and no bill since last year", f"سوابق {_fa(of.ENDED)}"),
    _one("No year, and an older one to send for", f"سوابق {_fa(of.AFTER_A_GAP)}"),
    _one("A short year", f"{_fa(of.DEBTOR)} ۴"),
    _one("A Gregorian year", f"{_fa(of.DEBTOR)} 2025"),
    _one("A start year before the data, room to say so", f"{_fa(of.NEW)} ۱۳۹۵"),
    _one("A start year before the data, ten bills", f"{_fa(of.PAID)} ۱۳۹۵"),
    _one("A start year before the data", f"{_fa(of.DEBTOR)} ۱۳۹۵"),
    _one("A Finglish sentence", f"salam savabegh ghabz {_id(of.DEBTOR)} az sale 1404"),
)
_READING_ON = (
    _one("18 bills, page by page to the end", f"{_fa(of.EIGHTEEN)} ۱۴۰۲", *["بعدی"] * 3),
    _one("Years before the start year remain", f"سوابق {_fa(of.EIGHTEEN)}", "بعدی", "۱۴۰۳"),
    _one("After a bare ID", _fa(of.PAID_THIS_YEAR), "بعدی", "ادامه"),
    _one("States are not told", f"{_fa(of.DISAGREES_LONG)} ۱۴۰۳", "بعدی"),
    _one("27 years: five of them", f"{_fa(of.LONG)} ۱۴۰۰", *["بعدی"] * 4),
)
_ONE_BILL = (
    _one("By month", f"شهریور ۱۴۰۵ قبض {_fa(of.PAID)}"),
    _one("By period", f"{_fa(of.DEBTOR)} ۱۴۰۵/۴"),
    _one("By month, no year: the newest", f"قبض شهریور {_fa(of.OVERDUE)}"),
    _one("Paid in part", f"قبض آبان {_fa(of.PART_PAID)}"),
    _one("Paid, by which payment is not known", f"قبض شهریور {_fa(of.PREPAID)}"),
    _one("Whether it is paid is not known", f"قبض آبان {_fa(of.DISAGREES)}"),
    _one("Consumption by band", f"{_fa(of.FACTORY)} مهر ۱۴۰۵"),
    _one("Too long with bands", f"{_fa(of.SMELTER)} شهریور ۱۴۰۵"),
    _one("No such bill", f"{_fa(of.DEBTOR)} ۱۴۰۵/۶"),
    _one("Of the bill asked for last", _fa(of.DEBTOR), "قبض تیر"),
)
_DEBTS = (
    _one("With the ID to pay by", f"بدهی {_fa(of.DEBTOR)}"),
    _one("Overdue", f"چقدر بدهکارم {_fa(of.OVERDUE)}"),
    _one("None", f"بدهی {_fa(of.PAID)}"),
    _one("Credit", f"بدهی {_fa(of.CREDIT)}"),
    _one("Not told", f"بدهی {_fa(of.NOT_TOLD)}"),
    _one("A smelter", f"بدهی {_fa(of.SMELTER)}"),
    Talk("A registered phone, no ID", ("بدهی",), phone=of.PHONE, bills=(_FATHER,)),
)
_PAYMENTS = (
    _one("A stranger: date and amount", f"پرداخت {_fa(of.PAID_THIS_YEAR)}"),
    Talk(
        "The registered phone: tracking numbers too", ("پرداخت",), phone=of.PHONE, bills=(_HOUSE,)
    ),
    _one("Going on to the end", f"پرداخت {_fa(of.EIGHTEEN)}", *["بعدی"] * 3),
    _one("None", f"پرداخت {_fa(of.NEVER_PAID)}"),
    _one("A reversal that matches no payment", f"پرداخت {_fa(of.LOST_REVERSAL)}"),
    _one("A factory", f"پرداخت {_fa(of.FACTORY)}"),
)
_SEVERAL = (
    _one("Two, both paid", f"{_fa(of.NEW)} {_fa(of.NOT_THIS_YEAR)}"),
    _one("Two", f"{_fa(of.PAID)} {_fa(of.DEBTOR)}"),
    _one("Three", f"{_fa(of.PAID)} و {_fa(of.OVERDUE)} و {_fa(of.CREDIT)}"),
    _one("One of them is unknown, of one the debt", f"{of.SIXTY[0]} {_id(of.NOT_TOLD)}"),
    _one(
        "One without bills; then the second one's history",
        f"{_fa(of.NO_BILLS)} {_fa(of.NEVER_PAID)}",
        "سوابق ۲",
    ),
    _one("Three factories", f"{_fa(of.FACTORY)} {_fa(of.SMELTER)} {_fa(of.BIG_FACTORY)}"),
)
_NAMES = (
    _one(
        "Save, ask by name, the list, forget, the name is gone",
        *(f"ذخیره خانه {_fa(of.PAID)}", "بدهی خانه", "لیست", "حذف خانه", "حذف خانه"),
    ),
    Talk(
        "Save another bill by the same name",
        (f"ذخیره خانه {_fa(of.DEBTOR)}",),
        Context(saved=_SAVED),
    ),
    _one(
        "Save and forget a name in other letters than the answer's",
        *(f"ذخیره home {_fa(of.PAID)}", "حذف home"),
    ),
    Talk("Save the bill asked for last", ("ذخیره خانه پدر",), _KNOWN),
    Talk(
        "The same, with a name so short that the old bill can be told",
        (f"ذخیره رز {_fa(of.DEBTOR)}",),
        Context(saved={"رز": _HOUSE}),
    ),
    Talk(
        "A name in other letters than the answer's", ("بدهی home",), Context(saved={"home": _HOUSE})
    ),
    Talk("History by name", ("سوابق خانه ۱۴۰۵",), Context(saved=_SAVED)),
    _one("The list of a phone without bills", "لیست"),
    _one("Save, without a name", f"ذخیره {_fa(of.PAID)}"),
    _one("Forget, without a name", "حذف"),
    Talk("Eleven names", (f"ذخیره باغ {_fa(of.PAID)}",), Context(saved=_TEN_NAMES)),
    Talk("A fourth change in a day", ("حذف خانه",), Context(saved=_SAVED, changes_today=3)),
)
_LISTS = (
    Talk("A phone with two bills", ("بدهی",), Context(), of.PHONE, (_HOUSE, _SHOP)),
    Talk(
        "A phone with several bills: pick one, the wish is kept",
        ("بدهی", "۲", "سوابق ۱۴۰۴"),
        Context(saved=_SAVED),
        of.PHONE,
        (_HOUSE, _SHOP, _FATHER),
    ),
    Talk(
        "With sixty bills: go on, pick by word; the year is kept",
        ("سوابق ۱۴۰۵", "بعدی", "سومی"),
        phone=of.PHONE,
        bills=(*of.SIXTY[:6], *of.SIXTY[9:11], _SHOP, *of.SIXTY[11:], _FATHER),
    ),
    Talk(
        "Asked for: to the end of it",
        ("لیست", "بعدی", "بعدی"),
        phone=of.PHONE,
        bills=of.SIXTY[:9],
    ),
    Talk("Two bills with the same short name", ("لیست",), phone=of.PHONE, bills=of.TWIN_NAMES),
)
_OPINIONS = (
    _one(
        "Asked of a phone that comes back, where there is room",
        _fa(of.PAID),
        f"بدهی {_fa(of.PAID)}",
        "نظر ۴",
    ),
    _one("With words", "نظر ۵ خیلی خوب بود"),
    _one("Without a score", "نظر"),
)
_COMMANDS = (
    _one("Help", "راهنما"),
    _one("A question mark", "؟"),
    _one("Stop", "لغو۱۱"),
    _one("Start", "شروع"),
)
_PROBLEMS = (
    _one("`several_bills`: four IDs", " ".join(map(_fa, (of.PAID, of.DEBTOR, of.CREDIT, of.NEW)))),
    _one("`wrong_length`: eleven digits", _fa(of.PAID)[:11]),
    _one("`bad_check_digit`: echoed in the printed groups", persian_digits(_MISTYPED)),
    _one("`other_utility`: water", of.bill_id(12347173, utility=1)),
    _one("`other_utility`: one that tables disagree on", of.bill_id(12347173, utility=8)),
    _one("`other_company`: Tehran", of.bill_id(12347173, "041")),
    _one("`other_company`: one without a name here", of.bill_id(12347173, "099")),
    _one("`no_bill_id`: small talk", "سلام خسته نباشید"),
    _one("`no_bill_id`: a year alone", "سوابق ۱۴۰۴"),
    _one("`future_year`", f"{_fa(of.PAID)} ۱۴۰۶"),
    _one("`too_old_year`", f"{_fa(of.PAID)} ۱۳۶۵"),
    _one("`unknown_bill`", persian_digits(of.SIXTY[0])),
    _one("`no_data`: none since the year", f"{_fa(of.ENDED)} ۱۴۰۵"),
    _one("`no_data`: none since the year, but a debt", f"{_fa(of.ENDED_OWING)} ۱۴۰۵"),
    _one("`no_data`: none at all", f"{_fa(of.NO_BILLS)} ۱۴۰۵"),
)
_REGISTERED = tuple(
    Talk(case, (text,), phone=of.PHONE, bills=(_HOUSE,), registered_only=True)
    for case, text in (
        ("The registered phone", f"بدهی {_HOUSE}"),
        ("Another's bill", f"بدهی {_SHOP}"),
        ("`not_allowed`: an unknown one, in the same words", f"بدهی {of.SIXTY[0]}"),
        ("Its own, another's and an unknown one", f"{_HOUSE} {_SHOP} {of.SIXTY[0]}"),
    )
)
_NEXT = ("بعدی",) * 2
_OPTIONS = (
    _one("Rial", _fa(of.DEBTOR), f"{_fa(of.DEBTOR)} ۱۴۰۴", money_unit="rial"),
    _one("ASCII digits", _fa(of.DEBTOR), f"{_fa(of.DEBTOR)} ۱۴۰۴", digits="ascii"),
    _one(
        "A last line that the sender's line demands",
        _fa(of.DEBTOR),
        f"{_fa(of.DEBTOR)} ۱۴۰۴",
        suffix="لغو۱۱",
    ),
    _one("One part at most: a history", f"{_fa(of.DEBTOR)} ۱۴۰۴", *_NEXT, max_parts=1),
    _one("One part: a new customer's history", f"{_fa(of.NEW_DEBTOR)} ۱۴۰۵", max_parts=1),
    _one(
        "One part: one bill",
        f"قبض آبان {_fa(of.DEBTOR)}",
        f"{_fa(of.FACTORY)} مهر ۱۴۰۵",
        max_parts=1,
    ),
    _one("One part: one bill of a smelter", f"قبض آبان {_fa(of.SMELTER)}", max_parts=1),
    _one(
        "One part: the same, with a suffix",
        f"قبض آبان {_fa(of.SMELTER)}",
        max_parts=1,
        suffix="لغو۱۱",
    ),
    _one(
        "One part: a bill paid in part",
        f"قبض آبان {_fa(of.HALF_PAID_SMELTER)}",
        max_parts=1,
        suffix="لغو۱۱",
    ),
    _one("One part: a smelter's history", f"سوابق {_fa(of.SMELTER)}", *_NEXT, max_parts=1),
    _one("One part: payments", f"پرداخت {_fa(of.DEBTOR)}", "بعدی", max_parts=1),
    _one("One part: payments of a smelter", f"پرداخت {_fa(of.SMELTER)}", max_parts=1),
    _one("One part: two bills", f"{_fa(of.PAID)} {_fa(of.DEBTOR)}", max_parts=1),
    _one(
        "One part: three bills", f"{_fa(of.PAID)} {_fa(of.DEBTOR)} {_fa(of.OVERDUE)}", max_parts=1
    ),
    Talk(
        "One part: a debt that fills it, by a long name",
        ("بدهی کارخانه بزرگ",),
        Context(saved={"کارخانه بزرگ": _id(of.SMELTER)}),
        style={"max_parts": 1, "suffix": "لغو۱۱"},
    ),
    _one(
        "Two parts: three bills", f"{_fa(of.PAID)} {_fa(of.DEBTOR)} {_fa(of.OVERDUE)}", max_parts=2
    ),
    _one("Two parts: a history", f"{_fa(of.DEBTOR)} ۱۴۰۴", max_parts=2),
    _one("Two parts: a credit, to the end", f"{_fa(of.CREDIT)} ۱۴۰۴", "بعدی", max_parts=2),
    _one("Two parts: a home billed monthly", f"{_fa(of.MONTHLY)} ۱۴۰۵", "بعدی", max_parts=2),
    _one("Two parts: 27 years", f"{_fa(of.LONG)} ۱۳۷۹", max_parts=2),
)

SECTIONS: Mapping[str, tuple[Talk, ...]] = {
    "A bare bill ID": _BARE,
    "A history": _HISTORIES,
    "Reading on": _READING_ON,
    "One bill in full": _ONE_BILL,
    "The debt": _DEBTS,
    "Payments": _PAYMENTS,
    "Several bills in one text": _SEVERAL,
    "Names": _NAMES,
    "The numbered list": _LISTS,
    "An opinion": _OPINIONS,
    "Help, stop, start": _COMMANDS,
    "What can't be answered": _PROBLEMS,
    "Bills for registered phones alone": _REGISTERED,
    "Options of the company": _OPTIONS,
}
LATIN: tuple[Talk, ...] = (
    _one("Asked for in Latin letters, then back", "EN", "FA"),
    _one("Summary, then the history after it", f"en {_id(of.DEBTOR)}", "badi"),
    _one("History and the next bills", f"en savabegh {_id(of.EIGHTEEN)} 1402", "badi", "badi"),
    _one("The debt", f"en bedehi {_id(of.OVERDUE)}"),
    _one(
        "Names",
        "EN",
        f"zakhire khane {_HOUSE}",
        "bedehi khane",
        f"zakhire khane {_SHOP}",
        "hazf khane",
    ),
    _one("A problem", f"en {_MISTYPED}"),
)
