"""The parts that judge the agreement, for pages, commands and the workers' watch."""

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from sms_service.domain.agreement import Agreement
from sms_service.domain.calendar import gregorian_of
from sms_service.ledger.agreement_breaches import AgreementBreaches
from sms_service.ledger.agreement_figures import AgreementFigures
from sms_service.ledger.agreements import AgreementLedger, OutageLedger
from sms_service.ledger.frozen_months import FrozenLedger
from sms_service.ledger.opinions import OpinionWords
from sms_service.service.agreement_months import AgreementMonths
from sms_service.service.agreement_watch import AgreementWatch
from sms_service.settings import Settings

if TYPE_CHECKING:
    from sms_service.wiring import Parts


class AgreementParts:
    """Built when first asked for, on top of the service's own parts."""

    def __init__(self, parts: "Parts") -> None:
        self._parts = parts

    @cached_property
    def terms(self) -> AgreementLedger:
        return AgreementLedger(self._parts.engine, agreement_of(self._parts.settings))

    @cached_property
    def outages(self) -> OutageLedger:
        return OutageLedger(self._parts.engine)

    @cached_property
    def frozen(self) -> FrozenLedger:
        return FrozenLedger(self._parts.engine)

    @cached_property
    def figures(self) -> AgreementFigures:
        return AgreementFigures(self._parts.engine)

    @cached_property
    def breaches(self) -> AgreementBreaches:
        return AgreementBreaches(self._parts.engine)

    @cached_property
    def opinions(self) -> OpinionWords:
        return OpinionWords(self._parts.engine, self._parts.vault)

    @cached_property
    def months(self) -> AgreementMonths:
        return AgreementMonths(self.figures, self.terms, self.outages, self.frozen)

    @cached_property
    def watch(self) -> AgreementWatch:
        return AgreementWatch(self._parts.chores, self.months.validity)


def agreement_of(settings: Settings) -> Agreement:
    """The agreement that the settings tell, which stands in while no row does."""
    year, month, day = map(int, settings.agreement_valid_until.split("-"))
    until: date = gregorian_of(year, month, day)
    return Agreement("", None, until, settings.sla_seconds, settings.sla_target)
