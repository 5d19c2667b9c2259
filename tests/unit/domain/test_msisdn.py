"""Phone numbers: every way of writing an Iranian mobile is one; nothing else is one."""

import pytest

from sms_service.domain.msisdn import masked, mobile, national


@pytest.mark.parametrize(
    "written",
    [
        "09121234567",
        "9121234567",
        "989121234567",
        "+989121234567",
        "00989121234567",
        "+98 912 123 4567",
        "0912-123-4567",
        "۰۹۱۲۱۲۳۴۵۶۷",
        "٠٩١٢١٢٣٤٥٦٧",
    ],
)
def test_a_mobile_is_the_same_however_it_is_written(written: str) -> None:
    assert mobile(written) == "+989121234567"


@pytest.mark.parametrize(
    "written",
    [
        *("", " ", "1000", "30001521", "20001521", "02537000000", "982537000000"),
        *("+442071234567", "+12025550123", "IRANCELL", "0912CALLME1", "0912123456", "x" * 5000),
        *("09121234567;drop", "+98 912 123 4567 890", "\x00", "۹" * 500),
    ],
)
def test_what_answers_must_not_go_to_is_no_mobile(written: str) -> None:
    assert mobile(written) is None


def test_a_mobile_is_looked_for_in_forty_characters_at_most() -> None:
    assert mobile("09121234567".rjust(40)) == "+989121234567"
    assert mobile("09121234567".rjust(41)) is None


def test_the_network_gets_the_national_form() -> None:
    assert national("+989121234567") == "09121234567"


def test_a_log_shows_neither_the_whole_number_nor_most_of_it() -> None:
    assert masked("+989121234567") == "0912…67"
    assert masked("1234567") == "1234…67"
    assert masked("123456") == "…"
