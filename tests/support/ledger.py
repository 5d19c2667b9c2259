"""Values and parts of the ledger for tests."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select

from sms_service.database import reading
from sms_service.language.context import Context
from sms_service.language.reading import Intent, Problem, Reading, Reply
from sms_service.ledger.context import ContextLedger
from sms_service.ledger.inbound import InboundLedger
from sms_service.ledger.tables import events, outbound
from sms_service.ledger.vault import Vault
from sms_service.service.messages import Answer, Arrival, Waiting

VAULT = Vault({2: b"n" * 32, 1: b"o" * 32}, b"hash key of the tests")
PHONE = "+989121234567"
BILL = "1234567804423"


def arrival(remote_id: str = "1", text: str | None = None, phone: str = PHONE) -> Arrival:
    """A text as the Kavenegar webhook would hand it over; of words of its own unless given."""
    words = f"سلام {remote_id}" if text is None else text
    return Arrival("kavenegar", remote_id, phone, "10001521", words, b"raw", phone)


def answer(
    waiting: Waiting,
    text: str = "بدهی ندارد",
    *,
    hours: float = 24,
    remember: str | None = BILL,
    version: int = 0,
) -> Answer:
    """A composed answer to a claimed text of a phone with so many answers before."""
    reply = Reply(text, len(text), 1, rung="summary")
    until = datetime.now(UTC) + timedelta(hours=hours)
    before, after = Context(version=version), Context(last_bill_id=remember)
    return Answer(waiting, Reading(Intent.DEBT, BILL), reply, until, before, after)


def inbound_ledger(engine: Engine) -> InboundLedger:
    """The inbound ledger with all that it needs."""
    return InboundLedger(engine, VAULT, context_ledger(engine), lease_seconds=30)


def context_ledger(engine: Engine) -> ContextLedger:
    """What phones are known for, for a month."""
    return ContextLedger(engine, VAULT, timedelta(days=30))


def silence(waiting: Waiting) -> Answer:
    """The end of a text that gets no reply."""
    reading_ = Reading(None, problem=Problem.LIMITED)
    return Answer(waiting, reading_, None, datetime.now(UTC) + timedelta(hours=1))


def event_names(engine: Engine, code: str) -> list[str]:
    """What happened to one request, in order."""
    query = select(events.c.what).where(events.c.code == code).order_by(events.c.id)
    with reading(engine) as connection:
        return list(connection.execute(query).scalars())


def outbound_states(engine: Engine) -> list[str]:
    """The states of all answers, oldest first."""
    with reading(engine) as connection:
        return list(connection.execute(select(outbound.c.state).order_by(outbound.c.id)).scalars())
