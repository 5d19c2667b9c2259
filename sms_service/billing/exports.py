"""Export files on disk: found, told apart by their header, hashed, read as a stream."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sms_service.billing.faults import RowFault, shown
from sms_service.billing.headers import HeaderFault, layout_of
from sms_service.billing.inputs import InputFault
from sms_service.billing.layouts import Kind, Layout
from sms_service.billing.mapping import Mapping
from sms_service.billing.reasons import Reason
from sms_service.billing.rows import Chunk
from sms_service.billing.sheets import OLE_MAGIC, ZIP_MAGIC, Sheet, examine_workbook, sheet_chunks
from sms_service.billing.text_files import Writing, examine_text, text_chunks

ENDINGS = (".csv", ".csv.gz", ".tsv", ".txt", ".xlsx", ".xlsm")
"""What is taken for an export in a directory; a file that is named may be called anything."""


@dataclass(frozen=True, slots=True)
class Export:
    """One export: a CSV file or a sheet of a workbook."""

    path: Path
    layout: Layout
    header: tuple[str, ...]
    """As it stands in the file."""
    size: int
    """Bytes on disk."""
    digest: str
    """SHA-256 of the content, unpacked: the same whether gzipped or not."""
    place: Writing | Sheet
    left_out: Sequence[tuple[int, RowFault]] = ()
    """What of the file belongs to no export."""
    called: str = ""
    """What people call the file, where that isn't its name on disk."""

    @property
    def kind(self) -> Kind:
        return self.layout.kind

    @property
    def name(self) -> str:
        """The file's name, with the sheet where it is one of a workbook."""
        if isinstance(self.place, Sheet):
            return f"{self.file} › {_title(self.place)}"
        return self.file

    @property
    def file(self) -> str:
        """The file's name alone."""
        return self.called or self.path.name


def find_files(paths: Iterable[Path]) -> list[Path]:
    """The exports among these files and in these directories; raises InputFault."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if _is_named_as_export(p))
            if not inside:
                raise InputFault(f"{path}: no .csv, .csv.gz or .xlsx file in it")
            found.extend(inside)
        elif path.is_file():
            found.append(path)
        else:
            raise InputFault(f"{path}: no such file or directory")
    return list(dict.fromkeys(found))


def _is_named_as_export(path: Path) -> bool:
    # Excel keeps a file of this name beside each workbook that is open.
    return path.name.lower().endswith(ENDINGS) and not path.name.startswith("~$")


def examine(path: Path, known: Sequence[Layout], called: str = "") -> list[Export]:
    """What a file holds: one export, or one for each sheet of a known kind.

    Reads headers, hashes the content. ``called``: the name that people know the file by.
    Raises InputFault.
    """
    with _named(called or path.name):
        found = _of_workbook(path, known) if is_workbook(path) else [_of_text(path, known)]
    return [replace(export, called=called) for export in found] if called else found


def is_workbook(path: Path) -> bool:
    """Whether it is one that can be read. Raises InputFault for those of other programs."""
    with path.open("rb") as raw:
        start = raw.read(len(OLE_MAGIC))
    if start == OLE_MAGIC:
        raise InputFault("an old .xls or a workbook with a password: save it as plain .xlsx")
    return start.startswith(ZIP_MAGIC)


def _of_text(path: Path, known: Sequence[Layout]) -> Export:
    writing, digest = examine_text(path, known)
    layout = layout_of(writing.header, known)
    return Export(path, layout, writing.header, path.stat().st_size, digest, writing)


def _of_workbook(path: Path, known: Sequence[Layout]) -> list[Export]:
    found, digest = examine_workbook(path, known)
    size = path.stat().st_size
    told = [sheet for sheet in found if sheet.header]
    if not told:
        layout_of((), known)
    inside = max(1, sum(sheet.size for sheet in told))
    exports = [
        Export(
            path,
            _layout_of_sheet(sheet, known),
            sheet.header,
            size * sheet.size // inside,
            hashlib.sha256(f"{digest} {sheet.title}".encode()).hexdigest(),
            sheet,
        )
        for sheet in told
    ]
    unknown = [sheet for sheet in found if not sheet.header]
    left_out = [(1, _sheet_left_out(sheet)) for sheet in unknown]
    return [replace(exports[0], left_out=left_out), *exports[1:]]


def _layout_of_sheet(sheet: Sheet, known: Sequence[Layout]) -> Layout:
    try:
        return layout_of(sheet.header, known)
    except HeaderFault as fault:
        raise HeaderFault(f"sheet «{_title(sheet)}»: {fault}") from None


def _sheet_left_out(sheet: Sheet) -> RowFault:
    return RowFault("", _title(sheet), Reason.SHEET_LEFT_OUT)


def _title(sheet: Sheet) -> str:
    return shown(sheet.title, private=False)


def content_hash(exports: Iterable[Export], mapping: Mapping | None = None) -> str:
    """One hash for a set of files and how they are read, whatever their names and order."""
    digests = sorted(export.digest for export in exports)
    together = "\n".join([*digests, mapping.digest] if mapping else digests)
    return hashlib.sha256(together.encode()).hexdigest()


@contextmanager
def records(export: Export) -> Iterator[tuple[Iterator[Chunk], Callable[[], int]]]:
    """The rows below the header, and how many bytes of the export are done.

    The rows raise InputFault when the file breaks off.
    """
    with ExitStack() as stack:
        with _named(export.file):
            chunks, done = stack.enter_context(_chunks(export))
        yield _rows(export, chunks), done


@contextmanager
def _chunks(export: Export) -> Iterator[tuple[Iterator[Chunk], Callable[[], int]]]:
    place = export.place
    if isinstance(place, Sheet):
        with sheet_chunks(export.path, place) as (chunks, share):
            yield chunks, lambda: int(share() * export.size)
    else:
        with text_chunks(export.path, place) as (chunks, done):
            yield chunks, done


def _rows(export: Export, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    if export.left_out:
        yield Chunk(1, [], export.left_out)
    with _named(export.file):
        yield from chunks


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Puts the file's name before what is wrong with it."""
    try:
        yield
    except OSError as error:
        raise InputFault(f"{name}: {error.strerror or 'unreadable'}") from None
    except (InputFault, HeaderFault) as fault:
        raise InputFault(f"{name}: {fault}") from None
