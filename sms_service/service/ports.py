"""What the use cases need from outside, said as protocols that adapters implement."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from sms_service.domain.records import History
from sms_service.language.context import Context
from sms_service.service.lane_health import Health
from sms_service.service.messages import (
    Answer,
    Claim,
    Delay,
    Departing,
    Taking,
    Verdict,
    Waiting,
)

Item_contra = TypeVar("Item_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)


class Busy(Exception):
    """Not durable within the time that the caller has."""


class SourceDown(Exception):
    """The billing source can't tell of some bills now; says nothing about those."""

    def __init__(
        self,
        reason: str,
        *,
        unanswered: Iterable[str] = (),
        had: "Mapping[str, History] | None" = None,
    ) -> None:
        """``had``: what could be read all the same; in neither of both is an unknown bill."""
        super().__init__(reason)
        self.unanswered = frozenset(unanswered)
        self.had = had or {}


class BillingSource(Protocol):
    """Where histories come from."""

    def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
        """Histories by canonical 13-digit bill ID; unknown IDs are absent.

        Raises SourceDown, with what could be had, when some can't be told of now.
        """

    def bills_of_phone(self, phone_hash: bytes) -> Sequence[str]:
        """Bill IDs whose branch record holds this mobile (keyed hash), in a stable order.

        Raises SourceDown when they can't be told now.
        """


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """One text to hand over. ``local_id`` makes a repeated hand-over harmless."""

    local_id: int
    receptor: str
    """E.164, e.g. ``+989121234567``."""
    text: str
    line: str | None = None
    """The line to send from; None leaves it to the gateway's default."""


class Blame(StrEnum):
    """What a refusal speaks of, and so what must wait or end."""

    ROW = "row"
    """This text or this receptor: it will never go."""
    LATER = "later"
    """The gateway wasn't reached: nothing was said of the row."""
    PAUSE = "pause"
    """Too fast, or busy: the whole lane pauses."""
    STOP = "stop"
    """Account, credit or configuration: the lane stops until someone acts."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The gateway has it. ``status`` is the gateway's own delivery code."""

    remote_id: str
    status: int
    cost_rial: int | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """Surely not sent."""

    blame: Blame
    reason: str
    """Machine word, e.g. ``kavenegar_418``."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """May or may not have been sent: only the gateway's own record can tell."""

    reason: str
    askable: bool = True
    """False when the record under our local id is known to be another text's."""


Outcome = Accepted | NotSent | Unknown


@dataclass(frozen=True, slots=True)
class ArrivedText:
    """A text that reached one of our lines, as the gateway told it."""

    remote_id: str
    sender: str = field(repr=False)
    line: str
    text: str = field(repr=False)
    sent_at: datetime | None
    """When it reached the gateway."""
    raw: bytes = field(repr=False)
    is_readable: bool = True
    """False when it can't be read as a text: then ``raw`` alone holds what came."""


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Texts out of a gateway's inbox."""

    texts: Sequence[ArrivedText]
    has_more: bool


@dataclass(frozen=True, slots=True)
class NoPage:
    """The inbox gave nothing."""

    blame: Blame
    reason: str
    in_doubt: bool = False
    """The gateway may hold as read what never arrived here."""


class Gateway(Protocol):
    """A way out to the mobile network. No method raises for what the network does."""

    name: str
    keeps_records: bool
    """Whether ``look_up`` can tell what became of a hand-over whose outcome is unknown."""
    reports_by_local_id: bool
    """Whether its receipts name our local id, which then is the remote id beforehand."""

    @property
    def round_size(self) -> int:
        """How many texts one round of calls takes; a lease covers one round."""

    def send(self, outgoing: OutgoingText) -> Outcome:
        """Hand over one text."""

    def send_many(self, batch: Sequence[OutgoingText]) -> Sequence[Outcome]:
        """Hand over up to 100 texts in as few calls as is safe; outcomes in order."""

    def look_up(self, local_ids: Sequence[int]) -> Mapping[int, Accepted] | None:
        """What the gateway has for these local ids; absent = not there, None = no answer."""

    def statuses(self, remote_ids: Sequence[str]) -> Mapping[str, int] | None:
        """Delivery codes now; ids that the gateway no longer tells of are absent."""


class Inbox(Protocol):
    """What came to one of our lines, as its gateway keeps it. No method raises."""

    gateway: str

    def take_unread(self) -> InboxPage | NoPage:
        """Unread texts, which are read for the gateway from here on: store them first."""

    def read_again(self, since: datetime, until: datetime, number: int) -> InboxPage | NoPage:
        """Page ``number``, from 1, of the texts between two moments that were read already."""


class Post(Protocol[Item_contra, Result_co]):
    """Where a channel puts what must be durable before it answers."""

    async def committed(self, item: Item_contra) -> Result_co:
        """As ``commit``, for an event loop."""

    def commit(self, item: Item_contra) -> Result_co:
        """The result once the item is durable. Raises Busy."""


class Doorbell(Protocol):
    """Tells the workers of a lane that there is work. Never raises, never waits."""

    def ring(self, lane: str) -> None:
        """Ring now or soon; a lost ring costs latency and nothing else."""


class WaitingTexts(Protocol):
    """The inbound ledger, as answering needs it."""

    def claim(self, limit: int) -> Claim[Waiting]:
        """Take due texts for one lease."""

    def claim_suspect(self) -> Claim[Waiting]:
        """Take one due text that may be what ended the workers who held it before."""

    def answer(self, token: int, answers: Sequence[Answer]) -> int:
        """Finish them and queue their replies in one transaction; returns how many.

        Texts of a phone that changed since it was recalled wait again, due at once.
        """

    def put_back(self, token: int, waiting: Iterable[Waiting], delay: Delay) -> None:
        """Let them wait again."""


class Contexts(Protocol):
    """What phones are known for."""

    def recall(self, phone_hashes: Sequence[bytes]) -> Mapping[bytes, Context]:
        """Contexts by phone hash; a phone that isn't known is absent."""


class BillAnswers(Protocol):
    """What phones were told of bills."""

    def since(self, moment: datetime, bill_ids: Sequence[str]) -> dict[str, int]:
        """How many answers each bill has had since then; one without any may be absent."""


class DepartingTexts(Protocol):
    """The outbound ledger, as delivering needs it."""

    def claim_queued(self, taking: Taking) -> Claim[Departing]:
        """Take answers to hand over; they say ``sending`` from here on."""

    def claim_unknown(self, gateway: str, limit: int) -> Claim[Departing]:
        """Take hand-overs whose outcome is unknown."""

    def settle(self, token: int, verdicts: Sequence[Verdict]) -> int:
        """Write what became of them, where the lease still holds."""

    def has_queued(self) -> bool:
        """Whether any answer waits to be handed over now."""


class LaneBook(Protocol):
    """The record of how lanes do, shared by all workers."""

    def health(self, gateways: Sequence[str]) -> Mapping[str, Health]:
        """The lanes that anything is known of."""

    def change(self, gateway: str, decide: Callable[[Health], Health]) -> tuple[Health, Health]:
        """Let ``decide`` judge the lane as it stands, alone; returns it before and after."""

    def reserve(self, gateway: str, parts: int) -> int:
        """Up to ``parts`` SMS parts of the lane's pace; 0: none now."""

    def correct(self, gateway: str, parts: int) -> None:
        """Count so many parts more (or less) than were reserved."""


class ParkedReceipts(Protocol):
    """The receipts, as delivering needs them."""

    def join(self, limit: int) -> int:
        """Move messages forward by receipts whose message is known."""
