"""A supervisor brings a file with errors in, sees what came of it, and takes it back."""

from pathlib import Path

from playwright.sync_api import expect

from sms_service.billing.batches import newest_in_force
from tests.support.desk_page import DeskPage
from tests.support.desk_service import DeskService

_PAYMENTS = (
    "شماره قبض,روز,مبلغ,سند\n"
    "1234567804423,1404/04/19,1000,11\n"
    "1234567804423,1404/04/20,بسیار,12\n"
    "1234567804424,1404/04/21,3000,13\n"
    "1234567804423,1404/04/22,4000,14\n"
)
_COLUMNS = {
    "bill_identifier": "شماره قبض",
    "payment_date": "روز",
    "payment_amt": "مبلغ",
    "ref_code": "سند",
}


def sound(desk: DeskPage) -> None:
    """Nothing is wrong with the page as it is now."""
    assert desk.violations() == []
    assert not desk.scrolls_sideways()


def test_a_file_with_errors_is_understood_applied_and_taken_back(
    supervisor: DeskPage, desk_service: DeskService, tmp_path: Path
) -> None:
    desk, before = supervisor, newest_in_force(desk_service.engine)
    file = tmp_path / "پرداخت‌های آبان.csv"
    file.write_text(_PAYMENTS, encoding="utf-8")

    desk.open("/console/imports")
    sound(desk)
    desk.page.set_input_files("#f-files", file)
    desk.page.get_by_role("button", name="بفرست").click()
    # The page goes on by itself once a worker has looked through the file.
    expect(desk.main).to_contain_text("گونهٔ این پرونده از سرستون آن پیدا نیست")
    sound(desk)

    desk.page.locator("summary", has_text="پرداخت‌ها").click()
    for name, column in _COLUMNS.items():
        desk.page.fill(f"[name='column.payments.{name}']", column)
    desk.page.get_by_role("button", name="ستون‌ها را بپذیر").click()
    expect(desk.main).to_contain_text("۴ ردیف خوانده شد، ۲ پذیرفتنی است و ۲ رد می‌شود")
    expect(desk.main).to_contain_text("رقم کنترل شناسه قبض نادرست است")
    expect(desk.main).to_contain_text("12…23")
    expect(desk.main).not_to_contain_text("1234567804423")
    sound(desk)

    desk.page.fill("#f-as_of", "۱۴۰۵/۰۹/۰۱")
    desk.page.get_by_role("button", name="اجرا کن").click()
    expect(desk.main).to_contain_text("نتیجه")
    expect(desk.main).to_contain_text("انجام شد")
    sound(desk)
    with desk.page.expect_download() as download:
        desk.page.get_by_role("button", name="گزارش").click()
    report = download.value.path().read_text("utf-8-sig").splitlines()
    assert len(report) == 3
    batch = newest_in_force(desk_service.engine)
    assert batch
    assert (batch.rows_accepted, batch.rows_rejected) == (2, 2)

    desk.open("/console/imports")
    expect(desk.main).to_contain_text("پرداخت‌های آبان.csv")
    sound(desk)
    desk.page.get_by_role("link", name="بازگردان").first.click()
    desk.page.get_by_label("علت").fill("پروندهٔ ماه دیگر بود")
    desk.page.get_by_role("checkbox").check()
    sound(desk)
    desk.page.get_by_role("button", name="بازگردان").click()
    expect(desk.main).to_contain_text("بازگردانده شد")
    assert newest_in_force(desk_service.engine) == before
    assert desk.complaints == []
