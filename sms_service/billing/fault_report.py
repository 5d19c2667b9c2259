"""The report of what an import couldn't take: a CSV for people and their spreadsheets."""

import csv
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from sms_service.billing.inputs import InputFault
from sms_service.billing.reasons import SET_ASIDE
from sms_service.billing.summary import Fault
from sms_service.templates import templates_dir

COLUMNS = ("row", "file", "field", "value", "reason", "outcome")
_WORDS = "billing.toml"
_SIGNS_OF_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class FaultReport:
    """Writes faults as they come, so that millions of them cost no memory.

    A context manager. The file has a byte order mark, by which Excel knows its letters; no
    value in it can be taken for a formula. Raises InputFault where it can't be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._words = billing_words()
        try:
            self._file = path.open("w", encoding="utf-8-sig", newline="")
        except OSError as error:
            raise InputFault(f"{path}: {error.strerror or 'cannot be written'}") from None
        self._writer = csv.writer(self._file)
        self._writer.writerow(self._words["column"][name] for name in COLUMNS)

    def add(self, fault: Fault) -> None:
        """Write one fault, a line of the file."""
        outcome = "left_empty" if fault.kept else "left_out"
        if fault.reason in SET_ASIDE:
            outcome = "set_aside"
        cells = (
            fault.file,
            fault.field,
            fault.value,
            self._words["reason"][fault.reason],
            self._words["outcome"][outcome],
        )
        self._writer.writerow((fault.line, *map(harmless, cells)))
        self.count += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def harmless(text: str) -> str:
    """The text so that no spreadsheet runs it."""
    return f"'{text}" if text.startswith(_SIGNS_OF_FORMULAS) else text


def billing_words() -> Mapping[str, Mapping[str, str]]:
    """Persian words for reasons, outcomes, mends and the columns of the report."""
    path = templates_dir() / "words" / _WORDS
    return tomllib.loads(path.read_text(encoding="utf-8"))
