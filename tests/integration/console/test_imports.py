"""The pages of imports: from files in a browser to data in force, and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sms_service.billing.batches import list_batches, newest_in_force
from sms_service.domain.roles import Role
from sms_service.service.uploads import UploadState
from tests.support.bombs import BOMBS
from tests.support.console import Desk, words_of
from tests.support.uploads import PAYMENTS, applied, checked, dirty_files, laid, send, sent, work

FORMULA = (
    "bill_identifier,payment_date,payment_amt,ref_code\n1234567804423,=cmd|' /C calc'!A0,5,1\n"
)


@pytest.fixture
def desk(desk: Desk, tmp_path: Path) -> Iterator[Desk]:
    """A supervisor sits at it; uploads lie in a folder of the test's own."""
    with desk.seat(Role.SUPERVISOR, name="leila"):
        yield desk


def page_of(desk: Desk, upload_id: int) -> str:
    page = desk.get(f"/console/imports/{upload_id}")
    assert page.status_code == 200
    return words_of(page)


def state_of(desk: Desk, upload_id: int) -> UploadState:
    upload = desk.parts.uploads.find(upload_id)
    assert upload
    return upload.state


def report_of(desk: Desk, upload_id: int) -> str:
    with desk.post(f"/console/imports/{upload_id}/report") as answer:
        assert answer.mimetype == "text/csv"
        assert "attachment" in answer.headers["Content-Disposition"]
        return answer.get_data().decode("utf-8-sig")


def actions(desk: Desk) -> list[tuple[str, str]]:
    return [(entry.actor, entry.action) for entry in desk.parts.audit.entries()]


def test_exports_with_errors_come_in_force_and_go_again(desk: Desk) -> None:
    engine = desk.parts.service.engine
    upload_id = checked(desk, *dirty_files())
    shown = page_of(desk, upload_id)
    assert "sales.csv.gz" in shown
    assert "نخستین خطاها" in shown
    assert newest_in_force(engine) is None

    desk.post(f"/console/imports/{upload_id}/apply", {"as_of": "۱۴۰۵/۰۹/۰۱"})
    assert work(desk) == 1
    batch = newest_in_force(engine)
    assert batch
    assert batch.rows_rejected > 0
    assert str(batch.data_as_of) == "2026-11-22"
    assert batch.files == ["branches.csv.gz", "payments.csv.gz", "sales.csv.gz"]

    assert "leila" in words_of(desk.get("/console/imports"))
    assert report_of(desk, upload_id).startswith("ردیف,پرونده")

    asked = desk.get(f"/console/imports/batches/{batch.id}/roll-back")
    assert "هیچ داده‌ای برقرار نیست" in words_of(asked)
    taken_back = desk.post(
        f"/console/imports/batches/{batch.id}/roll-back", {"reason": "دادهٔ شهر دیگر", "sure": "1"}
    )
    assert work(desk) == 1
    assert newest_in_force(engine) is None
    assert "بازگردانده شد" in words_of(desk.get(taken_back.location))
    assert actions(desk) == [
        ("leila", "import_upload"),
        ("leila", "import_apply"),
        ("leila", "import_report"),
        ("leila", "import_rollback"),
    ]


def test_a_preview_shows_no_bill_id_and_no_phone(desk: Desk) -> None:
    branches = (
        "bill_identifier,total_bill_debt,mobile_number\n"
        "1234567804423,1000,09121234567\n1234567804424,1000,09121234567\n"
    )
    page = desk.get(f"/console/imports/{checked(desk, ('b.csv', branches))}").get_data(as_text=True)
    assert "12…23" in page
    assert "رقم کنترل شناسه قبض نادرست است" in page
    assert "1234567804423" not in page
    assert "09121234567" not in page


def test_the_same_files_again_are_told_before_they_are_applied(desk: Desk) -> None:
    applied(desk, ("p.csv", PAYMENTS))
    upload_id = checked(desk, ("another-name.csv", PAYMENTS))
    assert "همین داده‌ها پیش از این با دستهٔ ۱ برقرار شده است" in page_of(desk, upload_id)
    desk.post(f"/console/imports/{upload_id}/apply")
    work(desk)
    assert "چیزی دگرگون نشد" in page_of(desk, upload_id)
    assert len(list_batches(desk.parts.service.engine)) == 1


def test_all_or_nothing_refuses_files_with_one_bad_row(desk: Desk) -> None:
    bad = PAYMENTS + "1234567804423,2025-07-12,so much,13\n"
    upload_id = applied(desk, ("p.csv", bad), bad_rows="refuse")
    assert state_of(desk, upload_id) is UploadState.FAILED
    assert "همه یا هیچ" in page_of(desk, upload_id)
    assert newest_in_force(desk.parts.service.engine) is None
    desk.post(f"/console/imports/{upload_id}/apply")
    work(desk)
    assert state_of(desk, upload_id) is UploadState.APPLIED


