"""The one place that builds the parts and joins them. Building connects to nothing."""

import logging
import os
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from sms_service.billing.chain import BillingChain
from sms_service.billing.sources import sources_from
from sms_service.database import make_engine
from sms_service.domain.calendar import tehran_day
from sms_service.domain.msisdn import mobile
from sms_service.gateways import kannel_codes, kavenegar_codes
from sms_service.gateways.from_settings import kannel_from, kavenegar_from
from sms_service.gateways.kannel import KannelGateway
from sms_service.gateways.kavenegar import KavenegarGateway
from sms_service.gateways.kavenegar_inbox import KavenegarInbox
from sms_service.gateways.measured import MeasuredGateway
from sms_service.ledger.bill_answers import BillAnswerCounts
from sms_service.ledger.chores import ChoreLedger
from sms_service.ledger.committer import Committer
from sms_service.ledger.context import ContextLedger
from sms_service.ledger.inbound import InboundLedger
from sms_service.ledger.lanes import LaneLedger
from sms_service.ledger.links import LinkedBills
from sms_service.ledger.outbound import OutboundLedger
from sms_service.ledger.polled import PolledLedger
from sms_service.ledger.receipts import ReceiptLedger
from sms_service.ledger.recording import Recorder
from sms_service.ledger.vault import Vault, keyed_hash
from sms_service.service.answering import Answering
from sms_service.service.daily_cap import DailyCap
from sms_service.service.delivering import Delivering
from sms_service.service.desk import Desk
from sms_service.service.lanes import Lanes
from sms_service.service.limiting import LimitedDesk
from sms_service.service.linking import WithLinks
from sms_service.service.messages import Arrival, Receipt, Recorded
from sms_service.service.polling import Polling, PollRules
from sms_service.service.ports import Gateway
from sms_service.service.upkeep import Upkeep
from sms_service.settings import Settings, SettingsError
from sms_service.settings.keys import parse_keys
from sms_service.wiring.desks import limits_of, make_desk

if TYPE_CHECKING:
    from sms_service.queueing.doorbell import CeleryDoorbell
    from sms_service.service.ussd.conversation import Conversation

log = logging.getLogger(__name__)

_WEB_PATIENCE = 0.9
"""Seconds a webhook may wait for its row: the contract says 503 within one second."""
_TRIAL_HASH_KEY = b"for trying out only: web and worker demand HASH_KEY"


