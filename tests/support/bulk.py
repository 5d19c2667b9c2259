"""A desk whose supervisors send many again: real ledgers, a gateway in memory."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from sms_service.console.bulk.moments import day_and_clock
from sms_service.database import db_now, reading, writing
from sms_service.domain.roles import Role
from sms_service.ledger.desk_tables import bulk_runs
from sms_service.ledger.tables import inbound, opt_outs
from sms_service.ledger.upkeep_tables import chores
from sms_service.service.bulk_terms import RunState
from tests.support.console import Desk
from tests.support.fakes import FakeGateway
from tests.support.requests import Requests

FASTEST = 6000


class BulkOffice:
    """What happens around a run, step by step."""

    def __init__(self, desk: Desk, round_size: int = 100) -> None:
        self.desk = desk
        self.parts = desk.parts.service
        self.gateway = FakeGateway(size=round_size)
        # In place of the one that the settings name, which is nowhere.
        vars(self.parts)["gateways"] = {"kavenegar": self.gateway}
        self.requests = Requests(self.parts)

    def form(self, *states: str, **other: Any) -> dict[str, Any]:
        """The last hour's, ended so."""
        now = datetime.now(UTC)
        since, until = (day_and_clock(now + timedelta(minutes=m)) for m in (-60, 2))
        return {
            "since_day": since[0],
            "since_time": since[1],
            "until_day": until[0],
            "until_time": until[1],
            "state": list(states) or ["expired"],
            "gateway": "",
            "channel": "",
            "pace": str(FASTEST),
            **other,
        }

    def preview(self, *states: str, **other: Any) -> int:
        """The number of a preview that a supervisor made."""
        with self.desk.seat(Role.SUPERVISOR, name="omid"):
            made = self.desk.post("/console/bulk/new", self.form(*states, **other))
        assert made.status_code == 303, made.get_data(as_text=True)
        found = re.search(r"/console/bulk/(\d+)$", made.location)
        assert found
        return int(found[1])

    def confirm(self, run: int, reason: str = "قطعی درگاه") -> None:
        """Somebody reads the count off and confirms."""
        form = {"reason": reason, "count": str(self.total(run))}
        with self.desk.seat(Role.SUPERVISOR, name="omid"):
            assert self.desk.post(f"/console/bulk/{run}/confirm", form).status_code == 303

    def press(self, run: int, button: str) -> None:
        """Pause, resume or stop."""
        with self.desk.seat(Role.SUPERVISOR, name="omid"):
            assert self.desk.post(f"/console/bulk/{run}/{button}").status_code == 303

    def total(self, run: int) -> int:
        """How many texts the run is."""
        found = self.desk.parts.bulk_runs.run(run)
        assert found
        return found.total

    def state(self, run: int) -> RunState:
        """Where the run is."""
        found = self.desk.parts.bulk_runs.run(run)
        assert found
        return found.state

    def feed(self) -> int:
        """A worker's turn at the slow lane, some seconds after the last one."""
        self.let_pass(10)
        return self.parts.upkeep.work("bulk")

    def feed_all(self, run: int) -> None:
        """Turns until the run is no longer under way."""
        for _ in range(100):
            if self.state(run) is not RunState.RUNNING:
                return
            self.feed()
        raise AssertionError("the run doesn't end")

    def let_pass(self, seconds: float) -> None:
        """Make the runs and the chore believe that so much time has gone."""
        with reading(self.parts.engine) as connection:
            fed = connection.execute(
                select(bulk_runs.c.id, bulk_runs.c.fed_until).where(
                    bulk_runs.c.fed_until.is_not(None)
                )
            ).all()
        with writing(self.parts.engine) as connection:
            connection.execute(update(chores).values(due_at=db_now(-1)))
            for run, until in fed:
                earlier = update(bulk_runs).where(bulk_runs.c.id == run)
                connection.execute(earlier.values(fed_until=until - timedelta(seconds=seconds)))

    def opt_out(self, code: str) -> None:
        """Whoever asked this wants no texts any more."""
        with writing(self.parts.engine) as connection:
            phone = select(inbound.c.phone_hash).where(inbound.c.code == code).scalar_subquery()
            connection.execute(insert(opt_outs).values(phone_hash=phone, since=db_now()))

    def deliver(self) -> None:
        """Hand over all that is queued."""
        while self.parts.delivering.run():
            pass

    def sent_to(self) -> Counter[str]:
        """How often each phone got a text."""
        return Counter(text.receptor for text in self.gateway.calls)
