"""The few pages that take files: how large these may be, and where they lie meanwhile."""

from collections.abc import Mapping
from typing import IO

from flask import Blueprint, Flask, Request, current_app, request
from flask.json.tag import TaggedJSONSerializer
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.http import parse_cookie

from sms_service.channels.spooling import BUSY, MayUpload, temporary_file
from sms_service.console.people.sessions import SIGNED_IN, tokens_in
from sms_service.console.site import PATH, Site
from sms_service.ledger.sessions import SessionLedger
from sms_service.settings import Settings

_MEGABYTE = 1 << 20
_FOLDER = "sms_service.large_bodies"
_IN_MEMORY = 500 * 1024


def large_limits(settings: Settings) -> Mapping[str, int]:
    """Bytes that a POST to one of these addresses may have."""
    return {
        f"{PATH}imports": settings.upload_mb * _MEGABYTE,
        f"{PATH}counter/list": _MEGABYTE,
    }


def may_upload(sessions: SessionLedger) -> MayUpload:
    """Whether a request comes from somebody who has signed in, told by its headers alone."""

    def may(headers: Mapping[bytes, bytes]) -> bool:
        tokens = tokens_in(parse_cookie(headers.get(b"cookie", b"").decode("latin-1")))
        kept = sessions.open(tokens[0]) if tokens else None
        return kept is not None and SIGNED_IN in TaggedJSONSerializer().loads(kept.content)

    return may


class TooManyUploads(ServiceUnavailable):
    """Others are sending files now."""


class DeskRequest(Request):
    """Keeps large files on the disk where they will stay: ``/tmp`` may be memory."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        spool = current_app.extensions.get(_FOLDER)
        if spool is None or (total_content_length or 0) <= _IN_MEMORY:
            return super()._get_file_stream(
                total_content_length, content_type, filename, content_length
            )
        return temporary_file(spool())


def take_large_bodies(app: Flask, desk: Blueprint, site: Site) -> None:
    """Let the pages that take files have them; must come before anything reads a form."""
    limits = large_limits(site.settings)
    app.request_class = DeskRequest
    app.extensions[_FOLDER] = site.parts.upload_folder.spool

    @desk.before_app_request
    def _allow() -> None:
        if request.method == "POST" and request.path in limits:
            request.max_content_length = limits[request.path]
            if request.environ.get(BUSY):
                raise TooManyUploads

    @desk.teardown_app_request
    def _let_go(_error: BaseException | None) -> None:
        if request.path in limits:
            request.close()

    @desk.errorhandler(TooManyUploads)
    def _busy(_error: TooManyUploads) -> tuple[str, int]:
        return site.show("refused.html", code=503, reason="too_many_uploads"), 503
