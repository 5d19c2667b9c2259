"""«رویدادنامه»: who did what, and whether nobody has changed it since."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import IO, Any

import xlsxwriter
from flask import Blueprint, request, send_file, url_for

from sms_service.console import access
from sms_service.console.filters import moment, number
from sms_service.console.site import Site, go
from sms_service.domain.ranges import Days, read_day
from sms_service.domain.roles import Ability
from sms_service.language.normalise import fold
from sms_service.ledger.audit_view import Wanted
from sms_service.service.auditing import Entry, follow

_ON_A_PAGE = 50
MOST_CHECKED = 100_000
"""A longer log is checked by the command: a page must answer within seconds."""
MOST_EXPORTED = 100_000
_LONGEST = 80
_FILTERS = ("actor", "action", "subject", "from", "until")
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TEXTS_ALONE = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


@dataclass(slots=True)
class Query:
    """The filters of an address, and what is wrong with them, by field."""

    values: dict[str, str]
    wanted: Wanted = field(default_factory=Wanted)
    below: int | None = None
    errors: dict[str, str] = field(default_factory=dict)

    def address(self, below: int | None = None) -> str:
        """The log with these filters, from this number on."""
        told: dict[str, Any] = dict(self.values)
        return url_for("console.audit_log", below=below, **told)


def add_audit_log(desk: Blueprint, site: Site) -> None:
    """Put these pages on the desk."""

    @desk.get("/audit")
    @access.needs(Ability.AUDIT)
    def audit_log() -> Any:
        """The log, the newest first."""
        query = read_query(site, request.args)
        shown = site.parts.audit_view.page(query.wanted, query.below, _ON_A_PAGE)
        older = query.address(shown.below) if shown.below else None
        page = site.show(
            "audit/log.html",
            query=query,
            entries=shown.entries,
            older=older,
            newer=query.address() if query.below else None,
            deeds=deeds_of(site),
            last_check=_told_check(site),
        )
        return page, 400 if query.errors else 200

    @desk.post("/audit/check")
    @access.needs(Ability.AUDIT)
    def audit_check() -> Any:
        """Follow the whole chain."""
        if site.parts.audit_view.newest() > MOST_CHECKED:
            site.tell("audit.too_long_to_check", "warning")
            return go(url_for("console.audit_log"))
        found = follow(site.parts.audit.entries())
        site.note("audit_check", "audit", "chain", details=found.told())
        if found.broken is None:
            site.tell("audit.is_whole", count=number(found.length))
        else:
            site.tell("audit.is_broken", "danger", number=number(found.broken))
        return go(url_for("console.audit_log"))

    @desk.post("/audit/export")
    @access.needs(Ability.AUDIT)
    def audit_export() -> Any:
        """What is filtered, as a workbook."""
        query = read_query(site, request.form)
        if query.errors:
            return go(url_for("console.audit_log"))
        # Written down before anything leaves.
        site.note("audit_export", "audit", "list", details={"filters": dict(query.values)})
        file = tempfile.SpooledTemporaryFile(max_size=2**20)  # noqa: SIM115 # sent, then closed
        _write(file, site, query.wanted)
        file.seek(0)
        return send_file(file, _TYPE, as_attachment=True, download_name="audit.xlsx")


def read_query(site: Site, given: Mapping[str, str]) -> Query:
    """The filters of an address or a form; one that isn't understood is an error."""
    values = {name: given.get(name, "").strip()[:_LONGEST] for name in _FILTERS}
    query = Query({name: value for name, value in values.items() if value})
    days = {name: _day(site, query, name) for name in ("from", "until")}
    query.wanted = Wanted(
        query.values.get("actor"),
        query.values.get("action"),
        query.values.get("subject"),
        days["from"],
        days["until"],
    )
    below = given.get("below", "")
    query.below = int(below) if below.isdecimal() and len(below) < 19 else None
    return query


def deeds_of(site: Site) -> Mapping[str, str]:
    """The words of every deed, from all groups of pages."""
    return {
        action: word
        for words in site.words.values()
        for action, word in words.get("deeds", {}).items()
    }


def _day(site: Site, query: Query, name: str) -> datetime | None:
    written = query.values.get(name)
    if not written:
        return None
    try:
        day = read_day(fold(written))
    except ValueError:
        query.errors[name] = site.say("audit.bad_day")
        return None
    return Days(day).begins_at if name == "from" else Days(last=day).ends_at


def _told_check(site: Site) -> Mapping[str, Any] | None:
    last = site.parts.audit_view.last_check()
    return {"at": last.at, "by": last.actor, **json.loads(last.details)} if last else None


def _write(file: IO[bytes], site: Site, wanted: Wanted) -> None:
    """Each cell is a text: one that begins with «=» is no formula."""
    book = xlsxwriter.Workbook(file, _TEXTS_ALONE)
    sheet = book.add_worksheet()
    sheet.right_to_left()
    sheet.freeze_panes(1, 0)
    deeds = deeds_of(site)
    rows = (_cells(e, deeds) for e in site.parts.audit_view.everything(wanted, MOST_EXPORTED))
    heads: tuple[str, ...] = tuple(site.words["audit"]["columns"])
    for at, cells in enumerate(chain([heads], rows)):
        for column, cell in enumerate(cells):
            sheet.write_string(at, column, cell)
    book.close()


def _cells(entry: Entry, deeds: Mapping[str, str]) -> tuple[str, ...]:
    return (
        str(entry.number),
        moment(entry.at),
        entry.actor,
        entry.role,
        deeds.get(entry.action, entry.action),
        entry.subject_kind,
        entry.subject,
        entry.reason or "",
        entry.details,
        entry.address or "",
        entry.hash.hex(),
    )
