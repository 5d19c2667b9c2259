"""Sending an answer again: a new attempt behind the old one, once, whoever presses how often.

The desk's pages, the API, the runs of many and the command line all come through here.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

from sms_service.domain.masking import masked
from sms_service.domain.msisdn import mobile
from sms_service.domain.roles import Ability
from sms_service.service import hops
from sms_service.service.ports import Doorbell
from sms_service.service.recomposing import Recomposed, Recomposing
from sms_service.service.resend_guards import WITHIN_THE_FORM, judged
from sms_service.service.resend_terms import (
    Attempt,
    Composed,
    Letter,
    Receiver,
    Refusal,
    Refused,
    ResendOrder,
    Resent,
    Standing,
)

__all__ = [
    "WITHIN_THE_FORM",
    "Attempt",
    "Composed",
    "Letter",
    "Receiver",
    "Refusal",
    "Refused",
    "ResendOrder",
    "Resending",
    "Resent",
    "Standing",
]

_LONGEST_REASON = 400


class ResendBook(Protocol):
    """The ledger, as resending needs it."""

    def standing(self, code: str) -> Standing | None:
        """The request with this tracking code as it stands now; None when there is none."""

    def put(
        self, order: ResendOrder, letter: Letter, judge: Callable[[Standing], Refused | None]
    ) -> Resent | Refused:
        """Queue the letter as the next attempt, with who and why, in one transaction.

        Unless ``judge`` refuses the request as it stands within that transaction, where
        nobody else can add an attempt to it.
        """


@dataclass(frozen=True, slots=True)
class Resending:
    """The use case."""

    book: ResendBook
    recomposing: Recomposing
    hash_phone: Callable[[str], bytes]
    """The keyed hash under which the ledger knows a phone (E.164)."""
    doorbell: Doorbell
    validity: timedelta
    """How long an answer is worth sending."""
    own_lines: Collection[str] = ()
    """Our own senders, to which nothing is ever sent."""

    def standing(self, code: str) -> Standing | None:
        """The request as it stands: ``latest_id`` is what an order names as ``after``."""
        return self.book.standing(code)

    def written(self, order: ResendOrder) -> Letter | Refused:
        """The words that this order would send now. Sends nothing.

        That the order has still to say why, or that the subscriber was asked, is left aside.
        """
        standing = self.book.standing(order.code)
        if standing is None:
            return Refused(Refusal.NO_SUCH_REQUEST)
        refused = self.judged(standing, order)
        if refused is not None and refused.why not in WITHIN_THE_FORM:
            return refused
        return self._letter(standing, order)

    def old_words(self, standing: Standing) -> Refusal | None:
        """Why the words of the last attempt aren't known to hold still; None when they are."""
        old = standing.latest
        if old is None or not old.reply.text:
            return Refusal.NO_OLD_TEXT
        known = self.recomposing.unchanged(standing, old)
        return known if isinstance(known, Refusal) else None

    def resend(self, order: ResendOrder) -> Resent | Refused:
        """Queue the answer again and ring for delivery, or tell why not.

        Nothing that was there is changed: the new attempt names the one before it. Of two
        orders with the same ``after`` one is met and the other refused as ``overtaken``, with
        who was faster and when. While the billing source can't tell, nothing is sent.
        """
        order = replace(order, reason=_tidied(order.reason))
        standing = self.book.standing(order.code)
        if standing is None:
            return Refused(Refusal.NO_SUCH_REQUEST)
        letter = self.judged(standing, order) or self._letter(standing, order)
        if isinstance(letter, Refused):
            return letter
        outcome = self.book.put(order, letter, lambda now: self.judged(now, order))
        if isinstance(outcome, Resent):
            hops.resent(outcome.code, outcome.composed, outcome.receiver, outcome.parts)
            self.doorbell.ring("deliver")
        return outcome

    def judged(self, standing: Standing, order: ResendOrder) -> Refused | None:
        """Why this order can't be met as the request stands, before any words are written."""
        is_ours = order.to is not None and mobile(order.to) in self.own_lines
        return judged(standing, order) or (Refused(Refusal.BAD_PHONE) if is_ours else None)

    def _letter(self, standing: Standing, order: ResendOrder) -> Letter | Refused:
        phone = (mobile(order.to) if order.to is not None else None) or standing.phone
        if phone is None:
            return Refused(Refusal.ERASED)
        is_other = phone != standing.phone
        phone_hash = self.hash_phone(phone) if is_other else standing.phone_hash
        receiver = Receiver.OTHER if is_other else Receiver.ASKER
        if order.same_text:
            return self._old_letter(standing, order)
        made = self.recomposing.fresh(standing, phone_hash)
        if isinstance(made, Refusal):
            return Refused(made)
        return self._of(made, receiver, phone, phone_hash)

    def _of(self, made: Recomposed, receiver: Receiver, phone: str, phone_hash: bytes) -> Letter:
        reply = made.finding.reply
        if reply is None:
            raise LookupError("what was composed anew has no words")
        return Letter(
            reply,
            Composed.FRESH,
            receiver,
            phone,
            phone_hash,
            self.validity,
            made.finding,
            made.instead,
        )

    def _old_letter(self, standing: Standing, order: ResendOrder) -> Letter | Refused:
        """The old words, where they still hold or a supervisor answers for them."""
        old = standing.latest
        if old is None or not old.reply.text or standing.phone is None:
            return Refused(Refusal.NO_OLD_TEXT)
        answers_for_it = order.actor.may(Ability.RESEND_OTHERWISE) and order.reason
        known = self.recomposing.unchanged(standing, old)
        if isinstance(known, Refusal) and not answers_for_it:
            return Refused(known)
        return Letter(
            old.reply,
            Composed.SAME,
            Receiver.ASKER,
            standing.phone,
            standing.phone_hash,
            self.validity,
            None if isinstance(known, Refusal) else known,
        )


def _tidied(reason: str | None) -> str | None:
    """The reason without long numbers: it is kept longer than phones are."""
    said = masked((reason or "").strip())
    return said[:_LONGEST_REASON] or None
