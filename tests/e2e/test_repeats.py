"""The gateway may hand the same text over as often as it likes."""

import pytest

from tests.support.service import Service


@pytest.mark.fault("F20")
def test_the_same_messageid_posted_50_times_at_once_is_kept_and_answered_once(
    service: Service,
) -> None:
    since = service.last_sms()
    text = service.new_texts(1)[0]

    said = service.webhook.hand_over([text] * 50, connections=50)

    assert [one.status for one in said] == [200] * 50
    assert service.audit(said, since) == {}
