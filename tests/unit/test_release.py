"""What is told of the release, with and without the note of its build."""

from pathlib import Path

import pytest

from sms_service.release import this_release


def test_a_build_that_was_noted_is_told(tmp_path: Path) -> None:
    note = tmp_path / "build.json"
    note.write_text('{"commit": "c0ffee", "built_at": "2026-11-20T10:00:00+00:00"}')
    told = this_release("1.2.3", note)
    assert (told.version, told.commit) == ("1.2.3", "c0ffee")
    assert told.built_at == "2026-11-20T10:00:00+00:00"


@pytest.mark.parametrize("content", [None, b"", b"[]", b"\xff", b'{"commit": 7}'])
def test_a_note_that_is_missing_or_broken_leaves_the_version(
    tmp_path: Path, content: bytes | None
) -> None:
    note = tmp_path / "build.json"
    if content is not None:
        note.write_bytes(content)
    told = this_release("1.2.3", note)
    assert (told.version, told.commit, told.built_at) == ("1.2.3", None, None)
