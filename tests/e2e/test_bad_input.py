"""What nobody should send, sent to the real web process: each has its clear end."""

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from urllib.parse import quote, urlencode, urlsplit

import pytest

from sms_service.domain.states import InboundState
from tests.support.four_ledgers import books
from tests.support.service import Service
from tests.support.texting import Text

pytestmark = pytest.mark.fault("F26")

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_GOOD = {"messageid": "1", "from": "09901234567", "to": "30001521", "message": "6249849504428"}
_HALF_SENT = 600
_PROMPT_SECONDS = 2.0


def _without(name: str) -> str:
    return urlencode({field: value for field, value in _GOOD.items() if field != name})


def _with(**fields: str) -> str:
    return urlencode(_GOOD | fields)


def _raw(name: str, escaped: str) -> str:
    return f"{_without(name)}&{name}={escaped}"


_FAULTS = {
    "no messageid": (_without("messageid"), "messageid", "missing"),
    "no sender": (_without("from"), "from", "missing"),
    "no line": (_without("to"), "to", "missing"),
    "no message": (_without("message"), "message", "missing"),
    "nothing at all": ("", "messageid", "missing"),
    "an empty messageid": (_with(messageid=" "), "messageid", "missing"),
    "a messageid twice": (_with() + "&messageid=2", "messageid", "repeated"),
    "two equal messages": (_with() + "&message=6249849504428", "message", "repeated"),
    "2001 letters": (_with(message="ب" * 2001), "message", "too_long"),
    "a messageid of 65 digits": (_with(messageid="9" * 65), "messageid", "too_long"),
    "a message that isn't UTF-8": (_raw("message", "%D9%FF"), "message", "undecodable"),
    "a lone surrogate": (_raw("message", "%ED%A0%80"), "message", "undecodable"),
    "an overlong slash": (_raw("message", "%C0%AF"), "message", "undecodable"),
    "a sender that isn't UTF-8": (_raw("from", "%FF"), "from", "undecodable"),
    "51 fields": ("&".join(f"field{n}=x" for n in range(51)), "", "too_many_fields"),
}


