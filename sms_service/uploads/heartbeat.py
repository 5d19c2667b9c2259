"""The lease of a process that works on an upload, renewed while it works."""

import logging
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from sms_service.service.uploads import UploadState

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
_QUIET_LOOKS = 5
"""Without news the lease is renewed at every fifth look."""


class Cancelled(Exception):
    """Somebody said stop, or another took the upload for abandoned."""


class Held(Protocol):
    """The ledger, as far as a lease goes."""

    def hold(
        self, upload_id: int, token: int, progress: Mapping[str, Any] | None
    ) -> UploadState | None:
        """Renew the lease; None when it was given up."""


class Heartbeat:
    """Renews the lease from a thread of its own, once a second at most."""

    def __init__(self, ledger: Held, upload_id: int, token: int) -> None:
        self._ledger = ledger
        self._key = upload_id, token
        self._news: Mapping[str, Any] | None = None
        self._over = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def tell(self, progress: Mapping[str, Any]) -> None:
        """Note how far the work is. Raises Cancelled."""
        self._news = progress
        self.check()

    def check(self) -> None:
        """Raises Cancelled once there is nothing more to be done."""
        if self._over.is_set():
            raise Cancelled

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        looks = 0
        while not self._stop.wait(_LOOK_SECONDS):
            news, self._news = self._news, None
            looks += 1
            if news is None and looks % _QUIET_LOOKS and looks > 1:
                continue
            try:
                state = self._ledger.hold(*self._key, news)
            except Exception as error:  # a database that is away for a while ends no import
                log.warning("the lease of an upload isn't renewed: %s", type(error).__name__)
                continue
            if state in (None, UploadState.CANCELLING):
                self._over.set()
