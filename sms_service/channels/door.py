"""What the webhooks of every gateway share: who is let in, how faults are told, what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import MethodNotAllowed

from sms_service.channels.fields import BadFields
from sms_service.channels.problems import problem
from sms_service.channels.secrets import Secrets
from sms_service.metrics.meters import meters
from sms_service.service import hops
from sms_service.service.arriving import arrival_of
from sms_service.service.messages import Arrival, Receipt, Recorded
from sms_service.service.ports import ArrivedText, Busy, Doorbell, Post

MAX_MESSAGE = 2000
METHODS = ("GET", "POST")


@dataclass(frozen=True, slots=True)
class Door:
    """What the webhooks need: who may call, where rows go, whom to wake."""

    secrets: Secrets
    arrivals: Post[Arrival, Recorded]
    receipts: Post[list[Receipt], None]
    doorbell: Doorbell
    own_lines: frozenset[str]
    """Our senders, as E.164 or as written: a text from one of them is a loop."""

    def take_text(self, gateway: str, told: ArrivedText) -> None:
        """Make a text durable and wake who answers it. Raises Busy."""
        arrival = arrival_of(gateway, told, self.own_lines)
        self._wake(arrival, self.arrivals.commit(arrival))

    async def text_taken(self, gateway: str, told: ArrivedText) -> None:
        """As ``take_text``, for an event loop."""
        arrival = arrival_of(gateway, told, self.own_lines)
        self._wake(arrival, await self.arrivals.committed(arrival))

    def _wake(self, arrival: Arrival, recorded: Recorded) -> None:
        hops.received(arrival, recorded)
        outcome = "repeated" if recorded.repeated else "ignored" if arrival.ignored else "new"
        meters.count("sms_door_texts_total", arrival.gateway, outcome)
        if not arrival.ignored and not recorded.repeated:
            self.doorbell.ring("lookup")

    def take_receipts(self, receipts: Sequence[Receipt]) -> None:
        """Make receipts durable and wake who joins them. Raises Busy."""
        self.receipts.commit(list(receipts))
        self.doorbell.ring("receipts")

    async def receipts_taken(self, receipts: Sequence[Receipt]) -> None:
        """As ``take_receipts``, for an event loop."""
        await self.receipts.committed(list(receipts))
        self.doorbell.ring("receipts")


def webhooks(gateway: str, door: Door) -> Blueprint:
    """An empty blueprint under ``/webhooks/<gateway>/<secret>``, closed to wrong secrets.

    BadFields become 400, Busy becomes 503.
    """
    pages = Blueprint(gateway, __name__, url_prefix=f"/webhooks/{gateway}/<secret>")

    @pages.url_value_preprocessor
    def _admit(_endpoint: str | None, values: dict[str, str] | None) -> None:
        if values is None or not door.secrets.admit(values.pop("secret", "")):
            abort(404)
        if request.method == "HEAD":
            # Flask would run the GET view for it: a look must not leave a text behind.
            raise MethodNotAllowed(METHODS)

    @pages.errorhandler(BadFields)
    def _refuse(error: BadFields) -> Response:
        return problem(400, error.faults)

    @pages.errorhandler(Busy)
    def _later(_error: Busy) -> Response:
        return problem(503)

    return pages
