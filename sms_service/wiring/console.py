"""The parts of the operator's desk, built when first asked for, on top of the service's own."""

import tomllib
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from sms_service.gateways.kavenegar_account import KavenegarAccount
from sms_service.ledger.api_tokens import TokenLedger
from sms_service.ledger.audit import AuditLedger
from sms_service.ledger.audit_view import AuditView
from sms_service.ledger.bulk_runs import BulkRunLedger
from sms_service.ledger.bulk_view import BulkView
from sms_service.ledger.case import CaseLedger
from sms_service.ledger.conversations import Conversations
from sms_service.ledger.counter import CounterLedger
from sms_service.ledger.dead_letters import DeadLetters
from sms_service.ledger.finds import Finds
from sms_service.ledger.handles import Handles
from sms_service.ledger.holds import HoldLedger
from sms_service.ledger.idempotency import IdempotencyLedger
from sms_service.ledger.lane_view import LaneView
from sms_service.ledger.links import LinkLedger
from sms_service.ledger.people import PeopleLedger
from sms_service.ledger.request_list import RequestList
from sms_service.ledger.resending import ResendLedger
from sms_service.ledger.sealed_phones import SealedPhones
from sms_service.ledger.sessions import SessionLedger, lifetimes_of
from sms_service.ledger.sign_ins import SignInLedger
from sms_service.ledger.subscribers import Subscribers
from sms_service.ledger.uploads import UploadLedger
from sms_service.service.bill_lists import BillLists
from sms_service.service.bulk_resending import BulkResending
from sms_service.service.counter import Counter, CounterWords
from sms_service.service.crediting import Crediting
from sms_service.service.holding import Holding
from sms_service.service.recomposing import Recomposing
from sms_service.service.resending import Resending
from sms_service.settings import Settings
from sms_service.templates import templates_dir
from sms_service.uploads.folder import UploadFolder
from sms_service.wiring import Parts
from sms_service.wiring.agreement import AgreementParts


class ConsoleParts:
    """What the desk's pages, its API and its commands are made of."""

    def __init__(self, parts: Parts) -> None:
        self.service = parts
        """The parts that answer and deliver."""

    @property
    def settings(self) -> Settings:
        return self.service.settings

    @cached_property
    def audit(self) -> AuditLedger:
        return AuditLedger(self.service.engine)

    @cached_property
    def audit_view(self) -> AuditView:
        return AuditView(self.service.engine)

    @cached_property
    def agreement(self) -> AgreementParts:
        """What judges the agreement."""
        return AgreementParts(self.service)

    @cached_property
    def handles(self) -> Handles:
        """Names for bills in addresses."""
        return Handles(self.service.derived_key("bill handles"))

    @cached_property
    def uploads(self) -> UploadLedger:
        return UploadLedger(self.service.engine)

    @cached_property
    def upload_folder(self) -> UploadFolder:
        return UploadFolder(Path(self.settings.uploads_dir))

    @cached_property
    def subscribers(self) -> Subscribers:
        """How phones stand."""
        return Subscribers(self.service.engine, self.service.vault)

    @cached_property
    def conversations(self) -> Conversations:
        """What was said to phones and by them."""
        return Conversations(self.service.engine, self.service.vault)

    @cached_property
    def sealed_phones(self) -> SealedPhones:
        """Phones in hidden fields, for a quarter of an hour."""
        return SealedPhones(self.service.vault)

    @cached_property
    def people(self) -> PeopleLedger:
        return PeopleLedger(self.service.engine)

    @cached_property
    def sign_ins(self) -> SignInLedger:
        return SignInLedger(self.service.engine)

    @cached_property
    def sessions(self) -> SessionLedger:
        return SessionLedger(self.service.engine, lifetimes_of(self.settings))

    @cached_property
    def counter_books(self) -> CounterLedger:
        service = self.service
        return CounterLedger(service.engine, service.vault, service.contexts)

    @cached_property
    def counter(self) -> Counter:
        """What operators and programs ask for subscribers."""
        service = self.service
        return Counter(
            self.counter_books,
            service.limited_desk,
            service.contexts,
            service.doorbell,
            self._counter_words,
            timedelta(hours=self.settings.answer_validity_hours),
        )

    @cached_property
    def bill_lists(self) -> BillLists:
        """Many bills at once, for whoever has many subscriptions."""
        return BillLists(self.counter_books, self.service.linked_source, self._counter_words)

    @cached_property
    def _counter_words(self) -> CounterWords:
        words = tomllib.loads((templates_dir() / "words" / "counter.toml").read_text("utf-8"))
        return CounterWords(words["phrases"])

    @cached_property
    def tokens(self) -> TokenLedger:
        """Tokens of programs."""
        return TokenLedger(self.service.engine)

    @cached_property
    def idempotency(self) -> IdempotencyLedger:
        """What calls of the API were answered with."""
        return IdempotencyLedger(self.service.engine, self.service.vault)

    @cached_property
    def links(self) -> LinkLedger:
        """Phones that were linked to bills."""
        return LinkLedger(self.service.engine, self.service.vault, self.handles)

    @cached_property
    def lane_view(self) -> LaneView:
        return LaneView(self.service.engine)

    @cached_property
    def holding(self) -> Holding:
        return Holding(HoldLedger(self.service.engine), self.settings.gateways)

    @cached_property
    def dead_letters(self) -> DeadLetters:
        return DeadLetters(self.service.engine)

    @cached_property
    def crediting(self) -> Crediting | None:
        """Asks Kavenegar for its credit; None where it isn't a gateway here."""
        if "kavenegar" not in self.settings.gateways or not self.settings.kavenegar_api_key:
            return None
        ask = KavenegarAccount(self.settings).credit_rial
        return Crediting("kavenegar", self.service.chores, self.lane_view, ask)

    @cached_property
    def resending(self) -> Resending:
        """Answers sent again, one at a time."""
        service = self.service
        return Resending(
            ResendLedger(service.engine, service.vault, service.contexts),
            Recomposing(service.desk, service.contexts),
            service.hash_phone,
            service.doorbell,
            timedelta(hours=self.settings.answer_validity_hours),
            service.own_lines,
        )

    @cached_property
    def finds(self) -> Finds:
        """What operators search for."""
        return Finds(self.service.engine)

    @cached_property
    def request_list(self) -> RequestList:
        service = self.service
        return RequestList(service.engine, service.vault, self.settings.sla_seconds)

    @cached_property
    def bulk_runs(self) -> BulkRunLedger:
        return BulkRunLedger(self.service.engine)

    @cached_property
    def bulk_resending(self) -> BulkResending:
        """Many answers sent again."""
        return BulkResending(self.bulk_runs, self.service.doorbell)

    @cached_property
    def bulk_view(self) -> BulkView:
        return BulkView(self.service.engine)

    @cached_property
    def cases(self) -> CaseLedger:
        """Requests with everything that hangs on them."""
        return CaseLedger(self.service.engine, self.service.vault, self.settings.gateways)
