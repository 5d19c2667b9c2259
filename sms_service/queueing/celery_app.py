"""Celery as the doorbell's wire: lanes, queues and settings. Connects on first use.

Each setting was measured: what is lost, doubled or hung without it is told in
docs/explanation/doorbell.md.
"""

from dataclasses import dataclass

from celery import Celery

from sms_service.queueing.brokers import KEY_PREFIX, broker_settings
from sms_service.settings import Settings

__all__ = ["KEY_PREFIX", "LANES", "Lane", "make_celery"]


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a ring goes: the task that drains the lane, and its queue."""

    task: str
    queue: str


LANES = {
    "lookup": Lane("tasks.lookup.answer_waiting", "bargh.lookup"),
    "deliver": Lane("tasks.deliver.hand_over", "bargh.deliver"),
    "unknown": Lane("tasks.deliver.ask_about_unknown", "bargh.upkeep"),
    "receipts": Lane("tasks.upkeep.join_receipts", "bargh.upkeep"),
    "ask": Lane("tasks.upkeep.ask_for_receipts", "bargh.upkeep"),
    "poll": Lane("tasks.upkeep.poll_inbox", "bargh.upkeep"),
    "bulk": Lane("tasks.upkeep.feed_runs", "bargh.upkeep"),
    "sweep": Lane("tasks.upkeep.sweep", "bargh.upkeep"),
    "import": Lane("tasks.upkeep.start_imports", "bargh.upkeep"),
    "tick": Lane("tasks.upkeep.tick", "bargh.upkeep"),
}

_MINUTE = 60


def make_celery(settings: Settings) -> Celery:
    """The Celery application that producers and workers share."""
    app = Celery("bargh", set_as_current=False)
    app.conf.update(
        broker_settings(settings.broker),
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        # A full Redis refuses what the worker writes there: it must wait, not end.
        broker_channel_error_retry=True,
        task_default_queue="bargh.upkeep",
        task_routes={lane.task: {"queue": lane.queue} for lane in LANES.values()},
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        task_serializer="json",
        accept_content=["json"],
        task_acks_late=True,
        task_reject_on_worker_lost=False,
        task_soft_time_limit=45,
        task_time_limit=_MINUTE,
        task_publish_retry_policy={
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0.1,
            "interval_max": 0.1,
        },
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=20_000,
        worker_soft_shutdown_timeout=20,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_concurrency=settings.worker_concurrency,
        beat_schedule={
            "tick": {
                "task": LANES["tick"].task,
                "schedule": settings.tick_seconds,
                # A worker that was away must not find a heap of old ticks.
                "options": {"queue": LANES["tick"].queue, "expires": settings.tick_seconds * 2},
            }
        },
        beat_scheduler="celery.beat:Scheduler",
        timezone="UTC",
    )
    return app
