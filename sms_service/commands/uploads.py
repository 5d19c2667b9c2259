"""``sms-service billing apply-upload``: what a worker starts for each upload."""

import signal
from pathlib import Path

import click

from sms_service.commands.parts import parts_of_this_run
from sms_service.ledger.uploads import UploadLedger
from sms_service.logs import own_process
from sms_service.uploads.folder import UploadFolder
from sms_service.uploads.working import Working


@click.command("apply-upload", hidden=True)
@click.argument("upload", type=click.IntRange(1))
@click.argument("token", type=click.IntRange(0))
def apply_upload(upload: int, token: int) -> None:
    """Look UPLOAD through or apply it, whichever it waits for; workers call this.

    TOKEN is that of the claim: without it nothing is done.
    """
    # Told to end, it says so before it goes, and the upload can be applied again at once.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parts = parts_of_this_run()
    own_process(parts.settings, "import")
    working = Working(
        parts.engine,
        UploadLedger(parts.engine),
        UploadFolder(Path(parts.settings.uploads_dir)),
        parts.hash_phone,
        parts.today(),
    )
    working.on(upload, token)
