"""Sending an answer again from the desk: what was last sent, what would go, then the question."""

from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, abort, request, url_for

from sms_service.console import access
from sms_service.console.filters import Formats, fa
from sms_service.console.request.page import RequestPage
from sms_service.console.site import Site, go
from sms_service.domain.roles import Ability
from sms_service.language.normalise import clean, fold
from sms_service.sentences import refusal_of
from sms_service.service.case import Case
from sms_service.service.resending import (
    WITHIN_THE_FORM,
    Composed,
    Receiver,
    Refusal,
    Refused,
    ResendOrder,
    Standing,
)

_LONGEST_REASON = 400
_MOST_TYPED = 40
_LONGEST_ID = 19
_FIELDS = {
    Refusal.NEEDS_REASON: "reason",
    Refusal.DELIVERED_LATELY: "reason",
    Refusal.ASK_FIRST: "asked_first",
    Refusal.BAD_PHONE: "to",
    Refusal.NO_PHONE: "to",
    Refusal.NOT_FOR_ANOTHER: "to",
    Refusal.SAME_TO_OTHER: "words",
    Refusal.NO_OLD_TEXT: "words",
    Refusal.ONLY_OLD_TEXT: "words",
    Refusal.DATA_CHANGED: "words",
}
"""Refusals that whoever ordered puts right in the form, and in which field."""
_CODES = {
    Refusal.NO_SUCH_REQUEST: 404,
    Refusal.NOT_ALLOWED: 403,
    Refusal.SOURCE_DOWN: 503,
}


@dataclass(slots=True)
class Form:
    """What was filled in, and what is wrong with it, by field."""

    words: Composed = Composed.FRESH
    reason: str = ""
    to: str = field(default="", repr=False)
    asked_first: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    def order(self, code: str, after: int | None) -> ResendOrder:
        """What this form orders, of whoever sits at the desk."""
        return ResendOrder(
            code,
            access.actor(),
            after,
            self.reason or None,
            self.to or None,
            self.words is Composed.SAME,
            self.asked_first,
        )


def add_resend(desk: Blueprint, site: Site) -> None:
    """Put the form and the deed on the blueprint."""
    page = _ResendPage(site)

    @desk.get("/requests/<code>/resend")
    @access.needs(Ability.RESEND)
    def resend_form(code: str) -> str:
        """Sends nothing."""
        return page.show(page.find(code), Form())

    @desk.post("/requests/<code>/resend", endpoint="resend")
    @access.needs(Ability.RESEND)
    def resend(code: str) -> Any:
        """Queues one attempt, or says why not; a second click finds the first's."""
        case = page.find(code)
        form, after = _read()
        outcome = site.parts.resending.resend(form.order(case.code, after))
        if not isinstance(outcome, Refused):
            name = "sent_other" if outcome.receiver is Receiver.OTHER else "sent"
            site.tell(f"resend.{name}", parts=fa(outcome.parts))
            return go(url_for("console.request", code=case.code))
        status = _CODES.get(outcome.why, 400 if outcome.why in _FIELDS else 409)
        if status in (403, 404):
            abort(status)
        return page.show(case, form, outcome), status


class _ResendPage:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._requests = RequestPage(site)
        self._formats = Formats(site.words["formats"])

    def find(self, code: str) -> Case:
        return self._requests.find(code)

    def show(self, case: Case, form: Form, refused: Refused | None = None) -> str:
        """The form beside what would be sent; or only why nothing can be."""
        standing = self._site.parts.resending.standing(case.code)
        if standing is None:
            abort(404)
        now = self._site.parts.resending.judged(
            standing, Form().order(case.code, standing.latest_id)
        )
        if refused is not None and refused.why in _FIELDS:
            form.errors[_FIELDS[refused.why]] = self._said(refused)
            refused = None
        if refused is None and now is not None and not _can_be_mended(now):
            refused = now
        if refused is not None:
            return self._page(case, form, refused=self._said(refused))
        return self._page(
            case,
            form,
            after=standing.latest_id,
            needs=None if now is None else now.why,
            needed=self._said(now),
            lately=standing.lately,
            **self._words(standing),
        )

    def _words(self, standing: Standing) -> dict[str, Any]:
        """The answer that would be written today, and whether the old one holds still."""
        resending = self._site.parts.resending
        letter = resending.written(Form().order(standing.code, standing.latest_id))
        is_refused = isinstance(letter, Refused)
        old = resending.old_words(standing)
        return {
            "letter": None if is_refused else letter,
            "no_letter": self._said(letter) if is_refused else "",
            "old_refused": old,
            "old_said": self._said(None if old is None else Refused(old)),
        }

    def _page(self, case: Case, form: Form, **more: object) -> str:
        return self._site.show(
            "request/resend.html", form=form, **self._requests.facts(case), **more
        )

    def _said(self, refused: object) -> str:
        """The refusal in Persian; nothing where there is none."""
        if not isinstance(refused, Refused):
            return ""
        return refusal_of(refused, self._site.words["resend"], self._formats)


def _can_be_mended(refused: Refused) -> bool:
    """Whether the form has a field for what is missing, for this actor."""
    if refused.why is Refusal.NO_PHONE:
        return access.actor().may(Ability.RESEND_OTHERWISE)
    return refused.why in WITHIN_THE_FORM


def _read() -> tuple[Form, int | None]:
    """What was posted; 400 for what our own form never posts."""
    posted = request.form
    after, words = posted.get("after"), posted.get("words", Composed.FRESH)
    is_number = after is not None and after.isascii() and after.isdigit()
    if after is None or words not in set(Composed) or len(after) > _LONGEST_ID:
        abort(400)
    if after and not is_number:
        abort(400)
    form = Form(
        Composed(words),
        clean(posted.get("reason", ""))[:_LONGEST_REASON],
        fold(posted.get("to", ""))[:_MOST_TYPED].strip(),
        "asked_first" in posted,
    )
    return form, int(after) if after else None
