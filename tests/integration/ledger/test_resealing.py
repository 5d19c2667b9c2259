"""Keys change beside running work: nothing is lost, and the old key can be taken out."""

import pytest
from sqlalchemy import Engine, select, update

from sms_service.console.people.codes import OneTimeCodes, resealed, sealing_keys, version_of
from sms_service.database import db_now, metadata, reading, writing
from sms_service.ledger.case import CaseLedger
from sms_service.ledger.desk_tables import users
from sms_service.ledger.handles import Handles
from sms_service.ledger.idempotency import Answered, IdempotencyLedger
from sms_service.ledger.links import LinkLedger
from sms_service.ledger.recording import Recorder
from sms_service.ledger.resealing import ResealingLedger
from sms_service.ledger.sealed_tables import SEALED_TABLES
from sms_service.ledger.sign_ins import SignInLedger
from sms_service.ledger.tables import inbound, inbound_texts
from sms_service.ledger.vault import Vault
from sms_service.service.auditing import Deed
from sms_service.service.ports import Accepted
from sms_service.service.resealing import Resealing, Rotated
from tests.support.ledger import BILL, PHONE, arrival, event_names
from tests.support.resending import OPERATOR, Office

HASH_KEY = b"hash key of the tests"
OLD, NEW = {1: b"o" * 32}, {2: b"n" * 32}
BEFORE, BOTH, AFTER = (Vault(keys, HASH_KEY) for keys in (OLD, NEW | OLD, NEW))
TEXT = f"سوابق {BILL} 1404"


def resealing(engine: Engine, vault: Vault = BOTH, keys: dict[int, bytes] | None = None) -> Rotated:
    held = keys or NEW | OLD
    ledger = ResealingLedger(engine, vault, lambda secret: resealed(held, secret), version_of)
    return Resealing(ledger, rest=lambda seconds: None).run(OPERATOR, lambda *_: None)


def rows_by_version(engine: Engine, vault: Vault = BOTH) -> set[int]:
    counts = ResealingLedger(engine, vault, lambda secret: None, version_of).counts()
    return {version for of_each in counts.values() for version in of_each}


def full(engine: Engine) -> str:
    """Something sealed with the old key in every place there is; the code of a request."""
    office = Office(engine, vault=BEFORE)
    office.asked(f"ذخیره خانه {BILL}", remote_id="7")
    code = office.asked(TEXT)
    office.deliver(Accepted("1", 1, 116), Accepted("2", 1, 116))
    CaseLedger(engine, BEFORE).remark(
        code, "زنگ زد", Deed(OPERATOR, "note_request", "request", code)
    )
    LinkLedger(engine, BEFORE, Handles(bytes(32))).link(PHONE, BILL, OPERATOR, "کارت ملی دید")
    calls = IdempotencyLedger(engine, BEFORE)
    calls.begin(1, "key", b"call")
    calls.finish(1, "key", 201, "told")
    secret = OneTimeCodes(sealing_keys(OLD), "x", SignInLedger(engine), b"").generate_totp_secret()
    with writing(engine) as connection:
        connection.execute(
            users.insert().values(
                username="sara",
                password="x",
                fs_uniquifier="u",
                tf_totp_secret=secret,
                created_at=db_now(),
            )
        )
    return code


def test_every_column_that_is_sealed_is_rotated() -> None:
    """A table with a key version that rotation doesn't know would lose its rows with the key."""
    with_version = {t.name for t in metadata.sorted_tables if "key_version" in t.columns}
    assert {one.name for one in SEALED_TABLES} == with_version
    ciphers = {
        (t.name, c.name)
        for t in metadata.sorted_tables
        for c in t.columns
        if c.name.endswith("_cipher")
    }
    assert {(one.name, name) for one in SEALED_TABLES for name in one.ciphers} == ciphers


