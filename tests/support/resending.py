"""A small service over a real ledger: texts are answered, handed over, sent again."""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.limits import Limits
from sms_service.domain.roles import Role
from sms_service.domain.states import InboundState, OutboundState
from sms_service.ledger.bill_answers import BillAnswerCounts
from sms_service.ledger.context import ContextLedger
from sms_service.ledger.inbound import InboundLedger
from sms_service.ledger.outbound import OutboundLedger
from sms_service.ledger.receipts import ReceiptLedger
from sms_service.ledger.recording import Recorder
from sms_service.ledger.resending import ResendLedger
from sms_service.ledger.tables import inbound, inbound_texts, outbound, outbound_texts, receipts
from sms_service.ledger.vault import Vault
from sms_service.service.answering import Answering
from sms_service.service.auditing import Actor
from sms_service.service.delivering import Delivering
from sms_service.service.desk import Desk
from sms_service.service.lanes import Lanes
from sms_service.service.limiting import LimitedDesk
from sms_service.service.ports import Outcome
from sms_service.service.recomposing import Recomposing
from sms_service.service.resending import Refusal, Refused, Resending, ResendOrder, Resent
from tests.support.desk import FakeSource, desk
from tests.support.fakes import FakeDoorbell, FakeGateway, FakeLaneBook
from tests.support.ledger import BILL, PHONE, VAULT, arrival

OPERATOR = Actor("sara", frozenset({Role.OPERATOR}), address="127.0.0.1")
SUPERVISOR = Actor("omid", frozenset({Role.SUPERVISOR}), address="127.0.0.1")
AUDITOR = Actor("hessam", frozenset({Role.AUDITOR}), address="127.0.0.1")
OTHER_PHONE = "+989351112233"
DELIVERED = 10
"""Kavenegar's code."""


