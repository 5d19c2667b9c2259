"""What makes good: receipts joined and asked for, lost texts fetched, forgotten rows rung for."""

from celery import shared_task

from sms_service.queueing import LANES
from tasks.parts import parts


@shared_task(name=LANES["receipts"].task)
def join_receipts() -> None:
    """Clear the flag first, then join in a fresh transaction."""
    mine = parts()
    mine.doorbell.answered("receipts")
    mine.delivering.join_receipts()


@shared_task(name=LANES["ask"].task)
def ask_for_receipts() -> None:
    """Ask the gateway for receipts that didn't come."""
    _turn_of("ask")


@shared_task(name=LANES["poll"].task)
def poll_inbox() -> None:
    """Fetch the texts that the webhook missed."""
    _turn_of("poll")


@shared_task(name=LANES["bulk"].task)
def feed_runs() -> None:
    """Hand some of the runs that send many again to the queue."""
    _turn_of("bulk")


@shared_task(name=LANES["sweep"].task)
def sweep() -> None:
    """End and delete what nothing waits for any more."""
    _turn_of("sweep")


@shared_task(name=LANES["import"].task)
def start_imports() -> None:
    """Start a process for each upload that waits."""
    _turn_of("import")


def _turn_of(lane: str) -> None:
    mine = parts()
    mine.doorbell.answered(lane)
    mine.upkeep.work(lane)


@shared_task(name=LANES["tick"].task)
def tick() -> None:
    """Ring every lane that has due rows, whatever its flag says."""
    mine = parts()
    mine.upkeep.expire()
    for lane in mine.upkeep.due_lanes():
        mine.doorbell.answered(lane)
        mine.doorbell.ring(lane)
    mine.chores.mark("beat")
