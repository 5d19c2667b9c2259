"""Where the processor time of a text goes, step by step, in this one process.

The steps are taken by the parts of web and worker themselves, in batches of the size that
load makes. Whatever a part is asked to do is charged to its step: this process's time, and
what PostgreSQL and the gateway took meanwhile.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from io import BytesIO
from time import process_time
from typing import Any

from sms_service.garbage import collect_seldom
from sms_service.ledger.recording import Recorder
from sms_service.service.messages import Arrival, Recorded
from sms_service.settings import load_settings
from sms_service.web import build_from
from sms_service.wiring import Parts
from tests.benchmarks.processors import family
from tests.benchmarks.site import Site

_COMMITTED_AT_ONCE = 32
"""As many as connections wait for a commit under load."""

Costs = Mapping[str, Mapping[str, float]]
"""Microseconds of processor time a text, by step and process."""


def costs(site: Site, texts: int) -> Costs:
    """What each step takes a text, once ways and caches are warm. The site has no workers."""
    parts = Parts(load_settings(site.household.environment))
    charges = _Charges(site)
    parts.warm()
    collect_seldom()
    for count in (texts // 4, texts):
        charges.forget()
        _way(parts, charges, list(site.texts(count)))
    parts.close()
    return charges.a_text(texts)


class _Charges:
    """Charges processor time to the step that is under way."""

    def __init__(self, site: Site) -> None:
        self._pids = {"PostgreSQL": site.server.pid, "gateway": site.household.gateway.pid}
        self.forget()

    def forget(self) -> None:
        """Begin anew, at a step nobody asked for."""
        self._step = "between the steps"
        self._seconds: dict[str, defaultdict[str, float]] = {}
        self._mark = self._others() | {"service": process_time()}

    @contextmanager
    def to(self, step: str) -> Iterator[None]:
        """Charge what happens in the block to ``step``, then go on with the step before."""
        before = self._change(step)
        try:
            yield
        finally:
            self._change(before)

    def methods(self, of: object, **steps: str) -> Any:
        """A stand-in for a part: these methods of it are charged, all else is its own."""
        charge = self.to

        class Charged:
            def __getattr__(self, name: str) -> Any:
                found = getattr(of, name)
                return charged(found, steps[name]) if name in steps else found

        def charged(method: Callable[..., Any], step: str) -> Callable[..., Any]:
            @wraps(method)
            def call(*args: Any, **kwargs: Any) -> Any:
                with charge(step):
                    return method(*args, **kwargs)

            return call

        return Charged()

    def a_text(self, texts: int) -> Costs:
        """Microseconds a text, by step."""
        return {
            step: {process: seconds / texts * 1e6 for process, seconds in taken.items()}
            for step, taken in self._seconds.items()
        }

    def _change(self, step: str) -> str:
        mine = process_time()
        now = self._others() | {"service": mine}
        taken = self._seconds.setdefault(self._step, defaultdict(float))
        for process, seconds in now.items():
            taken[process] += seconds - self._mark[process]
        before, self._step = self._step, step
        # What reading the other clocks took is nobody's.
        self._mark = now | {"service": process_time()}
        return before

    def _others(self) -> dict[str, float]:
        return {name: family(pid) for name, pid in self._pids.items()}


class _Collected:
    """Stands in for the committer: keeps what the webhook hands over."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []

    def commit(self, arrival: Arrival) -> Recorded:
        self.arrivals.append(arrival)
        return Recorded("", repeated=False)


class _Silent:
    def ring(self, lane: str) -> None:
        """Wake nobody: this process does all the work."""


def _way(parts: Parts, charges: _Charges, requests: Sequence[bytes]) -> None:
    arrivals = _accept(parts, charges, requests)
    record = Recorder(parts.engine, parts.vault).record
    for start in range(0, len(arrivals), _COMMITTED_AT_ONCE):
        with charges.to("commit"):
            record(arrivals[start : start + _COMMITTED_AT_ONCE])
    answering, delivering = _charged(parts, charges)
    while answering.run():
        pass
    while delivering.run():
        pass


def _accept(parts: Parts, charges: _Charges, requests: Sequence[bytes]) -> Sequence[Arrival]:
    """Requests to arrivals, without a server."""
    collected = _Collected()
    vars(parts).update(recorder=collected, doorbell=_Silent())
    application = build_from(parts).wsgi_app
    environments = [_environment(request) for request in requests]
    with charges.to("accept"):
        for environment in environments:
            b"".join(application(environment, lambda *_: lambda _: None))
    return collected.arrivals


def _charged(parts: Parts, charges: _Charges) -> tuple[Any, Any]:
    desk = replace(parts.desk, source=charges.methods(parts.source, histories="look up"))
    answering = replace(
        parts.answering,
        inbound=charges.methods(
            parts.inbound, claim="claim", claim_suspect="claim", answer="queue"
        ),
        contexts=charges.methods(parts.contexts, recall="recall"),
        desk=replace(
            parts.limited_desk,
            desk=charges.methods(desk, answer="compose"),
            bill_answers=charges.methods(parts.limited_desk.bill_answers, since="limits"),
        ),
        doorbell=_Silent(),
    )
    delivering = replace(
        parts.delivering,
        outbound=charges.methods(parts.outbound, claim_queued="take", settle="record"),
        gateways={"kavenegar": charges.methods(parts.kavenegar, send_many="send")},
        doorbell=_Silent(),
    )
    return answering, delivering


def _environment(request: bytes) -> dict[str, Any]:
    head, _, body = request.partition(b"\r\n\r\n")
    method, path, _ = head.decode().split(" ", 2)
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "bench",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
