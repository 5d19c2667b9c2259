"""``make fuzz-pages``: any query and any form to each address that has no schema, by everybody.

``python -m tests.fuzz.pages --examples 50 --seed 7`` makes the same requests every time.
"""

import argparse
import logging
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sms_service.domain.roles import Role
from sms_service.ledger.migrations.runner import upgrade
from sms_service.settings import load_settings
from sms_service.wiring import Parts
from tests.support.environment import service_environment
from tests.support.signing_in import office_of
from tests.support.wandering import (
    EVERYTHING_ON,
    document_of,
    furnish,
    stranger,
    wander,
    wanderer_of,
    without_schema,
)


def main() -> int:
    """Make the requests and print what was found; 1 when anything was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=50, help="requests of each kind and role")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        statuses, found = _wandered(Path(folder), asked.seed, asked.examples)
    console = Console()
    table = Table("status", "answers", title=f"{statuses.total():,} requests, seed {asked.seed}")
    for status, answers in sorted(statuses.items()):
        table.add_row(str(status), f"{answers:,}")
    console.print(table)
    for one in found:
        console.print(one, markup=False)
    console.print(f"{len(found)} routes that answer as they mustn't")
    return 1 if found else 0


def _wandered(folder: Path, seed: int, examples: int) -> tuple[Counter[int], list[str]]:
    settings = load_settings(
        service_environment(
            DATABASE_URL=f"sqlite:///{folder / 'pages.db'}",
            UPLOADS_DIR=str(folder / "uploads"),
            **EVERYTHING_ON,
        )
    )
    parts = Parts(settings)
    upgrade(parts.engine)
    parts.close()
    statuses: Counter[int] = Counter()
    found: list[str] = []
    with office_of(settings) as office:
        known = furnish(office)
        some = [wanderer_of(office, known, role) for role in Role]
        for one in (wanderer_of(office, known, *Role), *some, stranger(office, known)):
            for row in without_schema(document_of(office)):
                try:
                    wander(one, [row], examples=examples, seed=seed)
                except Exception as error:  # whatever it was: the application lets all of it out
                    found.append(f"{row}: {type(error).__name__}: {str(error)[:300]}")
            statuses += one.statuses
    return statuses, found


if __name__ == "__main__":
    sys.exit(main())
