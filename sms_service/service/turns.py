"""A worker's turn at the lookup lane: few answers are handed over then and there.

Between two lanes lies the broker, which takes longer for a text alone than all the work.
"""

from dataclasses import dataclass, field, replace

from sms_service.service.answering import Answering
from sms_service.service.delivering import Delivering

_FEW = 8
"""Answers up to which another worker's help isn't worth the ring."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A doorbell that notes which lanes were to be rung."""

    lanes: set[str] = field(default_factory=set)

    def ring(self, lane: str) -> None:
        self.lanes.add(lane)


def answer_and_deliver(answering: Answering, delivering: Delivering) -> None:
    """Answer what waits; hand the answers over and join their receipts if they are few.

    Many are rung for, so that other workers share them. Should this process end in between,
    the rows are in the ledger and the tick rings.
    """
    bell = _Held()
    finished = replace(answering, doorbell=bell).run()
    if finished <= _FEW and bell.lanes == {"deliver"}:
        bell.lanes.clear()
        replace(delivering, doorbell=bell).run()
    if bell.lanes == {"receipts"}:
        bell.lanes.clear()
        replace(delivering, doorbell=bell).join_receipts()
    for lane in sorted(bell.lanes):
        answering.doorbell.ring(lane)
