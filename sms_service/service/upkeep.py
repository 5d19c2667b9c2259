"""Looking after what was forgotten: the safety net below every doorbell."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


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
        """One turn of a lane's work on this thread."""
        return self.lanes[lane].run()
