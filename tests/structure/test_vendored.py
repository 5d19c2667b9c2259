"""Other people's files are those that they published, and pages load nothing else."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "sms_service/static/vendor"
FOR_TESTS = ROOT / "tests/data/axe-core"
FOLDERS = [SHIPPED, FOR_TESTS]
_ADDRESS = re.compile(r"(?:src|href|action|url\()=?[\"'(]?\s*(?:https?:)?//", re.IGNORECASE)
_INLINE = re.compile(r"<style|<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=|hx-on|js:", re.IGNORECASE)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_vendored_file_is_the_one_that_was_published(folder: Path) -> None:
    listed = tomllib.loads((folder / "VENDORED.toml").read_text("utf-8"))
    wrong = [
        name
        for name, told in listed.items()
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != told["sha256"]
    ]
    assert listed
    assert wrong == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_no_vendored_file_is_without_version_source_and_licence(folder: Path) -> None:
    listed = tomllib.loads((folder / "VENDORED.toml").read_text("utf-8"))
    licences = {told["licence_file"] for told in listed.values()}
    files = {path.name for path in folder.iterdir()}
    assert files == {*listed, *licences, "VENDORED.toml"}
    for told in listed.values():
        assert {"package", "version", "integrity", "path", "licence"} <= told.keys()


def test_no_page_loads_from_elsewhere_or_carries_scripts_and_styles_of_its_own() -> None:
    pages = [*(ROOT / "templates/simulator").rglob("*.html")]
    found = {
        page.name: match.group()
        for page in [*pages, *(ROOT / "sms_service/simulator/static").glob("phone.*")]
        for match in [_ADDRESS.search(page.read_text("utf-8"))]
        if match
    }
    inline = {
        page.name: match.group()
        for page in pages
        for match in [_INLINE.search(page.read_text("utf-8"))]
        if match
    }
    assert pages
    assert found == {}
    assert inline == {}
