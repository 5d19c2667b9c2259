"""What workers look after: every lane, and how a turn of its work is done."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from sms_service.billing.sources import kept_answers
from sms_service.ledger.asking import AskingLedger
from sms_service.ledger.audit import AuditLedger
from sms_service.ledger.bulk_feed import BulkFeedLedger
from sms_service.ledger.bulk_runs import BulkRunLedger
from sms_service.ledger.idempotency import IdempotencyLedger
from sms_service.ledger.misses import MissLedger
from sms_service.ledger.sessions import SessionLedger, lifetimes_of
from sms_service.ledger.sign_ins import SignInLedger
from sms_service.ledger.sweeping import SweepingLedger
from sms_service.ledger.uploads import UploadLedger
from sms_service.service.asking import Asking, next_question
from sms_service.service.bulk_feeding import BulkFeeding
from sms_service.service.upkeep import LaneWork, Sweeping, Upkeep
from sms_service.service.watches import AuditHeadWatch, MissWatch
from sms_service.uploads.folder import UploadFolder
from sms_service.uploads.launching import Launching, start_process
from sms_service.uploads.sweeping import SweepingUploads
from sms_service.wiring.agreement import AgreementParts
from sms_service.wiring.console import ConsoleParts
from sms_service.wiring.kept import KeptParts
from sms_service.wiring.metrics import MetricsParts

if TYPE_CHECKING:
    from sms_service.wiring import Parts


def make_upkeep(parts: "Parts") -> Upkeep:
    """The lanes that these settings call for."""
    gateways = parts.settings.gateways
    delivering = parts.delivering
    lanes = {
        "lookup": LaneWork(parts.inbound.has_due, parts.answering.run),
        "deliver": LaneWork(delivering.has_due, delivering.run),
        "unknown": LaneWork(
            lambda: parts.outbound.has_doubtful(gateways), delivering.settle_unknown
        ),
        "receipts": LaneWork(parts.receipts.has_joinable, delivering.join_receipts),
        "bulk": _bulk(parts),
        "sweep": _sweep(parts),
        "import": _import(parts),
    }
    if "kavenegar" in gateways:
        lanes["ask"] = _ask(parts)
    if parts.polling:
        lanes["poll"] = LaneWork(parts.polling.is_due, parts.polling.run)
    return Upkeep(lanes, parts.outbound.expire)


def _ask(parts: "Parts") -> LaneWork:
    asking = AskingLedger(parts.engine, next_question)
    ask = Asking(asking, parts.receipts, parts.gateways["kavenegar"], parts.doorbell)
    return LaneWork(lambda: asking.has_due("kavenegar"), ask.run)


def _bulk(parts: "Parts") -> LaneWork:
    feeding = BulkFeeding(
        parts.chores,
        BulkFeedLedger(parts.engine),
        ConsoleParts(parts).resending.resend,
        parts.lanes.turns,
        parts.delivering.may_spend,
        parts.doorbell,
        passing=(SQLAlchemyError,),
    )
    return LaneWork(feeding.is_due, feeding.run)


def _import(parts: "Parts") -> LaneWork:
    uploads = UploadLedger(parts.engine)
    return LaneWork(uploads.has_due, Launching(uploads, start_process).run)


def _sweep(parts: "Parts") -> LaneWork:
    files = UploadFolder(Path(parts.settings.uploads_dir))
    swept = (
        SweepingLedger(parts.engine),
        kept_answers(parts.settings, parts.engine),
        SweepingUploads(UploadLedger(parts.engine), files, parts.settings.retention_days),
        IdempotencyLedger(parts.engine, parts.vault),
        SessionLedger(parts.engine, lifetimes_of(parts.settings)),
        SignInLedger(parts.engine),
        AgreementParts(parts).watch,
        MissWatch(parts.chores, MissLedger(parts.engine).since, parts.settings.misses_alarm),
        AuditHeadWatch(parts.chores, AuditLedger(parts.engine).head),
        BulkRunLedger(parts.engine),
        MetricsParts(parts).closing,
        KeptParts(parts).nightly,
    )
    sweeping = Sweeping(parts.chores, swept)
    return LaneWork(sweeping.is_due, sweeping.run)
