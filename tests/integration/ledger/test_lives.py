"""The lives of texts, whatever happens in whatever order: one answer each, none lost, no state
that turns back. The gateway forgets, falls silent and refuses, workers die, receipts come early,
late and twice, operators send again."""

import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, select, update

from sms_service.database import db_now, make_engine, reading, writing
from sms_service.domain.states import (
    INBOUND_RANK,
    RANK,
    InboundState,
    OutboundState,
)
from sms_service.ledger.recording import Recorder
from sms_service.ledger.tables import inbound, outbound
from sms_service.service.messages import Receipt, Taking
from sms_service.service.resending import Resent
from tests.support.databases import SqliteDatabases
from tests.support.forgetful_gateway import Died, ForgetfulGateway, Mood
from tests.support.ledger import BILL, VAULT, arrival, inbound_ledger
from tests.support.resending import SUPERVISOR, Office

PHONES = ("+989121234567", "+989351112233")
WORDS = (BILL, f"{BILL} 1404", "راهنما", "بدهی", "بعدی", "سلام", "1234567804424")
_SETTLED = {InboundState.ANSWERED, InboundState.FAILED, InboundState.FOLDED}
_HAD = RANK[OutboundState.ACCEPTED]
_ENDED = RANK[OutboundState.UNRESOLVED]
_TURNS = 12
"""More than a text may be tried."""


