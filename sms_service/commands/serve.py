"""``sms-service serve``: the web process, or several that share one socket."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from functools import partial
from types import FrameType

import click
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sms_service import create_app
from sms_service.channels.front import Front
from sms_service.garbage import collect_seldom
from sms_service.logs import own_process
from sms_service.settings import Settings, load_settings
from sms_service.web import front_of, web_parts
from sms_service.wiring import environment

_CONNECTIONS = 1000
_IDLE_SECONDS = 30
_BACKLOG = 1024
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LAST_REQUEST_SECONDS = 0.5
_LAST_ANSWERS_SECONDS = 5
"""Given to requests that are under way when the process is told to end."""


class _Protocol(HttpToolsProtocol):
    """Hangs up on a connection that doesn't send the head of a request in time.

    When the process is told to end, a connection that is idle may still bring the request
    that is on its way: it is answered, and told that it was the last.
    """

    _hang_up: asyncio.TimerHandle | None = None
    _is_leaving = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._hang_up = self.loop.call_later(_IDLE_SECONDS, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stay()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._stay()
        self._hang_up = self.loop.call_later(_IDLE_SECONDS, self.transport.abort)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._stay()
        super().on_headers_complete()
        if self._is_leaving and self.cycle is not None:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        self._is_leaving = True
        is_new = self.cycle is None
        if is_new or self.cycle.response_complete:
            self.loop.call_later(_LAST_REQUEST_SECONDS, super().shutdown)
        else:
            super().shutdown()

    def _stay(self) -> None:
        if self._hang_up is not None:
            self._hang_up.cancel()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
def serve(host: str) -> None:
    """Listen on PORT with WEB_CONCURRENCY processes until told to end.

    Requests are read whole before a thread gets them, so slow or half-sent ones hold up
    nobody (docs/explanation/decisions.md, the web server).
    """
    settings = load_settings(environment())
    own_process(settings, "web")
    create_app(settings)  # a wrong setting is one line here, not one a process
    with listening(host, settings.port) as listener:
        if settings.web_concurrency == 1:
            run(front_of(web_parts(settings)), listener, _End())
        else:
            _serve_in_children(settings, listener)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises ClickException, in one line."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise click.ClickException(f"PORT {port}: {error.strerror}") from None


def run(front: Front, listener: socket.socket, end: "_End | None" = None) -> None:
    """Serve in this process until told to end."""
    end = end or _End()
    config = uvicorn.Config(
        front,
        http=_Protocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # TRUSTED_PROXIES decides, in the application
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS,
    )
    server = uvicorn.Server(config)
    end.then(partial(setattr, server, "should_exit", True))
    collect_seldom()
    server.run(sockets=[listener])


class _End:
    """Whether this process was told to end, and what it does about it.

    The handler raises nothing: where a signal finds the program, an exception may be lost.
    """

    def __init__(self) -> None:
        self.was_told = False
        self._act: Callable[[], None] = lambda: None
        for number in _SIGNALS:
            signal.signal(number, self._hear)

    def then(self, act: Callable[[], None]) -> None:
        """Do this when told to end; at once, if that was before."""
        self._act = act
        if self.was_told:
            act()

    def _hear(self, _signal: int, _frame: FrameType | None) -> None:
        self.was_told = True
        self._act()


def _serve_in_children(settings: Settings, listener: socket.socket) -> None:
    """Keep WEB_CONCURRENCY children alive; end them when told to end."""
    children: set[int] = set()
    end = _End()
    end.then(lambda: _end_all(children))
    while not end.was_told:
        while len(children) < settings.web_concurrency:
            _fork(settings, listener, children)
        children.discard(os.wait()[0])
    for child in children:
        os.waitpid(child, 0)


def _end_all(children: set[int]) -> None:
    for child in set(children):
        os.kill(child, signal.SIGTERM)


def _fork(settings: Settings, listener: socket.socket, children: set[int]) -> None:
    """Add a child; a signal meanwhile waits until it is known, and listens by itself."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    child = os.fork()
    if child == 0:
        try:
            end = _End()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            run(front_of(web_parts(settings)), listener, end)
        finally:
            os._exit(0)
    children.add(child)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
