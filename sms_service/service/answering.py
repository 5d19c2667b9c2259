"""Answering what waits: claim a batch, one look-up, one transaction, ring for delivery."""

import logging
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sms_service.language.context import Context
from sms_service.service.delivering import backoff_seconds
from sms_service.service.desk import Finding, Question
from sms_service.service.limiting import LimitedDesk
from sms_service.service.messages import Answer, Claim, Delay, Waiting
from sms_service.service.ports import Contexts, Doorbell, SourceDown, WaitingTexts

log = logging.getLogger(__name__)

_Answerer = Callable[[Sequence[Question]], Sequence[Finding]]
_TURN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Answering:
    """The lookup lane."""

    inbound: WaitingTexts
    contexts: Contexts
    desk: LimitedDesk
    doorbell: Doorbell
    validity: timedelta
    batch_size: int = 200
    clock: Callable[[], float] = time.monotonic

    def run(self) -> int:
        """Answer one batch of what waits; returns how many texts were finished."""
        claim = self.inbound.claim(self.batch_size)
        finished = self._finish(claim)
        if len(claim.rows) == self.batch_size:
            self.doorbell.ring("lookup")
            return finished
        return finished + self._answer_suspects()

    def _answer_suspects(self) -> int:
        """One by one, for a turn: two dead workers leave a whole batch of innocent ones."""
        turn_ends = self.clock() + _TURN_SECONDS
        finished = 0
        while (claim := self.inbound.claim_suspect()).rows:
            finished += self._finish(claim)
            if self.clock() >= turn_ends:
                self.doorbell.ring("lookup")
                break
        return finished

    def _finish(self, claim: Claim[Waiting]) -> int:
        finished = self._answer(claim) if claim.rows else 0
        if finished:
            self.doorbell.ring("deliver")
        return finished

    def _answer(self, claim: Claim[Waiting]) -> int:
        try:
            answers = self._answers(claim.rows, self.desk.batch().answer)
        except SourceDown:
            return self._wait_or_apologise(claim)
        except Exception as error:
            return self._isolate(claim, error)
        return self._write(claim.token, answers)

    def _write(self, token: int, answers: Sequence[Answer]) -> int:
        written = self.inbound.answer(token, answers)
        if written < len(answers):
            # Another worker answered their phones meanwhile: they are due again at once.
            self.doorbell.ring("lookup")
        return written

    def _answers(self, claimed: Sequence[Waiting], answer: _Answerer) -> list[Answer]:
        """Answers to texts in the order they came, each knowing its phone's earlier ones."""
        rows = sorted(claimed, key=lambda row: row.id)
        contexts = dict(self.contexts.recall([row.phone_hash for row in rows]))
        answers: list[Answer] = []
        for wave in _one_a_phone(rows):
            known = [contexts.get(row.phone_hash, Context()) for row in wave]
            found = answer(list(map(_question, wave, known)))
            contexts |= {row.phone_hash: new.context for row, new in zip(wave, found, strict=True)}
            answers += map(self._done, wave, known, found)
        return answers

    def _isolate(self, claim: Claim[Waiting], error: Exception) -> int:
        """One text that can't be answered must not hold up its neighbours."""
        if len(claim.rows) > 1:
            return sum(self._answer(Claim(claim.token, [row])) for row in claim.rows)
        row = claim.rows[0]
        # Its message could hold the text or the phone; where and what kind it was can't.
        log.error("request %s: %s at %s", row.code, type(error).__name__, _place(error))
        delay = Delay("error", backoff_seconds(row.attempts), is_its_own=True)
        self.inbound.put_back(claim.token, [row], delay)
        return 0

    def _wait_or_apologise(self, claim: Claim[Waiting]) -> int:
        overdue = [row for row in claim.rows if self._is_over(row)]
        patient = [row for row in claim.rows if not self._is_over(row)]
        if patient:
            delay = Delay("source_down", backoff_seconds(1), is_its_own=False)
            self.inbound.put_back(claim.token, patient, delay)
        if not overdue:
            return 0
        return self._write(claim.token, self._answers(overdue, self.desk.batch().apologise))

    def _is_over(self, row: Waiting) -> bool:
        return datetime.now(UTC) - row.received_at > self.validity

    def _done(self, row: Waiting, before: Context, finding: Finding) -> Answer:
        return Answer(
            row,
            finding.reading,
            finding.reply,
            datetime.now(UTC) + self.validity,
            before,
            finding.context,
            finding.fulfilment,
            finding.request,
            finding.limit,
        )


def _one_a_phone(rows: Iterable[Waiting]) -> list[list[Waiting]]:
    """Waves of texts: in each at most one of any phone, in the order they came."""
    waves: list[list[Waiting]] = []
    seen: Counter[bytes] = Counter()
    for row in rows:
        if seen[row.phone_hash] == len(waves):
            waves.append([])
        waves[seen[row.phone_hash]].append(row)
        seen[row.phone_hash] += 1
    return waves


def _question(row: Waiting, context: Context) -> Question:
    return Question(row.text, row.phone_hash, context, row.code, row.id, row.received_at)


def _place(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.name}:{frame.lineno}"
