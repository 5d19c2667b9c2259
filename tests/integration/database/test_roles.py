"""The service under a role that owns nothing: it works, and can't rewrite the audit log."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, func, make_url, select, text
from sqlalchemy.exc import ProgrammingError

from sms_service.billing.importing import import_billing
from sms_service.database import make_engine, reading, writing
from sms_service.domain.roles import Role
from sms_service.ledger.migrations.runner import upgrade
from sms_service.ledger.tables import outbound
from sms_service.service.auditing import follow
from sms_service.settings import Settings
from tests.support.canary import CANARY_WEBHOOK_SECRET
from tests.support.databases import PostgresDatabases
from tests.support.processes import wait_until
from tests.support.signing_in import Office, make_user, office_of
from tests.support.small_billing import BILL_IDS, write_slices

_SCRIPTS = Path(__file__).parents[3] / "deploy" / "postgresql"
_PASSWORD = "0f-the-roles-0f-this-test"


@pytest.fixture
def app_url(postgres: PostgresDatabases) -> Iterator[str]:
    """A database made as the page of security says; the address is that of the app's role."""
    server = postgres.server
    name = server.create_database()
    root = make_url(server.url(name))
    owner, app = (
        root.set(username=role, password=_PASSWORD).render_as_string(hide_password=False)
        for role in ("sms_owner", "sms_app")
    )
    try:
        _run("roles.sql", server.url(name))
        with psycopg.connect(server.url(name), autocommit=True) as connection:
            for role in ("sms_owner", "sms_app"):
                connection.execute(f"ALTER ROLE {role} PASSWORD '{_PASSWORD}'".encode())
        engine = make_engine(owner)
        upgrade(engine)
        engine.dispose()
        _run("grants.sql", owner)
        _run("grants.sql", owner)
        yield app
    finally:
        server.drop_database(name)
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("DROP ROLE IF EXISTS sms_app, sms_owner")


def _run(script: str, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((_SCRIPTS / script).read_bytes())


@pytest.fixture
def office(settings: Callable[..., Settings], app_url: str) -> Iterator[Office]:
    """The service as that role."""
    given = settings(
        DATABASE_URL=app_url, REDIS_URL="redis://127.0.0.1:9/0", CONSOLE_SECOND_FACTOR="off"
    )
    with office_of(given) as office:
        yield office


def _refused(engine: Engine, statement: str) -> bool:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        _executed(engine, statement)
    return True


def _executed(engine: Engine, statement: str) -> None:
    with writing(engine) as connection:
        connection.execute(text(statement))


def test_a_role_that_owns_nothing_is_enough_to_run_the_service_and_to_rewrite_nothing(
    office: Office, tmp_path: Path
) -> None:
    service, engine = office.service, office.service.engine
    write_slices(tmp_path)
    import_billing(engine, [tmp_path], hash_phone=service.hash_phone, today=service.today())
    make_user(office.parts, "reza", Role.ADMIN)
    browser = office.browser()
    browser.sign_in("reza")
    assert browser.get("/console/audit").status_code == 200
    fields = {"messageid": "1", "from": "09121234567", "to": "30001521", "message": BILL_IDS[0]}
    received = f"/webhooks/kavenegar/{CANARY_WEBHOOK_SECRET}/received"
    client = office.app.test_client()
    # A busy machine may take longer than a gateway is let wait: then it comes again.
    wait_until(lambda: client.post(received, data=fields).status_code == 200)
    for lane in service.upkeep.due_lanes():
        service.upkeep.work(lane)
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(outbound)) == 1

    for statement in (
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "ALTER TABLE audit DISABLE TRIGGER USER",
        "DROP TABLE audit",
        "UPDATE alembic_version SET version_num = '0001'",
        "CREATE TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ):
        assert _refused(engine, statement)
    chain = follow(office.parts.audit.entries())
    assert chain.length > 1
    assert chain.broken is None
