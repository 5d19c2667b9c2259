"""USSD gateways: every dialect, from the bytes of a call to the screen that answers it."""

import asyncio
import json
from urllib.parse import urlencode

from sms_service.channels.fields import BadFields
from sms_service.channels.hooks import Call
from sms_service.channels.ussd.dialect import LONGEST_SESSION, MOST_INPUTS
from sms_service.channels.ussd.route import all_dialects
from sms_service.language.screens import SCREEN_UNITS, units_of
from sms_service.service.ussd.ports import Event
from sms_service.service.ussd.views import Screen
from tests.fuzz.guided.given import Given
from tests.fuzz.guided.heard import errors_of
from tests.fuzz.guided.targets import Target
from tests.support.dialogues import Dialogues
from tests.support.histories import BILL_ID

_DIALECTS = all_dialects("*1521#")
_STEPS = 6
_loop = asyncio.new_event_loop()


_dialogues = Dialogues()
_errors = errors_of("sms_service.service.ussd.conversation")


def try_one(data: bytes) -> None:
    """The dialect, then calls parted by line feeds; a GET where one begins with ``?``."""
    given = Given(data)
    dialect = given.one_of(_DIALECTS)
    _dialogues.forget()
    conversation = _dialogues.conversation
    for sent in given.rest().split(b"\n")[:_STEPS]:
        is_get = sent.startswith(b"?")
        query, body = (sent[1:], b"") if is_get else (b"", sent)
        try:
            event = dialect.read(Call("s", "GET" if is_get else "POST", "", query, body))
        except BadFields as error:
            assert error.faults, "a call that is refused without a reason"
            continue
        _is_fit(event)
        screen = _loop.run_until_complete(conversation.screen(event))
        assert not _errors, "a step failed"
        _fits(screen, dialect.write(event, screen), dialect.name == "json")


def _is_fit(event: Event) -> None:
    assert event.session
    assert len(event.session) <= LONGEST_SESSION
    assert event.session.isascii()
    assert event.phone is None or (event.phone.startswith("+989") and len(event.phone) == 13)
    assert len(event.inputs) <= MOST_INPUTS
    for typed in event.inputs:
        typed.encode()


def _fits(screen: Screen, body: bytes, is_json: bool) -> None:
    assert units_of(screen.text) <= SCREEN_UNITS, "a screen that no phone shows whole"
    shown = body.decode()
    if is_json:
        told = json.loads(shown)
        assert (told["message"], told["continue"]) == (screen.text, not screen.ends)
    else:
        word, _, text = shown.partition(" ")
        assert (word, text) == ("END" if screen.ends else "CON", screen.text)


def _json(sequence: int, typed: str, event: str = "input") -> bytes:
    told = {"session_id": "s", "phone": "09121234567", "event": event}
    return json.dumps({**told, "input": typed, "sequence": sequence}, ensure_ascii=False).encode()


def _form(text: str, **more: str) -> bytes:
    told = {"sessionId": "s", "phoneNumber": "+989121234567", "serviceCode": "*1521#"}
    return urlencode({**told, "text": text, **more}).encode()


TARGET = Target(
    try_one,
    seeds=[
        b"\0" + b"\n".join([_json(0, "*1521#", "new"), _json(1, BILL_ID), _json(2, "1")]),
        b"\0" + b"\n".join([_json(0, f"*1521*{BILL_ID}#", "new"), _json(1, "2"), _json(2, "0")]),
        b"\0" + b"\n".join([_json(0, "", "new"), _json(1, "99"), _json(2, "", "close")]),
        b"\0" + _json(0, "*1521#", "new").replace(b'"s"', b'"\\ud800"'),
        b"\1" + b"\n".join([_form(""), _form(BILL_ID), _form(f"{BILL_ID}*1*2*00*0")]),
        b"\1?" + _form(f"{BILL_ID}*3*۱۴۰۲") + b"\n" + _form("", status="Incomplete"),
        b"\2session_id=s&msisdn=09121234567&service_code=&ussd_string=1*2",
        b"\3SESSIONID=s&MSISDN=09121234567&USSDCODE=*1521*7%23&INPUT=",
        b"\4session_id=s&mobile_number=1&service_code=1&message=%00%FF",
    ],
    words=[
        *(BILL_ID, '"session_id":', '"phone":', '"event":', '"input":', '"sequence":', '"new"'),
        *('"close"', "\\ud83d", "\\u0000", "1e3", "true", "null", "09121234567", "*1521#", "00"),
        *("sessionId=", "phoneNumber=", "serviceCode=", "text=", "status=", "%D9%81", "&", "99"),
        *("SESSIONID=", "MSISDN=", "USSDCODE=", "INPUT=", "msisdn=", "ussd_string=", "message="),
    ],
)
