"""Looks into a workbook before anything reads it, and refuses what would fill the memory.

A workbook is a zip archive of XML. Its headers say how large each part is unpacked, and
``zipfile`` never unpacks more of a part than that; so the headers bound the memory. Small
parts are read whole, sheets row by row: therefore a sheet may be large, but no single row.
"""

import re
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from sms_service.billing.inputs import CHUNK, InputFault, TooMuch

MOST_TEXTS = 500_000
"""Different texts in a workbook; all of them are held in memory."""
_MOST_PARTS = 1_000
_LARGEST_DIRECTORY = 1 << 20
_LARGEST_SHEET = 1 << 30
_LARGEST_TEXTS = 32 << 20
_LARGEST_OTHER = 4 << 20
_DENSEST = 100
_UNSUSPECTED = 8 << 20
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_TEXTS = "xl/sharedStrings.xml"
_TYPES = "[Content_Types].xml"
_SHEET_TYPE = "worksheet+xml"
_END_OF_DIRECTORY = b"PK\x05\x06"
_LARGEST_END = 22 + 0xFFFF
_IN_ZIP64 = 0xFFFFFFFF
_ROW = re.compile(rb"<(?:[A-Za-z0-9]+:)?row[ >/]")
_ITEM = re.compile(rb"<(?:[A-Za-z0-9]+:)?si[ >/]")


def refuse_bombs(path: Path) -> None:
    """Raise InputFault for a workbook that isn't one or is too large inside."""
    with path.open("rb") as raw:
        _check_directory(raw)
    with _archive(path) as archive:
        parts = {part.filename: part for part in archive.infolist()}
        if _TYPES not in parts:
            raise InputFault("a zip archive, but no XLSX workbook")
        for part in parts.values():
            _check_part(part)
        _check_types(archive.read(_TYPES))
        for name in parts:
            if _SHEET.fullmatch(name):
                _check_rows(archive, name)
        if _TEXTS in parts:
            _count_texts(archive)


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError):
        raise InputFault("the workbook is damaged or encrypted") from None


def _check_directory(raw: BinaryIO) -> None:
    """The list of parts is read whole, so its own size comes first."""
    size = raw.seek(0, 2)
    raw.seek(max(0, size - _LARGEST_END))
    end = raw.read()
    at = end.rfind(_END_OF_DIRECTORY)
    if at < 0 or len(end) < at + 20:
        raise InputFault("the workbook is cut off")
    parts, bytes_of_directory = struct.unpack("<HI", end[at + 10 : at + 16])
    if bytes_of_directory == _IN_ZIP64:
        raise TooMuch("the workbook is larger inside than Excel writes them")
    if parts > _MOST_PARTS or bytes_of_directory > _LARGEST_DIRECTORY:
        raise TooMuch(f"the workbook has more than {_MOST_PARTS:,} parts")


def _check_part(part: zipfile.ZipInfo) -> None:
    name = part.filename
    if _SHEET.fullmatch(name):
        largest = _LARGEST_SHEET
    else:
        largest = _LARGEST_TEXTS if name == _TEXTS else _LARGEST_OTHER
    if part.file_size > largest:
        allowed = f"{largest >> 20} MB"
        raise TooMuch(f"a part of the workbook unpacks to more than {allowed}: save it as CSV")
    if part.file_size > _UNSUSPECTED and part.file_size > _DENSEST * max(1, part.compress_size):
        raise TooMuch("a part of the workbook unpacks to more than a hundred times its size")


def _check_types(content: bytes) -> None:
    """What is a sheet by its name, and so may be large, must be read as one."""
    try:
        types = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException):
        raise InputFault("the workbook is damaged") from None
    for entry in types:
        name = entry.get("PartName", "").lstrip("/")
        large = _SHEET.fullmatch(name) and not entry.get("ContentType", "").endswith(_SHEET_TYPE)
        texts = entry.get("ContentType", "").endswith("sharedStrings+xml") and name != _TEXTS
        if large or texts:
            raise InputFault("the workbook's list of parts contradicts itself")


def _check_rows(archive: zipfile.ZipFile, name: str) -> None:
    with archive.open(name) as content:
        while block := content.read(CHUNK):
            if len(block) == CHUNK and not _ROW.search(block):
                raise TooMuch("a row of a sheet is longer than a megabyte")


def _count_texts(archive: zipfile.ZipFile) -> None:
    count = 0
    with archive.open(_TEXTS) as content:
        while block := content.read(CHUNK):
            count += len(_ITEM.findall(block))
            if count > MOST_TEXTS:
                raise TooMuch(f"more than {MOST_TEXTS:,} different texts: save it as CSV")
