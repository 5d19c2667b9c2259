from pathlib import Path

import pytest

from tests.support.canary import CANARY_API_KEY, CANARY_WEBHOOK_SECRET, secrets_in

ROOT = Path(__file__).parents[3]

LEAKING = """
import logging, sys
import pytest
from tests.support.canary import CANARY_API_KEY, CANARY_WEBHOOK_SECRET, watch_key

logging.getLogger('quiet').setLevel(logging.ERROR)
logging.getLogger('proud').propagate = False

def test_argument():
    logging.getLogger('urllib3').debug('GET /v1/%s/', CANARY_API_KEY)

def test_quiet():
    logging.getLogger('quiet').debug(CANARY_WEBHOOK_SECRET.upper())

def test_proud():
    logging.getLogger('proud').debug(CANARY_API_KEY)

def test_traceback():
    try:
        raise OSError(CANARY_API_KEY)
    except OSError:
        logging.getLogger('trace').exception('no secret here')

def test_output():
    print(CANARY_API_KEY)

def test_errors():
    print(CANARY_WEBHOOK_SECRET, file=sys.stderr)

def test_process(request, tmp_path):
    request.config.stash[watch_key].watch_directory(tmp_path)
    (tmp_path / 'web.log').write_text(CANARY_API_KEY)

def test_person(request, tmp_path):
    request.config.stash[watch_key].watch_directory(tmp_path)
    (tmp_path / 'worker.log').write_text('{"event": "to +989901234567"}')
    (tmp_path / 'gateway.log').write_text('to 09907654321')
"""

CLEAN = """
import logging
from tests.support.canary import watch_key

def test_clean(request, tmp_path):
    request.config.stash[watch_key].watch_directory(tmp_path)
    (tmp_path / 'web.log').write_text('nothing to see')
    logging.getLogger('urllib3').debug('GET /v1/***/')
    print('***')
"""


def watched(pytester: pytest.Pytester, tests: str) -> pytest.RunResult:
    """Run a test file under the watch, in a process of its own."""
    pytester.makepyfile(tests)
    return pytester.runpytest_subprocess("-p", "tests.support.canary", "-p", "no:hypothesispytest")


@pytest.fixture(autouse=True)
def _our_modules_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def test_a_run_in_which_secrets_were_seen_fails(pytester: pytest.Pytester) -> None:
    result = watched(pytester, LEAKING)
    result.assert_outcomes(passed=8)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines_random(
        [
            "the API key in a record of urllib3, *::test_argument",
            "the webhook secret in a record of quiet, *::test_quiet",
            "the API key in a record of proud, *::test_proud",
            "the API key in a record of trace, *::test_traceback",
            "the API key in *stdout* of *::test_output",
            "the webhook secret in *stderr* of *::test_errors",
            "the API key in web.log of the processes",
            "a phone in worker.log of the processes",
        ]
    )
    assert "gateway.log" not in result.stdout.str()
    assert secrets_in(result.stdout.str() + result.stderr.str()) == [], "named, never shown"


def test_a_run_without_a_leak_passes(pytester: pytest.Pytester) -> None:
    result = watched(pytester, CLEAN)
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK


def test_a_secret_is_known_in_any_case_within_any_text() -> None:
    assert secrets_in(f"GET /v1/{CANARY_API_KEY.lower()}/sms/send.json") == ["API key"]
    assert secrets_in(f"/webhooks/kavenegar/{CANARY_WEBHOOK_SECRET}/x") == ["webhook secret"]
    assert secrets_in("/webhooks/kavenegar/***/received") == []
