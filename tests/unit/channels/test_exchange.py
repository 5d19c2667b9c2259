"""Each web request has an id, on its answer and on its lines, and one line at its end."""

import logging
from typing import Any

import pytest
from flask import Flask, Response, abort
from structlog.contextvars import get_contextvars

from sms_service.channels.exchange import HEADER, log_exchanges, request_id

PHONE = "09121234567"


@pytest.fixture
def app() -> Flask:
    app = Flask("exchange")
    log_exchanges(app)

    @app.get("/console/requests/<code>")
    def page(code: str) -> str:
        logging.getLogger("page").warning("looked at")
        return str(get_contextvars()["web_request"])

    @app.get("/webhooks/kavenegar/<secret>/received")
    def hook(secret: str) -> Response:
        return abort(403) if secret == "wrong" else Response("ok")

    @app.get("/broken/<text>")
    def broken(text: str) -> str:
        raise ValueError(text)

    return app


def told(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The lines of exchanges, by their fields, with the level."""
    names = ("method", "route", "status", "bytes")
    return [
        {name: vars(one)[name] for name in names} | {"level": one.levelname}
        for one in caplog.records
        if one.getMessage() == "web_request"
    ]


def test_an_answer_names_the_request_and_so_does_every_line_meanwhile(app: Flask) -> None:
    answer = app.test_client().get("/console/requests/12345678")
    assert answer.headers[HEADER] == answer.text
    assert len(answer.headers.getlist(HEADER)) == 1
    assert "web_request" not in get_contextvars()


@pytest.mark.parametrize(
    "given", ["abcd", "0f3c-77aa-nginx", "A" * 64, "f09121234567e8a0c0d1b2a3f4e5d6c7"]
)
def test_a_caller_s_own_id_is_kept(app: Flask, given: str) -> None:
    answer = app.test_client().get("/console/requests/1", headers={HEADER: given})
    assert answer.headers[HEADER] == given


@pytest.mark.parametrize(
    "given",
    [
        "",
        "abc",
        "a" * 65,
        "a b",
        "a\u200cbcd",
        "<script>",
        PHONE,
        "6249849504428",
        "a.b/c",
        f"{PHONE}{PHONE}0000000abc",
    ],
)
def test_an_id_that_is_ill_formed_or_somebody_s_number_is_replaced(given: str) -> None:
    made = request_id(given)
    assert made != given
    assert made.isalpha()
    assert made != request_id(given)


def test_the_line_tells_the_route_and_never_the_path(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = app.test_client()
    client.get(f"/console/requests/{PHONE}")
    client.get("/webhooks/kavenegar/s3cr3t/received")
    client.get("/webhooks/kavenegar/wrong/received")
    client.get(f"/{PHONE}")
    page, hook, refused, nowhere = told(caplog)
    assert page["route"] == "/console/requests/<code>"
    assert (page["status"], page["bytes"], page["level"]) == (200, 16, "INFO")
    assert hook["level"] == "DEBUG"
    assert (refused["status"], refused["level"]) == (403, "INFO")
    assert (nowhere["route"], nowhere["status"]) == ("(none)", 404)
    assert PHONE not in caplog.text
    assert "s3cr3t" not in caplog.text


def test_a_page_that_fails_is_told_without_its_path(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    assert app.test_client().get("/broken/x").status_code == 500
    failed = next(one for one in caplog.records if one.exc_info)
    assert failed.getMessage() == "a web request failed"
    assert told(caplog)[-1]["status"] == 500
