"""A TCP proxy that can be told to fail: between the service and its Redis, database or gateway."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from types import TracebackType
from typing import Self

_LOOPBACK = "127.0.0.1"
_CHUNK = 65536
_PATIENCE = 5.0
_NO_LINGER = struct.pack("ii", 1, 0)
"""SO_LINGER that makes close() send RST instead of FIN."""


class Mode(Enum):
    PASS = "pass"
    FREEZE = "freeze"
    """Bytes are held back and go on in the end."""
    SWALLOW = "swallow"
    """Bytes are taken and lost; a connection that lost any stays half-open for ever."""
    CUT = "cut"
    """Connections end, new ones at once."""
    RESET = "reset"
    """The same by RST, as by a process that died."""


class Proxy:
    """Passes bytes to ``target`` on this machine, until told otherwise; safe from any thread."""

    def __init__(self, target: Callable[[], int]) -> None:
        """``target``: the port to go to, asked for at each connection."""
        self._target = target
        self._mode = Mode.PASS
        self._delay = 0.0
        self._trap = _Trap(b"", Mode.CUT, 0)
        self._lines: set[_Line] = set()
        self._loop = asyncio.new_event_loop()
        self._thawed = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._listener = socket.create_server((_LOOPBACK, 0), backlog=1024)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._listen)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._do(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def behave(self, mode: Mode = Mode.PASS, *, delay: float = 0.0) -> None:
        """Change how bytes and connections fare from now on; ``delay`` in seconds a chunk."""

        async def change() -> None:
            self._mode, self._delay = mode, delay
            self._trap = _Trap(b"", Mode.CUT, 0)
            if mode is Mode.FREEZE:
                self._thawed.clear()
            else:
                self._thawed.set()
            if mode in (Mode.CUT, Mode.RESET):
                for line in list(self._lines):
                    line.end(mode)

        self._do(change)

    def trap(self, pattern: bytes, mode: Mode = Mode.CUT, *, times: int = 1) -> None:
        """Cut, reset or swallow a connection at each of the next replies that hold ``pattern``."""

        async def change() -> None:
            self._trap = _Trap(pattern, mode, times)

        self._do(change)

    @property
    def trapped(self) -> int:
        """How many replies the last trap has caught."""
        return self._trap.caught

    def _do(self, work: Callable[[], "asyncio.Future[None] | object"]) -> None:
        asyncio.run_coroutine_threadsafe(work(), self._loop).result(_PATIENCE)  # type: ignore[arg-type]  # coroutine functions all

    async def _listen(self) -> None:
        self._thawed.set()
        self._server = await asyncio.start_server(self._serve, sock=self._listener)

    async def _end(self) -> None:
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = _Line(writer)
        self._lines.add(line)
        try:
            await self._join(line, reader)
        finally:
            self._lines.discard(line)
            line.end(self._mode)

    async def _join(self, line: "_Line", reader: asyncio.StreamReader) -> None:
        if self._mode in (Mode.CUT, Mode.RESET):
            return
        with suppress(OSError):
            away, line.there = await asyncio.open_connection(_LOOPBACK, self._target())
            there = asyncio.create_task(self._pump(line, reader, line.there, reply=False))
            back = asyncio.create_task(self._pump(line, away, line.here, reply=True))
            try:
                await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                there.cancel()
                back.cancel()

    async def _pump(
        self,
        line: "_Line",
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        *,
        reply: bool,
    ) -> None:
        with suppress(OSError):
            while chunk := await source.read(_CHUNK):
                await asyncio.sleep(self._delay)
                await self._thawed.wait()
                fate = self._trap.fate(chunk) if reply else None
                if fate in (Mode.CUT, Mode.RESET):
                    return line.end(fate)
                line.is_dead |= Mode.SWALLOW in (fate, self._mode)
                if not line.is_dead:
                    sink.write(chunk)
                    await sink.drain()
        return None


class _Trap:
    def __init__(self, pattern: bytes, mode: Mode, times: int) -> None:
        self._pattern, self._mode, self._times = pattern, mode, times
        self.caught = 0

    def fate(self, chunk: bytes) -> Mode | None:
        if self.caught >= self._times or self._pattern not in chunk:
            return None
        self.caught += 1
        return self._mode


class _Line:
    """One connection through the proxy: the side here, and the side there once it is made."""

    def __init__(self, here: asyncio.StreamWriter) -> None:
        self.here = here
        self.there: asyncio.StreamWriter | None = None
        self.is_dead = False

    def end(self, mode: Mode) -> None:
        for side in (self.here, self.there):
            if side is None:
                continue
            if mode is Mode.RESET:
                linger = side.get_extra_info("socket")
                with suppress(OSError):
                    linger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
                side.transport.abort()
            else:
                side.close()
