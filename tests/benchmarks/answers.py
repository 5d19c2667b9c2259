"""How fast a text is taken and answered, and how long a subscriber waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.load import closed_loop, fixed_rate, get, percentile
from tests.benchmarks.processors import a_text, of_site
from tests.benchmarks.site import Site

_CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Rates:
    """Medians of several runs, each of them a second, and the last run's processor time."""

    accepts: float
    """Webhook calls answered 200, each after its row was committed."""
    empty: float
    """Answers of the route that does nothing, same process, same load."""
    answers: float
    """Texts answered, from the first webhook call to the last hand-over."""
    costs: Mapping[str, float]
    """Microseconds of processor time a text, by process."""


def rates(site: Site, count: int, runs: int) -> Rates:
    """Closed loop over 32 connections, with the empty route between the runs."""
    taken, empty, answered = [], [], []
    costs: Mapping[str, float] = {}
    for _ in range(runs):
        texts, before, measured = list(site.texts(count)), site.sent(), of_site(site)
        run = closed_loop(site.url, texts, _CONNECTIONS)
        site.wait_until_sent(before + count)
        costs = a_text(measured, of_site(site), count)
        ended = max(sms.date for sms in site.newest(count))
        nothing = closed_loop(site.url, [get("/livez")] * count, _CONNECTIONS)
        if run.bad or nothing.bad:
            raise RuntimeError(f"{run.bad + nothing.bad} answers weren't 200")
        taken.append(run.rate)
        answered.append(count / (ended - run.started))
        empty.append(nothing.rate)
    return Rates(median(taken), median(empty), median(answered), costs)


def waits(site: Site, per_second: float, seconds: float) -> tuple[float, float]:
    """p50 and p99 in milliseconds from webhook call to hand-over, at a steady rate."""
    count, before = int(per_second * seconds), site.sent()
    run = fixed_rate(site.url, list(site.texts(count)), per_second)
    if run.bad:
        raise RuntimeError(f"{run.bad} answers weren't 200")
    site.wait_until_sent(before + count)
    asked = [run.started + number / per_second for number in range(count)]
    waited = [sms.date - moment for sms, moment in zip(site.newest(count), asked, strict=True)]
    return percentile(waited, 50), percentile(waited, 99)
