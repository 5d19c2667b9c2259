"""Workbooks (XLSX) from outside: their parts, found and bounded before any is unpacked.

A workbook is a zip archive of XML. Its directory says how large each part is, and
``zipfile`` never unpacks more of a part than that, so what is checked here bounds the memory.
Parts that nobody reads (pictures, pivot tables, macros) are not unpacked at all.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from posixpath import join, normpath
from typing import IO, BinaryIO
from xml.etree.ElementTree import Element, ParseError  # nosec B405  # types of defusedxml's

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from sms_service.billing.inputs import InputFault, TooMuch

LARGEST_SHEET = 1 << 30
LARGEST_TEXTS = 64 << 20
_LARGEST_OTHER = 4 << 20
_MOST_PARTS = 2_000
_LARGEST_DIRECTORY = 1 << 20
_DENSEST = 100
"""Unpacked bytes a packed one may stand for; sheets reach about 25."""
_UNSUSPECTED = 8 << 20
_END_OF_DIRECTORY = b"PK\x05\x06"
_LARGEST_END = 22 + 0xFFFF
_ROOT = "_rels/.rels"
_HIDDEN = frozenset({"hidden", "veryHidden"})
_DATES_BUILT_IN = frozenset(
    map(str, (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
)
_NOT_OF_THE_FORMAT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_OF_DATES = re.compile(r"[dmyhs]", re.IGNORECASE)
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What workbooks are packed by; the others fail in ways of their own."""
_UNKNOWN_PACKING = "the workbook is encrypted, or packed in an unknown way"
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    UnicodeDecodeError,
    ParseError,
    DefusedXmlException,
)


@dataclass(frozen=True, slots=True)
class SheetPart:
    """Where a sheet stands in the archive."""

    title: str
    part: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Workbook:
    archive: zipfile.ZipFile
    sheets: tuple[SheetPart, ...]
    texts_part: str | None
    date_styles: frozenset[str]
    """The cell styles that show a number as a day."""
    from_1904: bool
    """Whether its days are counted from 1904, as on old Macs."""


@contextmanager
def damage_told() -> Iterator[None]:
    """Raises InputFault for what comes up where a workbook is opened and read."""
    try:
        yield
    except _DAMAGED:
        raise InputFault("the workbook is damaged") from None
    except (NotImplementedError, RuntimeError):
        raise InputFault(_UNKNOWN_PACKING) from None


@contextmanager
def opened_workbook(path: Path) -> Iterator[Workbook]:
    """The structure of a workbook; raises InputFault for one that is too large."""
    with path.open("rb") as raw:
        _check_directory(raw)
    with zipfile.ZipFile(path) as archive:
        yield _structure(archive)


def _check_directory(raw: BinaryIO) -> None:
    """The list of parts is read whole, so its own size comes first."""
    size = raw.seek(0, 2)
    raw.seek(max(0, size - _LARGEST_END))
    end = raw.read()
    at = end.rfind(_END_OF_DIRECTORY)
    if at < 0 or len(end) < at + 22:
        raise InputFault("the workbook is cut off")
    parts, length = struct.unpack("<HI", end[at + 10 : at + 16])
    if parts > _MOST_PARTS or length > _LARGEST_DIRECTORY:
        raise TooMuch(f"the workbook has more than {_MOST_PARTS:,} parts")


def open_part(archive: zipfile.ZipFile, name: str, largest: int) -> IO[bytes]:
    """A part as a stream, not larger than this unpacked; raises InputFault."""
    try:
        part = archive.getinfo(name)
    except KeyError:
        raise InputFault("a part of the workbook is missing") from None
    if part.compress_type not in _PACKINGS:
        raise InputFault(_UNKNOWN_PACKING)
    if part.file_size > largest:
        raise TooMuch(f"a part of it unpacks to more than {largest >> 20} MB: save it as CSV")
    if part.file_size > _UNSUSPECTED and part.file_size > _DENSEST * max(1, part.compress_size):
        raise TooMuch("a part of it unpacks to more than a hundred times its size")
    return archive.open(part)


