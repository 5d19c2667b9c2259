"""How a lane's state looks."""

from collections.abc import Mapping

from sms_service.domain.states import LaneState

_TONES: Mapping[LaneState, str] = {
    LaneState.WORKING: "good",
    LaneState.PAUSED: "moving",
    LaneState.RESTING: "bad",
    LaneState.STOPPED: "bad",
    LaneState.RECOVERING: "moving",
    LaneState.HELD: "warn",
}


def lane_tone(state: LaneState) -> str:
    """The tone of a lane's state."""
    return _TONES[state]
