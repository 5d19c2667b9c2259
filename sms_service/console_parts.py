"""The parts of the operator's desk, built when first asked for, on top of the service's own."""

from datetime import timedelta
from functools import cached_property

from sms_service.ledger.audit import AuditLedger
from sms_service.ledger.handles import Handles
from sms_service.ledger.resending import ResendLedger
from sms_service.ledger.sealed_phones import SealedPhones
from sms_service.service.recomposing import Recomposing
from sms_service.service.resending import Resending
from sms_service.settings import Settings
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
