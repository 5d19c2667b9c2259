"""Export files on disk: found, told apart by their header, hashed, read as a stream."""

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from sms_service.billing.layouts import Kind, Layout
from sms_service.billing.rows import HeaderFault, layout_of

_GZIP_MAGIC = b"\x1f\x8b"
_BLOCK = 1 << 20


class InputFault(Exception):
    """The files can't be taken as they are; one line that names the file."""


@dataclass(frozen=True, slots=True)
class Export:
    """One export file. ``header`` is stripped and in lower case."""

    path: Path
    kind: Kind
    header: tuple[str, ...]
    size: int
    """Bytes on disk."""
    digest: str
    """SHA-256 of the content, unpacked: the same whether gzipped or not."""


@dataclass(frozen=True, slots=True)
class Line:
    """One record of a file; ``texts`` is None where the line can't be split."""

    number: int
    texts: list[str] | None


def find_files(paths: Iterable[Path]) -> list[Path]:
    """The CSV files among these files and in these directories; raises InputFault."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.name.endswith((".csv", ".csv.gz")))
            if not inside:
                raise InputFault(f"{path}: no .csv or .csv.gz file in it")
            found.extend(inside)
        elif path.is_file():
            found.append(path)
        else:
            raise InputFault(f"{path}: no such file or directory")
    return list(dict.fromkeys(found))


def examine(path: Path, known: Sequence[Layout]) -> Export:
    """Read the header and hash the content; raises InputFault."""
    with _opened(path) as (content, _):
        digest = hashlib.sha256()
        while block := content.read(_BLOCK):
            digest.update(block)
    with _lines(path) as (lines, _):
        first = next(lines, Line(1, None)).texts or []
    header = tuple(name.strip().lower() for name in first)
    try:
        kind = layout_of(header, known).kind
    except HeaderFault as fault:
        raise InputFault(f"{path.name}: {fault}") from None
    return Export(path, kind, header, path.stat().st_size, digest.hexdigest())


def content_hash(exports: Iterable[Export]) -> str:
    """One hash for a set of files, whatever their names and order."""
    together = "\n".join(sorted(export.digest for export in exports))
    return hashlib.sha256(together.encode()).hexdigest()


@contextmanager
def records(export: Export) -> Iterator[tuple[Iterator[Line], Callable[[], int]]]:
    """The records after the header, and how many bytes of the file are done.

    Blank lines are left out. Raises InputFault when the file breaks off.
    """
    with _lines(export.path) as (lines, done):
        next(lines, None)
        yield lines, done


@contextmanager
def _lines(path: Path) -> Iterator[tuple[Iterator[Line], Callable[[], int]]]:
    with _opened(path) as (content, done):
        # Only IDs, days and numbers are read: a broken byte in a name must not stop them.
        text = io.TextIOWrapper(content, encoding="utf-8-sig", errors="replace", newline="")
        yield _split(text), done


def _split(text: Iterable[str]) -> Iterator[Line]:
    reader = csv.reader(text)
    while True:
        try:
            for texts in reader:
                if texts:
                    yield Line(reader.line_num, texts)
        except csv.Error:
            yield Line(reader.line_num, None)
        else:
            return


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, Callable[[], int]]]:
    try:
        with path.open("rb") as raw:
            packed = raw.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
            raw.seek(0)
            content = gzip.GzipFile(fileobj=raw) if packed else raw
            yield cast("BinaryIO", content), raw.tell
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InputFault(f"{path.name}: the gzip data break off or are damaged") from None
    except OSError as error:
        raise InputFault(f"{path}: {error.strerror or 'unreadable'}") from None
