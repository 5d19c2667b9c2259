"""People who really sign in: the whole application, browsers with cookies, codes of a phone."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from html import unescape
from typing import Any

from apiflask import APIFlask
from flask.testing import FlaskClient
from passlib.totp import TOTP
from werkzeug.test import TestResponse

from sms_service.console.people.sessions import COOKIE, DOOR_COOKIE
from sms_service.domain.roles import Role
from sms_service.passwords import hashed
from sms_service.service.auditing import Actor
from sms_service.service.people import NewPerson, Person
from sms_service.settings import Settings
from sms_service.web import build_from
from sms_service.wiring import Parts
from sms_service.wiring.console import ConsoleParts
from tests.support.console import compile_templates_once, token_in

PASSWORD = "correct horse battery"
BY = Actor("cli:tests", frozenset({Role.ADMIN}))
KEY = re.compile(r'<bdi dir="ltr" class="key" lang="en">([^<]+)</bdi>')
_CODES = re.compile(r'<li><bdi dir="ltr" lang="en">([^<]+)</bdi></li>')


def make_user(parts: ConsoleParts, username: str, *roles: Role, password: str = PASSWORD) -> None:
    """A user who may come in with this password as it is."""
    new = NewPerson(username, frozenset(roles), _hashed(password), must_change_password=False)
    parts.people.create(new, BY)


# A hash takes long, as it must; whose it is makes no difference.
_hashed = cache(hashed)


class Browser:
    """One browser: it keeps its cookies and posts forms as its pages hold them."""

    def __init__(self, app: APIFlask) -> None:
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, **more: Any) -> TestResponse:
        """A page; no redirect is followed."""
        return self.client.get(path, **more)

    def post(
        self, page: str, form: Mapping[str, Any] | None = None, to: str | None = None
    ) -> TestResponse:
        """Open a page, and post a form that it holds."""
        token = token_in(self.get(page))
        return self.client.post(to or page, data={**(form or {}), "csrf_token": token})

    def sign_in(
        self, username: str, password: str = PASSWORD, wants: str | None = None
    ) -> TestResponse:
        """Give name and password at the door."""
        form = {"username": username, "password": password}
        return self.post("/console/sign-in", {**form, "next": wants} if wants else form)

    def sign_out(self) -> TestResponse:
        """By the menu."""
        return self.post("/console/account", to="/console/sign-out")

    def is_in(self) -> bool:
        """Whether pages are shown, and not the door."""
        answer = self.get("/console/account")
        return answer.status_code == 200

    def cookie(self, name: str = COOKIE) -> str | None:
        """What stands in the cookie."""
        found = self.client.get_cookie(name, path="/console")
        return found.value if found else None

    def put_cookie(self, value: str) -> None:
        """Have the cookie of somebody else."""
        self.client.set_cookie(COOKIE, value, path="/console")

    def door_cookie(self) -> str | None:
        """What a stranger is given for the form."""
        return self.cookie(DOOR_COOKIE)

    def set_up_second_factor(self) -> "Phone":
        """Set it up by its page, with an app that understands the key."""
        page = self.get("/console/account/second-factor")
        found = KEY.search(page.get_data(as_text=True))
        assert found, page.get_data(as_text=True)
        phone = Phone(unescape(found[1]))
        done = self.post("/console/account/second-factor", {"code": phone.code()})
        assert done.status_code == 200, done.get_data(as_text=True)
        phone.recovery_codes = _CODES.findall(done.get_data(as_text=True))
        return phone


class Phone:
    """The app that makes codes, and the codes in the drawer."""

    def __init__(self, key: str) -> None:
        self._totp = TOTP(key=key, format="base32")
        self.recovery_codes: list[str] = []

    def code(self, steps: int = 0) -> str:
        """The code of now, or of so many steps later."""
        now = TOTP.now()
        return str(self._totp.generate(now + 30 * steps).token)


class Office:
    """The whole application on one database, for browsers to come to."""

    def __init__(self, settings: Settings) -> None:
        self.service = Parts(settings)
        self.parts = ConsoleParts(self.service)
        self.app = build_from(self.service)
        compile_templates_once(self.app)
        self.app.testing = True

    def browser(self) -> Browser:
        """A new one, without cookies."""
        return Browser(self.app)

    def person(self, username: str) -> Person:
        """A user as they are now."""
        found = self.parts.people.find(username)
        assert found
        return found

    def deeds(self, action: str) -> list[str]:
        """Whom the deeds of this kind were done to, in order."""
        return [one.subject for one in self.parts.audit.entries() if one.action == action]


@contextmanager
def office_of(settings: Settings) -> Iterator[Office]:
    """An office whose connections end with the block."""
    office = Office(settings)
    try:
        yield office
    finally:
        office.service.close()
