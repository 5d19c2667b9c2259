"""False clocks for processes, by libfaketime where the machine has it."""

import shutil
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

_LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


def false_clock(skew: str) -> Mapping[str, str]:
    """The environment of a process whose clock is so far off: «+2h», «-1h».

    Skips the test where there is no libfaketime. What the process measures by the
    monotonic clock stays true.
    """
    return {"FAKETIME": skew, **_always()}


def stopped_clock(moment: datetime) -> Mapping[str, str]:
    """The environment of a process for which it is always this moment. May skip the test."""
    return {"FAKETIME": f"{moment.timestamp():.0f}", "FAKETIME_FMT": "%s", **_always()}


class Jumping:
    """The clock of running processes, jumped from outside; ``with`` removes what it made."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="sms-service-clock-"))
        # Whose clock this is may run as another user.
        self._folder.chmod(0o755)
        self._file = self._folder / "clock"
        self.jump_to("+0")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self._folder)

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment of a process that goes by this clock. May skip the test."""
        return {
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            # A file is looked at once in ten seconds unless it is said otherwise.
            "FAKETIME_NO_CACHE": "1",
            **_always(),
        }

    def jump_to(self, said: str) -> None:
        """Be so far from the true time from now on: «+1h», «-1h», «+0»."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{said}\n", encoding="ascii")
        new.chmod(0o644)
        new.rename(self._file)


def _always() -> Mapping[str, str]:
    if not _LIBRARIES:
        pytest.skip("no libfaketime on this machine (apt install libfaketime)")
    return {"LD_PRELOAD": str(_LIBRARIES[0]), "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
