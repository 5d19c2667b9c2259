"""The Celery application of workers and beat. Connects to nothing."""

import importlib
import logging
import os
from typing import Any

from celery import Celery, signals

from sms_service.garbage import collect_seldom
from sms_service.logs import Role, own_process
from sms_service.logs.tracing import start_tracing, stop_tracing
from sms_service.queueing import make_celery
from sms_service.settings.safety import warnings_of
from tasks.idle import own_tick
from tasks.parts import parts, settings

log = logging.getLogger(__name__)

app: Celery = make_celery(settings)
app.set_default()
app.conf.imports = ("tasks.measured", "tasks.lookup", "tasks.deliver", "tasks.upkeep")
app.conf.worker_consumer = "tasks.consumer:SturdyConsumer"


_role: list[Role] = ["beat"]
"""What this process is: a worker says so before anything is logged."""


@signals.celeryd_init.connect
def _be_a_worker(instance: Any, **_: Any) -> None:
    _role[:] = ["worker"]
    # Its banner is none of the lines that LOG_FORMAT promises.
    instance.quiet = True


@signals.setup_logging.connect
def _set_up_logs(**_: Any) -> None:
    own_process(settings, _role[0])
    for warning in warnings_of(settings, os.environ):
        log.warning("%s", warning)
    logging.getLogger("celery.worker.strategy").setLevel(logging.WARNING)
    logging.getLogger("celery.app.trace").setLevel(logging.WARNING)
    logging.getLogger("celery.beat").setLevel(logging.WARNING)


@signals.worker_init.connect
def _share_code(**_: Any) -> None:
    # Loaded before the fork, so that the children share its memory.
    importlib.import_module("sms_service.wiring")


@signals.worker_process_init.connect
def _get_ready(**_: Any) -> None:
    start_tracing(settings, "worker", parts().engine)
    parts().warm()
    collect_seldom()
    own_tick.start()


@signals.worker_process_shutdown.connect
def _stop_own_tick(**_: Any) -> None:
    own_tick.stop()
    stop_tracing()
