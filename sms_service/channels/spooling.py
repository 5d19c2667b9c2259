"""Bodies too large for memory, for the few addresses that take files: kept on disk meanwhile.

Who sends one is asked before a byte of it is read, so that strangers fill no disk.
"""

import asyncio
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

log = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
MayUpload = Callable[[Mapping[bytes, bytes]], bool]
"""Whether a request of these headers may send a large body; it is asked on a thread."""

BUSY = "sms_service.upload_refused"
"""In the WSGI environment of a request whose body was not read since too many come in."""
_AT_ONCE = 2
_PIECE_SECONDS = 30.0
"""Within which the next bytes must come."""
_FIRST_SECONDS = 60.0
_SLOWEST_BYTES_A_SECOND = 128 * 1024
"""A body may take as long as at this rate: 512 MB an hour and ten minutes."""
_WRITTEN_AT_ONCE = 1 << 20


class Gone(Exception):
    """The sender hung up."""


class TooManyUploads(Exception):
    """No more bodies of this size at the same time."""


@dataclass(slots=True)
class LargeBodies:
    """What may be large, how large, by whom, and where it is kept."""

    limits: Mapping[str, int]
    """Bytes, by path."""
    may_upload: MayUpload
    folder: Callable[[], Path]
    """Where the files lie; they have no name and are gone with the process."""
    _under_way: int = 0
    _disk: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="upload")
    )

    def limit(self, method: str, path: str) -> int:
        """The largest body of such a request; 0 where it is like any other."""
        return self.limits.get(path, 0) if method == "POST" else 0

    async def admits(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether whoever sends these headers may go on."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._disk, self.may_upload, headers)
        except Exception as error:  # whatever it was, nobody is known to have signed in
            log.warning("who sends a large body isn't known: %s", type(error).__name__)
            return False

    async def receive(self, length: int, receive: Receive) -> IO[bytes]:
        """The body, on disk, at its beginning.

        Raises TooManyUploads, TimeoutError, Gone, and OSError where the disk is full.
        """
        if self._under_way >= _AT_ONCE:
            raise TooManyUploads
        self._under_way += 1
        try:
            async with asyncio.timeout(_FIRST_SECONDS + length / _SLOWEST_BYTES_A_SECOND):
                return await self._received(length, receive)
        finally:
            self._under_way -= 1

    async def _received(self, length: int, receive: Receive) -> IO[bytes]:
        on_disk = partial(asyncio.get_running_loop().run_in_executor, self._disk)
        file: IO[bytes] = await on_disk(self._opened)
        try:
            waiting, size, seen = [], 0, 0
            async for piece in _pieces(length, receive):
                waiting.append(piece)
                size, seen = size + len(piece), seen + len(piece)
                if size >= _WRITTEN_AT_ONCE or seen >= length:
                    await on_disk(file.writelines, waiting)
                    waiting, size = [], 0
            await on_disk(file.seek, 0)
        except BaseException:
            file.close()
            raise
        return file

    def _opened(self) -> IO[bytes]:
        return temporary_file(self.folder())


async def _pieces(length: int, receive: Receive) -> AsyncIterator[bytes]:
    """What comes, until it is all there."""
    seen, more = 0, True
    while more:
        async with asyncio.timeout(_PIECE_SECONDS):
            message = await receive()
        piece, more = message.get("body", b""), bool(message.get("more_body"))
        seen += len(piece)
        if message["type"] == "http.disconnect" or seen > length or (not more and seen < length):
            raise Gone
        yield piece


def temporary_file(folder: Path) -> IO[bytes]:
    """A file without a name in this folder, of ours alone."""
    return tempfile.TemporaryFile(dir=os.fspath(folder))
