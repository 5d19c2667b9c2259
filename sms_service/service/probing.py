"""Looking at what may be away or frozen, within a bound on time.

Each look runs on a thread of its own. One that hangs is waited for no longer than the bound,
and isn't begun again before it has ended: a frozen server costs one thread, however often
somebody asks.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field

from sms_service.service.health import Finding, wrong

Look = Callable[[], Sequence[Finding]]


@dataclass(slots=True)
class Probes:
    """Several looks at once, in the order of their names; safe to be asked by many threads."""

    looks: Mapping[str, Look]
    seconds: float
    """What a look may take; nobody who asks waits longer."""
    fresh_seconds: float = 0.0
    """What was found stands for so long: many who ask cost no more than one."""
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _flights: dict[str, "_Flight"] = field(default_factory=dict)

    def examine(self) -> Sequence[Finding]:
        """What was found; a look that fails or hangs is a finding of its own name. Never raises."""
        flights = [self._flight(name, look) for name, look in self.looks.items()]
        return [one for flight in flights for one in flight.found(self.seconds)]

    def _flight(self, name: str, look: Look) -> "_Flight":
        now = self.clock()
        with self._lock:
            last = self._flights.get(name)
            if last is not None and (last.is_under_way or now - last.ended <= self.fresh_seconds):
                return last
            flight = self._flights[name] = _Flight(name, self.clock)
        flight.begin(look)
        return flight


class _Flight:
    """One look under way."""

    def __init__(self, name: str, clock: Callable[[], float]) -> None:
        self._name = name
        self._clock = clock
        self._future: Future[Sequence[Finding]] = Future()
        self._began = clock()
        self.ended = self._began

    def begin(self, look: Look) -> None:
        # A daemon: a command that has its answers ends, whatever still hangs.
        threading.Thread(target=self._run, args=(look,), name="probe", daemon=True).start()

    @property
    def is_under_way(self) -> bool:
        return not self._future.done()

    def found(self, seconds: float) -> Sequence[Finding]:
        """What came of it within so many seconds of its begin, whoever asks and when."""
        waited = self._clock() - self._began
        try:
            return self._future.result(max(0.0, seconds - waited))
        except NotYet:
            waited = self._clock() - self._began
            said = f"it hasn't answered for {waited:.1f} s"
            return [wrong(self._name, said, "see whether it runs, and whether its host answers")]

    def _run(self, look: Look) -> None:
        try:
            found = look()
        except Exception as error:
            # Its words could hold an address or a password; what kind it was can't.
            said = f"it can't be used ({type(error).__name__})"
            found = [wrong(self._name, said, "see whether it runs, and the setting that names it")]
        self.ended = self._clock()
        self._future.set_result(found)
