"""Deletes the files of uploads that nobody needs any more."""

import math

from sms_service.ledger.uploads import UploadLedger
from sms_service.service.uploads import UploadState
from sms_service.uploads.folder import UploadFolder

_DAY = 24 * 3600.0
FILES_KEPT_SECONDS = 7 * _DAY
"""Of uploads that weren't applied."""
REPORTS_KEPT_SECONDS = 30 * _DAY
_STRAY_SECONDS = 3600.0
"""A folder without a row: its web process ended before the row was written."""
_MAY_EXPIRE = (
    UploadState.UPLOADED,
    UploadState.CHECKED,
    UploadState.WAITING,
    UploadState.FAILED,
    UploadState.CANCELLED,
)


class SweepingUploads:
    """Files go once they are applied, or lie for a week; reports stay for a month."""

    def __init__(
        self, ledger: UploadLedger, folder: UploadFolder, longest_days: float = math.inf
    ) -> None:
        """``longest_days``: no file stays longer, whatever is said here."""
        self._ledger = ledger
        self._folder = folder
        self._longest = longest_days * _DAY

    def sweep(self) -> bool:
        """Delete what is over; never more to come, as the folders are few."""
        for upload_id, age in list(self._folder.kept()):
            self._sweep(upload_id, age)
        return False

    def _sweep(self, upload_id: int, age: float) -> None:
        upload = self._ledger.find(upload_id)
        if upload is None:
            if age > _STRAY_SECONDS:
                self._folder.drop(upload_id)
            return
        over = upload.ended_at or upload.uploaded_at
        since = (upload.now - over).total_seconds()
        if upload.state in _MAY_EXPIRE:
            if since > min(FILES_KEPT_SECONDS, self._longest) and self._ledger.expire(
                upload_id, [upload.state]
            ):
                self._folder.drop_files(upload_id)
        elif upload.state in (UploadState.APPLIED, UploadState.EXPIRED):
            self._folder.drop_files(upload_id)
            if since > min(REPORTS_KEPT_SECONDS, self._longest):
                self._folder.drop(upload_id)
