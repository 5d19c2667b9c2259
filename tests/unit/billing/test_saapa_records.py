"""Records of the interface made into histories, with each of its traps."""

from collections.abc import Mapping
from datetime import date

import pytest

from sms_service.billing.saapa_records import RecordReader, Unreadable
from sms_service.domain.calendar import gregorian_of
from sms_service.domain.records import History
from tests.support.billing import hash_phone

BILL_ID = "0012345604420"
OTHER = "1234567804423"
SALE = {
    "bill_identifier": BILL_ID,
    "bill_serial": "25571",
    "sale_year": "1401",
    "sale_prd": "4",
    "process_status": "1",
    "issue_date": "2022-11-20T00:00:00Z",
    "prev_reading_date": "2022-09-15T00:00:00Z",
    "reading_date": "2022-11-18T00:00:00Z",
    "total_days": "64",
    "normal_cons": "326",
    "peak_cons": "124",
    "low_cons": "142",
    "friday_cons": "18",
    "bill_amt": "1167000",
    "previous_energy_debit": "5000",
}
PAID = {
    "bill_identifier": BILL_ID,
    "payment_identifier": "30001251",
    "payment_date": "2022-12-01T00:00:00Z",
    "process_date": "2022-12-02T00:00:00Z",
    "payment_amt": "1167000",
    "bank_code": "51",
    "ref_code": "896696379088",
    "chanel_type": "7",
}
BRANCH = {
    "bill_identifier": BILL_ID,
    "payment_identifier": "",
    "total_bill_debt": "-3997",
    "payment_dead_line": "2026-10-06T00:00:00Z",
    "last_read_date": "2026-09-14T00:00:00Z",
    "tariff_type": "1",
    "customer_type": "1",
    "mobile_number": "09358786385",
    "subscription_id": "9905",
    "contract_demand": "4",
    "customer_name": "canary-name",
    "national_code": "canary-code",
    "service_add": "canary-address",
}

reader = RecordReader(hash_phone)


def read(
    *sales: Mapping[str, str],
    paid: tuple[Mapping[str, str], ...] = (),
    branch: tuple[Mapping[str, str], ...] = (),
) -> History | None:
    return reader.history(BILL_ID, sales, paid, branch)


def told(
    *sales: Mapping[str, str],
    paid: tuple[Mapping[str, str], ...] = (),
    branch: tuple[Mapping[str, str], ...] = (),
) -> History:
    history = read(*sales, paid=paid, branch=branch)
    assert history is not None
    return history


PLAIN = told(SALE, paid=(PAID,), branch=(BRANCH,))


def test_every_field_finds_its_place() -> None:
    [bill], [payment], branch = PLAIN.bills, PLAIN.payments, PLAIN.branch
    assert bill == (
        *("25571", 1401, 4, 1_167_000, 326, 124, 142, 64),
        *(date(2022, 11, 20), date(2022, 9, 15), date(2022, 11, 18), None, 5000, False),
    )
    assert payment == (
        *(date(2022, 12, 1), 1_167_000, "30001251", date(2022, 12, 2)),
        *("896696379088", "51", "7"),
    )
    assert branch is not None
    assert (branch.debt_rial, branch.tariff, branch.payment_id) == (-3997, 1, None)
    assert branch.phone_hash == hash_phone("+989358786385")
    assert PLAIN.as_of is None


def test_no_name_code_address_or_phone_leaves_the_reader() -> None:
    said = repr(PLAIN)
    assert "canary" not in said
    assert "9358786385" not in said.replace(repr(hash_phone("+989358786385")), "")


@pytest.mark.parametrize(
    "changes",
    [
        {"bill_identifier": "12345604420"},
        {"bill_identifier": "۱۲۳۴۵۶۰۴۴۲۰"},
        {"bill_identifier": "12345604420.0"},
        {"bill_amt": "1167000.00"},
        {"bill_amt": "1,167,000"},
        {"bill_amt": "1,166,999.6"},
        {"bill_amt": "۱٬۱۶۷٬۰۰۰"},
        {"sale_year": "01"},
        {"sale_year": "۱۴۰۱"},
        {"issue_date": "1401/08/29"},
        {"issue_date": "01/08/29"},
        {"issue_date": "۱۴۰۱/۰۸/۲۹"},
        {"issue_date": "14010829"},
        {"issue_date": "2022-11-20"},
        {"issue_date": "20221120"},
        {"issue_date": "2022-11-20T00:00:00"},
        {"total_days": "64.0"},
    ],
)
def test_every_spelling_means_the_same(changes: dict[str, str]) -> None:
    assert gregorian_of(1401, 8, 29) == date(2022, 11, 20)
    assert told(SALE | changes, paid=(PAID,), branch=(BRANCH,)) == PLAIN


