"""``/console/requests/export``: what the list shows as a workbook, phones masked, a deed."""

import tempfile
from typing import Any

from flask import Blueprint, abort, request, send_file

from sms_service.console import access
from sms_service.console.lists.query import Query, read_query
from sms_service.console.lists.workbook import Sheet, write_workbook
from sms_service.console.site import Site, go
from sms_service.domain.roles import Ability

MOST_ROWS = 100_000
_IN_MEMORY = 2**20
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def add_export(desk: Blueprint, site: Site) -> None:
    """Put the export on the blueprint."""

    @desk.post("/requests/export")
    @access.needs(Ability.EXPORT)
    def export() -> Any:
        """The workbook; back to the list where it would be too long."""
        query = read_query(site, request.form, site.parts.service.today())
        if query.unknown:
            abort(404)
        if query.errors:
            site.tell("lists.export_not_understood", "danger")
            return go(query.address())
        count = site.parts.request_list.count_up_to(query.wanted, MOST_ROWS)
        if count > MOST_ROWS:
            site.tell("lists.export_too_long", "warning", most=f"{MOST_ROWS:,}".replace(",", "٬"))
            return go(query.address())
        # Written down before anything leaves: an export that breaks off was one, too.
        site.note("export_requests", "requests", "list", details=_summary(query, count))
        return _workbook(site, query)


def _workbook(site: Site, query: Query) -> Any:
    lines = site.parts.request_list.everything(query.wanted, MOST_ROWS)
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # sent, then closed
    write_workbook(file, lines, Sheet(site.words["lists"], site.states))
    file.seek(0)
    return send_file(file, _TYPE, as_attachment=True, download_name="requests.xlsx")


def _summary(query: Query, count: int) -> dict[str, Any]:
    """What was exported, without a phone or a bill ID: that there was one is told."""
    told: dict[str, Any] = dict(query.values)
    for name in ("phone", "bill"):
        if name in told:
            told[name] = True
    return {**told, "rows": count}
