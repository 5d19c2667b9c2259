"""``/console/requests/export``: what the list shows as a workbook, phones masked, a deed."""

import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Any

from flask import Blueprint, Response, abort, request

from sms_service.console import access
from sms_service.console.filters import number
from sms_service.console.lists.query import Query, read_query
from sms_service.console.lists.workbook import Sheet, write_workbook
from sms_service.console.site import Site, go
from sms_service.domain.roles import Ability

MOST_ROWS = 100_000
_IN_MEMORY = 2**20
_PIECE = 2**16
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
            site.tell("lists.export_too_long", "warning", most=number(MOST_ROWS))
            return go(query.address())
        # Written down before anything leaves: an export that breaks off was one, too.
        site.note("export_requests", "requests", "list", details=_summary(query, count))
        return _workbook(site, query)


def _workbook(site: Site, query: Query) -> Response:
    lines = site.parts.request_list.everything(query.wanted, MOST_ROWS)
    pieces = _written(
        lambda file: write_workbook(file, lines, Sheet(site.words["lists"], site.states))
    )
    size = int(next(pieces))
    answer = Response(pieces, mimetype=_TYPE)
    answer.content_length = size
    answer.headers.set("Content-Disposition", "attachment", filename="requests.xlsx")
    return answer


def _written(write: Callable[[IO[bytes]], None]) -> Iterator[bytes]:
    """The size of what was written, then its pieces; the file is gone when they end."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        write(file)
        yield str(file.tell()).encode()
        file.seek(0)
        yield from iter(lambda: file.read(_PIECE), b"")


def _summary(query: Query, count: int) -> dict[str, Any]:
    """What was exported, without a phone or a bill ID: that there was one is told."""
    told: dict[str, Any] = dict(query.values)
    for name in ("phone", "bill"):
        if name in told:
            told[name] = True
    return {**told, "rows": count}
