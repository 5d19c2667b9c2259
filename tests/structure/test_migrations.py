"""Each migration says whether the release before can live with it, and does what it says."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from alembic.operations import ops

from sms_service.database import make_engine
from sms_service.ledger.migrations.runner import configuration, downgrade, upgrade
from tests.support.databases import PostgresDatabases
from tests.support.migrating import NEXT_RELEASE, narrowing, recorded

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "sms_service/ledger/migrations/versions"
FILES = [*sorted(FOLDER.glob("*.py")), *sorted(NEXT_RELEASE.glob("*.py"))]
KINDS = {"expand", "contract"}


def script(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_revisions_are_counted_without_a_gap() -> None:
    own = [script(file) for file in sorted(FOLDER.glob("*.py"))]
    numbers = [f"{number:04}" for number in range(1, len(own) + 1)]
    assert [module.revision for module in own] == numbers
    assert [module.down_revision for module in own] == [None, *numbers[:-1]]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_says_what_kind_it_is_and_why_it_takes_away(file: Path) -> None:
    module = script(file)
    assert module.step in KINDS
    why = getattr(module, "why", "")
    assert bool(re.search(r"\w+ \w+ \w+", why)) is (module.step == "contract")


def test_what_is_called_an_expand_step_only_adds(postgres: PostgresDatabases) -> None:
    name = postgres.create(schema=False)
    engine = make_engine(postgres.server.url(name))
    config = configuration(NEXT_RELEASE)
    told = {}
    try:
        for module in map(script, FILES):
            with recorded() as done:
                upgrade(engine, config=config, to=module.revision)
            told[module.revision] = (module.step, narrowing(done), beside_writers(done))
        downgrade(engine, "0001", config=config)
    finally:
        engine.dispose()
        postgres.server.drop_database(name)
    for revision, (step, narrows, mixed) in told.items():
        assert mixed is False, f"{revision}: what builds beside writers must do nothing else"
        if step == "expand":
            assert narrows == [], f"{revision} takes away or narrows: call it contract"
        else:
            assert narrows, f"{revision} only adds: call it expand"


def beside_writers(done: list[ops.MigrateOperation]) -> bool:
    """Whether some of it runs outside the transaction of the rest."""
    apart = [
        one
        for one in done
        if isinstance(one, ops.CreateIndexOp) and one.kw.get("postgresql_concurrently")
    ]
    return 0 < len(apart) < len(done)


@pytest.mark.parametrize(
    ("operation", "narrows"),
    [
        ("DROP TABLE bills", True),
        ("UPDATE bills SET days = 1", True),
        ("CREATE FUNCTION f() RETURNS trigger", False),
        ("CREATE TRIGGER t BEFORE UPDATE ON bills", True),
    ],
)
def test_a_statement_is_looked_at_too(operation: str, narrows: bool) -> None:
    assert bool(narrowing([ops.ExecuteSQLOp(operation)])) is narrows
