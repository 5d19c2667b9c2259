"""What is built of which settings."""

import logging
from collections.abc import Callable

import pytest

from sms_service.settings import Settings, SettingsError
from sms_service.wiring import Parts


def test_our_line_is_polled(settings: Callable[..., Settings]) -> None:
    environment = settings(REDIS_URL="redis://127.0.0.1:9")
    assert "poll" in Parts(environment).upkeep.lanes


def test_without_a_line_nothing_is_polled_and_that_is_said(
    settings: Callable[..., Settings], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    upkeep = Parts(settings(REDIS_URL="redis://127.0.0.1:9", KAVENEGAR_SENDER="")).upkeep
    assert "poll" not in upkeep.lanes
    assert upkeep.work("poll") == 0
    said = [one.message for one in caplog.records if one.name == "sms_service.wiring.parts"]
    assert said == ["received texts aren't polled: KAVENEGAR_SENDER is empty"]


def test_without_kavenegar_its_inbox_is_left_alone(settings: Callable[..., Settings]) -> None:
    environment = settings(REDIS_URL="redis://127.0.0.1:9", GATEWAYS="kannel")
    assert "poll" not in Parts(environment).upkeep.lanes


def test_histories_come_from_the_named_sources_in_their_order(
    settings: Callable[..., Settings],
) -> None:
    interface = {"SAAPA_BASE_URL": "http://127.0.0.1:9", "SAAPA_TOKEN": "hush-hush"}
    parts = Parts(settings(BILLING_SOURCES="saapa,sql", **interface))
    assert list(parts.source.sources) == ["saapa", "sql"]
    parts.close()
    assert list(Parts(settings()).source.sources) == ["sql"]


def test_a_token_that_no_header_takes_stops_the_start_in_one_line(
    settings: Callable[..., Settings],
) -> None:
    interface = {"SAAPA_BASE_URL": "http://127.0.0.1:9", "SAAPA_TOKEN": "hush\nhush"}
    with pytest.raises(SettingsError, match=r"^SAAPA_BASE_URL and SAAPA_TOKEN: the ") as raised:
        Parts(settings(BILLING_SOURCES="saapa", **interface)).source  # noqa: B018  # built now
    assert "\n" not in str(raised.value)
    assert "hush\n" not in str(raised.value)
