"""What the adapter says of one text, for everything that smsbox and the network can do to it."""

import pytest

from sms_service.gateways.kannel_codes import REFUSALS
from sms_service.service.ports import Accepted, Blame, NotSent, OutgoingText, Unknown
from tests.support.kannel import kannel_gateway
from tests.support.kavenegar import closed_port, one_text, server_saying, some_texts


def smsbox_saying(status: int, said: str) -> bytes:
    return (
        f"HTTP/1.1 {status} x\r\nServer: Kannel/1.4.5\r\nContent-Length: {len(said)}\r\n"
        f"Content-type: text/html\r\nConnection: close\r\n\r\n{said}"
    ).encode()


SAID = {
    "Authorization failed for sendsms": (403, Blame.STOP, "unauthorized"),
    "Not routable. Do not try again.": (403, Blame.STOP, "not_routable"),
    "Sender missing and no global set, rejected": (400, Blame.STOP, "no_sender"),
    "Missing receiver(s) number(s), rejected": (400, Blame.ROW, "bad_receptor"),
    "Empty receiver number not allowed, rejected": (400, Blame.ROW, "bad_receptor"),
    "Number(s) has/have been denied by white- and/or black-lists.": (400, Blame.ROW, "denied"),
    "Charset or body misformed, rejected": (400, Blame.ROW, "bad_text"),
    "Temporal failure, try again later.": (503, Blame.PAUSE, "busy"),
    "DLR-URL field misformed, rejected": (400, Blame.STOP, "http_400"),
    "Invalid content-type": (400, Blame.STOP, "http_400"),
    "Unknown request.": (404, Blame.STOP, "http_404"),
    "<html>Forbidden</html>": (403, Blame.STOP, "http_403"),
    "<html>Too Many Requests</html>": (429, Blame.PAUSE, "http_429"),
}


@pytest.mark.parametrize("said", ["0: Accepted for delivery", "3: Queued for later delivery"])
def test_what_kannel_has_stored_is_accepted_under_our_own_id(said: str) -> None:
    text = one_text()
    with server_saying(smsbox_saying(202, said)) as address, kannel_gateway(address) as gateway:
        assert gateway.send(text) == Accepted(str(text.local_id), 0)


def test_the_whole_table_of_refusals_is_tried_below() -> None:
    beginnings = [said for _, said in REFUSALS]
    assert all(any(said.startswith(one) for said in SAID) for one in beginnings)


@pytest.mark.parametrize(("said", "meant"), SAID.items(), ids=list(SAID))
def test_a_refusal_is_surely_not_sent_and_blames_the_right_one(
    said: str, meant: tuple[int, Blame, str]
) -> None:
    status, blame, word = meant
    with server_saying(smsbox_saying(status, said)) as address, kannel_gateway(address) as gateway:
        assert gateway.send(one_text()) == NotSent(blame, f"kannel_{word}")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "kannel_connection_lost"),
        (b"HTTP/1.1 202 x\r\n", "kannel_http_202"),
        (b"nonsense\r\n\r\n", "kannel_connection_lost"),
        (b"HTTP/1.1 202 x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx", "kannel_connection_lost"),
        (smsbox_saying(202, "Sent."), "kannel_unconfirmed"),
        (smsbox_saying(202, "Sent. Message splits: 3"), "kannel_unconfirmed"),
        (smsbox_saying(202, ""), "kannel_http_202"),
        (smsbox_saying(202, "0"), "kannel_http_202"),
        (smsbox_saying(200, "0: Accepted for delivery"), "kannel_http_200"),
        (smsbox_saying(500, "Sending failed."), "kannel_http_500"),
        (smsbox_saying(502, "<html>Bad Gateway</html>"), "kannel_http_502"),
        (smsbox_saying(503, "<html>Service Unavailable</html>"), "kannel_http_503"),
        (smsbox_saying(504, "Temporal failure, try again later."), "kannel_http_504"),
        (
            b"HTTP/1.1 301 x\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
            "kannel_http_301",
        ),
        (b"HTTP/1.1 202 x\r\nContent-Length: 9\r\n\r\n\xff\xfe0: Accep", "kannel_http_202"),
        (b"HTTP/1.1 202 x\r\nContent-Length: 900000\r\n\r\n" + b"[" * 900_000, "kannel_http_202"),
    ],
)
def test_anything_else_is_unknown_since_it_may_have_been_sent(answer: bytes, reason: str) -> None:
    with server_saying(answer) as address, kannel_gateway(address) as gateway:
        assert gateway.send(one_text()) == Unknown(reason)


def test_a_silent_smsbox_is_unknown() -> None:
    with server_saying(b"", then_silent=True) as address, kannel_gateway(address) as gateway:
        assert gateway.send(one_text()) == Unknown("kannel_read_timeout")


def test_a_refused_connection_is_surely_not_sent() -> None:
    with kannel_gateway(f"http://127.0.0.1:{closed_port()}") as gateway:
        assert gateway.send(one_text()) == NotSent(Blame.LATER, "kannel_unreachable")


@pytest.mark.parametrize(
    ("receptor", "text", "reason"),
    [
        ("1000", "بدهی ندارد", "kannel_bad_receptor"),
        ("+989121234567 +989121234568", "بدهی ندارد", "kannel_bad_receptor"),
        ("+442071234567", "بدهی ندارد", "kannel_bad_receptor"),
        ("+989121234567", "", "kannel_empty_text"),
        ("+989121234567", "ب" * (20 * 67 + 1), "kannel_too_long"),
    ],
)
def test_what_kannel_would_send_wrongly_is_refused_without_asking_it(
    receptor: str, text: str, reason: str
) -> None:
    with kannel_gateway("http://127.0.0.1:9") as gateway:
        outcome = gateway.send(OutgoingText(2**62, receptor, text))
    assert outcome == NotSent(Blame.ROW, reason)


@pytest.mark.parametrize(
    ("said", "blame", "word"),
    [
        ("Authorization failed for sendsms", Blame.STOP, "unauthorized"),
        ("Not routable. Do not try again.", Blame.STOP, "not_routable"),
    ],
)
def test_after_a_verdict_on_the_lane_no_further_call_begins(
    said: str, blame: Blame, word: str
) -> None:
    with server_saying(smsbox_saying(403, said)) as address, kannel_gateway(address) as gateway:
        outcomes = gateway.send_many(some_texts(40))
    assert set(outcomes) == {NotSent(blame, f"kannel_{word}")}


def test_a_silent_smsbox_is_waited_for_once_a_thread_not_once_a_text() -> None:
    with server_saying(b"", then_silent=True) as address, kannel_gateway(address) as gateway:
        outcomes = gateway.send_many(some_texts(40))
    assert outcomes.count(Unknown("kannel_read_timeout")) == 4
    assert outcomes.count(NotSent(Blame.LATER, "kannel_held_back")) == 36


def test_a_refusal_of_one_row_leaves_the_others_alone() -> None:
    texts = some_texts(3)
    texts[1] = OutgoingText(texts[1].local_id, "1000", texts[1].text)
    answer = smsbox_saying(202, "0: Accepted for delivery")
    with server_saying(answer) as address, kannel_gateway(address) as gateway:
        outcomes = gateway.send_many(texts)
    assert [type(one) for one in outcomes] == [Accepted, NotSent, Accepted]


def test_kannel_has_no_record_that_could_be_asked() -> None:
    with kannel_gateway("http://127.0.0.1:9") as gateway:
        assert gateway.look_up([1, 2]) is None
        assert gateway.statuses(["1"]) == {}
        assert list(gateway.send_many([])) == []
