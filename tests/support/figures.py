"""Figures that a run measured: asserted with a margin, shown as they were."""

from collections.abc import Callable

import pytest

_KEY = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_KEY] = []


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Notes a measured figure in words, for the end of the run."""
    return request.config.stash[_KEY].append


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if figures := config.stash[_KEY]:
        terminalreporter.section("figures seen")
        for line in figures:
            terminalreporter.line(line)
