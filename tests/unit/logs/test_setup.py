"""Logs: one record is one line that parses, and no secret, number or row passes."""

import json
import logging
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from structlog.contextvars import bound_contextvars

from sms_service.logs import LONGEST_LINE, set_up_logs
from sms_service.service import hops
from sms_service.settings import load_settings
from tests.support.environment import process_environment

PHONE, BILL = "09121234567", "6249849504428"
UNSAFE = "\r\n\x00\x1b\x85\u2028\u2029\u202e\u2066\u200f\ufeff\ud800"
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _give_the_root_logger_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    hops.tell_logs(None)
    logging.getLogger("sqlalchemy").setLevel(logging.NOTSET)


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """Logs as a worker writes them; what was written since, parsed."""
    set_up_logs(load_settings({"LOG_LEVEL": "DEBUG"}), "worker")

    def written() -> list[dict[str, Any]]:
        said = capsys.readouterr().err
        assert said == "" or said.endswith("\n")
        return [json.loads(line) for line in said.split("\n")[:-1]]

    return written


def test_a_librarys_own_field_named_exception_breaks_no_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logs(load_settings({"LOG_FORMAT": "text"}), "worker")
    logging.getLogger("x").warning("it said so", extra={"exception": [["no", "dictionary"]]})
    assert "WARNING x: it said so" in capsys.readouterr().err


def test_a_line_says_when_who_and_what(lines: Lines) -> None:
    logging.getLogger("sms_service.x").warning("lane %s rests", "kavenegar")
    (line,) = lines()
    assert line["timestamp"].endswith("Z")
    assert line["level"] == "warning"
    assert (line["logger"], line["event"]) == ("sms_service.x", "lane kavenegar rests")
    assert line["process"] == "worker"
    assert line["pid"] > 1


def test_persian_stays_readable(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(load_settings({}), "worker")
    logging.getLogger("test").warning("شهر می‌رود %s", "یزد")
    assert "شهر می‌رود یزد" in capsys.readouterr().err


@how(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.text() | st.text(UNSAFE + "a1{}\"'\\%"), _ANYTHING, st.text())
def test_any_record_is_one_line_that_parses_and_shows_nothing_unsafe(
    lines: Lines, message: str, value: object, key: str
) -> None:
    extra = {"value": value, f"k{key}": value}
    logging.getLogger("test").warning("%s", message, extra=extra, exc_info=ValueError(message))
    (line,) = lines()
    shown = json.dumps(line, ensure_ascii=False)
    assert not set(UNSAFE) & set(shown)
    assert len(shown.encode()) <= LONGEST_LINE


def test_what_is_huge_is_cut(lines: Lines) -> None:
    huge = "سلام " * 100_000
    extra = {f"field_{n}": huge for n in range(50)}
    logging.getLogger("test").warning(huge, extra=extra | {"request": "12345678"})
    (line,) = lines()
    assert line["request"] == "12345678"
    assert line["cut"] is True
    assert len(line["event"]) <= 500


def test_a_record_that_cannot_be_written_says_so_in_a_line(lines: Lines) -> None:
    class Sore:
        def __str__(self) -> str:
            raise RuntimeError(PHONE)

    root = logging.getLogger()
    # Pytest's own raise instead.
    root.handlers = [one for one in root.handlers if one.__module__ == "sms_service.logs.setup"]
    logging.getLogger("test").warning("%d", "no number")
    logging.getLogger("test").warning("fine", extra={"value": Sore()})
    first, second = lines()
    assert PHONE not in str(first)
    assert first["event"] == "a record can't be written: TypeError"
    assert second["value"] == "[Sore: RuntimeError]"


def test_a_text_cannot_write_log_lines_of_its_own_for_a_terminal_either(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logs(load_settings({"LOG_FORMAT": "text"}), "worker")
    logging.getLogger("test").warning(
        "got %s", f"a\nWARNING root: forged{UNSAFE}", extra={"a": "\n"}
    )
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert " WARNING test: got a\\u000aWARNING root" in said
    assert not set(UNSAFE[2:]) & set(said)


def test_a_secret_of_the_settings_is_masked_wherever_it_is_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = {"HASH_KEY": 'very "hush" hush', "WEBHOOK_SECRETS": "hook-secret-1"}
    set_up_logs(load_settings(given), "worker")
    extra = {"path": "/webhooks/hook-secret-1/x", "a": {'very "hush" hush': ["hook-secret-1"]}}
    error = ValueError("hook-secret-1")
    logging.getLogger("t").warning('very "hush" hush', extra=extra, exc_info=error)
    logging.getLogger("t").warning("%shook-secret-1", "x" * 495)
    said = capsys.readouterr().err
    assert "hush" not in said
    assert "hook-s" not in said
    assert [json.loads(line) for line in said.splitlines()]


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("Authorization: Bearer abc.DEF-123", "Authorization: ***"),
        ("redis://user:hunter2@host:6379/0", "redis://***@host:6379/0"),
        ("GET /cgi-bin/sendsms?user=x&text=%06%28", "GET /cgi-bin/sendsms?***"),
        ("token desk_abcdefghijklmnopqrstuvwxyz", "***"),
    ],
)
def test_credentials_are_masked_by_their_form(lines: Lines, told: str, shown: str) -> None:
    logging.getLogger("t").warning(told)
    assert lines()[0]["event"] == shown


