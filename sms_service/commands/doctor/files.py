"""What lies on this host: templates, fonts, folders, room on the disks, the time zone."""

import hashlib
import os
import shutil
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import make_url

from sms_service.service.health import Finding, warning, well, wrong
from sms_service.settings import Settings
from sms_service.templates import templates_dir

_TEMPLATES = ("sms", "ussd", "console", "words")
_VENDORED = Path(__file__).parents[2] / "static" / "vendor"
_REINSTALL = "install the bundle again (docs/how-to/install.md)"
_MOUNTS = Path("/proc/self/mounts")
_NETWORK = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre", "afs"),
    *("fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.rclone", "beegfs"),
}
_LEAST_FREE, _LITTLE_FREE = 1 << 30, 5 << 30
"""Bytes: below the first something will soon fail, below the second somebody should look."""


def of_installation() -> list[Finding]:
    """Templates and the files that pages load, each as it was published."""
    found = []
    try:
        folder = templates_dir()
        lacking = [name for name in _TEMPLATES if not any((folder / name).rglob("*.*"))]
    except FileNotFoundError:
        lacking = list(_TEMPLATES)
    if lacking:
        found.append(wrong("templates", f"there are none of {', '.join(lacking)}", _REINSTALL))
    else:
        found.append(well("templates", "all are there"))
    spoiled = [name for name, digest in _published().items() if _digest(name) != digest]
    if spoiled:
        found.append(wrong("fonts", f"missing or changed: {', '.join(spoiled)}", _REINSTALL))
    else:
        found.append(well("fonts", "fonts and scripts of the pages are as they were published"))
    return found


def _published() -> Mapping[str, str]:
    told = tomllib.loads((_VENDORED / "VENDORED.toml").read_text(encoding="utf-8"))
    return {name: str(file["sha256"]) for name, file in told.items() if "sha256" in file}


def _digest(name: str) -> str | None:
    try:
        return hashlib.sha256((_VENDORED / name).read_bytes()).hexdigest()
    except OSError:
        return None


def of_time_zone() -> list[Finding]:
    """Jalali days begin at Tehran's midnight."""
    try:
        ZoneInfo("Asia/Tehran")
    except (ZoneInfoNotFoundError, OSError):
        return [wrong("time zone", "there are no data of Asia/Tehran", "install tzdata")]
    return [well("time zone", "Asia/Tehran is known")]


def of_folders(settings: Settings) -> list[Finding]:
    """Uploads, figures and the file of SQLite: writable, on a disk with room."""
    folders = {
        "uploads": Path(settings.uploads_dir),
        "figures": Path(settings.prometheus_multiproc_dir),
    }
    found = [one for name, folder in folders.items() for one in _of_folder(name, folder)]
    return found + _of_sqlite(settings)


def _of_sqlite(settings: Settings) -> list[Finding]:
    url = make_url(settings.database_url.get_secret_value())
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return []
    folder = Path(url.database).parent
    found = list(_of_folder("sqlite", folder))
    kind = file_system_of(folder)
    if kind in _NETWORK:
        said = f"the database file is on a network file system ({kind}), whose locks don't hold"
        found.append(wrong("sqlite", said, "move it to a disk of this host, or use PostgreSQL"))
    return found


def _of_folder(name: str, folder: Path) -> Sequence[Finding]:
    there = _nearest(folder)
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
        free = shutil.disk_usage(there).free
    except OSError as error:
        said = f"its folder can't be written ({error.strerror})"
        return [wrong(name, said, "give it to the service's user; see as whom doctor runs")]
    said = f"{free / (1 << 30):.1f} GiB are free on the disk of its folder"
    if free < _LEAST_FREE:
        return [wrong(name, said, "make room, or move the folder")]
    if free < _LITTLE_FREE:
        return [warning(name, said, "make room, or move the folder")]
    return [well(name, f"its folder can be written, {said}")]


def _nearest(folder: Path) -> Path:
    """The folder itself, or the one above in which it will be made."""
    folder = folder.absolute()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def file_system_of(folder: Path, mounts: Path = _MOUNTS) -> str:
    """The kind of file system that a folder is on; empty where the system doesn't tell."""
    real = os.path.realpath(folder)
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    for line in lines:
        _, point, told, *_ = line.split(" ", 3)
        point = point.replace("\\040", " ")
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, told
    return kind
