"""A process of the service with a fault in it, which production code knows nothing of.

    python -m tests.support.faulty FAULT... -m sms_service serve

runs what follows ``-m`` after it has wrapped the functions that the faults name. A name
that is gone ends the process at once: a fault point must not fade away unnoticed.

====================  ==============================================================
``kill:POINT:N``      the whole process group dies at the N-th passing of a point
``wait:POINT:FILE``   a passing waits until the file exists; ``FILE.waits`` says it does
``poison:WORD``       whichever process answers a text with this word dies, each time
``balloon:WORD``      answering such a text asks for more memory than there is
``full:FILE``         while the file exists, SQLite's database file can't grow
``env:NAME=VALUE``    the process starts with this in its environment
====================  ==============================================================
"""

import functools
import importlib
import os
import runpy
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, SupportsIndex

from sqlalchemy import Connection, event

_GIBIBYTE = 2**30


@dataclass(frozen=True, slots=True)
class Point:
    """Before or after a function of the service, named ``module:attribute``."""

    function: str
    before: bool = False
    counts: Callable[[Any], object] = lambda result: True
    """Which results make it a passing: a claim of nothing is none."""


def _has_rows(claim: Any) -> object:
    return claim.rows


POINTS: Mapping[str, Point] = {
    "inbound.before_commit": Point("sms_service.ledger.recording:store_new", before=True),
    "inbound.after_commit": Point("sms_service.ledger.recording:store_new", counts=bool),
    "outbox.before_ring": Point("sms_service.channels.door:Door._wake", before=True),
    "lookup.before": Point("sms_service.service.desk:Desk.answer", before=True),
    "answer.after_claim": Point("sms_service.ledger.inbound:InboundLedger.claim", counts=_has_rows),
    # The last act of the transaction in which a text is answered and its answer queued.
    "answer.before_commit": Point("sms_service.ledger.context:ContextLedger.remember"),
    "answer.after_commit": Point("sms_service.ledger.inbound:InboundLedger.answer"),
    "send.after_claim": Point(
        "sms_service.ledger.outbound:OutboundLedger.claim_queued", counts=_has_rows
    ),
    "send.after_http": Point("sms_service.gateways.kavenegar:KavenegarGateway.send_many"),
    "send.after_commit": Point("sms_service.ledger.outbound:OutboundLedger.settle"),
}


def command(faults: Sequence[str], arguments: Sequence[str]) -> list[str]:
    """What Python runs instead of ``arguments`` to get the same process with these faults."""
    return ["-m", "tests.support.faulty", *faults, *arguments]


def put_in(fault: str) -> None:
    """Put one fault into this process. Raises LookupError or AttributeError for a wrong name."""
    kind, _, argument = fault.partition(":")
    _KINDS[kind](argument)


def _kill(argument: str) -> None:
    point, _, number = argument.partition(":")
    left = threading.Semaphore(int(number) - 1)

    def die_at_last() -> None:
        if not left.acquire(blocking=False):
            os.killpg(0, signal.SIGKILL)

    _at(POINTS[point], die_at_last)


def _wait(argument: str) -> None:
    point, _, name = argument.partition(":")
    file = Path(name)

    def stand_still() -> None:
        file.with_name(f"{file.name}.waits").touch()
        while not file.exists():
            time.sleep(0.005)

    _at(POINTS[point], stand_still)


def _poison(word: str) -> None:
    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    _on_text(word, die)


def _balloon(word: str) -> None:
    def swell() -> None:
        bytearray(4 * _GIBIBYTE)

    _on_text(word, swell)


def _full(name: str) -> None:
    file = Path(name)

    def limit(connection: Connection) -> None:
        pages = "page_count" if file.exists() else "max_page_count = 4294967294"
        size = connection.exec_driver_sql(f"PRAGMA {pages}").scalar_one()
        if file.exists():
            connection.exec_driver_sql(f"PRAGMA max_page_count = {size}")

    def watched(real: Callable[..., Any], *args: Any, **options: Any) -> Any:
        engine = real(*args, **options)
        event.listen(engine, "begin", limit)
        return engine

    _wrap("sms_service.wiring.parts:make_engine", watched)


def _env(argument: str) -> None:
    name, _, value = argument.partition("=")
    if os.environ.get(name) != value:
        os.environ[name] = value
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606  # nosec B606  # the same again, from its start


_KINDS: Mapping[str, Callable[[str], None]] = {
    "kill": _kill,
    "wait": _wait,
    "poison": _poison,
    "balloon": _balloon,
    "full": _full,
    "env": _env,
}


def _at(point: Point, act: Callable[[], None]) -> None:
    def passing(real: Callable[..., Any], *args: Any, **options: Any) -> Any:
        if point.before:
            act()
            return real(*args, **options)
        result = real(*args, **options)
        if point.counts(result):
            act()
        return result

    _wrap(point.function, passing)


def _on_text(word: str, act: Callable[[], None]) -> None:
    def answering(real: Callable[..., Any], desk: Any, questions: Sequence[Any]) -> Any:
        if any(word in question.text for question in questions):
            act()
        return real(desk, questions)

    _wrap("sms_service.service.desk:Desk.answer", answering)


def _wrap(function: str, around: Callable[..., Any]) -> None:
    """Let ``around`` stand for a function of the service; it is given the real one first."""
    module, _, path = function.partition(":")
    *owners, name = path.split(".")
    owner: Any = importlib.import_module(module)
    for part in owners:
        owner = getattr(owner, part)
    real = getattr(owner, name)

    @functools.wraps(real)
    def wrapped(*args: Any, **options: Any) -> Any:
        return around(real, *args, **options)

    setattr(owner, name, wrapped)


def _sleep(seconds: float | SupportsIndex) -> None:
    threading.Event().wait(float(seconds))


def _main(arguments: Sequence[str]) -> None:
    if "FAKETIME" in os.environ:
        # libfaketime spoils the call below time.sleep, but not the one below a wait.
        time.sleep = _sleep
    runs = arguments.index("-m")
    for fault in arguments[:runs]:
        put_in(fault)
    module, *sys.argv[1:] = arguments[runs + 1 :]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main(sys.argv[1:])
