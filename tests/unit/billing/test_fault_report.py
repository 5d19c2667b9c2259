"""The report of faults, as a person's spreadsheet meets it."""

import csv
import tracemalloc
from pathlib import Path

import pytest

from sms_service.billing.fault_report import FaultReport, harmless
from sms_service.billing.faults import shown
from sms_service.billing.inputs import InputFault
from sms_service.billing.reasons import Reason
from sms_service.billing.summary import Fault

BAD = Fault("sales.csv", 7, "bill_amt", "نامشخص", Reason.NOT_WHOLE, kept=False)


def test_each_fault_is_a_line_in_persian(tmp_path: Path) -> None:
    path = tmp_path / "faults.csv"
    with FaultReport(path) as report:
        report.add(BAD)
        report.add(Fault("b.csv", 9, "mobile_number", "02…34", Reason.NOT_A_MOBILE, kept=True))
        report.add(Fault("b.csv", 10, "", "", Reason.TOTALS_ROW, kept=False))
    assert report.count == 3
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert lines == [
        ["ردیف", "پرونده", "ستون", "مقدار", "علت", "نتیجه"],
        ["7", "sales.csv", "bill_amt", "نامشخص", "عدد صحیح نیست", "ردیف کنار گذاشته شد"],
        ["9", "b.csv", "mobile_number", "02…34", "شماره تلفن همراه نیست", "مقدار خالی ماند"],
        ["10", "b.csv", "", "", "ردیف جمع است", "داده نیست و خوانده نشد"],
    ]


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_no_value_of_it_is_run_by_a_spreadsheet(value: str) -> None:
    assert harmless(value) == f"'{value}"
    assert harmless(f"x{value}") == f"x{value}"


def test_many_faults_are_written_as_they_come(tmp_path: Path) -> None:
    tracemalloc.start()
    with FaultReport(tmp_path / "faults.csv") as report:
        for _ in range(20_000):
            report.add(BAD)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "faults.csv").stat().st_size > 1_000_000
    assert peak < 500_000


def test_a_report_that_can_not_be_written_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match="No such file or directory"):
        FaultReport(tmp_path / "none" / "faults.csv")


@pytest.mark.parametrize(
    "value", ["\n=1+1\n1234", "\x1b[2J 1234567", "12345678\r\n", "\ud80012345678"]
)
def test_a_masked_value_holds_no_control_character(value: str) -> None:
    told = shown(value, private=True)
    assert "…" in told
    assert told.isprintable()
