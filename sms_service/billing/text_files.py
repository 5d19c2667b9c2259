"""CSV files of any usual make: opened, checked, their encoding and separator found out.

A file is looked through once before its rows are read: that gives its hash, shows what
letters it is written in, and refuses what would fill the memory.
"""

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from sms_service.billing.faults import RowFault
from sms_service.billing.headers import ROWS_SEARCHED, find_header, without_tail
from sms_service.billing.inputs import CHUNK, InputFault, TooMuch
from sms_service.billing.layouts import Layout
from sms_service.billing.reasons import Reason
from sms_service.billing.rows import Chunk, line_ends

_GZIP_MAGIC = b"\x1f\x8b"
SEPARATORS = (",", ";", "\t", "|", "؛")
_DENSEST = 100
"""Unpacked bytes a packed one may stand for; exports reach about 20."""
_UNSUSPECTED = 64 << 20
"""Unpacked bytes below which no ratio is looked at."""
_CHARACTERS_AT_ONCE = 1 << 16
"""Some 400 rows: they stay in the processor's cache, and die young for the garbage collector."""
_MARKED = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_FOREIGN = {
    b"%PDF": "a PDF",
    b"<htm": "a web page",
    b"<!do": "a web page",
    b"<tab": "a web page",
    b"<?xm": "an XML file",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
}
_ARABIC = range(0x0600, 0x0700)
_BESIDE_ARABIC = frozenset("\u200c\u200d\u200e\u200f\u00a0«»،؛؟–—‘’“”…×÷")


@dataclass(frozen=True, slots=True)
class Writing:
    """How a text file is written."""

    encoding: str
    separator: str
    header_at: int
    """How many rows stand above the header."""
    header: tuple[str, ...]


def examine_text(path: Path, known: Sequence[Layout]) -> tuple[Writing, str]:
    """How the file is written, and the SHA-256 of what is in it, unpacked.

    Raises InputFault. A file without a known header comes back with an empty one.
    """
    with _failures_told():
        with _opened(path) as (content, _):
            start = content.read(CHUNK)
        _refuse_foreign(start)
        digest, telling = _looked_through(path)
        encoding = _encoding_of(start, telling)
        found = [_written(path, encoding, separator, known) for separator in SEPARATORS]
    return next(filter(None, found), Writing(encoding, ",", 0, ())), digest


def _refuse_foreign(start: bytes) -> None:
    foreign = _FOREIGN.get(start.lstrip()[:4].lower()) or _FOREIGN.get(start[:4])
    if foreign:
        raise InputFault(f"this is {foreign}: save it as CSV or XLSX")


def _looked_through(path: Path) -> tuple[str, bytes]:
    """The hash of the content, and the first block of it that isn't all ASCII."""
    digest = hashlib.sha256()
    telling, length = b"", 0
    with _opened(path) as (content, done):
        wide = False
        while block := content.read(CHUNK):
            if not length:
                wide = block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            length += len(block)
            digest.update(block)
            if not telling and not block.isascii():
                telling = block
            if not wide and b"\0" in block:
                raise InputFault("it holds NUL bytes: save it as CSV in UTF-8, or as XLSX")
            if len(block) == CHUNK and b"\n" not in block and b"\r" not in block:
                raise TooMuch("a line in it is longer than a megabyte")
            if length > _UNSUSPECTED and length > _DENSEST * max(1, done()):
                raise TooMuch("it unpacks to more than a hundred times its size")
    return digest.hexdigest(), telling


def _encoding_of(start: bytes, telling: bytes) -> str:
    for mark, encoding in _MARKED.items():
        if start.startswith(mark):
            return encoding
    right, wrong = _utf8_letters(telling)
    if right >= wrong:
        return "utf-8-sig"
    letters = [letter for letter in telling.decode("cp1256") if not letter.isascii()]
    arabic = sum(ord(letter) in _ARABIC or letter in _BESIDE_ARABIC for letter in letters)
    if arabic * 10 < len(letters) * 9:
        raise InputFault("its letters are neither UTF-8 nor Windows-1256: save it as CSV in UTF-8")
    return "cp1256"


def _utf8_letters(block: bytes) -> tuple[int, int]:
    """How many letters beyond ASCII are right in UTF-8, and how many bytes are wrong."""
    decoded = block.decode("utf-8", errors="replace")
    wrong = decoded.count("\ufffd")
    return sum(not letter.isascii() for letter in decoded) - wrong, wrong


def _written(path: Path, encoding: str, separator: str, known: Sequence[Layout]) -> Writing | None:
    with text_chunks(path, Writing(encoding, separator, -1, ())) as (chunks, _):
        first = next(chunks, Chunk(1, []))
    rows = first.rows[:ROWS_SEARCHED]
    at = find_header(rows, known)
    return None if at is None else Writing(encoding, separator, at, without_tail(rows[at]))


@contextmanager
def text_chunks(
    path: Path, writing: Writing
) -> Iterator[tuple[Iterator[Chunk], Callable[[], int]]]:
    """The rows below the header, and how many bytes of the file are done.

    The rows raise InputFault where the file breaks off.
    """
    with ExitStack() as stack:
        with _failures_told():
            content, done = stack.enter_context(_opened(path))
        # Only IDs, days and numbers are read: a broken byte in a name must not stop them.
        text = io.TextIOWrapper(content, writing.encoding, errors="replace", newline="")
        yield _told(_split(text, writing)), done


def _told(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    with _failures_told():
        yield from chunks


class _Rows(Protocol):
    """What ``csv.reader`` gives; its own class has no public name."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...
    def __next__(self) -> list[str]: ...


class _Lines:
    """The lines of a text; ``last`` is the number of the last one that is in memory."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.last = 0

    def __iter__(self) -> Iterator[str]:
        while lines := self._text.readlines(_CHARACTERS_AT_ONCE):
            self.last += len(lines)
            yield from lines


def _split(text: io.TextIOWrapper, writing: Writing) -> Iterator[Chunk]:
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=writing.separator)
    for _ in range(writing.header_at + 1):
        _skip(reader)
    while True:
        first = reader.line_num + 1
        rows, lost = _block(reader, lines)
        if not rows and not lost and reader.line_num < first:
            return
        yield Chunk(first, rows, lost, reader.line_num - first + 1, writing.separator)


def _skip(reader: _Rows) -> None:
    try:
        next(reader, None)
    except csv.Error:
        return


def _block(reader: _Rows, lines: _Lines) -> tuple[list[list[str]], Sequence[tuple[int, RowFault]]]:
    """About as many rows as were in memory, and the lines that couldn't be split."""
    rows: list[list[str]] = []
    begun = reader.line_num + 1
    try:
        for row in reader:
            rows.append(row)
            if reader.line_num >= lines.last:
                break
    except csv.Error:
        taken = begun + len(rows) + sum(map(line_ends, rows))
        where = f"{taken}–{reader.line_num}" if reader.line_num > taken else ""
        return rows, [(taken, RowFault("", where, Reason.UNSPLIT))]
    return rows, ()


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, Callable[[], int]]]:
    """The content, unpacked where it is packed, and how many bytes of the file are done."""
    with path.open("rb") as raw:
        packed = raw.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        raw.seek(0)
        content = gzip.GzipFile(fileobj=raw) if packed else raw
        yield cast("BinaryIO", content), raw.tell


@contextmanager
def _failures_told() -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InputFault("the gzip data break off or are damaged") from None
    except OSError as error:
        raise InputFault(error.strerror or "unreadable") from None