def test_numbers_are_hidden_in_every_place_of_a_record(lines: Lines) -> None:
    extra = {
        "plain": int(PHONE),
        "nested": {"deep": [{PHONE: BILL}], "rows": 3},
        "share": float(BILL),
        "phone": "x",
        "api_key": "y",
    }
    try:
        _fail(LookupError(f"no bill {BILL}"), ValueError(PHONE))
    except LookupError:
        logging.getLogger("t").exception("%s of %s", BILL, PHONE, extra=extra)
    with bound_contextvars(bound=PHONE):
        logging.getLogger("t").info("bound")
    said = json.dumps(lines())
    assert "9121234567" not in said
    assert BILL not in said
    assert said.count('"***"') == 2


def _fail(error: Exception, cause: Exception) -> None:
    raise error from cause


def test_ids_codes_and_counts_of_our_own_stay_readable(lines: Lines) -> None:
    hops.receipt("12345678", "delivered", "kavenegar", 123_456.789)
    (line,) = lines()
    assert line["request"] == "12345678"
    assert line["ms"] == 123_456_789
    drawn = "f09121234567e8a0c0d1b2a3f4e5d6c7"
    with bound_contextvars(web_request=drawn):
        logging.getLogger("t").info("a page")
    assert lines()[0]["web_request"] == drawn


def test_an_exception_tells_kinds_and_places_without_what_was_written(lines: Lines) -> None:
    try:
        int("شناسه قبض")
    except ValueError as error:
        logging.getLogger("t").exception("it failed: %r", error)  # noqa: TRY401  # as Celery does
    (line,) = lines()
    (told,) = line["exception"]
    assert told["type"] == "ValueError"
    assert told["at"][-1].endswith(
        "test_an_exception_tells_kinds_and_places_without_what_was_written"
    )
    assert "شناسه" not in json.dumps(line, ensure_ascii=False)


def test_an_error_of_the_database_tells_no_statement_and_no_value(lines: Lines) -> None:
    engine = create_engine("sqlite://", hide_parameters=True)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT :name FROM nowhere"), {"name": "گلی"})
    except SQLAlchemyError:
        logging.getLogger("t").exception("a statement failed")
    finally:
        engine.dispose()
    line = lines()[-2]
    kinds = [one["type"] for one in line["exception"]]
    assert kinds == ["OperationalError", sqlite3.OperationalError.__name__]
    assert "nowhere" not in json.dumps(line)


def test_rows_of_the_database_are_never_written_out(lines: Lines) -> None:
    logging.getLogger("sqlalchemy.engine.Engine").debug("Row %r", ("1234567804423",))
    logging.getLogger("sms_service").debug("seen")
    assert [line["event"] for line in lines()] == ["seen"]


def test_a_command_speaks_up_at_warnings_only(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(load_settings({"LOG_LEVEL": "DEBUG"}))
    logging.getLogger("t").info("nothing to tell")
    hops.expired(["12345678"])
    logging.getLogger("t").warning("something")
    assert json.loads(capsys.readouterr().err)["event"] == "something"


def test_what_python_itself_would_print_is_a_line_too() -> None:
    program = """
import threading, warnings
from sms_service.logs import own_process
from sms_service.settings import load_settings
own_process(load_settings({}), "import")
warnings.warn("old", DeprecationWarning, stacklevel=1)
threading.Thread(target=lambda: int("09121234567x")).start()
class Sore:
    def __del__(self): raise OSError("gone")
sore = Sore()
del sore
raise SystemError("the end")
"""
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", program],
        env=process_environment({}),
        capture_output=True,
        text=True,
        check=False,
    )
    told = [json.loads(line) for line in done.stderr.splitlines()]
    kinds = [one["exception"][0]["type"] for one in told if "exception" in one]
    assert done.returncode == 1
    assert sorted(kinds) == ["OSError", "SystemError", "ValueError"]
    assert any(one["event"].startswith("DeprecationWarning: old") for one in told)
    assert "9121234567" not in done.stderr
