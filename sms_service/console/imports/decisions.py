"""What somebody decides of an upload: its columns, to apply it, to stop it, to let it go."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, abort, request, url_for

from sms_service.billing.inputs import InputFault
from sms_service.billing.mapping import mapping_from
from sms_service.console import access
from sms_service.console.access import actor
from sms_service.console.imports.common import UPLOAD, deed, found
from sms_service.console.imports.forms import BadDay, UnknownColumns, day_of, tables_of
from sms_service.console.imports.one import columns_of, show_upload
from sms_service.console.site import Site, go
from sms_service.domain.roles import Ability
from sms_service.service.auditing import Deed
from sms_service.service.uploads import APPLICABLE, Upload, UploadState

_FREE = (UploadState.UPLOADED, *APPLICABLE)
_AFRESH: Mapping[str, Any] = {"failure": None, "ended_at": None, "seen_at": None, "progress": None}


def add_decisions(desk: Blueprint, site: Site) -> None:
    """Where the forms of an upload's page go."""
    _add_looking_again(desk, site)
    _add_applying(desk, site)
    _add_ends(desk, site)


def _add_looking_again(desk: Blueprint, site: Site) -> None:
    @desk.post(f"{UPLOAD}/mapping")
    @access.needs(Ability.IMPORT)
    def import_mapping(upload_id: int) -> Any:
        """Which column holds what; the files are looked through again."""
        upload = _with_files(site, upload_id)
        check = site.parts.upload_folder.check(upload_id)
        try:
            tables = tables_of(request.form, columns_of(check))
            if tables:
                mapping_from(tables)
        except (UnknownColumns, InputFault) as fault:
            names = dict.fromkeys(getattr(fault, "names", ()), "unknown")
            shown = {"errors": names, "mapping_fault": str(fault), "typed": request.form}
            return show_upload(site, upload, **shown), 400
        values = {"state": UploadState.UPLOADED, "mapping": tables, **_AFRESH}
        details = {kind: sorted(places) for kind, places in tables.items()}
        done = deed("import_mapping", upload_id, details=details)
        return _changed(site, upload_id, APPLICABLE, done, **values)

    @desk.post(f"{UPLOAD}/check")
    @access.needs(Ability.IMPORT)
    def import_check(upload_id: int) -> Any:
        """Look through the files once more, as after an interruption."""
        _with_files(site, upload_id)
        values = {"state": UploadState.UPLOADED, **_AFRESH}
        return _changed(site, upload_id, APPLICABLE, deed("import_check", upload_id), **values)


def _add_applying(desk: Blueprint, site: Site) -> None:
    @desk.post(f"{UPLOAD}/apply")
    @access.needs(Ability.IMPORT)
    def import_apply(upload_id: int) -> Any:
        """Bring it in force: a worker does it, and the page tells how far it is."""
        upload = _with_files(site, upload_id)
        check = site.parts.upload_folder.check(upload_id)
        if check is None or not check["is_whole"]:
            abort(409)
        try:
            as_of = day_of(request.form.get("as_of", ""), site.parts.service.today())
        except BadDay as bad:
            shown = {"errors": {"as_of": bad.why}, "typed": request.form}
            return show_upload(site, upload, **shown), 400
        options = {
            "as_of": as_of and as_of.isoformat(),
            "strict": request.form.get("bad_rows") == "refuse",
            "again": "again" in request.form,
        }
        values = {"state": UploadState.WAITING, "options": options, **_AFRESH}
        values["applied_by"] = actor().name[:48]
        done = deed("import_apply", upload_id, details=options)
        return _changed(site, upload_id, APPLICABLE, done, **values)


def _add_ends(desk: Blueprint, site: Site) -> None:
    @desk.post(f"{UPLOAD}/cancel")
    @access.needs(Ability.IMPORT)
    def import_cancel(upload_id: int) -> Any:
        """Stop what runs, or take it out of the queue; the data in force stay as they are."""
        upload = found(site, upload_id)
        done = deed("import_cancel", upload_id)
        if upload.state in (UploadState.APPLYING, UploadState.CHECKING):
            return _changed(site, upload_id, [upload.state], done, state=UploadState.CANCELLING)
        waiting = (UploadState.WAITING, UploadState.UPLOADED)
        return _changed(site, upload_id, waiting, done, state=UploadState.CANCELLED)

    @desk.post(f"{UPLOAD}/discard")
    @access.needs(Ability.IMPORT)
    def import_discard(upload_id: int) -> Any:
        """Delete the files at once."""
        found(site, upload_id)
        done = deed("import_discard", upload_id)
        over = {"state": UploadState.EXPIRED, "failure": None}
        if not site.parts.uploads.change(upload_id, _FREE, done, **over):
            site.tell("imports.stale", "warning")
            return go(url_for("console.import_upload", upload_id=upload_id))
        site.parts.upload_folder.drop(upload_id)
        site.tell("imports.discarded")
        return go(url_for("console.imports"))


def _changed(
    site: Site, upload_id: int, expected: Sequence[UploadState], done: Deed, **values: Any
) -> Any:
    """Do it and show the upload; say so where somebody else was faster."""
    if site.parts.uploads.change(upload_id, expected, done, **values):
        site.parts.service.doorbell.ring("import")
    else:
        site.tell("imports.stale", "warning")
    return go(url_for("console.import_upload", upload_id=upload_id))


def _with_files(site: Site, upload_id: int) -> Upload:
    """The upload of an address, whose files are there; 409 where they are not."""
    upload = found(site, upload_id)
    if not upload.files or not site.parts.upload_folder.paths(upload_id, len(upload.files)):
        abort(409)
    return upload
