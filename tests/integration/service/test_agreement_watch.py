"""The log tells each day that the agreement ends soon, or that none holds."""

import logging
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from sms_service.domain.agreement import Validity
from sms_service.ledger.chores import ChoreLedger
from sms_service.service.agreement_watch import AgreementWatch

TODAY = date(2026, 11, 24)


def lines(engine: Engine, left: int | None, caplog: pytest.LogCaptureFixture) -> list[str]:
    until = None if left is None else TODAY + timedelta(days=left)
    watch = AgreementWatch(ChoreLedger(engine, 30), lambda: Validity(TODAY, until))
    with caplog.at_level(logging.WARNING):
        assert not watch.sweep()
        assert not watch.sweep()
    return [record.getMessage() for record in caplog.records]


def test_nothing_is_said_while_the_end_is_far(
    sqlite_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    assert lines(sqlite_engine, 61, caplog) == []


def test_a_near_end_is_told_once_a_day(
    sqlite_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    assert lines(sqlite_engine, 30, caplog) == ["the agreement ends in 30 days, with 2026-12-24"]


def test_that_no_agreement_holds_is_told(
    sqlite_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    (line,) = lines(sqlite_engine, None, caplog)
    assert "no agreement holds today" in line
