"""Calls to our webhooks: delivery receipts on a schedule, and texts that people sent."""

import asyncio
import heapq
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import Any

from sms_service.simulator.kavenegar.caller import Caller
from sms_service.simulator.kavenegar.store import Store

_CALLERS = 4
_LOST = "receipts_lost"


@dataclass(frozen=True, slots=True)
class ReceiptPlan:
    """How statuses develop after acceptance, and how badly we are told of them.

    The record itself always goes its steps; loss, doubling and order concern the calls.
    """

    steps: tuple[tuple[float, int], ...] = ((1.0, 10),)
    """(Seconds after acceptance, delivery status)."""
    loss: float = 0.0
    duplicate: float = 0.0
    shuffle: bool = False
    """Calls of one message come in random order."""
    early: bool = False
    """The first step is told before the send call is answered."""
    batch: int = 1
    """Up to so many receipts a call, as comma lists."""

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "ReceiptPlan":
        """Raises TypeError or ValueError for an unknown field or a wrong value."""
        steps = fields.get("steps", cls().steps)
        chosen = tuple((float(delay), int(status)) for delay, status in steps)
        return cls(**{**fields, "steps": chosen})


@dataclass(order=True, slots=True)
class _Due:
    at: float
    number: int
    messageid: int = field(compare=False)
    status: int = field(compare=False)
    tells: bool = field(compare=False)
    """True: call the webhook. False: the record's own status changes."""


class Callbacks:
    """Runs the schedule; lives in the event loop of the server."""

    def __init__(self, store: Store, base_url: str | None, counters: Counter[str]) -> None:
        self.plan = ReceiptPlan()
        self.texts_are_told = True
        """False: no webhook is called for texts that arrive, as if their calls were lost."""
        self.texts_are_doubled = False
        """True: the webhook is called twice for each, with the same message id."""
        self._store = store
        self._base_url = base_url.rstrip("/") if base_url else None
        self._counters = counters
        self._caller = Caller()
        self._due: list[_Due] = []
        self._numbers = count()
        self._wake = asyncio.Event()
        self._outgoing: asyncio.Queue[tuple[int, int]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._random = random.Random(0)  # noqa: S311  # loss and order, no secret

    def start(self) -> None:
        """Begin to work; messages of an earlier life without a final status go on."""
        self._tasks = [asyncio.create_task(self._keep_schedule())]
        if self._base_url:
            self._tasks += [asyncio.create_task(self._tell()) for _ in range(_CALLERS)]
        for messageid in self._store.unfinished():
            self._schedule(messageid, self.plan.steps)

    def stop(self) -> None:
        """Let go of the schedule; the next life takes it up again."""
        for task in self._tasks:
            task.cancel()

    def reset(self) -> None:
        """Back to the first plan; nothing scheduled remains."""
        self.plan = ReceiptPlan()
        self.texts_are_told = True
        self.texts_are_doubled = False
        self._due.clear()
        while not self._outgoing.empty():
            self._outgoing.get_nowait()

    async def accepted(self, messageids: Sequence[int]) -> None:
        """Plan the receipts of messages just accepted; early ones are told at once."""
        steps = self.plan.steps
        if self.plan.early and steps and messageids:
            status = steps[0][1]
            for messageid in messageids:
                self._store.set_status(messageid, status)
            await self._call_status([(messageid, status) for messageid in messageids])
            steps = steps[1:]
        for messageid in messageids:
            self._schedule(messageid, steps)

    async def deliver_text(self, form: Mapping[str, str]) -> int | None:
        """Hand one arrived text to our webhook; its HTTP status, None without an answer."""
        if not self._base_url or not self.texts_are_told:
            return None
        calls = 2 if self.texts_are_doubled else 1
        self._counters["texts_called"] += calls
        url = f"{self._base_url}/received"
        answers = [await self._caller.post(url, form) for _ in range(calls)]
        return answers[0]

    def _schedule(self, messageid: int, steps: Sequence[tuple[float, int]]) -> None:
        now = monotonic()
        delays = [delay for delay, _ in steps]
        if self.plan.shuffle:
            self._random.shuffle(delays)
        for (own_delay, status), told_delay in zip(steps, delays, strict=True):
            self._push(now + own_delay, messageid, status, tells=False)
            if not self._base_url:
                continue
            if self._random.random() < self.plan.loss:
                self._counters[_LOST] += 1
                continue
            for _ in range(2 if self._random.random() < self.plan.duplicate else 1):
                self._push(now + told_delay, messageid, status, tells=True)

    def _push(self, at: float, messageid: int, status: int, *, tells: bool) -> None:
        due = _Due(at, next(self._numbers), messageid, status, tells)
        heapq.heappush(self._due, due)
        if self._due[0] is due:
            self._wake.set()

    async def _keep_schedule(self) -> None:
        while True:
            self._wake.clear()
            wait = self._due[0].at - monotonic() if self._due else None
            if wait is None or wait > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), wait)
                continue
            due = heapq.heappop(self._due)
            if due.tells:
                self._outgoing.put_nowait((due.messageid, due.status))
            else:
                self._store.set_status(due.messageid, due.status)

    async def _tell(self) -> None:
        while True:
            batch = [await self._outgoing.get()]
            while len(batch) < self.plan.batch and not self._outgoing.empty():
                batch.append(self._outgoing.get_nowait())
            await self._call_status(batch)

    async def _call_status(self, batch: Sequence[tuple[int, int]]) -> None:
        if not self._base_url:
            return
        form = {
            "messageid": ",".join(str(messageid) for messageid, _ in batch),
            "status": ",".join(str(status) for _, status in batch),
        }
        answered = await self._caller.post(f"{self._base_url}/status", form)
        self._counters["receipts_told" if answered == 200 else "receipts_failed"] += len(batch)
