"""How fast USSD menus are led, beside a bare route that only keeps a session."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from statistics import median

from rich.table import Table
from sqlalchemy import func, select

from sms_service.database import make_engine, reading
from sms_service.ledger.tables import events
from sms_service.simulator.household import free_port
from tests.benchmarks.load import Run, fixed_rate, in_turn, post_json
from tests.benchmarks.processors import family
from tests.benchmarks.site import Site

_CONNECTIONS = 128
_INPUTS = ("*1521#", "{bill_id}", "1", "0", "2", "1", "9")
"""Dial, a bill, its debt, back, its history, the first year, the second page."""
_ANSWERS = 3
"""Steps of a dialogue whose answer is looked up: debt, years, history."""
_DIALOGUES, _RUNS = 1200, 3
_STEADY, _SECONDS = 200, 15
_APART = 30
"""At a steady rate, dialogues that begin between two steps of one."""
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Rates:
    """Medians of several runs, steps a second, and the last run's processor time."""

    steps: float
    bare: float
    costs: Mapping[str, float]
    """Microseconds of processor time a step, by process; ``bare`` is the other route's."""


def rates(site: Site, dialogues: int, runs: int) -> Rates:
    """Closed loop over 128 connections, with the bare route between the runs."""
    ours, bare = [], []
    costs: Mapping[str, float] = {}
    with _bare_route(site) as bare_url:
        for _ in range(runs):
            path = _path(site)
            before, answered = _costs(site), _answered(site)
            run = in_turn(site.url, [_dialogue(site, path) for _ in range(dialogues)], _CONNECTIONS)
            after = _costs(site)
            told = _answered(site) - answered
            if told != dialogues * _ANSWERS:
                raise RuntimeError(f"{told} of {dialogues * _ANSWERS} answers were shown")
            scripts = [_dialogue(site, "/ussd") for _ in range(dialogues)]
            idle = family(site.household.process("bare").pid)
            nothing = in_turn(bare_url, scripts, _CONNECTIONS)
            spent = {name: after[name] - before[name] for name in after}
            spent["bare"] = family(site.household.process("bare").pid) - idle
            costs = {name: seconds / len(run.seconds) * 1e6 for name, seconds in spent.items()}
            ours.append(_sound(run).rate)
            bare.append(_sound(nothing).rate)
    return Rates(median(ours), median(bare), costs)


def waits(site: Site, per_second: float, seconds: float) -> tuple[float, float]:
    """p50 and p99 of a step in milliseconds, at a steady rate, with dialogues at every stage."""
    dialogues = int(per_second * seconds / len(_INPUTS))
    scripts = [_dialogue(site, _path(site)) for _ in range(dialogues)]
    places = (
        (number + step * _APART, number, step)
        for number in range(dialogues)
        for step in range(len(_INPUTS))
    )
    requests = [scripts[number][step] for _, number, step in sorted(places)]
    run = _sound(fixed_rate(site.url, requests, per_second))
    return run.percentile(50), run.percentile(99)


def _dialogue(site: Site, path: str) -> Sequence[bytes]:
    number = next(_numbers)
    bill_id = site.bill_ids[number % len(site.bill_ids)]
    same = {"session_id": f"bench-{number}", "phone": f"0935{number:07d}"}
    return [
        post_json(
            path,
            same
            | {"event": "input" if step else "new", "sequence": step}
            | {"input": typed.format(bill_id=bill_id)},
        )
        for step, typed in enumerate(_INPUTS)
    ]


def _path(site: Site) -> str:
    return f"/ussd/json/{site.household.environment['WEBHOOK_SECRETS']}"


def _answered(site: Site) -> int:
    engine = make_engine(site.household.environment["DATABASE_URL"])
    with reading(engine) as connection:
        shown = select(func.count()).where(events.c.what == "shown")
        found = connection.execute(shown).scalar_one()
    engine.dispose()
    return found


def _costs(site: Site) -> Mapping[str, float]:
    household = site.household
    return {
        "web": family(household.process("web").pid),
        "PostgreSQL": family(site.server.pid),
        "Redis": family(household.valkey.pid),
    }


def _sound(run: Run) -> Run:
    if run.bad:
        raise RuntimeError(f"{run.bad} answers weren't 200")
    return run


@contextmanager
def _bare_route(site: Site) -> Iterator[str]:
    household, port = site.household, free_port()
    household.spawn(
        "bare", "-m", "tests.benchmarks.bare", str(port), household.environment["REDIS_URL"]
    )
    url = f"http://127.0.0.1:{port}"
    warm_up = [_dialogue(site, "/ussd")]
    for _ in range(100):
        try:
            in_turn(url, warm_up, 1)
            break
        except ConnectionError:
            time.sleep(0.1)
    try:
        yield url
    finally:
        household.kill("bare")


def table(site: Site) -> Table:
    """The figures of a running site."""
    in_turn(site.url, [_dialogue(site, _path(site)) for _ in range(100)], 8)  # to warm up
    ours = rates(site, _DIALOGUES, _RUNS)
    p50, p99 = waits(site, _STEADY, _SECONDS)
    costs = ", ".join(f"{name} {spent:.0f}" for name, spent in ours.costs.items())
    caption = f"{_CONNECTIONS} connections; µs a step: {costs}"
    shown = Table("figure", "measured", "beside it", title="USSD menus", caption=caption)
    bare = f"bare route with a session in Redis {ours.bare:.0f}/s: {ours.steps / ours.bare:.0%}"
    shown.add_row("menu steps/s", f"{ours.steps:.0f}", bare)
    shown.add_row(
        f"wait at {_STEADY} steps/s", f"p50 {p50:.1f} ms, p99 {p99:.1f} ms", "goal p99 30 ms"
    )
    return shown
