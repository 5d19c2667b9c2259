from pathlib import Path

import pytest

from sms_service import templates


def test_the_templates_of_this_installation_are_found() -> None:
    assert (templates.templates_dir() / "sms" / "words.toml").is_file()


def test_templates_inside_the_package_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "sms_service"
    for folder in (package / "templates" / "sms", tmp_path / "templates" / "sms"):
        folder.mkdir(parents=True)
    monkeypatch.setattr(templates, "_PACKAGE", package)
    assert templates.templates_dir() == package / "templates"


def test_templates_beside_the_package_serve_an_editable_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "templates" / "sms").mkdir(parents=True)
    monkeypatch.setattr(templates, "_PACKAGE", tmp_path / "sms_service")
    assert templates.templates_dir() == tmp_path / "templates"


def test_an_installation_without_templates_is_said_to_be_incomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "_PACKAGE", tmp_path / "sms_service")
    with pytest.raises(FileNotFoundError, match="incomplete"):
        templates.templates_dir()
