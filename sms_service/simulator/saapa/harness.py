"""A simulated billing interface in a thread of this process: for the demo and for tests."""

import asyncio
import threading
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Self

from sms_service.simulator.saapa.app import Simulator
from sms_service.simulator.saapa.records import Records
from sms_service.simulator.saapa.traps import Trap
from sms_service.simulator.wire import serve

TOKEN = "simulated-saapa-token"  # noqa: S105  # of the simulator alone
_STOP_SECONDS = 5.0


class SimulatedSaapa:
    """Serves from the moment it is made until ``stop``; ``simulator`` is there to be steered.

    Without records it serves the demo's. It can be started again at the same address.
    """

    def __init__(
        self, records: Records | None = None, traps: Iterable[Trap] = (), token: str = TOKEN
    ) -> None:
        data = Path(str(files("sms_service.simulator") / "data"))
        self.simulator = Simulator(records or Records.of_export(data), token, frozenset(traps))
        self._port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self.start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def trap(self, *traps: Trap) -> None:
        """From now on these traps and no others."""
        self.simulator.traps = frozenset(traps)

    def asked(self, subject: str) -> list[str]:
        """The bills that were asked about, in order."""
        return [call.bill_id for call in list(self.simulator.calls) if call.subject == subject]

    def start(self) -> None:
        """Listen, at the address of before where there was one; does nothing twice."""
        if self._loop is not None:
            return
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(
            serve(self.simulator, "127.0.0.1", self._port), self._loop
        )
        self._server = listening.result(_STOP_SECONDS)
        self._port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """End it at once, calls under way included; does nothing twice."""
        if self._loop is None:
            return
        loop, self._loop = self._loop, None
        asyncio.run_coroutine_threadsafe(_end(self._server), loop).result(_STOP_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join(_STOP_SECONDS)
        loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()


async def _end(server: asyncio.Server) -> None:
    server.close()
    here = asyncio.current_task()
    talks = [task for task in asyncio.all_tasks() if task is not here]
    for talk in talks:
        talk.cancel()
    await asyncio.gather(*talks, return_exceptions=True)
