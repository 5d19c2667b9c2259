"""The parts of the operator's desk, built when first asked for, on top of the service's own."""

from functools import cached_property

from sms_service.ledger.audit import AuditLedger
from sms_service.ledger.handles import Handles
from sms_service.ledger.people import PeopleLedger
from sms_service.ledger.sealed_phones import SealedPhones
from sms_service.ledger.sessions import Lifetimes, SessionLedger
from sms_service.ledger.sign_ins import SignInLedger
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
    def people(self) -> PeopleLedger:
        return PeopleLedger(self.service.engine)

    @cached_property
    def sign_ins(self) -> SignInLedger:
        return SignInLedger(self.service.engine)

    @cached_property
    def sessions(self) -> SessionLedger:
        settings = self.settings
        lifetimes = Lifetimes(
            settings.console_idle_minutes * 60, settings.console_session_hours * 3600
        )
        return SessionLedger(self.service.engine, lifetimes)
