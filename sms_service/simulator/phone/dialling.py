"""The page's own USSD gateway: it speaks a dialect to the service's own HTTP route.

Knows the contract (docs/reference/ussd.md) and nothing of the engine behind it.
"""

import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urlencode

import requests

from sms_service.logs.redaction import guard_loggers, hide

_CONNECT_SECONDS, _READ_SECONDS = 3, 10
_LONGEST_ANSWER = 2000
_SESSION = re.compile(r"sim-[0-9a-f]{24}\Z")
_CODE = re.compile(r"\*\d[\d*]*#\Z")
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "0123456789" * 2)
LONGEST_INPUT = 160
MOST_STEPS = 200
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Session:
    """Where a dialogue stands; the page carries it from step to step."""

    id: str
    dialect: str
    dialled: str
    step: int = 0
    typed: tuple[str, ...] = ()
    """What was typed so far, for dialects that tell all of it each time."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What the phone shows; the dialogue may go on from it or not."""

    text: str
    goes_on: bool


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call to the service and its answer, as they went over the wire."""

    dialect: str
    sent: str
    status: int | None
    """None: no answer in time."""
    got: str
    ms: float
    screen: Screen | None
    """None: nothing that a phone could show."""


class Dialect(Protocol):
    """How one kind of gateway words a step."""

    content_type: str

    def step(self, session: Session, phone: str) -> str:
        """The body for the newest of ``typed``, or for the dialled code."""

    def close(self, session: Session, phone: str) -> str:
        """The body that tells of a dialogue that the subscriber ended."""

    def screen(self, body: str) -> Screen:
        """Raises ValueError for what isn't a screen."""


class _Json:
    content_type = JSON

    def step(self, session: Session, phone: str) -> str:
        event, typed = ("input", session.typed[-1]) if session.typed else ("new", session.dialled)
        return self._body(session, phone, event, typed)

    def close(self, session: Session, phone: str) -> str:
        return self._body(session, phone, "close", "")

    def screen(self, body: str) -> Screen:
        told = json.loads(body)
        try:
            return Screen(str(told["message"]), told["continue"] is True)
        except (KeyError, TypeError):
            raise ValueError("no screen") from None

    def _body(self, session: Session, phone: str, event: str, typed: str) -> str:
        told: dict[str, object] = {
            "session_id": session.id,
            "phone": phone,
            "event": event,
            "input": typed,
            "sequence": session.step,
        }
        return json.dumps(told, ensure_ascii=False)


class _AfricasTalking:
    content_type = FORM

    def step(self, session: Session, phone: str) -> str:
        code, *behind = session.dialled.strip("*#").split("*")
        text = "*".join((*behind, *session.typed))
        return self._body(session, phone, code, {"text": text})

    def close(self, session: Session, phone: str) -> str:
        code = session.dialled.strip("*#").partition("*")[0]
        return self._body(session, phone, code, {"status": "Incomplete"})

    def screen(self, body: str) -> Screen:
        word, _, text = body.partition(" ")
        if word not in ("CON", "END"):
            raise ValueError("no screen")
        return Screen(text, word == "CON")

    def _body(self, session: Session, phone: str, code: str, more: dict[str, str]) -> str:
        told = {"sessionId": session.id, "phoneNumber": phone, "serviceCode": f"*{code}#"}
        return urlencode({**told, "networkCode": "43211", **more})


DIALECTS: Mapping[str, Dialect] = {"json": _Json(), "africastalking": _AfricasTalking()}


def code_of(typed: str, service_code: str) -> str | None:
    """The USSD code in what was typed, in ASCII digits; None where it isn't one of ours."""
    code = "".join(typed.split()).translate(_DIGITS)
    ours = service_code.rstrip("#")
    is_ours = code.startswith((f"{ours}*", f"{ours}#"))
    return code if is_ours and len(code) <= LONGEST_INPUT and _CODE.match(code) else None


def new_session(dialect: str, code: str) -> Session:
    """A dialogue about to begin."""
    return Session(f"sim-{secrets.token_hex(12)}", dialect, code)


def next_step(session: Session, typed: str) -> Session:
    """The same dialogue once more was typed."""
    return replace(session, step=session.step + 1, typed=(*session.typed, typed))


def is_session(session: Session) -> bool:
    """Whether what a browser sent can be a dialogue of ours."""
    sizes = (len(session.typed), session.step)
    return (
        _SESSION.match(session.id) is not None
        and session.dialect in DIALECTS
        and len(session.dialled) <= LONGEST_INPUT
        and _CODE.match(session.dialled) is not None
        and 0 <= min(sizes) <= max(sizes) <= MOST_STEPS
        and all(len(one) <= LONGEST_INPUT for one in session.typed)
    )


class UssdGateway:
    """Calls the service's route for each step, as a gateway at an operator's would."""

    def __init__(self, base_url: str, secret: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._secret = secret
        # The route's path holds the secret, and the client logs paths.
        hide(secret)
        guard_loggers(["urllib3.connectionpool"])

    def step(self, session: Session, phone: str) -> Exchange:
        """Tell the newest step; ``phone`` is E.164."""
        return self._call(session, DIALECTS[session.dialect].step(session, phone))

    def close(self, session: Session, phone: str) -> Exchange:
        """Tell that the subscriber hung up."""
        return self._call(session, DIALECTS[session.dialect].close(session, phone))

    def _call(self, session: Session, body: str) -> Exchange:
        dialect = DIALECTS[session.dialect]
        began = time.perf_counter()
        status, got = self._post(session.dialect, dialect.content_type, body)
        ms = round((time.perf_counter() - began) * 1000, 1)
        screen = None
        if status == requests.codes.ok:
            try:
                screen = dialect.screen(got)
            except (ValueError, RecursionError):
                screen = None
        return Exchange(session.dialect, body, status, got, ms, screen)

    def _post(self, dialect: str, content_type: str, body: str) -> tuple[int | None, str]:
        url = f"{self._base_url}/ussd/{dialect}/{self._secret}"
        headers = {"Content-Type": content_type}
        try:
            with requests.Session() as http:
                http.trust_env = False
                response = http.post(
                    url,
                    data=body.encode(),
                    headers=headers,
                    timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                    allow_redirects=False,
                )
        except requests.RequestException:
            return None, ""
        return response.status_code, response.content.decode("utf-8", "replace")[:_LONGEST_ANSWER]
