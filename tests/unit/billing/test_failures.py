"""One line for whatever befalls the database, without a value of any row."""

import sqlite3

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import OperationalError

from sms_service.billing.failures import failures_told, told

PRIVATE = "1234567804423"


class Failed(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (errors.DiskFull(PRIVATE), "its disk is full"),
        (errors.LockNotAvailable(PRIVATE), "someone else holds a lock that didn't go in time"),
        (errors.DeadlockDetected(PRIVATE), "someone else holds a lock that didn't go in time"),
        (errors.QueryCanceled(PRIVATE), "it ended a statement before its end"),
        (errors.NotNullViolation(PRIVATE), "NotNullViolation"),
        (psycopg.OperationalError(PRIVATE), "OperationalError"),
        (sqlite3.OperationalError("no such table: bills"), "run sms-service db upgrade"),
    ],
)
def test_a_failure_is_told_by_its_kind(error: Exception, words: str) -> None:
    wrapped = OperationalError("INSERT", {"bill_id": PRIVATE}, error)
    for failure in (error, wrapped):
        with pytest.raises(Failed) as caught, failures_told(Failed):
            raise failure
        assert str(caught.value).startswith("the database failed: ")
        assert words in str(caught.value)
        assert PRIVATE not in str(caught.value)
    assert words in told(wrapped)
