"""``/console/texts``: every answer and every screen as it would be sent. Nothing is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, request

from sms_service.console import access
from sms_service.console.previews import Previews
from sms_service.console.site import Site
from sms_service.domain.bill_id import BILL_ID_LENGTH, canonical, is_valid
from sms_service.domain.roles import Ability
from sms_service.language.normalise import fold
from sms_service.language.screens import SCREEN_UNITS
from sms_service.language.weighing import rungs
from sms_service.service.ports import BillingSource
from sms_service.service.previewing import Asked, SampleSource

_FIRST = {"sample": "debtor", "wish": "history"}
_MOST_TYPED = 80
_LATIN = "latin"


@dataclass(slots=True)
class _Form:
    """What was chosen, what is wrong with it, and the bill that it names."""

    values: Mapping[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    bill_id: str | None = None
    source: BillingSource | None = None


def add_texts(desk: Blueprint, site: Site) -> None:
    """Put the page of texts and menus on the desk."""
    previews = Previews(site.parts.service)

    @desk.get("/texts")
    @access.needs(Ability.WATCH)
    def texts() -> Any:
        form = _read(site, previews, {**_FIRST, "letters": request.args.get("letters", "")})
        return _page(site, previews, form)

    @desk.post("/texts")
    @access.needs(Ability.WATCH)
    def texts_of() -> Any:
        """The preview of what was filled in; posted, since a bill ID stands in no address."""
        form = _read(site, previews, request.form)
        return _page(site, previews, form), 400 if form.errors else 200


def _read(site: Site, previews: Previews, fields: Mapping[str, str]) -> _Form:
    words = site.words["texts"]
    names = ("bill_id", "sample", "wish", "from_year", "letters", "registered")
    values = {name: fields.get(name, "").strip()[:_MOST_TYPED] for name in names}
    values["wish"] = values["wish"] if values["wish"] in words["wishes"] else "summary"
    form = _Form(values)
    year = fold(values["from_year"])
    if year and not (len(year) == 4 and year.isascii() and year.isdigit()):
        form.errors["from_year"] = site.say("texts.bad_year")
    samples = previews.samples.histories
    if not values["bill_id"]:
        sample = samples.get(values["sample"]) or samples[_FIRST["sample"]]
        form.bill_id, form.source = sample.bill_id, SampleSource(samples.values())
    elif not access.actor().may(Ability.FIND):
        form.errors["bill_id"] = site.say("texts.only_samples")
    else:
        form.bill_id, form.source = _bill(values["bill_id"]), site.parts.service.source
        if form.bill_id is None:
            form.errors["bill_id"] = site.say("texts.no_bill")
    return form


def _bill(typed: str) -> str | None:
    digits = "".join(one for one in fold(typed) if one.isascii() and one.isdigit())
    if not digits or len(digits.lstrip("0")) > BILL_ID_LENGTH:
        return None
    bill_id = canonical(digits)
    return bill_id if is_valid(bill_id) else None


def _page(site: Site, previews: Previews, form: _Form) -> str:
    words = site.words["texts"]
    latin = form.values["letters"] == _LATIN
    return site.show(
        "texts/page.html",
        form=form.values,
        errors=form.errors,
        **_preview(site, previews, form, latin=latin),
        gallery=previews.gallery(words["talks"], latin=latin)
        + previews.notices(words["limits"], latin=latin),
        screens=previews.every_screen(latin=latin),
        latin=latin,
        most_units=SCREEN_UNITS,
        most_parts=site.settings.max_parts,
    )


def _preview(site: Site, previews: Previews, form: _Form, *, latin: bool) -> dict[str, object]:
    if form.errors or form.bill_id is None or form.source is None:
        return {"told": None, "rungs": (), "dialogue": ()}
    registered = bool(form.values["registered"])
    phrase = str(site.words["texts"]["phrases"][form.values["wish"]])
    text = phrase.format(bill=form.bill_id, year=fold(form.values["from_year"])).strip()
    asked = Asked([text], latin, registered)
    shown = previews.screens(form.bill_id, form.source, latin=latin, registered=registered)
    told = previews.answers(asked, form.source)[0]
    return {"told": told, "rungs": rungs(told.weighed), "dialogue": shown}
