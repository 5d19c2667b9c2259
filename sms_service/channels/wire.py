"""What a connection may do to the web process: how much it may send, and how slowly.

uvicorn's own protocol bounds neither the head of a request nor how long a reader may take,
and lets idle connections keep new ones out. Every refusal here is one that somebody's request
couldn't even be read for; whatever could be read goes to the front.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sms_service.channels.answers import on_the_wire, refusal

CONNECTIONS = 1000
"""Beyond so many, the one that has kept its request back for the longest makes room."""
IDLE_SECONDS = 30.0
"""For the head of a request, between two of them, and for a reader to read anything at all."""
URL_BYTES = 32 * 1024
"""A text of 2,000 letters in a query string takes 24,000, percent-encoded."""
HEADERS = 100
HEAD_BYTES = 64 * 1024
_CHUNKED_BYTES = 8 * 1024 * 1024
"""Of a body without a length, which is refused after what is sent of it was heard."""
_LAST_REQUEST_SECONDS = 0.5


class TooMuch(Exception):
    """The head of a request is beyond a bound."""


_waiting: "dict[Wire, None]" = {}
"""Connections whose request hasn't come whole, those that wait for the longest first."""


class Wire(HttpToolsProtocol):
    """One connection of the web process.

    When the process is told to end, a connection that is idle may still bring the request
    that is on its way: it is answered, and told that it was the last.
    """

    _hang_up: asyncio.TimerHandle | None = None
    _slow_reader: asyncio.TimerHandle | None = None
    _is_leaving = False
    _is_in_head = False
    _is_chunked = False
    _size = 0
    """Bytes of the head, or of a body without a length, as they came."""
    _held = 0
    """Bytes of the headers that were read."""
    _status = 400

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > CONNECTIONS:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._has_come()
        _cancel(self._slow_reader)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        was_in_head = self._is_in_head
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._is_chunked or (was_in_head and self._is_in_head):
            self._size += len(data)
        if self._is_in_head and self._size > HEAD_BYTES:
            self._refuse(431)
        elif self._is_chunked and self._size > _CHUNKED_BYTES:
            self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Refuse what can't be read, without a word of the parser."""
        self._refuse(self._status)

    def on_message_begin(self) -> None:
        self._is_in_head, self._is_chunked = True, False
        self._size = self._held = 0
        _cancel(self._hang_up)
        self._hang_up = self.loop.call_later(IDLE_SECONDS, self.transport.abort)
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > URL_BYTES:
            self._exceed(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_in_head:
            return  # a trailer: as a header it could pass for what a proxy told
        super().on_header(name, value)
        self._is_chunked |= name.lower() == b"transfer-encoding"
        self._held += len(name) + len(value)
        if len(self.headers) > HEADERS or self._held > HEAD_BYTES:
            self._exceed(431)

    def on_headers_complete(self) -> None:
        self._is_in_head, self._size = False, 0
        _cancel(self._hang_up)
        super().on_headers_complete()
        if self._is_leaving and self.cycle is not None:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        self._is_chunked = False
        if not self.cycle.response_complete:
            self._has_come()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing() and not self.pipeline and not self._is_in_head:
            self._wait()
        if self.transport.get_write_buffer_size():
            self._watch_reader()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader()

    def timeout_keep_alive_handler(self) -> None:
        """Nothing: ``_wait`` sees to connections that are idle."""

    def shutdown(self) -> None:
        self._is_leaving = True
        is_new = self.cycle is None
        if is_new or self.cycle.response_complete:
            self.loop.call_later(_LAST_REQUEST_SECONDS, super().shutdown)
        else:
            super().shutdown()

    def _wait(self) -> None:
        """From now on the next request is waited for."""
        _waiting.setdefault(self)
        _cancel(self._hang_up)
        self._hang_up = self.loop.call_later(IDLE_SECONDS, self.transport.abort)

    def _has_come(self) -> None:
        _waiting.pop(self, None)
        _cancel(self._hang_up)

    def _make_room(self) -> None:
        longest = next(iter(_waiting))
        # It isn't lost before the next turn of the loop, and must not count until then.
        self.connections.discard(longest)
        if longest is self:
            self._refuse(503)
        else:
            _waiting.pop(longest)
            longest.transport.abort()

    def _exceed(self, status: int) -> None:
        """End the parsing of this request, which is then refused so."""
        self._status = status
        raise TooMuch

    def _refuse(self, status: int) -> None:
        self.transport.write(on_the_wire(refusal(status, closes=True)))
        self.transport.close()

    def _watch_reader(self, left: int | None = None) -> None:
        """Hang up on a reader who takes nothing of what waits for as long as an idle one may."""
        now = self.transport.get_write_buffer_size()
        _cancel(self._slow_reader)
        if left is not None and now >= left:
            self.transport.abort()
        elif now:
            self._slow_reader = self.loop.call_later(IDLE_SECONDS, self._watch_reader, now)


def _cancel(timer: Any) -> None:
    if timer is not None:
        timer.cancel()
