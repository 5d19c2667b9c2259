"""Webhook calls as gateways really make them, taken on the event loop without Flask.

A hook takes what is plain and right, which is nearly everything under load. Whatever else
comes (a wrong secret, a bad field, another method or content type) it leaves to Flask, which
knows the whole contract.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sms_service.channels.door import Door
from sms_service.channels.fields import FORM, BadFields, read_form
from sms_service.channels.kavenegar import (
    GATEWAY,
    RECEIVED_FIELDS,
    STATUS_FIELDS,
    receipts_of,
    text_of,
)


@dataclass(frozen=True, slots=True)
class Call:
    """A request that has come whole."""

    secret: str
    method: str
    content_type: str
    query: bytes
    body: bytes

    @property
    def is_plain(self) -> bool:
        """Whether its fields are in the query string, or in an URL-encoded body beside it."""
        if self.method == "GET":
            return not self.body
        return self.method == "POST" and self.content_type.partition(";")[0].strip() == FORM


@dataclass(frozen=True, slots=True)
class Said:
    """The answer to a call that was taken."""

    body: bytes = b"ok"
    content_type: str = "text/plain; charset=utf-8"
    no_store: bool = False


Hook = Callable[[Call], Awaitable[Said | None]]
"""Takes a call and returns once it is done; None leaves it to Flask. Raises Busy."""
_OK = Said()


def kavenegar_hooks(door: Door) -> Mapping[str, Hook]:
    """Hooks by the path, with ``*`` for the secret."""

    async def received(call: Call) -> Said:
        told = read_form(call.query, call.body, RECEIVED_FIELDS)
        await door.text_taken(GATEWAY, text_of(told, call.body or call.query))
        return _OK

    async def status(call: Call) -> Said:
        told = read_form(call.query, call.body, STATUS_FIELDS)
        await door.receipts_taken(receipts_of(told))
        return _OK

    def admitting(hook: Hook) -> Hook:
        async def admitted(call: Call) -> Said | None:
            if not call.is_plain or not door.secrets.admit(call.secret):
                return None
            try:
                return await hook(call)
            except BadFields:
                return None

        return admitted

    path = f"/webhooks/{GATEWAY}/*"
    return {f"{path}/received": admitting(received), f"{path}/status": admitting(status)}
