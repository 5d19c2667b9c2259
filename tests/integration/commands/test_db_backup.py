"""``sms-service db backup`` and ``restore``: a real copy, brought back into an empty server."""

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, func, insert, select

from sms_service.cli import app
from sms_service.database import db_now, make_engine, metadata, reading, writing
from sms_service.domain.states import InboundState, OutboundState
from sms_service.ledger.audit import AuditLedger
from sms_service.ledger.desk_tables import sessions
from sms_service.ledger.tables import outbound
from sms_service.ledger.vault import Vault
from sms_service.service.auditing import follow
from sms_service.service.ports import Accepted
from sms_service.settings.keys import parse_keys
from tests.support.databases import PostgresDatabases
from tests.support.environment import service_environment
from tests.support.ledger import PHONE
from tests.support.postgres import binary
from tests.support.resending import Office

ENVIRONMENT = service_environment()
KEYS, HASH_KEY = ENVIRONMENT["DATA_KEYS"], ENVIRONMENT["HASH_KEY"]
VAULT = Vault(parse_keys([KEYS]), HASH_KEY.encode())
PROGRAMS = str(Path(binary("pg_dump")).parent)


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> str:
    """The address of an empty database of the same kind."""
    if database_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path / 'restored.db'}"
    databases: PostgresDatabases = request.getfixturevalue("postgres")
    return databases.server.url(databases.create(schema=False))


def run(verb: str, url: str, file: Path, **settings: str) -> Result:
    words = ["db", verb, str(file), "--programs", PROGRAMS]
    return CliRunner().invoke(app, words, env=service_environment(DATABASE_URL=url, **settings))


def rows(engine: Engine) -> dict[str, list[str]]:
    with reading(engine) as connection:
        return {
            table.name: sorted(map(str, connection.execute(select(table)).all()))
            for table in metadata.sorted_tables
        }


def test_a_copy_holds_every_row_and_goes_into_an_empty_database(
    engine: Engine, database_url: str, empty_url: str, tmp_path: Path
) -> None:
    office, file = Office(engine, vault=VAULT), tmp_path / "copy"
    for number in range(3):
        office.asked(remote_id=f"{number}", phone=f"+98912000000{number}")
    office.deliver()
    office.arrive()
    before = rows(engine)

    saved = run("backup", database_url, file)
    assert saved.exit_code == 0, saved.output
    assert "the keys at hand open it" in saved.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    done = run("restore", empty_url, file)
    assert done.exit_code == 0, done.output

    restored = make_engine(empty_url)
    after = rows(restored)
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"audit", "chores"}
    assert follow(AuditLedger(restored).entries()).broken is None
    # Numbers that the database itself counts go on behind those that came back.
    again = Office(restored, vault=VAULT)
    again.asked(remote_id="9", phone="+989120000009")
    again.deliver()
    again.arrive()
    restored.dispose()


def test_what_was_under_way_is_neither_sent_twice_nor_answered_twice(
    engine: Engine, database_url: str, empty_url: str, tmp_path: Path
) -> None:
    office, file = Office(engine, vault=VAULT), tmp_path / "copy"
    sent, not_sent = office.asked(), office.asked(remote_id="2", phone="+989120000001")
    waiting = office.asked(remote_id="3", phone="+989120000002")
    office.change_request(waiting, state=InboundState.RECEIVED)
    with writing(engine) as connection:
        connection.execute(outbound.delete().where(outbound.c.code == waiting))
        session = {"content": "{}", "began_at": db_now(), "seen_at": db_now()}
        connection.execute(
            insert(sessions).values(token_hash=bytes(32), expires_at=db_now(900), **session)
        )
    assert run("backup", database_url, file).exit_code == 0
    assert len(office.deliver().calls) == 2

    done = run("restore", empty_url, file)
    assert "2 answers are asked about" in done.output
    assert "1 texts may have been answered" in done.output
    restored = make_engine(empty_url)
    later = Office(restored, vault=VAULT)
    assert later.deliver().calls == []
    (row,) = later.rows(sent)
    later.gateway.records = {row.local_id: Accepted("98765", 10, 116)}
    later.settle_unknown()
    assert [one.state for one in later.rows(sent)] == [OutboundState.ACCEPTED]
    gateway = later.deliver()
    assert [one.receptor for one in gateway.calls] == ["+989120000001"]
    assert later.state(waiting) == "failed"
    later.answer()
    assert later.rows(waiting) == []
    with reading(restored) as connection:
        assert connection.scalar(select(func.count()).select_from(sessions)) == 0
    restored.dispose()
    assert not_sent


def test_a_database_that_holds_anything_is_never_written_over(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    code, file = Office(engine, vault=VAULT).asked(), tmp_path / "copy"
    assert run("backup", database_url, file).exit_code == 0
    refused = run("restore", database_url, file)
    assert refused.exit_code == 1
    assert "isn't empty" in refused.output
    assert Office(engine, vault=VAULT).state(code) == "answered"
    again = run("backup", database_url, file)
    assert again.exit_code == 1
    assert "is there already" in again.output


def test_other_keys_than_it_was_filled_with_are_told_at_once(
    engine: Engine, database_url: str, empty_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "copy"
    Office(engine, vault=VAULT).asked()
    other = run("backup", database_url, file, HASH_KEY="another hash key of 32 bytes or more")
    assert "HASH_KEY isn't the one" in other.output
    assert PHONE not in other.output
    done = run("restore", empty_url, file, DATA_KEYS="7:" + KEYS.partition(":")[2])
    assert done.exit_code == 1
    assert "DATA_KEYS doesn't fit" in done.output


@pytest.mark.parametrize("content", [b"", b"no backup at all" * 100])
def test_what_is_no_backup_is_refused_in_one_line(
    empty_url: str, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "copy"
    file.write_bytes(content)
    refused = run("restore", empty_url, file)
    assert (refused.exit_code, refused.output.count("\n")) == (1, 1)


def test_a_server_that_is_away_costs_one_line_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://sms:verysecret@127.0.0.1:9/db"
    failed = run("backup", url, tmp_path / "copy")
    assert failed.exit_code == 1
    assert failed.output.startswith("Error: pg_dump: ")
    assert "verysecret" not in failed.output
    assert [*tmp_path.iterdir()] == []
