"""Answering what waits: claim a batch, one look-up, one transaction, ring for delivery."""

import logging
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sms_service.language.context import Context
from sms_service.language.reading import Reading
from sms_service.service.delivering import backoff_seconds
from sms_service.service.desk import Desk, Finding, Question
from sms_service.service.messages import Answer, Claim, Delay, Waiting
from sms_service.service.ports import Contexts, Doorbell, SourceDown, WaitingTexts

log = logging.getLogger(__name__)

_TURN_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Answering:
    """The lookup lane."""

    inbound: WaitingTexts
    contexts: Contexts
    desk: Desk
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
            findings = self._findings(sorted(claim.rows, key=lambda row: row.id))
        except SourceDown:
            return self._wait_or_apologise(claim)
        except Exception as error:
            return self._isolate(claim, error)
        return self.inbound.answer(claim.token, [self._done(*found) for found in findings])

    def _findings(self, rows: Sequence[Waiting]) -> list[tuple[Waiting, Context, Finding]]:
        """Findings of texts in the order they came, each with what its phone was known for.

        A phone's later text knows its earlier ones.
        """
        contexts = dict(self.contexts.recall([row.phone_hash for row in rows]))
        findings: list[tuple[Waiting, Context, Finding]] = []
        for wave in _one_a_phone(rows):
            known = [contexts.get(row.phone_hash, Context()) for row in wave]
            found = self.desk.answer(list(map(_question, wave, known)))
            contexts |= {row.phone_hash: new.context for row, new in zip(wave, found, strict=True)}
            findings += zip(wave, known, found, strict=True)
        return findings

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
        contexts = self.contexts.recall([row.phone_hash for row in overdue])
        answers = [self._sorry(row, contexts.get(row.phone_hash, Context())) for row in overdue]
        return self.inbound.answer(claim.token, answers)

    def _is_over(self, row: Waiting) -> bool:
        return row.claimed_at - row.received_at > self.validity

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
        )

    def _sorry(self, row: Waiting, context: Context) -> Answer:
        reply = self.desk.apology(context, row.code)
        valid_until = row.claimed_at + self.validity
        return Answer(row, Reading(intent=None), reply, valid_until, context, context)


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
    return Question(row.text, row.phone_hash, context, row.code, row.id)


def _place(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.name}:{frame.lineno}"
