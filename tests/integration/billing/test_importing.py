"""Imports as an operator meets them: repeated, partly bad, refused, failing."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from sms_service.billing.batches import BatchState, list_batches
from sms_service.billing.importing import ImportFailed, import_billing
from sms_service.billing.inputs import InputFault
from sms_service.billing.sql import SqlBillingSource
from sms_service.billing.summary import ImportOptions, Outcome, Progress, Report, Summary
from sms_service.database import make_engine, reading
from sms_service.domain.records import History
from tests.support.billing import DEMO_DATA, TODAY, hash_phone

ONE, OTHER = "1234567804423", "0012345604420"
SALES = (
    "bill_identifier,bill_serial,sale_year,sale_prd,process_status,reading_date,"
    "normal_cons,peak_cons,low_cons,bill_amt\n"
)
PAID = "bill_identifier,payment_identifier,payment_date,payment_amt,ref_code\n"
BRANCHES = "bill_identifier,total_bill_debt,payment_dead_line,mobile_number\n"


class Office:
    """An operator's desk: writes export files, imports them, asks for histories."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.source = SqlBillingSource(engine)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def bring_in(
        self, *paths: Path, options: ImportOptions | None = None, progress: Report | None = None
    ) -> Summary:
        return import_billing(
            self.engine,
            paths,
            hash_phone=hash_phone,
            today=TODAY,
            progress=progress or (lambda _progress: None),
            options=options,
        )

    def history(self, bill_id: str = ONE) -> History | None:
        return self.source.histories([bill_id]).get(bill_id)


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    folder = tmp_path / "exports"
    folder.mkdir()
    return Office(engine, folder)


def all_rows(engine: Engine) -> Mapping[str, set[tuple[object, ...]]]:
    with reading(engine) as connection:
        driver: Any = connection.connection.dbapi_connection
        return {
            name: set(driver.execute(f"SELECT * FROM {name}"))
            for name in ("bills", "payments", "branches")
        }


def test_the_demo_data_go_in_whole_and_again_without_doubling(office: Office) -> None:
    first = office.bring_in(DEMO_DATA)
    once = all_rows(office.engine)
    assert (first.outcome, first.rows, first.rejected) == (Outcome.DONE, 83_108, 0)
    assert {name: len(rows) for name, rows in once.items()} == {
        "bills": 41_743,
        "payments": 40_365,
        "branches": 1_000,
    }

    known = office.bring_in(DEMO_DATA)
    assert (known.outcome, known.batch_id) == (Outcome.KNOWN, first.batch_id)

    again = office.bring_in(DEMO_DATA, options=ImportOptions(again=True))
    assert again.outcome is Outcome.DONE
    assert all(count.written == 0 for count in again.counts.values())
    assert all_rows(office.engine) == once


def test_a_corrected_row_replaces_the_old_one(office: Office) -> None:
    office.bring_in(office.write("a.csv", f"{SALES}{ONE},007,1404,2,1,2025-07-10,10,2,3,295000\n"))
    office.bring_in(office.write("b.csv", f"{SALES}{ONE},7,04,2,-1,2025-07-10,10,2,3,۳۱۰٬۰۰۰\n"))
    history = office.history()
    assert history is not None
    assert [(bill.amount_rial, bill.rejected) for bill in history.bills] == [(310_000, True)]


def test_of_equal_keys_in_one_file_the_last_row_counts(office: Office) -> None:
    rows = "".join(f"{ONE},7,1404,2,1,2025-07-10,10,2,3,{amount}\n" for amount in (1000, 2000))
    summary = office.bring_in(office.write("a.csv", SALES + rows))
    history = office.history()
    assert history is not None
    assert [bill.amount_rial for bill in history.bills] == [2000]
    assert (summary.rows, summary.rejected) == (2, 0)


