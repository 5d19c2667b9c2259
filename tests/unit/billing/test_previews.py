"""Previews of exports, and headers of files that nobody knows."""

from datetime import date
from pathlib import Path

import pytest

from sms_service.billing.exports import examine
from sms_service.billing.layouts import Kind, layouts
from sms_service.billing.mapping import mapped, mapping_from
from sms_service.billing.previews import fingerprint, preview
from sms_service.billing.unknown_headers import guessed_headers
from tests.support.billing import hash_phone

TODAY = date(2026, 11, 23)
KNOWN = layouts(hash_phone, TODAY)
HEADER = "bill_identifier,payment_date,payment_amt,ref_code"


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_preview_counts_shows_twenty_rows_and_masks_ids(tmp_path: Path) -> None:
    rows = "".join(f"1234567804423,2025-07-{n + 1:02},{n},{n + 100000000}\n" for n in range(25))
    file = written(tmp_path / "p.csv", f"{HEADER}\n{rows}1,2,3,4\n")
    beats: list[int] = []
    found = preview(examine(file, KNOWN, "نام")[0], TODAY, beats.append)
    assert (found.name, found.kind, found.read, found.accepted) == ("نام", Kind.PAYMENTS, 26, 25)
    assert found.newest_day == "2025-07-25"
    assert len(found.rows) == 20
    assert found.rows[0][:4] == ["12…23", "10…00", 0, "2025-07-01"]
    assert [fault.line for fault in found.faults] == [27, 27]
    assert beats


def test_a_day_of_the_future_isn_t_the_newest(tmp_path: Path) -> None:
    file = written(tmp_path / "p.csv", f"{HEADER}\n1234567804423,2027-01-01,1,2\n")
    assert preview(examine(file, KNOWN)[0], TODAY, lambda _: None).newest_day is None


def test_a_header_is_the_same_whatever_its_order_and_writing() -> None:
    one = fingerprint(["Bill_Identifier", "مبلغ پرداختی", ""])
    assert one == fingerprint(["مبلغ پرداختي", "billidentifier"])
    assert one != fingerprint(["Bill_Identifier"])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_header_of_an_unknown_file_is_found_below_its_titles(
    tmp_path: Path, separator: str
) -> None:
    lines = [["گزارش ماه"], ["قبض", "مبلغ", "روز"], ["123", "5", "1404/01/01"]]
    text = "\n".join(separator.join(line) for line in lines)
    file = written(tmp_path / "x.csv", text + "\n")
    assert guessed_headers(file) == [("قبض", "مبلغ", "روز")]


def test_a_file_of_numbers_has_no_header(tmp_path: Path) -> None:
    assert guessed_headers(written(tmp_path / "x.csv", "1,2,3\n4,5,6\n")) == []


def test_a_mapping_of_a_form_reads_the_file_as_it_says(tmp_path: Path) -> None:
    file = written(tmp_path / "x.csv", "قبض,مبلغ,روز\n1234567804423,5,1404/01/01\n")
    tables = {
        "payments": {
            "bill_identifier": {"column": "قبض"},
            "payment_amt": {"column": "مبلغ", "unit": "toman"},
            "payment_date": {"column": "روز"},
            "ref_code": {"value": "0"},
        }
    }
    known = mapped(KNOWN, mapping_from(tables))
    found = preview(examine(file, known)[0], TODAY, lambda _: None)
    assert found.accepted == 1
    assert found.rows[0][2] == 50
    assert mapping_from(tables).digest == mapping_from(dict(tables)).digest