def _tree(archive: zipfile.ZipFile, name: str) -> Element:
    with open_part(archive, name, _LARGEST_OTHER) as part:
        # Without a length, read() unpacks a gigabyte before it looks how large the part is.
        tree: Element = fromstring(part.read(_LARGEST_OTHER), forbid_dtd=True)
    return tree


def _local(name: str) -> str:
    """The name without its namespace: there are two for the same elements."""
    return name.rpartition("}")[2]


def _all(tree: Element, name: str) -> Iterator[Element]:
    return (element for element in tree.iter() if _local(element.tag) == name)


def _structure(archive: zipfile.ZipFile) -> Workbook:
    book = _book_part(archive)
    tree = _tree(archive, book)
    related = _related(archive, book)
    parts = {part for _, part in related.values()}
    sheets = tuple(
        SheetPart(
            sheet.get("name", ""),
            related[_relation_of(sheet)][1],
            sheet.get("state", "") in _HIDDEN,
        )
        for sheet in _all(tree, "sheet")
        if related.get(_relation_of(sheet), ("", ""))[0] == "worksheet"
    )
    texts = next((part for kind, part in related.values() if kind == "sharedStrings"), None)
    styles = next((part for kind, part in related.values() if kind == "styles"), None)
    from_1904 = any(one.get("date1904") in {"1", "true"} for one in _all(tree, "workbookPr"))
    names = set(archive.namelist())
    return Workbook(
        archive,
        sheets,
        texts if texts in parts & names else None,
        _date_styles(_tree(archive, styles)) if styles in names and styles else frozenset(),
        from_1904,
    )


def _book_part(archive: zipfile.ZipFile) -> str:
    if _ROOT not in archive.namelist():
        raise InputFault("a zip archive, but no XLSX workbook")
    for kind, part in _relations(_tree(archive, _ROOT), "").values():
        if kind == "officeDocument" and part.endswith("workbook.xml"):
            return part
        if kind == "officeDocument" and part.endswith(".bin"):
            raise InputFault("a binary workbook (.xlsb): save it as .xlsx")
    raise InputFault("an office document, but no XLSX workbook")


def _related(archive: zipfile.ZipFile, part: str) -> Mapping[str, tuple[str, str]]:
    folder, _, name = part.rpartition("/")
    return _relations(_tree(archive, join(folder, "_rels", f"{name}.rels")), folder)


def _relations(tree: Element, folder: str) -> Mapping[str, tuple[str, str]]:
    """The kind and the part of each relation, by its id."""
    return {
        one.get("Id", ""): (
            one.get("Type", "").rpartition("/")[2],
            normpath(join("/", folder, one.get("Target", ""))).lstrip("/"),
        )
        for one in _all(tree, "Relationship")
        if one.get("TargetMode") != "External"
    }


def _relation_of(sheet: Element) -> str:
    # ``sheetId`` ends alike, but has no namespace.
    return next((v for k, v in sheet.items() if k.startswith("{") and _local(k) == "id"), "")


def _date_styles(tree: Element) -> frozenset[str]:
    codes = {one.get("numFmtId", ""): one.get("formatCode", "") for one in _all(tree, "numFmt")}
    formats = [
        style.get("numFmtId", "0")
        for group in _all(tree, "cellXfs")
        for style in group
        if _local(style.tag) == "xf"
    ]
    return frozenset(str(at) for at, number in enumerate(formats) if _is_date(number, codes))


def _is_date(number: str, codes: Mapping[str, str]) -> bool:
    code = codes.get(number)
    if code is None:
        return number in _DATES_BUILT_IN
    bare = _NOT_OF_THE_FORMAT.sub("", code.split(";")[0])
    return bool(_OF_DATES.search(bare)) and "general" not in bare.lower()