def test_columns_are_named_by_hand_once_and_remembered(desk: Desk) -> None:
    own = "قبض مشترک,روز,مبلغ به تومان,سند\n1234567804423,1404/04/19,100,7\n"
    upload_id = checked(desk, ("own.csv", own))
    assert "گونهٔ این پرونده از سرستون آن پیدا نیست" in page_of(desk, upload_id)
    form = {
        "column.payments.bill_identifier": "قبض مشترک",
        "column.payments.payment_date": "روز",
        "column.payments.payment_amt": "مبلغ به تومان",
        "unit.payments.payment_amt": "toman",
        "column.payments.ref_code": "سند",
    }
    assert desk.post(f"/console/imports/{upload_id}/mapping", form).status_code == 303
    work(desk)
    assert "۱ پذیرفتنی است" in page_of(desk, upload_id)
    desk.post(f"/console/imports/{upload_id}/apply")
    work(desk)
    assert state_of(desk, upload_id) is UploadState.APPLIED

    again = checked(desk, ("own2.csv", own + "1234567804423,1404/04/20,200,8\n"))
    shown = page_of(desk, again)
    assert "این سرستون پیش از این دیده شده است" in shown
    assert "۲ پذیرفتنی است" in shown
    assert "۲۰۰۰" in shown


def test_a_column_that_an_import_needs_is_named_in_persian(desk: Desk) -> None:
    lacking = "bill_identifier,payment_date,payment_amt\n1234567804423,1404/04/19,100\n"
    shown = page_of(desk, checked(desk, ("p.csv", lacking)))
    assert "ستون بایسته‌ای در پرونده نیست" in shown
    assert "column ref_code is missing" in shown


def test_a_column_that_no_file_has_is_told_beside_its_field(desk: Desk) -> None:
    upload_id = checked(desk, ("p.csv", PAYMENTS))
    form = {"column.payments.payment_amt": "no such column"}
    answer = desk.post(f"/console/imports/{upload_id}/mapping", form)
    assert answer.status_code == 400
    assert "چنین ستونی در پرونده‌ها نیست" in words_of(answer)
    assert "no such column" in answer.get_data(as_text=True)


@pytest.mark.parametrize("day", ["1405/13/01", "1405-12-31", "yesterday", "1450/01/01"])
def test_a_day_that_can_t_be_is_told_beside_its_field(desk: Desk, day: str) -> None:
    upload_id = checked(desk, ("p.csv", PAYMENTS))
    answer = desk.post(f"/console/imports/{upload_id}/apply", {"as_of": day})
    assert answer.status_code == 400
    assert "h-as_of" in answer.get_data(as_text=True)
    assert state_of(desk, upload_id) is UploadState.CHECKED


def test_a_waiting_upload_is_cancelled_and_can_be_applied_later(desk: Desk) -> None:
    upload_id = checked(desk, ("p.csv", PAYMENTS))
    desk.post(f"/console/imports/{upload_id}/apply")
    desk.post(f"/console/imports/{upload_id}/cancel")
    assert work(desk) == 0
    assert state_of(desk, upload_id) is UploadState.CANCELLED
    assert newest_in_force(desk.parts.service.engine) is None
    desk.post(f"/console/imports/{upload_id}/apply")
    assert work(desk) == 1
    assert state_of(desk, upload_id) is UploadState.APPLIED


def test_a_second_click_on_apply_changes_nothing(desk: Desk) -> None:
    upload_id = checked(desk, ("p.csv", PAYMENTS))
    desk.post(f"/console/imports/{upload_id}/apply")
    desk.post(f"/console/imports/{upload_id}/apply")
    assert "پیش از شما این کار دگرگون شد" in page_of(desk, upload_id)
    assert work(desk) == 1
    assert [action for _, action in actions(desk)].count("import_apply") == 1


def test_an_older_batch_can_t_be_taken_back_and_says_why(desk: Desk) -> None:
    applied(desk, ("p.csv", PAYMENTS))
    applied(desk, ("q.csv", PAYMENTS + "1234567804423,2025-07-12,9,13\n"))
    asked = desk.get("/console/imports/batches/1/roll-back")
    assert "نخست آن را بازگردانید" in words_of(asked)
    form = {"reason": "x", "sure": "1"}
    assert desk.post("/console/imports/batches/1/roll-back", form).status_code == 409
    assert work(desk) == 0


def test_taking_back_wants_a_reason_and_a_nod(desk: Desk) -> None:
    applied(desk, ("p.csv", PAYMENTS))
    path = "/console/imports/batches/1/roll-back"
    assert desk.post(path, {"sure": "1"}).status_code == 400
    assert desk.post(path, {"reason": "x"}).status_code == 400
    assert work(desk) == 0


