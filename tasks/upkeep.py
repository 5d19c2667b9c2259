"""What makes good: receipts joined, validity kept, forgotten rows rung for."""

from celery import shared_task

from sms_service.queueing import LANES
from tasks.parts import parts


@shared_task(name=LANES["receipts"].task)
def join_receipts() -> None:
    """Clear the flag first, then join in a fresh transaction."""
    mine = parts()
    mine.doorbell.answered("receipts")
    mine.delivering.join_receipts()


@shared_task(name=LANES["tick"].task)
def tick() -> None:
    """Ring every lane that has due rows, whatever its flag says."""
    mine = parts()
    mine.upkeep.expire()
    for lane in mine.upkeep.due_lanes():
        mine.doorbell.answered(lane)
        mine.doorbell.ring(lane)
