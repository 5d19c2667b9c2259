"""Export files: found, told apart, hashed, streamed."""

import gzip
from pathlib import Path

import pytest

from sms_service.billing.exports import (
    InputFault,
    Line,
    content_hash,
    examine,
    find_files,
    records,
)
from sms_service.billing.layouts import Kind, layouts

HEADER = "bill_identifier,payment_date,payment_amt,ref_code"
KNOWN = layouts(str.encode)


def lines_of(path: Path) -> list[Line]:
    with records(examine(path, KNOWN)) as (lines, _):
        return list(lines)


def test_a_directory_gives_its_csv_files_in_order(tmp_path: Path) -> None:
    for name in ("b.csv.gz", "a.csv", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in find_files([tmp_path])] == ["a.csv", "b.csv.gz"]


def test_a_directory_without_csv_files_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match=r"no \.csv"):
        find_files([tmp_path])


def test_packing_a_file_does_not_make_it_another(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.csv", tmp_path / "b.csv.gz"
    plain.write_text(f"{HEADER}\n1,2,3,4\n")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert content_hash([examine(plain, KNOWN)]) == content_hash([examine(packed, KNOWN)])


def test_a_header_with_a_mark_blanks_and_capitals_is_known(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\ufeff" + HEADER.upper().replace(",", " , ") + "\r\n", "utf-8")
    assert examine(path, KNOWN).kind is Kind.PAYMENTS


def test_quoted_separators_blank_lines_and_broken_bytes_are_survived(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f'{HEADER}\n1,2,"3,000",4\r\n\r\n5,6,7,'.encode() + b"\xff\n")
    assert lines_of(path) == [
        Line(2, ["1", "2", "3,000", "4"]),
        Line(4, ["5", "6", "7", "\ufffd"]),
    ]


def test_a_field_without_end_costs_its_record_not_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}\n{'9' * 200_000},2,3,4\n5,6,7,8\n")
    assert [line.texts for line in lines_of(path)] == [None, ["5", "6", "7", "8"]]


def test_a_gzip_file_that_breaks_off_is_told_by_name(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv.gz"
    whole = gzip.compress(f"{HEADER}\n".encode() + bytes(range(256)) * 50)
    path.write_bytes(whole[:-20])
    with pytest.raises(InputFault, match=r"^sales\.csv\.gz: .*break off"):
        examine(path, KNOWN)
