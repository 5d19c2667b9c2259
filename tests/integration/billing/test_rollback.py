"""A batch taken back: every answer as before it, whoever else imports or rolls back."""

import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from sms_service.billing.batches import BatchState, list_batches
from sms_service.billing.rollback import KEPT_BATCHES, NotRolledBack, RolledBack, roll_back
from sms_service.billing.summary import ImportOptions, Outcome, Step
from sms_service.billing.tables import billing_batches
from sms_service.database import writing
from tests.support.asking_everybody import every_answer
from tests.support.billing import DEMO_DATA
from tests.support.changed_export import write_changed
from tests.support.office import IMAGES, ONE, PAID, TABLES, Office, all_rows, halted
from tests.support.processes import Processes, wait_until

LONG_ENOUGH = 0.5
"""Seconds in which whoever isn't kept waiting would be done."""


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    folder = tmp_path / "exports"
    folder.mkdir()
    return Office(engine, folder)


def payment(office: Office, amount: int, day: str = "2026-11-20") -> Path:
    """An export of one payment, always the same one but for its day, and another by amount."""
    lines = f"{ONE},,{day},1000,1\n{ONE},,2026-11-01,{amount},2\n"
    return office.write(f"{amount}-{day}.csv", PAID + lines)


def without_batch(rows: Mapping[str, set[tuple[object, ...]]]) -> dict[str, set[object]]:
    return {name: {row[:-1] for row in found} for name, found in rows.items()}


def states(office: Office) -> list[str]:
    return [batch.state.value for batch in reversed(list_batches(office.engine))]


@pytest.mark.timeout(300)
def test_a_rollback_restores_every_answer_byte_for_byte(office: Office, tmp_path: Path) -> None:
    office.bring_in(DEMO_DATA)
    # What is read of equal rows is compared whole for one database; for both the rows are.
    one_in = 1 if office.engine.dialect.name == "postgresql" else 5
    rows, answers = all_rows(office.engine), every_answer(office.engine, one_in)
    write_changed(tmp_path / "changed")
    changed = office.bring_in(tmp_path / "changed")
    others, changed_rows = every_answer(office.engine, 5), all_rows(office.engine)
    assert sum(answers[asked] != text for asked, text in others.items()) > len(others) / 2
    assert all(0 < count.replaced < count.written for count in changed.counts.values())

    done = roll_back(office.engine)

    assert all_rows(office.engine) == rows
    assert every_answer(office.engine, one_in) == answers
    for kind, undone in done.undone.items():
        count = changed.counts[kind]
        assert (undone.restored, undone.removed) == (count.replaced, count.written - count.replaced)
    assert not any(all_rows(office.engine, IMAGES).values())
    assert states(office) == ["in_force", "rolled_back"]

    assert office.bring_in(tmp_path / "changed").outcome is Outcome.DONE
    assert without_batch(all_rows(office.engine)) == without_batch(changed_rows)


def test_the_first_load_can_be_taken_back_too(office: Office) -> None:
    office.bring_in(payment(office, 2000))
    done = roll_back(office.engine, 1)
    assert (done.in_force, done.data_as_of) == (None, None)
    assert not any(all_rows(office.engine).values())
    with pytest.raises(NotRolledBack, match=r"^no batch is in force$"):
        roll_back(office.engine)


def test_the_day_of_the_data_goes_back_too(office: Office) -> None:
    office.bring_in(payment(office, 2000, "2026-11-19"))
    office.bring_in(payment(office, 2000, "2026-11-22"))
    roll_back(office.engine)
    history = office.history()
    assert history is not None
    assert str(history.as_of) == "2026-11-19"


def test_batches_go_one_after_the_other_the_newest_first(office: Office) -> None:
    seen = []
    for number in range(1, KEPT_BATCHES + 3):
        seen.append(all_rows(office.engine))
        office.bring_in(payment(office, 2000 + number, f"2026-10-{number:02d}"))
    with pytest.raises(NotRolledBack, match=r"^batch 7 came after batch 3 and must go first$"):
        roll_back(office.engine, 3)
    for number in range(KEPT_BATCHES + 2, 2, -1):
        assert roll_back(office.engine, number).in_force == number - 1
        assert all_rows(office.engine) == seen[number - 1]
    with pytest.raises(NotRolledBack, match=r"^what batch 2 replaced is no longer kept$"):
        roll_back(office.engine, 2)
    with pytest.raises(NotRolledBack, match=r"^batch 7 isn't in force, it is rolled back$"):
        roll_back(office.engine, 7)
    with pytest.raises(NotRolledBack, match=r"^there is no batch 99$"):
        roll_back(office.engine, 99)


def test_only_the_images_of_the_newest_batches_are_kept(office: Office) -> None:
    for number in range(1, KEPT_BATCHES + 3):
        office.bring_in(payment(office, 2000, f"2026-10-{number:02d}"))
    kept = all_rows(office.engine, IMAGES)["replaced_payments"]
    assert {row[0] for row in kept} == {3, 4, 5, 6, 7}
    assert [batch.reversible for batch in list_batches(office.engine)] == [True] * 5 + [False] * 2


