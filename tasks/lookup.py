"""Answers what waits. The message carries nothing: the rows are the queue."""

from celery import shared_task

from sms_service.queueing import LANES
from sms_service.service.turns import answer_and_deliver
from tasks.parts import parts


@shared_task(name=LANES["lookup"].task)
def answer_waiting() -> None:
    """Clear the flag first, then claim in a fresh transaction."""
    mine = parts()
    mine.doorbell.answered("lookup")
    answer_and_deliver(mine.answering, mine.delivering)
