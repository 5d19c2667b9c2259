"""What the adapter says of one text, for everything that a network can do to it."""

import pytest

from sms_service import transport
from sms_service.gateways.kavenegar import KavenegarGateway
from sms_service.gateways.kavenegar_codes import REFUSALS
from sms_service.service.ports import Accepted, Blame, NotSent, OutgoingText, Unknown
from sms_service.simulator.kavenegar.harness import SimulatedKavenegar
from tests.support.canary import CANARY_API_KEY
from tests.support.kavenegar import closed_port, gateway_at, one_text, server_saying

pytestmark = pytest.mark.fault("F19")

BLAMES = {
    Blame.ROW: {400, 406, 411, 413, 414, 415, 417, 419, 420, 422, 428, 431, 604, 607},
    Blame.PAUSE: {409, 429, 451},
    Blame.STOP: {401, 403, 404, 405, 407, 412, 416, 418, 424, 426, 427, 430, 432, 501},
}
CASES = [(code, blame) for blame, codes in BLAMES.items() for code in sorted(codes)]


def test_an_accepted_text_is_handed_over_once_with_its_id_and_cost(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    text = one_text()
    outcome = gateway.send(text)
    (sent,) = simulator.outbox()
    assert outcome == Accepted(str(sent.messageid), 1, sent.cost)
    assert (sent.localid, sent.message, sent.sender) == (text.local_id, text.text, "30001521")
    assert sent.receptor == "0" + text.receptor.removeprefix("+98")


def test_the_whole_code_table_is_tried_below() -> None:
    assert {code for code, _ in CASES} == set(REFUSALS)


@pytest.mark.parametrize(("code", "blame"), CASES)
def test_a_coded_refusal_is_surely_not_sent_and_blames_the_right_one(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar, code: int, blame: Blame
) -> None:
    simulator.fault("refuse", code=code)
    assert gateway.send(one_text()) == NotSent(blame, f"kavenegar_{code}")
    assert simulator.outbox() == []


@pytest.mark.parametrize("code", [418, 429, 451, 409, 413, 607])
def test_the_code_in_the_body_counts_even_under_http_200(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar, code: int
) -> None:
    simulator.fault("refuse", code=code, http=200)
    assert gateway.send(one_text()) == NotSent(REFUSALS[code].blame, f"kavenegar_{code}")


@pytest.mark.parametrize("code", [402, 500, 999])
def test_a_code_that_doesnt_say_whether_it_was_sent_is_unknown(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar, code: int
) -> None:
    simulator.fault("refuse", code=code)
    assert gateway.send(one_text()) == Unknown(f"kavenegar_{code}")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("hang", "kavenegar_read_timeout"),
        ("reset", "kavenegar_connection_lost"),
        ("error", "kavenegar_http_500"),
        ("html", "kavenegar_http_502"),
    ],
)
@pytest.mark.parametrize("after", [False, True])
def test_an_answer_that_is_missing_or_no_answer_is_unknown(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar, kind: str, reason: str, after: bool
) -> None:
    simulator.fault(kind, after=after)
    assert gateway.send(one_text()) == Unknown(reason)
    assert len(simulator.outbox()) == (1 if after else 0)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("half_json", "kavenegar_http_200"),
        ("wrong_count", "kavenegar_wrong_count"),
        ("wrong_receptor", "kavenegar_mismatch"),
        ("wrong_message", "kavenegar_mismatch"),
    ],
)
def test_an_answer_that_doesnt_fit_the_question_is_unknown(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar, kind: str, reason: str
) -> None:
    simulator.fault(kind)
    askable = reason != "kavenegar_mismatch"
    assert gateway.send(one_text()) == Unknown(reason, askable=askable)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b'{"return":{"status":200',
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\xff\xfe\xfd",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        b'HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n{"return":{"status":200},"entries":[null]}',
        b'HTTP/1.1 200 OK\r\nContent-Length: 38\r\n\r\n{"return":{"status":200},"entries":{}} ',
        b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + b"[" * 200_000,
    ],
)
def test_no_bytes_that_a_server_can_say_raise_or_pass_for_sent(answer: bytes) -> None:
    with server_saying(answer) as address, gateway_at(address) as gateway:
        assert isinstance(gateway.send(one_text()), Unknown)


def test_a_refused_connection_is_surely_not_sent() -> None:
    with gateway_at(f"http://127.0.0.1:{closed_port()}") as gateway:
        assert gateway.send(one_text()) == NotSent(Blame.LATER, "kavenegar_unreachable")


def test_a_text_said_again_under_its_id_is_sent_once_and_gives_the_same_record(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    simulator.fault("hang", after=True, count=1)
    text = one_text()
    assert isinstance(gateway.send(text), Unknown)
    again = gateway.send(text)
    (sent,) = simulator.outbox()
    assert isinstance(again, Accepted)
    assert again.remote_id == str(sent.messageid)


def test_an_id_that_was_used_for_another_text_is_unknown_not_accepted(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    first, second = one_text(), one_text()
    gateway.send(first)
    reused = OutgoingText(first.local_id, second.receptor, second.text)
    assert gateway.send(reused) == Unknown("kavenegar_mismatch", askable=False)
    assert len(simulator.outbox()) == 1


def test_empty_credit_stops_the_lane(
    gateway: KavenegarGateway, simulator: SimulatedKavenegar
) -> None:
    simulator.set_credit(0)
    assert gateway.send(one_text()) == NotSent(Blame.STOP, "kavenegar_418")


def test_a_connection_that_the_gateway_closed_meanwhile_costs_no_unknown() -> None:
    with SimulatedKavenegar(CANARY_API_KEY) as first, gateway_at(first.base_url) as gateway:
        assert isinstance(gateway.send(one_text()), Accepted)
        first.stop()
        with SimulatedKavenegar(CANARY_API_KEY, port=first.port):
            assert isinstance(gateway.send(one_text()), Accepted)


def test_a_connection_that_a_nat_may_have_forgotten_is_not_used_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = b'HTTP/1.1 200 x\r\nContent-Length: 38\r\n\r\n{"return":{"status":200},"entries":[]} '
    with server_saying(answer, then_silent=True) as address, gateway_at(address) as gateway:
        assert gateway.statuses(["1"]) == {}
        assert gateway.statuses(["1"]) is None
        monkeypatch.setattr(transport, "IDLE_SECONDS", 0.0)
        assert gateway.statuses(["1"]) == {}
        assert gateway.statuses(["1"]) == {}
