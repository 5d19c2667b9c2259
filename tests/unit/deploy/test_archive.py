"""The archive of a bundle: the same files make the same bytes."""

import os
import tarfile
from pathlib import Path

from deploy.bundle.archive import pack, sums

EPOCH = 1_700_000_000


def folder(where: Path, *, age: int, mode: int) -> Path:
    made = where / "bundle"
    (made / "deploy").mkdir(parents=True)
    for name in ("b", "a", "deploy/run.sh"):
        (made / name).write_text(name)
        (made / name).chmod(mode)
        os.utime(made / name, (age, age))
    (made / "deploy/run.sh").chmod(mode | 0o100)
    return made


def test_dates_owners_and_rights_of_the_maker_leave_no_trace(tmp_path: Path) -> None:
    one, other = tmp_path / "one.tar.gz", tmp_path / "other.tar.gz"
    pack(folder(tmp_path / "1", age=1_000_000, mode=0o600), one, EPOCH)
    pack(folder(tmp_path / "2", age=2_000_000, mode=0o664), other, EPOCH)
    assert one.read_bytes() == other.read_bytes()
    with tarfile.open(one) as archive:
        entries = {entry.name: entry for entry in archive}
    assert list(entries) == [
        "bundle",
        "bundle/a",
        "bundle/b",
        "bundle/deploy",
        "bundle/deploy/run.sh",
    ]
    assert {(entry.mtime, entry.uid, entry.uname) for entry in entries.values()} == {
        (EPOCH, 0, "root")
    }
    assert entries["bundle/a"].mode == 0o644
    assert entries["bundle/deploy/run.sh"].mode == 0o755


def test_the_sums_name_every_file_in_order(tmp_path: Path) -> None:
    lines = sums(folder(tmp_path, age=1, mode=0o600)).splitlines()
    assert [line.split("  ")[1] for line in lines] == ["a", "b", "deploy/run.sh"]
    assert {len(line.split("  ")[0]) for line in lines} == {64}
