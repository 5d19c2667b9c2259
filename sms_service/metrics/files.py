"""The files in which the processes of one host keep their figures, and how they are read.

Each process writes files of its own, by ``prometheus_client``'s multiprocess mode. What a dead
process counted goes on to count: its files are moved into ``ended`` and added up in one file
there, so that figures never fall and the folder doesn't grow. What it was (a gauge) ends with
it. Readers hold a lock that keeps the movers out, so that nothing is seen twice or not at all.
"""

import fcntl
import logging
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

log = logging.getLogger(__name__)

_ROOM = {
    "counter": 256 * 1024,
    "histogram": 512 * 1024,
    "gauge_livesum": 16 * 1024,
    "gauge_livemax": 16 * 1024,
}
"""Bytes of each file, taken at the start: to write to a mapped file on a full disk kills."""
_ADDED_UP = ("counter", "histogram")
_ENDED, _NEXT, _OLD = "ended", "ended.next", "ended.old"


def make_room(folder: Path, pid: int) -> None:
    """Make the files of a process, as large as they will be. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for kind, size in _ROOM.items():
        descriptor = os.open(folder / f"{kind}_{pid}.db", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, size)
        finally:
            os.close(descriptor)


class MeterFiles:
    """Reads what all processes of the host noted, the dead ones too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def families(self) -> list[Metric]:
        """Metrics with their samples; none where nobody ever wrote."""
        if not self._folder.is_dir():
            return []
        self._bury()
        with self._locked(fcntl.LOCK_SH):
            files = [*self._folder.glob("*.db"), *(self._folder / _ENDED).glob("*.db")]
            alive = [one for one in files if not _is_gauge(one) or _is_alive(_pid(one))]
            return list(MultiProcessCollector.merge([str(one) for one in alive]))

    def _bury(self) -> None:
        """Add up what processes that ended since had counted; seldom anything."""
        was_killed_here = (self._folder / _OLD).exists()
        if not was_killed_here and all(_is_alive(_pid(one)) for one in self._folder.glob("*.db")):
            return
        try:
            with self._locked(fcntl.LOCK_EX | fcntl.LOCK_NB):
                self._recover()
                self._move_dead()
                self._add_up()
        except BlockingIOError:
            log.debug("another process reads or moves: the dead wait for the next look")
        except OSError as error:
            log.warning("figures of ended processes stay apart: %s", error.strerror)

    def _recover(self) -> None:
        """Finish, or undo, what a process was doing here when it was killed."""
        ended, following, old = (self._folder / name for name in (_ENDED, _NEXT, _OLD))
        if not ended.exists() and old.exists():
            old.rename(ended)
        for leftover in (following, old):
            shutil.rmtree(leftover, ignore_errors=True)
        ended.mkdir(mode=0o700, exist_ok=True)

    def _move_dead(self) -> None:
        for file in self._folder.glob("*.db"):
            if _is_alive(_pid(file)):
                continue
            if _is_gauge(file):
                file.unlink()
                continue
            kind = file.name.partition("_")[0]
            file.rename(self._folder / _ENDED / f"{kind}_{_pid(file)}.{time.time_ns()}.db")

    def _add_up(self) -> None:
        """One file in the place of many, which are there or gone together."""
        ended, following, old = (self._folder / name for name in (_ENDED, _NEXT, _OLD))
        following.mkdir(mode=0o700)
        for kind in _ADDED_UP:
            sums: dict[str, float] = {}
            for file in sorted(ended.glob(f"{kind}_*.db")):
                for key, value in _values(file):
                    sums[key] = sums.get(key, 0.0) + value
            if sums:
                _write(following / f"{kind}_0.db", sums.items())
        ended.rename(old)
        following.rename(ended)
        shutil.rmtree(old)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        descriptor = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)


def _values(file: Path) -> Iterator[tuple[str, float]]:
    for key, value, _, _ in MmapedDict.read_all_values_from_file(str(file)):
        yield key, value


def _write(file: Path, sums: Iterable[tuple[str, float]]) -> None:
    written = MmapedDict(str(file))
    for key, value in sums:
        written.write_value(key, value, 0.0)
    written.close()


def _is_gauge(file: Path) -> bool:
    return file.name.startswith("gauge_")


def _pid(file: Path) -> int:
    """Of the process that writes a file; 0 for what was added up."""
    told = file.name.rpartition("_")[2].split(".")[0]
    return int(told) if told.isdigit() else 0


def _is_alive(pid: int) -> bool:
    if pid == 0:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