def test_a_reversal_stands_beside_its_payment_and_behind_it(office: Office) -> None:
    lines = f"{ONE},,2025-07-10,-295000,8966\n{ONE},,2025-07-10,295000,8966\n"
    office.bring_in(office.write("a.csv", PAID + lines))
    history = office.history()
    assert history is not None
    assert [payment.amount_rial for payment in history.payments] == [295_000, -295_000]


def test_payments_without_reference_codes_neither_merge_nor_double(office: Office) -> None:
    lines = f"{ONE},,2025-07-10,295000,\n{ONE},,2025-09-10,295000,\n"
    path = office.write("a.csv", PAID + lines)
    office.bring_in(path)
    office.bring_in(path, options=ImportOptions(again=True))
    history = office.history()
    assert history is not None
    assert [(one.paid_on, one.tracking) for one in history.payments] == [
        (date(2025, 7, 10), None),
        (date(2025, 9, 10), None),
    ]


def test_bad_rows_are_reported_and_the_rest_goes_in(office: Office) -> None:
    lines = (
        f"{ONE},,2025-07-10,295000,11\n"
        f"{ONE[:-1]}9,,2025-07-10,295000,12\n"
        f"{ONE},,1403/13/40,295000,13\n"
        f"{ONE},,2025-07-11,نامشخص,14\n"
        f"{ONE},,2025-07-12,1,15,16\n"
        f"{OTHER},,۱۴۰۴/۰۴/۲۰,۲۹۶٬۰۰۰,17\n"
    )
    summary = office.bring_in(office.write("paid.csv", PAID + lines))
    assert summary.outcome is Outcome.DONE
    assert [(fault.file, fault.line, fault.field, fault.reason) for fault in summary.faults] == [
        ("paid.csv", 3, "bill_identifier", "wrong_check_digit"),
        ("paid.csv", 4, "payment_date", "no_such_day"),
        ("paid.csv", 5, "payment_amt", "not_whole"),
        ("paid.csv", 6, "", "wrong_width"),
    ]
    assert (summary.rows, summary.rejected) == (6, 4)
    one, other = office.history(ONE), office.history(OTHER)
    assert one is not None
    assert other is not None
    assert [payment.tracking for payment in one.payments] == ["11"]
    assert [payment.amount_rial for payment in other.payments] == [296_000]


def test_files_without_a_usable_row_change_nothing(office: Office) -> None:
    good = office.write("a.csv", f"{PAID}{ONE},,2025-07-10,295000,11\n")
    assert office.bring_in(good, office.write("b.csv", SALES)).outcome is Outcome.DONE
    refused = office.bring_in(office.write("c.csv", f"{PAID}{ONE},,2025-07-10,x,11\n"))
    assert (refused.outcome, refused.failure) == (Outcome.REFUSED, "no row could be taken")
    assert [batch.state for batch in list_batches(office.engine)] == ["failed", "in_force"]


def test_strict_takes_all_or_nothing(office: Office) -> None:
    lines = f"{ONE},,2025-07-10,295000,11\n{ONE},,2025-07-10,x,12\n"
    path = office.write("a.csv", PAID + lines)
    summary = office.bring_in(path, options=ImportOptions(strict=True))
    assert (summary.outcome, summary.failure) == (Outcome.REFUSED, "1 of 2 rows are bad")
    assert office.history() is None
    assert [batch.state for batch in list_batches(office.engine)] == [BatchState.FAILED]


def test_a_row_of_totals_is_told_and_is_no_bad_row(office: Office) -> None:
    path = office.write("a.csv", f"{PAID}{ONE},,2025-07-10,295000,11\nجمع,,,295000,\n")
    summary = office.bring_in(path, options=ImportOptions(strict=True))
    assert (summary.outcome, summary.rows, summary.rejected) == (Outcome.DONE, 1, 0)
    assert [(fault.line, fault.reason) for fault in summary.faults] == [(3, "totals_row")]


