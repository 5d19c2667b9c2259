"""The audit log: written one by one by many, changed by nobody, and telling when it was."""

import threading

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from sms_service.database import writing
from sms_service.domain.roles import Role
from sms_service.ledger.audit import AuditLedger, write_deed
from sms_service.ledger.audit_view import AuditView, Wanted
from sms_service.service.auditing import FIRST_HASH, Actor, Deed, follow

BY = Actor("sara", frozenset({Role.OPERATOR}), address="192.0.2.7")


def deed(subject: str = "12345678", action: str = "resend") -> Deed:
    return Deed(BY, action, "request", subject, "چون نرسید", {"parts": 2, "نام": "متن"})


def fill(engine: Engine, count: int) -> AuditLedger:
    audit = AuditLedger(engine)
    for number in range(count):
        audit.write(deed(str(10_000_000 + number)))
    return audit


def without_triggers(engine: Engine, statement: str) -> None:
    """Change the table as somebody does who owns the database."""
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        else:
            connection.execute(text("DROP TRIGGER audit_no_update"))
            connection.execute(text("DROP TRIGGER audit_no_delete"))
        connection.execute(text(statement))


def test_each_entry_holds_on_to_the_one_before(engine: Engine) -> None:
    audit = fill(engine, 3)
    first, second, third = audit.entries()
    assert (first.number, first.previous_hash) == (1, FIRST_HASH)
    assert (second.previous_hash, third.previous_hash) == (first.hash, second.hash)
    chain = follow(audit.entries())
    assert (chain.length, chain.broken, chain.head) == (3, None, third.hash)
    assert (first.actor, first.role, first.address) == ("sara", "operator", "192.0.2.7")


def test_an_empty_log_is_whole(engine: Engine) -> None:
    chain = follow(AuditLedger(engine).entries())
    assert (chain.length, chain.broken, chain.head) == (0, None, FIRST_HASH)


def test_many_who_write_at_once_make_one_chain_without_gaps(engine: Engine) -> None:
    audit = AuditLedger(engine)
    failures: list[Exception] = []

    def write() -> None:
        try:
            for _ in range(10):
                audit.write(deed())
        except DBAPIError as error:
            failures.append(error)

    writers = [threading.Thread(target=write) for _ in range(8)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert failures == []
    chain = follow(audit.entries())
    assert (chain.length, chain.broken) == (80, None)


def test_a_deed_whose_transaction_fails_leaves_no_gap(engine: Engine) -> None:
    audit = fill(engine, 1)

    class Refused(Exception):
        pass

    def fail() -> None:
        with writing(engine) as connection:
            write_deed(connection, deed())
            raise Refused

    with pytest.raises(Refused):
        fail()
    assert audit.write(deed()) == 2
    assert follow(audit.entries()).broken is None


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'reza'", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_what_was_written(
    engine: Engine, statement: str
) -> None:
    audit = fill(engine, 2)
    with pytest.raises(DBAPIError, match="append-only"), writing(engine) as connection:
        connection.execute(text(statement))
    assert follow(audit.entries()).length == 2


def test_the_log_can_t_be_emptied_at_once(postgresql_engine: Engine) -> None:
    audit = fill(postgresql_engine, 2)
    with pytest.raises(DBAPIError, match="append-only"), writing(postgresql_engine) as connection:
        connection.execute(text("TRUNCATE audit"))
    assert follow(audit.entries()).length == 2


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit SET subject = '99999999' WHERE number = 3", 3),
        ("UPDATE audit SET details = '{}' WHERE number = 2", 2),
        ("UPDATE audit SET reason = NULL WHERE number = 4", 4),
        ("UPDATE audit SET address = '192.0.2.8' WHERE number = 5", 5),
        ("DELETE FROM audit WHERE number = 3", 3),
        ("DELETE FROM audit WHERE number = 1", 1),
        ("UPDATE audit SET number = 70 WHERE number = 3", 3),
    ],
)
def test_a_change_behind_the_back_of_the_triggers_is_named(
    engine: Engine, statement: str, broken: int
) -> None:
    audit = fill(engine, 5)
    without_triggers(engine, statement)
    assert follow(audit.entries()).broken == broken


def test_an_entry_that_was_noted_outside_tells_when_the_end_was_cut_off(engine: Engine) -> None:
    audit = fill(engine, 5)
    noted = list(audit.entries())[-1].hash
    without_triggers(engine, "DELETE FROM audit WHERE number > 3")
    chain = follow(audit.entries(), 5)
    assert chain.broken is None
    assert chain.noted != noted


def test_the_log_is_read_a_page_at_a_time_the_newest_first(engine: Engine) -> None:
    fill(engine, 5)
    view = AuditView(engine)
    first = view.page(Wanted(), None, 2)
    assert [one.number for one in first.entries] == [5, 4]
    second = view.page(Wanted(), first.below, 3)
    assert ([one.number for one in second.entries], second.below) == ([3, 2, 1], None)
    assert [one.number for one in view.everything(Wanted(), 4)] == [5, 4, 3, 2]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Wanted(actor="sara"), [3, 2, 1]),
        (Wanted(actor="nobody"), []),
        (Wanted(action="reveal"), [3]),
        (Wanted(subject="1"), [1]),
    ],
)
def test_the_log_is_filtered_by_who_what_and_whom(
    engine: Engine, wanted: Wanted, numbers: list[int]
) -> None:
    audit = AuditLedger(engine)
    for one in (deed("1"), deed("2"), deed("3", "reveal")):
        audit.write(one)
    assert [one.number for one in AuditView(engine).page(wanted, None, 10).entries] == numbers


def test_the_log_is_filtered_by_time(engine: Engine) -> None:
    audit = fill(engine, 3)
    middle = list(audit.entries())[1].at
    view = AuditView(engine)
    assert [one.number for one in view.page(Wanted(since=middle), None, 9).entries] == [3, 2]
    assert [one.number for one in view.page(Wanted(until=middle), None, 9).entries] == [1]


def test_the_last_check_is_remembered(engine: Engine) -> None:
    view, audit = AuditView(engine), AuditLedger(engine)
    assert view.last_check() is None
    audit.write(Deed(BY, "audit_check", "audit", "chain", details={"entries": 0, "broken": None}))
    audit.write(deed())
    last = view.last_check()
    assert last
    assert last.number == 1
