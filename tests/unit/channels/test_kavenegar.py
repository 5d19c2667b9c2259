"""Kavenegar's webhooks: what is taken, what is refused, and how."""

import http.client
import threading
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from werkzeug.serving import make_server

from sms_service.channels.kavenegar import kavenegar_webhooks
from sms_service.service.messages import Receipt
from tests.support.webhook_site import WebhookSite

RECEIVED = "/webhooks/kavenegar/old-secret/received"
STATUS = "/webhooks/kavenegar/old-secret/status"
FORM = "application/x-www-form-urlencoded"
FIELDS = {"messageid": "797866275", "from": "09121234567", "to": "30001521", "message": "سلام"}


@pytest.fixture
def site() -> WebhookSite:
    return WebhookSite(kavenegar_webhooks)


@pytest.mark.parametrize("secret", ["new-secret", "old-secret"])
@pytest.mark.parametrize("verb", ["get", "post"])
def test_a_text_is_taken_by_either_verb_under_either_living_secret(
    site: WebhookSite, secret: str, verb: str
) -> None:
    url = f"/webhooks/kavenegar/{secret}/received"
    answer = (
        site.client.get(url, query_string=FIELDS)
        if verb == "get"
        else site.client.post(url, data=FIELDS)
    )
    assert (answer.status_code, answer.text) == (200, "ok")
    text = site.texts[0]
    assert (text.remote_id, text.phone, text.line) == ("797866275", "+989121234567", "30001521")
    assert text.text == "سلام"
    assert site.doorbell.rung == ["lookup"]


def test_fields_may_be_spread_over_query_and_form(site: WebhookSite) -> None:
    query = {"messageid": "1", "to": "3000"}
    form = {"from": "09121234567", "message": "x"}
    assert site.client.post(RECEIVED, query_string=query, data=form).status_code == 200


def test_a_multipart_form_is_understood_too(site: WebhookSite) -> None:
    answer = site.client.post(RECEIVED, data=FIELDS, content_type="multipart/form-data")
    assert answer.status_code == 200
    assert site.texts[0].text == "سلام"


@pytest.mark.parametrize("secret", ["wrong", "", "old-secre", "old-secret%00", "‌old-secret"])
@pytest.mark.parametrize("page", ["received", "status"])
def test_a_wrong_secret_finds_nothing(site: WebhookSite, secret: str, page: str) -> None:
    answer = site.client.post(f"/webhooks/kavenegar/{quote(secret)}/{page}", data=FIELDS)
    assert answer.status_code == 404
    assert not site.arrivals.items


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_a_missing_field_is_named(site: WebhookSite, field: str) -> None:
    answer = site.client.post(RECEIVED, data={k: v for k, v in FIELDS.items() if k != field})
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert answer.json["errors"] == [{"field": field, "code": "missing"}]  # type: ignore[index]


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_a_repeated_field_is_refused_rather_than_half_believed(
    site: WebhookSite, field: str
) -> None:
    answer = site.client.post(RECEIVED, query_string={field: "x"}, data=FIELDS)
    assert answer.status_code == 400
    assert answer.json["errors"] == [{"field": field, "code": "repeated"}]  # type: ignore[index]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("messageid", "", "missing"),
        ("messageid", "   ", "missing"),
        ("messageid", "\0", "missing"),
        ("messageid", " \0 ", "missing"),
        ("messageid", "9" * 65, "too_long"),
        ("from", "0" * 41, "too_long"),
        ("message", "x" * 2001, "too_long"),
    ],
)
def test_a_field_beyond_its_bounds_is_named(
    site: WebhookSite, field: str, value: str, code: str
) -> None:
    answer = site.client.post(RECEIVED, data=FIELDS | {field: value})
    assert answer.status_code == 400
    assert answer.json["errors"] == [{"field": field, "code": code}]  # type: ignore[index]


@pytest.mark.parametrize("field", sorted(FIELDS))
@pytest.mark.parametrize("broken", ["%FF%FE", "%ED%A0%80", "%C0%AF", "%D9"])
def test_bytes_that_are_not_utf8_are_refused(site: WebhookSite, field: str, broken: str) -> None:
    encoded = urlencode({k: v for k, v in FIELDS.items() if k != field}) + f"&{field}={broken}"
    answer = site.client.post(RECEIVED, data=encoded, content_type=FORM)
    assert answer.status_code == 400
    assert answer.json["errors"] == [{"field": field, "code": "undecodable"}]  # type: ignore[index]


def test_two_thousand_letters_are_not_too_many(site: WebhookSite) -> None:
    assert site.client.post(RECEIVED, data=FIELDS | {"message": "ب" * 2000}).status_code == 200


