"""``sms-service serve``: the web process, or several that share one socket."""

import asyncio
import os
import signal
import socket
import sys
from types import FrameType

import click
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sms_service import create_app
from sms_service.channels.front import Front
from sms_service.garbage import collect_seldom
from sms_service.settings import Settings, load_settings
from sms_service.web import front_of, web_parts
from sms_service.wiring import environment

_CONNECTIONS = 1000
_IDLE_SECONDS = 30
_BACKLOG = 1024
_LAST_ANSWERS_SECONDS = 5
"""Given to requests that are under way when the process is told to end."""


class _Protocol(HttpToolsProtocol):
    """Hangs up on a connection that doesn't send the head of a request in time."""

    _hang_up: asyncio.TimerHandle | None = None

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

    def _stay(self) -> None:
        if self._hang_up is not None:
            self._hang_up.cancel()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
def serve(host: str) -> None:
    """Listen on PORT with WEB_CONCURRENCY processes until told to end.

    Requests are read whole before a thread gets them, so slow or half-sent ones hold up
    nobody (docs/decisions.md, the web server).
    """
    settings = load_settings(environment())
    create_app(settings)  # a wrong setting is one line here, not one a process
    with listening(host, settings.port) as listener:
        if settings.web_concurrency == 1:
            run(front_of(web_parts(settings)), listener)
        else:
            _serve_in_children(settings, listener)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises ClickException, in one line."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise click.ClickException(f"PORT {port}: {error.strerror}") from None


def run(front: Front, listener: socket.socket) -> None:
    """Serve in this process until told to end."""
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
    # uvicorn ends in good order first, then raises the signal again.
    signal.signal(signal.SIGTERM, _leave)
    collect_seldom()
    uvicorn.Server(config).run(sockets=[listener])


def _serve_in_children(settings: Settings, listener: socket.socket) -> None:
    """Keep WEB_CONCURRENCY children alive; end them when told to end."""
    signal.signal(signal.SIGTERM, _leave)
    children: set[int] = set()
    try:
        while True:
            while len(children) < settings.web_concurrency:
                children.add(_fork(settings, listener))
            children.discard(os.wait()[0])
    except (SystemExit, KeyboardInterrupt):
        for child in children:
            os.kill(child, signal.SIGTERM)
        for child in children:
            os.waitpid(child, 0)


def _fork(settings: Settings, listener: socket.socket) -> int:
    child = os.fork()
    if child == 0:
        try:
            run(front_of(web_parts(settings)), listener)
        finally:
            os._exit(0)
    return child


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
