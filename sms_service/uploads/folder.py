"""Where uploaded files lie: a folder an upload, nothing in it named by a user.

Web and workers see the same folder. Nobody but the service's own account reads it.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_ONLY_OURS = 0o600
_CHUNK = 1 << 20
_CHECK, _REPORT = "check.json", "faults.csv"


class UploadFolder:
    """The files of all uploads. Raises OSError, as where a disk is full."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def save(self, upload_id: int, contents: Sequence[IO[bytes]]) -> Sequence[int]:
        """Keep these files, durable when this returns; their sizes."""
        folder = self._of(upload_id)
        folder.mkdir(mode=0o700, parents=True)
        try:
            return [
                self._save(folder / str(number), content) for number, content in enumerate(contents)
            ]
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    @staticmethod
    def _save(path: Path, content: IO[bytes]) -> int:
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_OURS), "wb"
        ) as own:
            shutil.copyfileobj(content, own, _CHUNK)
            own.flush()
            os.fsync(own.fileno())
            return own.tell()

    def paths(self, upload_id: int, count: int) -> Sequence[Path]:
        """The first ``count`` files; empty when any of them is gone."""
        paths = [self._of(upload_id) / str(number) for number in range(count)]
        return paths if all(path.is_file() for path in paths) else []

    def note_check(self, upload_id: int, found: Mapping[str, Any]) -> None:
        """Keep what was found in the files, in place of what was found before."""
        path = self._of(upload_id) / _CHECK
        fresh = path.with_suffix(".new")
        with os.fdopen(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _ONLY_OURS), "w"
        ) as own:
            json.dump(found, own, ensure_ascii=False)
        fresh.replace(path)

    def check(self, upload_id: int) -> Mapping[str, Any] | None:
        """What was found in the files; None when nobody looked, or it is deleted."""
        try:
            found: Mapping[str, Any] = json.loads((self._of(upload_id) / _CHECK).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return found

    def new_report(self, upload_id: int) -> Path:
        """Where the list of what isn't taken goes: an empty file that is ours alone."""
        path = self._of(upload_id) / _REPORT
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _ONLY_OURS))
        return path

    def report(self, upload_id: int) -> Path | None:
        """The list of what wasn't taken, where there is one."""
        path = self._of(upload_id) / _REPORT
        return path if path.is_file() else None

    def drop_files(self, upload_id: int) -> None:
        """Delete what was uploaded and what was found in it; the report stays."""
        for path in self._of(upload_id).glob("*"):
            if path.name != _REPORT:
                path.unlink(missing_ok=True)

    def drop(self, upload_id: int) -> None:
        """Delete all of an upload."""
        shutil.rmtree(self._of(upload_id), ignore_errors=True)

    def kept(self) -> Iterator[tuple[int, float]]:
        """The uploads that have a folder here, each with its age in seconds."""
        if not self._root.is_dir():
            return
        for folder in self._root.iterdir():
            if folder.name.isdigit() and folder.is_dir():
                yield int(folder.name), time.time() - folder.stat().st_mtime

    def has_files(self, upload_id: int) -> bool:
        """Whether anything but the report is there."""
        return any(path.name != _REPORT for path in self._of(upload_id).glob("*"))

    def spool(self) -> Path:
        """Where parts of an upload may lie while it comes in: on the disk where it will stay."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._root

    def _of(self, upload_id: int) -> Path:
        return self._root / str(int(upload_id))
