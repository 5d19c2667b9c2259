"""What a USSD gateway's dialect must say: how its calls are read, how screens are answered."""

import re
from functools import lru_cache
from typing import Protocol

from sms_service.channels.hooks import Call
from sms_service.domain.msisdn import mobile
from sms_service.language.normalise import clean
from sms_service.service.ussd.ports import Event
from sms_service.service.ussd.views import Screen

_SEPARATORS = re.compile(r"[*#]+")
MOST_INPUTS = 250
"""Inputs of one call that are looked at; a dialogue is never so deep."""
LONGEST_INPUT = 1000
LONGEST_SESSION = 64
_PHONES_AT_A_TIME = 2000
"""Each step of a dialogue tells the phone, which takes longer to understand than the step."""


class Dialect(Protocol):
    """One gateway's way of speaking."""

    name: str
    methods: tuple[str, ...]
    content_type: str

    def read(self, call: Call) -> Event:
        """What a call tells. Raises BadFields."""

    def write(self, event: Event, screen: Screen) -> bytes:
        """The body that shows a screen."""


@lru_cache(maxsize=_PHONES_AT_A_TIME)
def phone_of(written: str) -> str | None:
    """E.164 of an Iranian mobile; None for anything else."""
    return mobile(clean(written).strip())


def is_session(told: str) -> bool:
    """Whether it can be the id of a dialogue: printable ASCII."""
    return told.isascii() and told.isprintable()


def service_of(told: str) -> str:
    """The service code, without what can't be dialled."""
    return "".join(one for one in told if one in "0123456789*#")


def inputs_of(dialled: str) -> list[str]:
    """The pieces between stars and hashes, at most ``MOST_INPUTS`` of them."""
    pieces = [piece.strip() for piece in _SEPARATORS.split(clean(dialled))]
    return [piece for piece in pieces if piece][:MOST_INPUTS]


def dialled_after(code: str | None, dialled: str) -> list[str]:
    """What was dialled behind the service code: ``*1521*1234567804423*1402#`` asks at once."""
    pieces, ours = inputs_of(dialled), inputs_of(code or "")
    if ours and pieces[: len(ours)] == ours:
        return pieces[len(ours) :]
    return pieces[1:]
