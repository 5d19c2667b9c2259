"""Processor time by process: what a text costs, whatever else the machine is doing."""

import os
from collections.abc import Mapping
from contextlib import suppress

import psutil

from tests.benchmarks.site import Site

Seconds = Mapping[str, float]
"""Processor time, user and system, by the name of a process."""


def of_site(site: Site) -> Seconds:
    """Processor seconds that each process of a running site has taken so far."""
    household = site.household
    web, worker, beat = (household.process(name).pid for name in ("web", "worker", "beat"))
    return {
        "driver": _alone(os.getpid()),
        "web": family(web),
        "worker, its main process": _alone(worker),
        "worker, its children": family(worker) - _alone(worker),
        "beat": family(beat),
        "Redis": family(household.valkey.pid),
        "PostgreSQL": family(site.server.pid),
        "gateway": family(household.gateway.pid),
    }


def a_text(before: Seconds, after: Seconds, texts: int) -> Mapping[str, float]:
    """Microseconds that each process took for each of so many texts."""
    return {name: (after[name] - before[name]) / texts * 1e6 for name in after}


def family(pid: int) -> float:
    """Processor seconds of a process and its children; of those that ended, none."""
    parent = psutil.Process(pid)
    return sum(_alone(one.pid) for one in (parent, *parent.children(recursive=True)))


def _alone(pid: int) -> float:
    with suppress(psutil.NoSuchProcess):
        times = psutil.Process(pid).cpu_times()
        return times.user + times.system
    return 0.0
