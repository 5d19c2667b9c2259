"""The phone's USSD: dial, type, hang up, lose the session. Every answer is a screen."""

from flask import Blueprint, abort, request

from sms_service.domain.masking import shown_fields
from sms_service.language.parts import count
from sms_service.simulator.phone.dialling import (
    LONGEST_INPUT,
    Exchange,
    Session,
    code_of,
    is_session,
    new_session,
    next_step,
)
from sms_service.simulator.phone.faults import SESSION_EXPIRY
from sms_service.simulator.phone.site import Site, handset_of, own_faults

_CODE_LETTERS = frozenset("*#")


def add_codes(page: Blueprint, site: Site) -> None:
    """Add the views of the USSD half to the page."""

    @page.post("/dial")
    def dial() -> str:
        handset, number = handset_of(request), request.form.get("number", "")
        if len(number) > LONGEST_INPUT:
            abort(400)
        code = code_of(number, site.service_code)
        if code is None:
            return site.notice("no_code" if _CODE_LETTERS & set(number) else "no_voice")
        session = new_session(handset.dialect, code)
        return _shown(site, session, site.ussd.step(session, handset.phone))

    @page.post("/ussd/typed")
    def type_in() -> str:
        handset, typed = handset_of(request), request.form.get("typed", "")
        if len(typed) > LONGEST_INPUT:
            abort(400)
        session = next_step(_carried(), typed)
        if SESSION_EXPIRY in own_faults():
            return site.notice("expired")
        return _shown(site, session, site.ussd.step(session, handset.phone))

    @page.post("/ussd/end")
    def hang_up() -> str:
        session = next_step(_carried(), "")
        exchange = site.ussd.close(session, handset_of(request).phone)
        return site.show("lcd/home.html") + _behind(site, exchange)

    @page.post("/ussd/expire")
    def expire() -> str:
        """The network drops the dialogue and tells nobody, as it does."""
        return site.notice("expired")


def _carried() -> Session:
    """The dialogue that the browser sent back with this step."""
    told = request.form
    session = Session(
        told.get("session", ""),
        told.get("spoken", ""),
        told.get("dialled", ""),
        told.get("step", -1, type=int),
        tuple(told.getlist("before")),
    )
    if not is_session(session):
        abort(400)
    return session


def _shown(site: Site, session: Session, exchange: Exchange) -> str:
    screen = exchange.screen
    if screen is None:
        return site.notice("mmi") + _behind(site, exchange)
    facts = {"screen": screen, "units": _units(screen.text), "session": session}
    seconds = handset_of(request).seconds
    template = "lcd/ussd.html" if screen.goes_on else "lcd/over.html"
    return site.show(template, seconds=seconds, **facts) + _behind(site, exchange)


def _units(text: str) -> int:
    """UTF-16 units, of which a screen in Persian letters may have 70."""
    size = count(text)
    return size.units if size.encoding == "UCS-2" else len(text)


def _behind(site: Site, exchange: Exchange) -> str:
    return site.show("exchange.html", exchange=exchange, shown=shown_fields)