class Office:
    """All of it on one database, with the gateway of this moment."""

    def __init__(
        self, engine: Engine, source: FakeSource | None = None, vault: Vault = VAULT
    ) -> None:
        self.engine = engine
        self.vault = vault
        self.contexts = ContextLedger(engine, vault, timedelta(days=30))
        self.doorbell = FakeDoorbell()
        self.source = source or FakeSource()
        self.gateway = FakeGateway()
        self.outbound = OutboundLedger(engine, vault, lease_seconds=30)
        self.receipts = ReceiptLedger(engine, {"kavenegar": {DELIVERED: OutboundState.DELIVERED}})

    def resending(self, on: Desk | None = None) -> Resending:
        """The use case over today's data."""
        return Resending(
            ResendLedger(self.engine, self.vault, self.contexts),
            Recomposing(on or desk(self.source), self.contexts),
            self.vault.fingerprint,
            self.doorbell,
            timedelta(hours=24),
        )

    def asked(self, text: str = BILL, *, phone: str = PHONE, remote_id: str = "1") -> str:
        """A text that came and was answered; its tracking code."""
        (recorded,) = Recorder(self.engine, self.vault).record([arrival(remote_id, text, phone)])
        self.answer()
        return recorded.code

    def answer(self) -> None:
        """A turn of the lookup lane."""
        Answering(
            InboundLedger(self.engine, self.vault, self.contexts, lease_seconds=30),
            self.contexts,
            LimitedDesk(desk(self.source), Limits(), BillAnswerCounts(self.engine)),
            self.doorbell,
            timedelta(hours=24),
        ).run()

    def deliver(self, *outcomes: Outcome) -> FakeGateway:
        """Turns of the deliver lane against a gateway that answers so."""
        self.gateway = FakeGateway(*outcomes)
        self._delivering().run()
        return self.gateway

    def settle_unknown(self) -> None:
        """The gateway is asked about what may have been sent."""
        self.let_all_be_due()
        self._delivering().settle_unknown()

    def arrive(self, status: int = DELIVERED) -> None:
        """A receipt for every text that the gateway has."""
        with writing(self.engine) as connection:
            had = select(outbound.c.gateway, outbound.c.remote_id).where(
                outbound.c.remote_id.is_not(None)
            )
            for gateway, remote_id in connection.execute(had).all():
                connection.execute(
                    insert(receipts).values(
                        gateway=gateway, remote_id=remote_id, status=status, received_at=db_now()
                    )
                )
        self.receipts.join(100)

    def order(self, code: str, actor: Actor = OPERATOR, **more: Any) -> ResendOrder:
        """To send it again after what is there now."""
        standing = self.resending().standing(code)
        more.setdefault("after", standing.latest_id if standing else None)
        return ResendOrder(code, actor, **more)

    def resend(self, code: str, actor: Actor = OPERATOR, **more: Any) -> Resent | Refused:
        """Somebody looks at it and sends it again."""
        return self.resending().resend(self.order(code, actor, **more))

    def let_pass(self, span: timedelta) -> None:
        """Everything that is in the ledger is so much older."""
        seconds = -span.total_seconds()
        with writing(self.engine) as connection:
            for name in ("created_at", "accepted_at", "ended_at"):
                column = outbound.c[name]
                older = update(outbound).where(column.is_not(None))
                connection.execute(older.values({name: db_now(seconds)}))

    def let_all_be_due(self) -> None:
        """Nothing that waits has to wait any longer."""
        with writing(self.engine) as connection:
            connection.execute(update(outbound).values(due_at=db_now(-1)))

    def put(self, code: str, state: OutboundState, **values: Any) -> None:
        """Every answer of the request is in this state."""
        with writing(self.engine) as connection:
            mine = update(outbound).where(outbound.c.code == code)
            connection.execute(mine.values(state=state, **values))

    def change_request(self, code: str, **values: Any) -> None:
        """The request's own row as the test wants it."""
        with writing(self.engine) as connection:
            connection.execute(update(inbound).where(inbound.c.code == code).values(values))

    def given_up(self, text: str = BILL) -> str:
        """A text that came and was given up without an answer; its tracking code."""
        code = self.asked(text)
        understood = dict.fromkeys(("intent", "bill_id", "notes", "fulfilment", "answered_at"))
        with writing(self.engine) as connection:
            connection.execute(delete(outbound).where(outbound.c.code == code))
        self.change_request(
            code, state=InboundState.FAILED, reason="too_many_attempts", **understood
        )
        return code

    def erase(self, code: str) -> None:
        """As retention leaves it: without phone and texts."""
        self.change_request(code, phone_cipher=None)
        mine = select(inbound.c.id).where(inbound.c.code == code)
        answers = [row.id for row in self.rows(code)]
        of_it = inbound_texts.c.inbound_id.in_(mine), outbound_texts.c.outbound_id.in_(answers)
        with writing(self.engine) as connection:
            connection.execute(delete(inbound_texts).where(of_it[0]))
            connection.execute(delete(outbound_texts).where(of_it[1]))

    def state(self, code: str) -> str:
        """Of the request itself."""
        with reading(self.engine) as connection:
            return str(connection.scalar(select(inbound.c.state).where(inbound.c.code == code)))

    def rows(self, code: str) -> Sequence[Any]:
        """The answers, oldest first."""
        wanted = select(outbound).where(outbound.c.code == code).order_by(outbound.c.id)
        with reading(self.engine) as connection:
            return connection.execute(wanted).all()

    def _delivering(self) -> Delivering:
        return Delivering(
            self.outbound,
            self.receipts,
            {"kavenegar": self.gateway},
            Lanes(FakeLaneBook(), ["kavenegar"]),
            self.doorbell,
        )


def at_once(*works: Callable[[], object]) -> None:
    """Do these at the same moment, each in a thread of its own; returns when all are done."""
    start = threading.Barrier(len(works))

    def wait_and(work: Callable[[], object]) -> None:
        start.wait()
        work()

    threads = [threading.Thread(target=wait_and, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def refusal(outcome: Resent | Refused) -> Refusal:
    """Why nothing was sent."""
    assert isinstance(outcome, Refused)
    return outcome.why


def sent(outcome: Resent | Refused) -> Resent:
    """What was sent."""
    assert isinstance(outcome, Resent), outcome
    return outcome
