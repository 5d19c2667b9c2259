"""Kannel's webhooks: what is taken, what is refused, and how."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from sms_service.channels.kannel import kannel_webhooks
from sms_service.service.messages import Receipt
from tests.support.webhook_site import WebhookSite

RECEIVED = "/webhooks/kannel/old-secret/received"
STATUS = "/webhooks/kannel/old-secret/status"
ID = "8ee0040d-0413-4795-bd06-9b786f14295d"
FIELDS = {"id": ID, "from": "+989121234567", "to": "30001521", "coding": "0", "text": "سلام"}


@pytest.fixture
def site() -> WebhookSite:
    return WebhookSite(kannel_webhooks)


@pytest.mark.parametrize("verb", ["get", "post"])
def test_a_text_is_taken_and_nothing_is_said_that_smsbox_could_text(
    site: WebhookSite, verb: str
) -> None:
    answer = (
        site.client.get(RECEIVED, query_string=FIELDS)
        if verb == "get"
        else site.client.post(RECEIVED, data=FIELDS)
    )
    assert (answer.status_code, answer.data) == (200, b"")
    (text,) = site.texts
    assert (text.gateway, text.remote_id, text.phone) == ("kannel", ID, "+989121234567")
    assert (text.line, text.text, text.ignored) == ("30001521", "سلام", None)
    assert site.doorbell.rung == ["lookup"]


@pytest.mark.parametrize("words", ["سلام", "تا🙂پایان", "", "دو  فاصله\n"])
def test_a_text_that_smsbox_couldnt_recode_is_read_as_the_utf_16_it_is(
    site: WebhookSite, words: str
) -> None:
    rest = urlencode({name: FIELDS[name] for name in ("id", "from", "to")})
    raw = urlencode({"coding": "2", "text": words.encode("utf-16-be")})
    assert site.client.get(f"{RECEIVED}?{rest}&{raw}").status_code == 200
    assert site.texts[0].text == words


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("1795514400", datetime(2026, 11, 24, 10, tzinfo=UTC)),
        ("", None),
        ("0", None),
        ("2026-11-24", None),
        ("99999999999999999999", None),
    ],
)
def test_the_time_at_which_kannel_had_a_text_is_kept_and_no_text_is_lost_over_it(
    site: WebhookSite, told: str, kept: datetime | None
) -> None:
    assert site.client.get(RECEIVED, query_string=FIELDS | {"time": told}).status_code == 200
    assert site.texts[0].sent_at == kept


def test_half_an_emoji_costs_no_text(site: WebhookSite) -> None:
    halved = "سلام🙂".encode("utf-16-be")[:-2]
    fields = {name: FIELDS[name] for name in ("id", "from", "to")}
    query = urlencode(fields | {"coding": "2", "text": halved})
    assert site.client.get(f"{RECEIVED}?{query}").status_code == 200
    assert site.texts[0].text == "سلام\ufffd"


def test_a_binary_message_is_stored_and_left_alone(site: WebhookSite) -> None:
    rest = urlencode({name: FIELDS[name] for name in ("id", "from", "to")})
    assert site.client.get(f"{RECEIVED}?{rest}&coding=1&text=%FF%FE%00").status_code == 200
    assert (site.texts[0].text, site.texts[0].ignored) == ("", "unreadable")
    assert not site.doorbell.rung


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_a_missing_or_repeated_field_is_named(site: WebhookSite, field: str) -> None:
    without = {name: value for name, value in FIELDS.items() if name != field}
    missing = site.client.get(RECEIVED, query_string=without)
    repeated = site.client.get(f"{RECEIVED}?{urlencode(FIELDS)}&{field}=0")
    assert missing.json["errors"] == [{"field": field, "code": "missing"}]  # type: ignore[index]
    assert repeated.json["errors"] == [{"field": field, "code": "repeated"}]  # type: ignore[index]
    assert not site.arrivals.items


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("coding", "3", "invalid"),
        ("coding", "10", "too_long"),
        ("id", " ", "missing"),
        ("id", "x" * 65, "too_long"),
        ("text", "ب" * 2001, "too_long"),
    ],
)
def test_a_field_beyond_its_bounds_is_named(
    site: WebhookSite, field: str, value: str, code: str
) -> None:
    answer = site.client.get(RECEIVED, query_string=FIELDS | {field: value})
    assert answer.status_code == 400
    assert answer.json["errors"] == [{"field": field, "code": code}]  # type: ignore[index]


@pytest.mark.parametrize("broken", ["%FF%FE", "%ED%A0%80", "%D9"])
def test_bytes_that_are_not_utf8_are_refused(site: WebhookSite, broken: str) -> None:
    rest = urlencode({name: value for name, value in FIELDS.items() if name != "text"})
    answer = site.client.get(f"{RECEIVED}?{rest}&text={broken}")
    assert answer.json["errors"] == [{"field": "text", "code": "undecodable"}]  # type: ignore[index]


@pytest.mark.parametrize(
    ("sender", "reason"),
    [("IRANCELL", "no_mobile"), ("1000", "no_mobile"), ("30001521", "own_line")],
)
def test_a_sender_that_cannot_be_answered_is_stored_and_left_alone(
    site: WebhookSite, sender: str, reason: str
) -> None:
    site.client.get(RECEIVED, query_string=FIELDS | {"from": sender})
    assert site.texts[0].ignored == reason
    assert not site.doorbell.rung


@pytest.mark.parametrize("page", [RECEIVED, STATUS])
def test_a_wrong_secret_finds_nothing(site: WebhookSite, page: str) -> None:
    fields = FIELDS | {"type": "1"}
    answer = site.client.get(page.replace("old-secret", "wrong"), query_string=fields)
    assert answer.status_code == 404
    assert not site.arrivals.items
    assert not site.receipts.items


def test_what_cannot_be_stored_in_time_is_left_with_kannel(site: WebhookSite) -> None:
    site.arrivals.busy = site.receipts.busy = True
    assert site.client.get(RECEIVED, query_string=FIELDS).status_code == 503
    assert site.client.get(STATUS, query_string={"id": "5", "type": "1"}).status_code == 503
    assert not site.doorbell.rung


def test_a_receipt_is_taken_under_our_own_id(site: WebhookSite) -> None:
    answer = site.client.get(STATUS, query_string={"id": str(2**62), "type": "16"})
    assert (answer.status_code, answer.data) == (200, b"")
    assert site.receipts.items == [[Receipt("kannel", str(2**62), 16)]]
    assert site.doorbell.rung == ["receipts"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"id": "x", "type": "1"}, "id"),
        ({"id": "۵", "type": "1"}, "id"),
        ({"id": "5,6", "type": "1"}, "id"),
        ({"id": "5", "type": "-1"}, "type"),
        ({"id": "5", "type": "%d"}, "type"),
    ],
)
def test_a_receipt_that_says_nothing_clear_is_refused(
    site: WebhookSite, given: dict[str, str], field: str
) -> None:
    answer = site.client.get(STATUS, query_string=given)
    assert answer.json["errors"] == [{"field": field, "code": "invalid"}]  # type: ignore[index]
    assert not site.receipts.items
