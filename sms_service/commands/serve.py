"""``sms-service serve``: the web process, or several that share one socket."""

import logging
import os
import signal
import socket
import sys
import time
from types import FrameType

import click
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer, create_server

from sms_service import create_app
from sms_service.settings import Settings, load_settings
from sms_service.wiring import environment

log = logging.getLogger(__name__)

_THREADS = 32
"""Requests that may wait for one commit together; more would not commit any faster."""
_CONNECTIONS = 1000
_IDLE_SECONDS = 30
_BACKLOG = 1024
_TURN_SECONDS = 1.0
_LAST_TURN_SECONDS = 0.05
_SILENCE_SECONDS = 0.5
_LAST_SECONDS = 10.0
"""A process told to end gives requests under way so long; a supervisor should give it more."""
_MAX_BODY_BYTES = 4 * 1024 * 1024
"""Beyond this the server refuses by itself; the application's own limit is far below."""


class _Parser(HTTPRequestParser):  # type: ignore[misc]  # published without types
    """Reads chunked bodies to their end, and takes back the length that waitress makes up.

    The application then answers 411 to a client that has said all it wanted to say; one
    still talking would only see its connection cut.
    """

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if self.completed and self.chunked:
            self.headers.pop("CONTENT_LENGTH", None)
        return consumed


class _Channel(HTTPChannel):  # type: ignore[misc]  # the same
    """Says with each answer of a process that is leaving that its connection ends."""

    parser_class = _Parser

    def service(self) -> None:
        if not self.server.accepting:
            self.requests[0].headers["CONNECTION"] = "close"
        super().service()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
def serve(host: str) -> None:
    """Listen on PORT with WEB_CONCURRENCY processes until told to end.

    Requests are read whole before a thread gets them, so slow or half-sent ones hold up
    nobody (docs/decisions.md, the web server).
    """
    settings = load_settings(environment())
    create_app(settings)  # a wrong setting is one line here, not one a process
    with _listening(host, settings.port) as listener:
        if settings.web_concurrency == 1:
            _serve(settings, listener)
        else:
            _serve_in_children(settings, listener)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise click.ClickException(f"PORT {port}: {error.strerror}") from None


def _serve(settings: Settings, listener: socket.socket) -> None:
    signal.signal(signal.SIGTERM, _leave)
    server = create_server(
        create_app(settings),
        sockets=[listener],
        threads=_THREADS,
        connection_limit=_CONNECTIONS,
        channel_timeout=_IDLE_SECONDS,
        max_request_body_size=_MAX_BODY_BYTES,
        clear_untrusted_proxy_headers=False,  # TRUSTED_PROXIES decides, in the application
        ident=None,
    )
    server.channel_class = _Channel
    _run_until_told_to_end(server)


def _run_until_told_to_end(server: BaseWSGIServer) -> None:
    """Answer; when told to end, take no connection any more and finish those that are there."""

    def leave(_signal: int, _frame: FrameType | None) -> None:
        server.accepting = False
        server.pull_trigger()

    signal.signal(signal.SIGTERM, leave)
    try:
        while server.accepting:
            _turn(server, _TURN_SECONDS)
        gives_up = time.monotonic() + _LAST_SECONDS
        while server.active_channels and time.monotonic() < gives_up:
            _hang_up_on_the_silent(server)
            _turn(server, _LAST_TURN_SECONDS)
    except KeyboardInterrupt:
        log.info("interrupted")
    server.task_dispatcher.shutdown()


def _turn(server: BaseWSGIServer, seconds: float) -> None:
    server.asyncore.loop(timeout=seconds, use_poll=True, map=server._map, count=1)


def _hang_up_on_the_silent(server: BaseWSGIServer) -> None:
    """A connection that was just accepted may still bring its request."""
    silent_since = time.time() - _SILENCE_SECONDS
    for channel in list(server.active_channels.values()):
        waits = channel.requests or channel.request or channel.total_outbufs_len
        if not waits and channel.last_activity < silent_since:
            channel.will_close = True


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
            _serve(settings, listener)
        finally:
            os._exit(0)
    return child


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