class Lives(RuleBasedStateMachine):
    """A service of one worker at a time, over a ledger of its own."""

    engines: ClassVar[Callable[[], Engine]]
    came = Bundle("came")

    def __init__(self) -> None:
        super().__init__()
        self.office = Office(type(self).engines())
        self.office.gateway = self.gateway = ForgetfulGateway()  # type: ignore[assignment]
        self.recorder = Recorder(self.office.engine, VAULT)
        self.codes: dict[str, str] = {}
        self.resends: Counter[str] = Counter()
        self.ranks: dict[tuple[str, int], int] = {}

    @rule(target=came, phone=st.sampled_from(PHONES), words=st.sampled_from(WORDS))
    def a_text_comes(self, phone: str, words: str) -> Any:
        text = arrival(str(len(self.codes) + 1), words, phone)
        (recorded,) = self.recorder.record([text])
        self.codes[text.remote_id] = recorded.code
        return text

    @rule(text=came)
    def it_comes_again(self, text: Any) -> None:
        (recorded,) = self.recorder.record([text])
        assert recorded.repeated
        assert recorded.code == self.codes[text.remote_id]

    @rule()
    def a_worker_answers(self) -> None:
        self.office.answer()

    @rule(size=st.integers(1, 4))
    def a_worker_dies_with_texts_in_its_hands(self, size: int) -> None:
        inbound_ledger(self.office.engine).claim(size)

    @rule(size=st.integers(1, 4))
    def a_worker_dies_with_answers_in_its_hands(self, size: int) -> None:
        self.office.outbound.claim_queued(Taking("kavenegar", size))

    @rule(moods=st.lists(st.sampled_from(Mood), max_size=3))
    def answers_are_handed_over(self, moods: list[Mood]) -> None:
        self.gateway.moods = list(moods)
        with suppress(Died):
            self.office._delivering().run()
        self.gateway.moods = []

    @rule(is_silent=st.booleans())
    def the_gateway_is_asked(self, is_silent: bool) -> None:
        self.gateway.is_silent = is_silent
        self.leases_end()
        self.office._delivering().settle_unknown()

    @rule()
    def leases_end(self) -> None:
        with writing(self.office.engine) as connection:
            for table in (inbound, outbound):
                connection.execute(update(table).values(due_at=db_now(-1)))

    @rule(
        status=st.sampled_from([10, 10, 4, 99]), which=st.integers(0, 20), times=st.integers(1, 2)
    )
    def a_receipt_comes(self, status: int, which: int, times: int) -> None:
        had = [record.remote_id for record in self.gateway.records.values()] or ["1000"]
        one = Receipt("kavenegar", had[which % len(had)], status)
        self.office.receipts.park([one] * times)

    @rule()
    def receipts_are_joined(self) -> None:
        self.office.receipts.join(100)

    @rule(text=came)
    def an_operator_sends_it_again(self, text: Any) -> None:
        code = self.codes[text.remote_id]
        if isinstance(self.office.resend(code, SUPERVISOR), Resent):
            self.resends[code] += 1

    @rule()
    def what_waits_is_too_old_by_now(self) -> None:
        waiting = update(outbound).where(outbound.c.state == OutboundState.QUEUED)
        with writing(self.office.engine) as connection:
            connection.execute(waiting.values(valid_until=db_now(-1)))
        self.office.outbound.expire()

    @invariant()
    def each_text_is_there_once(self) -> None:
        assert sorted(row.code for row in self._rows(inbound)) == sorted(self.codes.values())

    @invariant()
    def each_has_one_answer_and_one_more_for_each_that_was_sent_again(self) -> None:
        answers = Counter(row.code for row in self._rows(outbound))
        for code, number in answers.items():
            assert number <= 1 + self.resends[code]

    @invariant()
    def nothing_goes_out_that_is_known_to_be_out(self) -> None:
        assert not +self.gateway.sent_again

    @invariant()
    def what_is_accepted_is_at_the_gateway_for_that_very_phone(self) -> None:
        asked = {row.code: row.phone_hash for row in self._rows(inbound)}
        for row in self._rows(outbound):
            if RANK[OutboundState(row.state)] >= _HAD:
                assert self.gateway.records[row.local_id].remote_id == row.remote_id
                phone = self.gateway.phones[row.local_id]
                assert VAULT.fingerprint(phone) == row.phone_hash == asked[row.code]

    @invariant()
    def no_state_turns_back(self) -> None:
        for table, ranks in ((inbound, INBOUND_RANK), (outbound, RANK)):
            for row in self._rows(table):
                rank: int = ranks[row.state]
                before = self.ranks.get((table.name, row.id), 0)
                assert rank >= before or before < _ends_of(table)
                self.ranks[table.name, row.id] = rank

    def teardown(self) -> None:
        """Once all is well again, everything comes to its end."""
        self.gateway.is_silent = False
        for _ in range(_TURNS):
            self.leases_end()
            self.office.answer()
            self.office._delivering().settle_unknown()
            self.office._delivering().run()
            self.office.receipts.join(100)
        states = {row.code: row.state for row in self._rows(inbound)}
        assert set(states.values()) <= _SETTLED
        for row in self._rows(outbound):
            assert RANK[OutboundState(row.state)] >= _ENDED, "an answer that waits for ever"
        with_answer = {row.code for row in self._rows(outbound)}
        answered = {code for code, state in states.items() if state == InboundState.ANSWERED}
        assert answered == with_answer, "a text that was answered by nothing"
        for invariant_ in (
            self.each_has_one_answer_and_one_more_for_each_that_was_sent_again,
            self.nothing_goes_out_that_is_known_to_be_out,
        ):
            invariant_()
        self.office.engine.dispose()

    def _rows(self, table: Any) -> Any:
        with reading(self.office.engine) as connection:
            return connection.execute(select(table)).all()


def _ends_of(table: Any) -> int:
    """The rank from which on there is no way back."""
    return _ENDED if table is outbound else INBOUND_RANK[InboundState.ANSWERED]


@pytest.fixture
def machine(sqlite: SqliteDatabases, tmp_path: Path) -> type[Lives]:
    """A ledger of its own for each life."""
    numbers = count()

    def engines() -> Engine:
        path = tmp_path / f"life-{next(numbers)}.db"
        return make_engine(sqlite.create(path, schema=True))

    class OnSqlite(Lives):
        """Each life in a file of its own."""

    OnSqlite.engines = staticmethod(engines)
    return OnSqlite


_LIVES = settings(
    deadline=None,
    stateful_step_count=25,
    suppress_health_check=list(HealthCheck),
)


def test_any_life_of_texts_ends_well(machine: type[Lives]) -> None:
    run_state_machine_as_test(machine, settings=settings(_LIVES, max_examples=4, derandomize=True))


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_any_of_many_lives_of_texts_ends_well(machine: type[Lives]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            _LIVES, max_examples=int(os.environ.get("EXAMPLES", "500")), stateful_step_count=50
        ),
    )
