"""A worker's end of the queue that garbage can't kill.

Whoever may write to Redis may write anything. Celery 5.6.3 drops what it can't decode,
but ends the whole worker over a message that decodes to something else than it expects,
and takes the message up again after the restart.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from celery.worker.consumer import Consumer

log = logging.getLogger(__name__)

_GARBAGE = (AttributeError, LookupError, TypeError, ValueError)
_BREATH_SECONDS = 1.0


class SturdyConsumer(Consumer):  # type: ignore[misc]  # celery has no types
    """Drops what is no task; where not even an envelope was read, connects anew."""

    class Blueprint(Consumer.Blueprint):  # type: ignore[misc]  # the same
        """Without the queues for delayed messages: nothing of ours is sent for later.

        On RabbitMQ Celery would declare 28 of them at each node in turn, and a consumer
        would wait for the nodes that are away before it listens.
        """

        default_steps = tuple(
            step
            for step in Consumer.Blueprint.default_steps
            if not step.endswith(":DelayedDelivery")
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connection_errors: tuple[type[Exception], ...] = (
            *self.conninfo.connection_errors,
            *_GARBAGE,
        )

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Take a breath: a Redis that lets us in may still refuse all else, again and again."""
        super().on_connection_error_after_connected(exc)
        time.sleep(_BREATH_SECONDS)

    def create_task_handler(self, *args: Any, **kwargs: Any) -> Callable[[Any], None]:
        """The handler of one message, which then surely leaves the queue."""
        handle = super().create_task_handler(*args, **kwargs)

        def on_task_received(message: Any) -> None:
            try:
                handle(message)
            except _GARBAGE as error:
                log.warning("a message that is no task was dropped: %s", type(error).__name__)
                message.reject()

        return on_task_received
