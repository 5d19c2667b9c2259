"""Uploads at the desk: sent as a browser sends them, worked on as a worker would."""

import re
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from werkzeug.test import TestResponse

from sms_service.service.auditing import Actor, Deed
from sms_service.uploads.launching import Launching
from sms_service.uploads.working import Working
from tests.support.console import Desk

DIRTY = Path(__file__).parents[1] / "data" / "billing_dirty"
PAYMENTS = (
    "bill_identifier,payment_date,payment_amt,ref_code\n"
    "1234567804423,2025-07-10,1000,11\n"
    "1234567804423,2025-07-11,2000,12\n"
)


def send(desk: Desk, *files: tuple[str, bytes | str]) -> TestResponse:
    """Post these files, each by the name that its sender gives it."""
    contents = [
        (BytesIO(content.encode() if isinstance(content, str) else content), name)
        for name, content in files
    ]
    return desk.client.post(
        "/console/imports", data={"files": contents, "csrf_token": desk.token()}
    )


def sent(desk: Desk, *files: tuple[str, bytes | str]) -> int:
    """The number of an upload of these files."""
    answer = send(desk, *files)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    found = re.search(r"/imports/(\d+)$", answer.location)
    assert found
    return int(found[1])


def laid(desk: Desk, path: Path, name: str) -> int:
    """The number of an upload of a file that is too large for the memory of a test."""
    ledger, upload_id = desk.parts.uploads, desk.parts.uploads.new_id()
    with path.open("rb") as content:
        (size,) = desk.parts.upload_folder.save(upload_id, [content])
    deed = Deed(Actor("leila"), "import_upload", "upload", str(upload_id))
    ledger.add(upload_id, [{"name": name, "size": size}], deed)
    return upload_id


def dirty_files() -> Sequence[tuple[str, bytes]]:
    """The exports of the tests with everything that exports have wrong."""
    return [(path.name, path.read_bytes()) for path in sorted(DIRTY.glob("*.csv.gz"))]


def work(desk: Desk) -> int:
    """Do all that waits for a worker, here and now; how many uploads that were."""
    parts = desk.parts
    working = Working(
        parts.service.engine,
        parts.uploads,
        parts.upload_folder,
        parts.service.hash_phone,
        parts.service.today(),
    )
    done = 0

    def on(arguments: Sequence[str]) -> None:
        nonlocal done
        done += working.on(int(arguments[-2]), int(arguments[-1]))

    Launching(parts.uploads, on).run()
    return done


def checked(desk: Desk, *files: tuple[str, bytes | str]) -> int:
    """An upload that was looked through."""
    upload_id = sent(desk, *files)
    assert work(desk) == 1
    return upload_id


def applied(desk: Desk, *files: tuple[str, bytes | str], **form: str) -> int:
    """An upload that somebody applied, and that came to its end."""
    upload_id = checked(desk, *files)
    answer = desk.post(f"/console/imports/{upload_id}/apply", form)
    assert answer.status_code == 303
    assert work(desk) == 1
    return upload_id
