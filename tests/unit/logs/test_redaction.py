import logging

import pytest

from sms_service.logs.redaction import SecretFilter, hide

SECRET = "n0t/for+any log"
hide(SECRET)


def filtered(message: str, *args: object, error: BaseException | None = None) -> str:
    trace = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("x", logging.DEBUG, __file__, 1, message, args, trace)
    assert SecretFilter().filter(record)
    return logging.Formatter("%(message)s").format(record)


def test_a_secret_is_masked_in_message_and_arguments() -> None:
    assert filtered(f"key {SECRET}") == "key ***"
    assert filtered('"%s %s" %d', "POST", f"/v1/{SECRET}/sms", 200) == '"POST /v1/***/sms" 200'


def test_its_percent_encoded_form_is_masked_too() -> None:
    assert filtered("/v1/%s/sms", "n0t%2Ffor%2Bany%20log") == "/v1/***/sms"


def test_it_is_masked_in_a_traceback() -> None:
    with pytest.raises(ValueError) as caught:
        int(f"/v1/{SECRET}/sms/send.json")
    shown = filtered("failed", error=caught.value)
    assert SECRET not in shown
    assert "'/v1/***/sms/send.json'" in shown


def test_records_without_a_secret_keep_their_arguments() -> None:
    record = logging.LogRecord("x", logging.INFO, __file__, 1, "took %d ms", (5,), None)
    SecretFilter().filter(record)
    assert record.args == (5,)


@pytest.mark.parametrize("short", ["", "key", "12345"])
def test_words_too_short_for_a_secret_stay_readable(short: str) -> None:
    hide(short)
    assert filtered("the key is 12345") == "the key is 12345"
