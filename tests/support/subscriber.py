"""A subscriber who texts the service of a test, in the test's own process."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from sms_service.ledger.handles import of_phone
from sms_service.ledger.recording import Recorder
from sms_service.service.messages import Arrival
from sms_service.wiring import Parts

_numbers = count(1)


class Silent:
    """A doorbell that nobody hears."""

    def ring(self, lane: str) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A phone and its way to the service."""

    parts: Parts
    phone: str = field(default="+989121234567", repr=False)

    @property
    def phone_hash(self) -> bytes:
        return self.parts.hash_phone(self.phone)

    @property
    def handle(self) -> str:
        """The phone's name in addresses."""
        return of_phone(self.phone_hash)

    def text(self, *texts: str, channel: str = "sms") -> Sequence[str]:
        """Send these texts one after another and have each answered; their tracking codes."""
        return [self._text(one, channel) for one in texts]

    def _text(self, text: str, channel: str) -> str:
        number = str(next(_numbers))
        arrival = Arrival(
            "kavenegar", number, self.phone, "30001521", text, b"raw", self.phone, channel=channel
        )
        recorded = Recorder(self.parts.engine, self.parts.vault).record([arrival])[0]
        replace(self.parts.answering, doorbell=Silent()).run()
        return recorded.code
