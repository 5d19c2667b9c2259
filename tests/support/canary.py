"""Secrets that must never be seen, and a watch that fails the run where one is.

So it does where a process of the service logged the phone of one of the tests' people.

The watch reads every log record of every logger down to DEBUG, as it leaves its logger;
what tests print; and the files that child processes wrote into ``process_logs``.
"""

import logging
import re
import traceback
from collections.abc import Generator
from pathlib import Path

import pytest

CANARY_API_KEY = "436E6172794B657931393841464F4E4F54464F52474F4F44"
"""The Kavenegar API key of every test and of every process that a test starts."""
CANARY_WEBHOOK_SECRET = "w4bH00kS3cr3tOfTheTests7f3a9c"
"""The webhook secret of the same."""
CANARY_KANNEL_PASSWORD = "k4nn3lP4ssw0rdOfTheTests51c0"
"""The password of the same at Kannel."""
CANARY_SAAPA_TOKEN = "s44p4T0k3nOfTheTests9e21bb"
"""The token at the billing interface of the same."""

_CANARIES = {
    "API key": CANARY_API_KEY,
    "webhook secret": CANARY_WEBHOOK_SECRET,
    "Kannel password": CANARY_KANNEL_PASSWORD,
    "billing interface's token": CANARY_SAAPA_TOKEN,
}


_LOGGING = ("web", "worker", "beat")
"""Files of processes that write the service's own logs."""
_PHONE = re.compile(r"(?:990|[۹٩][۹٩][۰٠])\d{7}")


def phones_in(text: str) -> list[str]:
    """Phones of the people of ``tests.support.texting``, with the last digits left out."""
    return [found[:3] for found in _PHONE.findall(text)]


def secrets_in(text: str) -> list[str]:
    """Names of the canaries that a text shows; never the secrets themselves."""
    folded = text.casefold()
    return [name for name, secret in _CANARIES.items() if secret.casefold() in folded]


class CanaryWatch:
    """A pytest plugin: collects where a canary was seen, and fails the session for it."""

    def __init__(self) -> None:
        self.leaks: dict[str, None] = {}
        self.directories: list[Path] = []
        self._test = "before the first test"

    def look(self, text: str, place: str) -> None:
        """Note each canary in a text under the place where it was seen."""
        for name in secrets_in(text):
            self.leaks[f"the {name} in {place}"] = None

    def watch_directory(self, directory: Path) -> None:
        """Read every file under this directory when the session ends."""
        self.directories.append(directory)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._test = item.nodeid
        unmute_loggers()
        done = yield
        # pytest keeps every item and report to the end: the logs of thousands fill a gigabyte.
        item._report_sections.clear()
        return done

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for title, text in report.sections:
            self.look(text, f"«{title}» of {report.nodeid}")
        if report.passed:
            report.sections.clear()

    def pytest_sessionstart(self) -> None:
        handle_record = logging.Logger.callHandlers

        def watched(logger: logging.Logger, record: logging.LogRecord) -> None:
            self.look(_everything(record), f"a record of {record.name}, {self._test}")
            handle_record(logger, record)

        logging.Logger.callHandlers = watched  # type: ignore[assignment,method-assign]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        for directory in self.directories:
            for file in filter(Path.is_file, directory.rglob("*")):
                text = file.read_text(encoding="utf-8", errors="replace")
                place = f"{file.relative_to(directory)} of the processes"
                self.look(text, place)
                if file.stem in _LOGGING and phones_in(text):
                    self.leaks[f"a phone in {place}"] = None
        if self.leaks:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.leaks:
            terminalreporter.section("secrets were seen", red=True, bold=True)
            for leak in self.leaks:
                terminalreporter.line(leak)


def unmute_loggers() -> None:
    """Let every logger speak from DEBUG on, and none of ours write, whatever a test before did."""
    logging.disable(logging.NOTSET)
    root = logging.getLogger()
    root.setLevel(logging.DEBUG)
    root.handlers = [
        one for one in root.handlers if type(one).__module__ != "sms_service.logs.setup"
    ]
    for logger in list(logging.Logger.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            logger.setLevel(logging.NOTSET)
            logger.disabled = False


def _everything(record: logging.LogRecord) -> str:
    trace = record.exc_text or ""
    if record.exc_info and record.exc_info[0] and not record.exc_text:
        trace = "".join(traceback.format_exception(*record.exc_info))
    return f"{_message(record)} {trace} {record.stack_info or ''}"


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return f"{record.msg} {record.args}"


def pytest_configure(config: pytest.Config) -> None:
    """Watch the session; as conftest does, or ``-p tests.support.canary``."""
    config.stash[watch_key] = CanaryWatch()
    config.pluginmanager.register(config.stash[watch_key], "canary-watch")


watch_key = pytest.StashKey[CanaryWatch]()