def test_names_and_cells_of_files_stay_text(desk: Desk) -> None:
    name = "<script>alert(1)</script>\u202egpj.csv"
    nasty = PAYMENTS + '1234567804423,2025-07-12,"<img src=x onerror=alert(1)>",13\n'
    upload_id = applied(desk, (name, nasty))
    for path in (f"/console/imports/{upload_id}", "/console/imports"):
        page = desk.get(path).get_data(as_text=True)
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "\u202e" not in page
    batch = newest_in_force(desk.parts.service.engine)
    assert batch
    assert all("/" not in name for name in batch.files)


def test_no_value_of_the_report_runs_in_a_spreadsheet(desk: Desk) -> None:
    upload_id = applied(desk, ("p.csv", FORMULA + "1234567804423,2025-07-10,1000,1\n"))
    report = report_of(desk, upload_id)
    assert "'=cmd" in report
    assert ",=cmd" not in report


def test_files_lie_under_numbers_readable_by_us_alone(desk: Desk) -> None:
    upload_id = sent(desk, ("../../etc/passwd", PAYMENTS))
    folder = Path(desk.parts.settings.uploads_dir) / str(upload_id)
    assert [path.name for path in folder.iterdir()] == ["0"]
    assert folder.joinpath("0").stat().st_mode & 0o777 == 0o600
    assert "passwd" in page_of(desk, upload_id)


def test_files_are_gone_once_they_are_applied_and_the_report_stays(desk: Desk) -> None:
    from sms_service.uploads.sweeping import SweepingUploads

    upload_id = applied(desk, ("p.csv", PAYMENTS + "x,2025-07-12,1,1\n"))
    kept = checked(desk, ("q.csv", PAYMENTS))
    SweepingUploads(desk.parts.uploads, desk.parts.upload_folder).sweep()
    folder = Path(desk.parts.settings.uploads_dir)
    assert [path.name for path in (folder / str(upload_id)).iterdir()] == ["faults.csv"]
    assert (folder / str(kept) / "0").exists()


def test_a_discarded_upload_leaves_nothing_on_disk(desk: Desk) -> None:
    upload_id = checked(desk, ("p.csv", PAYMENTS))
    assert desk.post(f"/console/imports/{upload_id}/discard").status_code == 303
    assert not (Path(desk.parts.settings.uploads_dir) / str(upload_id)).exists()
    assert desk.post(f"/console/imports/{upload_id}/apply").status_code == 409


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_a_bomb_is_refused_in_persian(desk_on_sqlite: Desk, name: str, tmp_path: Path) -> None:
    make, _ = BOMBS[name]
    make(tmp_path / "bomb")
    upload_id = laid(desk_on_sqlite, tmp_path / "bomb", name)
    work(desk_on_sqlite)
    with desk_on_sqlite.seat(Role.SUPERVISOR):
        shown = page_of(desk_on_sqlite, upload_id)
        answer = desk_on_sqlite.post(f"/console/imports/{upload_id}/apply")
    assert "پرونده را نمی‌توان خواند." not in shown
    assert BOMBS[name][1] in shown
    assert answer.status_code == 409


def test_nothing_chosen_is_told_beside_the_field(desk: Desk) -> None:
    answer = desk.client.post("/console/imports", data={"csrf_token": desk.token()})
    assert answer.status_code == 400
    assert "هیچ پرونده‌ای برنگزیدید" in words_of(answer)


@pytest.mark.parametrize("number", ["999", "99999999999999999999", "x"])
def test_an_upload_that_isn_t_there_is_no_page(desk: Desk, number: str) -> None:
    assert desk.get(f"/console/imports/{number}").status_code == 404
    assert desk.post(f"/console/imports/{number}/apply").status_code in (404, 405)
    assert desk.get(f"/console/imports/batches/{number}/roll-back").status_code == 404


def test_the_upload_of_another_supervisor_is_seen_by_all_who_import(desk: Desk) -> None:
    upload_id = checked(desk, ("p.csv", PAYMENTS))
    with desk.seat(Role.ADMIN, name="omid"):
        assert "leila" in page_of(desk, upload_id)
    with desk.seat(Role.OPERATOR):
        assert desk.get(f"/console/imports/{upload_id}").status_code == 403
        assert send(desk, ("p.csv", PAYMENTS)).status_code == 403


def test_the_live_piece_is_still_until_something_moves_and_ends_with_the_page(desk: Desk) -> None:
    upload_id = sent(desk, ("p.csv", PAYMENTS))
    path = f"/console/imports/{upload_id}/progress"
    first = desk.piece(path)
    assert "در صف بررسی" in words_of(first)
    assert desk.piece(path, known="uploaded-0-0").status_code == 204
    work(desk)
    assert desk.piece(path).headers["HX-Refresh"] == "true"
