"""A small asynchronous HTTP caller: posts forms, keeps connections, wants only the status."""

import asyncio
from collections.abc import Mapping
from urllib.parse import SplitResult, urlencode, urlsplit

from sms_service.simulator.wire import read_head

TIMEOUT_SECONDS = 10.0
_FAILURES = (OSError, TimeoutError, ValueError, IndexError, asyncio.IncompleteReadError)
_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Caller:
    """Posts to any host; idle connections are used again."""

    def __init__(self) -> None:
        self._idle: dict[str, list[_Connection]] = {}

    async def post(self, url: str, form: Mapping[str, str]) -> int | None:
        """The HTTP status, or None when no answer came."""
        parts = urlsplit(url)
        kept = self._kept(parts.netloc)
        writer = None
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                reader, writer = kept or await _connect(parts)
                writer.write(_wire_form(parts, urlencode(form)))
                status, reusable = await _read_status(reader)
        except _FAILURES:
            if writer:
                writer.close()
            return None
        if reusable:
            self._idle[parts.netloc].append((reader, writer))
        else:
            writer.close()
        return status

    def _kept(self, netloc: str) -> _Connection | None:
        """An idle connection that the other side hasn't closed."""
        idle = self._idle.setdefault(netloc, [])
        while idle:
            reader, writer = idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return None


async def _connect(parts: SplitResult) -> _Connection:
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    return await asyncio.open_connection(parts.hostname, port, ssl=secure or None)


def _wire_form(parts: SplitResult, body: str) -> bytes:
    return (
        f"POST {parts.path or '/'} HTTP/1.1\r\n"
        f"Host: {parts.netloc}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode("ascii")


async def _read_status(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """Status, and whether the answer was read to its end and the connection stays open."""
    first, headers = await read_head(reader)
    status = int(first.split(" ", 2)[1])
    length = headers.get("content-length")
    if length is None:
        return status, False
    await reader.readexactly(int(length))
    return status, headers.get("connection", "").lower() != "close"
