"""What Kannel's answers and receipts mean, and what must wait or end for them.

Source: smsbox of Kannel 1.4.5, each answer provoked from a running one; its user guide for
the receipts (chapter 10). Kannel has no codes for refusals: an answer is a status and a sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sms_service.domain.states import OutboundState
from sms_service.service.ports import Blame

MAX_PARTS = 20
"""The same as ``max-messages`` in deploy/kannel/kannel.conf: beyond it, Kannel cuts silently."""

RECEIPTS_WANTED = 1 + 2 + 8 + 16
"""4, buffered at the SMSC, would say less than the 8 that came before it."""

TAKEN = 0
"""Stands for a text that waits in Kannel: its own codes begin at the SMSC."""

ACCEPTED = ("0: ", "3: ")
"""Handed to an SMSC's queue, or kept until an SMSC is connected; on disk in both cases."""

UNCONFIRMED = "Sent."
"""What ``immediate-sendsms-reply`` makes smsbox say before bearerbox has stored anything."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal. Each of them means that nothing was sent."""

    blame: Blame
    word: str


_ROW, _PAUSE, _STOP = Blame.ROW, Blame.PAUSE, Blame.STOP

REFUSALS: Mapping[tuple[int, str], Refusal] = {
    (400, "Empty receiver number not allowed"): Refusal(_ROW, "bad_receptor"),
    (400, "Missing receiver"): Refusal(_ROW, "bad_receptor"),
    (400, "Number(s) has/have been denied"): Refusal(_ROW, "denied"),
    (400, "Sender missing"): Refusal(_STOP, "no_sender"),
    (400, "Charset or body misformed"): Refusal(_ROW, "bad_text"),
    (403, "Authorization failed"): Refusal(_STOP, "unauthorized"),
    (403, "Not routable"): Refusal(_STOP, "not_routable"),
    (503, "Temporal failure"): Refusal(_PAUSE, "busy"),
}
"""By status and the beginning of the sentence.

«Not routable» speaks of Kannel's routes, never of one row: the shipped configuration has a
route for every number, so somebody must act, and retiring rows for it would lose answers.
«Temporal failure» comes while ``sms-outgoing-queue-limit`` is reached or bearerbox is stopping.
"""


def refusal_of(status: int, said: str) -> Refusal | None:
    """What a refusal speaks of; None when it isn't certain that nothing was sent.

    Another 4xx speaks of our call or of something in between, such as a proxy, never of a row.
    """
    for (number, beginning), refusal in REFUSALS.items():
        if status == number and said.startswith(beginning):
            return refusal
    if 400 <= status < 500:
        return Refusal(Blame.PAUSE if status == 429 else Blame.STOP, f"http_{status}")
    return None


DELIVERY_STATES: Mapping[int, OutboundState] = {
    1: OutboundState.DELIVERED,
    2: OutboundState.UNDELIVERED,
    4: OutboundState.ACCEPTED,
    8: OutboundState.AT_OPERATOR,
    16: OutboundState.FAILED,
}
"""What a receipt's type says of our message."""
