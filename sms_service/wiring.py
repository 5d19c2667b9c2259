"""The one place that builds the parts and joins them. Building connects to nothing."""

import logging
import os
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from sms_service.billing.sql import SqlBillingSource
from sms_service.database import make_engine
from sms_service.domain.calendar import jalali_of, tehran_day
from sms_service.domain.msisdn import mobile
from sms_service.gateways.kavenegar import KavenegarGateway
from sms_service.gateways.kavenegar_client import Timeouts
from sms_service.gateways.kavenegar_codes import DELIVERY_STATES
from sms_service.gateways.kavenegar_inbox import KavenegarInbox
from sms_service.keys import parse_keys
from sms_service.language.compose import Composer, Style
from sms_service.language.context import Context
from sms_service.language.parse import Rules, load_vocabulary, parse
from sms_service.language.reading import Reading
from sms_service.ledger.asking import AskingLedger
from sms_service.ledger.chores import ChoreLedger
from sms_service.ledger.committer import Committer
from sms_service.ledger.context import ContextLedger
from sms_service.ledger.inbound import InboundLedger
from sms_service.ledger.lanes import LaneLedger
from sms_service.ledger.outbound import OutboundLedger
from sms_service.ledger.polled import PolledLedger
from sms_service.ledger.receipts import ReceiptLedger
from sms_service.ledger.recording import Recorder
from sms_service.ledger.sweeping import SweepingLedger
from sms_service.ledger.vault import Vault, keyed_hash
from sms_service.service.answering import Answering
from sms_service.service.asking import Asking, next_question
from sms_service.service.daily_cap import DailyCap
from sms_service.service.delivering import Delivering
from sms_service.service.desk import Desk
from sms_service.service.lanes import Lanes
from sms_service.service.messages import Arrival, Receipt, Recorded
from sms_service.service.polling import Polling, PollRules
from sms_service.service.ports import Gateway
from sms_service.service.upkeep import LaneWork, Sweeping, Upkeep
from sms_service.settings import Settings, SettingsError
from sms_service.templates import templates_dir

if TYPE_CHECKING:
    from sms_service.doorbell import CeleryDoorbell

log = logging.getLogger(__name__)

_WEB_PATIENCE = 0.9
"""Seconds a webhook may wait for its row: the contract says 503 within one second."""
_TRIAL_HASH_KEY = b"for trying out only: web and worker demand HASH_KEY"


class Parts:
    """Everything one process is made of, built when first asked for.

    A forked child must not use its parent's: see ``PartsPerProcess``.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pid = os.getpid()

    @cached_property
    def engine(self) -> Engine:
        return make_engine(self.settings.database_url.get_secret_value())

    @cached_property
    def vault(self) -> Vault:
        self.settings.require("data_keys", "hash_key")
        keys = parse_keys([key.get_secret_value() for key in self.settings.data_keys])
        return Vault(keys, self._hash_key)

    @cached_property
    def desk(self) -> Desk:
        return Desk(self.source, self._parse, self._composer, self._style, self.today)

    @cached_property
    def source(self) -> SqlBillingSource:
        return SqlBillingSource(self.engine)

    @cached_property
    def doorbell(self) -> "CeleryDoorbell":
        import redis

        from sms_service.doorbell import CeleryDoorbell, Flags
        from sms_service.queueing import LANES, make_celery

        self.settings.require("broker_url")
        celery = make_celery(self.settings)

        def publish(lane: str) -> None:
            celery.send_task(LANES[lane].task, queue=LANES[lane].queue, ignore_result=True)

        url = self.settings.redis_url
        if url is None:
            return CeleryDoorbell(publish, None)
        client = redis.Redis.from_url(
            url.get_secret_value(),
            socket_timeout=1,
            socket_connect_timeout=1,
            socket_keepalive=True,
        )
        return CeleryDoorbell(publish, Flags(client))

    @cached_property
    def recorder(self) -> Committer[Arrival, Recorded]:
        store = Recorder(self.engine, self.vault)
        return Committer(store.record, patience=_WEB_PATIENCE)

    @cached_property
    def receipts(self) -> ReceiptLedger:
        return ReceiptLedger(self.engine, {"kavenegar": DELIVERY_STATES})

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
        return Answering(self.inbound, self.contexts, self.desk, self.doorbell, validity)

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
        lanes = {
            "lookup": LaneWork(self.inbound.has_due, self.answering.run),
            "deliver": LaneWork(self.delivering.has_due, self.delivering.run),
            "unknown": LaneWork(
                lambda: self.outbound.has_doubtful(self.settings.gateways),
                self.delivering.settle_unknown,
            ),
            "receipts": LaneWork(self.receipts.has_joinable, self.delivering.join_receipts),
        }
        if "kavenegar" in self.settings.gateways:
            asking = AskingLedger(self.engine, next_question)
            ask = Asking(asking, self.receipts, self.kavenegar, self.doorbell)
            lanes["ask"] = LaneWork(lambda: asking.has_due("kavenegar"), ask.run)
        if self.polling:
            lanes["poll"] = LaneWork(self.polling.is_due, self.polling.run)
        sweeping = Sweeping(self.chores, SweepingLedger(self.engine))
        lanes["sweep"] = LaneWork(sweeping.is_due, sweeping.run)
        return Upkeep(lanes, self.outbound.expire)

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
        lines = [line for line in (self.settings.kavenegar_sender,) if line]
        return frozenset(lines) | {m for line in lines if (m := mobile(line))}

    @cached_property
    def gateways(self) -> Mapping[str, Gateway]:
        """Ways out by name, in the order of preference. Raises SettingsError."""
        builders = {"kavenegar": lambda: self.kavenegar}
        unknown = sorted(set(self.settings.gateways) - set(builders))
        if unknown:
            raise SettingsError(f"GATEWAYS: there is no gateway {unknown[0]}")
        return {name: builders[name]() for name in self.settings.gateways}

    @cached_property
    def kavenegar(self) -> KavenegarGateway:
        settings = self.settings
        if settings.kavenegar_api_key is None:
            raise SettingsError("KAVENEGAR_API_KEY is required")
        return KavenegarGateway(
            settings.kavenegar_api_key,
            settings.kavenegar_base_url,
            sender=settings.kavenegar_sender,
            timeouts=Timeouts(settings.gateway_connect_timeout, settings.gateway_read_timeout),
        )

    def close(self) -> None:
        """Close what is open, for a process that goes on without these parts."""
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

    @property
    def _hash_key(self) -> bytes:
        key = self.settings.hash_key
        return key.get_secret_value().encode() if key else _TRIAL_HASH_KEY

    @cached_property
    def _composer(self) -> Composer:
        return Composer.load(templates_dir() / "sms")

    @cached_property
    def _parse(self) -> Callable[[str, Context, date], Reading]:
        words = load_vocabulary((templates_dir() / "sms" / "vocabulary.toml").read_text("utf-8"))
        company, years = self.settings.company_code, self.settings.default_years

        def read(text: str, context: Context, today: date) -> Reading:
            return parse(text, context, Rules(jalali_of(today), company, years, words))

        return read

    def _style(self, today: date) -> Style:
        settings = self.settings
        return Style(
            today=today,
            max_parts=settings.max_parts,
            money_unit=settings.money_unit,
            digits=settings.digits,
            suffix=settings.text_suffix,
            latin_suffix=settings.text_suffix_latin,
            company_name=settings.company_name,
            latin_company_name=settings.company_name_latin,
            support_phone=settings.support_phone,
            data_old_after_days=settings.data_old_after_days,
            default_years=settings.default_years,
        )


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
