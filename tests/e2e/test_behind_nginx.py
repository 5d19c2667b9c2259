"""The running service behind a real nginx with deploy/nginx.conf."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.support.nginx import Nginx, needs_nginx
from tests.support.service import Service
from tests.support.texting import Taken, Text

pytestmark = needs_nginx

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LARGE = 1_000_000


@pytest.fixture
def nginx(on_sqlite: Service, process_logs: Path, tmp_path: Path) -> Iterator[Nginx]:
    with Nginx(process_logs / f"nginx-{tmp_path.name}", on_sqlite.port) as running:
        yield running


def hand_over(service: Service, nginx: Nginx, text: Text) -> int:
    """Post a text as the gateway would; the HTTP status."""
    return nginx.ask("POST", service.received_path, urlencode(text.fields).encode(), FORM).status


def test_a_text_that_came_through_nginx_is_answered(on_sqlite: Service, nginx: Nginx) -> None:
    since = on_sqlite.last_sms()
    text = on_sqlite.new_texts(1)[0]
    assert hand_over(on_sqlite, nginx, text) == 200
    assert on_sqlite.audit([Taken(text, 200, 0)], since) == {}
    assert [sms.message for sms in on_sqlite.sms_since(since)] == [text.answer]


def test_a_stranger_may_send_nothing_large_even_where_exports_go_through(
    on_sqlite: Service, nginx: Nginx
) -> None:
    answer = nginx.ask("POST", "/console/imports", b"x" * LARGE, FORM)
    assert (answer.status, answer.values("Location")) == (303, ["/console/sign-in?next=/console/"])


def test_a_page_carries_each_header_of_defence_once(on_sqlite: Service, nginx: Nginx) -> None:
    page = nginx.ask("GET", "/console/sign-in")
    assert page.status == 200
    for name in (
        "Content-Security-Policy",
        "Referrer-Policy",
        "Strict-Transport-Security",
        "X-Content-Type-Options",
        "X-Frame-Options",
    ):
        assert len(page.values(name)) == 1, name
    assert "script-src 'self'" in page.values("Content-Security-Policy")[0]
