"""Export files: found, told apart, hashed, streamed, however they are written."""

import gzip
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service.billing.exports import Export, content_hash, examine, find_files, records
from sms_service.billing.inputs import InputFault
from sms_service.billing.layouts import Kind, layouts
from sms_service.billing.reasons import Reason
from tests.support.bombs import header_row, sheet_of, write_book

HEADER = "bill_identifier,payment_date,payment_amt,ref_code"
PERSIAN = "شناسه قبض,تاریخ پرداخت,مبلغ پرداختی,کد پیگیری,نام"
KNOWN = layouts(str.encode)


def examined(path: Path) -> Export:
    [export] = examine(path, KNOWN)
    return export


def rows_of(path: Path) -> list[tuple[int, list[str]]]:
    """The rows that aren't blank, with their lines."""
    with records(examined(path)) as (chunks, _):
        return [
            (number, row)
            for chunk in chunks
            for number, row in zip(chunk.numbers(), chunk.rows, strict=True)
            if row
        ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.csv"


def test_a_directory_gives_its_exports_in_order(tmp_path: Path) -> None:
    for name in ("b.csv.gz", "a.csv", "C.XLSX", "~$C.XLSX", "notes.md"):
        (tmp_path / name).touch()
    assert [path.name for path in find_files([tmp_path])] == ["C.XLSX", "a.csv", "b.csv.gz"]


def test_a_directory_without_exports_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputFault, match=r"no \.csv"):
        find_files([tmp_path])


def test_packing_a_file_does_not_make_it_another(path: Path) -> None:
    packed = path.with_name("b.csv.gz")
    path.write_text(f"{HEADER}\n1,2,3,4\n")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert content_hash([examined(path)]) == content_hash([examined(packed)])
    assert rows_of(path) == rows_of(packed)


def test_a_header_with_a_mark_blanks_and_capitals_is_known(path: Path) -> None:
    path.write_text("\ufeff" + HEADER.upper().replace(",", " , ") + "\r\n", "utf-8")
    assert examined(path).kind is Kind.PAYMENTS


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-with-mark", "utf-16-be", "cp1256"]
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "؛"])
def test_encoding_and_separator_are_found_out(path: Path, encoding: str, separator: str) -> None:
    text = f"{PERSIAN}\n1,2,3,4,مريم كريمی\n".replace(",", separator)
    if encoding == "cp1256":
        text = text.replace("ی", "ي")
    if encoding.startswith("utf-16-"):
        path.write_bytes(("\ufeff" + text).encode(encoding[:9]))
    else:
        path.write_bytes(text.encode(encoding))
    assert examined(path).kind is Kind.PAYMENTS
    [(line, row)] = rows_of(path)
    assert (line, row[:4], row[4][:4]) == (2, ["1", "2", "3", "4"], "مريم")


def test_letters_far_behind_the_header_tell_the_encoding_too(path: Path) -> None:
    lines = f"{HEADER},name\n" + "1,2,3,4,x\n" * 200_000
    path.write_bytes(lines.encode() + "1,2,3,4,مريم\n".encode("cp1256"))
    assert rows_of(path)[-1] == (200_002, ["1", "2", "3", "4", "مريم"])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(path: Path, end: str) -> None:
    path.write_bytes(end.join([HEADER, "1,2,3,4", "", "5,6,7,8"]).encode())
    assert rows_of(path) == [(2, ["1", "2", "3", "4"]), (4, ["5", "6", "7", "8"])]


def test_a_broken_byte_in_a_name_stops_nothing(path: Path) -> None:
    path.write_bytes(f"{HEADER}\n1,2,3,مریم".encode() + b"\xff\n")
    assert rows_of(path) == [(2, ["1", "2", "3", "مریم\ufffd"])]


def test_quoted_separators_and_line_ends_stay_in_their_field(path: Path) -> None:
    path.write_bytes(f'{HEADER}\n1,2,"3,000","a\r\nb"\n5,6,7,8\n'.encode())
    assert rows_of(path) == [(2, ["1", "2", "3,000", "a\r\nb"]), (4, ["5", "6", "7", "8"])]


