"""The sentences that answers are measured beside: every fact, and no more parts than needed."""

from sms_service.language.parts import count
from tests.benchmarks.sentences import in_sentences
from tests.support.histories import history, paid, two_month_bill, two_monthly


def test_each_bill_is_told_with_all_its_days_and_its_exact_amount() -> None:
    older, newer = two_month_bill(1405, 2, 390, 1_650_000), two_month_bill(1405, 3, 512, 2_874_000)
    payments = [paid(older), paid(newer, amount=1_004_000)]
    assert in_sentences(history([older, newer], payments, 1_870_000)).split("\n") == [
        "مشترک گرامی، سوابق برق شما با شناسه قبض ۱۲۳۴۵۶۷۸۰۴۴۲۳ به شرح زیر است.",
        (
            "قبض دوره ۳ سال ۱۴۰۵: قرائت ۱۴۰۵/۰۶/۲۰، مصرف ۵۱۲ کیلووات ساعت، مبلغ ۲,۸۷۴,۰۰۰ ریال، "
            "مهلت پرداخت ۱۴۰۵/۰۷/۱۱، ۱,۸۷۰,۰۰۰ ریال آن پرداخت نشده است."
        ),
        (
            "قبض دوره ۲ سال ۱۴۰۵: قرائت ۱۴۰۵/۰۴/۲۰، مصرف ۳۹۰ کیلووات ساعت، مبلغ ۱,۶۵۰,۰۰۰ ریال، "
            "مهلت پرداخت ۱۴۰۵/۰۵/۱۱، در ۱۴۰۵/۰۵/۰۱ پرداخت شده است."
        ),
        "بدهی شما ۱,۸۷۰,۰۰۰ ریال است.",
    ]


def test_unpaid_bills_and_those_without_proof_say_so() -> None:
    bill = two_month_bill(1405, 3)
    assert "مهلت پرداخت ۱۴۰۵/۰۷/۱۱، پرداخت نشده است." in in_sentences(
        history([bill], (), 1_000_000)
    )
    assert "پرداخت شده است." in in_sentences(history([bill]))
    assert "وضعیت پرداخت آن معلوم نیست." in in_sentences(history([bill], debt=None))


def test_six_bills_take_no_more_than_fourteen_parts() -> None:
    bills = two_monthly(1404, 1405)[-6:]
    assert count(in_sentences(history(bills, [paid(bill) for bill in bills]))).parts <= 14
