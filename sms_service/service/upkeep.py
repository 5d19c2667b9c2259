"""Looking after what was forgotten: the safety net below every doorbell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sms_service.service.chore_ports import Chores, Sweepable


@dataclass(frozen=True, slots=True)
class LaneWork:
    """How to see that a lane has due rows, and how to do one turn of its work."""

    has_due: Callable[[], bool]
    run: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Knows every lane; the tick asks it, whatever the doorbell's flags say."""

    lanes: Mapping[str, LaneWork]
    expire: Callable[[], int]

    def due_lanes(self) -> list[str]:
        """Lanes with rows that could be taken now."""
        return [name for name, lane in self.lanes.items() if lane.has_due()]

    def work(self, lane: str) -> int:
        """One turn of a lane's work on this thread; none for a lane that isn't worked here."""
        return self.lanes[lane].run() if lane in self.lanes else 0


SWEEP = "sweep"
_SWEEP_EVERY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Sweeping:
    """Ends and deletes what nothing waits for any more, each minute."""

    chores: Chores
    swept: Sequence[Sweepable]

    def is_due(self) -> bool:
        """Whether the minute is over."""
        return self.chores.is_due(SWEEP)

    def run(self) -> int:
        """One part of it; 1 when it was this process's turn."""
        turn = self.chores.begin(SWEEP)
        if turn is None:
            return 0
        more = [one.sweep() for one in self.swept]
        self.chores.finish(turn, 0 if any(more) else _SWEEP_EVERY_SECONDS)
        return 1
