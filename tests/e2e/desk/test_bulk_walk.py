"""After an outage: five hundred answers again, with a pause in the middle, each of them once."""

from collections import Counter
from collections.abc import Sequence

import pytest
from playwright.sync_api import expect

from sms_service.domain.states import OutboundState
from tests.support.desk_page import DeskPage
from tests.support.desk_service import DeskService
from tests.support.four_ledgers import books
from tests.support.texting import Text

_MANY = 500


@pytest.mark.slow
def test_five_hundred_are_sent_again_after_an_outage_each_once(
    supervisor: DeskPage, desk_service: DeskService
) -> None:
    since = desk_service.last_sms()
    texts = desk_service.new_texts(_MANY)
    desk_service.gateway.fault("refuse", code=411)
    try:
        desk_service.webhook.hand_over_until_taken(texts, seconds=60)
        desk_service.wait_until(lambda: _refused(desk_service, texts) == _MANY, 90)
    finally:
        desk_service.gateway.clear_faults()
    assert desk_service.sms_since(since) == []

    supervisor.open("/console/bulk/new")
    supervisor.page.check("[name=state][value=refused]")
    supervisor.page.fill("#f-pace", "6000")
    supervisor.page.get_by_role("button", name="پیش‌نمایش").click()
    supervisor.page.fill("#f-reason", "قطعی درگاه")
    supervisor.page.fill("#f-count", str(_MANY))
    supervisor.page.get_by_role("button", name="بفرست", exact=True).click()
    supervisor.page.wait_for_url("**/console/bulk/*")

    desk_service.wait_until(lambda: len(desk_service.sms_since(since)) > 50, 60)
    supervisor.page.locator("#pause").click()
    expect(supervisor.page.locator("#resume")).to_be_visible()
    supervisor.page.wait_for_timeout(4000)
    stood = len(desk_service.sms_since(since))
    assert stood < _MANY
    supervisor.page.wait_for_timeout(3000)
    assert len(desk_service.sms_since(since)) == stood

    supervisor.page.locator("#resume").click()
    desk_service.wait_until(lambda: len(desk_service.sms_since(since)) >= _MANY, 90)
    expect(supervisor.page.locator("#served")).to_have_attribute("value", str(_MANY))
    supervisor.page.wait_for_timeout(2000)
    phones = Counter(sms.receptor[-10:] for sms in desk_service.sms_since(since))
    assert phones == Counter(text.phone[-10:] for text in texts)


def _refused(service: DeskService, texts: Sequence[Text]) -> int:
    went = books(service.engine, texts).went
    return sum(rows[-1].state == OutboundState.REFUSED for rows in went.values() if rows)
