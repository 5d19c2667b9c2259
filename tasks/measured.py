"""Run times of tasks, noted in files that all processes of the host share."""

import time
from pathlib import Path
from typing import Any

from celery import signals

from sms_service.metrics.meters import meters
from sms_service.queueing import LANES
from tasks.parts import settings

_TASKS = {lane.task: name for name, lane in LANES.items()}
_began: dict[str, float] = {}


@signals.worker_process_init.connect
def _begin(**_: Any) -> None:
    meters.keep_in(Path(settings.prometheus_multiproc_dir), "worker")


@signals.task_prerun.connect
def _note_begin(task_id: str, **_: Any) -> None:
    _began[task_id] = time.perf_counter()


@signals.task_postrun.connect
def _note_end(task_id: str, task: Any, **_: Any) -> None:
    began = _began.pop(task_id, None)
    if began is not None and task.name in _TASKS:
        meters.took("sms_task_seconds", time.perf_counter() - began, _TASKS[task.name])


@signals.task_failure.connect
def _note_failure(sender: Any, **_: Any) -> None:
    if sender.name in _TASKS:
        meters.count("sms_task_failures_total", _TASKS[sender.name])
