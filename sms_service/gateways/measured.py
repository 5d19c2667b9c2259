"""A gateway whose calls are counted and timed."""

from collections import Counter
from collections.abc import Mapping, Sequence

from sms_service.metrics.meters import meters
from sms_service.service.ports import Accepted, Gateway, NotSent, Outcome, OutgoingText


class MeasuredGateway:
    """Does what the gateway does, and notes how long that took and what came of it."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.name = gateway.name
        self.keeps_records = gateway.keeps_records
        self.reports_by_local_id = gateway.reports_by_local_id

    def __repr__(self) -> str:
        return repr(self._gateway)

    @property
    def round_size(self) -> int:
        """That of the gateway."""
        return self._gateway.round_size

    def send(self, outgoing: OutgoingText) -> Outcome:
        """Hand over one text."""
        return self.send_many([outgoing])[0]

    def send_many(self, batch: Sequence[OutgoingText]) -> Sequence[Outcome]:
        """Hand over some texts."""
        with meters.timing("sms_gateway_call_seconds", self.name, "send"):
            outcomes = self._gateway.send_many(batch)
        for word, count in Counter(map(_word, outcomes)).items():
            meters.count("sms_gateway_texts_total", self.name, word, times=count)
        return outcomes

    def look_up(self, local_ids: Sequence[int]) -> Mapping[int, Accepted] | None:
        """Ask what became of hand-overs."""
        with meters.timing("sms_gateway_call_seconds", self.name, "look_up"):
            return self._gateway.look_up(local_ids)

    def statuses(self, remote_ids: Sequence[str]) -> Mapping[str, int] | None:
        """Ask for receipts."""
        with meters.timing("sms_gateway_call_seconds", self.name, "statuses"):
            return self._gateway.statuses(remote_ids)


def _word(outcome: Outcome) -> str:
    if isinstance(outcome, Accepted):
        return "accepted"
    return f"not_sent_{outcome.blame}" if isinstance(outcome, NotSent) else "unknown"
