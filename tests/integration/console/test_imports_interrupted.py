"""Imports cut short: cancelled, killed, told to end. The data in force stay as they were."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from sms_service.billing.batches import newest_in_force
from sms_service.database import db_now, writing
from sms_service.domain.roles import Role
from sms_service.ledger.desk_tables import uploads
from sms_service.ledger.uploads import LEASE_SECONDS
from sms_service.service.uploads import INTERRUPTED, Upload, UploadState
from sms_service.uploads.working import Working
from tests.support.console import Desk, words_of
from tests.support.environment import service_environment
from tests.support.processes import Processes, wait_until
from tests.support.uploads import PAYMENTS, applied, checked, laid, work

ROWS = 400_000
Start = Callable[[int], "subprocess.Popen[bytes]"]


@pytest.fixture
def desk(desk: Desk) -> Iterator[Desk]:
    """A supervisor sits at it, and a batch is in force."""
    with desk.seat(Role.SUPERVISOR, name="leila"):
        applied(desk, ("p.csv", PAYMENTS))
        yield desk


@pytest.fixture
def start(desk: Desk, database_url: str, processes: Processes) -> Start:
    """Starts the process that a worker would start for the upload that waits."""

    def begin(upload_id: int) -> "subprocess.Popen[bytes]":
        taken = desk.parts.uploads.take()
        assert taken
        assert taken[0] == upload_id
        command = [sys.executable, "-m", "sms_service", "billing", "apply-upload"]
        folder = desk.parts.settings.uploads_dir
        settings = service_environment(DATABASE_URL=database_url, UPLOADS_DIR=folder)
        return processes.start("apply", [*command, *map(str, taken)], settings)

    return begin


def upload_of(desk: Desk, upload_id: int) -> Upload:
    upload = desk.parts.uploads.find(upload_id)
    assert upload
    return upload


def large(desk: Desk) -> int:
    """The number of an upload of many payments that somebody applied."""
    lines = (f"1234567804423,2025-07-{n % 28 + 1:02},{n + 1000},x{n}\n" for n in range(ROWS))
    header = PAYMENTS.partition("\n")[0]
    file = Path(desk.parts.settings.uploads_dir) / "large.csv"
    file.write_text(f"{header}\n{''.join(lines)}")
    upload_id = laid(desk, file, "large.csv")
    assert work(desk) == 1
    assert desk.post(f"/console/imports/{upload_id}/apply").status_code == 303
    return upload_id


def rows_in_force(desk: Desk) -> int | None:
    batch = newest_in_force(desk.parts.service.engine)
    return batch.rows_accepted if batch else None


def fall_silent(desk: Desk) -> None:
    """As if the processes had said nothing for as long as a lease is."""
    with writing(desk.parts.service.engine) as connection:
        connection.execute(update(uploads).values(seen_at=db_now(-LEASE_SECONDS - 1)))


def reads_rows(desk: Desk, upload_id: int) -> Callable[[], bool]:
    return lambda: upload_of(desk, upload_id).progress.get("rows", 0) > 0


def test_a_killed_import_changes_nothing_and_can_be_applied_again(desk: Desk, start: Start) -> None:
    upload_id = large(desk)
    process = start(upload_id)
    wait_until(reads_rows(desk, upload_id))
    process.kill()
    process.wait()
    assert upload_of(desk, upload_id).state is UploadState.APPLYING
    assert not desk.parts.uploads.has_due()

    fall_silent(desk)
    assert desk.parts.uploads.has_due()
    assert work(desk) == 0
    upload = upload_of(desk, upload_id)
    assert (upload.state, upload.failure) == (UploadState.FAILED, INTERRUPTED)
    assert rows_in_force(desk) == 2
    page = words_of(desk.get(f"/console/imports/{upload_id}"))
    assert "کار در میانه گسست و چیزی دگرگون نشد" in page

    desk.post(f"/console/imports/{upload_id}/apply")
    assert work(desk) == 1
    assert upload_of(desk, upload_id).state is UploadState.APPLIED
    assert rows_in_force(desk) == ROWS


def test_an_import_is_cancelled_in_the_middle(desk: Desk, start: Start) -> None:
    upload_id = large(desk)
    process = start(upload_id)
    wait_until(reads_rows(desk, upload_id))
    piece = words_of(desk.piece(f"/console/imports/{upload_id}/progress"))
    assert "ردیف در ثانیه" in piece
    assert desk.post(f"/console/imports/{upload_id}/cancel").status_code == 303
    assert process.wait(30) == 0
    assert upload_of(desk, upload_id).state is UploadState.CANCELLED
    assert rows_in_force(desk) == 2


def test_a_process_that_is_told_to_end_says_so_at_once(desk: Desk, start: Start) -> None:
    upload_id = large(desk)
    process = start(upload_id)
    wait_until(reads_rows(desk, upload_id))
    process.send_signal(signal.SIGTERM)
    process.wait(30)
    upload = upload_of(desk, upload_id)
    assert (upload.state, upload.failure) == (UploadState.FAILED, INTERRUPTED)
    assert rows_in_force(desk) == 2


def test_a_process_that_was_given_up_changes_nothing_any_more(desk: Desk) -> None:
    upload_id = checked(desk, ("q.csv", PAYMENTS + "1234567804423,2025-07-12,9,13\n"))
    desk.post(f"/console/imports/{upload_id}/apply")
    taken = desk.parts.uploads.take()
    assert taken
    fall_silent(desk)
    desk.parts.uploads.give_up_silent()
    parts = desk.parts
    late = Working(
        *(parts.service.engine, parts.uploads, parts.upload_folder),
        *(parts.service.hash_phone, parts.service.today()),
    )
    assert not late.on(*taken)
    assert rows_in_force(desk) == 2
    desk.post(f"/console/imports/{upload_id}/apply")
    assert work(desk) == 1
    assert not late.on(*taken)
    assert upload_of(desk, upload_id).state is UploadState.APPLIED


def test_one_that_was_to_be_cancelled_and_died_is_cancelled(desk: Desk) -> None:
    upload_id = checked(desk, ("q.csv", PAYMENTS + "1234567804423,2025-07-12,9,13\n"))
    desk.post(f"/console/imports/{upload_id}/apply")
    desk.parts.uploads.take()
    desk.post(f"/console/imports/{upload_id}/cancel")
    fall_silent(desk)
    work(desk)
    assert upload_of(desk, upload_id).state is UploadState.CANCELLED


def test_two_uploads_are_worked_on_at_a_time(desk: Desk) -> None:
    three = [checked(desk, ("q.csv", PAYMENTS)) for _ in range(3)]
    for upload_id in three:
        desk.post(f"/console/imports/{upload_id}/check")
    taken = [desk.parts.uploads.take() for _ in range(3)]
    assert [one is not None for one in taken] == [True, True, False]


def test_a_value_of_a_row_is_in_no_failure(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from sms_service.uploads import working

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("09121234567")

    upload_id = checked(desk, ("q.csv", PAYMENTS + "1234567804423,2025-07-12,9,13\n"))
    desk.post(f"/console/imports/{upload_id}/apply")
    monkeypatch.setattr(working, "import_billing", broken)
    work(desk)
    assert upload_of(desk, upload_id).failure == "RuntimeError"
