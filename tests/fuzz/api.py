"""``make fuzz-api``: calls out of the OpenAPI document, right ones and wrong ones, for long.

``python -m tests.fuzz.api --examples 200 --seed 7`` makes the same calls every time.
"""

import argparse
import logging
import random
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sms_service.domain.roles import Scope
from sms_service.ledger.migrations.runner import upgrade
from sms_service.service.auditing import Actor
from sms_service.settings import load_settings
from sms_service.simulator.valkey import Valkey
from sms_service.wiring import Parts
from tests.support.api import ApiSite
from tests.support.contract import Outcome, served, try_contract
from tests.support.environment import service_environment
from tests.support.postgres import Postgres


def main() -> int:
    """Make the calls and print what was found; 1 when anything was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=150, help="calls of each kind")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with (
        Postgres() as server,
        tempfile.TemporaryDirectory() as folder,
        Valkey(Path(folder)) as redis,
    ):
        url = server.url(server.create_database())
        outcome = _tried(url, redis.url, asked.seed, asked.examples)
    _show(outcome, asked.seed)
    return 1 if outcome.failures else 0


def _tried(database: str, redis: str, seed: int, examples: int) -> Outcome:
    usual = {"TODAY": "1405-09-02", "API_CALLS_PER_MINUTE": "100000", "USSD_CODE": "*1521#"}
    settings = service_environment(DATABASE_URL=database, REDIS_URL=redis, **usual)
    parts = Parts(load_settings(settings))
    upgrade(parts.engine)
    site = ApiSite(parts)
    token = site.parts.tokens.create("fuzz", Scope, None, Actor("admin"))[1]
    with served(parts) as address:
        outcome = try_contract(address, token, seed=seed, examples=examples)
    parts.close()
    return outcome


def _show(outcome: Outcome, seed: int) -> None:
    console = Console()
    table = Table("status", "answers", title=f"{outcome.calls.total():,} calls, seed {seed}")
    for status, answers in sorted(outcome.statuses.items()):
        table.add_row(str(status), f"{answers:,}")
    console.print(table)
    for kind, call in outcome.failures.items():
        console.print(f"{kind}\n  {call}", markup=False)
    console.print(f"{len(outcome.failures)} kinds of answers that the document doesn't tell")


if __name__ == "__main__":
    sys.exit(main())
