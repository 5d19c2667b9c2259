"""Files that would fill a machine, and ones that only look like exports; made on the fly."""

import gzip
import random
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

MEGABYTE = 1 << 20
HEADER = "bill_identifier,payment_date,payment_amt,ref_code"
ROW = "1234567804423,2025-07-10,1000,1\n"
_BOOK = """<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
<sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>"""
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_RELATION = '<Relationship Id="rId{}" Type="' + _KIND + '/{}" Target="{}"/>'
SHEET_BEGINS = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)
SHEET_ENDS = "</sheetData></worksheet>"


def header_row() -> str:
    """The header of an export of payments, as a row of a sheet."""
    return f"<row>{''.join(map(text_cell, HEADER.split(',')))}</row>"


def text_cell(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def write_book(path: Path, sheet: Iterator[str] | str, texts: Iterator[str] | str = "") -> Path:
    """A workbook of one sheet of this XML; the parts beside it are the least it needs."""
    parts: Mapping[str, Iterator[str] | str] = {
        "_rels/.rels": _RELATIONS.format(_RELATION.format(1, "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": _BOOK,
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(
            _RELATION.format(1, "worksheet", "worksheets/sheet1.xml")
            + _RELATION.format(2, "sharedStrings", "sharedStrings.xml")
        ),
        "xl/worksheets/sheet1.xml": sheet,
        **({"xl/sharedStrings.xml": texts} if texts else {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            with archive.open(name, "w", force_zip64=True) as part:
                for piece in [content] if isinstance(content, str) else content:
                    part.write(piece.encode())
    return path


def sheet_of(*rows: str) -> str:
    return f"{SHEET_BEGINS}{header_row()}{''.join(rows)}{SHEET_ENDS}"


def _repeated(before: str, again: str, times: int, after: str = SHEET_ENDS) -> Iterator[str]:
    yield before
    for _ in range(times):
        yield again
    yield after


def _zeros_behind_a_header(path: Path) -> None:
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(f"{HEADER}\n".encode())
        for _ in range(400):
            file.write(bytes(MEGABYTE))


def _the_same_row_for_ever(path: Path) -> None:
    block = (ROW * (MEGABYTE // len(ROW))).encode()
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(f"{HEADER}\n".encode())
        for _ in range(300):
            file.write(block)


def _a_line_without_end(path: Path) -> None:
    with path.open("wb") as file:
        file.write(f"{HEADER}\n".encode())
        for _ in range(300):
            file.write(b"9" * MEGABYTE)


def _ten_thousand_columns(path: Path) -> None:
    names = ",".join([HEADER, *(f"c{number}" for number in range(10_000))])
    path.write_text(f"{names}\n{ROW}")


def _nul_bytes(path: Path) -> None:
    path.write_bytes(f"{HEADER}\n{ROW}".encode() + bytes(4096))


def _a_sheet_of_two_gigabytes(path: Path) -> None:
    rows = "<row></row>" * 100_000
    write_book(path, _repeated(SHEET_BEGINS + header_row(), rows, 1_000))


def _a_dense_sheet(path: Path) -> None:
    write_book(path, _repeated(SHEET_BEGINS + header_row(), " " * MEGABYTE, 200))


def _a_row_without_end(path: Path) -> None:
    cells = "".join(f'<c s="{number}"/>' for number in range(40_000))
    write_book(path, _repeated(f"{SHEET_BEGINS}{header_row()}<row>", cells, 4))


def _a_cell_without_end(path: Path) -> None:
    begin = f'{SHEET_BEGINS}{header_row()}<row><c t="inlineStr"><is><t>'
    text = random.Random(5).randbytes(MEGABYTE // 2).hex()
    write_book(path, _repeated(begin, text, 8))


def _the_last_cell_of_a_sheet(path: Path) -> None:
    write_book(path, sheet_of('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'))


def _a_row_behind_the_last(path: Path) -> None:
    write_book(path, sheet_of('<row r="2000000000"><c><v>1</v></c></row>'))


def _more_texts_than_memory(path: Path) -> None:
    items = "".join(f"<si><t>{number:06}</t></si>" for number in range(60_000))
    write_book(path, sheet_of(), _repeated("<sst>", items, 60, "</sst>"))


def _a_billion_laughs(path: Path) -> None:
    entities = "".join(
        f'<!ENTITY e{number} "{f"&e{number - 1};" * 10}">' for number in range(1, 10)
    )
    doctype = f'<!DOCTYPE x [<!ENTITY e0 "ha">{entities}]>'
    write_book(path, doctype + sheet_of(f"<row>{text_cell('&e9;')}</row>"))


def _laughs_among_the_texts(path: Path) -> None:
    doctype = '<!DOCTYPE sst [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    write_book(path, sheet_of(), f"{doctype}<sst><si><t>&b;</t></si></sst>")


def _a_header_that_lies(path: Path) -> None:
    """Says that its sheet is small, and unpacks to 400 MB."""
    write_book(path, _repeated(SHEET_BEGINS + header_row(), " " * MEGABYTE, 400))
    content = bytearray(path.read_bytes())
    at = content.index(b"xl/worksheets/sheet1.xml", content.index(b"PK\x01\x02")) - 46
    content[at + 24 : at + 28] = struct.pack("<I", 5000)
    path.write_bytes(content)


def _ten_thousand_parts(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(10_000):
            archive.writestr(f"xl/{number}.xml", b"")


BOMBS: Mapping[str, tuple[Callable[[Path], None], str]] = {
    "zeros.csv.gz": (_zeros_behind_a_header, "NUL bytes"),
    "repeated.csv.gz": (_the_same_row_for_ever, "a hundred times its size"),
    "line.csv": (_a_line_without_end, "longer than a megabyte"),
    "columns.csv": (_ten_thousand_columns, "10,004 columns"),
    "nul.csv": (_nul_bytes, "NUL bytes"),
    "large.xlsx": (_a_sheet_of_two_gigabytes, "more than 1024 MB"),
    "dense.xlsx": (_a_dense_sheet, "a hundred times its size"),
    "row.xlsx": (_a_row_without_end, "longer than a megabyte"),
    "cell.xlsx": (_a_cell_without_end, "longer than a megabyte"),
    "xfd.xlsx": (_the_last_cell_of_a_sheet, "column XFD"),
    "far.xlsx": (_a_row_behind_the_last, "more than 1,048,576 rows"),
    "texts.xlsx": (_more_texts_than_memory, "more than 64 MB"),
    "laughs.xlsx": (_a_billion_laughs, "document type"),
    "laughing_texts.xlsx": (_laughs_among_the_texts, "document type"),
    "lying.xlsx": (_a_header_that_lies, "damaged"),
    "parts.xlsx": (_ten_thousand_parts, "more than 2,000 parts"),
}
"""By file name: what writes it, and what is said of it."""
