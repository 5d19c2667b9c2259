"""What uploaded files hold, found out before anybody decides: layouts, rows, faults, repeats."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from sms_service.billing import batches
from sms_service.billing.exports import Export, content_hash, examine
from sms_service.billing.inputs import InputFault
from sms_service.billing.layouts import Layout, layouts
from sms_service.billing.mapping import Mapping as ColumnMapping
from sms_service.billing.mapping import mapped, mapping_from
from sms_service.billing.previews import fingerprint, preview
from sms_service.billing.unknown_headers import guessed_headers

Tables = Mapping[str, Mapping[str, Any]]
"""A mapping as it is stored: by kind of export, by the interface's name of a column."""
Remembered = Callable[[Mapping[str, str | None]], Tables]
"""The mappings that were right before for headers of these fingerprints."""


@dataclass(frozen=True, slots=True)
class File:
    path: Path
    name: str
    """As whoever uploaded it knows it."""


@dataclass(slots=True)
class Found:
    """Of one file: the exports in it, or the fault and the headers that nobody knows."""

    file: File
    exports: Sequence[Export] = ()
    fault: str | None = None
    headers: Sequence[Sequence[str]] = ()

    @property
    def fingerprints(self) -> Mapping[str, str | None]:
        """Of its headers, with the kind where that is known."""
        known: dict[str, str | None] = {fingerprint(e.header): e.kind.value for e in self.exports}
        return known | {fingerprint(header): None for header in self.headers}


@dataclass(frozen=True, slots=True)
class Looking:
    """Looks through uploads. ``beat`` hears of the rows read, and may raise to stop it."""

    engine: Engine
    hash_phone: Callable[[str], bytes]
    today: date
    remembered: Remembered
    beat: Callable[[int], None]

    def through(self, files: Sequence[File], mapping: Tables | None) -> dict[str, Any]:
        """All that a page shows, as JSON takes it. No value of a subscriber is in clear."""
        tables, given = mapping, mapping is not None
        found, fault = self._examined(files, tables)
        if tables is None:
            prints = {key: kind for one in found for key, kind in one.fingerprints.items()}
            tables = self.remembered(prints) or None
            if tables is not None:
                found, fault = self._examined(files, tables)
        exports = [export for one in found for export in one.exports]
        is_whole = bool(exports) and fault is None and not any(one.fault for one in found)
        shown = [self._shown(one) for one in found]
        # What breaks off is known once it has been read.
        is_whole = is_whole and not any(one["fault"] for one in shown)
        contents = content_hash(exports, _of(tables)) if is_whole else ""
        return {
            "files": shown,
            "fault": fault,
            "is_whole": is_whole,
            "mapping": tables,
            "remembered": tables is not None and not given,
            "content_hash": contents,
            **self._known(contents),
        }

    def _examined(
        self, files: Sequence[File], tables: Tables | None
    ) -> tuple[list[Found], str | None]:
        known = layouts(self.hash_phone, self.today)
        fault = None
        try:
            mapping = _of(tables)
            known = mapped(known, mapping) if mapping else known
        except InputFault as wrong:
            fault = str(wrong)
        return [self._of_file(one, known) for one in files], fault

    def _of_file(self, file: File, known: Sequence[Layout]) -> Found:
        self.beat(0)
        try:
            return Found(file, examine(file.path, known, file.name))
        except InputFault as fault:
            return Found(file, fault=str(fault), headers=_headers(file.path))

    def _shown(self, found: Found) -> dict[str, Any]:
        fault, shown = found.fault, []
        try:
            shown = [asdict(preview(one, self.today, self.beat)) for one in found.exports]
        except InputFault as wrong:
            fault = str(wrong)
        return {
            "name": found.file.name,
            "size": found.file.path.stat().st_size,
            "fault": fault,
            "headers": [list(header) for header in found.headers],
            "fingerprints": found.fingerprints,
            "exports": shown,
        }

    def _known(self, contents: str) -> dict[str, Any]:
        newest = batches.newest_in_force(self.engine)
        same = batches.newest_in_force(self.engine, contents) if contents else None
        return {
            "in_force_as_of": _iso(newest.data_as_of if newest else None),
            "known_batch": same.id if same else None,
            "is_newest": same is not None and newest is not None and same.id == newest.id,
        }


def _of(tables: Tables | None) -> ColumnMapping | None:
    return mapping_from(tables) if tables else None


def _headers(path: Path) -> Sequence[Sequence[str]]:
    try:
        return guessed_headers(path)
    except (InputFault, ValueError, OSError):
        return ()


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
