"""One upload: what its files hold, how far it is, how it ended."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, request, send_file

from sms_service.billing.batches import newest_in_force
from sms_service.billing.fault_report import billing_words
from sms_service.billing.layouts import Kind
from sms_service.billing.mapping import UNITS
from sms_service.billing.previews import NAMES_OF, ROWS_TRIED, Cell
from sms_service.billing.reasons import SET_ASIDE
from sms_service.console import access
from sms_service.console.filters import NOTHING, day, fa, ltr
from sms_service.console.imports.common import UPLOAD, deed, found, in_words
from sms_service.console.site import Site, unchanged
from sms_service.domain.roles import Ability
from sms_service.service.uploads import APPLICABLE, Upload


def add_one(desk: Blueprint, site: Site) -> None:
    """The page of an upload, its live piece, its report."""

    @desk.get(UPLOAD)
    @access.needs(Ability.IMPORT)
    def import_upload(upload_id: int) -> Any:
        """What is known of it, and what can be done with it now."""
        return show_upload(site, found(site, upload_id))

    @desk.get(f"{UPLOAD}/progress")
    @access.needs(Ability.IMPORT)
    def import_progress(upload_id: int) -> Any:
        """How far it is; once that is over, the whole page anew."""
        upload = found(site, upload_id)
        if not upload.is_under_way:
            return Response(status=204, headers={"HX-Refresh": "true"})
        if request.args.get("known") == known_as(upload):
            return unchanged()
        return site.show("imports/progress.html", upload=upload, known=known_as(upload))

    @desk.post(f"{UPLOAD}/report")
    @access.needs(Ability.IMPORT)
    def import_report(upload_id: int) -> Any:
        """The rows that weren't taken, as CSV; who takes it away is written down."""
        upload = found(site, upload_id)
        report = site.parts.upload_folder.report(upload_id)
        if report is None or upload.is_under_way:
            abort(404)
        site.parts.audit.write(deed("import_report", upload_id))
        name = f"faults-{upload.batch_id or upload_id}.csv"
        return send_file(report, mimetype="text/csv", as_attachment=True, download_name=name)


_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_YES = "✓"
_LARGE = 10_000
"""Smaller numbers are years, periods, days: they have no separators."""


def known_as(upload: Upload) -> str:
    """Tells one state of the live piece from the next."""
    seconds = upload.progress.get("seconds", 0)
    return f"{upload.state}-{upload.progress.get('rows', 0)}-{seconds}"


def show_upload(site: Site, upload: Upload, **more: Any) -> str:
    """The page; ``more``: what was typed, and what is wrong with it."""
    check = site.parts.upload_folder.check(upload.id)
    report = None if upload.is_under_way else site.parts.upload_folder.report(upload.id)
    has_files = bool(site.parts.upload_folder.paths(upload.id, len(upload.files)))
    newest = newest_in_force(site.parts.service.engine)
    facts: dict[str, Any] = {
        "typed": {},
        "errors": {},
        "mapping": upload.mapping or {},
    }
    return site.show(
        "imports/upload.html",
        **{**facts, **more},
        upload=upload,
        check=check,
        is_newest=newest is not None and newest.id == upload.batch_id,
        may_decide=has_files and bool(upload.files) and upload.state in APPLICABLE,
        has_report=report is not None,
        known=known_as(upload),
        told=billing_words(),
        kinds=list(Kind),
        names_of=NAMES_OF,
        units=list(UNITS),
        columns=columns_of(check),
        rows_tried=ROWS_TRIED,
        as_day=date.fromisoformat,
        as_cell=_as_cell,
        outcome_of=_outcome_of,
        in_words=lambda fault: in_words(site, fault),
    )


def columns_of(check: Any) -> list[str]:
    """Every column of the files, known or not, each once."""
    files = check["files"] if check else ()
    headers = [header for one in files for header in one["headers"]]
    headers += [export["header"] for one in files for export in one["exports"]]
    return list(dict.fromkeys(name for header in headers for name in header if name.strip()))


def _as_cell(value: Cell) -> str:
    """A value of the preview as a reader of numbers and days wants it."""
    if isinstance(value, bool):
        return _YES if value else NOTHING
    if value is None or value == "":
        return NOTHING
    if isinstance(value, int):
        return fa(f"{value:,}".replace(",", "٬")) if abs(value) >= _LARGE else fa(value)
    return day(date.fromisoformat(value)) if _ISO_DAY.fullmatch(value) else ltr(value)


def _outcome_of(fault: Mapping[str, Any]) -> str:
    if fault["reason"] in SET_ASIDE:
        return "set_aside"
    return "left_empty" if fault["kept"] else "left_out"