def test_an_empty_text_is_taken_since_help_answers_it(site: WebhookSite) -> None:
    assert site.client.post(RECEIVED, data=FIELDS | {"message": ""}).status_code == 200
    assert site.texts[0].text == ""


def test_nul_never_reaches_the_database(site: WebhookSite) -> None:
    assert site.client.post(RECEIVED, data=FIELDS | {"message": "a\0b"}).status_code == 200
    assert "\0" not in site.texts[0].text


@pytest.mark.parametrize(
    "sender", ["", "IRANCELL", "1000", "02537000000", "+442071234567", "x" * 40]
)
def test_a_sender_that_cannot_be_answered_is_stored_and_left_alone(
    site: WebhookSite, sender: str
) -> None:
    assert site.client.post(RECEIVED, data=FIELDS | {"from": sender}).status_code == 200
    assert site.texts[0].ignored == "no_mobile"
    assert not site.doorbell.rung


@pytest.mark.parametrize("sender", ["30001521", "09300000000"])
def test_one_of_our_own_lines_is_never_answered(site: WebhookSite, sender: str) -> None:
    site.client.post(RECEIVED, data=FIELDS | {"from": sender})
    assert site.texts[0].ignored == "own_line"


@pytest.mark.parametrize(
    "sender",
    ["09121234567", "989121234567", "+989121234567", "00989121234567", "9121234567", "۰۹۱۲۱۲۳۴۵۶۷"],
)
def test_every_way_of_writing_a_mobile_is_one_phone(site: WebhookSite, sender: str) -> None:
    site.client.post(RECEIVED, data=FIELDS | {"from": sender})
    assert site.texts[0].phone == "+989121234567"


def test_what_cannot_be_stored_in_time_is_left_with_the_gateway(site: WebhookSite) -> None:
    site.arrivals.busy = True
    answer = site.client.post(RECEIVED, data=FIELDS)
    assert answer.status_code == 503
    assert not site.doorbell.rung


def test_a_megabyte_is_refused_unread(site: WebhookSite) -> None:
    answer = site.client.post(RECEIVED, data=FIELDS | {"message": "x" * 1_000_000})
    assert answer.status_code == 413
    assert answer.mimetype == "application/problem+json"


def test_a_mere_look_leaves_no_text_behind(site: WebhookSite) -> None:
    assert site.client.head(RECEIVED, query_string=FIELDS).status_code == 405
    assert not site.arrivals.items


def test_another_verb_is_told_which_are_right(site: WebhookSite) -> None:
    answer = site.client.put(RECEIVED, data=FIELDS)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) >= {"GET", "POST"}


def test_receipts_come_one_by_one_or_in_a_list(site: WebhookSite) -> None:
    site.client.post(STATUS, data={"messageid": "5", "status": "10"})
    site.client.get(STATUS, query_string={"messageid": "6,7", "status": "10,11"})
    site.client.get(STATUS, query_string={"messageid": "8, 9", "status": "6"})
    assert site.receipts.items == [
        [Receipt("kavenegar", "5", 10)],
        [Receipt("kavenegar", "6", 10), Receipt("kavenegar", "7", 11)],
        [Receipt("kavenegar", "8", 6), Receipt("kavenegar", "9", 6)],
    ]
    assert set(site.doorbell.rung) == {"receipts"}


@pytest.mark.parametrize(
    ("ids", "codes", "field"),
    [
        ("x", "10", "messageid"),
        ("5,,6", "10", "messageid"),
        ("5", "ten", "status"),
        ("5,6,7", "10,11", "status"),
        ("5", "-1", "status"),
        ("۵", "10", "messageid"),
        ("5", "99999", "status"),
    ],
)
def test_a_receipt_that_says_nothing_clear_is_refused(
    site: WebhookSite, ids: str, codes: str, field: str
) -> None:
    answer = site.client.post(STATUS, data={"messageid": ids, "status": codes})
    assert answer.status_code == 400
    assert answer.json["errors"] == [{"field": field, "code": "invalid"}]  # type: ignore[index]
    assert not site.receipts.items


@pytest.fixture
def port(site: WebhookSite) -> Iterator[int]:
    """The application behind a real socket, for what a test client smooths over."""
    server = make_server("127.0.0.1", 0, site.app)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_body_without_its_length_is_refused(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    body = urlencode(FIELDS).encode()
    connection.request("POST", RECEIVED, iter([body]), {"Content-Type": FORM}, encode_chunked=True)
    assert connection.getresponse().status == 411
    connection.close()
