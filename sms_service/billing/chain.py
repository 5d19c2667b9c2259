"""Several billing sources, asked one after the other for what those before can't tell."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from sms_service.domain.records import History
from sms_service.service.ports import BillingSource, SourceDown


@runtime_checkable
class Closable(Protocol):
    """A source that holds threads or connections of its own."""

    def close(self) -> None:
        """Let them go."""


class BillingChain:
    """The sources in their order, as one BillingSource.

    A bill is unknown only where every source said so: while one of them is down and no
    other knows the bill, it is unanswered. Where the best that a source has is of a day,
    since it can't be asked live, a later source with newer data outranks it.
    """

    def __init__(self, sources: Mapping[str, BillingSource]) -> None:
        """By name, in order."""
        self.sources = sources

    def close(self) -> None:
        """Let go of what the sources hold open."""
        for source in self.sources.values():
            if isinstance(source, Closable):
                source.close()

    def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
        """Histories by canonical bill ID; unknown IDs are absent. Raises SourceDown."""
        found: dict[str, History] = {}
        unanswered: set[str] = set()
        reasons: list[str] = []
        wanted = list(dict.fromkeys(bill_ids))
        for source in self.sources.values():
            if not wanted:
                break
            had, down, reason = _asked(source, wanted)
            for bill_id, history in had.items():
                found[bill_id] = _newer(found.get(bill_id), history)
            unanswered |= down
            reasons += [reason] if reason else []
            wanted = [one for one in wanted if one in down or one not in had]
        missing = unanswered - found.keys()
        if missing:
            raise SourceDown(", ".join(reasons), unanswered=missing, had=found)
        return found

    def bills_of_phone(self, phone_hash: bytes) -> Sequence[str]:
        """Every bill that any source has for this mobile (keyed hash). Raises SourceDown.

        A part of them isn't told: it would make a bill of one's own look like a stranger's.
        """
        bills = (source.bills_of_phone(phone_hash) for source in self.sources.values())
        return list(dict.fromkeys(bill_id for some in bills for bill_id in some))


def _asked(
    source: BillingSource, wanted: Sequence[str]
) -> tuple[Mapping[str, History], set[str], str | None]:
    """What a source has, what it can't tell now, and why not."""
    try:
        return source.histories(wanted), set(), None
    except SourceDown as down:
        unanswered = down.unanswered or frozenset(wanted) - down.had.keys()
        return down.had, set(unanswered), str(down)


def _newer(first: History | None, second: History) -> History:
    """The one of the later day; with none told, what an earlier source said."""
    if first is None:
        return second
    if first.as_of is None or second.as_of is None:
        return first
    return second if second.as_of > first.as_of else first
