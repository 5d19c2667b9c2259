"""The parts of the operator's desk, built when first asked for, on top of the service's own."""

import tomllib
from datetime import timedelta
from functools import cached_property

from sms_service.ledger.audit import AuditLedger
from sms_service.ledger.counter import CounterLedger
from sms_service.ledger.handles import Handles
from sms_service.ledger.links import LinkLedger
from sms_service.ledger.resending import ResendLedger
from sms_service.ledger.sealed_phones import SealedPhones
from sms_service.service.counter import Counter, CounterWords
from sms_service.service.recomposing import Recomposing
from sms_service.service.resending import Resending
from sms_service.settings import Settings
from sms_service.templates import templates_dir
from sms_service.wiring import Parts


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
    def handles(self) -> Handles:
        """Names for bills in addresses."""
        return Handles(self.service.derived_key("bill handles"))

    @cached_property
    def sealed_phones(self) -> SealedPhones:
        """Phones in hidden fields, for a quarter of an hour."""
        return SealedPhones(self.service.vault)

    @cached_property
    def counter_books(self) -> CounterLedger:
        service = self.service
        return CounterLedger(service.engine, service.vault, service.contexts)

    @cached_property
    def counter(self) -> Counter:
        """What operators and programs ask for subscribers."""
        service = self.service
        words = tomllib.loads((templates_dir() / "words" / "counter.toml").read_text("utf-8"))
        return Counter(
            self.counter_books,
            service.limited_desk,
            service.contexts,
            service.doorbell,
            CounterWords(words["phrases"]),
            timedelta(hours=self.settings.answer_validity_hours),
        )

    @cached_property
    def links(self) -> LinkLedger:
        """Phones that were linked to bills."""
        return LinkLedger(self.service.engine, self.service.vault, self.handles)

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
        )
