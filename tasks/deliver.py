"""Hands answers over to the gateway."""

from celery import shared_task

from sms_service.queueing import LANES
from tasks.parts import parts


@shared_task(name=LANES["deliver"].task)
def hand_over() -> None:
    """Clear the flag first, then claim in a fresh transaction."""
    mine = parts()
    mine.doorbell.answered("deliver")
    mine.delivering.run()
