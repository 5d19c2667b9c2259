"""A streaming copy of a PostgreSQL of the tests, which can be promoted."""

import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.places import HERE
from tests.support.postgres import Postgres, PostgresError, binary, hand_over, unprivileged


class Standby(Postgres):
    """Follows ``primary``; started and stopped like any other."""

    def __init__(self, primary: Postgres) -> None:
        super().__init__(durable=True, place=HERE)
        self._primary = primary
        self._password = urlsplit(primary.url()).password or ""

    def promote(self) -> None:
        """Make it take writes; returns when it does."""
        command = [*unprivileged(), binary("pg_ctl"), "promote", "-w", "-D", str(self._data)]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            raise PostgresError(f"not promoted: {done.stderr.decode(errors='replace')}")

    def _make_data(self) -> None:
        self._data.mkdir(mode=0o700)
        hand_over(self._directory)
        copy = (binary("pg_basebackup"), "--pgdata", str(self._data), "--write-recovery-conf")
        done = subprocess.run(
            [*unprivileged(), *copy, "--checkpoint=fast", "--dbname", self._primary.url()],
            env={**os.environ, "PGAPPNAME": "standby"},
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise PostgresError(f"not copied: {done.stderr.decode(errors='replace')}")
        Path(self._data).chmod(0o700)