class Parts:
    """Everything one process is made of, built when first asked for.

    A forked child must not use its parent's: see ``PartsPerProcess``.
    """

    def __init__(self, settings: Settings, *, statement_seconds: float = 30.0) -> None:
        """``statement_seconds`` bounds each statement of this process on PostgreSQL."""
        self.settings = settings
        self.pid = os.getpid()
        self._statement_seconds = statement_seconds

    @cached_property
    def engine(self) -> Engine:
        return make_engine(
            self.settings.database_url.get_secret_value(),
            statement_seconds=self._statement_seconds,
        )

    @cached_property
    def vault(self) -> Vault:
        self.settings.require("data_keys", "hash_key")
        keys = parse_keys([key.get_secret_value() for key in self.settings.data_keys])
        return Vault(keys, self._hash_key)

    @cached_property
    def desk(self) -> Desk:
        return make_desk(self.settings, self.linked_source, self.today)

    @cached_property
    def limited_desk(self) -> LimitedDesk:
        """The desk for channels whose answers are counted."""
        return LimitedDesk(self.desk, limits_of(self.settings), BillAnswerCounts(self.engine))

    @cached_property
    def source(self) -> BillingChain:
        """Raises SettingsError."""
        return sources_from(self.settings, self.engine, self.hash_phone, self.today)

    @cached_property
    def linked_source(self) -> WithLinks:
        """The same, with the phones that counters linked to bills. Raises SettingsError."""
        return WithLinks(self.source, LinkedBills(self.engine))

    @cached_property
    def doorbell(self) -> "CeleryDoorbell":
        from sms_service.queueing.doorbell import make_doorbell

        return make_doorbell(self.settings)

    @cached_property
    def recorder(self) -> Committer[Arrival, Recorded]:
        store = Recorder(self.engine, self.vault)
        return Committer(store.record, patience=_WEB_PATIENCE)

    @cached_property
    def receipts(self) -> ReceiptLedger:
        meanings = {
            "kavenegar": kavenegar_codes.DELIVERY_STATES,
            "kannel": kannel_codes.DELIVERY_STATES,
        }
        return ReceiptLedger(self.engine, meanings)

    @cached_property
    def receipt_post(self) -> Committer[list[Receipt], None]:
        def park(batches: "list[list[Receipt]]") -> list[None]:
            self.receipts.park([receipt for batch in batches for receipt in batch])
            return [None] * len(batches)

        return Committer(park, patience=_WEB_PATIENCE)  # type: ignore[arg-type]  # a list is given

    @cached_property
    def inbound(self) -> InboundLedger:
        return InboundLedger(self.engine, self.vault, self.contexts, self.settings.lease_seconds)

    @cached_property
    def outbound(self) -> OutboundLedger:
        return OutboundLedger(self.engine, self.vault, self.settings.lease_seconds)

    @cached_property
    def answering(self) -> Answering:
        validity = timedelta(hours=self.settings.answer_validity_hours)
        promise_after = timedelta(seconds=self.settings.promise_after_seconds)
        return Answering(
            self.inbound,
            self.contexts,
            self.limited_desk,
            self.doorbell,
            validity,
            promise_after=promise_after,
        )

    @cached_property
    def conversation(self) -> "Conversation":
        """USSD dialogues, for a web process."""
        from sms_service.wiring.ussd import make_conversation

        return make_conversation(self)

    @cached_property
    def contexts(self) -> ContextLedger:
        life = timedelta(days=self.settings.context_days)
        return ContextLedger(self.engine, self.vault, life)

    @cached_property
    def lanes(self) -> Lanes:
        return Lanes(self.lane_book, self.settings.gateways)

    @cached_property
    def lane_book(self) -> LaneLedger:
        settings = self.settings
        paces = {
            "kavenegar": settings.kavenegar_parts_per_second,
            "kannel": settings.kannel_parts_per_second,
        }
        return LaneLedger(self.engine, {name: pace for name, pace in paces.items() if pace})

    @cached_property
    def delivering(self) -> Delivering:
        cap = DailyCap(self.settings.daily_parts_cap, self.lane_book, self.outbound.parts_since)
        return Delivering(
            self.outbound, self.receipts, self.gateways, self.lanes, self.doorbell, cap.may_spend
        )

    @cached_property
    def upkeep(self) -> Upkeep:
        from sms_service.wiring.upkeep import make_upkeep

        return make_upkeep(self)

    @cached_property
    def chores(self) -> ChoreLedger:
        return ChoreLedger(self.engine, self.settings.lease_seconds)

    @cached_property
    def polling(self) -> Polling | None:
        """What fetches the texts of our line; None where no line is named."""
        line = self.settings.kavenegar_sender
        if "kavenegar" not in self.settings.gateways:
            return None
        if line is None:
            log.warning("received texts aren't polled: KAVENEGAR_SENDER is empty")
            return None
        rules = PollRules(
            self.settings.poll_seconds,
            timedelta(hours=self.settings.answer_validity_hours),
            self.own_lines,
        )
        inbox = KavenegarInbox(self.kavenegar.client, line)
        texts = PolledLedger(self.engine, self.vault)
        return Polling(self.chores, inbox, texts, self.doorbell, rules)

    @property
    def own_lines(self) -> frozenset[str]:
        """Our senders, as written and as E.164: a text from one of them is a loop."""
        settings = self.settings
        lines = [line for line in (settings.kavenegar_sender, settings.kannel_sender) if line]
        return frozenset(lines) | {m for line in lines if (m := mobile(line))}

    @cached_property
    def gateways(self) -> Mapping[str, Gateway]:
        """Ways out by name, in the order of preference. Raises SettingsError."""
        builders: Mapping[str, Callable[[], Gateway]] = {
            "kavenegar": lambda: self.kavenegar,
            "kannel": lambda: self.kannel,
        }
        unknown = sorted(set(self.settings.gateways) - set(builders))
        if unknown:
            raise SettingsError(f"GATEWAYS: there is no gateway {unknown[0]}")
        return {name: MeasuredGateway(builders[name]()) for name in self.settings.gateways}

    @cached_property
    def kavenegar(self) -> KavenegarGateway:
        return kavenegar_from(self.settings)

    @cached_property
    def kannel(self) -> KannelGateway:
        return kannel_from(self.settings)

    def close(self) -> None:
        """Close what is open, for a process that goes on without these parts."""
        if "source" in vars(self):
            self.source.close()
        if "engine" in vars(self):
            self.engine.dispose()

    def warm(self) -> None:
        """Build what a worker needs before its first text; a database away is no error."""
        for part in (self.desk, self.answering, self.delivering, self.upkeep):
            log.debug("%s is ready", type(part).__name__)
        try:
            self.upkeep.due_lanes()
        except SQLAlchemyError as error:
            log.warning("the database doesn't answer yet: %s", type(error).__name__)

    def today(self) -> date:
        """Today in Tehran, unless a setting fixes it."""
        return self.settings.today or tehran_day(datetime.now(UTC))

    def hash_phone(self, e164: str) -> bytes:
        """The keyed hash under which a phone is found."""
        return keyed_hash(self._hash_key, e164)

    def derived_key(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose, the same as long as HASH_KEY is."""
        return keyed_hash(self._hash_key, f"\x1f{purpose}")

    @property
    def _hash_key(self) -> bytes:
        key = self.settings.hash_key
        return key.get_secret_value().encode() if key else _TRIAL_HASH_KEY


class PartsPerProcess:
    """Gives each process its own parts: a connection shared over a fork mixes up answers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._parts: Parts | None = None

    def __call__(self) -> Parts:
        """This process's parts; a fork's first call leaves its parent's connections alone."""
        if self._parts is None or self._parts.pid != os.getpid():
            if self._parts is not None and "engine" in vars(self._parts):
                self._parts.engine.dispose(close=False)
            self._parts = Parts(self._settings)
        return self._parts


def environment() -> Mapping[str, str]:
    """The process environment; the only reader of it outside the settings."""
    return os.environ
