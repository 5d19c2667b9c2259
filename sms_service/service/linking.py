"""Phones that a counter linked to bills: they count among those that the records register."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sms_service.domain.records import History
from sms_service.service.ports import BillingSource


class Links(Protocol):
    """The links as they stand."""

    def bills_of(self, phone_hash: bytes) -> Sequence[str]:
        """Bill IDs that this phone is linked to, in a stable order. Raises SourceDown."""


@dataclass(frozen=True, slots=True)
class WithLinks:
    """A billing source whose phones have their linked bills, too; a BillingSource."""

    source: BillingSource
    links: Links

    def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
        """As the source tells them."""
        return self.source.histories(bill_ids)

    def bills_of_phone(self, phone_hash: bytes) -> Sequence[str]:
        """The bills that the records register to this phone, then those linked to it."""
        registered = self.source.bills_of_phone(phone_hash)
        return list(dict.fromkeys([*registered, *self.links.bills_of(phone_hash)]))
