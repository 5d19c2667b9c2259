"""The desk with somebody sitting at it: pages as a browser gets them, forms as it posts them."""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from typing import Any, ClassVar

from apiflask import APIFlask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import TestResponse

from sms_service.channels.problems import answer_faults_as_problems
from sms_service.console.pages import add_console
from sms_service.console.people.security import add_security
from sms_service.domain.roles import Role
from sms_service.service.auditing import Actor
from sms_service.settings import Settings
from sms_service.vendored import vendored_files
from sms_service.wiring import Parts
from sms_service.wiring.console import ConsoleParts

_SECRET = "a secret of these tests, of 32 bytes"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_TAG = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>", re.DOTALL)


class _Compiled(BytecodeCache):
    """Templates as compiled for the first of many: that takes longer than to fill them in."""

    _code: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


def compile_templates_once(app: APIFlask) -> None:
    """Let this application use what others of this run compiled."""
    app.jinja_env.bytecode_cache = _Compiled()


class Desk:
    """The console on these parts. Whoever ``sits`` needs no password; forms need their token."""

    def __init__(self, parts: Parts) -> None:
        self.parts = ConsoleParts(parts)
        self.sitting: Actor | None = None
        self.app = APIFlask("sms_service", docs_path=None)
        self.app.testing = True
        self.app.secret_key = _SECRET
        answer_faults_as_problems(self.app)
        self.app.register_blueprint(vendored_files())
        add_security(self.app, self.parts)
        self.site = add_console(self.app, self.parts, lambda: self.sitting)
        compile_templates_once(self.app)
        self.client: FlaskClient = self.app.test_client()

    @contextmanager
    def seat(self, *roles: Role, name: str = "") -> Iterator["Desk"]:
        """Somebody with these roles, by default named by them, sits at the desk meanwhile."""
        before = self.sitting
        self.sitting = Actor(name or "-".join(roles), frozenset(roles), address="127.0.0.1")
        try:
            yield self
        finally:
            self.sitting = before

    def get(self, path: str, **query: Any) -> TestResponse:
        """A page; no redirect is followed."""
        return self.client.get(path, query_string=query or None)

    def piece(self, path: str, **query: Any) -> TestResponse:
        """A piece of a page, as htmx asks for it."""
        return self.client.get(path, query_string=query or None, headers={"HX-Request": "true"})

    def post(self, path: str, form: Mapping[str, Any] | None = None) -> TestResponse:
        """A form of our own, with its token; no redirect is followed."""
        return self.client.post(path, data={**(form or {}), "csrf_token": self.token()})

    def token(self) -> str:
        """A token of this browser's session, as the forms of its pages hold it."""
        with self.client.session_transaction() as session:
            own = session.setdefault("csrf_token", secrets.token_hex(20))
        return str(URLSafeTimedSerializer(_SECRET, "wtf-csrf-token").dumps(own))


@contextmanager
def opened(settings: Settings, *roles: Role) -> Iterator[Desk]:
    """A desk on these settings' database, with somebody of these roles at it."""
    parts = Parts(settings)
    desk = Desk(parts)
    with desk.seat(*roles):
        yield desk
    parts.close()


def token_in(page: TestResponse) -> str:
    """The CSRF token of the first form of a page."""
    found = _TOKEN.search(page.get_data(as_text=True))
    assert found, "the page has no form"
    return unescape(found[1])


def words_of(page: TestResponse) -> str:
    """What a reader sees of a page, white space drawn together."""
    return words_of_html(page.get_data(as_text=True))


def words_of_html(page: str) -> str:
    """The same of a page's text."""
    return " ".join(unescape(_TAG.sub(" ", page)).split())
