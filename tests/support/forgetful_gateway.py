"""A gateway that keeps records as Kavenegar does, and now and then fails in each way there is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum

from sms_service.service.ports import Accepted, Blame, NotSent, Outcome, OutgoingText, Unknown


class Mood(StrEnum):
    """What becomes of the next hand-over."""

    WELL = "well"
    ANSWER_LOST = "answer lost"
    """It has the text, and nobody hears so."""
    CALL_LOST = "call lost"
    """It never had the text, and nobody can tell."""
    REFUSES = "refuses"
    BUSY = "busy"
    DIES_BEFORE = "the worker dies before"
    DIES_BEHIND = "the worker dies behind"


class Died(Exception):
    """The worker is gone, in the middle of whatever it did."""


class ForgetfulGateway:
    """Each text that it takes would be on the air; the same local id is taken once."""

    name = "kavenegar"
    keeps_records = True
    reports_by_local_id = False
    round_size = 4

    def __init__(self) -> None:
        self.moods: list[Mood] = []
        self.is_silent = False
        """Whether it answers no question about what it has."""
        self.records: dict[int, Accepted] = {}
        self.phones: dict[int, str] = {}
        self.told: set[int] = set()
        """Local ids whose sender was told that it has them."""
        self.sent_again: Counter[int] = Counter()
        """Hand-overs of what their sender was told of already."""

    def send_many(self, batch: Sequence[OutgoingText]) -> Sequence[Outcome]:
        return [self.send(outgoing) for outgoing in batch]

    def send(self, outgoing: OutgoingText) -> Outcome:
        mood = self.moods.pop(0) if self.moods else Mood.WELL
        one = outgoing.local_id
        self.sent_again[one] += one in self.told
        if mood is Mood.DIES_BEFORE:
            raise Died
        if mood is Mood.REFUSES and one not in self.records:
            return NotSent(Blame.ROW, "kavenegar_411")
        if mood is Mood.BUSY:
            return NotSent(Blame.PAUSE, "kavenegar_409")
        if mood is Mood.CALL_LOST:
            return Unknown("kavenegar_read_timeout")
        record = self.records.setdefault(one, Accepted(str(1000 + len(self.records)), 1, 116))
        self.phones[one] = outgoing.receptor
        if mood is Mood.DIES_BEHIND:
            raise Died
        if mood is Mood.ANSWER_LOST:
            return Unknown("kavenegar_read_timeout")
        self.told.add(one)
        return record

    def look_up(self, local_ids: Sequence[int]) -> Mapping[int, Accepted] | None:
        if self.is_silent:
            return None
        found = {one: self.records[one] for one in local_ids if one in self.records}
        self.told.update(found)
        return found

    def statuses(self, remote_ids: Sequence[str]) -> Mapping[str, int] | None:
        return {}
