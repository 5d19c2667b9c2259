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


Hook = Callable[[Call], Awaitable[bool]]
"""Takes a call and returns True once it is durable; False leaves it to Flask. Raises Busy."""


def kavenegar_hooks(door: Door) -> Mapping[str, Hook]:
    """Hooks by the path, with ``*`` for the secret."""

    async def received(call: Call) -> bool:
        told = read_form(call.query, call.body, RECEIVED_FIELDS)
        await door.text_taken(GATEWAY, text_of(told, call.body or call.query))
        return True

    async def status(call: Call) -> bool:
        told = read_form(call.query, call.body, STATUS_FIELDS)
        await door.receipts_taken(receipts_of(told))
        return True

    def admitting(hook: Hook) -> Hook:
        async def admitted(call: Call) -> bool:
            if not call.is_plain or not door.secrets.admit(call.secret):
                return False
            try:
                return await hook(call)
            except BadFields:
                return False

        return admitted

    path = f"/webhooks/{GATEWAY}/*"
    return {f"{path}/received": admitting(received), f"{path}/status": admitting(status)}