def test_an_unreadable_phone_costs_the_phone_not_the_branch(office: Office) -> None:
    lines = f"{ONE},287400,2025-07-10,—\n{OTHER},0,,09121234567\n"
    path = office.write("a.csv", BRANCHES + lines)
    summary = office.bring_in(path, options=ImportOptions(as_of=date(2025, 7, 1)))
    assert (summary.rejected, summary.values_left_out) == (0, 1)
    history = office.history()
    assert history is not None
    assert history.branch is not None
    assert (history.branch.debt_rial, history.branch.phone_hash) == (287_400, None)
    assert office.source.bills_of_phone(hash_phone("+989121234567")) == [OTHER]


def test_the_data_go_up_to_the_newest_day_that_has_been(office: Office) -> None:
    lines = f"{ONE},,2026-11-20,1000,1\n{ONE},,2026-12-20,1000,2\n"
    summary = office.bring_in(office.write("a.csv", PAID + lines))
    assert (summary.data_as_of, summary.as_of_given) == (date(2026, 11, 20), False)
    history = office.history()
    assert history is not None
    assert history.as_of == date(2026, 11, 20)


def test_a_due_date_says_nothing_about_the_age_of_the_data(office: Office) -> None:
    path = office.write("a.csv", f"{BRANCHES}{ONE},287400,2026-11-01,\n")
    refused = office.bring_in(path)
    assert refused.outcome is Outcome.REFUSED
    told = office.bring_in(path, options=ImportOptions(as_of=date(2026, 10, 1)))
    assert (told.outcome, told.data_as_of) == (Outcome.DONE, date(2026, 10, 1))


def test_older_data_than_those_in_force_are_told(office: Office) -> None:
    office.bring_in(office.write("new.csv", f"{PAID}{ONE},,2026-11-20,1000,1\n"))
    summary = office.bring_in(office.write("old.csv", f"{PAID}{ONE},,2026-10-20,1000,2\n"))
    assert summary.goes_back
    assert summary.replaces_as_of == date(2026, 11, 20)


def test_an_import_that_breaks_off_leaves_the_old_data_and_a_failed_batch(office: Office) -> None:
    office.bring_in(office.write("a.csv", f"{PAID}{ONE},,2025-07-10,1000,1\n"))
    before = all_rows(office.engine)

    def interrupt(progress: Progress) -> None:
        if not progress.file:
            raise KeyboardInterrupt

    path = office.write("b.csv", f"{PAID}{ONE},,2025-07-10,2000,2\n")
    with pytest.raises(KeyboardInterrupt):
        office.bring_in(path, progress=interrupt)
    assert all_rows(office.engine) == before
    assert list_batches(office.engine)[0].failure == "KeyboardInterrupt"
    assert office.bring_in(path).outcome is Outcome.DONE


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (PAID.replace("payment_date,", ""), "column payment_date is missing"),
        ("name,age\n", "no known export"),
        ("", "no known export"),
    ],
)
def test_a_file_of_another_kind_is_one_line(office: Office, header: str, message: str) -> None:
    with pytest.raises(InputFault, match=rf"^a\.csv: {message}") as told:
        office.bring_in(office.write("a.csv", header))
    assert "\n" not in str(told.value)
    assert list_batches(office.engine) == []


def test_a_database_without_tables_is_one_line(database_url: str) -> None:
    engine = make_engine(database_url)
    try:
        with pytest.raises(ImportFailed, match=r"^the database failed"):
            import_billing(engine, [DEMO_DATA], hash_phone=hash_phone, today=TODAY)
    finally:
        engine.dispose()


def test_progress_ends_at_the_last_byte(office: Office) -> None:
    path = office.write("a.csv", f"{PAID}{ONE},,2025-07-10,1000,1\n")
    seen: list[Progress] = []
    office.bring_in(path, progress=seen.append)
    assert [step.file for step in seen] == ["a.csv", ""]
    assert seen[-1] == Progress("", 1, path.stat().st_size, path.stat().st_size)
