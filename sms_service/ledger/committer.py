"""Group commit: handlers hand over what must be done, one thread does it in batches.

A handler waits until its own item is committed, or gives up after ``patience``; an
item that nobody waits for any more isn't started. One bad item is retried alone, so it
can't take its neighbours with it; a database that is away, full or not yet upgraded makes
all of them busy.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnection

from sms_service.service.ports import Busy

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")

_AWAY = (Busy, InterfaceError, NoConnection, OperationalError, ProgrammingError)
"""The last one: a table or column isn't there, since the schema is older than this release."""
_GATHER_SECONDS = 0.002
"""While several come at a time, so long is waited for more: fewer commits, each fuller."""
_LONG_SECONDS = 0.05
"""A batch that takes longer no longer holds up the next one, where there is another thread."""
_CROWD = 1000
"""Slots after which those that nobody waits for are swept out, should the database hang."""


class _Slot(Generic[Item, Result]):
    __slots__ = ("error", "item", "result", "tell", "withdrawn")

    def __init__(self, item: Item, tell: Callable[[], object]) -> None:
        self.item = item
        self.tell = tell
        """Called once there is a result or an error."""
        self.withdrawn = False
        self.result: Result | None = None
        self.error: BaseException | None = None

    def outcome(self) -> Result:
        if self.error is not None:
            raise self.error
        return self.result  # type: ignore[return-value]  # set whenever there is no error


def _settle(told: "asyncio.Future[bool]", in_time: bool) -> None:
    if not told.done():
        told.set_result(in_time)


class Committer(Generic[Item, Result]):
    """Serialises work of one kind in this process; its thread starts with the first item.

    With more than one of ``threads``, another goes on while a batch takes long.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Item]], Sequence[Result]],
        *,
        patience: float,
        batch_size: int = 100,
        threads: int = 1,
    ) -> None:
        self._write = write
        self._patience = patience
        self._batch_size = batch_size
        self._waiting: deque[_Slot[Item, Result]] = deque()
        self._wake = threading.Condition()
        self._threads = threads
        self._is_running = False
        self._begun: dict[int, float] = {}
        """When each batch that is under way began, by its thread."""

    def commit(self, item: Item) -> Result:
        """Return the item's result once it is durable; raises Busy, or what writing raised."""
        done = threading.Event()
        slot = self._hand_over(item, done.set)
        if not done.wait(self._patience):
            slot.withdrawn = True
            raise Busy("not stored in time")
        return slot.outcome()

    async def committed(self, item: Item) -> Result:
        """The same for an event loop, which goes on meanwhile."""
        loop = asyncio.get_running_loop()
        told: asyncio.Future[bool] = loop.create_future()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop has ended, and with it who waited
                loop.call_soon_threadsafe(_settle, told, True)

        slot = self._hand_over(item, tell)
        timer = loop.call_later(self._patience, _settle, told, False)
        in_time = False
        try:
            in_time = await told
        finally:
            timer.cancel()
            slot.withdrawn = not in_time
        if not in_time:
            raise Busy("not stored in time")
        return slot.outcome()

    def _hand_over(self, item: Item, tell: Callable[[], object]) -> _Slot[Item, Result]:
        slot: _Slot[Item, Result] = _Slot(item, tell)
        with self._wake:
            if not self._is_running:
                self._is_running = True
                for _ in range(self._threads):
                    threading.Thread(target=self._run, name="committer", daemon=True).start()
            if len(self._waiting) >= _CROWD:
                self._waiting = deque(s for s in self._waiting if not s.withdrawn)
            self._waiting.append(slot)
            self._wake.notify()
        return slot

    def _run(self) -> None:
        crowded = False
        while True:
            with self._wake:
                while not self._is_wanted():
                    self._wake.wait(_LONG_SECONDS if self._waiting else None)
            if crowded:
                time.sleep(_GATHER_SECONDS)
            with self._wake:
                slots = self._take()
                self._begun[threading.get_ident()] = time.monotonic()
            crowded = len(slots) > 1
            if slots:
                self._write_batch(slots)
            with self._wake:
                del self._begun[threading.get_ident()]

    def _is_wanted(self) -> bool:
        """Whether a free thread takes what waits, rather than leave it to a busy one."""
        long_ago = time.monotonic() - _LONG_SECONDS
        return bool(self._waiting) and all(begun <= long_ago for begun in self._begun.values())

    def _take(self) -> list[_Slot[Item, Result]]:
        taken: list[_Slot[Item, Result]] = []
        while self._waiting and len(taken) < self._batch_size:
            slot = self._waiting.popleft()
            if not slot.withdrawn:
                taken.append(slot)
        return taken

    def _write_batch(self, slots: list[_Slot[Item, Result]]) -> None:
        try:
            results = self._write([slot.item for slot in slots])
        except _AWAY as error:
            log.warning("%d rows can't be stored: %s", len(slots), type(error).__name__)
            for slot in slots:
                slot.error = Busy("it can't be stored")
                slot.tell()
            return
        except Exception as error:
            if len(slots) > 1:
                for slot in slots:
                    if not slot.withdrawn:
                        self._write_batch([slot])
                return
            slots[0].error = error
            slots[0].tell()
            return
        for slot, result in zip(slots, results, strict=True):
            slot.result = result
            slot.tell()
