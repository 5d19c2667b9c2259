"""A steady load over both web hosts, and what became of it in four ledgers."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import median, quantiles

from tests.hosts.site import Site
from tests.support.four_ledgers import books, broken_promises
from tests.support.texting import Taken, Text, Webhook

_BATCH = 10
_CALM_SECONDS = 6.0
_TAKEN_WITHIN = 120.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run shows. Seconds are those of who texts: from the first try to the SMS."""

    texts: int
    refused: int
    """Calls that got no 200 and were made again."""
    lost: int
    doubled: int
    broken: dict[str, int]
    calm_p50: float
    """Of the first seconds, when nothing had happened yet."""
    p50: float
    p99: float
    slowest: float
    slowest_webhook_ms: float


class Load:
    """Texts at a fixed rate, alternately to each web host, each again until it is taken."""

    def __init__(self, site: Site, per_second: float) -> None:
        self._site, self._pause = site, _BATCH / per_second
        self._webhooks = site.webhooks()
        self._over = threading.Event()
        self._said: list[Taken] = []
        self._asked: dict[str, float] = {}
        self._thread = threading.Thread(target=self._run, name="load")
        self._error: Exception | None = None

    def start(self) -> None:
        """Begin to text."""
        self._thread.start()

    def end(self, settled_within: float) -> Outcome:
        """Stop texting, wait for what is under way, and compare the ledgers."""
        self._over.set()
        self._thread.join()
        if self._error:
            raise self._error
        texts = list({one.text: None for one in self._said if one.status == 200})
        self._wait_until_settled(texts, settled_within)
        return self._outcome(texts)

    def _run(self) -> None:
        turn, threads = 0, list[threading.Thread]()
        started = time.monotonic()
        while not self._over.wait(max(0.0, started + turn * self._pause - time.monotonic())):
            texts = self._site.questions.new_texts(_BATCH)
            self._asked |= {text.phone: time.time() for text in texts}
            order = self._webhooks[turn % 2 :] + self._webhooks[: turn % 2]
            threads.append(threading.Thread(target=self._hand_over, args=(texts, order)))
            threads[-1].start()
            turn += 1
        for thread in threads:
            thread.join()

    def _hand_over(self, texts: Sequence[Text], order: Sequence[Webhook]) -> None:
        """To one web host, and what got no 200 to the other, in turns."""
        deadline, missing, turn = time.monotonic() + _TAKEN_WITHIN, list(texts), 0
        while missing:
            if time.monotonic() > deadline:
                self._error = TimeoutError(f"{len(missing)} texts weren't taken")
                return
            said = order[turn % 2].hand_over(missing, connections=2)
            self._said += said
            taken = {one.text for one in said if one.status == 200}
            missing = [text for text in missing if text not in taken]
            turn += 1
            time.sleep(0.5 if missing else 0)

    def _wait_until_settled(self, texts: Sequence[Text], seconds: float) -> None:
        engine = self._site.parts.engine

        def is_settled() -> bool:
            kept = books(engine, texts)
            return all(kept.is_settled(text) for text in texts)

        with suppress(TimeoutError):
            wait_until(is_settled, seconds)

    def _outcome(self, texts: Sequence[Text]) -> Outcome:
        sms = self._site.gateway.outbox()
        broken = broken_promises(self._said, books(self._site.parts.engine, texts), sms)
        told: dict[str, list[float]] = {text.phone: [] for text in texts}
        for one in sms:
            told.setdefault(one.receptor, []).append(one.date)
        waits = [min(told[t.phone]) - self._asked[t.phone] for t in texts if told[t.phone]]
        percentiles = quantiles(waits, n=100, method="inclusive")
        first = min(self._asked.values())
        calm = [
            min(told[t.phone]) - self._asked[t.phone]
            for t in texts
            if told[t.phone] and self._asked[t.phone] < first + _CALM_SECONDS
        ]
        return Outcome(
            len(texts),
            sum(one.status != 200 for one in self._said),
            sum(not moments for moments in told.values()),
            sum(len(moments) > 1 for moments in told.values()),
            broken,
            median(calm),
            percentiles[49],
            percentiles[98],
            max(waits),
            max(one.ms for one in self._said),
        )


def wait_until(holds: Callable[[], bool], seconds: float) -> float:
    """Seconds until it holds. Raises TimeoutError."""
    started = time.monotonic()
    while not holds():
        if time.monotonic() - started > seconds:
            raise TimeoutError(f"not so after {seconds} s")
        time.sleep(0.05)
    return time.monotonic() - started
