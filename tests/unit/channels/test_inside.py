"""Who may look inside: by token, or from this very host when there is none."""

from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr
from werkzeug.middleware.proxy_fix import ProxyFix

from sms_service.channels.inside import Inside
from sms_service.channels.problems import answer_faults_as_problems

TOKEN = "m" * 32


def app(token: str | None = None, proxies: int = 0) -> Flask:
    flask = Flask(__name__)
    answer_faults_as_problems(flask)
    inside = Inside(SecretStr(token) if token is not None else None)

    @flask.get("/inside")
    def view() -> str:
        inside.check()
        return "seen"

    if proxies:
        flask.wsgi_app = ProxyFix(flask.wsgi_app, x_for=proxies)  # type: ignore[method-assign]
    return flask


def ask(flask: Flask, *, peer: str = "127.0.0.1", host: str = "127.0.0.1:8000", **more: str) -> int:
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    answer = flask.test_client().get(
        "/inside", headers={"Host": host, **headers}, environ_base={"REMOTE_ADDR": peer}
    )
    return answer.status_code


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer  {TOKEN} ", 200),
        (f"Bearer {TOKEN[:-1]}", 401),
        (f"Bearer {TOKEN}x", 401),
        (f"Basic {TOKEN}", 401),
        (TOKEN, 401),
        ("Bearer", 401),
        ("Bearer \xff", 401),
    ],
)
def test_the_token_alone_opens_and_only_whole(given: str, status: int) -> None:
    assert ask(app(TOKEN), peer="10.0.0.7", Authorization=given) == status


def test_with_a_token_set_this_host_needs_it_too() -> None:
    assert ask(app(TOKEN)) == 401


@pytest.mark.parametrize("token", [None, ""])
@pytest.mark.parametrize(
    ("peer", "host"),
    [
        ("127.0.0.1", "127.0.0.1:8000"),
        ("127.0.0.9", "localhost"),
        ("::1", "[::1]:8000"),
        ("::ffff:127.0.0.1", "localhost:8000"),
    ],
)
def test_without_a_token_this_host_may_look(token: str | None, peer: str, host: str) -> None:
    assert ask(app(token), peer=peer, host=host) == 200


@pytest.mark.parametrize("peer", ["10.0.0.7", "192.168.1.2", "::2", "", "localhost"])
def test_without_a_token_no_other_host_may(peer: str) -> None:
    assert ask(app(), peer=peer) == 401


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Proto"]
)
def test_what_a_proxy_on_this_host_forwards_comes_from_elsewhere(header: str) -> None:
    assert ask(app(), **{header: "for=127.0.0.1"}) == 401


def test_a_proxy_that_hides_is_known_by_the_public_name_it_passes_on() -> None:
    assert ask(app(), host="sms.example.ir") == 401
    assert ask(app(), host="[") == 401


def test_a_forged_address_behind_a_trusted_proxy_opens_nothing() -> None:
    assert ask(app(proxies=1), peer="10.0.0.7", X_Forwarded_For="127.0.0.1") == 401
    assert ask(app(proxies=1)) == 200


def test_the_refusal_is_a_problem_that_names_the_scheme() -> None:
    answer = app(TOKEN).test_client().get("/inside")
    body: Any = answer.get_json(force=True)
    assert (answer.mimetype, body["status"]) == ("application/problem+json", 401)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="sms-service"'
    assert TOKEN not in answer.text
