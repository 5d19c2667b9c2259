"""One upload worked on by a process of its own: looked through, applied, or taken back."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Engine

from sms_service.billing.fault_report import FaultReport
from sms_service.billing.importing import ImportFailed, import_billing
from sms_service.billing.inputs import InputFault
from sms_service.billing.mapping import mapping_from
from sms_service.billing.rollback import NotRolledBack, roll_back
from sms_service.billing.summary import Fault, ImportOptions, Outcome, Progress, Step, Summary
from sms_service.ledger.uploads import UploadLedger
from sms_service.service.uploads import INTERRUPTED, Upload, UploadState
from sms_service.uploads.folder import UploadFolder
from sms_service.uploads.heartbeat import Cancelled, Heartbeat
from sms_service.uploads.looking import File, Looking, Tables

log = logging.getLogger(__name__)

MOST_REPORTED = 100_000
FILES_GONE = "the files are no longer there"


@dataclass(frozen=True, slots=True)
class Working:
    """Does what a claimed upload waits for, and writes down how it ended."""

    engine: Engine
    ledger: UploadLedger
    folder: UploadFolder
    hash_phone: Callable[[str], bytes]
    today: date

    def on(self, upload_id: int, token: int) -> bool:
        """Work until the end; False when the upload isn't this process's any more."""
        upload = self.ledger.held(upload_id, token)
        if upload is None:
            return False
        with Heartbeat(self.ledger, upload_id, token) as beat:
            state, values = self._ended(upload, beat)
        log.info("upload %d is %s", upload_id, state)
        return self.ledger.close(upload_id, token, state, **values)

    def _ended(self, upload: Upload, beat: Heartbeat) -> tuple[UploadState, dict[str, Any]]:
        try:
            return self._done(upload, beat)
        except Cancelled:
            return UploadState.CANCELLED, {}
        except (InputFault, ImportFailed, NotRolledBack) as fault:
            return UploadState.FAILED, {"failure": str(fault)}
        except KeyboardInterrupt:
            return UploadState.FAILED, {"failure": INTERRUPTED}
        except OSError as error:
            return UploadState.FAILED, {"failure": error.strerror or type(error).__name__}
        except Exception as error:
            # A message could hold a value of a row.
            log.error("upload %d failed: %s", upload.id, type(error).__name__)  # noqa: TRY400
            return UploadState.FAILED, {"failure": type(error).__name__}

    def _done(self, upload: Upload, beat: Heartbeat) -> tuple[UploadState, dict[str, Any]]:
        if upload.rolls_back is not None:
            done = roll_back(self.engine, upload.rolls_back)
            told = {"rolled_back": done.to_dict()}
            return UploadState.APPLIED, {"batch_id": done.batch_id, "progress": told}
        paths = self.folder.paths(upload.id, len(upload.files))
        if not paths:
            raise InputFault(FILES_GONE)
        files = [File(path, one["name"]) for path, one in zip(paths, upload.files, strict=True)]
        if upload.state is UploadState.CHECKING:
            return self._looked_through(upload, files, beat)
        return self._applied(upload, files, beat)

    def _looked_through(
        self, upload: Upload, files: list[File], beat: Heartbeat
    ) -> tuple[UploadState, dict[str, Any]]:
        def hear(rows: int) -> None:
            beat.tell({"step": "checking", "rows": rows})

        looking = Looking(self.engine, self.hash_phone, self.today, self._remembered, hear)
        found = looking.through(files, upload.mapping)
        self.folder.note_check(upload.id, found)
        seen = [
            {name: one[name] for name in ("name", "size", "fingerprints")} for one in found["files"]
        ]
        return UploadState.CHECKED, {
            "files": seen,
            "content_hash": found["content_hash"],
            "mapping": found["mapping"],
        }

    def _remembered(self, prints: Mapping[str, str | None]) -> Tables:
        """For each kind the newest mapping that brought an export of such a header in."""
        tables: dict[str, Mapping[str, Any]] = {}
        for before in self.ledger.mapped_before():
            told = [one.get("fingerprints", {}) for one in before.files]
            for key, kind in ((key, kind) for one in told for key, kind in one.items()):
                if key in prints and kind in (before.mapping or {}):
                    tables.setdefault(kind, (before.mapping or {})[kind])
        return tables

    def _applied(
        self, upload: Upload, files: list[File], beat: Heartbeat
    ) -> tuple[UploadState, dict[str, Any]]:
        pace = _Pace(beat)
        with FaultReport(self.folder.new_report(upload.id)) as report:
            summary = import_billing(
                self.engine,
                [file.path for file in files],
                hash_phone=self.hash_phone,
                today=self.today,
                progress=pace.hear,
                options=replace(_options(upload, files), on_fault=_first(report)),
            )
        told = {"summary": _told(summary), "reported": report.count}
        if summary.outcome is Outcome.REFUSED:
            return UploadState.FAILED, {"failure": summary.failure, "progress": told}
        return UploadState.APPLIED, {"batch_id": summary.batch_id, "progress": told}


def _options(upload: Upload, files: list[File]) -> ImportOptions:
    as_of = upload.options.get("as_of")
    return ImportOptions(
        as_of=date.fromisoformat(as_of) if as_of else None,
        strict=bool(upload.options.get("strict")),
        again=bool(upload.options.get("again")),
        mapping=mapping_from(upload.mapping) if upload.mapping else None,
        called={file.path: file.name for file in files},
    )


def _first(report: FaultReport) -> Callable[[Fault], None]:
    """Reports as many faults as a person and a spreadsheet can use."""

    def add(fault: Fault) -> None:
        if report.count < MOST_REPORTED:
            report.add(fault)

    return add


def _told(summary: Summary) -> dict[str, Any]:
    told = summary.to_dict()
    del told["faults"]
    return told


class _Pace:
    """Tells how far an import is: rows, rate, and how long the reading will go on."""

    def __init__(self, beat: Heartbeat) -> None:
        self._beat = beat
        self._began = time.monotonic()

    def hear(self, progress: Progress) -> None:
        taken = max(time.monotonic() - self._began, 0.001)
        told: dict[str, Any] = {
            "step": progress.step.name.lower(),
            "what": progress.what,
            "rows": progress.rows,
            "seconds": round(taken),
        }
        if progress.step is Step.READING:
            told["rate"] = round(progress.rows / taken)
            if progress.bytes_done:
                told["share"] = round(progress.bytes_done / max(1, progress.bytes_total), 3)
                told["left"] = round(taken * (progress.bytes_total / progress.bytes_done - 1))
        self._beat.tell(told)
