"""The names under which exports bring each column, the preferred one first.

Of the national billing interface, of the exchange layout between companies (records R130
and R140 for bills, R150 for payments), and those that people write over a column by hand
where they can mean one thing only. Names are compared without regard to capitals, blanks,
underscores and marks, and whether a letter is Persian or Arabic.

A source is the column, or the columns whose sum it is, from which a value is read.
"""

from collections.abc import Mapping

Source = tuple[str, ...]
Sources = tuple[Source, ...]


def _any_of(*names: str) -> Sources:
    return tuple((name,) for name in names)


def _band(band: str, *persian: str) -> Sources:
    """A band's column, or its two of the years in which seasons were told apart."""
    return (
        (f"{band}_cons",),
        (f"warm_{band}_cons", f"cold_{band}_cons"),
        *_any_of(*persian),
    )


BILLS: Mapping[str, Sources] = {
    "bill_id": _any_of("bill_identifier", "شناسه قبض"),
    "serial": _any_of("bill_serial", "سریال قبض", "شماره سریال قبض"),
    "sale_year": _any_of("sale_year", "سال", "سال دوره"),
    "sale_period": _any_of("sale_prd", "دوره", "شماره دوره"),
    "amount_rial": _any_of("bill_amt", "مبلغ دوره"),
    "mid_kwh": _band("normal", "میان باری", "مصرف میان باری"),
    "peak_kwh": _band("peak", "اوج بار", "مصرف اوج بار"),
    "low_kwh": _band("low", "کم باری", "مصرف کم باری"),
    "days": _any_of("total_days", "تعداد روز", "تعداد روزها"),
    "issued_on": _any_of("issue_date", "تاریخ صدور"),
    "read_from": _any_of("prev_reading_date", "تاریخ قرائت قبلی"),
    "read_to": _any_of("reading_date", "تاریخ قرائت", "تاریخ قرائت فعلی"),
    "due_on": _any_of("payment_dead_line", "مهلت پرداخت", "تاریخ مهلت پرداخت"),
    "previous_debt_rial": _any_of("previous_energy_debit", "previous_energy_deb", "بدهی قبلی"),
    "rejected": _any_of("process_status", "وضعیت پردازش"),
}

EXCHANGED_BILLS: Mapping[str, Sources] = {
    "bill_id": _any_of("r401BILL_IDENTIFIER"),
    "serial": _any_of("r403BILL_SERIAL"),
    "sale_year": _any_of("r404SALE_YEAR"),
    # The period of a two-month customer may be stored as 1-12; the cycle is 1-6 then.
    "sale_period": _any_of("r406REQUEST_CYCLE", "r405REQUEST_PERIOD"),
    "amount_rial": _any_of("r412GROSS_AMOUNT"),
    "mid_kwh": _any_of("r344TOTAL_ACTIVE_USAGE"),
    "days": _any_of("r340READING_DURATION"),
    "issued_on": _any_of("r408REQUEST_DATE"),
    "read_from": _any_of("r313PREV_READING_Date"),
    "read_to": _any_of("r301READING_Date"),
    "due_on": _any_of("r439PAYMENT_DUE_DATE"),
    "previous_debt_rial": _any_of("r413PREVIOUS_ACCOUNT_BALANCE"),
    "rejected": _any_of("r445PROCESS_STATUS"),
}

PAYMENTS: Mapping[str, Sources] = {
    "bill_id": _any_of("bill_identifier", "شناسه قبض"),
    "tracking": _any_of("ref_code", "شماره پیگیری", "کد پیگیری", "کد رهگیری"),
    "amount_rial": _any_of("payment_amt", "مبلغ پرداخت", "مبلغ پرداختی", "مبلغ پرداخت شده"),
    "paid_on": _any_of("payment_date", "تاریخ پرداخت"),
    "posted_on": _any_of("process_date"),
    "payment_id": _any_of("payment_identifier", "شناسه پرداخت"),
    "bank_code": _any_of("bank_code", "کد بانک"),
    "channel": _any_of("chanel_type", "channel_type"),
}

EXCHANGED_PAYMENTS: Mapping[str, Sources] = {
    "bill_id": _any_of("r501BILL_IDENTIFIER"),
    "tracking": _any_of("r513TRACKING_NUMBER"),
    "amount_rial": _any_of("r503PAYMENT_AMOUNT"),
    "paid_on": _any_of("r504PAYMENT_DATE"),
    "posted_on": _any_of("r507PROCESS_DATE"),
    "payment_id": _any_of("r502PAYMENT_ID"),
    "bank_code": _any_of("r510BANK_CODE_FK"),
    "channel": _any_of("r512CHANNEL_TYPE_FK"),
}
STATUS_OF_PAYMENT = "r514STATUS"

BRANCHES: Mapping[str, Sources] = {
    "bill_id": _any_of("bill_identifier", "شناسه قبض"),
    "debt_rial": _any_of("total_bill_debt", "بدهی کل", "کل بدهی", "مانده بدهی"),
    "payment_id": _any_of("payment_identifier", "شناسه پرداخت"),
    "due_on": _any_of("payment_dead_line", "مهلت پرداخت", "تاریخ مهلت پرداخت"),
    "last_read_on": _any_of("last_read_date", "تاریخ آخرین قرائت"),
    "tariff": _any_of("tariff_type", "کد تعرفه"),
    "customer_type": _any_of("customer_type"),
    "phone_hash": _any_of("mobile_number", "تلفن همراه", "شماره همراه", "شماره موبایل", "موبایل"),
}
