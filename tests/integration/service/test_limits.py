"""Limits and the phone's lock on real databases, with workers that really run at once."""

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select, update

from sms_service.channels.door import Door
from sms_service.channels.kavenegar import kavenegar_webhooks
from sms_service.channels.secrets import Secrets
from sms_service.database import reading, writing
from sms_service.domain.bill_id import check_digit
from sms_service.domain.calendar import tehran_midnight
from sms_service.domain.limits import Limits
from sms_service.domain.money import Rial
from sms_service.domain.records import Branch, History
from sms_service.language.context import Context
from sms_service.ledger.bill_answers import BillAnswerCounts
from sms_service.ledger.recording import Recorder
from sms_service.ledger.tables import events, inbound, opt_outs, outbound, phones
from sms_service.ledger.vault import Sealed
from sms_service.service.answering import Answering
from sms_service.service.limiting import LimitedDesk
from sms_service.service.messages import Arrival, Recorded
from tests.support.desk import HISTORY, FakeSource, desk
from tests.support.fakes import FakeDoorbell, FakePost
from tests.support.ledger import (
    BILL,
    PHONE,
    VAULT,
    answer,
    arrival,
    context_ledger,
    inbound_ledger,
)

ROOMY = Limits(1000, 3000, 1000, 60)


class MeetingContexts:
    """Lets all workers recall before any of them goes on, once."""

    def __init__(self, engine: Engine, workers: int) -> None:
        self._ledger = context_ledger(engine)
        self._barrier = threading.Barrier(workers)
        self._met = threading.local()

    def recall(self, phone_hashes: Sequence[bytes]) -> Mapping[bytes, Context]:
        known = self._ledger.recall(phone_hashes)
        if phone_hashes and not getattr(self._met, "once", False):
            self._met.once = True
            self._barrier.wait(20)
        return known


def worker(
    engine: Engine, limits: Limits = ROOMY, size: int = 200, source: FakeSource | None = None
) -> Answering:
    return Answering(
        inbound_ledger(engine),
        context_ledger(engine),
        LimitedDesk(desk(source or FakeSource(HISTORY)), limits, BillAnswerCounts(engine)),
        FakeDoorbell(),
        timedelta(hours=24),
        size,
    )


def record(engine: Engine, arrivals: Iterable[Arrival]) -> None:
    Recorder(engine, VAULT).record(list(arrivals))


def texts(count: int, word: Callable[[int], str], phone: str = PHONE) -> list[Arrival]:
    return [arrival(f"{phone} {n}", word(n), phone) for n in range(count)]


