"""What is older than was agreed leads to nobody any more, and counts as it did."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from sms_service.database import metadata, reading
from sms_service.domain.states import InboundState, OutboundState
from sms_service.ledger.audit import AuditLedger
from sms_service.ledger.case import CaseLedger
from sms_service.ledger.chores import ChoreLedger
from sms_service.ledger.desk_tables import audit
from sms_service.ledger.retention import RetentionLedger
from sms_service.ledger.tables import (
    contexts,
    events,
    inbound,
    inbound_keys,
    inbound_texts,
    outbound,
    phones,
)
from sms_service.service.auditing import Deed, follow
from sms_service.service.ports import Accepted
from sms_service.service.resending import Refusal
from sms_service.service.retention import NightlyRetention, Retention
from tests.support.ageing import age
from tests.support.ledger import BILL, PHONE, VAULT, context_ledger, event_names, inbound_ledger
from tests.support.remains import in_files, of_phone, traces
from tests.support.resending import OPERATOR, OTHER_PHONE, SUPERVISOR, Office, refusal

TEXT = f"سوابق {BILL} سپاس گزارم"
NOTE = "مشترک دوباره زنگ زد"
DAYS = 90
COUNTED = ("events", "opinions", "resends", "audit", "frozen_months", "opt_outs")


@pytest.fixture
def office(engine: Engine) -> Office:
    return Office(engine)


def ledger(engine: Engine) -> RetentionLedger:
    return RetentionLedger(engine, timedelta(days=30))


def retention(engine: Engine) -> Retention:
    return Retention(ledger(engine), DAYS, rest=lambda seconds: None)


def erase(engine: Engine) -> Mapping[str, int]:
    mine = retention(engine)
    return mine.run(OPERATOR, mine.cutoff()).counts


def needles(engine: Engine) -> dict[str, list[bytes]]:
    """All of one phone's, as it may be written, and the bytes by which it is found."""
    return {
        "phone": of_phone(PHONE) + of_phone(OTHER_PHONE),
        "hash": [VAULT.fingerprint(PHONE), VAULT.fingerprint(OTHER_PHONE)],
        "text": ["سپاس گزارم".encode(), NOTE.encode(), "خانه پدری".encode()],
        "bill": [BILL.encode()],
        "gateway's number": [b"98765"],
    }


def busy(office: Office) -> str:
    """A phone asked, was answered, named its bill, was sent an answer again, twice."""
    office.asked(f"ذخیره خانه پدری {BILL}", remote_id="7")
    code = office.asked(TEXT)
    office.deliver(*[Accepted(f"98765{n}", 1, 116) for n in range(2)])
    office.arrive()
    office.put(code, OutboundState.UNDELIVERED)
    office.let_pass(timedelta(hours=2))
    office.resend(code, SUPERVISOR, to=OTHER_PHONE, reason=f"با {PHONE} تماس گرفتم")
    office.deliver(Accepted("987659", 1, 116))
    deed = Deed(OPERATOR, "note_request", "request", code)
    CaseLedger(office.engine, VAULT).remark(code, NOTE, deed)
    return code


def test_nothing_of_the_phone_its_texts_and_its_bill_is_left_anywhere(
    engine: Engine, office: Office
) -> None:
    busy(office)
    vaults = dict.fromkeys((1, 2), VAULT)
    before = traces(engine, needles(engine), vaults)
    assert {one.split(" in ")[0] for one in before} == set(needles(engine))
    age(engine, timedelta(days=DAYS + 1))

    erased = erase(engine)

    assert erased["requests"] == 2
    assert erased["answers"] >= 3
    assert traces(engine, needles(engine), vaults) == []
    assert set(ledger(engine).overdue(datetime.now(UTC) - timedelta(days=DAYS)).values()) == {0}


def test_counts_are_the_same_before_and_after(engine: Engine, office: Office) -> None:
    busy(office)
    age(engine, timedelta(days=DAYS + 1))
    before = counts(engine)
    erase(engine)
    assert counts(engine) == before


def counts(engine: Engine) -> list[object]:
    by_state = (
        select(inbound.c.channel, inbound.c.state, inbound.c.intent, inbound.c.fulfilment),
        select(outbound.c.state, outbound.c.kind, outbound.c.parts, outbound.c.cost_rial),
        select(events.c.what, events.c.reason),
    )
    with reading(engine) as connection:
        kinds = [sorted(map(str, connection.execute(one).all())) for one in by_state]
        rows = {
            name: connection.scalar(select(func.count()).select_from(metadata.tables[name]))
            for name in ("opinions", "resends", "opt_outs", "inbound_keys")
        }
    return [*kinds, rows]


def test_what_is_younger_stays_to_the_last_letter(engine: Engine, office: Office) -> None:
    code = busy(office)
    age(engine, timedelta(days=DAYS - 1))
    assert erase(engine).get("requests", 0) == 0
    case = CaseLedger(engine, VAULT).case(code)
    assert case is not None
    assert (case.phone, case.text, case.bill_id) == (PHONE, TEXT, BILL)
    assert [one.text for one in case.remarks] == [NOTE]


