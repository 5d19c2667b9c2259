"""A phone that answers each of our SMS by itself: the talk ends, whatever it says."""

import time

import pytest

from tests.support.service import Service
from tests.support.texting import Text

_MOST_SMS = 20
"""What a phone may get in a day at all."""
_ROUNDS = 40
_SILENCE_SECONDS = 3.0


@pytest.mark.fault("F28")
@pytest.mark.long
@pytest.mark.parametrize("says", ["the same each time", "what it was told"])
def test_a_talk_of_two_machines_comes_to_an_end(on_sqlite: Service, says: str) -> None:
    service = on_sqlite
    since = before = service.last_sms()
    text = service.new_text("در جلسه هستم")
    words = text.message
    for round_ in range(_ROUNDS):
        messageid = f"{text.messageid}{round_:03d}"
        service.webhook.hand_over([Text(messageid, text.phone, words, "")])
        told = _next_sms(service, text.phone, before)
        if told is None:
            break
        before, answer = told
        words = text.message if says == "the same each time" else answer

    sent = [sms for sms in service.sms_since(since) if sms.receptor == text.phone]
    assert 0 < len(sent) <= _MOST_SMS


def _next_sms(service: Service, phone: str, since: int) -> tuple[int, str] | None:
    """What the phone is told next; None when it stays silent."""
    ends = time.monotonic() + _SILENCE_SECONDS
    while time.monotonic() < ends:
        for sms in service.gateway.outbox(receptor=phone, since=since):
            return sms.messageid, sms.message
        time.sleep(0.05)
    return None