def test_titles_may_stand_above_the_header(path: Path) -> None:
    path.write_text(f"sep=,\nگزارش پرداخت‌ها\n\n{HEADER}\n1,2,3,4\n", "utf-8")
    assert rows_of(path) == [(5, ["1", "2", "3", "4"])]


def test_a_header_is_looked_for_in_the_first_twenty_rows_only(path: Path) -> None:
    path.write_text("title\n" * 20 + f"{HEADER}\n1,2,3,4\n")
    with pytest.raises(InputFault, match=r"^a\.csv: no known export"):
        examine(path, KNOWN)


def test_a_field_without_end_costs_its_lines_not_the_file(path: Path) -> None:
    path.write_text(f"{HEADER}\n{'9' * 200_000},2,3,4\n5,6,7,8\n")
    with records(examined(path)) as (chunks, _):
        found = list(chunks)
    lost = [(line, fault.reason) for chunk in found for line, fault in chunk.faults]
    assert lost == [(2, Reason.UNSPLIT)]
    assert [row for chunk in found for row in chunk.rows] == [["5", "6", "7", "8"]]


def test_lines_that_an_open_quote_swallows_are_named(path: Path) -> None:
    path.write_text(f'{HEADER}\n1,2,3,"4\n' + "1,2,3,4\n" * 20_000 + "5,6,7,8\n")
    with records(examined(path)) as (chunks, _):
        lost = [fault for chunk in chunks for fault in chunk.faults]
    assert [(line, fault.reason) for line, fault in lost] == [(2, Reason.UNSPLIT)]
    first, last = lost[0][1].value.split("–")
    assert first == "2"
    assert int(last) > 16_000


def test_a_gzip_file_that_breaks_off_is_told_by_name(path: Path) -> None:
    path = path.with_name("sales.csv.gz")
    whole = gzip.compress(f"{HEADER}\n".encode() + bytes(range(1, 256)) * 50)
    path.write_bytes(whole[:-20])
    with pytest.raises(InputFault, match=r"^sales\.csv\.gz: .*break off"):
        examine(path, KNOWN)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7", "this is a PDF"),
        (b"<html><table>", "this is a web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "an old .xls or a workbook with a password"),
        (b"PK\x03\x04 and no more", "the workbook is cut off"),
        (HEADER.encode("utf-16-le"), "NUL bytes"),
        (HEADER.encode() + b",\xc0\xc1\xf5\x80\x81\n", "neither UTF-8 nor Windows-1256"),
        (b"", "no known export"),
    ],
)
def test_another_format_is_one_clear_line(path: Path, content: bytes, said: str) -> None:
    path.write_bytes(content)
    with pytest.raises(InputFault, match=r"^a\.csv: ") as told:
        examine(path, KNOWN)
    assert said in str(told.value)
    assert "\n" not in str(told.value)


def test_separators_at_the_end_of_every_line_stand_for_no_column(path: Path) -> None:
    path.write_text(f"{HEADER},,\n1,2,3,4,,\n")
    export = examined(path)
    assert export.header == tuple(HEADER.split(","))


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.xlsx"])
def test_what_fails_in_the_hands_of_the_reader_is_not_laid_on_the_file(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    content = f"{HEADER}\n1,2,3,4\n".encode()
    if name.endswith("xlsx"):
        write_book(path, sheet_of(header_row()))
    else:
        path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)

    def use(failure: Exception) -> None:
        with records(examined(path)) as (chunks, _):
            for _chunk in chunks:
                raise failure

    for failure in (OSError("full"), EOFError(), RuntimeError(), KeyError()):
        with pytest.raises(type(failure)) as told:
            use(failure)
        assert told.value is failure


@given(st.binary(max_size=300))
def test_no_bytes_at_all_break_the_examination(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        for start in (b"", HEADER.encode() + b"\n", b"PK\x03\x04"):
            path.write_bytes(start + content)
            with suppress(InputFault):
                rows_of(path)
