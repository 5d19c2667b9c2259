"""``/console/bulk/new``: which requests; then a preview that sends nothing yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, request, url_for
from werkzeug.datastructures import MultiDict

from sms_service.console import access
from sms_service.console.bulk.moments import day_and_clock, moment_of
from sms_service.console.filters import number
from sms_service.console.site import Site, go
from sms_service.domain.calendar import tehran_midnight
from sms_service.domain.roles import Ability
from sms_service.domain.states import OutboundState
from sms_service.service.bulk_resending import FASTEST, Answer
from sms_service.service.bulk_terms import (
    FAILED_REQUEST,
    MOST_ITEMS,
    NO_GATEWAY,
    RESENDABLE,
    Wanted,
)

CHANNELS: Sequence[str] = ("sms", "ussd", "counter", "api")
_BY_DEFAULT = (OutboundState.EXPIRED, OutboundState.CANCELLED, FAILED_REQUEST)
_FIELDS = ("since_day", "since_time", "until_day", "until_time", "gateway", "channel", "pace")


@dataclass(frozen=True, slots=True)
class Form:
    """What was filled in, and what is wrong with it, by field."""

    values: Mapping[str, str]
    states: Sequence[str]
    errors: dict[str, str] = field(default_factory=dict)


def add_choose(desk: Blueprint, site: Site) -> None:
    """The form, and what it makes."""

    @desk.route("/bulk/new", methods=["GET", "POST"])
    @access.needs(Ability.BULK)
    def bulk_new() -> Any:
        """Choose; the page of the preview follows."""
        if request.method == "GET":
            return _page(site, _empty(site))
        form = _filled(request.form)
        wanted, pace = _read(site, form)
        if wanted is None or pace is None:
            return _page(site, form), 400
        run = site.parts.bulk_resending.preview(wanted, access.actor(), pace)
        if isinstance(run, int):
            return go(url_for("console.bulk_run", number=run))
        form.errors["form"] = _said(site, run)
        return _page(site, form), 400


def _page(site: Site, form: Form) -> str:
    return site.show(
        "bulk/new.html",
        form=form,
        resendable=RESENDABLE,
        gateways=[*site.settings.gateways, NO_GATEWAY],
        channels=CHANNELS,
        most=MOST_ITEMS,
        fastest=FASTEST,
    )


def _empty(site: Site) -> Form:
    """Today until now; the states that an address asks for."""
    now = datetime.now(UTC)
    since_day, since_time = day_and_clock(tehran_midnight(now))
    until_day, until_time = day_and_clock(now + timedelta(minutes=1))
    values = {
        "since_day": since_day,
        "since_time": since_time,
        "until_day": until_day,
        "until_time": until_time,
        "pace": str(site.settings.bulk_texts_per_minute),
    }
    asked = [state for state in request.args.getlist("state") if state in RESENDABLE]
    return Form(dict.fromkeys(_FIELDS, "") | values, asked or list(_BY_DEFAULT))


def _filled(given: MultiDict[str, str]) -> Form:
    values = {name: given.get(name, "").strip() for name in _FIELDS}
    return Form(values, [state for state in given.getlist("state") if state in RESENDABLE])


def _read(site: Site, form: Form) -> tuple[Wanted | None, int | None]:
    values, errors = form.values, form.errors
    since = moment_of(values["since_day"], values["since_time"])
    until = moment_of(values["until_day"], values["until_time"])
    if since is None:
        errors["since_day"] = site.say("bulk.bad_moment")
    if until is None:
        errors["until_day"] = site.say("bulk.bad_moment")
    elif since is not None and since >= until:
        errors["until_day"] = site.say("bulk.ends_before")
    if not form.states:
        errors["state"] = site.say("bulk.no_state")
    pace = _pace(values["pace"])
    if pace is None:
        errors["pace"] = site.say("bulk.bad_pace", most=number(FASTEST))
    gateway, channel = values["gateway"] or None, values["channel"] or None
    is_known = gateway in (None, NO_GATEWAY, *site.settings.gateways)
    if not is_known or channel not in (None, *CHANNELS):
        errors["form"] = site.say("bulk.bad_choice")
    if errors or since is None or until is None:
        return None, None
    return Wanted(since, until, frozenset(form.states), gateway, channel), pace


def _pace(said: str) -> int | None:
    pace = int(said) if said.isdecimal() and len(said) <= 6 else 0
    return pace if 1 <= pace <= FASTEST else None


def _said(site: Site, answer: Answer) -> str:
    if answer is Answer.TOO_MANY:
        return site.say("bulk.too_many", most=number(MOST_ITEMS))
    return site.say("bulk.nothing" if answer is Answer.NOTHING else "bulk.bad_choice")
