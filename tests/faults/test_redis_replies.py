"""Celery takes a message off the list before it notes that it has it: one cut loses it."""

import pytest

from sms_service.simulator.household import ROLES
from tests.support.proxy import Mode
from tests.support.shaky import Shaky

pytestmark = pytest.mark.fault("F12")

_A_MESSAGE = b'"body"'


@pytest.mark.parametrize("mode", [Mode.CUT, Mode.RESET])
def test_a_message_lost_on_its_way_from_redis_costs_no_text(shaky: Shaky, mode: Mode) -> None:
    since, worker = shaky.last_sms(), shaky.process("worker").pid
    shaky.to_redis.trap(_A_MESSAGE, mode, times=2)
    said = shaky.webhook.hand_over(shaky.new_texts(30))
    broken = shaky.audit(said, since)

    assert shaky.to_redis.trapped > 0
    assert broken == {}
    assert shaky.process("worker").pid == worker
    shaky.wait_until(shaky.listens, 60)


def test_a_connection_left_half_open_costs_no_text(shaky: Shaky) -> None:
    since = shaky.last_sms()
    shaky.to_redis.trap(_A_MESSAGE, Mode.SWALLOW)
    said = shaky.webhook.hand_over(shaky.new_texts(30))
    broken = shaky.audit(said, since)

    assert shaky.to_redis.trapped == 1
    assert broken == {}
    assert set(shaky.running()) == set(ROLES)


@pytest.mark.long
@pytest.mark.parametrize("mode", [Mode.FREEZE, Mode.SWALLOW])
def test_a_silent_way_to_redis_delays_nobody_at_the_door(shaky: Shaky, mode: Mode) -> None:
    since = shaky.last_sms()
    shaky.to_redis.behave(mode)
    said = shaky.webhook.hand_over(shaky.new_texts(60))
    broken = shaky.audit(said, since)
    shaky.to_redis.behave()

    assert {one.status for one in said} == {200}
    assert max(one.ms for one in said) < 900
    assert broken == {}
