"""A phone that dials: dialogues over a real ledger, desk and menu, in this process."""

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import Any

from sqlalchemy import Engine, Row, Select, select, update

from sms_service.channels.ussd.dialect import dialled_after
from sms_service.database import db_now, reading, writing
from sms_service.language.screens import SCREEN_UNITS, units_of
from sms_service.ledger.tables import events, inbound, outbound
from sms_service.service.ports import BillingSource
from sms_service.service.ussd.alone import Memory
from sms_service.service.ussd.conversation import Conversation
from sms_service.service.ussd.ports import Event, Kind
from sms_service.service.ussd.views import Screen
from sms_service.settings import load_settings
from sms_service.wiring import Parts
from sms_service.wiring.ussd import converse
from tests.support.desk import FakeSource
from tests.support.environment import service_environment
from tests.support.fakes import FakeDoorbell

CODE = "*1521#"
SUBSCRIBER = "+989121234567"
_ids = count(1)


class Phone:
    """One phone, which sees nothing but its screens."""

    def __init__(
        self, conversation: Conversation, number: str = SUBSCRIBER, session: str = ""
    ) -> None:
        self.number = number
        self.session = session
        self.step = 0
        self._conversation = conversation

    def dial(self, code: str = CODE) -> Screen:
        """A new dialogue."""
        self.session, self.step = f"session-{next(_ids)}", 0
        return self.tells(Kind.NEW, dialled_after(CODE, code))

    def press(self, *keys: str) -> Screen:
        """The screen after the last of these inputs."""
        for key in keys:
            self.step += 1
            shown = self.tells(Kind.INPUT, [key])
        return shown

    def hang_up(self) -> None:
        """The gateway tells that the dialogue is over."""
        self.step += 1
        self.tells(Kind.CLOSE, [])

    def tells(self, kind: Kind, inputs: Sequence[str]) -> Screen:
        """What is shown for the step as it stands: again for a step that was told before."""
        event = Event("json", self.session, self.number, kind, self.step, inputs)
        screen = asyncio.run(self._conversation.screen(event))
        assert units_of(screen.text) <= SCREEN_UNITS
        return screen


class Exchange:
    """A web process and a worker over one database, as far as dialogues need them."""

    def __init__(
        self, engine: Engine, source: BillingSource | None = None, **settings: str
    ) -> None:
        given = service_environment(TODAY="1405-09-02", USSD_CODE=CODE, **settings)
        self.parts = Parts(load_settings(given))
        self.doorbell = FakeDoorbell()
        self.memory = Memory()
        vars(self.parts).update(engine=engine, doorbell=self.doorbell)
        self.change_source(source or FakeSource())

    def change_source(self, source: BillingSource) -> None:
        """From now on, bills come from there."""
        for name in ("linked_source", "desk", "limited_desk", "answering"):
            vars(self.parts).pop(name, None)
        vars(self.parts)["source"] = source
        self.conversation = converse(self.parts, self.memory.sessions())

    def phone(self, number: str = SUBSCRIBER, session: str = "") -> Phone:
        """A phone; in the middle of a dialogue, where one is named."""
        return Phone(self.conversation, number, session)

    def worker_turns(self) -> int:
        """A turn of the lookup lane; returns how many texts it finished."""
        return self.parts.answering.run()

    def let_leases_end(self) -> None:
        """Let so much time pass that whoever held a row holds it no more."""
        with writing(self.parts.engine) as connection:
            connection.execute(update(inbound).values(due_at=db_now(-1)))

    def requests(self) -> list[tuple[str, str, str | None]]:
        """Channel, state and problem of each request, oldest first."""
        wanted = select(inbound.c.channel, inbound.c.state, inbound.c.problem)
        rows = self._all(wanted.order_by(inbound.c.id))
        return [(row.channel, row.state, row.problem) for row in rows]

    def texts(self) -> list[str]:
        """The sentence or rung of each SMS that was queued."""
        return [row.rung for row in self._all(select(outbound.c.rung).order_by(outbound.c.id))]

    def happened(self) -> list[str]:
        """What the ledger's events tell, in order."""
        return [row.what for row in self._all(select(events.c.what).order_by(events.c.id))]

    def _all(self, wanted: Select[Any]) -> Sequence[Row[Any]]:
        with reading(self.parts.engine) as connection:
            return connection.execute(wanted).all()
