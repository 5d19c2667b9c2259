"""Taking records out of the envelope, whatever it is made of."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from sms_service.billing.saapa_answers import Away, Malformed, records_of
from sms_service.transport import Answered

SALE = {"bill_identifier": "1234567804423", "bill_amt": "1250000"}


def answered(data: Any, status: Any = 200, http: int = 200, error: Any = None) -> Answered:
    envelope = {
        "TimeStamp": "2026-11-23T10:00:00",
        "status": status,
        "SessionKey": "",
        "message": "",
        "data": data,
        "error": error,
    }
    return Answered(http, json.dumps(envelope).encode())


def away(answer: Answered) -> Away:
    with pytest.raises(Away) as raised:
        records_of(answer)
    return raised.value


def test_records_come_out_with_small_names_and_texts() -> None:
    assert records_of(answered([SALE])) == [SALE]
    shouted = {"BILL_IDENTIFIER": 1234567804423, "Bill_Amt": " 1250000 ", "reject_date": None}
    assert records_of(answered([shouted])) == [SALE]


def test_one_record_may_stand_without_its_list() -> None:
    assert records_of(answered(SALE)) == [SALE]


@pytest.mark.parametrize("nothing", [None, [], {}, ""])
def test_no_data_are_no_records(nothing: Any) -> None:
    assert records_of(answered(nothing)) == []


def test_the_envelope_may_be_spelled_otherwise_and_its_status_a_text() -> None:
    body = json.dumps({"timeStamp": "", "Status": "200", "sessionKey": "", "DATA": [SALE]})
    assert records_of(Answered(200, b"\xef\xbb\xbf" + body.encode())) == [SALE]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1250000", "1250000"),
        ("1250000.0", "1250000"),
        ("1.25E+6", "1250000"),
        ("-75.50", "-75.50"),
        ("9007199254740993", "9007199254740993"),
    ],
)
def test_numbers_are_taken_as_written_to_the_last_digit(written: str, read: str) -> None:
    body = f'{{"status": 200, "data": [{{"bill_amt": {written}}}]}}'
    assert records_of(Answered(200, body.encode())) == [{"bill_amt": read}]


@pytest.mark.parametrize("http", [200, 500])
@pytest.mark.parametrize("status", [500, 503, "504"])
def test_a_bad_status_counts_wherever_it_stands(status: Any, http: int) -> None:
    told = away(answered(None, status, http))
    assert told.reason in (f"saapa_status_{status}", "saapa_status_500")
    assert told.again


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_pauses_all_calls(status: int) -> None:
    for answer in (answered(None, status), answered(None, status, status)):
        told = away(answer)
        assert (told.reason, told.pause, told.again) == ("saapa_token_refused", 60, False)


def test_a_malformed_question_is_told_apart_only_in_an_envelope() -> None:
    for answer in (answered(None, 400), answered(None, 400, 400)):
        with pytest.raises(Malformed):
            records_of(answer)
    assert away(Answered(400, b"<html>")).reason == "saapa_status_400"


_NEVER = "1 Jan 99999999999999999999 00:00:00 GMT"
"""A date that no clock can tell."""


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0", 1), ("100000", 300), (None, 15), ("soon", 15), ("9" * 5000, 15), (_NEVER, 15)],
)
def test_a_throttled_call_waits_as_long_as_told_within_reason(
    header: str | None, seconds: float
) -> None:
    told = away(Answered(429, b"", header))
    assert (told.reason, told.pause) == ("saapa_throttled", seconds)


def test_a_throttled_call_may_be_told_a_date() -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    pause = away(Answered(429, b"", until)).pause
    assert pause is not None
    assert 35 < pause <= 40


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502</html>",
        b'{"status": 200, "data": [{"bill_',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"status": 200, "data": [{"bill_amt": NaN}]}',
        b'{"status": 200, "data": [{"bill_amt": ' + b"9" * 5000 + b"}]}",
        b'{"status": 200, "data": [{"bill_amt": 1e999999}]}',
        b"[]",
        b"7",
    ],
)
def test_what_is_no_json_of_theirs_is_no_answer(body: bytes) -> None:
    told = away(Answered(200, body))
    assert (told.reason, told.again) == ("saapa_no_json", True)


@pytest.mark.parametrize("body", [b"{}", b'{"status": 200}', b'{"data": null}'])
def test_json_without_the_envelope_never_says_that_a_bill_is_unknown(body: bytes) -> None:
    assert away(Answered(200, body)).reason == "saapa_no_envelope"


@pytest.mark.parametrize("data", ["text", [7], [[SALE]], 7])
def test_data_of_another_shape_are_no_records(data: Any) -> None:
    assert away(answered(data)).reason == "saapa_no_records"


def test_no_data_beside_an_error_is_no_unknown_bill() -> None:
    assert away(answered(None, error=[{"ErrorCode": 1, "ErrorMsg": "x"}])).reason == "saapa_error"
    assert records_of(answered([SALE], error=[{"ErrorCode": 0, "ErrorMsg": ""}])) == [SALE]


def test_a_redirect_is_no_answer() -> None:
    assert away(Answered(302, b"")).reason == "saapa_status_302"
