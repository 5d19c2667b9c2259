"""How a gateway's lane does: what is kept of it, and what every part reads."""

from dataclasses import dataclass

from sms_service.domain.states import LaneState


@dataclass(frozen=True, slots=True)
class Health:
    """How a lane does. A lane nobody has heard anything bad of is ``Health(gateway)``."""

    gateway: str
    state: LaneState = LaneState.WORKING
    reason: str | None = None
    failures: int = 0
    """In a row."""
    allowance: int | None = None
    """Texts a round while it recovers; None: as many as it takes."""
    rest_seconds: float = 0
    """Until it may be handed something."""

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to be noted of a success."""
        return self.state is LaneState.WORKING and self.failures == 0