class Answer:
    """What came back, read whole."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.type = response.headers.get_content_type()
        self.text = response.read().decode()


@pytest.fixture
def line(on_sqlite: Service) -> Iterator[http.client.HTTPConnection]:
    """A connection to the web process."""
    address = urlsplit(on_sqlite.url).netloc
    with closing(http.client.HTTPConnection(address, timeout=20)) as connection:
        yield connection


def _post(
    line: http.client.HTTPConnection, path: str, body: str, headers: Mapping[str, str] = _FORM
) -> Answer:
    line.request("POST", path, body, dict(headers))
    return Answer(line.getresponse())


def _is_problem(answer: Answer) -> bool:
    """Whether an answer has the form of RFC 9457 and shows nothing of the inside."""
    told = json.loads(answer.text)
    inside = "Traceback" in answer.text or "sms_service" in answer.text
    return (
        answer.type == "application/problem+json" and not inside and told["status"] == answer.status
    )


@pytest.mark.parametrize(("body", "field", "code"), _FAULTS.values(), ids=_FAULTS)
def test_a_fault_of_the_caller_is_400_and_names_field_and_fault(
    on_sqlite: Service, line: http.client.HTTPConnection, body: str, field: str, code: str
) -> None:
    answer = _post(line, on_sqlite.received_path, body)

    assert answer.status == 400
    assert _is_problem(answer)
    assert {"field": field, "code": code} in json.loads(answer.text)["errors"]


def test_a_field_in_both_query_and_body_is_repeated(
    on_sqlite: Service, line: http.client.HTTPConnection
) -> None:
    answer = _post(line, f"{on_sqlite.received_path}?messageid=2", _with())

    assert answer.status == 400
    assert json.loads(answer.text)["errors"] == [{"field": "messageid", "code": "repeated"}]


@pytest.mark.parametrize("secret", ["wrong", "%00", "%ff", "..", "x" * 4000])
def test_a_wrong_secret_is_404(
    on_sqlite: Service, line: http.client.HTTPConnection, secret: str
) -> None:
    answer = _post(line, f"/webhooks/kavenegar/{secret}/received", _with())

    assert answer.status == 404
    assert _is_problem(answer)


def test_the_right_secret_with_a_letter_more_is_404(
    on_sqlite: Service, line: http.client.HTTPConnection
) -> None:
    longer = on_sqlite.received_path.replace("/received", "x/received")

    assert _post(line, longer, _with()).status == 404


def test_a_body_without_length_is_411(on_sqlite: Service, line: http.client.HTTPConnection) -> None:
    pieces = iter([_with().encode()])
    line.request("POST", on_sqlite.received_path, pieces, _FORM, encode_chunked=True)
    answer = Answer(line.getresponse())

    assert answer.status == 411
    assert _is_problem(answer)


def test_a_text_of_a_megabyte_is_413(on_sqlite: Service, line: http.client.HTTPConnection) -> None:
    answer = _post(line, on_sqlite.received_path, _with(message="a" * 2**20))

    assert answer.status == 413
    assert _is_problem(answer)


def test_another_method_is_405_and_says_which_would_do(
    on_sqlite: Service, line: http.client.HTTPConnection
) -> None:
    line.request("PUT", on_sqlite.received_path, _with(), _FORM)
    response = line.getresponse()

    assert set(response.headers["Allow"].split(", ")) >= {"GET", "POST"}
    assert Answer(response).status == 405


def test_a_body_of_another_type_has_no_fields(
    on_sqlite: Service, line: http.client.HTTPConnection
) -> None:
    json_body = {"Content-Type": "application/json"}
    answer = _post(line, on_sqlite.received_path, json.dumps(_GOOD), json_body)

    assert answer.status == 400
    assert len(json.loads(answer.text)["errors"]) == 4


@pytest.mark.parametrize(
    "sender", ["", "BARGH", "1000", "+442071838750", "02537700000", "0990", "30001521", "' OR 1=1"]
)
def test_a_sender_that_no_answer_can_go_to_is_kept_and_ignored(
    on_sqlite: Service, sender: str
) -> None:
    since = on_sqlite.last_sms()
    known = on_sqlite.new_text("راهنما")
    text = Text(known.messageid, sender, known.message, "")

    said = on_sqlite.webhook.hand_over([text])

    kept = books(on_sqlite.engine, [text])
    assert [one.status for one in said] == [200]
    assert kept.came[text.messageid] == [InboundState.IGNORED]
    assert text.messageid not in kept.went
    assert [sms.receptor for sms in on_sqlite.sms_since(since)] == []


@pytest.mark.fault("F27")
@pytest.mark.parametrize(
    "message",
    ["", " \n\t ", "\x00", "6249849504428\x00", "\u202e6249849504428", "\ufdfa" * 50, "{{7*7}}"],
    ids=ascii,
)
def test_a_strange_text_is_answered_like_its_clean_self(on_sqlite: Service, message: str) -> None:
    since = on_sqlite.last_sms()

    said = on_sqlite.webhook.hand_over([on_sqlite.new_text(message)])

    assert on_sqlite.audit(said, since) == {}


def test_64_half_sent_texts_hold_nobody_up(
    on_sqlite: Service, line: http.client.HTTPConnection
) -> None:
    host, port = urlsplit(on_sqlite.url).hostname, urlsplit(on_sqlite.url).port
    head = f"POST {on_sqlite.received_path} HTTP/1.1\r\nHost: x\r\n"
    form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n\r\n"
    half = (head + form + quote("messageid=1&mess")).encode()
    since = on_sqlite.last_sms()
    with ExitStack() as held:
        for _ in range(_HALF_SENT):
            connection = held.enter_context(socket.create_connection((host, port), timeout=10))
            connection.sendall(half)
        line.timeout = _PROMPT_SECONDS
        line.request("GET", "/livez")
        alive = Answer(line.getresponse())
        said = on_sqlite.webhook.hand_over(on_sqlite.new_texts(8))

    assert alive.status == 200
    assert [one.status for one in said] == [200] * 8
    assert max(one.ms for one in said) < _PROMPT_SECONDS * 1000
    assert on_sqlite.audit(said, since) == {}
