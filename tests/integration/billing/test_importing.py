"""Imports as an operator meets them: repeated, partly bad, refused, failing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.pool import Pool

from sms_service.billing.batches import BatchState, list_batches
from sms_service.billing.importing import ImportFailed, import_billing
from sms_service.billing.inputs import InputFault
from sms_service.billing.summary import ImportOptions, Outcome, Progress, Step
from sms_service.database import make_engine, reading, writing
from tests.support.billing import DEMO_DATA, TODAY, hash_phone
from tests.support.changed_export import write_changed
from tests.support.office import (
    BRANCHES,
    IMAGES,
    ONE,
    OTHER,
    PAID,
    SALES,
    TABLES,
    Office,
    all_rows,
    halted,
)

NOT_THIS_ONE = "pid <> pg_backend_pid()"


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    folder = tmp_path / "exports"
    folder.mkdir()
    return Office(engine, folder)


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
        if progress.step is Step.WRITING:
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
    size = path.stat().st_size
    assert seen[0] == Progress(Step.READING, "a.csv", 1, size, size)
    assert list(dict.fromkeys((one.step, one.what) for one in seen)) == [
        (Step.READING, "a.csv"),
        (Step.ORDERING, "payments"),
        (Step.WAITING, ""),
        (Step.COMPARING, "payments"),
        (Step.WRITING, "payments"),
        (Step.CLOSING, ""),
    ]


@pytest.mark.parametrize("step", list(Step))
def test_whatever_step_it_is_cancelled_in_nothing_has_changed(office: Office, step: Step) -> None:
    office.bring_in(office.write("a.csv", f"{PAID}{ONE},,2025-07-10,1000,1\n"))
    before = all_rows(office.engine, TABLES + IMAGES)

    def cancel(progress: Progress) -> None:
        if progress.step is step:
            raise RuntimeError("the operator has had second thoughts")

    path = office.write("b.csv", f"{PAID}{ONE},,2025-07-11,1000,1\n{ONE},,2025-07-10,2000,2\n")
    with pytest.raises(RuntimeError, match="second thoughts"):
        office.bring_in(path, progress=cancel)
    assert all_rows(office.engine, TABLES + IMAGES) == before
    assert list_batches(office.engine)[0].failure == "RuntimeError"
    assert office.bring_in(path).outcome is Outcome.DONE


def test_repeated_rows_are_counted_and_those_that_contradict_each_other(office: Office) -> None:
    amounts = {"7": (1000, 1000, 1000), "8": (1000, 2000), "9": (1000, 2000, 1000), "10": (5,)}
    rows = "".join(
        f"{ONE},{serial},1404,2,1,2025-07-10,10,2,3,{amount}\n"
        for serial, all_of_one in amounts.items()
        for amount in all_of_one
    )
    summary = office.bring_in(office.write("a.csv", SALES + rows))
    total = summary.tally.total
    assert (total.accepted, total.written, total.repeated, total.conflicting) == (9, 4, 5, 2)
    [batch] = list_batches(office.engine)
    assert batch.rows_repeated == 5
    history = office.history()
    assert history is not None
    assert {bill.serial: bill.amount_rial for bill in history.bills} == {
        "7": 1000,
        "8": 2000,
        "9": 1000,
        "10": 5,
    }


def test_what_was_left_out_stands_in_the_batch(office: Office) -> None:
    lines = f"{ONE},287400,2025-07-10,—\n{OTHER},0,,09121234567\n"
    path = office.write("a.csv", BRANCHES + lines)
    office.bring_in(path, options=ImportOptions(as_of=date(2025, 7, 1)))
    [batch] = list_batches(office.engine)
    assert (batch.values_left_out, batch.rows_rejected) == (1, 0)


def test_a_lock_that_does_not_go_ends_the_import_in_one_line(office: Office) -> None:
    path = office.write("a.csv", f"{PAID}{ONE},,2025-07-10,1000,1\n")
    with writing(office.engine) as other:
        if other.dialect.name == "postgresql":
            other.execute(text("LOCK TABLE payments"))
        with pytest.raises(ImportFailed, match=r"failed: someone else holds a lock") as told:
            office.bring_in(path, options=ImportOptions(lock_seconds=0.2))
    assert "\n" not in str(told.value)
    assert office.bring_in(path).outcome is Outcome.DONE


def test_each_batch_stands_in_the_order_of_its_keys(
    postgresql_engine: Engine, tmp_path: Path
) -> None:
    office = Office(postgresql_engine, tmp_path)
    office.bring_in(DEMO_DATA)
    write_changed(tmp_path / "changed")
    office.bring_in(tmp_path / "changed")
    with reading(postgresql_engine) as connection:
        rows = "SELECT bill_id, serial FROM bills WHERE batch_id = :batch ORDER BY ctid"
        first, later = (list(connection.execute(text(rows), {"batch": one})) for one in (1, 2))
    assert first == sorted(first, key=tuple)
    assert later == sorted(later, key=tuple)
    assert len(later) > 10_000


def test_a_full_disk_is_one_line_and_changes_nothing(sqlite_engine: Engine, tmp_path: Path) -> None:
    office = Office(sqlite_engine, tmp_path)
    office.bring_in(office.write("a.csv", f"{PAID}{ONE},,2025-07-10,1000,1\n"))
    before = all_rows(sqlite_engine)
    with reading(sqlite_engine) as connection:
        pages = connection.scalar(text("PRAGMA page_count"))

    def no_more(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + 10}")

    event.listen(Pool, "connect", no_more)
    try:
        with pytest.raises(ImportFailed, match=r"^the database failed: its disk is full$"):
            office.bring_in(DEMO_DATA)
    finally:
        event.remove(Pool, "connect", no_more)
    assert all_rows(sqlite_engine) == before
    assert office.bring_in(DEMO_DATA).outcome is Outcome.DONE


def test_a_database_that_goes_away_in_the_middle_is_one_line(
    postgresql_engine: Engine, tmp_path: Path
) -> None:
    office = Office(postgresql_engine, tmp_path)
    office.bring_in(office.write("a.csv", f"{PAID}{ONE},,2025-07-10,1000,1\n"))
    before = all_rows(postgresql_engine)
    path = office.write("b.csv", f"{PAID}{ONE},,2025-07-10,2000,2\n")
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    with halted(office, path, Step.CLOSING) as (_, coming), reading(postgresql_engine) as mine:
        mine.execute(text(f"{others} WHERE datname = current_database() AND {NOT_THIS_ONE}"))
    with pytest.raises(ImportFailed, match=r"^the database failed: \w+$"):
        coming.result()
    assert all_rows(postgresql_engine) == before
    assert list_batches(postgresql_engine)[0].state is BatchState.FAILED
    assert office.bring_in(path).outcome is Outcome.DONE


def test_an_import_given_up_meanwhile_changes_nothing(office: Office) -> None:
    path = office.write("a.csv", f"{PAID}{ONE},,2025-07-10,1000,1\n")
    with halted(office, path, Step.READING) as (_, coming), writing(office.engine) as another:
        another.execute(text("UPDATE billing_batches SET state = 'failed'"))
    with pytest.raises(ImportFailed, match=r"^the import took more than a day and was given up$"):
        coming.result()
    assert not any(all_rows(office.engine).values())


def test_an_import_that_waits_for_another_shows_it_and_can_be_cancelled(office: Office) -> None:
    waited = 0

    def lose_patience(progress: Progress) -> None:
        nonlocal waited
        waited += progress.step is Step.WAITING
        if waited == 4:
            raise RuntimeError("it takes too long")

    first = office.write("a.csv", f"{PAID}{ONE},,2025-07-10,1000,1\n")
    second = office.write("b.csv", f"{PAID}{ONE},,2025-07-11,1000,1\n")
    with halted(office, first, Step.CLOSING) as (_, coming):
        with pytest.raises(RuntimeError, match="too long"):
            office.bring_in(second, progress=lose_patience)
        assert office.history() is None
    assert coming.result().outcome is Outcome.DONE
    assert office.bring_in(second).outcome is Outcome.DONE


def test_of_two_imports_at_once_the_second_waits_and_comes_in_force_upon_the_first(
    office: Office,
) -> None:
    first = office.write("a.csv", f"{PAID}{ONE},,2025-07-10,1000,1\n{ONE},,2025-07-10,7,2\n")
    second = office.write("b.csv", f"{PAID}{ONE},,2025-07-11,1000,1\n")
    with ThreadPoolExecutor(1) as pool, halted(office, first, Step.CLOSING) as (halt, coming):
        later = pool.submit(office.bring_in, second)
        with pytest.raises(TimeoutError):
            later.result(0.5)
        halt.go_on()
        summary = later.result()
    assert (coming.result().batch_id, summary.batch_id) == (1, 2)
    assert summary.tally.total.replaced == 1
    history = office.history()
    assert history is not None
    assert {(str(one.paid_on), one.amount_rial) for one in history.payments} == {
        ("2025-07-11", 1000),
        ("2025-07-10", 7),
    }
