"""``sms-service serve``: the web process, or several that share one socket."""

import logging
import os
import resource
import signal
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType

import click
import uvicorn

from sms_service import create_app
from sms_service.channels.front import Front
from sms_service.channels.wire import CONNECTIONS, IDLE_SECONDS, Wire
from sms_service.garbage import collect_seldom
from sms_service.logs import own_process
from sms_service.logs.tracing import check_tracing, start_tracing, stop_tracing
from sms_service.metrics.meters import meters
from sms_service.settings import Settings, load_settings
from sms_service.settings.safety import warnings_of
from sms_service.web import front_of, web_parts
from sms_service.wiring import environment

log = logging.getLogger(__name__)

_BACKLOG = 1024
_OTHER_FILES = 500
"""Beside connections: the database's, uploads, logs."""
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LAST_ANSWERS_SECONDS = 5
"""Given to requests that are under way when the process is told to end."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
def serve(host: str) -> None:
    """Listen on PORT with WEB_CONCURRENCY processes until told to end.

    Requests are read whole before a thread gets them, so slow or half-sent ones hold up
    nobody (docs/explanation/decisions.md, the web server).
    """
    settings = load_settings(environment())
    own_process(settings, "web")
    check_tracing(settings)
    create_app(settings)  # a wrong setting is one line here, not one a process
    for warning in warnings_of(settings, environment()):
        log.warning("%s", warning)
    with listening(host, settings.port) as listener:
        if settings.web_concurrency == 1:
            _keep_figures(settings)
            run(_front(settings), listener, _End())
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
    server = uvicorn.Server(how_to_serve(front))
    end.then(partial(setattr, server, "should_exit", True))
    collect_seldom()
    _allow_files()
    server.run(sockets=[listener])
    stop_tracing()


def how_to_serve(front: Front) -> uvicorn.Config:
    """How the front is served: by which bounds, and without a word of what serves it."""
    return uvicorn.Config(
        front,
        http=Wire,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # TRUSTED_PROXIES decides, in the application
        server_header=False,
        timeout_keep_alive=round(IDLE_SECONDS),
        timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS,
    )


def _allow_files() -> None:
    """Let this process have a file for each connection, as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + _OTHER_FILES
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _front(settings: Settings) -> Front:
    """What this process serves, traced where that is wanted."""
    parts = web_parts(settings)
    start_tracing(settings, "web", parts.engine)
    return front_of(parts)


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


def _keep_figures(settings: Settings) -> None:
    meters.keep_in(Path(settings.prometheus_multiproc_dir), "web")


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
            _keep_figures(settings)
            run(_front(settings), listener, end)
        finally:
            os._exit(0)
    children.add(child)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
