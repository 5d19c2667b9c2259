"""The usual way, for comparison: the same code with one Celery task a message.

``python -m tests.benchmarks.single`` is its web process, ``celery -A tests.benchmarks.single``
its worker. Every text is its own task, its own batch of one and its own gateway call.
"""

import os
from collections.abc import Sequence
from dataclasses import replace

from sms_service.commands.serve import listening, run
from sms_service.queueing import LANES, make_celery
from sms_service.service.delivering import Delivering
from sms_service.service.ports import Gateway, Outcome, OutgoingText
from sms_service.settings import load_settings
from sms_service.web import front_of
from sms_service.wiring import Parts, PartsPerProcess

settings = load_settings(os.environ)
app = make_celery(settings)
app.conf.beat_schedule = {}


class EachRings:
    """A ring is a message, sent at once by whoever rings."""

    def ring(self, lane: str) -> None:
        if lane in ("lookup", "deliver"):
            app.send_task(LANES[lane].task, queue=LANES[lane].queue, ignore_result=True)


class OneByOne:
    """The gateway, one text a call."""

    name = "kavenegar"
    keeps_records = True
    reports_by_local_id = False
    round_size = 1

    def __init__(self, gateway: Gateway) -> None:
        self.send = gateway.send
        self.look_up = gateway.look_up
        self.statuses = gateway.statuses

    def send_many(self, batch: Sequence[OutgoingText]) -> Sequence[Outcome]:
        return [self.send(text) for text in batch]


class Quiet:
    """Nobody is rung: each message has brought its own task along."""

    def ring(self, lane: str) -> None:
        """Stay silent."""


parts = PartsPerProcess(settings)


@app.task(name=LANES["lookup"].task)  # type: ignore[untyped-decorator]  # Celery has no types
def answer_one() -> None:
    """Answer one text."""
    replace(parts().answering, batch_size=1, doorbell=EachRings()).run()


@app.task(name=LANES["deliver"].task)  # type: ignore[untyped-decorator]  # the same
def hand_over_one() -> None:
    """Hand one answer over."""
    mine = parts()
    ticks = iter(range(2))
    one: Delivering = replace(
        mine.delivering,
        gateways={"kavenegar": OneByOne(mine.kavenegar)},
        doorbell=Quiet(),
        clock=lambda: float(next(ticks)),
    )
    one.run()


def main() -> None:
    """Serve as ``sms-service serve`` does, ringing once a text."""
    mine = Parts(settings)
    vars(mine)["doorbell"] = EachRings()
    with listening("127.0.0.1", settings.port) as listener:
        run(front_of(mine), listener)


if __name__ == "__main__":
    main()