def run_until_done(workers: Sequence[Answering]) -> None:
    """Each on a thread of its own, until nothing is left to be answered."""

    def work(one: Answering) -> None:
        while one.inbound.has_due():  # type: ignore[attr-defined]  # the ledger has it
            one.run()

    threads = [threading.Thread(target=work, args=(one,)) for one in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def column(engine: Engine, what: object) -> list[object]:
    with reading(engine) as connection:
        return list(connection.execute(select(what)).scalars())  # type: ignore[call-overload]  # any


def reasons(engine: Engine) -> Counter[str]:
    wanted = select(events.c.reason).where(events.c.what == "answered")
    with reading(engine) as connection:
        return Counter(connection.execute(wanted).scalars())


def right_ids(count: int) -> list[str]:
    heads = [f"{number:08}0442" for number in range(1, count + 1)]
    return [f"{head}{check_digit(head)}" for head in heads]


def test_two_workers_with_sixty_texts_of_one_phone_give_twenty_answers_and_one_notice(
    engine: Engine,
) -> None:
    ids = right_ids(60)
    debts = [Branch(Rial(10_000 * number), None, None) for number in range(1, 61)]
    source = FakeSource(
        *(History(*one) for one in zip(ids, [()] * 60, [()] * 60, debts, strict=True))
    )
    record(engine, texts(60, lambda n: f"بدهی {ids[n]}"))
    two = [worker(engine, Limits(), 30, source) for _ in range(2)]
    meeting = MeetingContexts(engine, 2)
    run_until_done([_with_contexts(one, meeting) for one in two])
    rungs = Counter(column(engine, outbound.c.rung))
    assert (rungs.total(), rungs["limited"]) == (21, 1)
    assert set(column(engine, inbound.c.state)) == {"answered"}
    assert max(column(engine, inbound.c.attempts)) == 1  # type: ignore[type-var]  # numbers
    assert "overtaken" in column(engine, events.c.reason)


def _with_contexts(one: Answering, contexts: MeetingContexts) -> Answering:
    return Answering(
        one.inbound, contexts, one.desk, one.doorbell, one.validity, one.batch_size, one.clock
    )


def test_a_text_that_lost_the_race_is_answered_knowing_the_one_that_won(engine: Engine) -> None:
    record(engine, texts(1, lambda _: BILL))
    record(engine, [arrival("2", "1405")])
    meeting = MeetingContexts(engine, 2)
    run_until_done([_with_contexts(worker(engine, size=1), meeting) for _ in range(2)])
    with reading(engine) as connection:
        rows = connection.execute(select(inbound.c.bill_id, inbound.c.from_year)).all()
    # Whichever came first, the other one knew of it.
    assert (BILL, 1405) in [tuple(row) for row in rows] or (None, 1405) in [tuple(r) for r in rows]
    assert len(column(engine, outbound.c.id)) == 2
    assert column(engine, phones.c.version) == [2]


def test_an_overtaken_text_waits_at_once_and_is_no_nearer_to_being_given_up(
    engine: Engine,
) -> None:
    record(engine, texts(2, str))
    ledger = inbound_ledger(engine)
    first, second = ledger.claim(1), ledger.claim(1)
    assert ledger.answer(first.token, [answer(first.rows[0])]) == 1
    assert ledger.answer(second.token, [answer(second.rows[0])]) == 0
    with reading(engine) as connection:
        row = connection.execute(select(inbound).where(inbound.c.id == second.rows[0].id)).one()
    assert (row.state, row.reason, row.attempts) == ("received", "overtaken", 0)
    assert (row.answered_at, row.intent, row.bill_id) == (None, None, None)
    again = ledger.claim(1)
    assert ledger.answer(again.token, [answer(again.rows[0], version=1)]) == 1


def test_of_a_batch_only_the_phones_that_were_overtaken_wait(engine: Engine) -> None:
    other = "+989129999999"
    record(engine, [*texts(1, str), *texts(1, str, other)])
    ledger = inbound_ledger(engine)
    claim = ledger.claim(2)
    with writing(engine) as connection:
        connection.execute(insert(phones).values(phone_hash=VAULT.fingerprint(other), version=1))
    assert ledger.answer(claim.token, [answer(row) for row in claim.rows]) == 1
    assert column(engine, outbound.c.phone_hash) == [VAULT.fingerprint(PHONE)]


def test_a_scraper_learns_no_more_than_five_misses_an_hour_and_its_share_of_answers(
    engine: Engine,
) -> None:
    ids = right_ids(2000)
    record(engine, texts(2000, lambda n: ids[n]))
    run_until_done([worker(engine, Limits()) for _ in range(2)])
    rungs = Counter(column(engine, outbound.c.rung))
    assert rungs == {"unknown_bill": 5, "locked": 1}
    assert reasons(engine) == {"unknown_bill": 5, "locked": 1995}
    assert set(column(engine, inbound.c.problem)) == {"unknown_bill", "limited"}


def test_a_scraper_that_comes_back_each_hour_learns_five_more_and_twenty_a_day(
    engine: Engine,
) -> None:
    ids, one = right_ids(70), worker(engine, Limits())
    noon = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    for hour in range(7):
        batch = [arrival(f"{hour} {n}", ids[hour * 10 + n]) for n in range(10)]
        record(engine, batch)
        with writing(engine) as connection:
            connection.execute(
                update(inbound)
                .where(inbound.c.state == "received")
                .values(received_at=noon + timedelta(hours=hour, minutes=hour))
            )
        one.run()
    rungs = Counter(column(engine, outbound.c.rung))
    assert rungs == {"unknown_bill": 17, "locked": 3, "limited": 1}


def test_a_bill_is_told_of_thirty_times_a_day_whoever_asks(engine: Engine) -> None:
    for number in range(35):
        record(engine, texts(1, lambda _: BILL, f"+98912{number:07}"))
    worker(engine, Limits(), 20).run()
    worker(engine, Limits(), 20).run()
    rungs = Counter(column(engine, outbound.c.rung))
    assert rungs == {"summary": 30, "limited_bill": 5}


def test_only_answers_of_today_that_told_of_the_bill_are_counted(engine: Engine) -> None:
    record(engine, [*texts(3, lambda _: BILL), *texts(1, lambda _: BILL, "+989129999999")])
    worker(engine, Limits(2)).run()
    counts, now = BillAnswerCounts(engine), datetime.now(UTC)
    midnight = tehran_midnight(now)
    assert counts.since(midnight, [BILL, "0012345604420"]) == {BILL: 2}
    assert counts.since(now + timedelta(minutes=1), [BILL]) == {}


def test_what_a_phone_has_had_is_kept_with_it(engine: Engine) -> None:
    record(engine, texts(3, lambda n: f"بدهی {BILL} {1400 + n}"))
    worker(engine).run()
    known = context_ledger(engine).recall([VAULT.fingerprint(PHONE)])[VAULT.fingerprint(PHONE)]
    assert (known.usage.answers, known.usage.parts, known.version) == (3, 3, 1)


def test_stop_is_recorded_though_the_phone_gets_nothing_more(engine: Engine) -> None:
    one = worker(engine, Limits(1))
    for number, text in enumerate(["راهنما", "سلام", "لغو"]):
        record(engine, [arrival(str(number), text)])
        one.run()
    assert len(column(engine, outbound.c.id)) == 2
    assert column(engine, opt_outs.c.phone_hash) == [VAULT.fingerprint(PHONE)]
    known = context_ledger(engine).recall([VAULT.fingerprint(PHONE)])[VAULT.fingerprint(PHONE)]
    assert known.opted_out
    record(engine, [arrival("start", "شروع")])
    one.run()
    assert column(engine, opt_outs.c.phone_hash) == []


def test_after_stop_a_question_is_still_answered(engine: Engine) -> None:
    one = worker(engine)
    for number, text in enumerate(["لغو", BILL]):
        record(engine, [arrival(str(number), text)])
        one.run()
    assert column(engine, outbound.c.rung) == ["stop", "summary"]


def test_silence_writes_nothing_of_the_phone(engine: Engine) -> None:
    record(engine, texts(40, lambda n: "سلام" + " جان" * n))
    one = worker(engine, Limits(), 10)
    for _ in range(4):
        one.run()
    assert reasons(engine) == {"no_bill_id": 5, "equal_answers": 35}
    assert column(engine, phones.c.version) == [1]


_LINES = frozenset({"30001521", "+989120001521"})
_SENDERS = st.one_of(
    st.from_regex(r"(\+98|0098|98|0)?9[0-9]{9}", fullmatch=True),
    st.from_regex(r"[+0-9]{1,14}", fullmatch=True),
    st.sampled_from([*_LINES, "09120001521", "BankMelli", "+14155550100", "02537700000", "1000"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
_texts_so_far = count(1)


class _Direct:
    """Stores a text at once."""

    def __init__(self, engine: Engine) -> None:
        self._recorder = Recorder(engine, VAULT)

    def commit(self, item: Arrival) -> Recorded:
        return self._recorder.record([item])[0]


def webhook(engine: Engine) -> FlaskClient:
    """The webhook on a bare application, on top of this database."""
    secrets, bell = Secrets(["secret"]), FakeDoorbell()
    app = Flask(__name__)
    door = Door(secrets, _Direct(engine), FakePost(), bell, _LINES)  # type: ignore[arg-type]
    app.register_blueprint(kavenegar_webhooks(door))
    return app.test_client()


def receptors(engine: Engine) -> set[str]:
    """The numbers to which answers are queued."""
    with reading(engine) as connection:
        rows = connection.execute(select(outbound.c.key_version, outbound.c.phone_cipher)).all()
    return {VAULT.open(Sealed(row.key_version, row.phone_cipher)).decode() for row in rows}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(senders=st.lists(_SENDERS, min_size=1, max_size=8))
def test_no_answer_is_ever_queued_to_a_number_that_is_not_allowed(
    sqlite_engine: Engine, senders: list[str]
) -> None:
    client = webhook(sqlite_engine)
    for sender in senders:
        number = next(_texts_so_far)
        fields = {"messageid": str(number), "from": sender, "to": "30001521", "message": "سلام"}
        assert client.post("/webhooks/kavenegar/secret/received", data=fields).status_code == 200
    worker(sqlite_engine).run()
    reached = receptors(sqlite_engine)
    assert not reached & _LINES
    assert {one for one in reached if not re.fullmatch(r"\+989[0-9]{9}", one)} == set()


def test_the_one_number_among_them_that_is_allowed_is_answered(engine: Engine) -> None:
    client = webhook(engine)
    for number, sender in enumerate(["1000", "BankMelli", "09120001521", "09121234567"]):
        fields = {"messageid": str(number), "from": sender, "to": "30001521", "message": "سلام"}
        client.post("/webhooks/kavenegar/secret/received", data=fields)
    worker(engine).run()
    assert receptors(engine) == {PHONE}
