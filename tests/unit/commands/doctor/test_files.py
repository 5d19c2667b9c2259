"""What kind of file system a folder is on: locks of SQLite don't hold on those of a network."""

from pathlib import Path

import pytest

from sms_service.commands.doctor.files import file_system_of

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
files:/export /srv nfs4 rw 0 0
/dev/sdb1 /srv/sms\\040service xfs rw 0 0
tmpfs /srvice tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib/sms-service", "ext4"),
        ("/srv", "nfs4"),
        ("/srv/not/there/yet", "nfs4"),
        ("/srv/sms service/data", "xfs"),
        ("/srvice/x", "tmpfs"),
    ],
)
def test_the_nearest_mount_decides(tmp_path: Path, folder: str, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    assert file_system_of(Path(folder), mounts) == kind


def test_a_system_that_tells_of_no_mounts_is_lived_with(tmp_path: Path) -> None:
    assert file_system_of(tmp_path, tmp_path / "none") == ""
