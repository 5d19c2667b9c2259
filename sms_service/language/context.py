"""What a phone is known for between its texts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sms_service.domain.usage import Usage
from sms_service.language.cursor import Cursor
from sms_service.language.reading import Intent


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked before it was known of which bill."""

    intent: Intent
    from_year: int | None = None
    summary: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """Known while a text is read, and told anew by its answer.

    The first five end together after a while; what follows stays.
    """

    last_bill_id: str | None = field(default=None, repr=False)
    cursor: Cursor | None = None
    """Where the last answer ended."""
    request: int | None = None
    """The ledger's number of the request whose answer «بعدی» goes on with."""
    offered: tuple[str, ...] = field(default=(), repr=False)
    """Bill IDs of the numbered list that was sent last: «۲» means the second."""
    wish: Wish | None = None
    """What is wanted of the one that is picked."""
    registered_bill_ids: tuple[str, ...] = field(default=(), repr=False)
    saved: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Bill IDs by the names that the phone gave them."""
    latin: bool = False
    """Answers go out in Latin letters."""
    changes_today: int = 0
    """How often names were saved or dropped since midnight in Tehran."""
    opinion_asked: bool = False
    """The phone was asked for its opinion not long ago."""
    opted_out: bool = False
    """The phone wants nothing that it didn't ask for."""
    usage: Usage = field(default_factory=Usage, repr=False)
    """What it has had of late."""
    version: int = field(default=0, compare=False)
    """The ledger's count of this phone's changes, by which two writers notice each other."""

    @property
    def opinion_due(self) -> bool:
        """Whether to ask for it: of a phone that comes back, and not again for a while."""
        comes_back = self.last_bill_id is not None
        return comes_back and not self.opinion_asked and not self.opted_out

    def led_on_by(self, answered: "Context") -> "Context":
        """This phone's context with what ends after a while taken from another."""
        return replace(
            self,
            last_bill_id=answered.last_bill_id,
            cursor=answered.cursor,
            request=answered.request,
            offered=answered.offered,
            wish=answered.wish,
        )
