"""Workbooks: zip archives of any make, and honest archives of any XML."""

import zipfile
from functools import cache
from io import BytesIO

from tests.fuzz.guided.exports import read_whole, written
from tests.fuzz.guided.given import Given
from tests.fuzz.guided.targets import Target
from tests.support.bombs import SHEET_BEGINS, SHEET_ENDS, header_row, sheet_of, text_cell

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = f"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="{_KIND}/officeDocument" Target="xl/workbook.xml"/>
<Relationship Id="rId2" Type="{_KIND}/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId3" Type="{_KIND}/sharedStrings" Target="sharedStrings.xml"/>
<Relationship Id="rId4" Type="{_KIND}/styles" Target="styles.xml"/></Relationships>"""
_BOOK = f"""<workbook xmlns="{_MAIN}" xmlns:r="{_KIND}">
<sheets><sheet name="s" sheetId="1" r:id="rId2"/></sheets></workbook>"""
_PARTS = {
    "_rels/.rels": _RELATIONS,
    "xl/workbook.xml": _BOOK,
    "xl/_rels/workbook.xml.rels": _RELATIONS,
    "xl/worksheets/sheet1.xml": sheet_of("<row r='2'><c t='s'><v>0</v></c></row>"),
    "xl/sharedStrings.xml": "<sst><si><t>1234567804423</t></si></sst>",
    "xl/styles.xml": "<s><numFmts><numFmt numFmtId='164' formatCode='yyyy'/></numFmts>"
    "<cellXfs><xf numFmtId='14'/><xf numFmtId='164'/></cellXfs></s>",
}
"""The parts of an honest workbook; an input changes one or two of them."""
_NAMES = tuple(_PARTS)
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


def try_one(data: bytes) -> None:
    """A zip archive as it is, or the XML of parts, or an honest archive with bytes changed."""
    given = Given(data)
    how = given.byte() % 4
    if how == 0:
        content = b"PK\x03\x04" + given.rest()
    elif how == 1:
        content = _packed({given.one_of(_NAMES): given.rest()}, zipfile.ZIP_DEFLATED)
    elif how == 2:
        content = _in_the_sheet(given.rest())
    else:
        content = _damaged(given)
    read_whole(written(content, "book.xlsx"))


def _in_the_sheet(rows: bytes) -> bytes:
    begin, end = (SHEET_BEGINS + header_row()).encode(), SHEET_ENDS.encode()
    return _packed({"xl/worksheets/sheet1.xml": begin + rows + end}, zipfile.ZIP_STORED)


def _damaged(given: Given) -> bytes:
    """An archive in one of four packings, some of its bytes overwritten or cut off."""
    content = bytearray(_honest(given.one_of(_PACKINGS)))
    while not given.is_over:
        at = given.whole(len(content) - 1)
        piece = given.piece(8)
        content[at : at + len(piece)] = piece
        if not piece and at % 7 == 0:
            del content[at:]
            break
    return bytes(content) if content else b"PK\x03\x04"


@cache
def _honest(packing: int) -> bytes:
    return _packed({}, packing)


def _packed(changed: dict[str, bytes], packing: int) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", packing) as archive:
        for name, part in _PARTS.items():
            # A fixed day: the same input must give the same archive.
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            archive.writestr(info, changed.get(name, part.encode()), packing)
    return content.getvalue()


_DAY = "<c r='B2' s='0'><v>45000.5</v></c>"
_ROW = f"<row r='2'>{text_cell('1234567804423')}{_DAY}<c><v>1e3</v></c></row>"
TARGET = Target(
    try_one,
    seeds=[
        b"\0" + _packed({}, zipfile.ZIP_STORED)[4:],
        *(bytes([1, place]) + part.encode() for place, part in enumerate(_PARTS.values())),
        b"\2" + _ROW.encode(),
        b"\2<row r='3'/><row><c r='D9' t='b'><f>A1+1</f><v>1</v></c></row>",
        b"\2<row><c t='str'><v>a</v></c><c s='1'><v>-1</v></c><c><v>"
        + b"9" * 20
        + b"</v></c></row>",
        b"\1\3<?xml version='1.0' encoding='utf-16'?><worksheet/>",
        b"\1\4<?xml version='1.0' encoding='utf-7'?><sst/>",
        *(bytes([3, packing]) + bytes(range(0, 40, 2)) for packing in range(4)),
    ],
    words=[
        *(
            "<row r='",
            "<c r='",
            " t='s'",
            " t='inlineStr'",
            " s='1'",
            "<v>",
            "</v>",
            "</c>",
            "</row>",
        ),
        *("<is><t>", "</t></is>", "<f>", "<si>", "<rPh>", "<!DOCTYPE x>", "<!ENTITY", "encoding='"),
        *("utf-16", "cp037", "&#x0;", "&amp;", "<![CDATA[", "²", "1048577", "XFD1", "x:row", "nan"),
        *(
            "numFmtId='",
            "formatCode='",
            "date1904='1'",
            "state='hidden'",
            "Target='",
            "../",
            "r:id='",
        ),
        *(
            b"PK\x01\x02",
            b"PK\x05\x06",
            b"PK\x06\x06",
            b"\xff\xff\xff\xff",
            b"\x0e\x00",
            b"\x0c\x00",
        ),
    ],
    longest=4096,
)
