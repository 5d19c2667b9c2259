"""``/console/counter/list``: many bill IDs, pasted or in a file, answered as one workbook."""

import secrets
import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Blueprint, request, send_file

from sms_service.billing.id_lists import rows_of_file, rows_of_text
from sms_service.billing.inputs import InputFault
from sms_service.console import access
from sms_service.console.bill_workbook import Look, write_workbook
from sms_service.console.site import Site
from sms_service.domain.calendar import jalali_of
from sms_service.domain.roles import Ability
from sms_service.language.judge import Judge
from sms_service.language.normalise import fold
from sms_service.language.reading import Problem
from sms_service.language.years import FIRST_YEAR_WITH_RECORDS
from sms_service.service.bill_lists import MOST, Listed, read_list
from sms_service.service.ports import SourceDown

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def add_bill_list(desk: Blueprint, site: Site) -> None:
    """Put the page on the desk."""

    @desk.get("/counter/list")
    @access.needs(Ability.COUNTER)
    def bill_list() -> str:
        style = site.parts.service.desk.style(site.parts.service.today())
        first = jalali_of(style.today).year - style.default_years
        return _page(site, {"ids": "", "from_year": str(first)}, {})

    @desk.post("/counter/list")
    @access.needs(Ability.COUNTER)
    def bill_list_ask() -> Any:
        form = {"ids": request.form.get("ids", ""), "from_year": request.form.get("from_year", "")}
        errors: dict[str, str] = {}
        year = _year(site, form["from_year"], errors)
        listed = _listed(site, form["ids"], errors)
        if errors or year is None:
            return _page(site, form, errors), 400
        key = request.form.get("form_key", "") or secrets.token_urlsafe(18)
        try:
            found = site.parts.bill_lists.ask(listed, year, key[:64], access.actor())
        except SourceDown:
            return _page(site, form, {"ids": site.say("counter.list_down")}), 503
        book = write_workbook(listed, found, year, _look(site))
        name = f"bills-{secrets.token_hex(4)}.xlsx"
        return send_file(BytesIO(book), mimetype=_XLSX, as_attachment=True, download_name=name)


def _year(site: Site, typed: str, errors: dict[str, str]) -> int | None:
    digits, this_year = fold(typed.strip()), jalali_of(site.parts.service.today()).year
    if digits.isascii() and digits.isdigit() and len(digits) == 4:
        year = int(digits)
        if FIRST_YEAR_WITH_RECORDS <= year <= this_year:
            return year
    errors["from_year"] = site.say("counter.bad_year")
    return None


def _listed(site: Site, pasted: str, errors: dict[str, str]) -> Sequence[Listed]:
    """The IDs of the file, where there is one, else those that were pasted."""
    try:
        rows = _rows_of_upload() or rows_of_text(pasted)
    except InputFault:
        errors["file"] = site.say("counter.list_unread")
        return ()
    this_year = jalali_of(site.parts.service.today()).year
    listed = read_list(rows, Judge(site.settings.company_code, this_year))
    if not listed:
        errors["ids"] = site.say("counter.list_empty")
    elif len(listed) > MOST:
        errors["ids"] = site.say("counter.list_long", most=f"{MOST:,}")
    return listed


def _rows_of_upload() -> list[list[str]]:
    given = request.files.get("file")
    if given is None or not given.filename:
        return []
    with tempfile.TemporaryDirectory() as folder:
        # A name of our own: what the browser calls it is nobody's path.
        path = Path(folder) / "list"
        given.save(path)
        return rows_of_file(path)


def _look(site: Site) -> Look:
    words = site.words["bill_list"]
    problems = {one.value: site.states.reason(one) or one.value for one in Problem}
    style = site.parts.service.desk.style(site.parts.service.today())
    return Look(words, problems | words["faults"], style)


def _page(site: Site, form: dict[str, str], errors: dict[str, str]) -> str:
    return site.show(
        "counter/list.html",
        form=form,
        errors=errors,
        form_key=secrets.token_urlsafe(18),
        most=MOST,
    )
