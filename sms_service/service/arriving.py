"""What a text is when it reaches us: cleaned, its phone known, and whether it can be answered."""

from collections.abc import Set as AbstractSet

from sms_service.domain.msisdn import mobile
from sms_service.language.normalise import clean
from sms_service.service.messages import Arrival
from sms_service.service.ports import ArrivedText


def arrival_of(gateway: str, told: ArrivedText, own_lines: AbstractSet[str]) -> Arrival:
    """The text to be stored; ``own_lines``: a text from one of them is a loop."""
    sender = clean(told.sender).strip()
    phone = mobile(sender)
    is_own = sender in own_lines or phone in own_lines
    return Arrival(
        gateway=gateway,
        remote_id=clean(told.remote_id).strip(),
        sender=sender,
        line=clean(told.line).strip(),
        text=clean(told.text),
        raw=told.raw,
        phone=phone,
        ignored="own_line" if is_own else _why_ignored(told, phone),
        sent_at=told.sent_at,
    )


def _why_ignored(told: ArrivedText, phone: str | None) -> str | None:
    if phone is None:
        return "no_mobile"
    return None if told.is_readable else "unreadable"
