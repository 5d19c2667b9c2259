"""Answering what waits: claim a batch, one look-up, one transaction, ring for delivery."""

import logging
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sms_service.language.context import Context
from sms_service.language.reading import Problem
from sms_service.service.delivering import backoff_seconds
from sms_service.service.desk import Finding, IfDown, Question
from sms_service.service.limiting import LimitedDesk
from sms_service.service.messages import Answer, Claim, Delay, Waiting
from sms_service.service.ports import Contexts, Doorbell, WaitingTexts

log = logging.getLogger(__name__)

_TURN_SECONDS = 0.5
_SOONEST_SECONDS, _LATEST_SECONDS = 1.0, 30.0
"""Between two times that the billing source is asked about a text."""


@dataclass(frozen=True, slots=True)
class Answering:
    """The lookup lane."""

    inbound: WaitingTexts
    contexts: Contexts
    desk: LimitedDesk
    doorbell: Doorbell
    validity: timedelta
    """How long an answer is worth sending; then an apology goes instead."""
    batch_size: int = 200
    clock: Callable[[], float] = time.monotonic
    promise_after: timedelta = timedelta(seconds=6)
    """How long a phone hears nothing while the billing source is down."""

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
            answers = self._answers(claim.rows)
        except Exception as error:
            return self._isolate(claim, error)
        return self._write(claim.token, answers)

    def _write(self, token: int, answers: Sequence[Answer]) -> int:
        patient = [answer.waiting for answer in answers if _waits_in_silence(answer)]
        if patient:
            self.inbound.put_back(token, patient, _until_asked_again(patient))
        told = [answer for answer in answers if not _waits_in_silence(answer)]
        written = self.inbound.answer(token, told) if told else 0
        if written < len(told):
            # Another worker answered their phones meanwhile: they are due again at once.
            self.doorbell.ring("lookup")
        return written

    def _answers(self, claimed: Sequence[Waiting]) -> list[Answer]:
        """Answers to texts in the order they came, each knowing its phone's earlier ones."""
        batch = self.desk.batch()
        rows = sorted(claimed, key=lambda row: row.id)
        contexts = dict(self.contexts.recall([row.phone_hash for row in rows]))
        answers: list[Answer] = []
        for wave in _one_a_phone(rows):
            known = [contexts.get(row.phone_hash, Context()) for row in wave]
            found = batch.answer(list(map(self._question, wave, known)))
            contexts |= {row.phone_hash: new.context for row, new in zip(wave, found, strict=True)}
            answers += map(self._done, wave, known, found)
        return answers

    def _isolate(self, claim: Claim[Waiting], error: Exception) -> int:
        """One text that can't be answered must not hold up its neighbours."""
        if len(claim.rows) > 1:
            return sum(self._answer(Claim(claim.token, [row])) for row in claim.rows)
        row = claim.rows[0]
        # Its message could hold the text or the phone; where and what kind it was can't.
        kind, named = type(error).__name__, {"request": row.code}
        log.error("a text can't be answered: %s at %s", kind, _place(error), extra=named)
        delay = Delay("error", backoff_seconds(row.attempts), is_its_own=True)
        self.inbound.put_back(claim.token, [row], delay)
        return 0

    def _question(self, row: Waiting, context: Context) -> Question:
        return Question(
            row.text,
            row.phone_hash,
            context,
            row.code,
            row.id,
            row.received_at,
            self._if_down(row),
            row.promised,
        )

    def _if_down(self, row: Waiting) -> IfDown:
        age = _age(row)
        if age > self.validity:
            return IfDown.APOLOGISE
        # What a dialogue left was promised on its screen.
        is_told = row.promised or row.channel == "ussd"
        return IfDown.WAIT if is_told or age < self.promise_after else IfDown.PROMISE

    def _done(self, row: Waiting, before: Context, finding: Finding) -> Answer:
        return Answer(
            row,
            finding.reading,
            finding.reply,
            row.claimed_at + self.validity,
            before,
            finding.context,
            finding.fulfilment,
            finding.request,
            finding.limit,
            _seconds_until_asked_again([row]) if self._only_promises(row, finding) else None,
        )

    def _only_promises(self, row: Waiting, finding: Finding) -> bool:
        is_down = finding.reading.problem is Problem.SOURCE_DOWN
        return is_down and self._if_down(row) is not IfDown.APOLOGISE


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


def _waits_in_silence(answer: Answer) -> bool:
    return answer.again_in is not None and answer.reply is None


def _until_asked_again(rows: Sequence[Waiting]) -> Delay:
    return Delay("source_down", _seconds_until_asked_again(rows), is_its_own=False)


def _seconds_until_asked_again(rows: Iterable[Waiting]) -> float:
    """Soon after a text came, then less and less often."""
    youngest = min(map(_age, rows)).total_seconds()
    return min(max(youngest / 4, _SOONEST_SECONDS), _LATEST_SECONDS)


def _age(row: Waiting) -> timedelta:
    return row.claimed_at - row.received_at


def _place(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.name}:{frame.lineno}"
