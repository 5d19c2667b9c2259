"""Exports on their way from a browser into the billing tables: what becomes of each upload."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

INTERRUPTED = "interrupted"
"""The failure of an upload whose process ended in the middle."""
ROLLS_BACK = "rolls_back"
"""The option that makes a row a rollback of this batch; it has no files."""


class UploadState(StrEnum):
    UPLOADED = "uploaded"
    """Waits to be looked through."""
    CHECKING = "checking"
    CHECKED = "checked"
    """Shown to somebody who decides."""
    WAITING = "waiting"
    """To be applied by the next free worker."""
    APPLYING = "applying"
    CANCELLING = "cancelling"
    """Somebody said stop; the process that applies it hears that within seconds."""
    APPLIED = "applied"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """Its files were deleted before anybody applied them."""


WAITING = (UploadState.UPLOADED, UploadState.WAITING)
"""For a worker."""
RUNNING = (UploadState.CHECKING, UploadState.APPLYING, UploadState.CANCELLING)
"""In the hands of a process that renews its lease."""
OPEN = (*WAITING, *RUNNING, UploadState.CHECKED)
APPLICABLE = (UploadState.CHECKED, UploadState.FAILED, UploadState.CANCELLED)
"""Where somebody may say «apply», while the files are there."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload, as the ledger holds it."""

    id: int
    state: UploadState
    files: Sequence[Mapping[str, Any]]
    """``name``, ``size`` and, once looked through, the ``fingerprints`` of its headers by kind."""
    content_hash: str
    mapping: Mapping[str, Mapping[str, Any]] | None
    options: Mapping[str, Any]
    progress: Mapping[str, Any]
    failure: str | None
    batch_id: int | None
    uploaded_by: str
    uploaded_at: datetime
    applied_by: str | None
    seen_at: datetime | None
    ended_at: datetime | None
    now: datetime = field(compare=False)
    """The database's clock when it was read."""

    @property
    def rolls_back(self) -> int | None:
        """The batch that is to be taken back; None for files."""
        return self.options.get(ROLLS_BACK)

    @property
    def is_under_way(self) -> bool:
        """Whether it changes by itself."""
        return self.state in WAITING or self.state in RUNNING
