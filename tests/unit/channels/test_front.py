"""The front: what it answers on the event loop, and what it leaves to Flask."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from sms_service.channels import front as front_module
from sms_service.channels.door import Door
from sms_service.channels.fields import MAX_BODY_BYTES
from sms_service.channels.front import Front
from sms_service.channels.hooks import kavenegar_hooks
from sms_service.channels.secrets import Secrets
from sms_service.service.messages import Receipt, Recorded
from sms_service.service.ports import Busy
from tests.support.fakes import FakeDoorbell, FakePost

RECEIVED = "/webhooks/kavenegar/a-secret/received"
STATUS = "/webhooks/kavenegar/a-secret/status"
FORM = "application/x-www-form-urlencoded"
FIELDS = {"messageid": "1", "from": "09121234567", "to": "30001521", "message": "سلام"}
TEAPOT = 418
"""What the stand-in for Flask answers, and nobody else."""


class Site:
    """The front with fakes behind, and a Flask that only says it was asked."""

    def __init__(self, recorded: object = None) -> None:
        self.arrivals = FakePost(recorded or Recorded("12345678", repeated=False))
        self.receipts = FakePost()
        self.doorbell = FakeDoorbell()
        self.asked: list[dict[str, Any]] = []
        door = Door(
            secrets=Secrets(["a-secret"]),
            arrivals=self.arrivals,  # type: ignore[arg-type]  # a fake keeps objects of any kind
            receipts=self.receipts,  # type: ignore[arg-type]
            doorbell=self.doorbell,
            own_lines=frozenset({"30001521"}),
        )
        self.front = Front(kavenegar_hooks(door), self._flask, threads=1)

    def ask(
        self,
        path: str,
        body: bytes | None = None,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """The status and body of one request's answer."""
        length = {} if body is None else {"Content-Length": str(len(body))}
        given = {"Content-Type": FORM} | length | dict(headers or {})
        scope = _scope("GET" if body is None else "POST", path, query, given)
        return asyncio.run(self._answer(scope, [body or b""]))

    async def _answer(self, scope: dict[str, Any], pieces: list[bytes]) -> tuple[int, bytes]:
        said: list[Mapping[str, Any]] = []

        async def receive() -> Mapping[str, Any]:
            if not pieces:
                await asyncio.sleep(60)
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": piece == b"half"}

        async def send(message: Any) -> None:
            said.append(message)

        await self.front(scope, receive, send)
        return said[0]["status"], said[1]["body"]

    def _flask(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.asked.append(environ)
        start_response(f"{TEAPOT} -", [("Content-Type", "text/plain")])
        return [b"flask"]


def _scope(method: str, path: str, query: str, headers: Mapping[str, str]) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
    }


def _form(**fields: str) -> bytes:
    return urlencode(FIELDS | fields).encode()


@pytest.fixture
def site() -> Site:
    return Site()


def test_a_plain_text_is_durable_and_rung_for_without_flask(site: Site) -> None:
    assert site.ask(RECEIVED, _form()) == (200, b"ok")
    assert [text.text for text in site.arrivals.items] == ["سلام"]  # type: ignore[attr-defined]
    assert site.doorbell.rung == ["lookup"]
    assert not site.asked


def test_a_text_in_the_query_string_is_taken_too(site: Site) -> None:
    assert site.ask(RECEIVED, query=urlencode(FIELDS)) == (200, b"ok")
    assert len(site.arrivals.items) == 1


def test_receipts_are_taken_without_flask(site: Site) -> None:
    assert site.ask(STATUS, b"messageid=7,8&status=10") == (200, b"ok")
    assert site.receipts.items == [[Receipt("kavenegar", "7", 10), Receipt("kavenegar", "8", 10)]]
    assert site.doorbell.rung == ["receipts"]


def test_a_repeat_and_a_text_nobody_can_answer_wake_nobody() -> None:
    repeated = Site(Recorded("12345678", repeated=True))
    assert repeated.ask(RECEIVED, _form()) == (200, b"ok")
    ignored = Site()
    assert ignored.ask(RECEIVED, _form(**{"from": "1521"})) == (200, b"ok")
    assert not repeated.doorbell.rung
    assert not ignored.doorbell.rung


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/livez", b"", {}),
        ("/webhooks/kavenegar/other/received", _form(), {}),
        (RECEIVED, b"messageid=1", {}),
        (RECEIVED, _form() + b"&messageid=2", {}),
        (RECEIVED, _form(), {"Content-Type": "multipart/form-data; boundary=x"}),
        (STATUS, b"messageid=x&status=10", {}),
    ],
)
def test_what_is_not_plain_and_right_is_left_to_flask(
    site: Site, path: str, body: bytes, headers: Mapping[str, str]
) -> None:
    assert site.ask(path, body, headers=headers) == (TEAPOT, b"flask")
    assert site.asked[0]["wsgi.input"].read() == body
    assert not site.arrivals.items
    assert not site.receipts.items


def test_a_chunked_body_reaches_flask_without_a_length(site: Site) -> None:
    headers = {"Transfer-Encoding": "chunked"}
    assert site.ask(RECEIVED, _form(), headers=headers)[0] == TEAPOT
    assert "CONTENT_LENGTH" not in site.asked[0]


def test_a_body_that_is_too_long_is_not_kept(site: Site) -> None:
    body = b"x" * (MAX_BODY_BYTES + 1)
    assert site.ask(RECEIVED, body)[0] == TEAPOT
    assert site.asked[0]["CONTENT_LENGTH"] == str(len(body))
    assert site.asked[0]["wsgi.input"].read() == b""


def test_a_length_of_thousands_of_digits_is_no_length_rather_than_a_failure(site: Site) -> None:
    assert site.ask(RECEIVED, b"x", headers={"Content-Length": "9" * 5000})[0] == TEAPOT
    assert site.asked[0]["wsgi.input"].read() == b""


def test_a_header_with_an_underscore_is_not_taken_for_its_twin(site: Site) -> None:
    headers = {"X_Forwarded_For": "9.9.9.9", "X-Forwarded-For": "1.2.3.4"}
    site.ask("/livez", headers=headers)
    assert site.asked[0]["HTTP_X_FORWARDED_FOR"] == "1.2.3.4"


def test_a_text_that_cannot_be_stored_in_time_is_a_503() -> None:
    site = Site(Busy("not stored in time"))
    status, body = site.ask(RECEIVED, _form())
    assert status == 503
    assert b'"status": 503' in body
    assert not site.doorbell.rung


def test_an_unforeseen_failure_is_a_500_and_its_words_reach_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert Site(ValueError("09121234567")).ask(RECEIVED, _form())[0] == 500
    assert "ValueError" in caplog.text
    assert "0912" not in caplog.text


def test_a_half_sent_body_ends_in_a_408(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_module, "_BODY_SECONDS", 0.05)
    scope = _scope("POST", RECEIVED, "", {"Content-Type": FORM, "Content-Length": "100"})
    assert asyncio.run(site._answer(scope, [b"half"]))[0] == 408
    assert not site.asked
