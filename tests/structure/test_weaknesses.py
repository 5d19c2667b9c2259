"""What no source of ours may hold, whatever the linters think of it."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from sms_service.queueing import make_celery
from sms_service.settings import load_settings
from tests.support.environment import service_environment

ROOT = Path(__file__).parents[2]
_SOURCES = ("sms_service", "tasks", "docs", "deploy")
_FORBIDDEN = {
    "a certificate that isn't looked at": r"verify\s*=\s*False|_create_unverified|CERT_NONE",
    "a shell": r"shell\s*=\s*True|os\.system\(|os\.popen\(|getoutput\(",
    "code out of data": r"(?<![\w.])(eval|exec|compile|__import__)\(",
    "objects out of bytes": r"\b(pickle|shelve|marshal|dill)\b|yaml\.load\(|yaml\.unsafe",
    "another's redirect": r"allow_redirects\s*=\s*True",
    "markup that isn't escaped": r"""\bMarkup\((?!["'])|render_template_string""",
    "a statement put together of values": (
        r"""(execute|text)\(\s*(f["'][^"']*\b(WHERE|VALUES)\b[^"']*\{|["'].*["']\s*%|["'].*\.format\()"""
    ),
    "the debugger": r"app\.run\(|debug\s*=\s*True",
    "a weak hash": r"hashlib\.(md5|sha1)\(|\b(DES|RC4|MODE_ECB)\b",
}
_GUIDE = "sms_service/console/guide.py"
"""Marks its page as markup: Markdown of our own, rendered with HTML switched off."""


@cache
def _lines(ending: str, *folders: str) -> Sequence[tuple[str, str]]:
    """Every line with its place."""
    return [
        (f"{file.relative_to(ROOT)}:{number}", line)
        for folder in folders
        for file in sorted((ROOT / folder).rglob(f"*{ending}"))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
    ]


@pytest.mark.parametrize("pattern", _FORBIDDEN.values(), ids=_FORBIDDEN)
def test_no_source_holds(pattern: str) -> None:
    forbidden = re.compile(pattern)
    found = [place for place, line in _lines(".py", *_SOURCES) if forbidden.search(line)]
    assert [place for place in found if not place.startswith(f"{_GUIDE}:")] == []


def test_no_page_shows_anything_unescaped() -> None:
    forbidden = re.compile(
        r"\|\s*safe\b|autoescape\s+false|<script(?![^>]*\bsrc=)|\son\w+=|javascript:"
    )
    assert [place for place, line in _lines(".html", "templates") if forbidden.search(line)] == []


_LINK = r"https?:|www\.|\b[\w-]+\.(ir|com|org|net|link|me)\b|\bt\.me|bit\.ly"
_URGENCY = (
    "فوری|هشدار|آخرین فرصت|همین حالا|قطع می|قطع خواهد|جریمه|برنده|جایزه|کلیک|بزنید روی|"
    "urgent|click|winner|prize|last chance"
)
_PERSONAL = "رمز|پسورد|کد ملی|کارت بانکی|شماره کارت|cvv|password|pin code"


def test_no_text_to_a_subscriber_looks_like_one_that_fishes() -> None:
    """No link, no urgency, nothing asked of anybody that isn't a bill ID."""
    forbidden = re.compile(f"{_LINK}|{_URGENCY}|{_PERSONAL}", re.IGNORECASE)
    told = _lines(".j2", "templates/sms", "templates/ussd")
    assert len(told) > 100
    assert [place for place, line in told if forbidden.search(_told(line))] == []


def _told(line: str) -> str:
    """A template's line without its comments."""
    return re.sub(r"\{#.*?#\}", "", line)


def test_celery_opens_nothing_but_json() -> None:
    app = make_celery(load_settings(service_environment(REDIS_URL="redis://127.0.0.1:9/0")))
    assert app.conf.accept_content == ["json"]
    assert app.conf.result_accept_content in (None, ["json"])
    assert (app.conf.task_serializer, app.conf.event_serializer) == ("json", "json")
    assert app.conf.worker_enable_remote_control is False


def test_each_weakness_that_bandit_may_not_name_has_its_reason_beside() -> None:
    bare = re.compile(r"#\s*nosec(?!\s+B\d{3}\b.*#\s+\w+)")
    found = [place for place, line in _lines(".py", "sms_service", "tasks") if bare.search(line)]
    assert found == []
    config = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for skipped in tomllib.loads(config)["tool"]["bandit"]["skips"]:
        assert re.search(rf'"{skipped}", # \w+', config)