def test_a_phone_that_still_writes_keeps_its_names(engine: Engine, office: Office) -> None:
    busy(office)
    age(engine, timedelta(days=DAYS + 1))
    office.asked(f"بدهی {BILL}", remote_id="8")
    erase(engine)
    known = context_ledger(engine).recall([VAULT.fingerprint(PHONE)])
    assert known[VAULT.fingerprint(PHONE)].saved == {"خانه پدری": BILL}


def test_a_phone_that_wants_no_texts_is_still_known_for_that(
    engine: Engine, office: Office
) -> None:
    busy(office)
    office.asked("لغو", remote_id="9")
    age(engine, timedelta(days=DAYS + 1))
    erase(engine)
    known = context_ledger(engine).recall([VAULT.fingerprint(PHONE)])
    assert known[VAULT.fingerprint(PHONE)].opted_out
    assert known[VAULT.fingerprint(PHONE)].saved == {}


def test_an_erased_request_is_shown_as_erased_and_not_sent_again(
    engine: Engine, office: Office
) -> None:
    code = busy(office)
    age(engine, timedelta(days=DAYS + 1))
    erase(engine)
    case = CaseLedger(engine, VAULT).case(code)
    assert case is not None
    assert case.is_erased
    assert [hop.what for hop in case.hops][:2] == ["received", "answering"]
    assert refusal(office.resend(code, SUPERVISOR)) is Refusal.ERASED


def test_what_still_waits_after_all_that_time_is_ended(engine: Engine, office: Office) -> None:
    code = office.asked(TEXT)
    office.change_request(code, state=InboundState.RECEIVED)
    age(engine, timedelta(days=DAYS + 1))
    erase(engine)
    assert office.state(code) == "failed"
    assert [row.state for row in office.rows(code)] == ["expired"]
    assert event_names(engine, code)[-2:] == ["failed", "expired"]
    assert inbound_ledger(engine).claim(10).rows == []


def test_a_repeat_of_an_erased_text_is_a_text_of_its_own(engine: Engine, office: Office) -> None:
    code = office.asked(TEXT)
    age(engine, timedelta(days=DAYS + 1))
    erase(engine)
    assert office.asked(TEXT) != code
    with reading(engine) as connection:
        kept = connection.scalars(select(inbound_keys.c.code)).all()
    assert code in kept, "a tracking code is never given out twice"


def test_a_run_that_was_cut_off_goes_on_where_it_stopped(engine: Engine, office: Office) -> None:
    for number in range(5):
        office.asked(TEXT, remote_id=f"r{number}", phone=f"+98912000000{number}")
    age(engine, timedelta(days=DAYS + 1))
    books, before = ledger(engine), datetime.now(UTC) - timedelta(days=DAYS)
    assert books.erase(before, 2) == {"requests": 2}
    with reading(engine) as connection:
        left = select(inbound.c.code).where(inbound.c.phone_cipher.is_not(None))
        newest = connection.scalars(left.order_by(inbound.c.id)).all()
        everybody = connection.scalars(select(inbound.c.code).order_by(inbound.c.id)).all()
    assert newest == everybody[2:], "the oldest first"
    assert erase(engine)["requests"] == 3


def test_each_run_leaves_a_deed_without_anybody_in_it(engine: Engine, office: Office) -> None:
    busy(office)
    age(engine, timedelta(days=DAYS + 1))
    erase(engine)
    last = ledger(engine).last_run()
    assert last is not None
    assert last.actor == OPERATOR.name
    assert '"requests":2' in last.details
    assert follow(AuditLedger(engine).entries()).broken is None


def test_the_chore_runs_once_a_night_and_at_once_when_it_never_ran(
    engine: Engine, office: Office
) -> None:
    chores = ChoreLedger(engine, lease_seconds=30)
    nightly = NightlyRetention(chores, retention(engine))
    office.asked(TEXT)
    age(engine, timedelta(days=DAYS + 1))
    assert not nightly.sweep()
    assert not chores.is_due("retention")
    assert ledger(engine).last_run() is not None
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(inbound_texts)) == 0
        assert connection.scalar(select(func.count()).select_from(audit)) == 1
    assert not nightly.sweep()


def test_the_last_three_days_are_nobodys_to_erase(engine: Engine) -> None:
    with pytest.raises(ValueError, match="three days"):
        retention(engine).run(OPERATOR, datetime.now(UTC) - timedelta(days=2))


def test_expired_contexts_are_deleted_long_before(engine: Engine, office: Office) -> None:
    office.asked(TEXT)
    age(engine, timedelta(days=31))
    erase(engine)
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(contexts)) == 0
        assert connection.scalar(select(func.count()).select_from(phones)) == 1


def test_the_files_of_sqlite_hold_nothing_of_them_either(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    office = Office(sqlite_engine)
    busy(office)
    with reading(sqlite_engine) as connection:
        columns = inbound.c.phone_cipher, inbound_texts.c.text_cipher, outbound.c.phone_cipher
        sealed = [one for column in columns for one in connection.scalars(select(column))]
    wanted = needles(sqlite_engine) | {"sealed": sealed}
    assert in_files([tmp_path], wanted)
    age(sqlite_engine, timedelta(days=DAYS + 1))
    erase(sqlite_engine)
    assert in_files([tmp_path], wanted) == []
