"""The archive: the same bytes whenever and by whomever it is made of the same files."""

import gzip
import tarfile
from pathlib import Path

from deploy.bundle.wheels import sha256


def sums(folder: Path) -> str:
    """SHA-256 of every file, as ``sha256sum -c`` reads it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{sha256(path)}  {path.relative_to(folder).as_posix()}" for path in files]
    return "\n".join(lines) + "\n"


def pack(folder: Path, target: Path, epoch: int) -> None:
    """Write ``folder`` and all below it: sorted, dated ``epoch``, owned by root."""

    def dated(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.mtime = epoch
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    with (
        target.open("wb") as file,
        # Its header would hold a name and the time of now.
        gzip.GzipFile("", "wb", 6, file, mtime=epoch) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in (folder, *sorted(folder.rglob("*"))):
            name = path.relative_to(folder.parent).as_posix()
            archive.add(path, name, recursive=False, filter=dated)
