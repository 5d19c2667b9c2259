"""A batch taken back: asked once more, then done by a worker."""

from typing import Any

from flask import Blueprint, abort, request, url_for

from sms_service.billing import batches
from sms_service.billing.batches import Batch
from sms_service.billing.rollback import NotRolledBack, candidate
from sms_service.console import access
from sms_service.console.access import actor
from sms_service.console.imports.common import NUMBER, in_words
from sms_service.console.site import Site, go
from sms_service.database import reading
from sms_service.domain.roles import Ability
from sms_service.service.auditing import Deed
from sms_service.service.uploads import ROLLS_BACK

_ADDRESS = f"/imports/batches/<{NUMBER}:batch_id>/roll-back"
_LONGEST_REASON = 400


def add_taking_back(desk: Blueprint, site: Site) -> None:
    """The question and its answer."""

    @desk.get(_ADDRESS)
    @access.needs(Ability.IMPORT)
    def import_roll_back(batch_id: int) -> Any:
        """What would be taken back, or why it can't be."""
        return _question(site, _batch(site, batch_id))

    @desk.post(_ADDRESS)
    @access.needs(Ability.IMPORT)
    def import_rolled_back(batch_id: int) -> Any:
        """Take it back, with a reason."""
        batch = _batch(site, batch_id)
        reason = request.form.get("reason", "").strip()[:_LONGEST_REASON]
        if not reason or "sure" not in request.form:
            error = site.say("imports.reason_wanted" if not reason else "imports.be_sure")
            field = "sure" if reason else "reason"
            return _question(site, batch, reason=reason, errors={field: error}), 400
        if _why_not(site, batch) is not None:
            return _question(site, batch, reason=reason), 409
        done = Deed(
            *(actor(), "import_rollback", "batch", str(batch_id)),
            reason=reason,
            details={"rows": batch.rows_accepted},
        )
        number = site.parts.uploads.ask_to_roll_back({ROLLS_BACK: batch_id}, done)
        site.parts.service.doorbell.ring("import")
        return go(url_for("console.import_upload", upload_id=number))


def _batch(site: Site, batch_id: int) -> Batch:
    with reading(site.parts.service.engine) as connection:
        batch = batches.find(connection, batch_id)
    if batch is None:
        abort(404)
    return batch


def _why_not(site: Site, batch: Batch) -> str | None:
    try:
        candidate(site.parts.service.engine, batch.id)
    except NotRolledBack as why:
        return str(why)
    return None


def _question(
    site: Site, batch: Batch, reason: str = "", errors: dict[str, str] | None = None
) -> str:
    why_not = _why_not(site, batch)
    before = batches.list_batches(site.parts.service.engine, 20, batch.id)
    left = next((one for one in before if one.state is batches.BatchState.IN_FORCE), None)
    return site.show(
        "imports/roll_back.html",
        batch=batch,
        left=left,
        why_not=why_not,
        why_not_in_words=in_words(site, why_not) if why_not else None,
        reason=reason,
        errors=errors or {},
    )
