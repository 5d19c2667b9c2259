"""The page of one request: its timeline, live while it moves, and what hangs on it."""

import hashlib
from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from sms_service.console import access
from sms_service.console.request.telling import Telling, Told, told
from sms_service.console.site import Site, go, unchanged
from sms_service.domain.roles import Ability
from sms_service.language.normalise import clean
from sms_service.service.auditing import Deed
from sms_service.service.case import Case

_LONGEST_NOTE = 1000
_CODE_DIGITS = 8


def add_request_page(desk: Blueprint, site: Site) -> None:
    """Put the views of a request on the blueprint, without sending it again."""
    page = RequestPage(site)

    @desk.get("/requests/<code>", endpoint="request")
    @access.needs(Ability.FIND)
    def one_request(code: str) -> str:
        """Phones and texts are masked, and nothing is written down."""
        return page.show(page.find(code))

    @desk.get("/requests/<code>/live")
    @access.needs(Ability.FIND)
    def request_live(code: str) -> str | Response:
        """The piece that moves; 204 while it is what the page shows already."""
        facts = page.facts(page.find(code))
        if request.args.get("known") == facts["known"]:
            return unchanged()
        return site.show("request/live.html", polled=True, **facts)

    @desk.post("/requests/<code>/reveal")
    @access.needs(Ability.REVEAL)
    def reveal_request(code: str) -> str:
        """The same page with phone and text in full, this once; a deed."""
        case = page.find(code)
        site.note("reveal_request", "request", case.code)
        return page.show(case, revealed=True)

    @desk.post("/requests/<code>/notes")
    @access.needs(Ability.FIND)
    def note_request(code: str) -> Any:
        """Keep a remark beside the request, sealed like its text."""
        case = page.find(code)
        text = clean(request.form.get("note", "")).strip()
        if not text or len(text) > _LONGEST_NOTE:
            error = site.say("request.long_note" if text else "request.empty_note")
            return page.show(case, note=text, note_error=error), 400
        deed = Deed(access.actor(), "note_request", "request", case.code)
        site.parts.cases.remark(case.code, text, deed)
        site.tell("request.noted")
        return go(url_for("console.request", code=case.code, _anchor="notes"))


class RequestPage:
    """Finds cases and shows them."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def find(self, code: str) -> Case:
        """The case of this code; 404 where there is none."""
        is_code = len(code) == _CODE_DIGITS and code.isascii() and code.isdigit()
        case = self._site.parts.cases.case(code) if is_code else None
        if case is None:
            abort(404)
        return case

    def facts(self, case: Case, *, revealed: bool = False) -> dict[str, Any]:
        """What the templates of a request need."""
        site = self._site
        terms = site.parts.agreement.terms.holding()
        by = Telling(site.words["request"], site.states, terms)
        shown = told(case, by, revealed=revealed)
        return {"told": shown, "case": case, "known": _mark(shown)}

    def show(self, case: Case, *, revealed: bool = False, **more: object) -> str:
        """The whole page."""
        return self._site.show("request/page.html", **self.facts(case, revealed=revealed), **more)


def _mark(shown: Told) -> str:
    """Equal while the piece that moves looks the same."""
    case = shown.case
    moving = (
        shown.sentence,
        shown.clock.name,
        int(shown.clock.took) if shown.clock.name == "runs" else 0,
        [(hop.at, hop.what) for hop in case.hops],
        [(one.id, one.state, one.attempts, len(one.receipts)) for one in case.sent],
        case.state,
        case.twins,
    )
    return hashlib.sha256(repr(moving).encode("utf-8", "surrogatepass")).hexdigest()[:16]
