"""One call a text, for gateways that take no batches or haven't proven that they can."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor

from sms_service.service.ports import Blame, NotSent, Outcome, OutgoingText, Unknown
from sms_service.transport import READ_TIMEOUT

Send = Callable[[OutgoingText], Outcome]


def send_each(
    threads: Executor, send: Send, batch: Sequence[OutgoingText], gateway: str
) -> list[Outcome]:
    """Outcomes in order; after a verdict on the lane no further call begins."""
    verdicts: list[NotSent] = []

    def attempt(outgoing: OutgoingText) -> Outcome:
        if verdicts:
            return verdicts[0]
        outcome = send(outgoing)
        verdict = verdict_on_lane(outcome, gateway)
        if verdict:
            verdicts.append(verdict)
        return outcome

    if len(batch) == 1:
        return [attempt(batch[0])]
    return list(threads.map(attempt, batch))


def verdict_on_lane(outcome: Outcome, gateway: str) -> NotSent | None:
    """What the texts after this one get without being tried; None lets them be tried."""
    if isinstance(outcome, NotSent) and outcome.blame is not Blame.ROW:
        return outcome
    if isinstance(outcome, Unknown) and outcome.reason == f"{gateway}_{READ_TIMEOUT}":
        return held_back(gateway)
    return None


def held_back(gateway: str) -> NotSent:
    """Not even tried, since the text before it found the gateway silent."""
    return NotSent(Blame.LATER, f"{gateway}_held_back")
