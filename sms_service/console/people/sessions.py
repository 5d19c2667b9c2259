"""What a browser's cookie stands for: a row in the database, once a right password was given.

Strangers get none: what their form needs is in a signed cookie of its own that lives an hour.
Whenever who stands behind a session changes, so does its token: nobody can be handed one.
"""

import logging
import secrets
from collections.abc import Mapping
from typing import Any

from flask import Flask, Request, Response
from flask import request as current_request
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSessionInterface, SessionInterface, SessionMixin
from itsdangerous import BadSignature
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import CallbackDict

from sms_service.ledger.sessions import SessionLedger

log = logging.getLogger(__name__)

COOKIE = "desk"
DOOR_COOKIE = "desk_door"
"""A stranger's: the token of the form and what is told once."""
_HOST = "__Host-"
"""Before the names of cookies by https: no other host, nor anybody on the way, can plant these."""
SIGNED_IN, PENDING = "_user_id", "pending"
"""Whose a session is: Flask-Login's key, and ours for a user whose code is still missing."""
_PATH = "/console"
_STATIC = "/console/static/"
_DOOR_SECONDS = 3600
_OF_STRANGERS = ("csrf_token", "_flashes")


class DeskSession(CallbackDict[str, Any], SessionMixin):
    """One request's view of a session."""

    def __init__(self, content: Mapping[str, Any] | None = None, token: str | None = None) -> None:
        super().__init__(content or {}, _changed)
        self.token = token
        self.modified = False
        self.is_stale = False
        self.is_broken = False
        """The database couldn't be asked whose it is."""
        self.begun_as = self.whose

    @property
    def whose(self) -> tuple[str | None, str | None]:
        """Who stands behind it: signed in, or half way."""
        return self.get(SIGNED_IN), self.get(PENDING)

    @property
    def bound_to(self) -> str | None:
        return self.get(SIGNED_IN) or self.get(PENDING)


def _changed(session: CallbackDict[str, Any]) -> None:
    session.modified = True  # type: ignore[attr-defined]  # it is a DeskSession


class DeskSessions(SessionInterface):
    """Keeps sessions in the ledger. Paths outside the desk have none."""

    def __init__(self, ledger: SessionLedger) -> None:
        self._ledger = ledger
        self._serializer = TaggedJSONSerializer()

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """The session of the request's cookie; None, an empty one, outside the desk."""
        if not request.path.startswith(f"{_PATH}/") or request.path.startswith(_STATIC):
            return None
        token = token_of(request)
        if not token:
            return DeskSession(self._of_stranger(app, request))
        try:
            kept = self._ledger.open(token)
        except SQLAlchemyError as error:
            log.warning("sessions can't be read: %s", type(error).__name__)
            broken = DeskSession()
            broken.is_broken = True
            return broken
        if kept is None:
            return DeskSession(self._of_stranger(app, request))
        session = DeskSession(self._serializer.loads(kept.content), token)
        session.is_stale = kept.is_stale
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Store what changed; give, change or take the cookie."""
        if not isinstance(session, DeskSession) or session.is_broken:
            return
        try:
            if session.bound_to:
                self._save_known(session, response)
            else:
                self._save_stranger(app, session, response)
        except SQLAlchemyError as error:
            log.warning("a session can't be kept: %s", type(error).__name__)

    def _save_known(self, session: DeskSession, response: Response) -> None:
        content = self._serializer.dumps(dict(session))
        if session.token and session.whose == session.begun_as:
            if session.modified or session.is_stale:
                self._ledger.keep(session.token, content if session.modified else None)
            return
        if session.token:
            self._ledger.end(session.token)
        token = secrets.token_urlsafe(32)
        self._ledger.begin(token, content, session.bound_to or "", current_request.remote_addr)
        _give(response, COOKIE, token)
        _take(response, DOOR_COOKIE)

    def _save_stranger(self, app: Flask, session: DeskSession, response: Response) -> None:
        if session.token:
            self._ledger.end(session.token)
        _take(response, COOKIE)
        content = {name: session[name] for name in _OF_STRANGERS if name in session}
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        if session.modified and content and signer:
            _give(response, DOOR_COOKIE, str(signer.dumps(content)), _DOOR_SECONDS)

    def _of_stranger(self, app: Flask, request: Request) -> Mapping[str, Any]:
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        signed = request.cookies.get(_name(DOOR_COOKIE, request))
        if not signed or not signer:
            return {}
        try:
            content = signer.loads(signed, max_age=_DOOR_SECONDS)
        except BadSignature:
            return {}
        return {name: content[name] for name in _OF_STRANGERS if name in content}


def token_of(request: Request) -> str | None:
    """What the request's cookie says is its session; by https only one that we gave by https."""
    return request.cookies.get(_name(COOKIE, request))


def tokens_in(cookies: Mapping[str, str]) -> list[str]:
    """The same where nobody knows yet by which way the request came."""
    return [cookies[name] for name in (f"{_HOST}{COOKIE}", COOKIE) if cookies.get(name)]


def _name(cookie: str, request: Request) -> str:
    return f"{_HOST}{cookie}" if request.is_secure else cookie


def _path(request: Request) -> str:
    return "/" if request.is_secure else _PATH  # as the prefix demands


def _give(response: Response, name: str, value: str, seconds: int | None = None) -> None:
    # Lax, since a link in a chat must open the page it names; forms have tokens beside.
    response.set_cookie(
        _name(name, current_request),
        value,
        max_age=seconds,
        path=_path(current_request),
        secure=current_request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def _take(response: Response, name: str) -> None:
    known = _name(name, current_request)
    if known in current_request.cookies:
        response.delete_cookie(
            known, path=_path(current_request), secure=current_request.is_secure, httponly=True
        )
