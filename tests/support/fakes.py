"""Stand-ins for what the use cases are given, as strict as the real ones."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sms_service.domain.states import OutboundState
from sms_service.service.lane_health import Health
from sms_service.service.messages import (
    Answer,
    Claim,
    Delay,
    Departing,
    Taking,
    Verdict,
    Waiting,
)
from sms_service.service.ports import Accepted, Busy, Outcome, OutgoingText


class FakeDoorbell:
    """Notes who was rung."""

    def __init__(self) -> None:
        self.rung: list[str] = []

    def ring(self, lane: str) -> None:
        self.rung.append(lane)


class FakePost:
    """Keeps what it is given; ``busy`` makes it refuse, an exception for a result fail."""

    def __init__(self, result: object = None) -> None:
        self.items: list[object] = []
        self.busy = False
        self._result = result

    def commit(self, item: object) -> object:
        if self.busy:
            raise Busy
        if isinstance(self._result, Exception):
            raise self._result
        self.items.append(item)
        return self._result

    async def committed(self, item: object) -> object:
        return self.commit(item)


class FakeWaitingTexts:
    """An inbound ledger in memory: one claim a text, tokens checked."""

    def __init__(self, *waiting: Waiting) -> None:
        self._waiting = list(waiting)
        self.suspects: list[Waiting] = []
        self.answers: list[Answer] = []
        self.put_back_for: dict[str, Delay] = {}

    def claim(self, limit: int) -> Claim[Waiting]:
        taken, self._waiting = self._waiting[:limit], self._waiting[limit:]
        return Claim(7, taken)

    def claim_suspect(self) -> Claim[Waiting]:
        return Claim(7, [self.suspects.pop(0)] if self.suspects else [])

    def answer(self, token: int, answers: Sequence[Answer]) -> int:
        assert token == 7
        self.answers += answers
        return len(answers)

    def put_back(self, token: int, waiting: Iterable[Waiting], delay: Delay) -> None:
        assert token == 7
        assert delay.seconds > 0
        self.put_back_for |= {row.code: delay for row in waiting}


class FakeBillAnswers:
    """Answers that bills have had today, and which were asked for."""

    def __init__(self, **counts: int) -> None:
        self.counts = {name.removeprefix("bill_"): count for name, count in counts.items()}
        self.asked: list[list[str]] = []

    def since(self, moment: datetime, bill_ids: Sequence[str]) -> dict[str, int]:
        self.asked.append(list(bill_ids))
        return {one: self.counts[one] for one in bill_ids if one in self.counts}


class FakeDepartingTexts:
    """An outbound ledger in memory that follows the states as the real one does."""

    def __init__(self, queued: Sequence[Departing] = (), unknown: Sequence[Departing] = ()) -> None:
        self._rows = {row.id: row for row in (*queued, *unknown)}
        self.states = {row.id: OutboundState.QUEUED for row in queued}
        self.states |= {row.id: OutboundState.UNKNOWN for row in unknown}
        self.pinned: dict[int, str] = {row.id: "kavenegar" for row in unknown}
        self.went_by: dict[int, str] = {}
        self.verdicts: list[Verdict] = []
        self._waits: set[int] = set()

    def claim_queued(self, taking: Taking) -> Claim[Departing]:
        taken = [] if taking.suspect else self._take(OutboundState.QUEUED, taking)
        for row in taken:
            self.states[row.id] = OutboundState.SENDING
            self.went_by[row.id] = taking.gateway
        return Claim(7, taken)

    def claim_unknown(self, gateway: str, limit: int) -> Claim[Departing]:
        return Claim(7, self._take(OutboundState.UNKNOWN, Taking(gateway, limit, takes_free=False)))

    def settle(self, token: int, verdicts: Sequence[Verdict]) -> int:
        assert token == 7
        self.verdicts += verdicts
        for verdict in verdicts:
            row_id = verdict.departing.id
            self.states[row_id] = verdict.state
            if verdict.state is OutboundState.UNKNOWN:
                self.pinned.setdefault(row_id, self.went_by.get(row_id, "kavenegar"))
            if verdict.retry_seconds:
                self._waits.add(row_id)
        return len(verdicts)

    def has_queued(self) -> bool:
        return OutboundState.QUEUED in self.states.values()

    def _take(self, state: OutboundState, taking: Taking) -> list[Departing]:
        due = [
            i
            for i, held in self.states.items()
            if held is state
            and i not in self._waits
            and (self.pinned[i] == taking.gateway if i in self.pinned else taking.takes_free)
        ]
        return [self._rows[i] for i in due[: taking.limit]]


class FakeLaneBook:
    """The lanes in memory; their rests pass when ``pass_time`` says so."""

    def __init__(self, pace: int | None = None) -> None:
        self.known: dict[str, Health] = {}
        self.changes: list[tuple[str, str, str | None]] = []
        self.pace = pace
        """Parts that may still be reserved; None: without limit."""

    def health(self, gateways: Sequence[str]) -> Mapping[str, Health]:
        return {name: one for name, one in self.known.items() if name in gateways}

    def change(self, gateway: str, decide: Callable[[Health], Health]) -> tuple[Health, Health]:
        before = self.known.get(gateway, Health(gateway))
        after = self.known[gateway] = decide(before)
        if (before.state, before.reason) != (after.state, after.reason):
            self.changes.append((gateway, after.state, after.reason))
        return before, after

    def reserve(self, gateway: str, parts: int) -> int:
        if self.pace is None:
            return parts
        granted = max(0, min(parts, self.pace))
        self.pace -= granted
        return granted

    def correct(self, gateway: str, parts: int) -> None:
        if self.pace is not None:
            self.pace -= parts

    def pass_time(self) -> None:
        """Every rest is over."""
        self.known = {name: replace(one, rest_seconds=0) for name, one in self.known.items()}


class FakeReceipts:
    """Receipts that were parked, as a number."""

    def __init__(self, parked: int = 0) -> None:
        self.parked = parked

    def join(self, limit: int) -> int:
        joined = min(limit, self.parked)
        self.parked -= joined
        return joined


class FakeGateway:
    """Answers as scripted; remembers every text that would be on the air."""

    reports_by_local_id = False

    def __init__(
        self,
        *script: Outcome,
        size: int = 8,
        name: str = "kavenegar",
        keeps_records: bool = True,
    ) -> None:
        self.name, self.keeps_records = name, keeps_records
        self._script = list(script)
        self._size = size
        self.calls: list[OutgoingText] = []
        self.records: Mapping[int, Accepted] | None = {}

    @property
    def round_size(self) -> int:
        return self._size

    def send(self, outgoing: OutgoingText) -> Outcome:
        self.calls.append(outgoing)
        return self._script.pop(0) if self._script else Accepted(str(outgoing.local_id), 1, 116)

    def send_many(self, batch: Sequence[OutgoingText]) -> Sequence[Outcome]:
        return [self.send(outgoing) for outgoing in batch]

    def look_up(self, local_ids: Sequence[int]) -> Mapping[int, Accepted] | None:
        return self.records

    def statuses(self, remote_ids: Sequence[str]) -> Mapping[str, int] | None:
        return {}
