"""The list of batches, and what is under way."""

from typing import Any

from flask import Blueprint, request

from sms_service.billing import batches
from sms_service.billing.batches import Batch, BatchState
from sms_service.console import access
from sms_service.console.imports.common import in_words
from sms_service.console.site import Site
from sms_service.domain.roles import Ability
from sms_service.service.uploads import OPEN, UploadState

_BATCHES_SHOWN = 25
_UPLOADS_LOOKED_AT = 100
_UNDONE_SHOWN = 5
_UNDONE = (UploadState.FAILED, UploadState.CANCELLED)


def add_listing(desk: Blueprint, site: Site) -> None:
    """The first page of imports."""

    @desk.get("/imports")
    @access.needs(Ability.IMPORT)
    def imports() -> Any:
        """Batches, newest first; uploads that want a decision or are under way."""
        return show_list(site)

    @desk.get("/imports/under-way")
    @access.needs(Ability.IMPORT)
    def imports_under_way() -> Any:
        """The same uploads alone, again and again."""
        return site.show("imports/under_way.html", uploads=_open_uploads(site))


def show_list(site: Site, error: str | None = None) -> str:
    """The page; ``error``: what is wrong with what was uploaded."""
    engine = site.parts.service.engine
    before = request.args.get("before", type=int)
    shown = batches.list_batches(engine, _BATCHES_SHOWN + 1, before)
    newest = batches.newest_in_force(engine)
    page = shown[:_BATCHES_SHOWN]
    return site.show(
        "imports/list.html",
        batches=page,
        older=page[-1].id if len(shown) > _BATCHES_SHOWN else None,
        is_first=before is None,
        brought_by=site.parts.uploads.of_batches([one.id for one in page]),
        newest=newest,
        tone=_tone,
        uploads=_open_uploads(site),
        undone=_undone_uploads(site),
        error=error,
        in_words=lambda fault: in_words(site, fault),
    )


def _open_uploads(site: Site) -> list[Any]:
    newest = site.parts.uploads.newest(_UPLOADS_LOOKED_AT)
    return [one for one in newest if one.state in OPEN]


def _undone_uploads(site: Site) -> list[Any]:
    """Those of the last that came to nothing and can be tried again."""
    newest = site.parts.uploads.newest(_UPLOADS_LOOKED_AT)
    return [one for one in newest if one.state in _UNDONE][:_UNDONE_SHOWN]


def _tone(batch: Batch) -> str:
    return {
        BatchState.IN_FORCE: "good",
        BatchState.LOADING: "moving",
        BatchState.FAILED: "bad",
    }.get(batch.state, "quiet")
