"""The parts that keep data and let go of them: retention, and the keys they are sealed with."""

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from sms_service.ledger.retention import RetentionLedger
from sms_service.service.retention import NightlyRetention, Retention

if TYPE_CHECKING:
    from sms_service.wiring import Parts


class KeptParts:
    """Built on the parts of a process."""

    def __init__(self, parts: "Parts") -> None:
        self._parts = parts

    @cached_property
    def retention_ledger(self) -> RetentionLedger:
        life = timedelta(days=self._parts.settings.context_days)
        return RetentionLedger(self._parts.engine, life)

    @cached_property
    def retention(self) -> Retention:
        return Retention(self.retention_ledger, self._parts.settings.retention_days)

    @cached_property
    def nightly(self) -> NightlyRetention:
        return NightlyRetention(self._parts.chores, self.retention)
