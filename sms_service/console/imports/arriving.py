"""Files on their way in."""

import logging
from typing import Any

from flask import Blueprint, Request, request, url_for
from werkzeug.datastructures import FileStorage

from sms_service.console import access
from sms_service.console.imports.common import deed, plain_file_name
from sms_service.console.imports.listing import show_list
from sms_service.console.site import Site, go
from sms_service.domain.roles import Ability

log = logging.getLogger(__name__)

MOST_FILES = 20


def add_arriving(desk: Blueprint, site: Site) -> None:
    """Where the form of the list goes."""

    @desk.post("/imports")
    @access.needs(Ability.IMPORT)
    def upload_files() -> Any:
        """Keep the files; a worker looks through them next."""
        files = _given(request)
        if not files or len(files) > MOST_FILES:
            key = "imports.too_many_files" if files else "imports.no_file"
            return show_list(site, site.say(key, most=MOST_FILES)), 400
        ledger, upload_id = site.parts.uploads, site.parts.uploads.new_id()
        try:
            sizes = site.parts.upload_folder.save(upload_id, [file.stream for file in files])
        except OSError as error:
            log.error("an upload can't be kept: %s", error.strerror or type(error).__name__)  # noqa: TRY400  # its text may hold a path
            return show_list(site, site.say("imports.no_room")), 507
        names = [plain_file_name(file.filename) for file in files]
        told = [{"name": n, "size": size} for n, size in zip(names, sizes, strict=True)]
        done = deed("import_upload", upload_id, details={"files": len(told), "bytes": sum(sizes)})
        ledger.add(upload_id, told, done)
        site.parts.service.doorbell.ring("import")
        return go(url_for("console.import_upload", upload_id=upload_id))


def _given(asked: Request) -> list[FileStorage]:
    """The files that were chosen: a browser sends an empty one for none."""
    return [file for file in asked.files.getlist("files") if file.filename]
