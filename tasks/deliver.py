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


@shared_task(name=LANES["unknown"].task)
def ask_about_unknown() -> None:
    """Ask gateways what became of hand-overs that nobody knows the outcome of."""
    mine = parts()
    mine.doorbell.answered("unknown")
    mine.delivering.settle_unknown()
