"""A full disk: texts are refused whole, nothing is half-written, and all goes on with space."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from sms_service.database import reading
from sms_service.simulator.household import ROLES
from tests.support.postgres import Postgres
from tests.support.service import Service
from tests.support.shaky import QUICK

pytestmark = pytest.mark.fault("F16")

_DISK_BYTES = 192 * 2**20
_ENOUGH_FOR_NOTHING = 16 * 2**10


def test_a_sqlite_file_that_may_not_grow_refuses_texts_and_stays_whole(
    on_sqlite: Service, tmp_path: Path
) -> None:
    service, full = on_sqlite, tmp_path / "full"
    since = service.last_sms()
    with service.broken("web", f"full:{full}"):
        service.wait_for_web()
        early = service.webhook.hand_over(service.new_texts(5))
        _fill_no_gaps(service)
        full.touch()
        texts = service.new_texts(300)
        refused = service.webhook.hand_over(texts)
        is_whole = _check(service)
        full.unlink()
        said = early + refused + service.webhook.hand_over_until_taken(texts, seconds=30)

        assert {one.status for one in early} == {200}
        assert {one.status for one in refused} <= {200, 503}
        assert 503 in {one.status for one in refused}
        assert is_whole
        assert service.audit(said, since) == {}


@pytest.mark.parametrize(
    "roles", [("web",), pytest.param(("web", "worker"), marks=pytest.mark.long)]
)
def test_processes_that_may_write_no_longer_file_recover(
    on_sqlite: Service, roles: tuple[str, ...]
) -> None:
    service = on_sqlite
    since = service.last_sms()
    texts = service.new_texts(300)
    with _longest_file(service, roles, _ENOUGH_FOR_NOTHING):
        refused = service.webhook.hand_over(texts)
        is_whole = _check(service)
    said = refused + service.webhook.hand_over_until_taken(texts, seconds=30)

    assert {one.status for one in refused} <= {200, 503}
    assert 503 in {one.status for one in refused}
    assert is_whole
    assert service.audit(said, since) == {}
    assert set(service.running()) == set(ROLES)


@pytest.mark.long
def test_a_full_disk_under_postgresql_refuses_texts_and_recovers_when_there_is_space(
    process_logs: Path, small_disk: Path
) -> None:
    with Postgres(durable=True, where=small_disk) as server:
        folder = Path(tempfile.mkdtemp(prefix="service-on-a-full-disk-", dir=process_logs))
        with Service(folder, server.url(server.create_database()), **QUICK) as service:
            since = service.last_sms()
            early = service.webhook.hand_over(service.new_texts(5))
            assert service.audit(early, since) == {}
            ballast = _fill_up(small_disk)
            texts = service.new_texts(2000)
            refused = service.webhook.hand_over(texts)
            ballast.unlink()
            _start_if_it_ended(server)
            service.engine.dispose()
            said = early + refused + service.webhook.hand_over_until_taken(texts, seconds=60)

            assert {one.status for one in refused} <= {200, 503}
            assert 503 in {one.status for one in refused}
            assert service.audit(said, since) == {}
            assert set(service.running()) == set(ROLES)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of its own, which is soon full."""
    where = Path(tempfile.mkdtemp(prefix="sms-service-small-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES},mode=1777", "tmpfs", str(where)]
    try:
        if subprocess.run(mount, check=False, capture_output=True).returncode:
            pytest.skip("mounting a small tmpfs needs root")
        try:
            yield where
        finally:
            subprocess.run(["umount", "--lazy", str(where)], check=True)
    finally:
        shutil.rmtree(where, ignore_errors=True)


@contextmanager
def _longest_file(service: Service, roles: tuple[str, ...], size: int) -> Iterator[None]:
    """Let no file of some processes grow beyond a size, by the kernel's own limit."""
    leaders = [psutil.Process(service.process(role).pid) for role in roles]
    held = [one for leader in leaders for one in (leader, *leader.children(recursive=True))]
    before = {one.pid: one.rlimit(psutil.RLIMIT_FSIZE) for one in held}
    for one in held:
        one.rlimit(psutil.RLIMIT_FSIZE, (size, before[one.pid][1]))
    try:
        yield
    finally:
        for one in held:
            if one.is_running():
                one.rlimit(psutil.RLIMIT_FSIZE, before[one.pid])


def _fill_no_gaps(service: Service) -> None:
    """Leave no free page in the file: what was deleted before would make room for hundreds."""
    with closing(sqlite3.connect(str(service.engine.url.database), timeout=30)) as connection:
        connection.execute("VACUUM")


def _check(service: Service) -> bool:
    with reading(service.engine) as connection:
        return bool(connection.scalar(text("PRAGMA integrity_check")) == "ok")


def _fill_up(disk: Path) -> Path:
    ballast = disk / "ballast"
    free = shutil.disk_usage(disk).free
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free - free % 4096)
    return ballast


def _start_if_it_ended(server: Postgres) -> None:
    """A server that can't write its log ends itself; whoever minds it starts it again."""
    if not server.runs():
        server.start_again()
