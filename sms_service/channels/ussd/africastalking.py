"""``africastalking`` and its clones: CON/END texts, all inputs of the dialogue every time.

Field names as published by Africa's Talking, CrossGate, FastMessage and Bonga; they differ
in nothing else. ``text`` is empty at first, then the inputs joined by ``*``.
"""

from dataclasses import dataclass

from sms_service.channels.fields import BadFields, Wanted, read_form
from sms_service.channels.hooks import Call
from sms_service.channels.ussd.dialect import (
    LONGEST_INPUT,
    LONGEST_SESSION,
    inputs_of,
    is_session,
    phone_of,
    service_of,
)
from sms_service.service.ussd.ports import Event, Kind
from sms_service.service.ussd.views import Screen


@dataclass(frozen=True, slots=True)
class FieldMap:
    """What one gateway calls the fields."""

    session: str = "sessionId"
    phone: str = "phoneNumber"
    service: str = "serviceCode"
    text: str = "text"


FIELD_MAPS = {
    "africastalking": FieldMap(),
    "crossgate": FieldMap("session_id", "msisdn", "service_code", "ussd_string"),
    "fastmessage": FieldMap("SESSIONID", "MSISDN", "USSDCODE", "INPUT"),
    "bonga": FieldMap("session_id", "mobile_number", "service_code", "message"),
}
_END_OF_SESSION = b"status="


class AfricasTalkingDialect:
    """Reads forms or query strings, writes ``CON …`` and ``END …``."""

    methods: tuple[str, ...] = ("GET", "POST")
    content_type = "text/plain; charset=utf-8"

    def __init__(self, name: str, fields: FieldMap) -> None:
        self.name = name
        self._fields = fields
        self._envelope = (
            Wanted(fields.session, LONGEST_SESSION),
            Wanted(fields.phone, 40),
            Wanted(fields.service, 40, may_be_empty=True),
        )
        text = Wanted(fields.text, LONGEST_INPUT, may_be_empty=True, is_text=True)
        self.wanted = (*self._envelope, text)

    def read(self, call: Call) -> Event:
        """The event of a call; one that tells a status tells that the dialogue is over."""
        told_by = call.body or call.query
        is_over = _END_OF_SESSION in told_by and f"{self._fields.text}=".encode() not in told_by
        told = read_form(call.query, call.body, self._envelope if is_over else self.wanted)
        if not is_session(told[self._fields.session]):
            raise BadFields([(self._fields.session, "invalid")])
        inputs = inputs_of(told.get(self._fields.text, ""))
        kind = Kind.INPUT if inputs else Kind.NEW
        return Event(
            self.name,
            told[self._fields.session],
            phone_of(told[self._fields.phone]),
            Kind.CLOSE if is_over else kind,
            len(inputs),
            inputs,
            is_whole=True,
            service=service_of(told[self._fields.service]),
        )

    def write(self, event: Event, screen: Screen) -> bytes:
        """The screen behind ``CON`` while the dialogue goes on, behind ``END`` at its end."""
        word = "END" if screen.ends else "CON"
        return f"{word} {screen.text}".encode()
