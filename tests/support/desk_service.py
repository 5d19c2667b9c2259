"""The whole service with people at its desk, for tests that work there by a browser."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from sqlalchemy import select

from sms_service.database import reading
from sms_service.domain.roles import Role
from sms_service.domain.states import OutboundState
from sms_service.ledger.handles import of_phone
from sms_service.ledger.tables import inbound_keys
from sms_service.wiring.console import ConsoleParts
from tests.support.four_ledgers import books
from tests.support.service import Service
from tests.support.signing_in import make_user
from tests.support.small_billing import BILL_IDS
from tests.support.texting import Text

BILL_ID = BILL_IDS[0]
USERS: Mapping[str, Role] = {
    "op-one": Role.OPERATOR,
    "op-two": Role.OPERATOR,
    "head": Role.SUPERVISOR,
    "keeper": Role.ADMIN,
    "judge": Role.AUDITOR,
}
"""Who works here; two operators, since they may want the same at the same moment."""


class DeskService(Service):
    """On SQLite, with a user of each role who signs in by a password alone."""

    def __init__(self, folder: Path, **settings: str) -> None:
        given = {
            # Lists begin with the real day, on which the tests' requests come.
            "TODAY": "",
            "LEASE_SECONDS": "8",
            "PHONE_DAILY_ANSWERS": "1000",
            "PHONE_DAILY_PARTS": "3000",
            "CONSOLE_SECOND_FACTOR": "off",
            "UPLOADS_DIR": str(folder / "uploads"),
            **settings,
        }
        super().__init__(folder, f"sqlite:///{folder / 'service.db'}", **given)

    def __enter__(self) -> "DeskService":
        super().__enter__()
        return self

    @cached_property
    def desk(self) -> ConsoleParts:
        """The desk's own parts in this process."""
        return ConsoleParts(self.parts)

    def fill_database(self) -> None:
        """Make schema, bills and users."""
        super().fill_database()
        for username, role in USERS.items():
            make_user(self.desk, username, role)

    def delivered(self, message: str) -> tuple[str, Text]:
        """Text this from a new phone and wait until its answer is there: code and text."""
        text = self.new_text(message)
        self.webhook.hand_over([text])
        self.wait_until(lambda: self.state_of(text) == OutboundState.DELIVERED)
        return self.code_of(text), text

    def code_of(self, text: Text) -> str:
        """The tracking code of a text that was taken."""
        keys = inbound_keys.c
        with reading(self.engine) as connection:
            return str(connection.scalar(select(keys.code).where(keys.remote_id == text.messageid)))

    def state_of(self, text: Text) -> OutboundState | None:
        """Where the newest answer to a text is."""
        went = books(self.engine, [text]).went.get(text.messageid, ())
        return OutboundState(went[-1].state) if went else None

    def phone_page(self, text: Text) -> str:
        """The address of the page of the phone that sent this."""
        phone = self.parts.hash_phone(f"+98{text.phone[1:]}")
        return f"/console/phones/{of_phone(phone)}"

    def bill_page(self, bill_id: str = BILL_ID) -> str:
        """The address of the page of this bill."""
        return f"/console/bills/{self.desk.handles.of_bill(bill_id)}"
