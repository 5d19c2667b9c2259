"""Logs: one record is one line, and no secret passes."""

import logging
from collections.abc import Iterator

import pytest

from sms_service.logs import set_up_logs
from sms_service.settings import load_settings


@pytest.fixture(autouse=True)
def _give_the_root_logger_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    logging.getLogger("sqlalchemy").setLevel(logging.NOTSET)


def test_a_text_cannot_write_log_lines_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(load_settings({}))
    logging.getLogger("test").warning("got %s", "a\nWARNING root: forged\rtext")
    assert capsys.readouterr().err.count("\n") == 1


def test_a_secret_of_the_settings_is_masked_wherever_it_is_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logs(load_settings({"HASH_KEY": "very-hush-hush", "WEBHOOK_SECRETS": "hook-secret-1"}))
    logging.getLogger("test").warning("%s and %s", "very-hush-hush", "/webhooks/hook-secret-1/x")
    said = capsys.readouterr().err
    assert "very-hush-hush" not in said
    assert "hook-secret-1" not in said


def test_rows_of_the_database_are_never_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(load_settings({"LOG_LEVEL": "DEBUG"}))
    logging.getLogger("sqlalchemy.engine.Engine").debug("Row %r", ("1234567804423",))
    logging.getLogger("sms_service").debug("seen")
    said = capsys.readouterr().err
    assert "seen" in said
    assert "1234567804423" not in said
