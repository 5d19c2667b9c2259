"""How a state looks: its sign and colour on the pages, beside its word."""

from collections.abc import Mapping

from sms_service.domain.states import InboundState, OutboundState

_INBOUND: Mapping[str, str] = {
    InboundState.RECEIVED: "moving",
    InboundState.ANSWERING: "moving",
    InboundState.ANSWERED: "good",
    InboundState.FAILED: "bad",
}
_OUTBOUND: Mapping[str, str] = {
    OutboundState.QUEUED: "moving",
    OutboundState.SENDING: "moving",
    OutboundState.UNKNOWN: "warn",
    OutboundState.UNRESOLVED: "bad",
    OutboundState.EXPIRED: "bad",
    OutboundState.REFUSED: "bad",
    OutboundState.ACCEPTED: "moving",
    OutboundState.AT_OPERATOR: "moving",
    OutboundState.UNDELIVERED: "bad",
    OutboundState.CANCELLED: "bad",
    OutboundState.BLOCKED: "bad",
    OutboundState.FAILED: "bad",
    OutboundState.DELIVERED: "good",
}
_TONES = {"inbound": _INBOUND, "outbound": _OUTBOUND}


def tone_of(kind: str, state: str) -> str:
    """The tone of an ``inbound`` or ``outbound`` state: good, moving, warn, bad or quiet."""
    return _TONES[kind].get(state, "quiet")
