"""Kavenegar's result codes: what each one means and what must wait or end for it.

Source: https://kavenegar.com/rest.html (return codes); 430 is known from live accounts only.
"""

from dataclasses import dataclass

from sms_service.domain.states import OutboundState
from sms_service.service.ports import Blame

ACCEPTED = 200
LARGEST_CODE = 9999
"""Of an answer and of a delivery; a larger one is none, and no column holds any number."""
UNCERTAIN = 402
"""«Operation failed»: the page doesn't say whether anything was sent."""


@dataclass(frozen=True, slots=True)
class Code:
    """One refusal. Every code here means that nothing was sent."""

    blame: Blame
    meaning: str


_ROW, _PAUSE, _STOP = Blame.ROW, Blame.PAUSE, Blame.STOP

REFUSALS: dict[int, Code] = {
    400: Code(_ROW, "parameters are incomplete"),
    401: Code(_STOP, "the account is disabled"),
    403: Code(_STOP, "the API key is invalid"),
    404: Code(_STOP, "the method is unknown"),
    405: Code(_STOP, "GET and POST are mixed up"),
    406: Code(_ROW, "a mandatory parameter is empty"),
    407: Code(_STOP, "access is denied to this address"),
    409: Code(_PAUSE, "the server can't answer now"),
    411: Code(_ROW, "the receptor is invalid"),
    412: Code(_STOP, "the sender is not a line of this account"),
    413: Code(_ROW, "the text is empty or longer than 900 characters"),
    414: Code(_ROW, "too many records in one call"),
    415: Code(_ROW, "the start index is beyond the count"),
    416: Code(_STOP, "the source address doesn't match the settings"),
    417: Code(_ROW, "the date is malformed or past"),
    418: Code(_STOP, "the credit doesn't suffice"),
    419: Code(_ROW, "arrays differ in length"),
    420: Code(_ROW, "links are not allowed for this account"),
    422: Code(_ROW, "a character can't be processed"),
    424: Code(_STOP, "the template is missing or not approved"),
    426: Code(_STOP, "the method needs the advanced service"),
    427: Code(_STOP, "the line needs a higher access level"),
    428: Code(_ROW, "a voice call can't be made"),
    429: Code(_PAUSE, "the address is restricted"),
    430: Code(_STOP, "the identity of the account is not verified"),
    431: Code(_ROW, "the structure of a token is invalid"),
    432: Code(_STOP, "the template lacks the token"),
    451: Code(_PAUSE, "too many calls in a period"),
    501: Code(_STOP, "only test messages to the account's owner are allowed"),
    604: Code(_ROW, "too many numbers"),
    607: Code(_ROW, "the tag is invalid"),
}
"""404 and 405 speak of our call, never of one row: retiring rows for them would lose answers."""

MAX_CHARACTERS = 900
MAX_STATUS_IDS = 500

DELIVERY_STATES: dict[int, OutboundState] = {
    1: OutboundState.ACCEPTED,
    2: OutboundState.ACCEPTED,
    4: OutboundState.AT_OPERATOR,
    5: OutboundState.AT_OPERATOR,
    6: OutboundState.FAILED,
    10: OutboundState.DELIVERED,
    11: OutboundState.UNDELIVERED,
    13: OutboundState.CANCELLED,
    14: OutboundState.BLOCKED,
}
"""What a delivery status says of our message. 100 says nothing, so it isn't here."""

UNKNOWN_TO_GATEWAY = 100
"""The delivery status of an id that is foreign, or older than the window of the query."""