def test_with_the_old_key_gone_everything_still_reads(engine: Engine) -> None:
    code = full(engine)
    assert rows_by_version(engine) == {1}
    rotated = resealing(engine)
    assert rotated.unreadable == {}
    assert all(rotated.done.values()), rotated.done
    assert rows_by_version(engine) == {2}

    case = CaseLedger(engine, AFTER).case(code)
    assert case is not None
    assert (case.phone, case.text, case.raw) == (PHONE, TEXT, "raw")
    assert [one.text for one in case.remarks] == ["زنگ زد"]
    assert all(one.text and one.phone == PHONE for one in case.sent)
    known = Office(engine, vault=AFTER).contexts.recall([AFTER.fingerprint(PHONE)])
    assert known[AFTER.fingerprint(PHONE)].saved == {"خانه": BILL}
    (link,) = LinkLedger(engine, AFTER, Handles(bytes(32))).phones_of(BILL)
    assert link.phone.endswith(PHONE[-2:])
    assert IdempotencyLedger(engine, AFTER).begin(1, "key", b"call") == Answered(201, "told")
    with reading(engine) as connection:
        secret = connection.scalar(select(users.c.tf_totp_secret))
    assert secret is not None
    assert resealed(NEW, secret) is None


def test_a_second_run_finds_nothing_to_do(engine: Engine) -> None:
    full(engine)
    resealing(engine)
    assert sum(resealing(engine).done.values()) == 0


def test_more_rows_than_a_part_are_all_gone_through(sqlite_engine: Engine) -> None:
    office = Office(sqlite_engine, vault=BEFORE)
    for number in range(7):
        office.asked(f"ذخیره خانه {BILL}", remote_id=f"{number}", phone=f"+9891200000{number:02}")
    ledger = ResealingLedger(sqlite_engine, BOTH, lambda secret: None, version_of)
    for table in ("inbound", "saved_names"):
        part, done = ledger.part(table, None, 2), 0
        while part.after is not None:
            done += part.done
            part = ledger.part(table, part.after, 2)
        assert done == 7


def test_what_is_erased_while_it_is_sealed_anew_stays_erased(engine: Engine) -> None:
    office = Office(engine, vault=BEFORE)
    code = office.asked(TEXT)

    def seal_late(self: Vault, plain: bytes) -> object:
        office.erase(code)
        return Vault.seal(self, plain)

    class Slow(Vault):
        seal = seal_late  # type: ignore[assignment]

    resealing(engine, Slow(NEW | OLD, HASH_KEY))
    case = CaseLedger(engine, BOTH).case(code)
    assert case is not None
    assert (case.phone, case.text) == (None, None)


def test_a_text_whose_key_isn_t_here_waits_for_who_has_it(engine: Engine) -> None:
    """A worker that was not restarted yet: others' texts go on, this one isn't nearer its end."""
    mine, theirs = Office(engine, vault=BEFORE), Office(engine, vault=BOTH)
    code = record(theirs, "1", PHONE)
    other = record(mine, "2", "+989120000001")
    for _ in range(8):
        mine.answer()
        due_now(engine)
    assert mine.state(other) == "answered"
    assert mine.state(code) == "received"
    assert "failed" not in event_names(engine, code)
    theirs.answer()
    assert theirs.state(code) == "answered"


def test_an_answer_whose_key_isn_t_here_is_sent_once_by_who_has_it(engine: Engine) -> None:
    mine, theirs = Office(engine, vault=BEFORE), Office(engine, vault=BOTH)
    code = theirs.asked(TEXT)
    for _ in range(10):
        assert mine.deliver().calls == []
        mine.let_all_be_due()
    assert [row.state for row in mine.rows(code)] == ["queued"]
    gateway = theirs.deliver(Accepted("1", 1, 116))
    assert len(gateway.calls) == 1
    assert [row.state for row in theirs.rows(code)] == ["accepted"]


@pytest.mark.parametrize("left", [bytes(40), b"x", b""])
def test_a_damaged_text_ends_and_holds_up_nobody(sqlite_engine: Engine, left: bytes) -> None:
    engine = sqlite_engine
    office = Office(engine, vault=BEFORE)
    code, other = record(office, "1", PHONE), record(office, "2", "+989120000001")
    with writing(engine) as connection:
        mine = select(inbound.c.id).where(inbound.c.code == code).scalar_subquery()
        damaged = update(inbound_texts).where(inbound_texts.c.inbound_id == mine)
        connection.execute(damaged.values(text_cipher=left))
    for _ in range(9):
        office.answer()
        due_now(engine)
    assert office.state(other) == "answered"
    assert office.state(code) == "failed"


def record(office: Office, remote_id: str, phone: str) -> str:
    (recorded,) = Recorder(office.engine, office.vault).record([arrival(remote_id, TEXT, phone)])
    return recorded.code


def due_now(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(inbound).values(due_at=db_now(-1)))