def test_the_old_names_mean_the_same() -> None:
    old = {name: value for name, value in SALE.items() if not name.endswith("_cons")}
    old["previous_energy_deb"] = old.pop("previous_energy_debit")
    old |= {"warm_normal_cons": "300", "cold_normal_cons": "26", "warm_peak_cons": "124"}
    old |= {"cold_low_cons": "142", "warm_low_cons": ""}
    assert told(old, paid=(PAID,), branch=(BRANCH,)) == PLAIN


def test_a_rejected_bill_is_marked_however_that_is_said() -> None:
    assert told(SALE | {"process_status": "-1"}).bills[0].rejected
    unsaid = {name: value for name, value in SALE.items() if name != "process_status"}
    assert not told(unsaid).bills[0].rejected
    assert told(unsaid | {"reject_date": "2022-11-22"}).bills[0].rejected


def test_a_record_of_another_bill_is_left_out() -> None:
    strange_sale = SALE | {"bill_identifier": OTHER, "bill_serial": "9"}
    strange_payment = PAID | {"bill_identifier": OTHER, "ref_code": "1"}
    strange_branch = BRANCH | {"bill_identifier": OTHER, "total_bill_debt": "7"}
    history = told(
        strange_sale, SALE, paid=(PAID, strange_payment), branch=(BRANCH, strange_branch)
    )
    assert history == PLAIN


def test_an_answer_of_strangers_alone_is_no_answer() -> None:
    with pytest.raises(Unreadable):
        read(SALE | {"bill_identifier": OTHER}, branch=(BRANCH,))


def test_nameless_payments_are_taken_unless_strangers_stand_among_them() -> None:
    nameless = {name: value for name, value in PAID.items() if name != "bill_identifier"}
    assert told(SALE, paid=(nameless,), branch=(BRANCH,)) == PLAIN
    with pytest.raises(Unreadable):
        read(SALE, paid=(nameless, PAID | {"bill_identifier": OTHER}), branch=(BRANCH,))


def test_repeated_records_count_once_and_a_reversal_stands_beside_its_payment() -> None:
    untracked = PAID | {"ref_code": ""}
    back = PAID | {"payment_amt": "-1167000"}
    history = told(SALE, SALE, paid=(PAID, PAID, untracked, untracked, back), branch=(BRANCH,) * 2)
    assert history.bills == PLAIN.bills
    assert sorted(one.amount_rial for one in history.payments) == [-1_167_000, 1_167_000, 1_167_000]
    assert history.branch == PLAIN.branch


@pytest.mark.parametrize(
    "zeroed",
    [
        {"bill_identifier": "0", "total_bill_debt": "0"},
        {"bill_identifier": BILL_ID, "subscription_id": "0", "contract_demand": "0"},
        {"bill_identifier": BILL_ID, "subscription_id": "۰", "contract_demand": "0.0"},
    ],
)
def test_a_zeroed_record_is_an_unknown_bill(zeroed: dict[str, str]) -> None:
    assert read(branch=(zeroed,)) is None
    assert read(zeroed, branch=(zeroed,)) is None


def test_nothing_at_all_is_an_unknown_bill() -> None:
    assert read() is None


def test_one_of_the_three_is_enough_to_know_a_bill() -> None:
    assert told(SALE).branch is None
    assert told(branch=(BRANCH,)).bills == ()
    assert told(paid=(PAID,)).payments == PLAIN.payments


@pytest.mark.parametrize("name", ["bill_serial", "sale_year", "bill_amt", "normal_cons"])
@pytest.mark.parametrize("value", ["", "?", "1" * 30])
def test_without_what_an_answer_needs_nothing_is_told(name: str, value: str) -> None:
    with pytest.raises(Unreadable) as raised:
        read(SALE | {name: value})
    assert BILL_ID not in str(raised.value)


def test_a_wrong_old_debt_is_not_taken_for_none() -> None:
    with pytest.raises(Unreadable):
        read(SALE | {"previous_energy_debit": "?"})


def test_what_an_answer_can_do_without_may_be_wrong() -> None:
    history = told(
        SALE | {"total_days": "many", "issue_date": "2022-02-30"},
        paid=(PAID | {"bank_code": "بانک", "payment_identifier": "x"},),
        branch=(BRANCH | {"tariff_type": "?", "mobile_number": "none"},),
    )
    assert (history.bills[0].days, history.bills[0].issued_on) == (None, None)
    assert (history.payments[0].bank_code, history.payments[0].payment_id) == (None, None)
    assert history.branch is not None
    assert (history.branch.tariff, history.branch.phone_hash) == (None, None)