def test_a_batch_from_before_rollbacks_says_that_nothing_was_kept(office: Office) -> None:
    office.bring_in(payment(office, 2000))
    with writing(office.engine) as connection:
        connection.execute(update(billing_batches).values(reversible=False))
    with pytest.raises(NotRolledBack, match=r"^what batch 1 replaced is no longer kept$"):
        roll_back(office.engine)
    assert office.history() is not None


def test_rows_that_a_batch_left_as_they_were_stay(office: Office) -> None:
    office.bring_in(payment(office, 2000))
    before = all_rows(office.engine)
    summary = office.bring_in(payment(office, 2000), options=ImportOptions(again=True))
    assert summary.tally.total.written == 0
    roll_back(office.engine)
    assert all_rows(office.engine) == before


def test_contents_once_overlaid_are_known_and_the_newer_batch_is_told(office: Office) -> None:
    first = payment(office, 2000, "2026-11-19")
    office.bring_in(first)
    office.bring_in(payment(office, 2000, "2026-11-22"))
    known = office.bring_in(first)
    assert (known.outcome, known.batch_id, known.newer_batch) == (Outcome.KNOWN, 1, 2)
    roll_back(office.engine)
    known = office.bring_in(first)
    assert (known.outcome, known.batch_id, known.newer_batch) == (Outcome.KNOWN, 1, None)


def test_an_import_that_is_reading_comes_in_force_upon_what_a_rollback_left(
    office: Office,
) -> None:
    office.bring_in(payment(office, 2000))
    office.bring_in(payment(office, 3000))
    with halted(office, payment(office, 4000), Step.READING) as (_, coming):
        roll_back(office.engine)
    assert coming.result().outcome is Outcome.DONE
    history = office.history()
    assert history is not None
    assert {one.amount_rial for one in history.payments} == {1000, 2000, 4000}
    assert states(office) == ["in_force", "rolled_back", "in_force"]


def test_a_rollback_waits_for_an_import_that_comes_in_force_and_then_refuses(
    office: Office,
) -> None:
    office.bring_in(payment(office, 2000))
    with (
        ThreadPoolExecutor(1) as pool,
        halted(office, payment(office, 3000), Step.CLOSING) as (halt, coming),
    ):
        going = pool.submit(roll_back, office.engine, 1)
        with pytest.raises(TimeoutError):
            going.result(LONG_ENOUGH)
        halt.go_on()
        with pytest.raises(NotRolledBack, match="batch 2 came after batch 1"):
            going.result()
    assert coming.result().batch_id == 2


def test_a_rollback_that_can_not_have_its_turn_is_one_line(office: Office) -> None:
    office.bring_in(payment(office, 2000))
    with (
        halted(office, payment(office, 3000), Step.CLOSING),
        pytest.raises(NotRolledBack, match=r"^the database failed: someone else holds a lock"),
    ):
        roll_back(office.engine, 1, lock_seconds=0.2)


def test_of_two_rollbacks_at_once_one_is_done(office: Office) -> None:
    office.bring_in(payment(office, 2000))
    before = all_rows(office.engine)
    office.bring_in(payment(office, 2000, "2026-11-22"))
    both = threading.Barrier(2)

    def go() -> RolledBack | NotRolledBack:
        both.wait(30)
        try:
            return roll_back(office.engine, 2)
        except NotRolledBack as refused:
            return refused

    with ThreadPoolExecutor(2) as pool:
        ends = [future.result() for future in [pool.submit(go), pool.submit(go)]]
    assert sorted(type(end).__name__ for end in ends) == ["NotRolledBack", "RolledBack"]
    assert all_rows(office.engine) == before
    assert states(office) == ["in_force", "rolled_back"]


def test_an_import_overtaken_by_another_takes_the_next_number(office: Office) -> None:
    with halted(office, payment(office, 2000, "2026-11-22"), Step.READING) as (_, slow):
        assert office.bring_in(payment(office, 3000, "2026-11-19")).batch_id == 2
    assert slow.result().batch_id == 3
    history = office.history()
    assert history is not None
    assert {str(one.paid_on) for one in history.payments if one.tracking == "1"} == {"2026-11-22"}
    assert str(history.as_of) == "2026-11-22"
    assert roll_back(office.engine).in_force == 2
    assert states(office) == ["in_force", "rolled_back"]


ROLLBACK = """
import sys, time
from pathlib import Path
from sms_service.billing import merging
from sms_service.billing.rollback import roll_back
from sms_service.database import make_engine

def stop(_):
    Path(sys.argv[2]).touch()
    time.sleep(600)

merging.analyze = stop  # the last step before the commit
roll_back(make_engine(sys.argv[1]))
"""


def test_a_killed_rollback_changes_nothing_and_can_be_done_again(
    office: Office, database_url: str, tmp_path: Path, processes: Processes
) -> None:
    office.bring_in(payment(office, 2000))
    before = all_rows(office.engine)
    office.bring_in(payment(office, 3000, "2026-11-22"))
    changed = all_rows(office.engine, TABLES + IMAGES)
    reached = tmp_path / "reached"
    command = [sys.executable, "-c", ROLLBACK, database_url, str(reached)]
    process = processes.start("rollback", command, {})
    wait_until(reached.exists)
    processes.kill(process)

    assert all_rows(office.engine, TABLES + IMAGES) == changed
    assert list_batches(office.engine)[0].state is BatchState.IN_FORCE
    roll_back(office.engine)
    assert all_rows(office.engine) == before
