"""What this process notes of its own work: how many, how long. It costs microseconds.

Until ``keep_in`` is called the figures stay in this process. After it they stand in files that
all processes of the host share by a folder, so that each of them tells the figures of all: see
``meter_files``. Nothing here ever raises into the work that is measured.
"""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    values,
)
from prometheus_client.metrics_core import Metric

from sms_service.metrics.catalogue import CALL_BOUNDS, CATALOGUE, TASK_BOUNDS, Kind, Known
from sms_service.metrics.files import MeterFiles, make_room

log = logging.getLogger(__name__)

_BOUNDS = {
    "sms_http_request_seconds": CALL_BOUNDS,
    "sms_gateway_call_seconds": CALL_BOUNDS,
    "sms_saapa_call_seconds": CALL_BOUNDS,
    "sms_task_seconds": TASK_BOUNDS,
}
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


class Meters:
    """The counters, gauges and histograms of one process. Threads may share it."""

    def __init__(self) -> None:
        self.role = "other"
        self._files: MeterFiles | None = None
        disable_created_metrics()
        # Whatever the environment says: files are written where keep_in was called alone.
        self._build(values.MutexValue)

    def keep_in(self, folder: Path, role: str) -> bool:
        """From now on note figures in files of this folder, as one process of ``role``.

        To be called after a fork. False, and figures in this process alone, where the folder
        can't be written or has no room.
        """
        try:
            make_room(folder, os.getpid())
        except OSError as error:
            log.warning("figures of this process stay its own: %s", error.strerror)
            return False
        os.environ[_FOLDER] = str(folder)
        self.role, self._files = role, MeterFiles(folder)
        self._build(values.MultiProcessValue())
        self._set("sms_processes", role, value=1)
        self._set("sms_process_start_timestamp_seconds", role, value=time.time())
        return True

    def families(self) -> list[Metric]:
        """The figures of all processes that share the folder; without one, of this process."""
        if self._files is not None:
            return self._files.families()
        return [family for family in self._registry.collect() if family.samples]

    def count(self, name: str, *labels: str, times: int = 1) -> None:
        """One more, or so many, of what the catalogue calls by this name."""
        try:
            self._found[name].labels(*labels).inc(times)
        except OSError as error:
            self._give_up(error)

    def took(self, name: str, seconds: float, *labels: str) -> None:
        """So many seconds passed for one more of it."""
        try:
            self._found[name].labels(*labels).observe(seconds)
        except OSError as error:
            self._give_up(error)

    @contextmanager
    def timing(self, name: str, *labels: str) -> Iterator[None]:
        """Measure the block, however it ends."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.took(name, time.perf_counter() - began, *labels)

    def breaker_is(self, *, is_open: bool) -> None:
        """Whether this process leaves the billing interface alone."""
        self._set("sms_saapa_breakers_open", self.role, value=float(is_open))

    def _set(self, name: str, *labels: str, value: float) -> None:
        try:
            self._found[name].labels(*labels).set(value)
        except OSError as error:
            self._give_up(error)

    def _build(self, kind: type[Any]) -> None:
        values.ValueClass = kind
        self._registry = CollectorRegistry()
        self._found: dict[str, Any] = {
            name: _instrument(name, self._registry) for name in _instruments()
        }

    def _give_up(self, error: OSError) -> None:
        """No room for a new label's figures: go on in this process alone."""
        log.warning("figures of this process stay its own: %s", error.strerror)
        self._build(values.MutexValue)


def _instruments() -> Iterator[str]:
    made_at_a_look = {"sms_disk_free_ratio"}
    for name, one in CATALOGUE.items():
        if one.known is Known.HOST and name not in made_at_a_look:
            yield name


def _instrument(name: str, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    one = CATALOGUE[name]
    if one.kind is Kind.COUNTER:
        return Counter(name, one.help, one.labels, registry=registry)
    if one.kind is Kind.HISTOGRAM:
        return Histogram(name, one.help, one.labels, registry=registry, buckets=_BOUNDS[name])
    mode: Any = "livemax" if name.endswith("_timestamp_seconds") else "livesum"
    return Gauge(name, one.help, one.labels, registry=registry, multiprocess_mode=mode)


meters = Meters()
"""This process's own."""
