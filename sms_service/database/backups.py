"""Copies of the whole database: by pg_dump and pg_restore, and by SQLite's own VACUUM INTO.

A copy is one moment of the database, made beside running processes. No password stands on a
command line: PostgreSQL's programs get theirs by their environment.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, inspect
from sqlalchemy.engine import URL

from sms_service.database import reading, reading_by_driver

_ONLY_OURS = 0o600
_OURS = "inbound"
"""A table without which it is no copy of this service's database."""
_AS_VARIABLES = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "passfile": "PGPASSFILE",
    "host": "PGHOST",
    "port": "PGPORT",
}


class BackupError(Exception):
    """It can't be done; the message is one line that says why and nothing secret."""


def back_up(engine: Engine, file: Path, programs: Path | None = None) -> int:
    """Write a copy to a new file that is ours alone, checked, durable; its bytes.

    ``programs``: the folder of pg_dump, where the first on the PATH isn't the right one.
    Raises BackupError, and leaves no file behind.
    """
    if file.exists():
        raise BackupError(f"{file} is there already")
    part = file.with_name(file.name + ".part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _ONLY_OURS))
        if engine.dialect.name == "sqlite":
            part.unlink()  # SQLite writes into no file that isn't empty, and names its own mode
            _copy_sqlite(engine, part)
        else:
            dump = ("--format=custom", "--no-owner", "--no-privileges", f"--file={part}")
            _run(engine.url, programs, "pg_dump", *dump)
            _run(None, programs, "pg_restore", "--list", str(part))
        with part.open("rb") as written:
            os.fsync(written.fileno())
        # Never over a file that came meanwhile.
        os.link(part, file)
    except OSError as error:
        raise BackupError(f"{file} can't be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return file.stat().st_size


def restore(engine: Engine, file: Path, programs: Path | None = None) -> None:
    """Bring a copy into a database that holds no table. All of it or nothing.

    Raises BackupError.
    """
    if not file.is_file():
        raise BackupError(f"there is no file {file}")
    with reading(engine) as connection:
        if inspect(connection).get_table_names():
            raise BackupError("the database isn't empty: name an empty one by DATABASE_URL")
    if engine.dialect.name == "sqlite":
        _restore_sqlite(engine, file)
        return
    whole = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    database = engine.url.database or ""
    _run(engine.url, programs, "pg_restore", *whole, f"--dbname={database}", str(file))


def _copy_sqlite(engine: Engine, part: Path) -> None:
    mask = os.umask(0o077)
    try:
        with reading_by_driver(engine) as driver:
            driver.execute("VACUUM INTO ?", (str(part),))
    except sqlite3.Error as error:
        raise BackupError(f"SQLite can't copy the database: {error}") from None
    finally:
        os.umask(mask)
    _check_sqlite(part)


def _restore_sqlite(engine: Engine, file: Path) -> None:
    _check_sqlite(file)
    with (
        closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as source,
        reading_by_driver(engine) as driver,
    ):
        source.backup(driver)
        driver.execute("PRAGMA journal_mode=WAL")


def _check_sqlite(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as copy:
            (said,) = copy.execute("PRAGMA integrity_check").fetchone()
            ours = copy.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_OURS,))
            is_ours = ours.fetchone() is not None
    except sqlite3.Error:
        raise BackupError(f"{file} is no SQLite database") from None
    if said != "ok":
        raise BackupError(f"{file} is damaged")
    if not is_ours:
        raise BackupError(f"{file} holds no ledger")


def _run(url: URL | None, programs: Path | None, name: str, *arguments: str) -> None:
    program = shutil.which(name, path=str(programs) if programs else None)
    if program is None:
        raise BackupError(f"there is no {name}: install PostgreSQL's client, or name its folder")
    done = subprocess.run(
        [program, *arguments],
        env={**os.environ, **(_as_environment(url) if url else {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{name}: {_last_words(done.stderr)}")


def _as_environment(url: URL) -> Mapping[str, str]:
    """How libpq's programs are told of a server without a word on their command line."""
    told = {
        "PGHOST": url.host,
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGCONNECT_TIMEOUT": "10",
    }
    query = {k: v for k, v in url.query.items() if isinstance(v, str)}
    told |= {variable: query[name] for name, variable in _AS_VARIABLES.items() if name in query}
    return {variable: value for variable, value in told.items() if value}


def _last_words(said: bytes) -> str:
    lines: Sequence[str] = said.decode("utf-8", "replace").split("\n")
    told = [line.strip() for line in lines if line.strip()]
    # A hint says less than the error before it.
    errors = [line for line in told if "error" in line.lower()]
    return (errors or told or ["it ended without a word"])[0][:300]
