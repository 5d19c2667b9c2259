"""The log tells of bill IDs being tried out, and keeps the head of the audit log."""

import logging
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from sms_service.database import db_now, writing
from sms_service.ledger.audit import AuditLedger
from sms_service.ledger.chores import ChoreLedger
from sms_service.ledger.ids import first_id_of
from sms_service.ledger.misses import MissLedger
from sms_service.ledger.recording import Recorder
from sms_service.ledger.tables import inbound
from sms_service.ledger.upkeep_tables import chores
from sms_service.logs.values import safe_text
from sms_service.service.auditing import Actor, Deed, follow, read_noted, spelt
from sms_service.service.watches import AuditHeadWatch, MissWatch
from tests.support.ledger import VAULT, arrival


def record_misses(engine: Engine, problems: Sequence[str | None]) -> None:
    """One question each, of a phone of its own."""
    ledger = Recorder(engine, VAULT)
    ledger.record([arrival(str(n), f"سلام {n}", f"+98912{n:07}") for n, _ in enumerate(problems)])
    with writing(engine) as connection:
        for number, problem in enumerate(problems):
            phone = VAULT.fingerprint(f"+98912{number:07}")
            of_phone = update(inbound).where(inbound.c.phone_hash == phone)
            connection.execute(of_phone.values(problem=problem))


def let_a_day_pass(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(chores).values(due_at=db_now()))


def watched(engine: Engine, most: int, caplog: pytest.LogCaptureFixture) -> list[str]:
    watch = MissWatch(ChoreLedger(engine, 30), MissLedger(engine).since, most)
    caplog.clear()
    with caplog.at_level(logging.WARNING, "sms_service.service.watches"):
        assert not watch.sweep()
        assert not watch.sweep()
    return [one.getMessage() for one in caplog.records if one.name.endswith("watches")]


def test_many_phones_that_try_out_ids_together_are_told_of_once_an_hour(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    record_misses(engine, ["unknown_bill"] * 4 + ["not_allowed"] * 3 + ["bad_check_digit", None])
    (line,) = watched(engine, 6, caplog)
    assert line.startswith("7 questions of 7 phones within an hour")
    assert watched(engine, 6, caplog) == []
    let_a_day_pass(engine)
    assert len(watched(engine, 6, caplog)) == 1


def test_as_many_misses_as_there_always_are_are_no_alarm(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    record_misses(engine, ["unknown_bill"] * 6 + ["bad_check_digit"] * 5)
    assert watched(engine, 6, caplog) == []


def test_what_was_missed_before_the_hour_does_not_count(engine: Engine) -> None:
    record_misses(engine, ["unknown_bill"] * 3)
    with writing(engine) as connection:
        now = connection.execute(db_now().select()).scalar_one()
        row = inbound.c.phone_hash == VAULT.fingerprint("+989120000000")
        long_ago = first_id_of(now - timedelta(hours=2))
        connection.execute(update(inbound).where(row).values(id=long_ago))
    assert MissLedger(engine).since(now - timedelta(hours=1)).questions == 2


def test_the_head_of_the_audit_log_is_written_down_each_day(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    audit = AuditLedger(engine)
    watch = AuditHeadWatch(ChoreLedger(engine, 30), audit.head)
    caplog.set_level(logging.INFO, "sms_service.service.watches")
    watch.sweep()
    audit.write(Deed(Actor("sara"), "resend", "request", "12345678"))
    watch.sweep()
    let_a_day_pass(engine)
    watch.sweep()
    told = [one.getMessage() for one in caplog.records if one.name.endswith("watches")]
    begin = "the audit log ends with "
    assert [read_noted(one.removeprefix(begin)) for one in told] == [
        (0, "0" * 64),
        (1, follow(audit.entries()).head.hex()),
    ]


def test_a_head_survives_what_hides_numbers_in_the_log() -> None:
    """Rows of digits in a hash would pass for a phone's."""
    for number in (0, 7, 1_234_567, 9_876_543_210):
        for digest in (b"\x12" * 32, bytes(range(32)), b"\x98\x76\x54\x32" * 8):
            noted = f"{number}:{digest.hex()}"
            line = f"the audit log ends with {spelt(noted)}"
            assert safe_text(line) == line
            assert read_noted(spelt(noted)) == read_noted(noted) == (number, digest.hex())
