"""The parts of the operator's desk, built when first asked for, on top of the service's own."""

from functools import cached_property
from pathlib import Path

from sms_service.ledger.audit import AuditLedger
from sms_service.ledger.handles import Handles
from sms_service.ledger.uploads import UploadLedger
from sms_service.settings import Settings
from sms_service.uploads.folder import UploadFolder
from sms_service.wiring import Parts


class ConsoleParts:
    """What the desk's pages, its API and its commands are made of."""

    def __init__(self, parts: Parts) -> None:
        self.service = parts
        """The parts that answer and deliver."""

    @property
    def settings(self) -> Settings:
        return self.service.settings

    @cached_property
    def audit(self) -> AuditLedger:
        return AuditLedger(self.service.engine)

    @cached_property
    def handles(self) -> Handles:
        """Names for bills in addresses."""
        return Handles(self.service.derived_key("bill handles"))

    @cached_property
    def uploads(self) -> UploadLedger:
        return UploadLedger(self.service.engine)

    @cached_property
    def upload_folder(self) -> UploadFolder:
        return UploadFolder(Path(self.settings.uploads_dir))
