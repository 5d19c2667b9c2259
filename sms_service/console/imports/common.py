"""What the pages of imports share: finding an upload, naming it in deeds, faults in words."""

from typing import Any

from flask import abort

from sms_service.console.access import actor
from sms_service.console.site import Site
from sms_service.service.auditing import Deed
from sms_service.service.uploads import Upload

NUMBER = "int(max=9223372036854775807)"
"""A number that the database can hold; larger ones are no page."""
UPLOAD = f"/imports/<{NUMBER}:upload_id>"
_WITHIN_WORDS = "\u200c"
_LONGEST_NAME = 80


def found(site: Site, upload_id: int) -> Upload:
    """The upload of an address; 404 where there is none."""
    upload = site.parts.uploads.find(upload_id)
    if upload is None:
        abort(404)
    return upload


def deed(action: str, upload_id: int, **more: Any) -> Deed:
    """Something that was done to an upload."""
    return Deed(actor(), action, "upload", str(upload_id), **more)


def in_words(site: Site, fault: str | None) -> str:
    """What an import's own line means, for who can't read it."""
    words = site.words["imports"]
    for one in words["fault"]:
        if fault and one["match"] in fault:
            return str(one["say"])
    return str(words["unknown_fault"])


def plain_file_name(told: str | None) -> str:
    """The last piece of a name that a browser gave, without marks that nobody sees."""
    last = (told or "").replace("\\", "/").rpartition("/")[2]
    plain = "".join(a for a in last if a.isprintable() or a == _WITHIN_WORDS).strip()
    return plain[:_LONGEST_NAME] or "?"
